//! What their shades and figures say.

use std::rc::Rc;

use super::super::super::colormap::{COLORMAPS, contrast};
use super::super::super::picture::Anchor;
use super::super::super::tests::view_state;
use super::super::super::theme::Theme;
use super::super::super::{Direction, Map};
use super::*;

#[test]
fn shades_are_sums_of_rows_or_columns_and_means_of_all() {
    let (text, weight) = ("a b c", |query: usize, key: usize| 0.01 * (query * 5 + key) as f32);
    let mut state = view_state();
    with_texts(&[text], &tokens(text, ""), weight, |scene| {
        let mut check = |words: &[usize], direction, expected: &dyn Fn(usize) -> f32| {
            (state.words, state.direction) = (Rc::from(words), direction);
            let layout = lay_out(scene, &state, WIDE, &HalfWidth);
            let picture = layout.paint(scene, &state, &HalfWidth);
            for (unit, (_, color)) in shades(&picture).into_iter().enumerate() {
                assert_eq!(color, state.ramp.color(expected(unit), 1.0), "{words:?} {direction:?} {unit}");
            }
            assert_eq!(shades(&picture).len(), 5);
            layout.said(scene, &state).remove(0)
        };
        let mean = |unit| (0..5).map(|query| weight(query, unit)).sum::<f32>() / 5.0;
        let said = check(&[], Direction::From, &mean);
        assert_eq!(
            said,
            "Shade: what each word gets from the whole text, the mean over all rows; the full colour is 1."
        );
        check(&[], Direction::To, &mean);
        let said = check(&[2, 4], Direction::From, &|unit| weight(2, unit) + weight(4, unit));
        assert!(said.contains("what “b” and “[SEP]” give each word, summed"), "{said}");
        let said = check(&[2], Direction::From, &|unit| weight(2, unit));
        assert!(said.contains("what “b” gives each word;"), "{said}");
        let said = check(&[1, 3], Direction::To, &|unit| weight(unit, 1) + weight(unit, 3));
        assert!(said.contains("what each word gives “a” and “c”, summed"), "{said}");
    });
}

#[test]
fn a_sum_of_more_than_one_takes_the_last_color_and_says_so() {
    let mut state = view_state();
    state.words = Rc::from([0, 1, 2]);
    with_texts(
        &["a b"],
        &tokens("a b", ""),
        |_, key| if key == 1 { 0.6 } else { 0.1 },
        |scene| {
            let layout = lay_out(scene, &state, WIDE, &HalfWidth);
            let shades = shades(&layout.paint(scene, &state, &HalfWidth));
            assert_eq!(shades[1].1, state.ramp.color(1.0, 1.0));
            assert!(layout.said(scene, &state)[0].ends_with("the full colour is 1.800."));
        },
    );
}

#[test]
fn what_the_filters_hide_has_no_shade_but_dots() {
    let state = view_state();
    with_texts(
        &["a b"],
        &tokens("a b", ""),
        |_, _| 0.25,
        |scene| {
            let map = Map { queries: 2, keys: 2, weights: vec![0.4; 4], ..Map::default() };
            let scene = Scene { map: &map, query_units: &[1, 2], key_units: &[1, 2], ..*scene };
            let layout = lay_out(&scene, &state, WIDE, &HalfWidth);
            let picture = layout.paint(&scene, &state, &HalfWidth);
            assert_eq!(shades(&picture).len(), 2);
            assert!(picture.marks.iter().any(|mark| matches!(mark, Mark::Fill { ink: Ink::Muted, .. })));
            assert_eq!(layout.said(&scene, &state)[1], "The filters hide what has dots under it.");
            let state = ViewState { words: Rc::from([0]), ..state.clone() };
            assert!(layout.said(&scene, &state)[1].starts_with("The filters hide what is chosen"));
        },
    );
}

