//! What can be asked about a text besides its weights, against float64 numpy (`tests/reference/inspection.py`).

use attention_map::engine::Engine;
use attention_map::inspection::Inspection;
use attention_map::trace::BackendChoice;

use crate::compare::assert_close;
use crate::stored::Stored;
use crate::{models, parity};

const LAYERS: usize = 6;
const HEADS: usize = 12;
const K: usize = 32;

/// The goldens, the model of each, and how far a number may be off, as a share of the largest of its kind: 32-bit floats,
/// or activations rounded to 14 bits.
const GOLDENS: [(&str, &str, f64); 3] =
    [("sentence", models::F32, 1e-5), ("pair", models::F32, 1e-5), ("sentence-q8", models::Q8, 2e-3)];

/// A golden, an engine, and what the engine says about the golden's text.
struct Case {
    golden: Stored,
    engine: Engine,
    model: &'static str,
    tolerance: f64,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        GOLDENS.into_iter().map(|(name, model, tolerance)| Self {
            golden: Stored::read(&format!("inspection/{name}")),
            engine: models::engine(model),
            model,
            tolerance,
        })
    }

    fn inspect(&mut self, inspection: Inspection) -> Vec<f32> {
        let (text, text_b) = (self.golden.text("text").unwrap(), self.golden.text("text_b"));
        let (tokens, values) =
            pollster::block_on(self.engine.inspect(self.model, text, text_b, inspection)).unwrap();
        assert_eq!(tokens, self.golden.integers("ids").len());
        values
    }

    fn tokens(&self) -> usize {
        self.golden.integers("ids").len()
    }

    /// (L, H, T, T), of the CPU.
    fn weights(&mut self) -> Vec<f32> {
        let (text, text_b) = (self.golden.text("text").unwrap(), self.golden.text("text_b"));
        parity::run(&mut self.engine, self.model, BackendChoice::Cpu, text, text_b)
            .trace
            .maps
            .remove(0)
            .weights
    }

    #[track_caller]
    fn assert_close(&self, what: &str, got: &[f32], expected: &[f64]) {
        let largest = expected.iter().fold(0.0, |largest, x| f64::max(largest, x.abs()));
        assert_close(&format!("{}: {what}", self.model), got, expected, self.tolerance * largest);
    }
}

#[test]
fn the_inner_products_of_what_heads_write_are_the_references() {
    for mut case in Case::all() {
        let grams = case.inspect(Inspection::Values);
        let layer = case.tokens() * HEADS * HEADS;
        assert_eq!(grams.len(), LAYERS * layer);
        let kept = case.golden.integers("gram_layers");
        let kept: Vec<f32> =
            kept.iter().flat_map(|&l| &grams[l as usize * layer..][..layer]).copied().collect();
        case.assert_close("inner products", &kept, &case.golden.floats("grams"));
    }
}

/// By the formula in the docs of [`Inspection::Values`], for all heads of a layer, for some, and for each alone.
#[test]
fn the_norm_of_any_set_of_heads_follows_from_weights_and_inner_products() {
    for mut case in Case::all() {
        let (grams, weights, tokens) = (case.inspect(Inspection::Values), case.weights(), case.tokens());
        let norms = |heads: &[usize]| -> Vec<f32> {
            let mut norms = Vec::new();
            for (layer, i, j) in indices([LAYERS, tokens, tokens]) {
                let weight = |h: usize| f64::from(weights[((layer * HEADS + h) * tokens + i) * tokens + j]);
                let mut square = 0.0;
                for &a in heads {
                    for &b in heads {
                        let gram = grams[((layer * tokens + j) * HEADS + a) * HEADS + b];
                        square += weight(a) * weight(b) * f64::from(gram);
                    }
                }
                norms.push(square.max(0.0).sqrt() as f32);
            }
            norms
        };
        let all: Vec<usize> = (0..HEADS).collect();
        case.assert_close("norms", &norms(&all), &case.golden.floats("norms"));
        let some: Vec<usize> = case.golden.integers("some_heads").iter().map(|&h| h as usize).collect();
        case.assert_close("norms of some", &norms(&some), &case.golden.floats("norms_of_some"));
    }
}

