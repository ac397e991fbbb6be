//! Every lens, against float64 numpy (`tests/reference/lenses.py`) and against what it promises of any map.

use std::collections::BTreeSet;

use attention_map::lens::rollout;
use attention_map::lens::{Choice, HeadSet, LENSES, LensSpec, Needs, Source, Weights};

use crate::compare::assert_close;
use crate::stored::Stored;

/// Weights held in a vector. // (L, H, T, T)
struct Held {
    layers: usize,
    heads: usize,
    tokens: usize,
    weights: Vec<f32>,
}

impl Weights for Held {
    fn layers(&self) -> usize {
        self.layers
    }

    fn heads(&self) -> usize {
        self.heads
    }

    fn shape(&self) -> (usize, usize) {
        (self.tokens, self.tokens)
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn read(&self, layer: usize, head: usize, map: &mut Vec<f32>) {
        map.clear();
        map.extend_from_slice(self.head(layer, head));
    }
}

impl Held {
    /// Rows that sum to 1, the same each time.
    fn any(layers: usize, heads: usize, tokens: usize) -> Self {
        let mut state = tokens as u64 + 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1 << 24) as f32).powi(6)
        };
        let mut weights: Vec<f32> = (0..layers * heads * tokens * tokens).map(|_| next()).collect();
        for row in weights.chunks_exact_mut(tokens) {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|weight| *weight /= sum);
        }
        Self { layers, heads, tokens, weights }
    }

    fn head(&self, layer: usize, head: usize) -> &[f32] {
        let len = self.tokens * self.tokens;
        &self.weights[(layer * self.heads + head) * len..][..len]
    }
}

fn lens(id: &str) -> &'static LensSpec {
    LENSES.iter().find(|lens| lens.id == id).unwrap()
}

fn read(id: &str, source: &Source, choice: &Choice) -> Vec<f32> {
    // What was in the vector before is of no matter.
    let mut map = vec![f32::NAN; 5];
    (lens(id).read)(source, choice, &mut map);
    map
}

#[test]
fn every_lens_says_what_its_paper_does() {
    const LAYERS: usize = 6;
    const HEADS: usize = 12;
    let golden = Stored::read("lenses");
    let floats =
        |name: &str| -> Vec<f32> { golden.floats(name).into_iter().map(|number| number as f32).collect() };
    let pieces: Vec<String> = serde_json::from_str(golden.text("pieces").unwrap()).unwrap();
    let tokens = pieces.len();
    let weights = Held { layers: LAYERS, heads: HEADS, tokens, weights: floats("attention") };
    let (products, distances) = (floats("products"), floats("distances"));
    let cases: Vec<serde_json::Value> = serde_json::from_str(golden.text("cases").unwrap()).unwrap();
    let mut seen = BTreeSet::new();
    for (index, case) in cases.iter().enumerate() {
        let number = |name: &str| case[name].as_u64().unwrap() as usize;
        let id = case["lens"].as_str().unwrap();
        let heads = HeadSet::parse(case["heads"].as_str().unwrap(), LAYERS, HEADS).unwrap();
        let choice =
            Choice { layer: number("layer"), head: number("head"), heads: &heads, from: number("from") };
        let zeroing = distances.chunks_exact(tokens * tokens).nth(choice.layer);
        let source = Source { weights: &weights, values: Some(&products), zeroing };
        assert!(source.suffices(lens(id)));
        let map = read(id, &source, &choice);
        let expected = golden.floats(&format!("map.{index}"));
        let largest = expected.iter().copied().fold(0.0, f64::max);
        assert_close(&case.to_string(), &map, &expected, 2e-6 * f64::max(1.0, largest));
        seen.insert((id, format!("{map:?}")));
    }
    for lens in LENSES {
        let maps = seen.iter().filter(|(id, _)| *id == lens.id).count();
        assert!(maps >= 2, "{} has {maps} different maps", lens.id);
    }
}

#[test]
fn rows_of_a_distribution_sum_to_one_and_no_cell_is_nan() {
    for tokens in [1, 2, 3, 7, 33] {
        let weights = Held::any(3, 4, tokens);
        // Products of vectors with one component each, so that heads can cancel.
        let values: Vec<f32> = (0..3 * tokens)
            .flat_map(|place| {
                let component = move |head: usize| (place as f32 + 1.0) * [0.7, -0.7, 0.3, 1e-3][head];
                (0..16).map(move |pair| component(pair / 4) * component(pair % 4))
            })
            .collect();
        let zeroing = weights.head(1, 1);
        let source = Source { weights: &weights, values: Some(&values), zeroing: Some(zeroing) };
        let sets = [HeadSet::default(), HeadSet::all(3, 4), HeadSet::of_head(2, 3)];
        for lens in LENSES {
            for heads in &sets {
                for layer in 0..3 {
                    let map = read(lens.id, &source, &Choice { layer, head: 3, heads, from: 1 });
                    let rows = if lens.one_row { 1 } else { tokens };
                    assert_eq!(map.len(), rows * tokens, "{}", lens.id);
                    assert!(map.iter().all(|cell| cell.is_finite() && *cell >= 0.0), "{}", lens.id);
                    for row in map.chunks_exact(tokens).filter(|_| lens.distribution) {
                        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{} {row:?}", lens.id);
                    }
                }
            }
        }
    }
}

