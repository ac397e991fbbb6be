use super::super::label::tests::HalfWidth;
use super::super::picture::{Image, Mark};
use super::super::tests::{Held, view_state, with_scene};
use super::super::{Focus, colormap};
use super::*;

const WIDE: Size = Size { width: 640.0, height: 300.0, ratio: 1.0 };
const NARROW: Size = Size { width: 328.0, height: 300.0, ratio: 2.0 };
const WORDS: [&str; 4] = ["[CLS]", "the", "animal", "it"];

/// A head of `tokens` tokens and 32 elements, whose weights are the softmax of its scores in plain loops.
fn head(tokens: usize) -> (Neurons, Held) {
    let width = 32;
    let mut state = 1_u32;
    let mut numbers = |count: usize| -> Vec<f32> {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    };
    let neurons =
        Neurons { layer: 0, head: 0, width, queries: numbers(tokens * width), keys: numbers(tokens * width) };
    let mut weights = vec![];
    for query in 0..tokens {
        let scores: Vec<f64> = (0..tokens).map(|key| score(&neurons, query, key)).collect();
        let sum: f64 = scores.iter().map(|score| score.exp()).sum();
        weights.extend(scores.iter().map(|score| (score.exp() / sum) as f32));
    }
    (neurons, Held { layers: 1, heads: 1, shape: (tokens, tokens), weights })
}

fn score(neurons: &Neurons, query: usize, key: usize) -> f64 {
    let mut sum = 0.0;
    for at in 0..32 {
        sum += f64::from(neurons.queries[query * 32 + at]) * f64::from(neurons.keys[key * 32 + at]);
    }
    sum / 32_f64.sqrt()
}

fn with_head<R>(words: &[&str], run: impl FnOnce(&Scene, &Neurons, &Held) -> R) -> R {
    let (neurons, held) = head(words.len());
    with_scene(&held, words, |scene| run(&Scene { neurons: Some(&neurons), ..plain(scene) }, &neurons, &held))
}

/// The same scene again.
fn plain<'a>(scene: &Scene<'a>) -> Scene<'a> {
    let &Scene { maps, map, queries, keys, units, tokens, query_units, key_units, texts, .. } = scene;
    let &Scene { right_to_left, neurons, order, badges, .. } = scene;
    Scene {
        maps,
        map,
        queries,
        keys,
        units,
        tokens,
        query_units,
        key_units,
        texts,
        right_to_left,
        neurons,
        order,
        badges,
    }
}

fn place(layout: &Rc<dyn Layout>, name: &str) -> f64 {
    layout.places().iter().find(|place| place.0 == name).unwrap().1
}

