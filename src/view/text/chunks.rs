//! Cuts a text into what stays together on a line.

use std::ops::Range;

use super::super::Scene;
use super::super::graphemes::graphemes;
use super::super::label::LabelKind;
use super::super::picture::Font;
use super::super::script::{closes, is_unspaced, opens};
use super::set::{FONT, SPECIAL};

const TAB: f64 = 4.0;

/// What no line is broken inside of, if a line has room for all of it.
pub struct Chunk<'a> {
    pub text: &'a str,
    /// Parts of the text, in bytes, with the units that share each.
    pub parts: Vec<(Range<usize>, Vec<usize>)>,
    pub font: Font,
    /// Line breaks before it.
    pub breaks: usize,
    /// Spaces before it.
    pub spaces: f64,
}

/// A text and the special tokens around it.
pub fn chunks<'a>(scene: &'a Scene, segment: usize, text: &'a str) -> Vec<Chunk<'a>> {
    // Where each UTF-16 unit begins.
    let mut offsets: Vec<usize> = vec![];
    for (byte, character) in text.char_indices() {
        offsets.extend([byte, byte].iter().take(character.len_utf16()));
    }
    let byte = |utf16: usize| offsets.get(utf16).copied().unwrap_or(text.len());
    let mut placed = vec![];
    let (mut before, mut after) = (vec![], vec![]);
    for (unit, label) in scene.units.iter().map(|unit| &unit.label).enumerate() {
        if label.segment != segment {
        } else if label.kind != LabelKind::Special && label.start < label.end {
            placed.push((byte(label.start)..byte(label.end), unit));
        } else {
            let special = Chunk {
                text: &label.text,
                parts: vec![(0..label.text.len(), vec![unit])],
                font: SPECIAL,
                breaks: 0,
                spaces: 1.0,
            };
            if placed.is_empty() { before.push(special) } else { after.push(special) }
        }
    }
    before.extend(chunks_of_text(text, &placed, !before.is_empty()));
    before.extend(after);
    before
}

fn chunks_of_text<'a>(text: &'a str, placed: &[(Range<usize>, usize)], spaced: bool) -> Vec<Chunk<'a>> {
    let mut chunks: Vec<Chunk> = vec![];
    let (mut breaks, mut spaces) = (0, f64::from(u8::from(spaced)));
    // The last character of what could go on, and the first unit that could reach further.
    let (mut last, mut first) = (None, 0);
    let mut end = 0;
    for grapheme in graphemes(text) {
        let start = end;
        end += grapheme.len();
        let Some(character) = grapheme.chars().next() else { continue };
        if character.is_whitespace() {
            match grapheme {
                "\n" | "\r\n" | "\r" => (breaks, spaces) = (breaks + 1, 0.0),
                "\t" => spaces += TAB,
                _ => spaces += 1.0,
            }
            last = None;
            continue;
        }
        while placed.get(first).is_some_and(|(span, _)| span.end <= start) {
            first += 1;
        }
        let units: Vec<usize> =
            placed[first..].iter().take_while(|(span, _)| span.start < end).map(|(_, unit)| *unit).collect();
        let goes_on = last.is_some_and(|last| {
            !(is_unspaced(last) || is_unspaced(character)) || closes(character) || opens(last)
        });
        last = grapheme.chars().next_back();
        match chunks.last_mut() {
            Some(chunk) if goes_on => {
                let from = chunk.parts.last().map_or(0, |part| part.0.end);
                let to = from + grapheme.len();
                let begin = start - from;
                chunk.text = &text[begin..end];
                match chunk.parts.last_mut() {
                    Some(part) if part.1 == units => part.0.end = to,
                    _ => chunk.parts.push((from..to, units)),
                }
            }
            _ => {
                let text = &text[start..end];
                chunks.push(Chunk { text, parts: vec![(0..text.len(), units)], font: FONT, breaks, spaces });
                (breaks, spaces) = (0, 0.0);
            }
        }
    }
    chunks
}

/// Leaves the first `at` bytes in `chunk` and returns the rest.
pub fn split<'a>(chunk: &mut Chunk<'a>, at: usize) -> Chunk<'a> {
    let (head, tail) = chunk.text.split_at(at);
    let (mut heads, mut tails) = (vec![], vec![]);
    for (part, units) in std::mem::take(&mut chunk.parts) {
        if part.start < at {
            heads.push((part.start..part.end.min(at), units.clone()));
        }
        if part.end > at {
            tails.push((part.start.max(at) - at..part.end - at, units));
        }
    }
    (chunk.text, chunk.parts) = (head, heads);
    Chunk { text: tail, parts: tails, breaks: 0, spaces: 0.0, ..*chunk }
}
