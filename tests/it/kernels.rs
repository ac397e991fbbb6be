//! Every operation on both backends, on hard cases, against plain f64 loops.

use attention_map::backend::{Backend, Inputs, Slot, SlotSize};
use attention_map::cpu::CpuBackend;
use attention_map::gpu::GpuBackend;
use attention_map::ops::attend::AttendParams;
use attention_map::ops::embed::EmbedParams;
use attention_map::ops::layer_norm::LayerNormParams;
use attention_map::ops::linear::{Finish, LinearParams};
use attention_map::ops::scores::{MASKED, ScoresParams};
use attention_map::ops::softmax::SoftmaxParams;
use attention_map::tensor::Tensor;
use pollster::block_on;

use crate::adapter;
use crate::compare::compare;
use crate::reference;

/// Lengths around the workgroup sizes (32, 64), the vectors (4, 8) and the tiles (4, 6, 16).
const LENGTHS: [usize; 14] = [1, 2, 3, 5, 7, 15, 16, 17, 31, 33, 63, 64, 65, 129];

/// Runs a generic check on the CPU and, where there is one, on the GPU.
macro_rules! on_both_backends {
    ($check:ident) => {
        $check("cpu", CpuBackend::new);
        if let Some(gpu) = adapter::gpu() {
            $check("gpu", || GpuBackend::new(gpu.clone()));
        }
    };
}

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

fn tensor(shape: &[usize], data: &[f32]) -> Tensor<'static> {
    Tensor::new(shape, data.to_vec()).unwrap()
}

fn sizes(floats: &[usize]) -> Vec<SlotSize> {
    floats.iter().map(|&len| SlotSize { len, room: len + 3 }).collect()
}

/// A pass over the slots' sizes, with nothing masked unless `key_mask` says so.
fn pass<B: Backend>(backend: &mut B, slots: &[usize], key_mask: &[u32]) {
    block_on(backend.begin(&sizes(slots), Inputs { tokens: &[[0, 0]], key_mask })).unwrap();
}

fn read<B: Backend>(backend: &mut B, slot: Slot, len: usize) -> Vec<f32> {
    block_on(backend.finish(&[(slot, len)])).unwrap().remove(0)
}

#[track_caller]
fn assert_within(what: String, got: &[f32], expected: &[f64], bound: impl Fn(usize) -> f64) {
    if let Err(why) = compare(got, expected, bound) {
        panic!("{what}: {why}");
    }
}

#[test]
fn linear_is_the_reference_with_each_finish_and_any_number_of_rows() {
    on_both_backends!(check_linear);
}

fn check_linear<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(1);
    // Odd outputs, so that the last panel and the last tile stick out.
    for (rows, inputs, outputs) in
        LENGTHS.iter().map(|&rows| (rows, 36, 45)).chain([(20, 384, 96), (5, 1536, 16)])
    {
        let x = random.floats(rows * inputs, 1.0);
        let weight = random.floats(outputs * inputs, 0.5);
        let bias = random.floats(outputs, 3.0);
        let residual = random.floats(rows * outputs, 10.0);
        let plain = reference::linear(&wide(&x), &wide(&weight), &wide(&bias), inputs);
        let cases = [
            (Finish::Plain, plain.clone()),
            (Finish::GeluErf, plain.iter().map(|&x| reference::gelu(x)).collect()),
            (Finish::Add(Slot(1)), plain.iter().zip(wide(&residual)).map(|(a, b)| a + b).collect()),
        ];
        let mut backend = make();
        let layers = [(tensor(&[outputs, inputs], &weight), tensor(&[outputs], &bias))];
        let layer = backend.load_linear("test", &layers).unwrap();
        let params = LinearParams {
            rows: rows as u32,
            inputs: inputs as u32,
            outputs: outputs as u32,
            ..Default::default()
        };
        for (finish, expected) in cases {
            pass(&mut backend, &[x.len(), residual.len(), expected.len()], &[]);
            backend.write(Slot(0), &x);
            backend.write(Slot(1), &residual);
            backend.linear(&layer, params, Slot(0), finish, Slot(2));
            let got = read(&mut backend, Slot(2), expected.len());
            let what = format!("{name}: {rows} x {inputs} -> {outputs}, {finish:?}");
            assert_within(what, &got, &expected, |_| 1e-6 * (inputs as f64).sqrt() + 2e-6);
        }
    }
}

