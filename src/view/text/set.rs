//! Sets texts in lines: white space and line breaks as they were typed, scripts from right to left from the right.

use super::super::Scene;
use super::super::graphemes::graphemes;
use super::super::order::clamped;
use super::super::picture::{Font, Measure, Rect};
use super::super::script::direction;
use super::chunks::{Chunk, chunks, split};
use super::{Piece, TextLayout, Word};

pub const FONT: Font = Font::plain(17.0);
/// Of what the tokenizer added.
pub const SPECIAL: Font = Font::plain(12.0);
/// Beside it, on its shade.
const PADDING: f64 = 3.0;
/// From one line's middle to the next one's, with room for figures between them.
pub const LINE_HEIGHT: f64 = 38.0;
/// Height of a shade.
const SHADE: f64 = 24.0;
const MARGIN: f64 = 8.0;
/// Room for the letters that name two texts.
const NAME_ROOM: f64 = 24.0;
/// Longer lines are hard to read.
const LONGEST_LINE: f64 = 760.0;

/// The texts of `scene` in lines of at most `width`.
pub fn set(scene: &Scene, width: f64, measure: &dyn Measure) -> TextLayout {
    let named = scene.texts.len() > 1 && !scene.units.is_empty();
    let left = if named { MARGIN + NAME_ROOM } else { MARGIN };
    let line = (width - left - MARGIN).clamp(1.0, LONGEST_LINE);
    let mut setter = Setter {
        measure,
        widths: vec![],
        ends: (left, left + line),
        right_to_left: false,
        line: vec![],
        filled: 0.0,
        layout: TextLayout { width, height: LINE_HEIGHT, ..TextLayout::default() },
    };
    if scene.units.is_empty() {
        return setter.layout;
    }
    for (segment, text) in scene.texts.iter().enumerate() {
        if named {
            let name = if segment == 0 { "A" } else { "B" };
            setter.layout.names.push((name, setter.middle()));
        }
        setter.right_to_left = direction(text).unwrap_or(false);
        for chunk in chunks(scene, segment, text) {
            setter.add(chunk);
        }
        setter.finish_line();
    }
    setter.layout.height -= LINE_HEIGHT / 4.0;
    setter.layout
}

