//! Word alignment from cross-attention. `training/align.py` is the same in Python, and chooses layer and heads.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Links;
use crate::error::{Error, Result};
use crate::trace::Token;

/// Which cells the links are taken from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub lens: String,
    pub layer: usize,
    pub heads: Vec<usize>,
    /// Whether a word's row is that which `reads` or which `writes` it.
    pub row: String,
    /// Whether a word most of whose weight is on the tag or the end stays without a link.
    pub specials: bool,
}

/// What was chosen for attention weights and for norm-weighted attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    pub weight: Choice,
    pub norm: Choice,
}

impl Choices {
    /// Reads alignment.json of a model with so many layers and heads.
    pub fn from_json(bytes: &[u8], [layers, heads]: [usize; 2]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Part {
            choice: Choice,
        }
        #[derive(Deserialize)]
        struct File {
            weight: Part,
            norm: Part,
            #[serde(rename = "pairs")]
            _pairs: Option<IgnoredAny>,
        }
        let wrong = |what: String| Error::File { file: "alignment.json".to_owned(), what };
        let File { weight, norm, .. } =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let choices = Self { weight: weight.choice, norm: norm.choice };
        for (lens, choice) in [("weight", &choices.weight), ("norm", &choices.norm)] {
            let fits = choice.lens == lens
                && choice.layer < layers
                && !choice.heads.is_empty()
                && choice.heads.iter().all(|&head| head < heads)
                && ["reads", "writes"].contains(&&*choice.row);
            if !fits {
                return Err(wrong(format!(
                    "{choice:?} is no choice of {lens} among {layers} layers of {heads} heads"
                )));
            }
        }
        Ok(choices)
    }
}

/// Cross-attention of one sentence pair.
#[derive(Clone, Copy)]
pub struct Cross<'a> {
    /// (L, H, T, S), the source's tag first and its end last.
    pub weights: &'a [f32],
    /// (L, H, S), see [`super::Translation::cross_lengths`].
    pub lengths: &'a [f32],
    pub heads: usize,
    /// T.
    pub rows: usize,
    /// The words of the source's pieces, S - 2 of them, and of the translation's; words count from 0, in order.
    pub source_words: &'a [usize],
    pub target_words: &'a [usize],
}

impl Cross<'_> {
    /// Each target word's link to the source word of most weight: of its pieces the mean, of the source's the sum. Of equal
    /// ones the first.
    pub fn align(&self, choice: &Choice) -> Vec<[usize; 2]> {
        let count = |words: &[usize]| words.iter().max().map_or(0, |&last| last + 1);
        let (sources, targets) = (count(self.source_words), count(self.target_words));
        let keys = self.source_words.len() + 2;
        // The tag, the words, the end.
        let mut by_word = vec![vec![0.0; sources + 2]; targets];
        let first = usize::from(choice.row == "reads");
        for (row, &word) in (first..self.rows).zip(self.target_words) {
            for &head in &choice.heads {
                let map = choice.layer * self.heads + head;
                let weights = &self.weights[(map * self.rows + row) * keys..][..keys];
                let lengths = &self.lengths[map * keys..][..keys];
                for (key, (&weight, &length)) in weights.iter().zip(lengths).enumerate() {
                    let cell =
                        f64::from(weight) * if choice.lens == "norm" { f64::from(length) } else { 1.0 };
                    let place = match key.checked_sub(1) {
                        None => 0,
                        Some(piece) => self.source_words.get(piece).map_or(sources + 1, |&word| word + 1),
                    };
                    by_word[word][place] += cell;
                }
            }
        }
        let mut links = Vec::new();
        for (target, cells) in by_word.iter_mut().enumerate() {
            if !choice.specials {
                (cells[0], cells[sources + 1]) = (0.0, 0.0);
            }
            let mut best = 0;
            for (place, &cell) in cells.iter().enumerate() {
                if cell > cells[best] {
                    best = place;
                }
            }
            if (1..=sources).contains(&best) {
                links.push([best - 1, target]);
            }
        }
        links
    }

    /// As [`Cross::align`], with where it came from.
    pub fn links(&self, choice: &Choice) -> Links {
        let mut links = self.align(choice);
        links.sort_unstable();
        Links { layer: choice.layer, heads: choice.heads.clone(), pharaoh: pharaoh(&links), links }
    }
}

