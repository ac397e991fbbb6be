//! The translation model against `tests/golden/translation`, which float64 numpy made of the 8-bit weights times their
//! scales.

mod aligned;
mod golden;
mod searches;
mod whole;

use attention_map::backend::Backend;
use attention_map::cpu::CpuBackend;
use attention_map::gpu::GpuBackend;
use attention_map::model::seq2seq::{Config, Forced, MapSinks, Seq2Seq};
use attention_map::ops::linear::Shape;
use attention_map::tensor::FileBytes;
use attention_map::weights::Weights;
use pollster::block_on;

use crate::adapter;
use crate::compare::{assert_close, compare};
use golden::{Case, Golden};

/// How far the CPU may be from the goldens with 8-bit weights, which it multiplies by numbers that it has rounded to 14
/// bits a block: a weight, a number of the encoder's output, a logit as [`equals`] has it.
const EIGHT_BIT_ON_THE_CPU: [f64; 3] = [4e-3, 6e-3, 2e-3];

/// A model on a backend, of a weights file.
fn load<B: Backend>(file: &FileBytes, backend: B) -> Seq2Seq<B> {
    let config = Config::from_json("test", &golden::file("config.json")).unwrap();
    Seq2Seq::load(config, &Weights::parse("model.safetensors", file).unwrap(), backend).unwrap()
}

/// The three maps of a pass, and what else it leaves.
struct Pass {
    encoder: Vec<f32>,
    decoder: Vec<f32>,
    cross: Vec<f32>,
    forced: Forced,
}

fn force<B: Backend>(model: &mut Seq2Seq<B>, source: &[u32], target: &[u32]) -> Pass {
    let (mut encoder, mut decoder, mut cross) = (Vec::new(), Vec::new(), Vec::new());
    let maps = MapSinks { encoder: &mut encoder, decoder: &mut decoder, cross: &mut cross };
    let forced = block_on(model.force(source, target, maps)).unwrap();
    Pass { encoder, decoder, cross, forced }
}

#[test]
fn maps_encoder_output_and_logits_equal_the_goldens_on_the_cpu() {
    let mut model = load(&golden::f32_weights(), CpuBackend::new());
    let golden = Golden::read();
    all_equal("floats on the CPU", &mut model, &golden.cases, [golden.tolerance; 3]);
}

#[test]
fn maps_encoder_output_and_logits_equal_the_goldens_on_the_gpu() {
    let Some(gpu) = adapter::gpu() else { return };
    let golden = Golden::read();
    // 8-bit weights are the same numbers there: its kernels multiply them out.
    for weights in [golden::f32_weights(), golden::weights()] {
        let mut model = load(&weights, GpuBackend::new(gpu.clone()));
        all_equal("the GPU", &mut model, &golden.cases, [golden.tolerance; 3]);
    }
}

#[test]
fn kernels_of_every_shape_equal_the_goldens() {
    let Some(gpu) = adapter::gpu() else { return };
    let golden = Golden::read();
    for shape in Shape::ALL {
        for weights in [golden::f32_weights(), golden::weights()] {
            let mut model = load(&weights, GpuBackend::only(gpu.clone(), shape));
            for case in golden.cases.iter().filter(|case| case.source.len() < 24).step_by(8) {
                equals(&mut model, case, [golden.tolerance; 3]);
            }
        }
    }
}

#[test]
fn eight_bit_products_on_the_cpu_are_near_the_goldens() {
    let mut model = load(&golden::weights(), CpuBackend::new());
    all_equal("8-bit products on the CPU", &mut model, &Golden::read().cases, EIGHT_BIT_ON_THE_CPU);
}

#[test]
fn another_model_does_not_equal_the_goldens() {
    let golden = Golden::read();
    let case = &golden.cases[0];
    // The layer norm of the last part that every number passes through.
    let weights = golden::f32_weights_but(|name, numbers| {
        if name == "encoder.layer_norm.bias" {
            numbers[3] += 0.01;
        }
    });
    let pass = force(&mut load(&weights, CpuBackend::new()), &case.source, &case.target);
    let kept = rows_of(&pass.forced.memory, pass.forced.memory.len() / case.source.len(), &case.source_rows);
    assert!(compare(&kept, &case.floats("memory"), |_| golden.tolerance).is_err());
    let pass = force(&mut load(&weights, CpuBackend::new()), &case.source, &case.target);
    let kept = rows_of_maps(&pass.cross, case.source.len(), case.target.len(), &case.target_rows);
    assert!(compare(&kept, &case.floats("cross"), |_| golden.tolerance).is_err());
}

