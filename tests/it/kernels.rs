//! Every operation on both backends, on hard cases, against plain f64 loops.

mod attention;
mod linear;
mod measuring;

use attention_map::backend::{Backend, Inputs, Slot, SlotSize};
use attention_map::cpu::CpuBackend;
use attention_map::gpu::GpuBackend;
use attention_map::ops::embed::EmbedParams;
use attention_map::ops::layer_norm::LayerNormParams;
use attention_map::ops::linear::Shape;
use attention_map::tensor::{Matrix, Quantized, Tensor};
use half::f16;
use pollster::block_on;

use crate::compare::compare;
use crate::{adapter, reference};

/// Lengths around the workgroup sizes (32, 64), the vectors (4, 8) and the tiles (4, 6, 16).
const LENGTHS: [usize; 14] = [1, 2, 3, 5, 7, 15, 16, 17, 31, 33, 63, 64, 65, 129];

/// Runs a generic check on the CPU and, where there is one, on the GPU: with the kernels that suit it and with those of
/// each shape.
macro_rules! on_both_backends {
    ($check:ident) => {
        $check("cpu", CpuBackend::new);
        if let Some(gpu) = adapter::gpu() {
            $check("gpu", || GpuBackend::new(gpu.clone()));
            for shape in Shape::ALL {
                $check(&format!("gpu, {shape:?}"), || GpuBackend::only(gpu.clone(), shape));
            }
        }
    };
}
use on_both_backends;

/// Numbers from -1 to 1 that are the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        // Knuth's MMIX generator; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn floats(&mut self, count: usize, scale: f32) -> Vec<f32> {
        (0..count).map(|_| scale * self.next()).collect()
    }
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

fn tensor(shape: &[usize], data: &[f32]) -> Tensor {
    Tensor::new(shape, data.to_vec()).unwrap()
}

fn matrix(shape: &[usize], data: &[f32]) -> Matrix {
    tensor(shape, data).into()
}

/// A matrix of 8-bit integers, and what it stands for (rows, columns).
fn quantized(random: &mut Random, [rows, columns]: [usize; 2], block: usize) -> (Matrix, Vec<f64>) {
    let values: Vec<i8> = (0..rows * columns).map(|_| (127.9 * random.next()) as i8).collect();
    let scales: Vec<f16> =
        random.floats(rows * columns / block, 0.01).iter().map(|&x| f16::from_f32(x)).collect();
    let blocks = values.chunks_exact(block).zip(&scales);
    let wide = blocks.flat_map(|(block, scale)| block.iter().map(|&x| f64::from(x) * scale.to_f64()));
    let wide = wide.collect();
    (Matrix::Q8(Quantized::new([rows, columns], block, values, scales).unwrap()), wide)
}

fn sizes(floats: &[usize]) -> Vec<SlotSize> {
    floats.iter().map(|&len| SlotSize { len, room: len + 3 }).collect()
}

/// A pass over the slots' sizes, with nothing masked unless `key_mask` says so.
fn pass<B: Backend>(backend: &mut B, slots: &[usize], key_mask: &[u32]) {
    block_on(backend.begin(&sizes(slots), Inputs { tokens: &[[0, 0]], key_mask })).unwrap();
}

fn read<B: Backend>(backend: &mut B, slot: Slot, len: usize) -> Vec<f32> {
    block_on(backend.finish(&[(slot, len)], &mut Vec::new())).unwrap().remove(0)
}

#[track_caller]
fn assert_within(what: String, got: &[f32], expected: &[f64], bound: impl Fn(usize) -> f64) {
    if let Err(why) = compare(got, expected, bound) {
        panic!("{what}: {why}");
    }
}

#[test]
fn layer_norm_is_the_reference_also_around_a_large_mean() {
    on_both_backends!(check_layer_norm);
}

fn check_layer_norm<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(5);
    for (rows, width, mean) in
        LENGTHS.iter().map(|&rows| (rows, 384, 0.0)).chain([(3, 20, 0.0), (4, 65, 100.0)])
    {
        let x: Vec<f32> = random.floats(rows * width, 1.0).iter().map(|x| x + mean).collect();
        let (weight, bias) = (random.floats(width, 2.0), random.floats(width, 1.0));
        let expected = reference::layer_norm(&wide(&x), &wide(&weight), &wide(&bias), 1e-12);
        let mut backend = make();
        let norm = backend.load_norm("test", tensor(&[width], &weight), tensor(&[width], &bias)).unwrap();
        pass(&mut backend, &[x.len(), x.len()], &[]);
        backend.write(Slot(0), &x);
        let params =
            LayerNormParams { rows: rows as u32, width: width as u32, epsilon: 1e-12, ..Default::default() };
        backend.layer_norm(&norm, params, Slot(0), Slot(1));
        let got = read(&mut backend, Slot(1), x.len());
        // The mean's own rounding, some 1e-5 of 100, is in every centred number.
        let bound = if mean == 0.0 { 3e-6 } else { 1e-4 };
        assert_within(format!("{name}: {rows} x {width} around {mean}"), &got, &expected, |_| bound);
    }
}

#[test]
fn layer_norm_of_a_constant_row_is_the_bias() {
    on_both_backends!(check_constant_row);
}

fn check_constant_row<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut backend = make();
    let bias = [0.5, -1.0, 2.0, 0.0];
    let norm = backend.load_norm("test", tensor(&[4], &[1.0; 4]), tensor(&[4], &bias)).unwrap();
    pass(&mut backend, &[4, 4], &[]);
    backend.write(Slot(0), &[7.0; 4]);
    let params = LayerNormParams { rows: 1, width: 4, epsilon: 1e-12, ..Default::default() };
    backend.layer_norm(&norm, params, Slot(0), Slot(1));
    assert_eq!(read(&mut backend, Slot(1), 4), bias, "{name}");
}

#[test]
fn embed_adds_word_position_and_type_in_either_precision() {
    on_both_backends!(check_embed);
}

fn check_embed<B: Backend>(name: &str, make: impl Fn() -> B) {
    let (width, vocabulary, positions) = (24, 9, 40);
    let mut random = Random(6);
    let types = random.floats(2 * width, 1.0);
    let [words, places] = [vocabulary, positions].map(|rows| {
        let floats = random.floats(rows * width, 1.0);
        (matrix(&[rows, width], &floats), wide(&floats))
    });
    let eight_bit =
        [(vocabulary, 8), (positions, 12)].map(|(rows, block)| quantized(&mut random, [rows, width], block));
    for ((words, wide_words), (places, wide_places)) in [(words, places), eight_bit.into()] {
        let mut backend = make();
        let embedding = backend.load_embedding(words, places, tensor(&[2, width], &types)).unwrap();
        let tokens: Vec<[u32; 2]> = (0..positions as u32).map(|t| [(t * 5) % 9, t % 2]).collect();
        let inputs = Inputs { tokens: &tokens, key_mask: &[] };
        block_on(backend.begin(&sizes(&[positions * width]), inputs)).unwrap();
        let params = EmbedParams { tokens: positions as u32, width: width as u32, ..Default::default() };
        backend.embed(&embedding, params, Slot(0));
        let got = read(&mut backend, Slot(0), positions * width);
        let mut expected = Vec::new();
        for (t, [id, kind]) in tokens.iter().enumerate() {
            for d in 0..width {
                let kind = f64::from(types[*kind as usize * width + d]);
                expected.push(wide_words[*id as usize * width + d] + wide_places[t * width + d] + kind);
            }
        }
        assert_within(name.to_owned(), &got, &expected, |_| 1e-6);
    }
}
