//! The whole engine on each backend, against the goldens.

use attention_map::engine::{Engine, Run};
use attention_map::trace::{Backend, BackendChoice};

use crate::compare::assert_close;
use crate::golden::Golden;
use crate::{adapter, golden, models};

/// How far the CPU may be from the goldens of the model with 8-bit weights: it multiplies them by numbers
/// that it has rounded to 14 bits a block. It is off by half of that.
const EIGHT_BIT_ON_THE_CPU: Allowed = Allowed { weight: 1e-3, hidden: 2e-3, hidden_projection: 1e-2 };

/// The largest differences that are allowed.
#[derive(Clone, Copy)]
struct Allowed {
    /// Of an attention weight, and of the projection of a row of them.
    weight: f64,
    hidden: f64,
    hidden_projection: f64,
}

pub fn run(
    engine: &mut Engine,
    id: &str,
    choice: BackendChoice,
    text: &str,
    text_b: Option<&str>,
) -> Run<Vec<f32>> {
    let now = || 0.0;
    pollster::block_on(engine.run(id, choice, text, text_b, now, |len| vec![0.0; len])).unwrap()
}

/// The same, and the last layer's output.
pub fn run_to_output(
    engine: &mut Engine,
    id: &str,
    choice: BackendChoice,
    text: &str,
    text_b: Option<&str>,
) -> Run<Vec<f32>> {
    let now = || 0.0;
    pollster::block_on(engine.run_to_output(id, choice, text, text_b, now, |len| vec![0.0; len])).unwrap()
}

#[test]
fn the_cpu_equals_the_goldens() {
    equals_the_goldens(models::F32, &golden::all(), BackendChoice::Cpu, None);
}

#[test]
fn the_gpu_equals_the_goldens() {
    if adapter::gpu().is_some() {
        equals_the_goldens(models::F32, &golden::all(), BackendChoice::WebGpu, None);
    }
}

#[test]
fn the_cpu_equals_the_goldens_of_8_bit_weights() {
    let goldens = golden::eight_bit();
    equals_the_goldens(models::Q8, &goldens, BackendChoice::Cpu, Some(EIGHT_BIT_ON_THE_CPU));
}

#[test]
fn the_gpu_equals_the_goldens_of_8_bit_weights() {
    if adapter::gpu().is_some() {
        equals_the_goldens(models::Q8, &golden::eight_bit(), BackendChoice::WebGpu, None);
    }
}

/// Where nothing else is `allowed`, the goldens' own tolerance is.
fn equals_the_goldens(id: &str, goldens: &[Golden], choice: BackendChoice, allowed: Option<Allowed>) {
    let mut engine = models::engine(id);
    for golden in goldens {
        assert!(golden.tolerance <= 2e-5, "{}: {}", golden.id, golden.tolerance);
        let (weight, hidden) = (golden.tolerance, golden.tolerance);
        let allowed = allowed.unwrap_or(Allowed { weight, hidden, hidden_projection: 1e-4 });
        let texts = (&golden.text[..], golden.text_b.as_deref());
        let whole = run_to_output(&mut engine, id, choice, texts.0, texts.1);
        assert_eq!(whole.notices, [], "{}", golden.id);
        let expected = if choice == BackendChoice::Cpu { Backend::Cpu } else { Backend::WebGpu };
        assert_eq!(whole.trace.backend, expected);
        equals(&whole, golden, allowed);
        let shown = run(&mut engine, id, choice, texts.0, texts.1);
        assert!(shown.trace == whole.trace, "{}: what the map leaves out moves it", golden.id);
        assert!(shown.last_hidden.is_empty(), "{}", golden.id);
    }
}

/// Kept rows number for number; every other row through its projection, whose error the rows' errors bound.
fn equals(run: &Run<Vec<f32>>, golden: &Golden, allowed: Allowed) {
    let map = &run.trace.maps[0];
    let tokens = golden.ids.len();
    let id = &golden.id;
    assert_eq!((map.queries.len(), map.keys.len()), (tokens, tokens), "{id}");
    assert_eq!(map.weights.len(), map.layers * map.heads * tokens * tokens, "{id}");

    let mut kept = Vec::new();
    let mut projections = Vec::new();
    for rows in map.weights.chunks_exact(tokens * tokens) {
        for &row in &golden.rows {
            kept.extend_from_slice(&rows[row * tokens..][..tokens]);
        }
        for row in rows.chunks_exact(tokens) {
            let sum: f64 = row.iter().map(|&weight| f64::from(weight)).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{id}: a row sums to {sum}");
            let project = |(j, &weight): (usize, &f32)| f64::from(weight) * (j as f64).cos();
            projections.push(row.iter().enumerate().map(project).sum::<f64>() as f32);
        }
    }
    assert_close(&format!("{id}: attention"), &kept, &golden.attention, allowed.weight);
    assert_close(&format!("{id}: row projection"), &projections, &golden.row_projection, allowed.weight);

    let width = run.last_hidden.len() / tokens;
    let rows = golden.rows.iter().flat_map(|&row| &run.last_hidden[row * width..][..width]);
    let kept: Vec<f32> = rows.copied().collect();
    assert_close(&format!("{id}: last hidden"), &kept, &golden.last_hidden, allowed.hidden);
    let project = |row: &[f32]| {
        let terms = row.iter().enumerate().map(|(d, &x)| f64::from(x) * (d as f64).cos());
        terms.sum::<f64>() as f32
    };
    let projections: Vec<f32> = run.last_hidden.chunks_exact(width).map(project).collect();
    assert_close(
        &format!("{id}: hidden projection"),
        &projections,
        &golden.hidden_projection,
        allowed.hidden_projection,
    );
}

#[test]
fn sentence_embeddings_have_the_published_cosines() {
    let mut choices = vec![BackendChoice::Cpu];
    if adapter::gpu().is_some() {
        choices.push(BackendChoice::WebGpu);
    }
    for choice in choices {
        let mut engine = models::engine(models::F32);
        let mut embed = |text: &str| {
            let run = run_to_output(&mut engine, models::F32, choice, text, None);
            mean_rows(&run.last_hidden, run.trace.maps[0].queries.len())
        };
        let food = embed("A man is eating food.");
        let bread = cosine(&food, &embed("A man is eating a piece of bread."));
        let baby = cosine(&food, &embed("The girl is carrying a baby."));
        assert!((bread - 0.7553).abs() < 5e-5, "{choice:?}: {bread}");
        assert!((baby - -0.1050).abs() < 5e-5, "{choice:?}: {baby}");
    }
}

/// (D), the mean over the `rows` of (rows, D).
pub fn mean_rows(hidden: &[f32], rows: usize) -> Vec<f64> {
    let width = hidden.len() / rows;
    let column = |d: usize| hidden.iter().skip(d).step_by(width).map(|&x| f64::from(x)).sum::<f64>();
    (0..width).map(|d| column(d) / rows as f64).collect()
}

pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
