//! Word pieces to words.

use std::ops::Range;

use super::Unit;
use super::punctuation::is_punctuation;
use crate::trace::Token;
use crate::view::graphemes::Graphemes;
use crate::view::label::{Label, LabelKind, labels};

/// One unit a token.
pub fn pieces(labels: &[Label]) -> Vec<Unit> {
    labels.iter().enumerate().map(|(index, label)| unit(label.clone(), index..index + 1)).collect()
}

/// One unit a word, which is what the tokenizer split at white space and punctuation: "don't" is three.
///
/// A token goes on with the word before it where the vocabulary says so (`##`), and where it stands for the same
/// characters of the text, or for more of one that the reader sees as one, since half of a character has no name.
pub fn words(labels_of_tokens: &[Label], tokens: &[Token], texts: &[String]) -> Vec<Unit> {
    let characters: Vec<Graphemes> = texts.iter().map(|text| Graphemes::new(text)).collect();
    let mut merged: Vec<Token> = Vec::new();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (index, (token, label)) in tokens.iter().zip(labels_of_tokens).enumerate() {
        match merged.last_mut().zip(ranges.last_mut()) {
            Some((word, range)) if goes_on(word, token, label, &characters) => {
                word.text = format!("{} {}", word.text, token.text);
                word.end = word.end.max(token.end);
                range.end = index + 1;
            }
            _ => {
                merged.push(token.clone());
                ranges.push(index..index + 1);
            }
        }
    }
    // A word is named as a token would be that stood for all of its text.
    labels(&merged, texts).into_iter().zip(ranges).map(|(label, tokens)| unit(label, tokens)).collect()
}

fn unit(label: Label, tokens: Range<usize>) -> Unit {
    let punctuation = label.kind != LabelKind::Special && is_punctuation(label.full());
    Unit { label, tokens, punctuation }
}

fn goes_on(word: &Token, token: &Token, label: &Label, characters: &[Graphemes]) -> bool {
    if word.special || token.special || word.segment != token.segment {
        return false;
    }
    let is_inside = |characters: &Graphemes| characters.around(token.start).start < token.start;
    label.kind == LabelKind::Continuation
        || token.start < word.end
        || token.start == word.end && characters.get(token.segment).is_some_and(is_inside)
}
