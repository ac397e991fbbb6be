//! Dense layers and the GELU that is part of them.

use attention_map::backend::{Backend, Slot};
use attention_map::cpu::CpuBackend;
use attention_map::gpu::GpuBackend;
use attention_map::ops::linear::{Finish, LinearParams, Shape};

use super::{LENGTHS, Random, assert_within, matrix, on_both_backends, pass, quantized, read, tensor, wide};
use crate::{adapter, reference};

#[test]
fn linear_is_the_reference_with_each_finish_and_any_number_of_rows() {
    on_both_backends!(check_linear);
}

fn check_linear<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(1);
    // Odd outputs, so that the last panel and the last tile stick out; inputs that are whole steps of the kernels, and
    // inputs that are not.
    let odd = LENGTHS.iter().flat_map(|&rows| [(rows, 36, 45), (rows, 48, 71)]);
    for (rows, inputs, outputs) in odd.chain([(20, 384, 96), (5, 1536, 16), (100, 64, 130)]) {
        let x = random.floats(rows * inputs, 1.0);
        let weight = random.floats(outputs * inputs, 0.5);
        let bias = random.floats(outputs, 3.0);
        let residual = random.floats(rows * outputs, 10.0);
        let plain = reference::linear(&wide(&x), &wide(&weight), &wide(&bias), inputs);
        let mut backend = make();
        let layers = [(matrix(&[outputs, inputs], &weight), tensor(&[outputs], &bias))];
        let layer = backend.load_linear("test", &layers).unwrap();
        let bound = 1e-6 * (inputs as f64).sqrt() + 2e-6;
        let shape = [rows, inputs, outputs];
        assert_each_finish(name, &mut backend, &layer, shape, [&x, &residual], &plain, bound);
    }
}

/// Runs a layer (I, O) over `x` (T, I) with each finish, and holds it against `plain`, what comes before that.
fn assert_each_finish<B: Backend>(
    what: &str,
    backend: &mut B,
    layer: &B::Linear,
    [rows, inputs, outputs]: [usize; 3],
    [x, residual]: [&[f32]; 2],
    plain: &[f64],
    bound: f64,
) {
    let added = plain.iter().zip(wide(residual)).map(|(a, b)| a + b);
    let cases = [
        (Finish::Plain, plain.to_vec()),
        (Finish::GeluErf, plain.iter().map(|&x| reference::gelu(x)).collect()),
        (Finish::Add(Slot(1)), added.collect()),
    ];
    // The rows join what is there before them.
    let before = 3;
    let params = LinearParams {
        rows: rows as u32,
        inputs: inputs as u32,
        outputs: outputs as u32,
        out_offset: before as u32,
        ..Default::default()
    };
    for (finish, expected) in cases {
        let len = before + expected.len();
        pass(backend, &[x.len(), residual.len(), len], &[]);
        backend.write(Slot(2), &[0.5; 3]);
        backend.write(Slot(0), x);
        backend.write(Slot(1), residual);
        backend.linear(layer, params, Slot(0), finish, Slot(2));
        let got = read(backend, Slot(2), len);
        let what = format!("{what}: {rows} x {inputs} -> {outputs}, {finish:?}");
        assert_eq!(got[..before], [0.5; 3], "{what}");
        assert_within(what, &got[before..], &expected, |_| bound);
    }
}

#[test]
fn linear_with_8_bit_weights_is_the_reference() {
    on_both_backends!(check_quantized);
}

fn check_quantized<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut random = Random(7);
    let odd = LENGTHS.iter().map(|&rows| (rows, 64, 45));
    for (rows, inputs, outputs) in odd.chain([(20, 384, 99), (5, 1536, 16), (100, 32, 130)]) {
        let x = random.floats(rows * inputs, 1.0);
        let bias = random.floats(outputs, 1.0);
        let (weight, wide_weight) = quantized(&mut random, [outputs, inputs], 32);
        let expected = reference::linear(&wide(&x), &wide_weight, &wide(&bias), inputs);
        let mut backend = make();
        let layer = backend.load_linear("test", &[(weight, tensor(&[outputs], &bias))]).unwrap();
        let params = LinearParams {
            rows: rows as u32,
            inputs: inputs as u32,
            outputs: outputs as u32,
            ..Default::default()
        };
        pass(&mut backend, &[x.len(), expected.len()], &[]);
        backend.write(Slot(0), &x);
        backend.linear(&layer, params, Slot(0), Finish::Plain, Slot(1));
        let got = read(&mut backend, Slot(1), expected.len());
        // The CPU rounds x to 14 bits a block.
        let rounding = if name == "cpu" { 1e-4 } else { 1e-6 };
        let bound = rounding * (inputs as f64).sqrt() + 2e-6;
        assert_within(format!("{name}: {rows} x {inputs} -> {outputs}"), &got, &expected, |_| bound);
    }
}

