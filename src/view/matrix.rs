//! One head, large: rows are queries, columns are keys, with their words. The view of layers is such a table, too, and
//! shares its labels and its cells.

pub mod paint;

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
use std::rc::Rc;

use paint::Sheet;

use super::functions::{cos, sin};
use super::label::{Label, LabelKind};
use super::order::clamped;
use super::picture::{Font, Measure, Picture, Rect};
use super::words::tr;
use super::{Layout, Scene, Size, Spot, ViewState, Window};

/// Where the cells stand, in CSS pixels. The frame's corner and the origin are on device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixLayout {
    /// What of the map is seen lies in here.
    pub frame: Rect,
    /// The corner of the first cell. It lies outside of the frame where only a part of the map is shown.
    pub origin_x: f64,
    pub origin_y: f64,
    /// Width of a cell; below one device pixel, a pixel shows the largest of several weights.
    pub cell: f64,
    /// Height of a cell.
    pub row: f64,
    pub queries: usize,
    pub keys: usize,
    /// Whether weights are written into cells that are large enough.
    pub figures: bool,
    /// Longest room for a word left of the rows and above the columns.
    row_room: f64,
    column_room: f64,
    /// How far column labels are turned.
    turn: f64,
    /// Whether the words above the columns are all so short that they stand upright, as Chinese ones are.
    upright: bool,
    ratio: f64,
    window: Window,
}

const FONT: Font = Font::plain(13.0);
/// Room for an axis title.
const TITLE_ROOM: f64 = 18.0;
/// Between a label and its row.
const LABEL_GAP: f64 = 6.0;
/// Below the last row.
const FOOT: f64 = 2.0;
/// The least distance between two labels' middle lines.
const LABEL_PITCH: f64 = 14.0;
const LARGEST_CELL: f64 = 140.0;
/// Rooms grow in steps, so that a letter more in a word does not move the map.
const ROOM_STEP: f64 = 16.0;
/// Heights of the rows of a flat table.
const FLAT_ROWS: (f64, f64) = (24.0, 40.0);

/// The map of a scene's selected head, fitted into `size`.
pub fn lay_out(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    Rc::new(MatrixLayout::new(scene.queries, scene.keys, size, measure).seen_through(state.window))
}

