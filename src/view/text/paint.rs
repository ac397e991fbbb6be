//! The picture of a text that is set.

use super::super::colormap::contrast;
use super::super::figures::weight;
use super::super::order::largest_first;
use super::super::picture::{Anchor, Font, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::super::script::{is_among, is_right_to_left};
use super::super::theme::Theme;
use super::super::{Scene, ViewState};
use super::set::{FONT, LINE_HEIGHT};
use super::sum::{shading, sums};
use super::{Piece, TextLayout, Word};

const FIGURE: Font = Font::plain(11.0);
/// Numbers under so many of the strongest words.
const FIGURES: usize = 5;
/// WCAG 2.2, 1.4.3.
const LEAST_CONTRAST: f64 = 4.5;

/// Words on their shades, and the strongest ones' numbers.
pub fn paint(layout: &TextLayout, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
    let sums = sums(scene, state);
    let shading = shading(&sums, state);
    let theme = Theme::for_ground(state.ramp.is_dark());
    let sum = |piece: &Piece| piece.unit.and_then(|unit| sums[unit]);
    let mut marks = vec![];
    for piece in &layout.pieces {
        match sum(piece) {
            Some(sum) if shading.share(sum) > 0.0 => {
                // Apart from the next piece by a pixel.
                let rect = Rect { width: (piece.rect.width - 1.0).max(1.0), ..piece.rect };
                marks.push(Mark::Fill { rect, ink: Ink::Color(shading.color(sum)) });
            }
            None if piece.unit.is_some() => marks.extend(dots(piece.rect)),
            _ => {}
        }
    }
    for word in &layout.words {
        let pieces = &layout.pieces[word.pieces.clone()];
        let grounds: Vec<Option<[u8; 3]>> =
            pieces.iter().map(|piece| sum(piece).map(|sum| shading.color(sum))).collect();
        marks.extend(write(word, pieces, &grounds, theme));
    }
    marks.extend(figures(layout, &sums, measure));
    marks.extend(layout.names.iter().map(|&(name, y)| {
        text(name.into(), (8.0, y), Font { bold: true, ..FIGURE }, Ink::Muted, Anchor::Left)
    }));
    Picture { images: vec![], marks }
}

/// Outlines of the chosen words.
pub fn paint_focus(layout: &TextLayout, state: &ViewState) -> Picture {
    let chosen = |piece: &&Piece| piece.unit.is_some_and(|unit| state.words.contains(&unit));
    let outline = |piece: &Piece| Mark::Stroke { rect: piece.rect.grown(1.0), width: 2.0, ink: Ink::Accent };
    Picture { images: vec![], marks: layout.pieces.iter().filter(chosen).map(outline).collect() }
}

/// A word in a colour that can be read on all of its shades, or if there is none, part by part.
fn write(word: &Word, pieces: &[Piece], grounds: &[Option<[u8; 3]>], theme: &Theme) -> Vec<Mark> {
    let pale = word.size < FONT.size || grounds.iter().all(Option::is_none);
    let inks =
        [if pale { Ink::Muted } else { Ink::Text }, Ink::Text, Ink::Color([0; 3]), Ink::Color([255; 3])];
    let readable = |ink: Ink, ground: Option<[u8; 3]>| {
        contrast(theme.color(ink), ground.unwrap_or(theme.paper)) >= LEAST_CONTRAST
    };
    let common = inks.iter().find(|ink| grounds.iter().all(|ground| readable(**ink, *ground)));
    let font = Font::plain(word.size);
    if let Some(ink) = common {
        let place = (word.x, word.y);
        return vec![text(directed(word, 0..word.text.len()), place, font, *ink, Anchor::Left)];
    }
    let mut marks = vec![];
    let mut first = 0;
    for part in pieces.chunk_by(|a, b| a.part == b.part) {
        let ground = grounds[first];
        first += part.len();
        let x = part.iter().fold(f64::INFINITY, |x, piece| x.min(piece.rect.x));
        // Either black or white can be read on any colour.
        let ink = inks.into_iter().find(|ink| readable(*ink, ground)).unwrap_or(Ink::Text);
        marks.push(text(directed(word, part[0].part.clone()), (x, word.y), font, ink, Anchor::Left));
    }
    marks
}

/// A part of a word, as it has to be drawn so that it looks as it does in the whole of it.
fn directed(word: &Word, part: std::ops::Range<usize>) -> String {
    const RIGHT_TO_LEFT_MARK: &str = "\u{200f}";
    const JOINER: &str = "\u{200d}";
    /// Arabic letters that do not join the one after them.
    const LAST: &str = "اآأإٱدذرزژوؤةء";
    if !word.right_to_left {
        return word.text[part].to_owned();
    }
    let joined = |at: usize| {
        let (before, after) = word.text.split_at(at);
        let joins = |character: Option<char>| character.is_some_and(is_right_to_left);
        let last = before.chars().next_back();
        joins(last) && joins(after.chars().next()) && !last.is_some_and(|last| is_among(last, LAST))
    };
    let joiner = |at: usize| if joined(at) { JOINER } else { "" };
    // Marks at both ends keep punctuation on the side where the script has it.
    [RIGHT_TO_LEFT_MARK, joiner(part.start), &word.text[part.clone()], joiner(part.end), RIGHT_TO_LEFT_MARK]
        .concat()
}

/// The numbers of the strongest words, under them, where there is room.
fn figures(layout: &TextLayout, sums: &[Option<f32>], measure: &dyn Measure) -> Vec<Mark> {
    let mut strongest: Vec<(f32, usize)> = sums
        .iter()
        .enumerate()
        .filter_map(|(unit, sum)| Some(((*sum)?, unit)))
        .filter(|(sum, _)| *sum >= 0.0005)
        .collect();
    largest_first(&mut strongest);
    let mut taken: Vec<Rect> = vec![];
    let mut marks = vec![];
    for (sum, unit) in strongest.into_iter().take(FIGURES) {
        let Some(piece) = layout.pieces.iter().find(|piece| piece.unit == Some(unit)) else { continue };
        let figure = weight(sum);
        let width = measure.width(&figure, FIGURE);
        let middle = (piece.rect.x + piece.rect.width / 2.0).min(layout.width - width / 2.0).max(width / 2.0);
        let room = Rect { x: middle - width / 2.0, width, ..piece.rect };
        let overlaps = |other: &Rect| {
            other.y == room.y && other.x < room.x + room.width + 4.0 && room.x < other.x + other.width + 4.0
        };
        if !taken.iter().any(overlaps) {
            let y = piece.rect.y + piece.rect.height + (LINE_HEIGHT - piece.rect.height) / 2.0;
            marks.push(text(figure, (middle, y), FIGURE, Ink::Text, Anchor::Middle));
            taken.push(room);
        }
    }
    marks
}

/// A dotted line under what is hidden.
fn dots(rect: Rect) -> impl Iterator<Item = Mark> {
    const STEP: f64 = 4.0;
    (0..(rect.width / STEP).max(1.0) as usize).map(move |dot| Mark::Fill {
        rect: Rect { x: rect.x + STEP * dot as f64, y: rect.y + rect.height - 2.0, width: 1.5, height: 1.5 },
        ink: Ink::Muted,
    })
}

fn text(text: String, (x, y): (f64, f64), font: Font, ink: Ink, anchor: Anchor) -> Mark {
    Mark::Text(TextMark { text, x, y, font, anchor, turn: 0.0, ink, plate: 0.0 })
}