#[test]
fn on_the_cpu_8_bit_weights_may_have_other_blocks_and_every_finish() {
    let mut random = Random(8);
    for (block, inputs) in [(4, 12), (16, 48), (96, 96), (1024, 2048)] {
        let (rows, outputs) = (7, 21);
        let x = random.floats(rows * inputs, 1.0);
        let residual = random.floats(rows * outputs, 10.0);
        let bias = random.floats(outputs, 1.0);
        let (weight, wide_weight) = quantized(&mut random, [outputs, inputs], block);
        let plain = reference::linear(&wide(&x), &wide_weight, &wide(&bias), inputs);
        let mut backend = CpuBackend::new();
        let layer = backend.load_linear("test", &[(weight, tensor(&[outputs], &bias))]).unwrap();
        let bound = 1e-4 * (inputs as f64).sqrt();
        let shape = [rows, inputs, outputs];
        let what = format!("blocks of {block}");
        assert_each_finish(&what, &mut backend, &layer, shape, [&x, &residual], &plain, bound);
    }
}

#[test]
fn what_is_not_finite_stays_so_with_8_bit_weights() {
    on_both_backends!(check_not_finite);
}

fn check_not_finite<B: Backend>(name: &str, make: impl Fn() -> B) {
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut x = vec![1.0; 64];
        x[37] = wrong;
        let (weight, _) = quantized(&mut Random(9), [16, 64], 32);
        let mut backend = make();
        let layer = backend.load_linear("test", &[(weight, tensor(&[16], &[0.0; 16]))]).unwrap();
        pass(&mut backend, &[64, 16], &[]);
        backend.write(Slot(0), &x);
        let params = LinearParams { rows: 1, inputs: 64, outputs: 16, ..Default::default() };
        backend.linear(&layer, params, Slot(0), Finish::Plain, Slot(1));
        let got = read(&mut backend, Slot(1), 16);
        assert!(got.iter().all(|value| !value.is_finite()), "{name}: {wrong} became {got:?}");
    }
}

#[test]
fn layers_that_do_not_stack_or_lack_biases_are_an_error() {
    on_both_backends!(check_unstackable);
}

fn check_unstackable<B: Backend>(name: &str, make: impl Fn() -> B) {
    let layer = |outputs: usize, inputs: usize, biases: usize| {
        let (weight, _) = quantized(&mut Random(10), [outputs, inputs], 32);
        (weight, tensor(&[biases], &vec![0.0; biases]))
    };
    let backend = make();
    assert!(backend.load_linear("test", &[layer(64, 32, 8)]).is_err(), "{name}: too few biases");
    assert!(
        backend.load_linear("test", &[layer(8, 32, 8), layer(8, 64, 8)]).is_err(),
        "{name}: other inputs"
    );
}

#[test]
fn linear_stacks_layers_in_the_order_given() {
    on_both_backends!(check_stacking);
}

fn check_stacking<B: Backend>(name: &str, make: impl Fn() -> B) {
    let mut backend = make();
    let constant = |value: f32| (matrix(&[4, 4], &[0.0; 16]), tensor(&[4], &[value; 4]));
    let layer = backend.load_linear("test", &[constant(1.0), constant(2.0), constant(3.0)]).unwrap();
    pass(&mut backend, &[4, 12], &[]);
    backend.write(Slot(0), &[0.0; 4]);
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
    let weight = matrix(&[x.len(), 4], &vec![0.0; 4 * x.len()]);
    let layer = backend.load_linear("test", &[(weight, tensor(&[x.len()], &x))]).unwrap();
    pass(&mut backend, &[4, x.len()], &[]);
    backend.write(Slot(0), &[0.0; 4]);
    let params = LinearParams { rows: 1, inputs: 4, outputs: x.len() as u32, ..Default::default() };
    backend.linear(&layer, params, Slot(0), Finish::GeluErf, Slot(1));
    let got = read(&mut backend, Slot(1), x.len());
    let expected: Vec<f64> = x.iter().map(|&x| reference::gelu(f64::from(x))).collect();
    assert_within(name.to_owned(), &got, &expected, |i| 1e-6 * f64::from(x[i].abs()).max(1.0));
}