fn texts(picture: &Picture) -> Vec<&str> {
    let texts = picture.marks.iter().filter_map(|mark| match mark {
        Mark::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The colour of an element of the strip whose corner is at (`x`, `y`).
fn element(picture: &Picture, size: Size, (x, y): (f64, f64), cell: f64, at: usize) -> Option<[u8; 3]> {
    let device = |length: f64| (length * size.ratio).round() as usize;
    let is_there = |image: &&Image| (image.x, image.y) == (device(x), device(y));
    let image = picture.images.iter().find(is_there)?;
    let pixel = &image.rgba[at * device(cell) * 4..];
    Some([pixel[0], pixel[1], pixel[2]])
}

#[test]
fn strips_are_the_keys_and_their_products_on_scales_that_are_stated() {
    for size in [WIDE, NARROW] {
        with_head(&WORDS, |scene, neurons, _| {
            let state = ViewState { words: [3].into(), ..view_state() };
            let layout = lay_out(scene, &state, size, &HalfWidth);
            let picture = layout.paint(scene, &state, &HalfWidth);
            let at = |name| place(&layout, name);
            let shown = neurons.queries[96..].iter().chain(&neurons.keys);
            let end = shown.fold(0.0_f32, |most, number| most.max(number.abs()));
            assert_eq!(at("data-end"), f64::from(end));
            let product = |key: usize, at: usize| neurons.queries[96 + at] * neurons.keys[key * 32 + at];
            let product_end = (0..128)
                .map(|at| product(at / 32, at % 32))
                .fold(0.0_f32, |most, number| most.max(number.abs()));
            assert_eq!(at("data-product-end"), f64::from(product_end));
            let colors = colormap::Diverging::on(state.ramp.zero());
            for key in 0..4 {
                let down = key as f64 * at("data-pitch");
                for index in 0..32 {
                    let strip = (at("data-origin-x"), at("data-origin-y") + down);
                    let found = element(&picture, size, strip, at("data-cell"), index);
                    assert_eq!(found, Some(colors.color(neurons.keys[key * 32 + index], end)));
                    let strip = (at("data-product-x"), at("data-product-y") + down);
                    let found = element(&picture, size, strip, at("data-cell"), index);
                    assert_eq!(found, Some(colors.color(product(key, index), product_end)));
                }
            }
            assert!(texts(&picture).iter().any(|text| text.starts_with(&signed(f64::from(end), 2))));
        });
    }
}

#[test]
fn numbers_are_the_dot_products_and_the_models_own_weights() {
    with_head(&WORDS, |scene, neurons, held| {
        let state = ViewState { words: [3].into(), ..view_state() };
        let layout = lay_out(scene, &state, WIDE, &HalfWidth);
        let picture = layout.paint(scene, &state, &HalfWidth);
        let written = texts(&picture);
        for key in 0..4 {
            assert!(written.contains(&signed(score(neurons, 3, key), 2).as_str()), "{written:?}");
            assert!(written.contains(&weight(held.weights[12 + key]).as_str()), "{written:?}");
        }
    });
}

#[test]
fn the_picked_pair_is_spelled_out() {
    with_head(&WORDS, |scene, neurons, held| {
        let state = ViewState { focus: Focus::Cell { query: 2, key: 1 }, ..view_state() };
        let layout = lay_out(scene, &state, WIDE, &HalfWidth);
        assert_eq!(place(&layout, "data-query"), 2.0);
        let said = texts(&layout.paint_focus(scene, &state, &HalfWidth)).join(" ");
        let score_of = |key| score(neurons, 2, key);
        let sum: f64 = (0..4).map(|key| score_of(key).exp()).sum();
        let wanted = format!(
            "the sum of 32 products is {sum}; {sum} / √32 = {};",
            signed(score_of(1), 3),
            sum = signed(score_of(1) * 32_f64.sqrt(), 3)
        );
        assert!(said.contains(&wanted), "{said}");
        let wanted =
            format!("exp({}) / {} = {}.", signed(score_of(1), 3), signed(sum, 2), weight(held.weights[9]));
        assert!(said.contains(&wanted), "{said}");
        assert!(said.contains("“animal” → “the”"), "{said}");
    });
}

#[test]
fn scores_too_large_for_a_sum_are_spelled_out_by_logarithms() {
    let (mut neurons, held) = head(3);
    neurons.queries.iter_mut().for_each(|number| *number *= 300.0);
    with_scene(&held, &["a", "b", "c"], |scene| {
        let scene = &Scene { neurons: Some(&neurons), ..plain(scene) };
        let state = ViewState { words: [1].into(), ..view_state() };
        let layout = lay_out(scene, &state, WIDE, &HalfWidth);
        let said = texts(&layout.paint_focus(scene, &state, &HalfWidth)).join(" ");
        let most = (0..3).map(|key| score(&neurons, 1, key)).fold(0.0_f64, f64::max);
        assert!(most > 11.0 && said.contains(&format!(" − {}) = ", signed(most, 3))), "{said}");
    });
}

#[test]
fn without_a_chosen_word_it_is_the_most_concentrated_one_of_the_text() {
    let (neurons, mut held) = head(4);
    held.weights = vec![0.25; 16];
    held.weights[..4].copy_from_slice(&[1.0, 0.0, 0.0, 0.0]);
    held.weights[8..12].copy_from_slice(&[0.0, 0.7, 0.3, 0.0]);
    with_scene(&held, &WORDS, |scene| {
        let scene = &Scene { neurons: Some(&neurons), ..plain(scene) };
        let layout = lay_out(scene, &view_state(), WIDE, &HalfWidth);
        assert_eq!(place(&layout, "data-query"), 2.0);
        assert!(layout.said(scene, &view_state())[0].contains("“animal”"));
    });
}

#[test]
fn of_many_keys_the_strongest_are_shown_and_the_rest_is_counted() {
    let words: Vec<String> = (0..512).map(|at| format!("word{at}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    for size in [WIDE, NARROW] {
        with_head(&words, |scene, _, held| {
            let state = ViewState { words: [7].into(), ..view_state() };
            let layout = lay_out(scene, &state, size, &HalfWidth);
            assert_eq!(place(&layout, "data-rows"), 64.0);
            let mut row = held.weights[7 * 512..8 * 512].to_vec();
            row.sort_by(|a, b| b.total_cmp(a));
            let rest: f32 = row[64..].iter().sum();
            let said = layout.said(scene, &state).join(" ");
            assert!(said.contains(&format!("the other 448 have {}", percent(f64::from(rest)))), "{said}");
            let mut last = None;
            for row in 0..64 {
                let y = place(&layout, "data-origin-y") + place(&layout, "data-pitch") * row as f64;
                let Some(Spot::Cell { query: 7, key }) = layout.at(100.0, y) else { panic!("no key at {y}") };
                assert!(last < Some(key), "not in the order of the text");
                last = Some(key);
            }
            let picture = layout.paint(scene, &state, &HalfWidth);
            let right = picture.images.iter().map(|image| image.x + image.width).max().unwrap();
            assert!(right as f64 / size.ratio <= size.width);
            for mark in picture.marks.iter().chain(&layout.paint_focus(scene, &state, &HalfWidth).marks) {
                if let Mark::Text(text) = mark {
                    let wide = HalfWidth.width(&text.text, text.font);
                    let (left, right) = match text.anchor {
                        super::super::picture::Anchor::Right => (text.x - wide, text.x),
                        _ => (text.x, text.x + wide),
                    };
                    assert!(left >= 0.0 && right <= size.width, "{text:?} from {left} to {right}");
                }
            }
        });
    }
}

#[test]
fn what_is_not_there_yet_is_not_painted() {
    let (neurons, held) = head(4);
    with_scene(&held, &WORDS, |scene| {
        let empty = |scene: &Scene, state: &ViewState| {
            let layout = lay_out(scene, state, WIDE, &HalfWidth);
            assert_eq!(layout.paint(scene, state, &HalfWidth), Picture::default());
            assert_eq!(layout.paint_focus(scene, state, &HalfWidth), Picture::default());
            assert_eq!((layout.at(10.0, 80.0), layout.said(scene, state)), (None, vec![]));
        };
        empty(scene, &view_state());
        // Those of another head.
        let other = &Scene { neurons: Some(&neurons), ..plain(scene) };
        empty(other, &ViewState { layer: 1, ..view_state() });
    });
    with_head(&["a"], |scene, _, _| {
        let layout = lay_out(scene, &view_state(), NARROW, &HalfWidth);
        assert_eq!(layout.paint(scene, &view_state(), &HalfWidth).images.len(), 5);
        assert_eq!(layout.at(10.0, place(&layout, "data-origin-y")), Some(Spot::Cell { query: 0, key: 0 }));
    });
}
