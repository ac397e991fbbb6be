//! What stands on the axes: each token as it was typed, whole characters only.

use super::graphemes::{Graphemes, graphemes};
use super::picture::{Font, Measure};
use super::words::tr;
use crate::trace::Token;

/// How a token relates to the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// Begins a word, or is one.
    Word,
    /// Goes on with the word of the token before it.
    Continuation,
    /// Added by the tokenizer.
    Special,
}

/// A token's name on an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What was typed, or the token's own spelling where nothing was; at most [`LONGEST`] characters of it.
    pub text: String,
    /// All of it, where that is more.
    pub whole: Option<String>,
    /// The token's own spelling in the vocabulary.
    pub piece: String,
    pub kind: LabelKind,
    pub segment: usize,
    /// UTF-16 offsets into the segment's text, as the tokenizer gave them; equal where it stands for no text.
    pub start: usize,
    pub end: usize,
}

impl Label {
    /// The vocabulary's spelling, where that is not what the reader sees.
    pub fn differing_piece(&self) -> Option<&str> {
        let spelled = self.piece.strip_prefix(CONTINUATION).unwrap_or(&self.piece);
        if spelled == self.full() { None } else { Some(&self.piece) }
    }

    /// Of the one row of a lens that has one for all queries.
    pub fn of_all_rows() -> Self {
        let text = tr("all words");
        Self {
            piece: text.clone(),
            text,
            whole: None,
            kind: LabelKind::Special,
            segment: 0,
            start: 0,
            end: 0,
        }
    }

    /// All that was typed, however long.
    pub fn full(&self) -> &str {
        self.whole.as_deref().unwrap_or(&self.text)
    }
}

/// Characters of the reader's in a label. A word of 140 letters would push the map about.
pub const LONGEST: usize = 40;

/// WordPiece's mark of a piece that goes on with a word.
const CONTINUATION: &str = "##";

/// Names `tokens` after the spans of `texts` that they stand for.
///
/// A span that ends inside a character of the reader's (a joined emoji, a letter with its accent) is widened
/// to the whole of it. Where several tokens stand for the same text, those after the first keep the
/// vocabulary's spelling.
pub fn labels(tokens: &[Token], texts: &[String]) -> Vec<Label> {
    let mut covered = vec![0; texts.len()];
    let characters: Vec<Graphemes> = texts.iter().map(|text| Graphemes::new(text)).collect();
    tokens
        .iter()
        .map(|token| {
            let spelled = token.text.strip_prefix(CONTINUATION).unwrap_or(&token.text);
            let typed = texts
                .get(token.segment)
                .filter(|_| {
                    !token.special && token.start < token.end && token.start >= covered[token.segment]
                })
                .and_then(|text| typed(text, &characters[token.segment], token.start, token.end));
            if typed.is_some() {
                covered[token.segment] = token.end;
            }
            let kind = match token {
                _ if token.special => LabelKind::Special,
                _ if token.text.len() > CONTINUATION.len() && token.text.starts_with(CONTINUATION) => {
                    LabelKind::Continuation
                }
                _ => LabelKind::Word,
            };
            let named = typed.unwrap_or(spelled);
            let shortened = shortened(named);
            Label {
                whole: shortened.is_some().then(|| named.to_owned()),
                text: shortened.unwrap_or_else(|| named.to_owned()),
                piece: token.text.clone(),
                kind,
                segment: token.segment,
                start: token.start,
                end: token.end,
            }
        })
        .collect()
}

/// The byte offset in `text` of a UTF-16 offset; one inside a surrogate pair goes to the pair's start.
pub fn byte_offset(text: &str, utf16: usize) -> usize {
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        units += character.len_utf16();
        if units > utf16 {
            return byte;
        }
    }
    text.len()
}

/// `text`, or its beginning with an ellipsis, no wider than `width`.
pub fn ellipsised(text: &str, width: f64, font: Font, measure: &dyn Measure) -> String {
    if measure.width(text, font) <= width {
        return text.to_owned();
    }
    let characters = graphemes(text);
    let shortened = |count: usize| characters[..count].concat() + "…";
    let (mut fits, mut too_many) = (0, characters.len());
    while fits + 1 < too_many {
        let middle = usize::midpoint(fits, too_many);
        if measure.width(&shortened(middle), font) <= width { fits = middle } else { too_many = middle }
    }
    // A label of nothing but an ellipsis would name no token.
    shortened(fits.max(1))
}