#[test]
fn linear_stacks_layers_in_the_order_given() {
    on_both_backends!(check_stacking);
}

fn check_stacking<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut backend = make();
    let constant = |value: f32| (tensor(&[4, 4], &[0.0; 16]), tensor(&[4], &[value; 4]));
    let layer = backend.load_linear("test", &[constant(1.0), constant(2.0), constant(3.0)]).unwrap();
    pass(&mut backend, &[4, 12], &[]);
    let params = LinearParams { rows: 1, inputs: 4, outputs: 12, ..Default::default() };
    backend.linear(&layer, params, Slot(0), Finish::Plain, Slot(1));
    let expected = [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0];
    assert_eq!(read(&mut backend, Slot(1), 12), expected, "{name}");
}

#[test]
fn gelu_is_within_a_millionth_of_the_exact_one_from_minus_10_to_10() {
    on_both_backends!(check_gelu);
}

fn check_gelu<B: Backend>(name: &str, make: impl Fn() -> B) {
    // A dense layer of one feature that only adds x as its bias.
    let x: Vec<f32> = (-1000..=1000).map(|step| step as f32 / 100.0).collect();
    let mut backend = make();
    let weight = tensor(&[x.len(), 4], &vec![0.0; 4 * x.len()]);
    let layer = backend.load_linear("test", &[(weight, tensor(&[x.len()], &x))]).unwrap();
    pass(&mut backend, &[4, x.len()], &[]);
    let params = LinearParams { rows: 1, inputs: 4, outputs: x.len() as u32, ..Default::default() };
    backend.linear(&layer, params, Slot(0), Finish::GeluErf, Slot(1));
    let got = read(&mut backend, Slot(1), x.len());
    let expected: Vec<f64> = x.iter().map(|&x| reference::gelu(f64::from(x))).collect();
    assert_within(name.to_owned(), &got, &expected, |i| 1e-6 * f64::from(x[i].abs()).max(1.0));
}

/// Heads, queries, keys, head width, first query, causal, and how many keys at the end are padding.
type ScoresCase = (usize, usize, usize, usize, usize, bool, usize);

#[test]
fn scores_are_the_reference_with_padding_and_causal_masks() {
    on_both_backends!(check_scores);
}

