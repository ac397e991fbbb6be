//! The words of a text, as they can be changed, left out and swapped.

use crate::filter::{Filters, Plan, Unit};
use crate::page::ran::Ran;
use crate::view::label::{LabelKind, byte_offset};

use super::reply::Texts;

/// The words that were typed, punctuation marks among them, without the tokens that the tokenizer added.
pub fn words(ran: &Ran) -> Vec<Unit> {
    let filters = Filters { words: true, ..Filters::default() };
    let plan = Plan::new(&ran.map().labels, &ran.map().tokens, &ran.map().axes, &ran.texts, &filters);
    plan.units.into_iter().filter(|unit| unit.label.kind != LabelKind::Special).collect()
}

/// The text, or the two, with another word in a word's place.
pub fn replaced(texts: &[String], word: &Unit, by: &str) -> Texts {
    let label = &word.label;
    let mut texts = texts.to_vec();
    if let Some(text) = texts.get_mut(label.segment) {
        let (from, to) = (byte_offset(text, label.start), byte_offset(text, label.end));
        text.replace_range(from..to, by);
    }
    let mut texts = texts.into_iter();
    (texts.next().unwrap_or_default(), texts.next())
}

/// How many words to ask about at a time in a text of so many tokens: about a second's worth.
pub fn portion(tokens: usize) -> usize {
    (512 / tokens.max(1)).clamp(2, 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Token;
    use crate::view::label::labels;

    fn unit(text: &str, segment: usize, start: usize, end: usize) -> Unit {
        let token = Token { text: "x".into(), start, end, special: false, segment };
        let texts = vec![text.to_owned(); segment + 1];
        Unit { label: labels(&[token], &texts).remove(0), tokens: 1..2, punctuation: false }
    }

    #[test]
    fn a_word_is_replaced_where_it_stands_and_nothing_else_is() {
        let pair = ["🎉 the cat sat".to_owned(), "a cat".to_owned()];
        // 🎉 counts twice in UTF-16.
        let first = replaced(&pair, &unit(&pair[0], 0, 7, 10), "dog");
        assert_eq!(first, ("🎉 the dog sat".to_owned(), Some("a cat".to_owned())));
        let second = replaced(&pair, &unit(&pair[1], 1, 2, 5), "");
        assert_eq!(second, ("🎉 the cat sat".to_owned(), Some("a ".to_owned())));
    }

    #[test]
    fn long_texts_are_asked_about_in_smaller_portions() {
        assert_eq!([1, 16, 128, 512].map(portion), [16, 16, 4, 2]);
    }
}