impl MatrixLayout {
    /// Fits the map and its labels into `size`, with square cells.
    pub fn new(queries: &[Label], keys: &[Label], size: Size, measure: &dyn Measure) -> Self {
        // A picked label is bold, and has to fit as well.
        let picked = Font { bold: true, ..FONT };
        let longest = |labels: &[Label]| {
            labels.iter().fold(0.0_f64, |most, label| most.max(measure.width(&label.text, picked)))
        };
        let stepped =
            |room: f64, most: f64| clamped((room / ROOM_STEP).ceil() * ROOM_STEP, 32.0, most.max(32.0));
        let row_room = stepped(longest(queries), (size.width * 0.24).min(132.0));
        let column_room = stepped(longest(keys), (size.height * 0.2).min(112.0));
        let slant = |turn: f64| {
            let origin_x = TITLE_ROOM + row_room + LABEL_GAP;
            let overhang = 4.0 + column_room * cos(turn);
            let origin_y = TITLE_ROOM + LABEL_GAP + column_room * sin(turn) + 6.0;
            let room_x = size.width - origin_x - overhang;
            let room_y = size.height - origin_y - FOOT;
            let cell = (room_x / keys.len().max(1) as f64).min(room_y / queries.len().max(1) as f64);
            let cell = whole_cell(cell.clamp(0.01, LARGEST_CELL), size.ratio);
            Self {
                frame: Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 },
                origin_x: whole(origin_x, size.ratio),
                origin_y: whole(origin_y, size.ratio),
                cell,
                row: cell,
                queries: queries.len(),
                keys: keys.len(),
                figures: false,
                row_room,
                column_room,
                turn,
                upright: false,
                ratio: size.ratio,
                window: Window::default(),
            }
        };
        let slanted = slant(FRAC_PI_4);
        let layout = if slanted.cell >= 20.0 && size.width >= 420.0 { slanted } else { slant(FRAC_PI_2) };
        let mut words = keys.iter().filter(|label| label.kind != LabelKind::Special);
        let upright = words.all(|label| layout.fits_upright(&label.text, measure));
        Self { upright, ..layout }.framed()
    }

    /// Fits a table of few rows into the width of `size`, its rows less high than its columns may be wide.
    pub fn flat(rows: &[Label], columns: &[Label], size: Size, measure: &dyn Measure) -> Self {
        let layout = Self::new(rows, columns, Size { height: f64::INFINITY, ..size }, measure);
        let row = whole(layout.cell.clamp(FLAT_ROWS.0, FLAT_ROWS.1), size.ratio);
        Self { row, figures: true, ..layout }.framed()
    }

    /// The same table under a window, which leaves the frame where it is.
    fn seen_through(self, window: Window) -> Self {
        let window = window.clamped(self.queries.max(self.keys));
        if window.is_whole() {
            return self;
        }
        let cell = whole_cell(self.cell * window.zoom, self.ratio);
        let scrolled = |middle: f64, cells: usize, frame: f64| {
            whole(scrolled(middle, cell * cells as f64, frame), self.ratio)
        };
        Self {
            origin_x: self.frame.x - scrolled(window.x, self.keys, self.frame.width),
            origin_y: self.frame.y - scrolled(window.y, self.queries, self.frame.height),
            cell,
            row: cell,
            figures: true,
            window,
            ..self
        }
    }

    /// With a frame around all of its cells.
    fn framed(self) -> Self {
        let (width, height) = (self.cell * self.keys as f64, self.row * self.queries as f64);
        Self { frame: Rect { x: self.origin_x, y: self.origin_y, width, height }, ..self }
    }

    /// Whether a word is no wider than a column.
    fn fits_upright(&self, text: &str, measure: &dyn Measure) -> bool {
        measure.width(text, Font { bold: true, ..FONT }) <= self.cell
    }

    /// The cell of (`query`, `key`), wherever it lies.
    pub fn rect(&self, query: usize, key: usize) -> Rect {
        Rect {
            x: self.origin_x + self.cell * key as f64,
            y: self.origin_y + self.row * query as f64,
            width: self.cell,
            height: self.row,
        }
    }

    /// What of a rectangle lies inside the frame.
    fn seen(&self, rect: Rect) -> Option<Rect> {
        let (frame, x, y) = (self.frame, rect.x.max(self.frame.x), rect.y.max(self.frame.y));
        let width = (rect.x + rect.width).min(frame.x + frame.width) - x;
        let height = (rect.y + rect.height).min(frame.y + frame.height) - y;
        (width > 0.0 && height > 0.0).then_some(Rect { x, y, width, height })
    }

    /// The rows that are seen, wholly or in part.
    pub fn rows(&self) -> std::ops::Range<usize> {
        within(self.frame.y - self.origin_y, self.frame.height, self.row, self.queries)
    }

    /// The columns that are seen, wholly or in part.
    pub fn columns(&self) -> std::ops::Range<usize> {
        within(self.frame.x - self.origin_x, self.frame.width, self.cell, self.keys)
    }

    /// Every how many cells of that length there is room for a label.
    fn stride(length: f64) -> usize {
        (LABEL_PITCH / length).ceil().max(1.0) as usize
    }

    /// Where `position` lies on an axis of `cells` cells from `origin`.
    fn along(position: f64, origin: f64, cell: f64, cells: usize) -> Option<usize> {
        let at = (position - origin) / cell;
        (at >= 0.0 && at < cells as f64).then_some(at as usize)
    }
}

/// What of a map's length is hidden before the frame, where its middle is to be in the frame's.
fn scrolled(middle: f64, length: f64, frame: f64) -> f64 {
    (middle * length - frame / 2.0).min(length - frame).max(0.0)
}

