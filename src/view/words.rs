//! Words in the reader's language, gettext's way: the English text is the key, and what has no translation stays English.
//!
//! Texts that take something in are whole sentences with places, `{0} attends to {1}`, so that another language can put
//! them in another order. Whoever shows the pictures says by [`set_translate`] where translations come from; the page's
//! are in `www/words/`.

use std::cell::Cell;

/// What an English text is in the reader's language; None where that is English, or nobody has translated the text.
pub type Translate = fn(&str) -> Option<String>;

thread_local! {
    static TRANSLATE: Cell<Translate> = const { Cell::new(|_| None) };
}

/// Has texts translated by `translate` from now on.
pub fn set_translate(translate: Translate) {
    TRANSLATE.set(translate);
}

/// The translation of a text, where there is one.
pub fn translated(english: &str) -> Option<String> {
    (TRANSLATE.get())(english)
}

/// A text in the reader's language.
pub fn tr(english: &str) -> String {
    translated(english).unwrap_or_else(|| english.to_owned())
}

/// A text in the reader's language, with `parts` in its places `{0}` to `{9}`.
pub fn tr_with(english: &str, parts: &[&str]) -> String {
    filled(&tr(english), parts)
}

/// Sentences one after the other.
pub fn sentences(sentences: &[String]) -> String {
    sentences.join(&tr(" "))
}

/// Words or figures in a list.
pub fn listed(words: &[String]) -> String {
    words.join(&tr(", "))
}

/// `text` with `parts` in its places.
pub fn filled(text: &str, parts: &[&str]) -> String {
    let mut filled = String::new();
    for (place, after) in pieces(text) {
        filled.push_str(place.and_then(|place| parts.get(place)).copied().unwrap_or_default());
        filled.push_str(after);
    }
    filled
}

/// A text in pieces: the number of a place, and what follows it. Before the first there is none.
pub fn pieces(text: &str) -> impl Iterator<Item = (Option<usize>, &str)> {
    text.split('{').enumerate().map(|(nth, piece)| match piece.split_once('}') {
        Some((place, after)) if nth > 0 => {
            (place.bytes().next().map(|digit| usize::from(digit.wrapping_sub(b'0'))), after)
        }
        _ => (None, piece),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_where_the_sentence_has_them() {
        assert_eq!(filled("{0} attends to {1}", &["a", "b"]), "a attends to b");
        assert_eq!(filled("{1} 被 {0} 关注", &["a", "{0}"]), "{0} 被 a 关注");
        assert_eq!(filled("plain", &["a"]), "plain");
        assert_eq!(filled("{7} left { open", &["a"]), " left  open");
    }

    #[test]
    fn what_nobody_has_translated_stays_english() {
        set_translate(|english| (english == "{0} of {1}").then(|| "{1} 的 {0}".into()));
        assert_eq!(tr_with("{0} of {1}", &["2", "3"]), "3 的 2");
        assert_eq!(tr("head"), "head");
        set_translate(|_| None);
        assert_eq!(tr_with("{0} of {1}", &["2", "3"]), "2 of 3");
    }
}
