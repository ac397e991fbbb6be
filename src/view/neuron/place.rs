//! Where the parts of the picture of one query's scores stand.

use super::super::order::clamped;
use super::super::picture::{Font, Measure, Rect};
use super::super::{Scene, Size};
use super::Row;

/// Height of a strip.
pub const STRIP: f64 = 12.0;
pub const FONT: Font = Font::plain(12.0);
pub const LINE: f64 = 17.0;
pub const GAP: f64 = 8.0;
/// Between the parts of a row.
const COLUMN_GAP: f64 = 16.0;
/// Width of an element: where products stand beside the keys at least the one, never more than the other.
const CELLS: (f64, f64) = (3.0, 12.0);
/// Length of a bar.
pub const BAR: f64 = 56.0;
/// Room for a score and for a weight.
pub const FIGURES: (f64, f64) = (46.0, 38.0);

/// Where things stand, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    pub width: f64,
    pub ratio: f64,
    /// Room for a word, from the left.
    pub label_room: f64,
    /// Left edge of the query's and the keys' strips.
    pub strip_x: f64,
    /// Width of an element.
    pub cell: f64,
    /// The products stand under the keys.
    pub stacked: bool,
    /// Right ends of the two columns of numbers.
    pub score_x: f64,
    pub weight_x: f64,
    /// Upper edge of the first row.
    pub top: f64,
    pub pitch: f64,
    /// The lines that the sum is spelled out in.
    pub lines: usize,
}

impl Place {
    /// Fits the query and `rows`, with vectors of `width` elements, into `size`.
    pub fn new(
        scene: &Scene,
        width: usize,
        query: usize,
        rows: &[Row],
        size: Size,
        measure: &dyn Measure,
    ) -> Self {
        let whole = |length: f64| (length * size.ratio).floor() / size.ratio;
        let bold = Font { bold: true, ..FONT };
        let words = rows.iter().map(|row| row.token).chain([query]);
        let longest =
            words.fold(0.0_f64, |most, token| most.max(measure.width(&scene.tokens[token].text, bold)));
        let label_room = clamped((longest / 16.0).ceil() * 16.0, 32.0, (size.width * 0.2).clamp(32.0, 120.0));
        let strip_x = whole(label_room + GAP);
        let figures = FIGURES.0 + FIGURES.1 + COLUMN_GAP;
        let cell = |strips: f64, others: f64| {
            let room = size.width - strip_x - strips * COLUMN_GAP - others;
            whole((room / (strips * width as f64)).min(CELLS.1)).max(1.0 / size.ratio)
        };
        let beside = cell(2.0, figures + 2.0 * (BAR + GAP));
        let stacked = beside < CELLS.0;
        let cell = if stacked { cell(1.0, figures) } else { beside };
        let strips = (if stacked { 1.0 } else { 2.0 }) * (cell * width as f64 + COLUMN_GAP);
        let score_x = strip_x + strips + FIGURES.0;
        let bar = if stacked { 0.0 } else { GAP + BAR };
        Self {
            width: size.width,
            ratio: size.ratio,
            label_room,
            strip_x,
            cell,
            stacked,
            score_x,
            weight_x: score_x + bar + COLUMN_GAP + FIGURES.1,
            // The query, its title, the scales, and the titles of the columns.
            top: if stacked { 106.0 } else { 74.0 },
            pitch: if stacked { 40.0 } else { 20.0 },
            lines: 0,
        }
    }

    pub fn row(&self, row: usize) -> Rect {
        let y = self.top + self.pitch * row as f64;
        Rect { x: 1.0, y, width: self.width - 2.0, height: self.pitch }
    }

    /// The corner of a key's strip.
    pub fn key(&self, row: usize) -> (f64, f64) {
        (self.strip_x, self.row(row).y + 4.0)
    }

    /// The corner of the strip of its products.
    pub fn product(&self, row: usize) -> (f64, f64) {
        let (x, y) = self.key(row);
        if self.stacked { (x, y + STRIP + 4.0) } else { (self.score_x - FIGURES.0 - self.strip_width(), y) }
    }

    /// With the gap after it.
    fn strip_width(&self) -> f64 {
        let strips = if self.stacked { 1.0 } else { 2.0 };
        (self.score_x - FIGURES.0 - self.strip_x) / strips
    }
}
