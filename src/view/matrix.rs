//! One head, large: rows are queries, columns are keys, with their words.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use super::label::{Label, LabelKind, ellipsised};
use super::picture::{Anchor, Font, Image, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::sample::paint_map;
use super::{Focus, Scene, Size, ViewState};

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
    ratio: f64,
}

const FONT: Font = Font::plain(13.0);
const TITLE: Font = Font::plain(12.0);
/// Room for an axis title.
const TITLE_ROOM: f64 = 18.0;
/// Between a label and its row.
const LABEL_GAP: f64 = 6.0;
/// The least distance between two labels' middle lines.
const LABEL_PITCH: f64 = 14.0;
const LARGEST_CELL: f64 = 72.0;
/// Rooms grow in steps, so that a letter more in a word does not move the map.
const ROOM_STEP: f64 = 16.0;
/// From here on cells stand apart.
const CELL_WITH_GAP: f64 = 10.0;

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
                ratio: size.ratio,
            }
        };
        let slanted = slant(FRAC_PI_4);
        if slanted.cell >= 20.0 && size.width >= 420.0 { slanted } else { slant(FRAC_PI_2) }
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

    /// The (query, key) at a point of the map.
    pub fn at(&self, x: f64, y: f64) -> Option<(usize, usize)> {
        let (x, y) = ((x - self.origin_x) / self.cell, (y - self.origin_y) / self.cell);
        if x < 0.0 || y < 0.0 || x >= self.keys as f64 || y >= self.queries as f64 {
            return None;
        }
        Some((y as usize, x as usize))
    }

    /// Several weights share a device pixel.
    pub fn shrinks(&self) -> bool {
        self.cell * self.ratio < 1.0
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

    fn of(scene: &Scene, size: Size, measure: &dyn Measure) -> Self {
        Self::new(scene.queries, scene.keys, size, measure)
    }
}