#[test]
fn a_rollout_of_any_size_is_the_product_of_its_layers() {
    for tokens in [1, 2, 5, 8, 31] {
        let weights = Held::any(4, 3, tokens);
        let source = Source { weights: &weights, values: None, zeroing: None };
        let mut layers = Vec::new();
        rollout::each_layer(&source, 1..=3, |layer, rolled| layers.push((layer, rolled.to_vec())));
        assert_eq!(layers.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), [1, 2, 3]);
        let mut expected: Vec<f64> =
            (0..tokens * tokens).map(|cell| f64::from(cell / tokens == cell % tokens)).collect();
        for (layer, rolled) in layers {
            let mixing = |query: usize, key: usize| {
                let sum: f64 =
                    (0..3).map(|head| f64::from(weights.head(layer, head)[query * tokens + key])).sum();
                sum / 6.0 + if query == key { 0.5 } else { 0.0 }
            };
            expected = (0..tokens * tokens)
                .map(|cell| {
                    let (query, key) = (cell / tokens, cell % tokens);
                    (0..tokens).map(|via| mixing(query, via) * expected[via * tokens + key]).sum()
                })
                .collect();
            assert_close("rollout", &rolled, &expected, 1e-6);
            let heads = HeadSet::default();
            let choice = Choice { layer, head: 0, heads: &heads, from: 1 };
            assert_eq!(read("rollout", &source, &choice), rolled);
        }
    }
}

#[test]
fn rollouts_that_are_kept_are_those_that_are_made_anew() {
    let weights = Held::any(4, 3, 5);
    let source = Source { weights: &weights, values: None, zeroing: None };
    let mut kept = rollout::Kept::default();
    for (from, layer) in [(0, 3), (1, 3), (0, 2), (0, 3), (2, 2), (2, 3), (3, 3), (1, 2), (0, 0), (1, 3)] {
        let anew = rollout::Kept::default().to(&source, from, layer).to_vec();
        assert_eq!(kept.to(&source, from, layer), anew, "from {from} to {layer}");
    }
}

#[test]
fn a_lens_without_what_it_needs_gives_no_map() {
    let weights = Held::any(2, 3, 4);
    let (values, zeroing) = (vec![0.1; 2 * 4 * 3 * 3], vec![0.1; 4 * 4]);
    let heads = HeadSet::default();
    let choice = Choice { layer: 1, head: 1, heads: &heads, from: 0 };
    let sources = [
        (None, None),
        // Of a longer text, or a layer too few.
        (Some(&values[..values.len() / 2]), Some(&zeroing[..9])),
        (Some(&values[..]), Some(&zeroing[..])),
    ];
    for (index, (values, zeroing)) in sources.into_iter().enumerate() {
        let source = Source { weights: &weights, values, zeroing };
        for lens in LENSES {
            let suffices = lens.needs == Needs::Weights || index == 2;
            assert_eq!(source.suffices(lens), suffices, "{}", lens.id);
            assert_eq!(!read(lens.id, &source, &choice).is_empty(), suffices, "{}", lens.id);
        }
    }
}

#[test]
fn distances_that_rounding_put_below_nothing_and_rows_that_moved_nowhere_are_zeros() {
    let weights = Held::any(1, 1, 2);
    let heads = HeadSet::default();
    let choice = Choice { layer: 0, head: 0, heads: &heads, from: 0 };
    let source = Source { weights: &weights, values: None, zeroing: Some(&[-1e-7, 0.5, 0.0, -1e-7]) };
    assert_eq!(read("value-zeroing", &source, &choice), [0.0, 1.0, 0.0, 0.0]);
    // The squared length of vectors that cancel.
    let source = Source { weights: &weights, values: Some(&[-1e-9, 4.0]), zeroing: None };
    let map = read("norm", &source, &choice);
    assert_eq!((map[0], map[2]), (0.0, 0.0));
    assert_eq!((map[1], map[3]), (2.0 * weights.weights[1], 2.0 * weights.weights[3]));
}

#[test]
fn every_lens_tells_its_paper_its_range_and_what_it_does_not_say() {
    let mut ids = BTreeSet::new();
    for lens in LENSES {
        assert!(ids.insert(lens.id));
        assert!(!lens.name.is_empty() && lens.paper.contains("20"), "{}", lens.id);
        for text in [lens.formula, lens.range, lens.caveat] {
            assert!(text.ends_with('.') && text.starts_with(|first: char| !first.is_lowercase()), "{text}");
        }
    }
    assert_eq!(LENSES[0].id, "weight");
}