fn check_scores<B: Backend>(name: &str, make: impl Fn() -> B) {
    let square = LENGTHS.iter().flat_map(|&t| [(2, t, t, 32, 0, false, 0), (3, t, t, 12, 0, true, t / 3)]);
    // Cross-attention, one step of decoding with a cache, and nothing but padding.
    let others: [ScoresCase; 4] = [
        (4, 9, 21, 16, 0, false, 4),
        (2, 1, 40, 16, 39, true, 0),
        (2, 3, 40, 16, 37, true, 0),
        (2, 5, 5, 8, 0, false, 5),
    ];
    let mut random = Random(2);
    for (heads, queries, keys, width, first_query, causal, padding) in square.chain(others) {
        let stride = heads * width + 4;
        let scale = 1.0 / (width as f32).sqrt();
        // Up to some 1e4 either way.
        let q = random.floats(4 + queries * stride, 100.0);
        let k = random.floats(8 + keys * stride, 100.0);
        let mask: Vec<u32> = (0..keys).map(|key| u32::from(key + padding < keys)).collect();
        let mut expected = Vec::new();
        let mut bounds = Vec::new();
        for head in 0..heads {
            for i in 0..queries {
                for j in 0..keys {
                    let pairs = (0..width).map(|d| {
                        let query = f64::from(q[4 + i * stride + head * width + d]);
                        query * f64::from(k[8 + j * stride + head * width + d])
                    });
                    let hidden = mask[j] == 0 || (causal && j > first_query + i);
                    let score = f64::from(scale) * pairs.clone().sum::<f64>();
                    expected.push(if hidden { f64::from(MASKED) } else { score });
                    bounds.push(1e-6 * f64::from(scale) * pairs.map(f64::abs).sum::<f64>());
                }
            }
        }
        let params = ScoresParams {
            queries: queries as u32,
            keys: keys as u32,
            head_width: width as u32,
            query_stride: stride as u32,
            query_offset: 4,
            key_stride: stride as u32,
            key_offset: 8,
            causal: u32::from(causal),
            first_query: first_query as u32,
            scale,
            ..Default::default()
        };
        let mut backend = make();
        pass(&mut backend, &[q.len(), k.len(), expected.len()], &mask);
        backend.write(Slot(0), &q);
        backend.write(Slot(1), &k);
        backend.scores(heads as u32, params, Slot(0), Slot(1), Slot(2));
        let got = read(&mut backend, Slot(2), expected.len());
        let what = format!("{name}: {heads} heads, {queries} x {keys} x {width}, causal {causal}");
        assert_within(what, &got, &expected, |i| bounds[i]);
    }
}

#[test]
fn softmax_is_the_reference_up_to_scores_of_ten_thousand() {
    on_both_backends!(check_softmax);
}

fn check_softmax<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(3);
    for keys in LENGTHS {
        for scale in [1.0, 30.0, 1.0e4] {
            let (heads, queries) = (2, 3);
            let mut scores = random.floats(heads * queries * keys, scale);
            // One row sees only every third key, one none at all.
            let seen = |row: usize, key: usize| row > 1 || (row == 0 && key.is_multiple_of(3));
            for (row, scores) in scores.chunks_exact_mut(keys).enumerate() {
                for (_, score) in scores.iter_mut().enumerate().filter(|(key, _)| !seen(row, *key)) {
                    *score = MASKED;
                }
            }
            let rows = scores.chunks_exact(keys).enumerate();
            let expected: Vec<f64> = rows
                .flat_map(|(row, scores)| reference::softmax(&wide(scores), |key| seen(row, key)))
                .collect();
            let params = SoftmaxParams { queries: 3, keys: keys as u32, out_offset: 7, ..Default::default() };
            let mut backend = make();
            pass(&mut backend, &[scores.len(), 7 + scores.len()], &[]);
            let before = [0.5; 7];
            backend.write(Slot(0), &scores);
            backend.write(Slot(1), &before);
            backend.softmax(2, params, Slot(0), Slot(1));
            let got = read(&mut backend, Slot(1), 7 + scores.len());
            assert_within(format!("{name}: {keys} keys, scale {scale}"), &got[7..], &expected, |_| 2e-6);
            assert_eq!(got[..7], before, "{name}: what lies before the layer's slice is another layer's");
        }
    }
}

#[test]
fn softmax_of_a_fully_masked_row_is_zero_and_masked_keys_get_nothing() {
    on_both_backends!(check_masked_softmax);
}

fn check_masked_softmax<B: Backend>(name: &str, make: impl Fn() -> B) {
    let scores = [MASKED, MASKED, MASKED, -1.0e4, MASKED, -1.0e4];
    let mut backend = make();
    pass(&mut backend, &[6, 6], &[]);
    backend.write(Slot(0), &scores);
    backend.softmax(1, SoftmaxParams { queries: 2, keys: 3, ..Default::default() }, Slot(0), Slot(1));
    assert_eq!(read(&mut backend, Slot(1), 6), [0.0, 0.0, 0.0, 0.5, 0.0, 0.5], "{name}");
}

#[test]
fn attend_is_the_reference_for_any_number_of_keys() {
    on_both_backends!(check_attend);
}

