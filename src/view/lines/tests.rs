use std::rc::Rc;

use super::super::colormap::head_colors;
use super::super::label::tests::HalfWidth;
use super::super::picture::{Ink, Mark};
use super::super::tests::{Held, view_state, with_scene};
use super::super::{Focus, Scale};
use super::*;
use crate::lens::HeadSet;

const WIDE: Size = Size { width: 800.0, height: 600.0, ratio: 1.0 };
const NARROW: Size = Size { width: 328.0, height: 600.0, ratio: 3.0 };

/// Rows that sum to 1, unlike each other.
fn held(heads: usize, tokens: usize) -> Held {
    let mut weights = vec![];
    for row in 0..heads * tokens {
        let raw: Vec<f32> = (0..tokens).map(|key| ((row * 7 + key * 13) % 29 + 1) as f32).collect();
        let sum: f32 = raw.iter().sum();
        weights.extend(raw.iter().map(|weight| weight / sum));
    }
    Held { layers: 1, heads, shape: (tokens, tokens), weights }
}

fn with_words<R>(held: &Held, word: &str, run: impl FnOnce(&Scene) -> R) -> R {
    with_scene(held, &vec![word; held.shape.0], run)
}

type Drawing = ((f64, f64), (f64, f64), f64, Ink, f32);

fn lines_of(picture: &Picture) -> Vec<Drawing> {
    picture
        .marks
        .iter()
        .filter_map(|mark| match *mark {
            Mark::Line { from, to, width, ink, alpha } => Some((from, to, width, ink, alpha)),
            _ => None,
        })
        .collect()
}

fn texts_of(picture: &Picture) -> Vec<String> {
    let text = |mark: &Mark| if let Mark::Text(text) = mark { Some(text.text.clone()) } else { None };
    picture.marks.iter().filter_map(text).collect()
}

#[test]
fn every_line_has_its_weights_color_and_goes_from_its_query_to_its_key() {
    let (held, state) = (held(1, 5), view_state());
    with_words(&held, "word", |scene| {
        let layout = LinesLayout::new(scene, &state, WIDE, &HalfWidth);
        let lines = lines_of(&layout.paint(scene, &state, &HalfWidth));
        assert_eq!(lines.len(), 25);
        let mut seen = vec![];
        for ((x, y), (to_x, to_y), width, ink, alpha) in lines {
            let query = layout.at(x - 1.0, y).and_then(|spot| match spot {
                Spot::Query(query) => Some(query),
                _ => None,
            });
            let key = layout.at(to_x + 1.0, to_y).and_then(|spot| match spot {
                Spot::Key(key) => Some(key),
                _ => None,
            });
            let (query, key) = (query.unwrap(), key.unwrap());
            let weight = held.weights[query * 5 + key];
            assert_eq!(ink, Ink::Color(state.ramp.color(weight, 1.0)));
            assert_eq!((width, alpha), (1.0 + 2.5 * f64::from(weight), 1.0));
            seen.push((query, key));
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 25);
    });
}

#[test]
fn what_is_left_out_adds_up() {
    for threshold in [0.0, 0.03, 0.9] {
        let (held, mut state) = (held(1, 20), view_state());
        state.threshold = threshold;
        with_words(&held, "word", |scene| {
            let layout = LinesLayout::new(scene, &state, WIDE, &HalfWidth);
            let mut weights = held.weights.clone();
            weights.sort_unstable_by(|a, b| b.total_cmp(a));
            let drawn = if threshold > 0.0 {
                weights.iter().filter(|&&weight| weight >= threshold).count()
            } else {
                120
            };
            assert_eq!(lines_of(&layout.paint(scene, &state, &HalfWidth)).len(), drawn);
            assert_eq!(layout.drawn.left_out(), 400 - drawn);
            let rest: f64 = weights[drawn..].iter().map(|&weight| f64::from(weight)).sum();
            assert!((layout.drawn.share_left_out - rest / 20.0).abs() < 1e-6);
            let said = layout.said(scene, &state).remove(0);
            assert!(said.contains(&format!("{} of 400 weights", 400 - drawn)), "{said}");
            assert_eq!(said.contains("under"), threshold > 0.0, "{said}");
            if threshold == 0.0 {
                assert!(said.contains(&format!("down to {}", weight(weights[119]))), "{said}");
            }
        });
    }
}