/// `length`, or the next shorter one that is a whole number of device pixels.
fn whole(length: f64, ratio: f64) -> f64 {
    (length * ratio).floor() / ratio
}

/// Whole device pixels where that costs little, so that all cells look alike.
fn whole_cell(cell: f64, ratio: f64) -> f64 {
    if cell * ratio >= 5.0 { whole(cell, ratio) } else { cell }
}

/// Which of `count` cells a stretch of an axis touches.
fn within(from: f64, length: f64, cell: f64, count: usize) -> std::ops::Range<usize> {
    // A hair less, so that a cell that begins where the stretch ends is not among them.
    let last = ((from + length) / cell - 1e-9).max(0.0) as usize + 1;
    ((from / cell + 1e-9) as usize).min(count)..last.min(count)
}

impl Layout for MatrixLayout {
    fn height(&self) -> Option<f64> {
        None
    }

    fn foot(&self) -> Option<f64> {
        Some(self.frame.y + self.frame.height + FOOT)
    }

    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        let frame = self.frame;
        let seen = |at: f64, start: f64, length: f64| at >= start && at < start + length;
        let query = || Self::along(y, self.origin_y, self.row, self.queries);
        let key = |x: f64| Self::along(x, self.origin_x, self.cell, self.keys);
        if seen(y, frame.y, frame.height) {
            return match seen(x, frame.x, frame.width) {
                true => Some(Spot::Cell { query: query()?, key: key(x)? }),
                false => (x < frame.x && x >= TITLE_ROOM).then(query)?.map(Spot::Query),
            };
        }
        // A turned label leans to the right of its column.
        let lean = if self.upright { 0.0 } else { (frame.y - y) * cos(self.turn) / sin(self.turn) };
        let above = y < frame.y && y >= TITLE_ROOM && seen(x - lean, frame.x, frame.width);
        above.then(|| key(x - lean))?.map(Spot::Key)
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("data-origin-x", self.origin_x),
            ("data-origin-y", self.origin_y),
            ("data-cell", self.cell),
            ("data-row", self.row),
            ("data-frame-x", self.frame.x),
            ("data-frame-y", self.frame.y),
            ("data-frame-width", self.frame.width),
            ("data-frame-height", self.frame.height),
            ("data-zoom", self.window.zoom),
            ("data-queries", self.queries as f64),
            ("data-keys", self.keys as f64),
        ]
    }

    fn shrinks(&self) -> bool {
        self.cell * self.ratio < 1.0
    }

    fn moved(&self, factor: f64, from: (f64, f64), to: (f64, f64)) -> Option<Window> {
        let Self { frame, window, .. } = *self;
        let cells = self.queries.max(self.keys);
        let zoom = Window { zoom: window.zoom * factor, ..window }.clamped(cells).zoom;
        // As it will be, since cells are rounded.
        let cell = whole_cell(frame.width / self.keys as f64 * zoom, self.ratio);
        let middle = |middle: f64, count: usize, side: f64, from: f64, to: f64| {
            // Not from the origin, whose rounding would add up over a hundred small moves.
            let shown = scrolled(middle, self.cell * count as f64, side) + from;
            (shown * cell / self.cell + side / 2.0 - to) / (cell * count as f64)
        };
        let x = middle(window.x, self.keys, frame.width, from.0 - frame.x, to.0 - frame.x);
        let y = middle(window.y, self.queries, frame.height, from.1 - frame.y, to.1 - frame.y);
        Some(Window { zoom, x, y }.clamped(cells))
    }

    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        let sheet = Sheet::of(scene);
        paint::paint(self, &sheet, &scene.map.weights, &state.shading(&scene.map.weights), measure)
    }

    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint_focus(self, &Sheet::of(scene), state.focus, measure)
    }
}

impl<'a> Sheet<'a> {
    fn of(scene: &Scene<'a>) -> Self {
        Sheet {
            rows: scene.queries,
            columns: scene.keys,
            row_title: tr("← attends from (query)"),
            column_title: tr("attends to (key) →"),
        }
    }
}

#[cfg(test)]
mod tests;