#[test]
fn zeroing_values_moves_outputs_as_in_the_reference_in_ranges_of_any_size() {
    for mut case in Case::all() {
        let tokens = case.tokens();
        let expected = case.golden.floats("distances");
        for (layer, expected) in expected.chunks_exact(tokens * tokens).enumerate() {
            let whole = case.inspect(Inspection::ValueZeroing { layer, from: 0, to: tokens });
            assert!(whole.iter().all(|&distance| distance >= 0.0));
            case.assert_close("distances", &whole, expected);
            let mut in_ranges = vec![0.0; tokens * tokens];
            for (from, to) in [(0, 1), (1, 1), (1, 5), (5, tokens)] {
                let part = case.inspect(Inspection::ValueZeroing { layer, from, to });
                assert_eq!(part.len(), tokens * (to - from));
                for (row, part) in in_ranges.chunks_exact_mut(tokens).zip(part.chunks(1.max(to - from))) {
                    row[from..to].copy_from_slice(&part[..to - from]);
                }
            }
            assert_eq!(in_ranges, whole);
        }
    }
}

#[test]
fn queries_and_keys_are_the_references_and_lead_to_the_weights_of_the_pass() {
    for mut case in Case::all() {
        let (weights, tokens) = (case.weights(), case.tokens());
        let mut kept = Vec::new();
        let neurons = case.golden.integers("neurons");
        for (layer, head, _) in indices([LAYERS, HEADS, 1]) {
            let both = case.inspect(Inspection::Neuron { layer, head });
            assert_eq!(both.len(), 2 * tokens * K);
            if neurons.chunks_exact(2).any(|neuron| neuron == [layer as i32, head as i32]) {
                kept.extend_from_slice(&both);
            }
            let (queries, keys) = both.split_at(tokens * K);
            let mut softmax = Vec::new();
            for query in queries.chunks_exact(K) {
                let dot = |key: &[f32]| query.iter().zip(key).map(|(q, k)| f64::from(q * k)).sum::<f64>();
                let raised = keys.chunks_exact(K).map(|key| (dot(key) / (K as f64).sqrt()).exp());
                let sum: f64 = raised.clone().sum();
                softmax.extend(raised.map(|x| x / sum));
            }
            let map = &weights[(layer * HEADS + head) * tokens * tokens..][..tokens * tokens];
            assert_close("softmax of q·k/√K", map, &softmax, 1e-5);
        }
        case.assert_close("queries and keys", &kept, &case.golden.floats("queries_and_keys"));
    }
}

#[test]
fn the_next_inspection_of_another_text_or_a_pair_is_of_that_one() {
    let mut engine = models::engine(models::Q8);
    let mut ask = |text: &str, text_b: Option<&str>| {
        let neuron = Inspection::Neuron { layer: 1, head: 2 };
        pollster::block_on(engine.inspect(models::Q8, text, text_b, neuron)).unwrap()
    };
    let (first, pair) = (ask("one two", None), ask("one two", Some("three")));
    assert_eq!((first.0, pair.0), (4, 6));
    assert_ne!(first.1[..4 * K], pair.1[..4 * K]);
    assert_eq!(ask("one two", None), first);
}

#[test]
fn a_layer_a_head_or_a_token_that_is_not_there_is_an_error_that_says_what_is() {
    let mut engine = models::engine(models::Q8);
    for inspection in [
        Inspection::Neuron { layer: 6, head: 0 },
        Inspection::Neuron { layer: 0, head: 12 },
        Inspection::ValueZeroing { layer: 6, from: 0, to: 1 },
        Inspection::ValueZeroing { layer: 0, from: 0, to: 4 },
        Inspection::ValueZeroing { layer: 0, from: 2, to: 1 },
    ] {
        let error = pollster::block_on(engine.inspect(models::Q8, "a", None, inspection)).unwrap_err();
        assert_eq!(error.code(), "shape");
        assert!(error.to_string().contains("0..3"), "{error}");
    }
    let error = pollster::block_on(engine.inspect(models::F32, "a", None, Inspection::Values)).unwrap_err();
    assert_eq!(error.code(), "model-not-loaded");
}

fn indices(sizes: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    let [a, b, c] = sizes;
    (0..a * b * c).map(move |at| (at / (b * c), at / c % b, at % c))
}