#[test]
fn a_uniform_map_has_no_more_lines_than_any_other() {
    let (held, state) = (
        Held { layers: 1, heads: 1, shape: (512, 512), weights: vec![1.0 / 512.0; 512 * 512] },
        view_state(),
    );
    with_words(&held, "word", |scene| {
        assert_eq!(LinesLayout::new(scene, &state, WIDE, &HalfWidth).drawn.lines.len(), 3_000);
    });
}

#[test]
fn more_lines_than_can_be_drawn_are_owned_up_to() {
    let (held, mut state) = (held(1, 512), view_state());
    state.threshold = 1e-5;
    with_words(&held, "word", |scene| {
        let layout = LinesLayout::new(scene, &state, WIDE, &HalfWidth);
        let said = layout.said(scene, &state).remove(0);
        assert!(said.starts_with("The 10,000 strongest weights have a line, down to 0.00"), "{said}");
        assert!(said.contains("left out are 252,144 of 262,144 weights"), "{said}");
    });
}

#[test]
fn several_heads_have_a_color_each_and_lines_as_opaque_as_their_weights() {
    let (held, mut state) = (held(3, 4), view_state());
    let mut chosen = HeadSet::default();
    chosen.toggle(0, 2);
    state.heads = Rc::new(chosen);
    state.scale = Scale::MapMax;
    with_words(&held, "word", |scene| {
        let layout = LinesLayout::new(scene, &state, WIDE, &HalfWidth);
        assert_eq!(layout.drawn.heads, [(0, 0), (0, 2)]);
        let picture = layout.paint(scene, &state, &HalfWidth);
        let colors = head_colors(2, false);
        let shown = [&held.weights[..16], &held.weights[32..]];
        let most = shown.iter().flat_map(|map| map.iter()).fold(0.0, |most: f32, &weight| most.max(weight));
        for (index, map) in shown.into_iter().enumerate() {
            let mut alphas: Vec<f32> = lines_of(&picture)
                .into_iter()
                .filter(|line| line.3 == Ink::Color(colors[index]))
                .map(|line| line.4 * most)
                .collect();
            let mut weights = map.to_vec();
            alphas.sort_unstable_by(f32::total_cmp);
            weights.sort_unstable_by(f32::total_cmp);
            assert_eq!(alphas.len(), 16);
            assert!(alphas.iter().zip(weights).all(|(alpha, weight)| (alpha - weight).abs() < 1e-6));
        }
        assert!(texts_of(&picture).contains(&"0.0".to_owned()));
        assert!(texts_of(&picture).contains(&"0.2".to_owned()));
    });
}

#[test]
fn a_picked_word_has_all_its_lines_and_the_strongest_ones_weights() {
    let (held, mut state) = (held(1, 30), view_state());
    state.threshold = 0.9;
    with_words(&held, "word", |scene| {
        let layout = LinesLayout::new(scene, &state, WIDE, &HalfWidth);
        assert!(lines_of(&layout.paint(scene, &state, &HalfWidth)).is_empty());
        assert_eq!(layout.paint_focus(scene, &state, &HalfWidth), Picture::default());
        for (focus, count) in [
            (Focus::Query(3), 30),
            (Focus::Key(3), 30),
            (Focus::Token(3), 59),
            (Focus::Cell { query: 3, key: 7 }, 30),
        ] {
            state.focus = focus;
            let picture = layout.paint_focus(scene, &state, &HalfWidth);
            assert_eq!(lines_of(&picture).len(), count, "{focus:?}");
            assert!(matches!(picture.marks[0], Mark::Fill { ink: Ink::Paper, .. }));
        }
        let row = &held.weights[90..120];
        let strongest = row.iter().fold(0.0_f32, |most, &weight| most.max(weight));
        let texts = texts_of(&layout.paint_focus(scene, &state, &HalfWidth));
        assert!(texts.contains(&weight(strongest)));
        // The picked cell's own weight is written, strong or not.
        assert!(texts.contains(&weight(row[7])));
    });
}

#[test]
fn bars_are_as_long_as_what_words_get() {
    let held = Held { layers: 1, heads: 1, shape: (2, 2), weights: vec![0.9, 0.1, 0.6, 0.4] };
    let state = view_state();
    with_words(&held, "word", |scene| {
        let layout = LinesLayout::new(scene, &state, WIDE, &HalfWidth);
        let picture = layout.paint(scene, &state, &HalfWidth);
        let bar = Ink::Color(state.ramp.color(0.65, 1.0));
        let bars: Vec<f64> = picture
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Fill { rect, ink } if *ink == bar => Some(rect.width),
                _ => None,
            })
            .collect();
        assert!((bars[0] - layout.bar).abs() < 1e-4 && (bars[1] / bars[0] - 0.25 / 0.75).abs() < 1e-5);
        assert!(layout.said(scene, &state)[2].contains("the longest is 0.750"));
    });
}