/// The beginning and the end of a text of more than [`LONGEST`] characters.
fn shortened(text: &str) -> Option<String> {
    // Most labels are shown short by their bytes alone.
    if text.len() <= LONGEST {
        return None;
    }
    let characters = graphemes(text);
    let tail = LONGEST / 4;
    let head = LONGEST - tail - 1;
    (characters.len() > LONGEST)
        .then(|| characters[..head].concat() + "…" + &characters[characters.len() - tail..].concat())
}

/// The part of `text` between two UTF-16 offsets, widened to whole characters of the reader's; nothing where
/// that is only white space.
fn typed<'a>(text: &'a str, characters: &Graphemes, start: usize, end: usize) -> Option<&'a str> {
    let (start, end) = (characters.around(start).start, characters.around(end - 1).end);
    text.get(byte_offset(text, start)..byte_offset(text, end)).filter(|part| !part.trim().is_empty())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Every grapheme is half as wide as the font is high.
    pub struct HalfWidth;

    impl Measure for HalfWidth {
        fn width(&self, text: &str, font: Font) -> f64 {
            graphemes(text).len() as f64 * font.size / 2.0
        }
    }

    /// The label of a word that stands alone in a text.
    pub fn label(text: &str) -> Label {
        let token = Token {
            text: text.into(),
            start: 0,
            end: text.encode_utf16().count(),
            special: text.starts_with('['),
            segment: 0,
        };
        labels(&[token], &[text.to_owned()]).remove(0)
    }

    fn token(text: &str, start: usize, end: usize) -> Token {
        Token { text: text.into(), start, end, special: text.starts_with("[CLS"), segment: 0 }
    }

    fn texts_of(tokens: &[Token], text: &str) -> Vec<String> {
        labels(tokens, &[text.to_owned()]).into_iter().map(|label| label.text).collect()
    }

    #[test]
    fn labels_show_what_was_typed() {
        let tokens = [token("[CLS]", 0, 0), token("cafe", 0, 4), token("[UNK]", 5, 7)];
        assert_eq!(texts_of(&tokens, "Café 🎉"), ["[CLS]", "Café", "🎉"]);
    }

    #[test]
    fn a_word_without_end_is_shortened_and_known_in_full() {
        let word = "a".repeat(100) + &"z".repeat(40);
        let found = labels(&[token("[UNK]", 0, 140)], std::slice::from_ref(&word)).remove(0);
        assert_eq!(found.text, format!("{}…{}", "a".repeat(29), "z".repeat(10)));
        assert_eq!(found.full(), word);
        assert_eq!(found.differing_piece(), Some("[UNK]"));
        let found = labels(&[token("ab", 0, 40)], &["é".repeat(LONGEST)]).remove(0);
        assert_eq!((found.text.as_str(), found.whole), ("é".repeat(LONGEST).as_str(), None));
    }

    #[test]
    fn a_joined_emoji_and_a_combining_accent_stay_whole() {
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(texts_of(&[token("[UNK]", 0, 2)], family), [family]);
        assert_eq!(texts_of(&[token("e", 0, 1)], "e\u{301}"), ["e\u{301}"]);
        // An offset in the middle of a surrogate pair.
        assert_eq!(texts_of(&[token("[UNK]", 0, 1)], "🎉"), ["🎉"]);
    }

    #[test]
    fn pieces_of_one_character_keep_their_spelling_after_the_first() {
        let tokens = [token("ᄒ", 0, 1), token("##ᅡ", 0, 1), token("##ᆫ", 0, 1)];
        assert_eq!(texts_of(&tokens, "한"), ["한", "ᅡ", "ᆫ"]);
    }

    #[test]
    fn spans_outside_the_text_fall_back_to_the_piece() {
        assert_eq!(texts_of(&[token("word", 10, 14)], "ab"), ["word"]);
        assert_eq!(texts_of(&[token("word", 1, 2)], "a b"), ["word"]);
    }

    #[test]
    fn continuations_and_hashes_are_told_apart() {
        let found = labels(&[token("##ing", 0, 3), token("##", 3, 5)], &["ing##".to_owned()]);
        assert_eq!(found[0].kind, LabelKind::Continuation);
        assert_eq!(found[0].differing_piece(), None);
        assert_eq!(found[1].kind, LabelKind::Word);
    }

    #[test]
    fn an_ellipsis_never_splits_a_character() {
        let font = Font::plain(10.0);
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(ellipsised("animal", 30.0, font, &HalfWidth), "animal");
        assert_eq!(ellipsised("animals", 30.0, font, &HalfWidth), "anima…");
        assert_eq!(ellipsised(&family.repeat(4), 15.0, font, &HalfWidth), format!("{}…", family.repeat(2)));
        assert_eq!(ellipsised(&family.repeat(4), 1.0, font, &HalfWidth), format!("{family}…"));
    }
}