/// Says how far off the worst is.
fn all_equal<B: Backend>(what: &str, model: &mut Seq2Seq<B>, cases: &[Case], bounds: [f64; 3]) {
    let mut largest = [0.0; 3];
    for case in cases {
        let found = equals(model, case, bounds);
        largest = std::array::from_fn(|kind| f64::max(largest[kind], found[kind]));
    }
    let [weight, memory, logit] = largest;
    println!(
        "{what}: weights are off by {weight:.1e} at most, the encoder's output {memory:.1e}, logits {logit:.1e}"
    );
}

/// Kept rows number for number; every other row through its projection. The largest difference of each kind. What is allowed
/// of a logit counts in parts of the sentence's largest: each is a sum of as many products of numbers as large, and floats
/// have so many digits.
fn equals<B: Backend>(model: &mut Seq2Seq<B>, case: &Case, [weight, memory, logit]: [f64; 3]) -> [f64; 3] {
    let pass = force(model, &case.source, &case.target);
    let (s, t) = (case.source.len(), case.target.len());
    let mut largest = [0.0; 3];
    for (kind, maps, keys, queries, rows) in [
        ("encoder", &pass.encoder, s, s, &case.source_rows),
        ("decoder", &pass.decoder, t, t, &case.target_rows),
        ("cross", &pass.cross, s, t, &case.target_rows),
    ] {
        let what = format!("{}: {kind}", case.text);
        let kept = rows_of_maps(maps, keys, queries, rows);
        largest[0] = f64::max(largest[0], difference(&what, &kept, &case.floats(kind), weight));
        let projection = case.floats(&format!("{kind}_projection"));
        assert_close(&format!("{what}, projected"), &project(maps, keys), &projection, weight);
        for row in maps.chunks_exact(keys) {
            let sum: f64 = row.iter().map(|&weight| f64::from(weight)).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{what}: a row sums to {sum}");
        }
    }
    let later = (0..pass.decoder.len()).filter(|place| place % t > place / t % t);
    assert!(later.map(|place| pass.decoder[place]).all(|weight| weight == 0.0), "{}", case.text);

    let Forced { memory: got, logits, cross_lengths } = &pass.forced;
    let width = got.len() / s;
    let what = |kind: &str| format!("{}: {kind}", case.text);
    let kept = rows_of(got, width, &case.source_rows);
    largest[1] = difference(&what("memory"), &kept, &case.floats("memory"), memory);
    // A sum of 192 differences.
    let projection = case.floats("memory_projection");
    assert_close(&what("memory, projected"), &project(got, width), &projection, 5.0 * memory);

    let largest_logit =
        case.floats("top_logits").iter().fold(1.0, |largest, logit| f64::max(largest, logit.abs()));
    let logit = logit * largest_logit;
    let pieces = logits.len() / t;
    let rows = logits.chunks_exact(pieces).zip(case.integers("top_pieces").chunks_exact(8));
    let top: Vec<f32> = rows.flat_map(|(row, top)| top.iter().map(|&piece| row[piece as usize])).collect();
    largest[2] = difference(&what("logits"), &top, &case.floats("top_logits"), logit);
    // A sum of 6144 of them.
    let projection = case.floats("logits_projection");
    assert_close(&what("logits, projected"), &project(logits, pieces), &projection, 20.0 * logit);
    if case.has("last_logits") {
        assert_close(&what("last logits"), &logits[(t - 1) * pieces..], &case.floats("last_logits"), logit);
    }
    assert_close(&what("lengths"), cross_lengths, &case.floats("cross_lengths"), 5.0 * memory);
    largest
}

/// The largest, or a panic.
fn difference(what: &str, got: &[f32], expected: &[f64], bound: f64) -> f64 {
    compare(got, expected, |_| bound).unwrap_or_else(|why| panic!("{what}: {why}"))
}

/// Of every map (queries, keys) those rows.
fn rows_of_maps(maps: &[f32], keys: usize, queries: usize, rows: &[usize]) -> Vec<f32> {
    maps.chunks_exact(queries * keys).flat_map(|map| rows_of(map, keys, rows)).collect()
}

fn rows_of(numbers: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    rows.iter().flat_map(|&row| numbers[row * width..][..width].to_vec()).collect()
}

/// Of each row, the sum of its numbers, each times the cosine of its place.
fn project(numbers: &[f32], width: usize) -> Vec<f32> {
    let project = |row: &[f32]| {
        row.iter().enumerate().map(|(place, &x)| f64::from(x) * (place as f64).cos()).sum::<f64>() as f32
    };
    numbers.chunks_exact(width).map(project).collect()
}