/// `0-0 1-2`: word of the source, word of the translation, from 0.
pub fn pharaoh(links: &[[usize; 2]]) -> String {
    links.iter().map(|[source, target]| format!("{source}-{target}")).collect::<Vec<_>>().join(" ")
}

/// The word of each of `tokens`, pieces of `text` in order, and the words' UTF-16 offsets. A piece begins a word behind a space,
/// at a sign or behind one, and where it is of a script without spaces.
pub fn words_of(text: &str, tokens: &[Token]) -> (Vec<usize>, Vec<[usize; 2]>) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let read = |token: &Token| {
        let part = units.get(token.start..token.end).unwrap_or_default();
        char::decode_utf16(part.iter().copied())
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    let (mut of_tokens, mut words) = (Vec::with_capacity(tokens.len()), Vec::<[usize; 2]>::new());
    let mut joins = false;
    for token in tokens {
        let part = read(token);
        if part.trim().is_empty() {
            // The word that follows, if one does.
            of_tokens.push(words.len());
            joins = false;
            continue;
        }
        let letters = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
        let begins_in_a_word = letters(part.chars().next());
        match words.last_mut().filter(|word| joins && begins_in_a_word && word[1] == token.start) {
            Some(word) => word[1] = token.end,
            None => words.push([token.start, token.end]),
        }
        joins = letters(part.chars().next_back());
        of_tokens.push(words.len() - 1);
    }
    let last = words.len().saturating_sub(1);
    of_tokens.iter_mut().for_each(|word| *word = last.min(*word));
    (of_tokens, words)
}

/// Chinese, Japanese, Korean.
fn is_unspaced(character: char) -> bool {
    ('\u{2e80}'..'\u{a4d0}').contains(&character)
        || ('\u{ac00}'..'\u{fb00}').contains(&character)
        || character >= '\u{20000}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(spans: &[(usize, usize)]) -> Vec<Token> {
        let token = |&(start, end): &(usize, usize)| Token {
            text: String::new(),
            start,
            end,
            special: false,
            segment: 0,
        };
        spans.iter().map(token).collect()
    }

    #[test]
    fn words_begin_behind_spaces_at_signs_and_in_chinese_at_every_piece() {
        let text = "Prends l'eau.";
        let (of_tokens, words) = words_of(text, &tokens(&[(0, 4), (4, 6), (7, 9), (9, 12), (12, 13)]));
        assert_eq!(of_tokens, [0, 0, 1, 2, 3]);
        assert_eq!(words, [[0, 6], [7, 9], [9, 12], [12, 13]]);
        let (of_tokens, words) = words_of("我喜欢A级。", &tokens(&[(0, 1), (1, 3), (3, 4), (4, 5), (5, 6)]));
        assert_eq!((of_tokens.len(), words.len()), (5, 5));
        // A space alone is of the word behind it, or else of the last one.
        let (of_tokens, words) = words_of("a  b ", &tokens(&[(0, 1), (1, 2), (3, 4), (4, 5)]));
        assert_eq!((of_tokens, words), (vec![0, 1, 1, 1], vec![[0, 1], [3, 4]]));
        assert_eq!(words_of("", &[]), (vec![], vec![]));
    }

    #[test]
    fn a_word_is_linked_to_that_of_most_weight_and_pieces_count_together() {
        // One layer, one head; tag, two pieces of one word, another word, end; two target words.
        let weights = [0.0, 0.3, 0.3, 0.4, 0.0, 0.6, 0.0, 0.1, 0.3, 0.0];
        let cross = Cross {
            weights: &weights,
            lengths: &[1.0, 1.0, 1.0, 9.0, 1.0],
            heads: 1,
            rows: 2,
            source_words: &[0, 0, 1],
            target_words: &[0, 1],
        };
        let choice = |lens: &str, specials| Choice {
            lens: lens.into(),
            layer: 0,
            heads: vec![0],
            row: "writes".into(),
            specials,
        };
        assert_eq!(cross.links(&choice("weight", false)).pharaoh, "0-0 1-1");
        assert_eq!(cross.align(&choice("weight", true)), [[0, 0]]);
        assert_eq!(cross.links(&choice("norm", false)).pharaoh, "1-0 1-1");
        let reads = Choice { row: "reads".into(), ..choice("weight", false) };
        assert_eq!(cross.align(&reads), [[1, 0]]);
    }
}
