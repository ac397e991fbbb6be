mod places;
mod shade;

use super::super::label::tests::HalfWidth;
use super::super::label::{Label, labels};
use super::super::picture::{Ink, Mark, TextMark};
use super::super::tests::{Held, with_scene};
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
