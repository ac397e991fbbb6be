//! The text itself, each word shaded by what chosen words, or all of them, give it or get from it.

mod chunks;
mod paint;
mod set;
mod sum;

use std::rc::Rc;

use super::picture::{Measure, Picture, Rect};
use super::words::tr;
use super::{Layout, Scene, Size, Spot, ViewState};

/// A text, or two, set in lines. Lengths are in CSS pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextLayout {
    words: Vec<Word>,
    pieces: Vec<Piece>,
    /// The letter that names each of two texts, and the middle of its first line.
    names: Vec<(&'static str, f64)>,
    width: f64,
    height: f64,
}

/// What is drawn with one stroke of the pen, so that its letters join: a word with the punctuation that touches it, or as
/// much of it as a line has room for.
#[derive(Clone, Debug, PartialEq)]
struct Word {
    text: String,
    x: f64,
    /// Of its middle line.
    y: f64,
    /// Of its font.
    size: f64,
    right_to_left: bool,
    /// Which of the pieces are its own, in the order of its text.
    pieces: std::ops::Range<usize>,
}

/// As much of a unit as lies in one word.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    /// None where the model did not read the text.
    unit: Option<usize>,
    /// What is shaded.
    rect: Rect,
    /// Its part of the word's text, in bytes.
    part: std::ops::Range<usize>,
}

/// The texts of a scene, as they were typed, wrapped to the width.
pub fn lay_out(scene: &Scene, _: &ViewState, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    Rc::new(set::set(scene, size.width, measure))
}

impl Layout for TextLayout {
    fn height(&self) -> Option<f64> {
        Some(self.height)
    }

    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        let inside = |rect: Rect| {
            (rect.x..rect.x + rect.width).contains(&x) && (rect.y..rect.y + rect.height).contains(&y)
        };
        self.pieces.iter().find(|piece| inside(piece.rect)).and_then(|piece| piece.unit).map(Spot::Unit)
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        vec![("data-font-size", set::FONT.size), ("data-line-height", set::LINE_HEIGHT)]
    }

    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint(self, scene, state, measure)
    }

    fn paint_focus(&self, _: &Scene, state: &ViewState, _: &dyn Measure) -> Picture {
        paint::paint_focus(self, state)
    }

    fn said(&self, scene: &Scene, state: &ViewState) -> Vec<String> {
        if self.words.is_empty() {
            return vec![];
        }
        let mut said = sum::said(scene, state);
        if self.pieces.iter().any(|piece| piece.unit.is_none()) {
            said.push(tr("Pale words did not fit the model, which has not read them."));
        }
        said
    }
}

#[cfg(test)]
mod tests;
