//! The pictures of a laid out map.

use std::f64::consts::FRAC_PI_2;

use super::super::label::{Label, LabelKind, ellipsised};
use super::super::picture::{Anchor, Font, Image, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::super::sample::paint_map;
use super::super::{Focus, Scene, ViewState};
use super::{FONT, LABEL_GAP, MatrixLayout};

const TITLE: Font = Font::plain(12.0);
/// From here on cells stand apart.
const CELL_WITH_GAP: f64 = 10.0;

/// Cells, labels and axis titles; nothing where there is no map.
pub fn paint(layout: &MatrixLayout, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
    if scene.queries.is_empty() || scene.keys.is_empty() {
        return Picture::default();
    }
    let mut marks = titles(layout);
    let hair = 1.0 / layout.ratio;
    marks.push(Mark::Stroke { rect: layout.frame().grown(hair / 2.0), width: hair, ink: Ink::Line });
    marks.extend(segment_lines(scene, layout));
    for query in (0..scene.queries.len()).step_by(layout.stride()) {
        marks.push(Mark::Text(row_label(scene, layout, query, false, measure)));
    }
    for key in (0..scene.keys.len()).step_by(layout.stride()) {
        marks.push(Mark::Text(column_label(scene, layout, key, false, measure)));
    }
    Picture { images: vec![cells(scene, state, layout)], marks }
}

/// The row, the column and the cell that are picked out, with their words.
pub fn paint_focus(
    layout: &MatrixLayout,
    scene: &Scene,
    state: &ViewState,
    measure: &dyn Measure,
) -> Picture {
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
        marks.push(Mark::Text(row_label(scene, layout, query, true, measure)));
    }
    if let Some(key) = key {
        marks.push(Mark::Text(column_label(scene, layout, key, true, measure)));
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
    let end = state.scale.end(&scene.map.weights);
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
    let (x, y) = (rect.x + rect.width / 2.0, layout.origin_y - LABEL_GAP);
    let word = &scene.keys[key];
    if layout.upright && layout.fits_upright(&word.text, measure) {
        let middle = y - FONT.size / 2.0;
        return label(word, (x, middle), (Anchor::Middle, 0.0), (layout.cell, picked), measure);
    }
    label(word, (x, y), (Anchor::Left, -layout.turn), (layout.column_room, picked), measure)
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