/// Fills lines.
struct Setter<'a> {
    measure: &'a dyn Measure,
    /// Widths already measured, in the order of their texts.
    widths: Vec<(&'a str, f64)>,
    /// Where lines begin and end.
    ends: (f64, f64),
    /// Of the paragraph.
    right_to_left: bool,
    /// Of the line that is being filled: each chunk, the room before it and its width.
    line: Vec<(Chunk<'a>, f64, f64)>,
    filled: f64,
    layout: TextLayout,
}

impl<'a> Setter<'a> {
    /// Of the line that is being filled.
    fn middle(&self) -> f64 {
        self.layout.height - LINE_HEIGHT / 2.0
    }

    fn width(&mut self, text: &'a str, font: Font) -> f64 {
        if font != FONT {
            return self.measure.width(text, font) + 2.0 * PADDING;
        }
        match self.widths.binary_search_by(|known| known.0.cmp(text)) {
            Ok(at) => self.widths[at].1,
            Err(at) => {
                let width = self.measure.width(text, font);
                self.widths.insert(at, (text, width));
                width
            }
        }
    }

    fn add(&mut self, mut chunk: Chunk<'a>) {
        for _ in 0..chunk.breaks {
            self.finish_line();
        }
        let room = self.ends.1 - self.ends.0;
        let mut width = self.width(chunk.text, chunk.font);
        let gap = chunk.spaces * self.width(" ", FONT);
        if !self.line.is_empty() && self.filled + gap + width > room {
            self.finish_line();
        }
        // Spaces before the first word of the text are typed as well, those at a break are not wanted.
        let mut gap =
            if self.line.is_empty() && chunk.breaks == 0 { 0.0 } else { gap.min(room - width).max(0.0) };
        while width > room {
            let Some(at) = self.fitting(&chunk, room) else { break };
            let rest = split(&mut chunk, at);
            let fits = self.width(chunk.text, chunk.font);
            self.line.push((chunk, 0.0, fits));
            self.finish_line();
            (chunk, gap) = (rest, 0.0);
            width = self.width(chunk.text, chunk.font);
        }
        self.filled += gap + width;
        self.line.push((chunk, gap, width));
    }

    /// After which byte to break a chunk that is wider than `room`; None where it is a single character.
    fn fitting(&self, chunk: &Chunk<'a>, room: f64) -> Option<usize> {
        let mut end = 0;
        let ends = graphemes(chunk.text).into_iter().map(|grapheme| {
            end += grapheme.len();
            end
        });
        let ends: Vec<usize> = ends.filter(|&end| end < chunk.text.len()).collect();
        let fits = ends.partition_point(|&end| self.measure.width(&chunk.text[..end], chunk.font) <= room);
        ends.get(fits.max(1) - 1).copied()
    }

    /// Puts the words of the line in their places and begins another.
    fn finish_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let (right_to_left, y) = (self.right_to_left, self.middle());
        let directions = directions(&line, right_to_left);
        let mut along = 0.0;
        let gaps: Vec<f64> = line.iter().map(|word| word.1).collect();
        for (place, at) in in_place(&directions, right_to_left).into_iter().enumerate() {
            let (chunk, _, width) = &line[at];
            along += gaps[place];
            let x = if right_to_left { self.ends.1 - along - width } else { self.ends.0 + along };
            along += width;
            self.put(chunk, (x, y), *width, directions[at]);
        }
        self.filled = 0.0;
        self.layout.height += LINE_HEIGHT;
    }

    fn put(&mut self, chunk: &Chunk<'a>, (x, y): (f64, f64), width: f64, right_to_left: bool) {
        let first = self.layout.pieces.len();
        let mut from = 0.0;
        for (part, units) in &chunk.parts {
            let to = if part.end == chunk.text.len() {
                width
            } else {
                clamped(self.width(&chunk.text[..part.end], chunk.font), from, width)
            };
            let share = (to - from) / units.len().max(1) as f64;
            for nth in 0..units.len().max(1) {
                let start = from + share * nth as f64;
                let left = if right_to_left { x + width - start - share } else { x + start };
                self.layout.pieces.push(Piece {
                    unit: units.get(nth).copied(),
                    rect: Rect { x: left, y: y - SHADE / 2.0, width: share, height: SHADE },
                    part: part.clone(),
                });
            }
            from = to;
        }
        self.layout.words.push(Word {
            text: chunk.text.to_owned(),
            x: if chunk.font == FONT { x } else { x + PADDING },
            y,
            size: chunk.font.size,
            right_to_left,
            pieces: first..self.layout.pieces.len(),
        });
    }
}

/// Whether each word of a line runs from right to left. One without letters runs as both its neighbours do, or else as the
/// paragraph.
fn directions(line: &[(Chunk, f64, f64)], paragraph: bool) -> Vec<bool> {
    let own: Vec<Option<bool>> = line.iter().map(|(chunk, ..)| direction(chunk.text)).collect();
    (0..line.len())
        .map(|at| {
            let before = own[..at].iter().rev().find_map(|direction| *direction);
            let after = own[at..].iter().find_map(|direction| *direction);
            own[at].unwrap_or(match (before, after) {
                (Some(before), Some(after)) if before == after => before,
                _ => paragraph,
            })
        })
        .collect()
}

/// The words of a line in the order of their places, from the side where the paragraph begins: those that run the other
/// way stand in reverse.
fn in_place(directions: &[bool], paragraph: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..directions.len()).collect();
    for run in order.chunk_by_mut(|&a, &b| directions[a] == directions[b]) {
        if directions[run[0]] != paragraph {
            run.reverse();
        }
    }
    order
}
