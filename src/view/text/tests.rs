use std::rc::Rc;

use super::super::colormap::{COLORMAPS, contrast};
use super::super::label::tests::HalfWidth;
use super::super::label::{Label, labels};
use super::super::picture::{Anchor, Font, Ink, Mark, TextMark};
use super::super::tests::{Held, view_state, with_scene};
use super::super::theme::Theme;
use super::super::{Direction, Map, Scale};
use super::*;
use crate::filter::Unit;
use crate::trace::Token;

const WIDE: Size = Size { width: 700.0, height: 400.0, ratio: 1.0 };
const NARROW: Size = Size { width: 328.0, height: 400.0, ratio: 3.0 };

/// Tokens of white space and of single characters of `split`, between special ones.
fn tokens(text: &str, split: &str) -> Vec<Token> {
    let special = |text: &str| Token { text: text.into(), start: 0, end: 0, special: true, segment: 0 };
    let mut tokens = vec![special("[CLS]")];
    let (mut at, mut open) = (0, false);
    for character in text.chars() {
        let end = at + character.len_utf16();
        let alone = split.contains(character);
        if character.is_whitespace() {
            open = false;
        } else if let (Some(last), true, false) = (tokens.last_mut(), open, alone) {
            (last.end, last.text) = (end, last.text.clone() + &character.to_string());
        } else {
            tokens.push(Token { text: character.into(), start: at, end, special: false, segment: 0 });
            open = !alone;
        }
        at = end;
    }
    tokens.push(special("[SEP]"));
    tokens
}

/// A scene of texts whose tokens attend as `weight` says.
fn with_texts<R>(
    texts: &[&str],
    tokens: &[Token],
    weight: impl Fn(usize, usize) -> f32,
    run: impl FnOnce(&Scene) -> R,
) -> R {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let labels: Vec<Label> = labels(tokens, &texts);
    let count = labels.len();
    let weights = (0..count * count).map(|cell| weight(cell / count, cell % count)).collect();
    let held = Held { layers: 1, heads: 1, shape: (count, count), weights };
    let units: Vec<Unit> = labels
        .iter()
        .enumerate()
        .map(|(at, label)| Unit { label: label.clone(), tokens: at..at + 1, punctuation: false })
        .collect();
    let positions: Vec<usize> = (0..count).collect();
    with_scene(&held, &[], |scene| {
        run(&Scene {
            map: &held.map(0, 0),
            queries: &labels,
            keys: &labels,
            units: &units,
            query_units: &positions,
            key_units: &positions,
            texts: &texts,
            ..*scene
        })
    })
}

fn laid_out(text: &str, split: &str, size: Size) -> TextLayout {
    with_texts(&[text], &tokens(text, split), |_, _| 0.1, |scene| set::set(scene, size.width, &HalfWidth))
}

fn words(layout: &TextLayout) -> Vec<&str> {
    layout.words.iter().map(|word| &*word.text).collect()
}

fn shades(picture: &Picture) -> Vec<(Rect, [u8; 3])> {
    let shade = |mark: &Mark| match mark {
        Mark::Fill { rect, ink: Ink::Color(color) } => Some((*rect, *color)),
        _ => None,
    };
    picture.marks.iter().filter_map(shade).collect()
}

fn texts(picture: &Picture) -> Vec<TextMark> {
    let text = |mark: &Mark| if let Mark::Text(text) = mark { Some(text.clone()) } else { None };
    picture.marks.iter().filter_map(text).collect()
}

#[test]
fn white_space_and_line_breaks_stay_as_typed() {
    let layout = laid_out("  one   two\n\nthree", "", WIDE);
    assert_eq!(words(&layout), ["[CLS]", "one", "two", "three", "[SEP]"]);
    let [cls, one, two, three, _] = &layout.words[..] else { panic!("{layout:?}") };
    let space = set::FONT.size / 2.0;
    assert_eq!(two.x - (one.x + 3.0 * space), 3.0 * space);
    assert_eq!(one.y, cls.y);
    assert_eq!(three.y - two.y, 2.0 * set::LINE_HEIGHT);
    assert_eq!(layout.pieces[three.pieces.start].rect.x, layout.pieces[cls.pieces.start].rect.x);
}

#[test]
fn words_wrap_and_a_word_wider_than_a_line_is_broken() {
    let long = "a".repeat(120);
    let layout = laid_out(&format!("one {long} two"), "", NARROW);
    assert_eq!(words(&layout).concat(), format!("[CLS]one{long}two[SEP]"));
    for word in &layout.words {
        assert!(
            word.x >= 0.0 && word.x + HalfWidth.width(&word.text, Font::plain(word.size)) <= NARROW.width
        );
    }
    // Each part of it belongs to the one token.
    let parts = layout.pieces.iter().filter(|piece| piece.unit == Some(2)).count();
    assert!(parts >= 3);
    let family = "👩\u{200d}👩\u{200d}👧";
    let layout = laid_out(family, "", Size { width: 1.0, ..WIDE });
    assert!(words(&layout).contains(&family), "{layout:?}");
}

#[test]
fn chinese_breaks_between_characters_but_not_before_a_full_stop() {
    let text = "因为它太累了。".repeat(12);
    let layout = laid_out(&text, &text, NARROW);
    let ends: Vec<_> = layout.words.windows(2).filter(|pair| pair[0].y != pair[1].y).collect();
    assert!(ends.len() > 1);
    assert!(layout.words.iter().all(|word| !word.text.starts_with('。')));
    assert_eq!(words(&layout)[1..layout.words.len() - 1].concat(), text);
}

