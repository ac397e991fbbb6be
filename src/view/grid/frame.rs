//! What stands around the thumbnails: numbers of layers and heads, hairlines, and what each head does most.

use super::super::picture::{Anchor, Font, Ink, Mark, Picture, TextMark};
use super::super::words::tr;
use super::super::{Maps, Scene};
use super::{BADGE_ROOM, GridLayout};

const FONT: Font = Font::plain(12.0);
/// Of what a head does most, under its thumbnail.
const BADGE: Font = Font::plain(10.0);

/// All but the thumbnails.
pub fn frame(layout: &GridLayout, scene: &Scene) -> Picture {
    let mut marks = numbers(scene.maps, layout);
    for (row, column, layer, head) in layout.thumbnails() {
        let badge = scene.badges.get(layer * scene.maps.heads() + head).copied().flatten();
        if let (Some((mark, _)), false) = (badge, layout.whole_layers) {
            marks.push(Mark::Text(under(layout, row, column, mark)));
        }
    }
    Picture { images: vec![], marks }
}

/// Axis titles, numbers, and a hairline around each thumbnail, so that an empty one is seen to be there.
fn numbers(maps: &dyn Maps, layout: &GridLayout) -> Vec<Mark> {
    let middle = |count: usize, pitch: f64| (pitch * count as f64 - (pitch - layout.side)) / 2.0;
    let title = |text, x, y, turn| {
        Mark::Text(TextMark {
            text,
            x,
            y,
            font: FONT,
            anchor: Anchor::Middle,
            turn,
            ink: Ink::Muted,
            plate: 0.0,
        })
    };
    let columns = layout.columns();
    let mut marks = vec![title(
        tr("layer"),
        7.0,
        layout.origin_y + middle(layout.order.len(), layout.row_pitch),
        -std::f64::consts::FRAC_PI_2,
    )];
    if !layout.whole_layers {
        let named = if layout.in_order() { tr("head") } else { tr("heads in order") };
        marks.push(title(named, layout.origin_x + middle(columns, layout.pitch), 7.0, 0.0));
    }
    marks.extend((0..layout.order.len()).map(|row| Mark::Text(row_number(layout, row, false))));
    if layout.in_order() && !layout.whole_layers {
        marks.extend((0..columns).map(|column| Mark::Text(column_number(layout, column, false))));
    }
    for (row, column, layer, head) in layout.thumbnails() {
        if !maps.has(layer, head) {
            continue;
        }
        let rect = layout.rect(row, column).grown(0.5 / layout.ratio);
        marks.push(Mark::Stroke { rect, width: 1.0 / layout.ratio, ink: Ink::Line });
        if !layout.in_order() {
            // Where the columns do not say which head it is, it says so itself.
            let mut number = number(head, rect.x + rect.width / 2.0, layout.origin_y - 10.0, false);
            number.y = rect.y + BADGE.size / 2.0 + 1.0;
            (number.font, number.anchor, number.x, number.plate) = (BADGE, Anchor::Left, rect.x + 2.0, 12.0);
            marks.push(Mark::Text(number));
        }
    }
    marks
}

pub fn row_number(layout: &GridLayout, row: usize, picked: bool) -> TextMark {
    let rect = layout.rect(row, 0);
    let layer = layout.order[row].first().map_or(row, |place| place.0);
    number(layer, layout.origin_x - 12.0, rect.y + rect.height / 2.0, picked)
}

pub fn column_number(layout: &GridLayout, column: usize, picked: bool) -> TextMark {
    let rect = layout.rect(0, column);
    number(column, rect.x + rect.width / 2.0, layout.origin_y - 10.0, picked)
}

fn number(number: usize, x: f64, y: f64, picked: bool) -> TextMark {
    TextMark {
        text: number.to_string(),
        x,
        y,
        font: Font { bold: picked, ..FONT },
        anchor: Anchor::Middle,
        turn: 0.0,
        ink: if picked { Ink::Accent } else { Ink::Muted },
        plate: if picked { 18.0 } else { 0.0 },
    }
}

/// A word under a thumbnail.
fn under(layout: &GridLayout, row: usize, column: usize, text: &str) -> TextMark {
    let rect = layout.rect(row, column);
    TextMark {
        text: text.into(),
        x: rect.x + rect.width / 2.0,
        y: rect.y + rect.height + BADGE_ROOM / 2.0 + 1.0,
        font: BADGE,
        anchor: Anchor::Middle,
        turn: 0.0,
        ink: Ink::Muted,
        plate: 0.0,
    }
}