#[test]
fn every_word_can_be_read_on_its_shade() {
    let text = "one.two.three four.five متعبا.ب";
    for map in COLORMAPS {
        let state = ViewState { ramp: map.ramp(), ..view_state() };
        let theme = Theme::for_ground(map.dark);
        for scale in 0..40 {
            let weight = |_, key: usize| (0.025 * (scale + key * 9) as f32) % 1.0;
            with_texts(&[text], &tokens(text, "."), weight, |scene| {
                let layout = lay_out(scene, &state, WIDE, &HalfWidth);
                let picture = layout.paint(scene, &state, &HalfWidth);
                let shades = shades(&picture);
                for text in texts(&picture).iter().filter(|text| text.anchor == Anchor::Left) {
                    let letters = text.text.trim_matches(['\u{200f}', '\u{200d}']);
                    let end = text.x + HalfWidth.width(letters, text.font);
                    for (rect, ground) in &shades {
                        let middle = rect.x + rect.width / 2.0;
                        if rect.y < text.y && text.y < rect.y + rect.height && text.x < middle && middle < end
                        {
                            assert!(
                                contrast(theme.color(text.ink), *ground) >= 4.5,
                                "{text:?} on {ground:?}"
                            );
                        }
                    }
                }
            });
        }
    }
}

#[test]
fn parts_of_an_arabic_word_drawn_apart_still_join() {
    let text = "متعب";
    let token = |start, end| Token { text: "x".into(), start, end, special: false, segment: 0 };
    let weight = |_, key: usize| if key == 0 { 1.0 } else { 0.02 };
    with_texts(&[text], &[token(0, 2), token(2, 4)], weight, |scene| {
        let (layout, state) = (lay_out(scene, &view_state(), WIDE, &HalfWidth), view_state());
        let drawn = texts(&layout.paint(scene, &state, &HalfWidth));
        assert_eq!(drawn[0].text, "\u{200f}مت\u{200d}\u{200f}");
        assert_eq!(drawn[1].text, "\u{200f}\u{200d}عب\u{200f}");
        assert!(drawn[1].x < drawn[0].x);
    });
}

#[test]
fn the_strongest_five_have_figures_that_do_not_overlap() {
    let text = "one two three four five six seven";
    let state = view_state();
    with_texts(
        &[text],
        &tokens(text, ""),
        |_, key| 0.01 * key as f32,
        |scene| {
            let layout = lay_out(scene, &state, WIDE, &HalfWidth);
            let picture = layout.paint(scene, &state, &HalfWidth);
            let figures: Vec<_> = texts(&picture).into_iter().filter(|text| text.font.size == 11.0).collect();
            let mut found: Vec<_> = figures.iter().map(|figure| &*figure.text).collect();
            found.sort_unstable();
            assert_eq!(found, ["0.040", "0.050", "0.060", "0.070", "0.080"]);
            for (at, figure) in figures.iter().enumerate() {
                assert!(
                    figures[..at]
                        .iter()
                        .all(|other| other.y != figure.y || (other.x - figure.x).abs() > 30.0)
                );
            }
        },
    );
}

#[test]
fn chosen_words_are_outlined() {
    let state = ViewState { words: Rc::from([1, 2]), ..view_state() };
    with_texts(
        &["a b c"],
        &tokens("a b c", ""),
        |_, _| 0.2,
        |scene| {
            let layout = lay_out(scene, &state, WIDE, &HalfWidth);
            let outlines = layout.paint_focus(scene, &state, &HalfWidth).marks;
            assert_eq!(outlines.len(), 2);
            assert!(outlines.iter().all(|mark| matches!(mark, Mark::Stroke { ink: Ink::Accent, .. })));
        },
    );
}

#[test]
fn what_the_model_did_not_read_is_pale_and_said() {
    let mut read = tokens("one two three", "");
    read.remove(3);
    with_texts(
        &["one two three"],
        &read,
        |_, _| 0.2,
        |scene| {
            let (layout, state) = (lay_out(scene, &view_state(), WIDE, &HalfWidth), view_state());
            let drawn = texts(&layout.paint(scene, &state, &HalfWidth));
            assert_eq!(drawn.iter().find(|text| text.text == "three").unwrap().ink, Ink::Muted);
            assert!(layout.said(scene, &state).last().unwrap().starts_with("Pale words"));
        },
    );
}

#[test]
fn a_scene_without_words_is_an_empty_picture() {
    let (held, state) = (Held { layers: 1, heads: 1, shape: (0, 0), weights: vec![] }, view_state());
    with_scene(&held, &[], |scene| {
        let layout = lay_out(scene, &state, NARROW, &HalfWidth);
        assert_eq!(layout.paint(scene, &state, &HalfWidth), Picture::default());
        assert!(layout.said(scene, &state).is_empty());
    });
}
