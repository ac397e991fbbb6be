//! One head, large: rows are queries, columns are keys, with their words.

mod paint;

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
use std::rc::Rc;

use super::label::{Label, LabelKind};
use super::picture::{Font, Measure, Picture, Rect};
use super::{Layout, Scene, Size, Spot, ViewState};

/// Where the cells stand, in CSS pixels. The origin is on a device pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixLayout {
    pub origin_x: f64,
    pub origin_y: f64,
    /// Side of a cell; below one device pixel, a pixel shows the largest of several weights.
    pub cell: f64,
    pub queries: usize,
    pub keys: usize,
    /// Longest room for a word left of the rows and above the columns.
    row_room: f64,
    column_room: f64,
    /// How far column labels are turned.
    turn: f64,
    /// Whether the words above the columns are all so short that they stand upright, as Chinese ones are.
    upright: bool,
    ratio: f64,
}

const FONT: Font = Font::plain(13.0);
/// Room for an axis title.
const TITLE_ROOM: f64 = 18.0;
/// Between a label and its row.
const LABEL_GAP: f64 = 6.0;
/// The least distance between two labels' middle lines.
const LABEL_PITCH: f64 = 14.0;
const LARGEST_CELL: f64 = 140.0;
/// Rooms grow in steps, so that a letter more in a word does not move the map.
const ROOM_STEP: f64 = 16.0;
/// The map of a scene's selected head, fitted into `size`.
pub fn lay_out(scene: &Scene, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    Rc::new(MatrixLayout::new(scene.queries, scene.keys, size, measure))
}

impl MatrixLayout {
    /// Fits the map and its labels into `size`.
    pub fn new(queries: &[Label], keys: &[Label], size: Size, measure: &dyn Measure) -> Self {
        // A picked label is bold, and has to fit as well.
        let picked = Font { bold: true, ..FONT };
        let longest = |labels: &[Label]| {
            labels.iter().fold(0.0_f64, |most, label| most.max(measure.width(&label.text, picked)))
        };
        let stepped =
            |room: f64, most: f64| ((room / ROOM_STEP).ceil() * ROOM_STEP).clamp(32.0, most.max(32.0));
        let row_room = stepped(longest(queries), (size.width * 0.24).min(132.0));
        let column_room = stepped(longest(keys), (size.height * 0.2).min(112.0));
        let slant = |turn: f64| {
            let origin_x = TITLE_ROOM + row_room + LABEL_GAP;
            let overhang = 4.0 + column_room * turn.cos();
            let origin_y = TITLE_ROOM + LABEL_GAP + column_room * turn.sin() + 6.0;
            let whole = |length: f64| (length * size.ratio).floor() / size.ratio;
            let room_x = size.width - origin_x - overhang;
            let room_y = size.height - origin_y - 2.0;
            let cell = (room_x / keys.len().max(1) as f64).min(room_y / queries.len().max(1) as f64);
            let cell = cell.clamp(0.01, LARGEST_CELL);
            // Whole device pixels where that costs little, so that all cells look alike.
            let cell = if cell * size.ratio >= 5.0 { whole(cell) } else { cell };
            Self {
                origin_x: whole(origin_x),
                origin_y: whole(origin_y),
                cell,
                queries: queries.len(),
                keys: keys.len(),
                row_room,
                column_room,
                turn,
                upright: false,
                ratio: size.ratio,
            }
        };
        let slanted = slant(FRAC_PI_4);
        let layout = if slanted.cell >= 20.0 && size.width >= 420.0 { slanted } else { slant(FRAC_PI_2) };
        let mut words = keys.iter().filter(|label| label.kind != LabelKind::Special);
        let upright = words.all(|label| layout.fits_upright(&label.text, measure));
        Self { upright, ..layout }
    }

    /// Whether a word is no wider than a column.
    fn fits_upright(&self, text: &str, measure: &dyn Measure) -> bool {
        measure.width(text, Font { bold: true, ..FONT }) <= self.cell
    }

