//! The pictures of a laid out table.

use std::f64::consts::FRAC_PI_2;

use super::super::colormap::contrast;
use super::super::figures;
use super::super::label::{Label, LabelKind, ellipsised};
use super::super::picture::{Anchor, Font, Image, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::super::sample::{Raster, paint_part};
use super::super::{Focus, Shading};
use super::{FONT, LABEL_GAP, LABEL_PITCH, MatrixLayout, TITLE_ROOM};

const TITLE: Font = Font::plain(12.0);
/// From here on cells stand apart.
const CELL_WITH_GAP: f64 = 10.0;
/// Of weights that are written into cells, the larger where it fits.
const FIGURES: [Font; 2] = [Font::plain(12.0), Font::plain(10.0)];
/// The longest side of the small picture of which part is seen.
const OVERVIEW: f64 = 64.0;
/// The least side of the part in it.
const LEAST_PART: f64 = 4.0;

/// What stands on the axes of a table.
pub struct Sheet<'a> {
    pub rows: &'a [Label],
    pub columns: &'a [Label],
    pub row_title: String,
    pub column_title: String,
}

/// Cells, labels and axis titles; nothing where there is no map. `weights` are (rows, columns).
pub fn paint(
    layout: &MatrixLayout,
    sheet: &Sheet,
    weights: &[f32],
    shading: &Shading,
    measure: &dyn Measure,
) -> Picture {
    if weights.is_empty() || weights.len() != sheet.rows.len() * sheet.columns.len() {
        return Picture::default();
    }
    let mut marks = titles(layout, sheet);
    let hair = 1.0 / layout.ratio;
    marks.push(Mark::Stroke { rect: layout.frame.grown(hair / 2.0), width: hair, ink: Ink::Line });
    marks.extend(segment_lines(layout, sheet));
    if layout.figures {
        marks.extend(written(layout, weights, shading, measure));
    }
    let labelled = |seen: std::ops::Range<usize>, length| {
        seen.filter(move |at| at.is_multiple_of(MatrixLayout::stride(length)))
    };
    let rows = labelled(layout.rows(), layout.row);
    marks.extend(rows.filter_map(|row| row_label(layout, &sheet.rows[row], row, false, measure)));
    let columns = labelled(layout.columns(), layout.cell);
    marks.extend(
        columns.filter_map(|column| column_label(layout, &sheet.columns[column], column, false, measure)),
    );
    if !layout.window.is_whole() {
        marks.extend(overview(layout));
    }
    Picture { images: vec![cells(layout, weights, shading)], marks }
}

/// The row, the column and the cell that are picked out, with their words.
pub fn paint_focus(layout: &MatrixLayout, sheet: &Sheet, focus: Focus, measure: &dyn Measure) -> Picture {
    let row = focus.query().filter(|&row| row < layout.queries.min(sheet.rows.len()));
    let column = focus.key().filter(|&column| column < layout.keys.min(sheet.columns.len()));
    let frame = layout.frame;
    let mut marks = vec![];
    let mut band = |rect: Rect, ground: f64, width: f64| {
        if let Some(rect) = layout.seen(rect) {
            let around = |by: f64, width: f64, ink| Mark::Stroke { rect: rect.grown(by), width, ink };
            marks.push(around(ground + 0.5, 1.0, Ink::Paper));
            marks.push(around(width / 2.0, width, Ink::Accent));
        }
    };
    if let Some(row) = row {
        band(Rect { x: frame.x, width: frame.width, ..layout.rect(row, 0) }, 1.0, 1.0);
    }
    if let Some(column) = column {
        band(Rect { y: frame.y, height: frame.height, ..layout.rect(0, column) }, 1.0, 1.0);
    }
    if let (Focus::Cell { .. }, Some(row), Some(column)) = (focus, row, column) {
        band(layout.rect(row, column), 2.0, 2.0);
    }
    marks.extend(row.and_then(|row| row_label(layout, &sheet.rows[row], row, true, measure)));
    marks.extend(
        column.and_then(|column| column_label(layout, &sheet.columns[column], column, true, measure)),
    );
    Picture { images: vec![], marks }
}

