//! The text around the place where one was cut that did not fit the model.

use crate::trace::Cut;
use crate::view::graphemes::graphemes;
use crate::view::label::byte_offset;

/// Characters of the reader's that are shown of the text before the cut, and after it.
const BEFORE: usize = 60;
const AFTER: usize = 160;

/// The text around a cut.
pub struct Excerpt {
    /// The end of what was read.
    pub kept: String,
    /// The beginning of what was not.
    pub left: String,
    /// How many characters follow.
    pub more: usize,
}

impl Excerpt {
    pub fn of(cut: &Cut, texts: &[String]) -> Self {
        let text = texts.get(cut.segment).map_or("", String::as_str);
        let (read, rest) = text.split_at(byte_offset(text, cut.start));
        let (kept, left, more) = around(read, rest);
        Self { kept, left, more }
    }
}

/// The end of what was read, the beginning of the rest, and how many characters follow.
fn around(read: &str, rest: &str) -> (String, String, usize) {
    let read = read.trim_end();
    let before = graphemes(read);
    let kept = match before.len().checked_sub(BEFORE) {
        None | Some(0) => read.to_owned(),
        Some(from) => format!("… {}", before[from..].concat().trim_start()),
    };
    let after = graphemes(rest.trim());
    let shown = after.len().min(AFTER);
    (kept, after[..shown].concat(), after.len() - shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_a_cut_are_whole_characters() {
        assert_eq!(around("one two ", " three"), ("one two".into(), "three".into(), 0));
        let accented = "e\u{301}".repeat(300);
        let (kept, left, more) = around(&accented, &accented);
        assert_eq!(kept, format!("… {}", "e\u{301}".repeat(BEFORE)));
        assert_eq!((left, more), ("e\u{301}".repeat(AFTER), 300 - AFTER));
    }
}