    /// The cell of (`query`, `key`).
    pub fn rect(&self, query: usize, key: usize) -> Rect {
        Rect {
            x: self.origin_x + self.cell * key as f64,
            y: self.origin_y + self.cell * query as f64,
            width: self.cell,
            height: self.cell,
        }
    }

    /// The whole map.
    pub fn frame(&self) -> Rect {
        let (width, height) = (self.cell * self.keys as f64, self.cell * self.queries as f64);
        Rect { x: self.origin_x, y: self.origin_y, width, height }
    }

    /// Every how many rows there is room for a label.
    fn stride(&self) -> usize {
        (LABEL_PITCH / self.cell).ceil().max(1.0) as usize
    }
}

impl Layout for MatrixLayout {
    fn height(&self) -> Option<f64> {
        None
    }

    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        let (x, y) = ((x - self.origin_x) / self.cell, (y - self.origin_y) / self.cell);
        if x < 0.0 || y < 0.0 || x >= self.keys as f64 || y >= self.queries as f64 {
            return None;
        }
        Some(Spot::Cell { query: y as usize, key: x as usize })
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("data-origin-x", self.origin_x),
            ("data-origin-y", self.origin_y),
            ("data-cell", self.cell),
            ("data-queries", self.queries as f64),
            ("data-keys", self.keys as f64),
        ]
    }

    fn shrinks(&self) -> bool {
        self.cell * self.ratio < 1.0
    }

    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint(self, scene, state, measure)
    }

    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint_focus(self, scene, state, measure)
    }
}

#[cfg(test)]
mod tests {
    use super::super::label::tests::HalfWidth;
    use super::*;

    fn labels(count: usize, text: &str) -> Vec<Label> {
        let label =
            Label { text: text.into(), piece: text.into(), kind: LabelKind::Word, segment: 0, whole: None };
        vec![label; count]
    }

    fn layout(count: usize, size: Size) -> MatrixLayout {
        MatrixLayout::new(&labels(count, "animal"), &labels(count, "animal"), size, &HalfWidth)
    }

    const SIZES: [Size; 3] = [
        Size { width: 640.0, height: 640.0, ratio: 1.0 },
        Size { width: 328.0, height: 328.0, ratio: 3.0 },
        Size { width: 500.5, height: 480.0, ratio: 1.25 },
    ];

    #[test]
    fn a_map_of_any_length_lies_inside_its_canvas() {
        for size in SIZES {
            for count in [1, 2, 14, 60, 128, 512] {
                let layout = layout(count, size);
                let frame = layout.frame();
                assert!(frame.x + frame.width <= size.width, "{count} in {size:?}");
                assert!(frame.y + frame.height <= size.height, "{count} in {size:?}");
            }
        }
    }

    #[test]
    fn words_stand_upright_where_all_of_them_fit_their_columns() {
        let upright = |words: &[&str]| {
            let keys: Vec<Label> = words.iter().flat_map(|word| labels(1, word)).collect();
            MatrixLayout::new(&keys, &keys, SIZES[0], &HalfWidth).upright
        };
        assert!(upright(&["因", "为", "它"]));
        assert!(!upright(&["因", "为", "a word that is longer than any column can be wide"]));
    }

    #[test]
    fn a_point_in_a_cell_finds_it() {
        for size in SIZES {
            for count in [1, 14, 128, 512] {
                let layout = layout(count, size);
                for cell in [0, count / 2, count - 1] {
                    let rect = layout.rect(cell, count - 1 - cell);
                    let found = layout.at(rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
                    assert_eq!(found, Some(Spot::Cell { query: cell, key: count - 1 - cell }));
                }
                assert_eq!(layout.at(0.0, 0.0), None);
            }
        }
    }

    #[test]
    fn a_letter_more_does_not_move_the_map() {
        let at = |text| MatrixLayout::new(&labels(9, text), &labels(9, text), SIZES[0], &HalfWidth).origin_x;
        assert_eq!(at("animal"), at("animals"));
    }

    #[test]
    fn labels_never_stand_closer_than_they_are_high() {
        for count in [1, 14, 60, 128, 512] {
            let layout = layout(count, SIZES[0]);
            assert!(layout.stride() as f64 * layout.cell >= LABEL_PITCH);
        }
    }
}