fn cells(layout: &MatrixLayout, weights: &[f32], shading: &Shading) -> Image {
    let device = |length: f64| (length * layout.ratio).round() as usize;
    let frame = layout.frame;
    let (width, height) = (device(frame.width).max(1), device(frame.height).max(1));
    let [red, green, blue] = shading.ramp.zero();
    let mut pixels = vec![[red, green, blue, 255]; width * height];
    let gap = if layout.cell >= CELL_WITH_GAP { (layout.ratio.floor() as usize).max(1) } else { 0 };
    let (column, row) = (device(layout.cell).max(1), device(layout.row).max(1));
    let from = (device(frame.x - layout.origin_x), device(frame.y - layout.origin_y));
    let raster = Raster {
        whole: (
            device(layout.cell * layout.keys as f64).max(from.0 + width),
            device(layout.row * layout.queries as f64).max(from.1 + height),
        ),
        from,
        size: (width, height),
    };
    let mut line = pixels[..width].to_vec();
    paint_part(weights, (layout.queries, layout.keys), &raster, shading, |rows, colors| {
        // The last pixels of a cell stay paper, so that cells can be told apart and counted.
        for (x, (pixel, &[red, green, blue])) in line.iter_mut().zip(colors).enumerate() {
            if gap == 0 || (x + from.0) % column < column - gap {
                *pixel = [red, green, blue, 255];
            }
        }
        for y in rows.filter(|y| gap == 0 || (y + from.1) % row < row - gap) {
            pixels[y * width..][..width].copy_from_slice(&line);
        }
    });
    let rgba = pixels.into_flattened();
    Image { x: device(frame.x), y: device(frame.y), width, height, rgba }
}

/// The weights of the cells that are seen whole, where there is room for them.
fn written(layout: &MatrixLayout, weights: &[f32], shading: &Shading, measure: &dyn Measure) -> Vec<Mark> {
    let fits = |font: &Font| measure.width("0.000", *font) + 4.0 <= layout.cell;
    let Some(font) = FIGURES.into_iter().find(fits) else { return vec![] };
    let whole = |rect: Rect| {
        // Lengths that should be equal differ by rounding.
        layout.seen(rect).is_some_and(|seen| seen.width + seen.height > rect.width + rect.height - 0.01)
    };
    let spots = layout.rows().flat_map(|row| layout.columns().map(move |column| (row, column)));
    spots
        .filter_map(|(row, column)| {
            let (weight, rect) = (weights[row * layout.keys + column], layout.rect(row, column));
            let text = figures::weight(weight);
            // What rounds to nothing has the longer words, and is nothing to look at.
            let fits = weight >= 0.0005 && measure.width(&text, font) < layout.cell;
            (fits && whole(rect)).then(|| {
                let ink = Ink::Color(readable_on(shading.color(weight)));
                let (x, y) = (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
                let (anchor, turn, plate) = (Anchor::Middle, 0.0, 0.0);
                Mark::Text(TextMark { text, x, y, font, anchor, turn, ink, plate })
            })
        })
        .collect()
}

/// Black or white: one of them can be read on any colour.
fn readable_on(ground: [u8; 3]) -> [u8; 3] {
    let (black, white) = ([0; 3], [255; 3]);
    if contrast(black, ground) > contrast(white, ground) { black } else { white }
}

/// In the corner between the axes, all of the map and the part of it that is seen.
fn overview(layout: &MatrixLayout) -> [Mark; 2] {
    let frame = layout.frame;
    let (room_x, room_y) = (frame.x - TITLE_ROOM - LABEL_GAP, frame.y - TITLE_ROOM - LABEL_GAP);
    let (across, down) = (layout.cell * layout.keys as f64, layout.row * layout.queries as f64);
    let scale = (room_x.min(OVERVIEW) / across).min(room_y.min(OVERVIEW) / down);
    let all = Rect { x: TITLE_ROOM, y: TITLE_ROOM, width: across * scale, height: down * scale };
    let part = Rect {
        x: all.x + (frame.x - layout.origin_x) * scale,
        y: all.y + (frame.y - layout.origin_y) * scale,
        width: (frame.width * scale).max(LEAST_PART),
        height: (frame.height * scale).max(LEAST_PART),
    };
    [Mark::Fill { rect: all, ink: Ink::Line }, Mark::Fill { rect: part, ink: Ink::Muted }]
}

fn titles(layout: &MatrixLayout, sheet: &Sheet) -> Vec<Mark> {
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
        title(&sheet.column_title, layout.frame.x, 8.0, Anchor::Left, 0.0),
        title(&sheet.row_title, 8.0, layout.frame.y, Anchor::Right, -FRAC_PI_2),
    ]
}

