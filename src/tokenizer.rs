//! Text to tokens, and where each token stands in the text.

mod pieces;

use tokenizers::Encoding;
use tokenizers::utils::truncation::TruncationDirection;

use crate::error::{Error, Result};
use crate::trace::{Cut, Token};

pub use pieces::Pieces;

/// A model's tokenizer.json, with its own truncation and padding switched off.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
}

/// What a model reads, and what the reader is told about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// (T) vocabulary ids.
    pub ids: Vec<u32>,
    /// (T) 0 in the first segment, 1 in the second.
    pub type_ids: Vec<u32>,
    /// (T) the tokens with their spans.
    pub tokens: Vec<Token>,
    /// What did not fit, by segment.
    pub cuts: Vec<Cut>,
}

impl Tokenizer {
    /// Reads a tokenizer.json.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(bytes).map_err(tokenizer_error)?;
        inner.with_truncation(None).map_err(tokenizer_error)?;
        inner.with_padding(None);
        Ok(Self { inner })
    }

    /// Splits a text, or a pair, into at most `max_tokens` tokens, special ones included.
    ///
    /// What does not fit is cut from the end, of a pair from the longer text first (the second when they are
    /// equal), and counted in `cuts`.
    pub fn encode(&self, text: &str, text_b: Option<&str>, max_tokens: usize) -> Result<Encoded> {
        let texts: Vec<&str> = [Some(text), text_b].into_iter().flatten().collect();
        let mut parts = Vec::with_capacity(texts.len());
        for text in &texts {
            parts.push(self.inner.encode(*text, false).map_err(tokenizer_error)?);
        }

        let special = special_tokens(&self.inner, texts.len() == 2);
        let lengths: Vec<usize> = parts.iter().map(Encoding::len).collect();
        let kept = longest_first(&lengths, max_tokens.saturating_sub(special));
        let utf16: Vec<Utf16Offsets> = texts.iter().map(|text| Utf16Offsets::new(text)).collect();
        let mut cuts = Vec::new();
        for (segment, part) in parts.iter_mut().enumerate() {
            if kept[segment] < lengths[segment] {
                let end = kept[segment].checked_sub(1).map_or(0, |last| part.get_offsets()[last].1);
                let tokens = lengths[segment] - kept[segment];
                cuts.push(Cut { segment, start: utf16[segment].of_byte(end), tokens });
                part.truncate(kept[segment], 0, TruncationDirection::Right);
            }
        }

        let mut parts = parts.into_iter();
        let first = parts.next().ok_or_else(|| Error::Tokenizer("no text".into()))?;
        let encoding = self.inner.post_process(first, parts.next(), true).map_err(tokenizer_error)?;
        Ok(Encoded {
            ids: encoding.get_ids().to_vec(),
            type_ids: encoding.get_type_ids().to_vec(),
            tokens: tokens(&encoding, kept[0], &utf16),
            cuts,
        })
    }
}

fn tokenizer_error(error: tokenizers::Error) -> Error {
    Error::Tokenizer(error.to_string())
}

fn special_tokens(tokenizer: &tokenizers::Tokenizer, pair: bool) -> usize {
    use tokenizers::PostProcessor;
    tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(pair))
}

/// How many tokens of each segment stay when only `room` fit: the longest gives up one at a time.
fn longest_first(lengths: &[usize], room: usize) -> Vec<usize> {
    match *lengths {
        [only] => vec![only.min(room)],
        [first, second] => {
            let (half, odd) = (room / 2, room % 2);
            // Both give to the shorter what it doesn't need; an odd place falls to the first.
            let kept_first = first.min((room.saturating_sub(second)).max(half + odd));
            let kept_second = second.min(room - kept_first);
            vec![kept_first, kept_second]
        }
        _ => lengths.to_vec(),
    }
}

/// The tokens of a processed encoding whose first `first` typed tokens are the first segment's.
///
/// A special token stands for no text: the one at the front opens the first text at 0, any other closes its segment
/// at the text's end.
fn tokens(encoding: &Encoding, first: usize, utf16: &[Utf16Offsets]) -> Vec<Token> {
    let (mut typed, mut first_is_closed) = (0, false);
    let mut token = |index: usize| {
        let special = encoding.get_special_tokens_mask()[index] == 1;
        let (segment, start, end) = if !special {
            let segment = usize::from(typed >= first);
            typed += 1;
            let (start, end) = encoding.get_offsets()[index];
            (segment, utf16[segment].of_byte(start), utf16[segment].of_byte(end))
        } else if index == 0 {
            (0, 0, 0)
        } else {
            let segment = usize::from(first_is_closed && utf16.len() == 2);
            first_is_closed |= typed >= first;
            (segment, utf16[segment].len(), utf16[segment].len())
        };
        Token { text: encoding.get_tokens()[index].clone(), start, end, special, segment }
    };
    (0..encoding.len()).map(&mut token).collect()
}

/// Byte offsets of a text in UTF-16 code units, which is how JavaScript counts.
struct Utf16Offsets {
    /// For each byte, the units before it; one more for the end. Empty for ASCII, where the two agree.
    units: Vec<u32>,
    length: usize,
}

impl Utf16Offsets {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self { units: Vec::new(), length: text.len() };
        }
        let mut units = Vec::with_capacity(text.len() + 1);
        let mut total = 0;
        for character in text.chars() {
            units.extend(std::iter::repeat_n(total, character.len_utf8()));
            total += character.len_utf16() as u32;
        }
        units.push(total);
        Self { units, length: total as usize }
    }

    fn of_byte(&self, byte: usize) -> usize {
        if self.units.is_empty() { byte } else { self.units[byte] as usize }
    }

    fn len(&self) -> usize {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_first_drops_from_the_longer_segment_and_from_the_second_on_ties() {
        let by_the_rule = |mut a: usize, mut b: usize, room: usize| {
            while a + b > room {
                if a > b { a -= 1 } else { b -= 1 }
            }
            vec![a, b]
        };
        for room in 0..12 {
            for a in 0..12 {
                for b in 0..12 {
                    assert_eq!(longest_first(&[a, b], room), by_the_rule(a, b, room), "{a} {b} in {room}");
                }
            }
        }
    }
}
