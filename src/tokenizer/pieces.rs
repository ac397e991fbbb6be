//! Source and translation of a model that writes: pieces with `▁` where a word begins, and the other way, pieces to text.

use super::{Encoded, Tokenizer, Utf16Offsets, tokenizer_error};
use crate::error::Result;
use crate::trace::{Cut, Token};

/// Stands for the space in front of a word.
const SPACE: char = '▁';

/// A text in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    pub ids: Vec<u32>,
    /// With their places in the text, without the spaces in front of them.
    pub tokens: Vec<Token>,
    pub text: String,
}

impl Tokenizer {
    /// Reads a tokenizer.json that knows special tokens by their ids alone: typed, they are text.
    pub fn of_pieces(bytes: &[u8]) -> Result<Self> {
        let mut tokenizer = Self::from_json(bytes)?;
        tokenizer.inner.set_encode_special_tokens(true);
        Ok(tokenizer)
    }

    /// `tag`, the pieces of `text`, `end`: at most `max_tokens`, of which what does not fit is cut from the end and counted.
    pub fn source(&self, text: &str, [tag, end]: [u32; 2], max_tokens: usize) -> Result<Encoded> {
        let Pieces { mut ids, mut tokens, .. } = self.pieces(text, 0)?;
        let kept = ids.len().min(max_tokens.saturating_sub(2));
        let mut cuts = Vec::new();
        if kept < ids.len() {
            let start = kept.checked_sub(1).map_or(0, |last| tokens[last].end);
            cuts.push(Cut { segment: 0, start, tokens: ids.len() - kept });
        }
        ids.truncate(kept);
        tokens.truncate(kept);
        ids.insert(0, tag);
        ids.push(end);
        tokens.insert(0, self.special(tag, 0, 0));
        tokens.push(self.special(end, Utf16Offsets::new(text).len(), 0));
        let type_ids = vec![0; ids.len()];
        Ok(Encoded { ids, type_ids, tokens, cuts })
    }

    /// The pieces of a text that is number `segment` of a trace.
    pub fn pieces(&self, text: &str, segment: usize) -> Result<Pieces> {
        let encoding = self.inner.encode(text, false).map_err(tokenizer_error)?;
        let utf16 = Utf16Offsets::new(text);
        let token = |(piece, &(start, end)): (&String, &(usize, usize))| {
            // A piece of nothing but spaces keeps them.
            let spaces = text.get(start..end).map_or(0, |part| part.len() - part.trim_start().len());
            let start = if start + spaces < end { start + spaces } else { start };
            // The space that a text is given in front stands for nothing in it.
            let end = if spaces == 0 && piece.trim_start_matches(SPACE).is_empty() { start } else { end };
            let (start, end) = (utf16.of_byte(start), utf16.of_byte(end));
            Token { text: piece.clone(), start, end, special: false, segment }
        };
        let tokens = encoding.get_tokens().iter().zip(encoding.get_offsets()).map(token).collect();
        Ok(Pieces { ids: encoding.get_ids().to_vec(), tokens, text: text.to_owned() })
    }

    /// The text that pieces are written as, and where in it each of them is; it is number `segment` of a trace.
    pub fn written(&self, ids: &[u32], segment: usize) -> Pieces {
        let mut text = String::new();
        let mut length = 0;
        let mut tokens = Vec::with_capacity(ids.len());
        for &id in ids {
            let piece = self.spelling(id);
            let mut part = piece.replace(SPACE, " ");
            if text.is_empty() && part.starts_with(' ') {
                part.remove(0);
            }
            let spaces = if part.trim_start().is_empty() { 0 } else { part.len() - part.trim_start().len() };
            let end = length + part.encode_utf16().count();
            tokens.push(Token { text: piece, start: length + spaces, end, special: false, segment });
            text.push_str(&part);
            length = end;
        }
        Pieces { ids: ids.to_vec(), tokens, text }
    }

    /// The vocabulary's own spelling of a piece.
    pub fn spelling(&self, id: u32) -> String {
        self.inner.id_to_token(id).unwrap_or_default()
    }

    /// A token that stands for no text, at a place in it.
    pub fn special(&self, id: u32, at: usize, segment: usize) -> Token {
        Token { text: self.spelling(id), start: at, end: at, special: true, segment }
    }
}