fn check_attend<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(4);
    for (queries, keys) in LENGTHS.iter().map(|&t| (t, t)).chain([(5, 70), (70, 5)]) {
        for (heads, width) in [(2, 32), (3, 12)] {
            let (stride, before) = (heads * width + 8, 5);
            let weights = random.floats(before + heads * queries * keys, 1.0);
            let values = random.floats(4 + keys * stride, 2.0);
            let mut expected = vec![0.0; queries * heads * width];
            let mut bounds = expected.clone();
            for head in 0..heads {
                for i in 0..queries {
                    for d in 0..width {
                        let sum = (0..keys).map(|j| {
                            let weight = f64::from(weights[before + (head * queries + i) * keys + j]);
                            weight * f64::from(values[4 + j * stride + head * width + d])
                        });
                        let at = (i * heads + head) * width + d;
                        expected[at] = sum.clone().sum();
                        bounds[at] = 1e-6 * (1.0 + sum.map(f64::abs).sum::<f64>());
                    }
                }
            }
            let params = AttendParams {
                queries: queries as u32,
                keys: keys as u32,
                head_width: width as u32,
                value_stride: stride as u32,
                value_offset: 4,
                out_stride: (heads * width) as u32,
                attention_offset: before as u32,
                ..Default::default()
            };
            let mut backend = make();
            pass(&mut backend, &[weights.len(), values.len(), expected.len()], &[]);
            backend.write(Slot(0), &weights);
            backend.write(Slot(1), &values);
            backend.attend(heads as u32, params, Slot(0), Slot(1), Slot(2));
            let got = read(&mut backend, Slot(2), expected.len());
            let what = format!("{name}: {heads} heads, {queries} x {keys} x {width}");
            assert_within(what, &got, &expected, |i| bounds[i]);
        }
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
fn embed_adds_word_position_and_type() {
    on_both_backends!(check_embed);
}

fn check_embed<B: Backend>(name: &str, make: impl Fn() -> B) {
    let (width, vocabulary, positions) = (12, 9, 40);
    let mut random = Random(6);
    let words = random.floats(vocabulary * width, 1.0);
    let places = random.floats(positions * width, 1.0);
    let types = random.floats(2 * width, 1.0);
    let mut backend = make();
    let embedding = backend
        .load_embedding(
            tensor(&[vocabulary, width], &words),
            tensor(&[positions, width], &places),
            tensor(&[2, width], &types),
        )
        .unwrap();
    let tokens: Vec<[u32; 2]> = (0..positions as u32).map(|t| [(t * 5) % 9, t % 2]).collect();
    block_on(backend.begin(&sizes(&[positions * width]), Inputs { tokens: &tokens, key_mask: &[] })).unwrap();
    let params = EmbedParams { tokens: positions as u32, width: width as u32, ..Default::default() };
    backend.embed(&embedding, params, Slot(0));
    let got = read(&mut backend, Slot(0), positions * width);
    let mut expected = Vec::new();
    for (t, [id, kind]) in tokens.iter().enumerate() {
        for d in 0..width {
            let parts =
                [words[*id as usize * width + d], places[t * width + d], types[*kind as usize * width + d]];
            expected.push(parts.iter().map(|&x| f64::from(x)).sum());
        }
    }
    assert_within(name.to_owned(), &got, &expected, |_| 1e-6);
}

#[test]
fn nan_in_the_scores_comes_out_as_nan_and_not_as_a_weight() {
    on_both_backends!(check_nan);
}

fn check_nan<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut backend = make();
    pass(&mut backend, &[4, 4], &[]);
    backend.write(Slot(0), &[0.0, f32::NAN, 0.0, 0.0]);
    backend.softmax(1, SoftmaxParams { queries: 1, keys: 4, ..Default::default() }, Slot(0), Slot(1));
    let got = read(&mut backend, Slot(1), 4);
    assert!(got.iter().any(|weight| weight.is_nan()), "{name}: {got:?}");
}