#[test]
fn a_wrapped_paragraph_from_right_to_left_begins_at_the_right() {
    let layout = laid_out("لم يعبر الحيوان الشارع لأنه كان متعبا. لم يعبر الحيوان الشارع", ".", NARROW);
    let mut lines: Vec<&[Word]> = layout.words.chunk_by(|a, b| a.y == b.y).collect();
    assert!(lines.len() >= 2);
    for line in &mut lines {
        let first = layout.pieces[line[0].pieces.start].rect;
        assert!((first.x + first.width - (NARROW.width - 8.0)).abs() < 1e-9);
        assert!(line.windows(2).all(|pair| pair[1].x < pair[0].x));
    }
    // The full stop is the last of its word, and so the leftmost.
    let word = layout.words.iter().find(|word| word.text.ends_with('.')).unwrap();
    let pieces = &layout.pieces[word.pieces.clone()];
    assert_eq!(pieces.len(), 2);
    assert!(pieces[1].rect.x < pieces[0].rect.x && (pieces[1].rect.x - word.x).abs() < 1e-9);
}

#[test]
fn words_of_another_direction_keep_their_own_order() {
    let layout = laid_out("قال Marie Curie 12 times ثم", "", WIDE);
    let x = |text: &str| layout.words.iter().find(|word| word.text == text).unwrap().x;
    assert!(x("ثم") < x("Marie") && x("Marie") < x("Curie") && x("Curie") < x("12"));
    assert!(x("12") < x("times") && x("times") < x("قال"));
    assert!(layout.words.windows(2).all(|pair| pair[0].x != pair[1].x));
}

#[test]
fn a_point_on_a_word_finds_its_unit_and_pieces_of_one_character_share_it() {
    let layout = laid_out("one two-three", "-", WIDE);
    for piece in &layout.pieces {
        let (x, y) = (piece.rect.x + piece.rect.width / 2.0, piece.rect.y + piece.rect.height / 2.0);
        assert_eq!(layout.at(x, y), piece.unit.map(Spot::Unit));
    }
    assert_eq!(layout.at(0.0, 0.0), None);
    let token = |text: &str| Token { text: text.into(), start: 0, end: 1, special: false, segment: 0 };
    let tokens = [token("ᄒ"), token("##ᅡ"), token("##ᆫ")];
    with_texts(
        &["한"],
        &tokens,
        |_, _| 0.3,
        |scene| {
            let layout = set::set(scene, WIDE.width, &HalfWidth);
            assert_eq!(words(&layout), ["한"]);
            let units: Vec<_> = layout.pieces.iter().map(|piece| piece.unit).collect();
            assert_eq!(units, [Some(0), Some(1), Some(2)]);
            assert!(layout.pieces.windows(2).all(|pair| pair[0].rect.x < pair[1].rect.x));
        },
    );
}

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
            "Shade: what each word gets from the whole text, the mean over all rows; the full colour is 1.000."
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
fn two_texts_are_two_named_paragraphs() {
    let tokens = [(0, "one"), (1, "two")].map(|(segment, text)| Token {
        text: text.into(),
        start: 0,
        end: 3,
        special: false,
        segment,
    });
    with_texts(
        &["one", "two"],
        &tokens,
        |_, _| 0.5,
        |scene| {
            let layout = set::set(scene, NARROW.width, &HalfWidth);
            assert_eq!(layout.names.iter().map(|name| name.0).collect::<Vec<_>>(), ["A", "B"]);
            assert_eq!(layout.words[0].x, layout.words[1].x);
            assert!(layout.words[1].y - layout.words[0].y >= set::LINE_HEIGHT);
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
fn any_number_of_tokens_lies_inside_the_canvas() {
    for count in [1, 14, 512] {
        let text = vec!["word,"; count].join(" ");
        for size in [WIDE, NARROW] {
            let layout = laid_out(&text, ",", size);
            assert!(layout.pieces.iter().all(|piece| piece.rect.x >= 0.0
                && piece.rect.x + piece.rect.width <= size.width
                && piece.rect.y >= 0.0
                && piece.rect.y + piece.rect.height <= layout.height));
            assert_eq!(layout.pieces.len(), 2 * count + 2);
        }
    }
}

#[test]
fn a_text_of_512_tokens_measures_each_word_once() {
    struct Counting(std::cell::Cell<usize>);
    impl Measure for Counting {
        fn width(&self, text: &str, font: Font) -> f64 {
            self.0.set(self.0.get() + 1);
            HalfWidth.width(text, font)
        }
    }
    let text = vec!["some words of it"; 128].join(" ");
    let counting = Counting(std::cell::Cell::new(0));
    with_texts(&[&text], &tokens(&text, ""), |_, _| 0.1, |scene| set::set(scene, 700.0, &counting));
    assert!(counting.0.get() < 20, "{}", counting.0.get());
}

#[test]
fn a_scene_without_words_is_an_empty_picture() {
    let (held, state) = (Held { layers: 1, heads: 1, shape: (0, 0), weights: vec![] }, view_state());
    with_scene(&held, &[], |scene| {
        let layout = lay_out(scene, &state, NARROW, &HalfWidth);
        assert_eq!(layout.paint(scene, &state, &HalfWidth), Picture::default());
        assert!(layout.said(scene, &state).is_empty());
        assert_eq!(state.scale, Scale::Unit);
    });
}
