//! A bar of colours and what its ends stand for, for pictures whose scale is their own.

use super::picture::{Anchor, Font, Image, Ink, Mark, Picture, Rect, TextMark};

pub const FONT: Font = Font::plain(12.0);
/// Height of the bar.
const HEIGHT: f64 = 8.0;
/// Between the bar and the numbers at its ends.
pub const GAP: f64 = 5.0;

/// Adds a bar to `picture`, its middle line at `middle`: its colours from left (0) to right (1), the ends' numbers beside it.
pub fn add(
    picture: &mut Picture,
    (x, middle, width): (f64, f64, f64),
    ratio: f64,
    color: impl Fn(f32) -> [u8; 3],
    (begin, end): (String, String),
) {
    let device = |length: f64| (length * ratio).round() as usize;
    let rect = Rect { x, y: middle - HEIGHT / 2.0, width, height: HEIGHT };
    let (columns, rows) = (device(width).max(2), device(HEIGHT).max(1));
    let row = (0..columns).flat_map(|column| {
        let [red, green, blue] = color(column as f32 / (columns - 1) as f32);
        [red, green, blue, 255]
    });
    let rgba = row.collect::<Vec<u8>>().repeat(rows);
    picture.images.push(Image { x: device(rect.x), y: device(rect.y), width: columns, height: rows, rgba });
    let hair = 1.0 / ratio;
    picture.marks.push(Mark::Stroke { rect: rect.grown(hair / 2.0), width: hair, ink: Ink::Line });
    for (text, x, anchor) in [(begin, x - GAP, Anchor::Right), (end, x + width + GAP, Anchor::Left)] {
        let (font, ink) = (FONT, Ink::Muted);
        picture.marks.push(Mark::Text(TextMark {
            text,
            x,
            y: middle,
            font,
            anchor,
            turn: 0.0,
            ink,
            plate: 0.0,
        }));
    }
}