/// A line where the second text begins.
fn segment_lines(layout: &MatrixLayout, sheet: &Sheet) -> Vec<Mark> {
    let frame = layout.frame;
    let border = |labels: &[Label]| labels.windows(2).position(|pair| pair[0].segment != pair[1].segment);
    let row = border(sheet.rows).map(|last| {
        let rect = layout.rect(last + 1, 0);
        Rect { x: frame.x, width: frame.width, y: rect.y - 1.0, height: 1.0 }
    });
    let column = border(sheet.columns).map(|last| {
        let rect = layout.rect(0, last + 1);
        Rect { y: frame.y, height: frame.height, x: rect.x - 1.0, width: 1.0 }
    });
    let seen = [row, column].into_iter().flatten().filter_map(|rect| layout.seen(rect));
    seen.map(|rect| Mark::Fill { rect, ink: Ink::Muted }).collect()
}

/// The middle of the part of a row or column that is seen, where that is enough for a label, or it is picked out.
fn middle(seen: Option<(f64, f64)>, cell: f64, picked: bool) -> Option<f64> {
    let (start, length) = seen?;
    (picked || length >= LABEL_PITCH.min(cell / 2.0)).then_some(start + length / 2.0)
}

fn row_label(
    layout: &MatrixLayout,
    word: &Label,
    row: usize,
    picked: bool,
    measure: &dyn Measure,
) -> Option<Mark> {
    let rect = Rect { x: layout.frame.x, width: layout.frame.width, ..layout.rect(row, 0) };
    let y = middle(layout.seen(rect).map(|seen| (seen.y, seen.height)), layout.row, picked)?;
    let at = (layout.frame.x - LABEL_GAP, y);
    Some(label(word, at, (Anchor::Right, 0.0), (layout.row_room, picked), measure))
}

fn column_label(
    layout: &MatrixLayout,
    word: &Label,
    column: usize,
    picked: bool,
    measure: &dyn Measure,
) -> Option<Mark> {
    let rect = Rect { y: layout.frame.y, height: layout.frame.height, ..layout.rect(0, column) };
    let x = middle(layout.seen(rect).map(|seen| (seen.x, seen.width)), layout.cell, picked)?;
    let y = layout.frame.y - LABEL_GAP;
    if layout.upright && layout.fits_upright(&word.text, measure) {
        let middle = y - FONT.size / 2.0;
        return Some(label(word, (x, middle), (Anchor::Middle, 0.0), (layout.cell, picked), measure));
    }
    Some(label(word, (x, y), (Anchor::Left, -layout.turn), (layout.column_room, picked), measure))
}

fn label(
    label: &Label,
    (x, y): (f64, f64),
    (anchor, turn): (Anchor, f64),
    (room, picked): (f64, bool),
    measure: &dyn Measure,
) -> Mark {
    let font = Font { bold: picked, ..FONT };
    let ink = match label.kind {
        _ if picked => Ink::Accent,
        LabelKind::Special => Ink::Muted,
        _ => Ink::Text,
    };
    // Under a picked label lies its plain twin, and where labels are thinned out perhaps a neighbour.
    let plate = if picked { room + 2.0 } else { 0.0 };
    let text = ellipsised(&label.text, room, font, measure);
    Mark::Text(TextMark { text, x, y, font, anchor, turn, ink, plate })
}

#[cfg(test)]
mod tests {
    use super::super::super::colormap::COLORMAPS;
    use super::*;

    #[test]
    fn figures_stand_out_from_their_cells() {
        for map in COLORMAPS {
            for share in (0..=100).map(|step| step as f32 / 100.0) {
                let ground = map.ramp().color(share, 1.0);
                let found = contrast(readable_on(ground), ground);
                assert!(found >= 4.5, "{found} at {share} of {}", map.id);
            }
        }
    }
}
