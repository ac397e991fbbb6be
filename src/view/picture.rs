//! What a painter makes: marks to be drawn in order, and the names of their colours and fonts.

use std::ops::Range;

/// Marks on a canvas of the given [`super::Size`]. Images first, so that a raster that replaces pixels
/// covers nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    pub images: Vec<Image>,
    pub marks: Vec<Mark>,
}

/// Opaque pixels, placed in device pixels so that none is blurred.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    /// Four bytes a pixel, row-major.
    pub rgba: Vec<u8>,
}

/// A mark, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    Fill {
        rect: Rect,
        ink: Ink,
    },
    Stroke {
        rect: Rect,
        width: f64,
        ink: Ink,
    },
    /// A straight line with round ends. `alpha` from 0 to 1.
    Line {
        from: (f64, f64),
        to: (f64, f64),
        width: f64,
        ink: Ink,
        alpha: f32,
    },
    Text(TextMark),
}

impl Mark {
    /// Whether anything of it may lie in a band of the height.
    pub fn touches(&self, band: &Range<f64>) -> bool {
        let (top, end) = match self {
            Self::Fill { rect, .. } => (rect.y, rect.y + rect.height),
            Self::Stroke { rect, width, .. } => (rect.y - width, rect.y + rect.height + width),
            Self::Line { from, to, width, .. } => (from.1.min(to.1) - width, from.1.max(to.1) + width),
            // Where it is turned, nobody knows how far it goes.
            Self::Text(text) if text.turn != 0.0 => return true,
            Self::Text(text) => (text.y - 2.0 * text.font.size, text.y + 2.0 * text.font.size),
        };
        top < band.end && end > band.start
    }
}

/// A line of text, its middle line through (`x`, `y`), turned around that point.
#[derive(Clone, Debug, PartialEq)]
pub struct TextMark {
    pub text: String,
    pub x: f64,
    pub y: f64,
    pub font: Font,
    pub anchor: Anchor,
    /// Radians, clockwise.
    pub turn: f64,
    pub ink: Ink,
    /// Length of a strip of paper under the text, from its anchor, that hides what the text lies on; 0 for none.
    pub plate: f64,
}

impl TextMark {
    /// The strip of paper under the text, from the point that it turns around.
    pub fn plate_rect(&self) -> Option<Rect> {
        // Over the size of the font.
        const HEIGHT: f64 = 1.25;
        let height = self.font.size * HEIGHT;
        let x = match self.anchor {
            Anchor::Left => 0.0,
            Anchor::Middle => -self.plate / 2.0,
            Anchor::Right => -self.plate,
        };
        let rect = Rect { x, y: -height / 2.0, width: self.plate, height };
        (self.plate > 0.0).then_some(rect)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    /// The same rectangle, larger by `by` on each side.
    pub fn grown(self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }
}

/// Which end of a text stands at its point, whatever the direction of its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Font {
    /// CSS pixels.
    pub size: f64,
    pub bold: bool,
}

impl Font {
    pub const fn plain(size: f64) -> Self {
        Self { size, bold: false }
    }
}

/// A colour by its part; [`super::theme::Theme`] says which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The ground that maps stand on, the colour of a weight of 0.
    Paper,
    /// Words.
    Text,
    /// Words of less weight: axis titles, special tokens.
    Muted,
    /// Thin lines.
    Line,
    /// What is picked out.
    Accent,
    /// A colour that means a number or a head, as sRGB.
    Color([u8; 3]),
}

/// Widths of text, as the surface that will draw it measures them.
pub trait Measure {
    /// Width of `text` in CSS pixels.
    fn width(&self, text: &str, font: Font) -> f64;
}
