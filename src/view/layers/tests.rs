use super::super::Direction;
use super::super::label::tests::HalfWidth;
use super::super::picture::Mark;
use super::super::tests::{Held, view_state, with_scene};
use super::*;

const WIDE: Size = Size { width: 640.0, height: 300.0, ratio: 1.0 };

/// Two layers by two heads of 3 words; every weight is another.
fn held() -> Held {
    Held { layers: 2, heads: 2, shape: (3, 3), weights: (0..36).map(|at| at as f32 / 100.0).collect() }
}

/// One head's weight by plain indices.
fn cell(held: &Held, layer: usize, head: usize, query: usize, key: usize) -> f32 {
    held.weights[((layer * 2 + head) * 3 + query) * 3 + key]
}

fn near(found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len());
    assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, not {wanted:?}");
}

#[test]
fn rows_of_chosen_words_are_summed_in_every_layer_and_columns_the_other_way() {
    let held = held();
    with_scene(&held, &["a", "b", "c"], |scene| {
        let mut state = ViewState { head: 1, words: [0, 2].into(), ..view_state() };
        let both = |layer, key| cell(&held, layer, 1, 0, key) + cell(&held, layer, 1, 2, key);
        let wanted: Vec<f32> = (0..6).map(|at| both(at / 3, at % 3)).collect();
        near(&weights(scene, &state), &wanted);
        state.direction = Direction::To;
        let both = |layer, query| cell(&held, layer, 1, query, 0) + cell(&held, layer, 1, query, 2);
        let wanted: Vec<f32> = (0..6).map(|at| both(at / 3, at % 3)).collect();
        near(&weights(scene, &state), &wanted);
        state.words = [].into();
        let mean = |layer, key| (0..3).map(|query| cell(&held, layer, 1, query, key)).sum::<f32>() / 3.0;
        let wanted: Vec<f32> = (0..6).map(|at| mean(at / 3, at % 3)).collect();
        near(&weights(scene, &state), &wanted);
    });
}

#[test]
fn all_layers_have_one_scale_and_it_is_written_below_them() {
    let held = held();
    with_scene(&held, &["a", "b", "c"], |scene| {
        let mut state = ViewState { words: [1].into(), scale: Scale::MapMax, ..view_state() };
        let layout = lay_out(scene, &state, WIDE, &HalfWidth);
        let place = |name| layout.places().iter().find(|place| place.0 == name).unwrap().1;
        let (cell_width, row) = (place("data-cell") as usize, place("data-row") as usize);
        assert!((24..=40).contains(&row));
        let picture = layout.paint(scene, &state, &HalfWidth);
        let image = &picture.images[0];
        let pixel = |layer: usize, key: usize| {
            let at = ((layer * row + row / 2) * image.width + key * cell_width + 1) * 4;
            [image.rgba[at], image.rgba[at + 1], image.rgba[at + 2]]
        };
        let largest = cell(&held, 1, 0, 1, 2);
        for layer in 0..2 {
            for key in 0..3 {
                let weight = cell(&held, layer, 0, 1, key);
                assert_eq!(pixel(layer, key), state.ramp.color(weight, largest), "{layer} {key}");
            }
        }
        let says = |picture: &Picture, wanted: &str| {
            picture.marks.iter().any(|mark| matches!(mark, Mark::Text(text) if text.text == wanted))
        };
        assert!(says(&picture, "0.230"), "its scale's end");
        assert!(says(&picture, "0.030") && says(&picture, "0.220"), "weights in their cells");
        // Two rows of numbers up to 1 make numbers up to 2.
        state = ViewState { words: [0, 1].into(), ..view_state() };
        assert!(says(&layout.paint(scene, &state, &HalfWidth), "2"));
    });
}

#[test]
fn a_point_finds_its_layer_and_word() {
    let words = vec!["word"; 512];
    let held = Held { layers: 6, heads: 1, shape: (512, 512), weights: vec![0.1; 6 * 512 * 512] };
    for width in [328.0, 900.0] {
        with_scene(&held, &words, |scene| {
            let state = ViewState { layer: 5, focus: Focus::Key(511), ..view_state() };
            let size = Size { width, height: 400.0, ratio: 2.0 };
            let layout = lay_out(scene, &state, size, &HalfWidth);
            let place = |name| layout.places().iter().find(|place| place.0 == name).unwrap().1;
            let at = |layer: f64, key: f64| {
                let x = place("data-origin-x") + place("data-cell") * (key + 0.5);
                layout.at(x, place("data-origin-y") + place("data-row") * (layer + 0.5))
            };
            assert_eq!(at(5.0, 511.0), Some(Spot::LayerKey { layer: 5, key: 511 }));
            assert_eq!(at(0.0, 0.0), Some(Spot::LayerKey { layer: 0, key: 0 }));
            let to = ViewState { direction: Direction::To, words: [3].into(), ..state.clone() };
            let (x, y) = (place("data-origin-x") + 0.1, place("data-origin-y") + 1.0);
            let found = lay_out(scene, &to, size, &HalfWidth).at(x, y);
            assert_eq!(found, Some(Spot::LayerQuery { layer: 0, query: 0 }));
            let frame = place("data-frame-x") + place("data-frame-width");
            assert!(frame <= width, "{frame} in {width}");
            let picked = layout.paint_focus(scene, &state, &HalfWidth);
            let bold = picked.marks.iter().filter(|mark| matches!(mark, Mark::Text(text) if text.font.bold));
            assert_eq!(bold.count(), 2, "the layer's number and the word");
        });
    }
}

#[test]
fn a_single_word_has_a_picture_and_no_words_have_none() {
    let held = Held { layers: 2, heads: 1, shape: (1, 1), weights: vec![1.0, 0.5] };
    with_scene(&held, &["a"], |scene| {
        let state = view_state();
        let picture = lay_out(scene, &state, WIDE, &HalfWidth).paint(scene, &state, &HalfWidth);
        assert_eq!(picture.images.len(), 2);
    });
    let held = Held { layers: 2, heads: 1, shape: (0, 0), weights: vec![] };
    with_scene(&held, &[], |scene| {
        let state = view_state();
        let layout = lay_out(scene, &state, WIDE, &HalfWidth);
        assert_eq!(layout.paint(scene, &state, &HalfWidth), Picture::default());
        assert_eq!(layout.paint_focus(scene, &state, &HalfWidth), Picture::default());
        assert!(layout.said(scene, &state).is_empty());
    });
}

#[test]
fn it_says_whose_attention_it_is() {
    let held = held();
    with_scene(&held, &["a", "b", "c"], |scene| {
        let said = |words: &[usize], direction| {
            let state = ViewState { words: words.into(), direction, ..view_state() };
            lay_out(scene, &state, WIDE, &HalfWidth).said(scene, &state).join(" ")
        };
        assert_eq!(said(&[1], Direction::From), "What “b” gives to each word. In every layer by head 0.");
        assert_eq!(
            said(&[1, 2], Direction::To),
            "The sum of what “b”, “c” get from each word. In every layer by head 0."
        );
        assert_eq!(
            said(&[], Direction::To),
            "What each word gets from all of the text: the mean over its rows. In every layer by head 0."
        );
    });
}