/// Cells, labels and axis titles.
pub fn paint(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Picture {
    let layout = MatrixLayout::of(scene, size, measure);
    let mut marks = titles(&layout);
    let hair = 1.0 / layout.ratio;
    marks.push(Mark::Stroke { rect: layout.frame().grown(hair / 2.0), width: hair, ink: Ink::Line });
    marks.extend(segment_lines(scene, &layout));
    for query in (0..scene.queries.len()).step_by(layout.stride()) {
        marks.push(Mark::Text(row_label(scene, &layout, query, false, measure)));
    }
    for key in (0..scene.keys.len()).step_by(layout.stride()) {
        marks.push(Mark::Text(column_label(scene, &layout, key, false, measure)));
    }
    Picture { images: vec![cells(scene, state, &layout)], marks }
}

/// The row, the column and the cell that are picked out, with their words.
pub fn paint_focus(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Picture {
    let layout = MatrixLayout::of(scene, size, measure);
    let query = state.focus.query().filter(|&query| query < layout.queries);
    let key = state.focus.key().filter(|&key| key < layout.keys);
    let frame = layout.frame();
    let mut marks = vec![];
    let mut band = |rect: Rect, width: f64, ink| {
        marks.push(Mark::Stroke { rect: rect.grown(width / 2.0), width, ink });
    };
    if let Some(query) = query {
        let rect = Rect { x: frame.x, width: frame.width, ..layout.rect(query, 0) };
        band(rect.grown(1.0), 1.0, Ink::Paper);
        band(rect, 1.0, Ink::Accent);
    }
    if let Some(key) = key {
        let rect = Rect { y: frame.y, height: frame.height, ..layout.rect(0, key) };
        band(rect.grown(1.0), 1.0, Ink::Paper);
        band(rect, 1.0, Ink::Accent);
    }
    if let (Focus::Cell { .. }, Some(query), Some(key)) = (state.focus, query, key) {
        let rect = layout.rect(query, key);
        band(rect.grown(2.0), 1.0, Ink::Paper);
        band(rect, 2.0, Ink::Accent);
    }
    if let Some(query) = query {
        marks.push(Mark::Text(row_label(scene, &layout, query, true, measure)));
    }
    if let Some(key) = key {
        marks.push(Mark::Text(column_label(scene, &layout, key, true, measure)));
    }
    Picture { images: vec![], marks }
}

fn cells(scene: &Scene, state: &ViewState, layout: &MatrixLayout) -> Image {
    let device = |length: f64| (length * layout.ratio).round() as usize;
    let frame = layout.frame();
    let (width, height) = (device(frame.width).max(1), device(frame.height).max(1));
    let [red, green, blue] = state.ramp.zero();
    let mut rgba = [red, green, blue, 255].repeat(width * height);
    let gap = if layout.cell >= CELL_WITH_GAP { (layout.ratio.floor() as usize).max(1) } else { 0 };
    let cell = device(layout.cell).max(1);
    let end = state.scale.end(scene.map.max);
    paint_map(
        &scene.map.weights,
        (scene.map.queries, scene.map.keys),
        (width, height),
        (&state.ramp, end),
        |x, y, color| {
            // The last pixels of a cell stay paper, so that cells can be told apart and counted.
            if gap == 0 || (x % cell < cell - gap && y % cell < cell - gap) {
                let pixel = (y * width + x) * 4;
                rgba[pixel..pixel + 3].copy_from_slice(&color);
            }
        },
    );
    Image { x: device(layout.origin_x), y: device(layout.origin_y), width, height, rgba }
}

fn titles(layout: &MatrixLayout) -> Vec<Mark> {
    let frame = layout.frame();
    let title = |text: &str, x, y, anchor, turn| {
        Mark::Text(TextMark {
            text: text.into(),
            x,
            y,
            font: TITLE,
            anchor,
            turn,
            ink: Ink::Muted,
            plate: 0.0,
        })
    };
    vec![
        title("attends to (key) →", frame.x, 8.0, Anchor::Left, 0.0),
        title("← attends from (query)", 8.0, frame.y, Anchor::Right, -FRAC_PI_2),
    ]
}

/// A line where the second text begins.
fn segment_lines(scene: &Scene, layout: &MatrixLayout) -> Vec<Mark> {
    let frame = layout.frame();
    let border = |labels: &[Label]| labels.windows(2).position(|pair| pair[0].segment != pair[1].segment);
    let mut marks = vec![];
    if let Some(last) = border(scene.queries) {
        let rect = Rect { x: frame.x, width: frame.width, ..layout.rect(last + 1, 0) };
        marks.push(Mark::Fill { rect: Rect { y: rect.y - 1.0, height: 1.0, ..rect }, ink: Ink::Muted });
    }
    if let Some(last) = border(scene.keys) {
        let rect = Rect { y: frame.y, height: frame.height, ..layout.rect(0, last + 1) };
        marks.push(Mark::Fill { rect: Rect { x: rect.x - 1.0, width: 1.0, ..rect }, ink: Ink::Muted });
    }
    marks
}

fn row_label(
    scene: &Scene,
    layout: &MatrixLayout,
    query: usize,
    picked: bool,
    measure: &dyn Measure,
) -> TextMark {
    let rect = layout.rect(query, 0);
    label(
        &scene.queries[query],
        (layout.origin_x - LABEL_GAP, rect.y + rect.height / 2.0),
        (Anchor::Right, 0.0),
        (layout.row_room, picked),
        measure,
    )
}

fn column_label(
    scene: &Scene,
    layout: &MatrixLayout,
    key: usize,
    picked: bool,
    measure: &dyn Measure,
) -> TextMark {
    let rect = layout.rect(0, key);
    label(
        &scene.keys[key],
        (rect.x + rect.width / 2.0, layout.origin_y - LABEL_GAP),
        (Anchor::Left, -layout.turn),
        (layout.column_room, picked),
        measure,
    )
}

fn label(
    label: &Label,
    (x, y): (f64, f64),
    (anchor, turn): (Anchor, f64),
    (room, picked): (f64, bool),
    measure: &dyn Measure,
) -> TextMark {
    let font = Font { bold: picked, ..FONT };
    let ink = match label.kind {
        _ if picked => Ink::Accent,
        LabelKind::Special => Ink::Muted,
        _ => Ink::Text,
    };
    // Under a picked label lies its plain twin, and where labels are thinned out perhaps a neighbour.
    let plate = if picked { room + 2.0 } else { 0.0 };
    TextMark { text: ellipsised(&label.text, room, font, measure), x, y, font, anchor, turn, ink, plate }
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
    fn a_point_in_a_cell_finds_it() {
        for size in SIZES {
            for count in [1, 14, 128, 512] {
                let layout = layout(count, size);
                for cell in [0, count / 2, count - 1] {
                    let rect = layout.rect(cell, count - 1 - cell);
                    let found = layout.at(rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
                    assert_eq!(found, Some((cell, count - 1 - cell)));
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