#[test]
fn chinese_words_stand_side_by_side_where_they_fit() {
    let state = view_state();
    let horizontal = |count, word| {
        with_words(&held(1, count), word, |scene| {
            LinesLayout::new(scene, &state, WIDE, &HalfWidth).horizontal
        })
    };
    assert!(horizontal(12, "字"));
    let sentence = [vec!["[CLS]"], vec!["字"; 20], vec!["[SEP]"]].concat();
    with_scene(&held(1, 22), &sentence, |scene| {
        let layout = LinesLayout::new(scene, &state, Size { width: 630.0, ..WIDE }, &HalfWidth);
        assert!(layout.horizontal);
        let texts = texts_of(&layout.paint(scene, &state, &HalfWidth));
        assert!(texts.iter().filter(|text| *text == "[CLS]").count() == 2, "{texts:?}");
    });
    assert!(!horizontal(300, "字"));
    assert!(!horizontal(12, "word"));
}

#[test]
fn a_point_at_a_word_finds_it_and_nothing_leaves_the_canvas() {
    let state = view_state();
    for size in [WIDE, NARROW] {
        for (count, word) in [(1, "a"), (14, "字"), (14, "unbelievably"), (60, "word"), (512, "word")] {
            with_words(&held(1, count), word, |scene| {
                let layout = LinesLayout::new(scene, &state, size, &HalfWidth);
                for word in [0, count / 2, count - 1] {
                    let spot = |across| {
                        let (x, y) = layout.point(layout.middle(word), across);
                        layout.at(x, y)
                    };
                    assert_eq!(spot(layout.from - 5.0), Some(Spot::Query(word)));
                    assert_eq!(spot(layout.to + 5.0), Some(Spot::Key(word)));
                    assert_eq!(spot((layout.from + layout.to) / 2.0), None);
                }
                assert!(layout.to - layout.from > 80.0);
                let mut picked = view_state();
                picked.focus = Focus::Token(count - 1);
                for picture in
                    [layout.paint(scene, &state, &HalfWidth), layout.paint_focus(scene, &picked, &HalfWidth)]
                {
                    inside(&picture, size.width, layout.height);
                }
                assert!(layout.height * size.ratio <= 16_384.0);
                assert!(layout.stride() as f64 * layout.pitch >= LABEL_PITCH);
            });
        }
    }
}

fn inside(picture: &Picture, width: f64, height: f64) {
    for mark in &picture.marks {
        let (left, right, top, bottom) = match mark {
            Mark::Fill { rect, .. } | Mark::Stroke { rect, .. } => {
                (rect.x, rect.x + rect.width, rect.y, rect.y + rect.height)
            }
            Mark::Line { from, to, .. } => {
                (from.0.min(to.0), from.0.max(to.0), from.1.min(to.1), from.1.max(to.1))
            }
            Mark::Text(text) => {
                let wide = HalfWidth.width(&text.text, text.font);
                let left = match text.anchor {
                    super::super::picture::Anchor::Left => text.x,
                    super::super::picture::Anchor::Middle => text.x - wide / 2.0,
                    super::super::picture::Anchor::Right => text.x - wide,
                };
                let half = text.font.size / 2.0;
                (left, left + wide, text.y - half, text.y + half)
            }
        };
        assert!(left >= -1e-6 && right <= width + 1e-6, "{mark:?}");
        assert!(top >= -1e-6 && bottom <= height + 1e-6, "{mark:?}");
    }
}

#[test]
fn a_scene_without_words_is_an_empty_picture() {
    let (held, state) = (Held { layers: 1, heads: 1, shape: (0, 0), weights: vec![] }, view_state());
    with_scene(&held, &[], |scene| {
        let layout = LinesLayout::new(scene, &state, NARROW, &HalfWidth);
        assert_eq!(layout.paint(scene, &state, &HalfWidth), Picture::default());
        assert_eq!(layout.paint_focus(scene, &state, &HalfWidth), Picture::default());
        assert!(layout.said(scene, &state).is_empty());
    });
}
