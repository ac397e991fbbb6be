//! Which tokens two texts have in common.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::trace::Token;

/// Tokens of one text and those of another that stand for the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alignment {
    /// Places in the first text and in the second. No place occurs twice.
    pub pairs: Vec<(usize, usize)>,
    /// The first text's other tokens.
    pub only_before: Vec<usize>,
    /// The second text's other tokens.
    pub only_after: Vec<usize>,
}

impl Alignment {
    /// By a diff of the tokens (Myers 1986): pieces of the same spelling, in the same one of a pair's texts and in the
    /// same order.
    pub fn of(before: &[Token], after: &[Token]) -> Self {
        let key = |token: &Token| (token.text.clone(), token.segment, token.special);
        let [old, new] = [before, after].map(|tokens| tokens.iter().map(key).collect::<Vec<_>>());
        let equal = |op| match op {
            DiffOp::Equal { old_index, new_index, len } => Some((old_index..).zip(new_index..).take(len)),
            _ => None,
        };
        let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
        Self::new(ops.into_iter().filter_map(equal).flatten().collect(), 0..before.len(), 0..after.len())
    }

    /// By `pairs` of places, of texts with these tokens.
    pub fn new(pairs: Vec<(usize, usize)>, before: Range<usize>, after: Range<usize>) -> Self {
        let only_before = before.filter(|at| pairs.iter().all(|pair| pair.0 != *at)).collect();
        let only_after = after.filter(|at| pairs.iter().all(|pair| pair.1 != *at)).collect();
        Self { pairs, only_before, only_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let token = |word: &str| Token {
            text: word.to_owned(),
            start: 0,
            end: 0,
            special: word.starts_with('['),
            segment: 0,
        };
        text.split(' ').map(token).collect()
    }

    #[test]
    fn what_two_texts_have_in_common_is_aligned_in_order() {
        let of = |before, after| Alignment::of(&tokens(before), &tokens(after));
        let pairs = vec![(0, 0), (1, 1), (3, 2), (4, 4)];
        let changed = of("[CLS] the black cat [SEP]", "[CLS] the cat sat [SEP]");
        assert_eq!(changed, Alignment { pairs, only_before: vec![2], only_after: vec![3] });
        let same = of("[CLS] a b [SEP]", "[CLS] a b [SEP]");
        assert_eq!(same.pairs, [(0, 0), (1, 1), (2, 2), (3, 3)]);
        assert_eq!((same.only_before, same.only_after), (vec![], vec![]));
        assert_eq!(of("a", "b"), Alignment { pairs: vec![], only_before: vec![0], only_after: vec![0] });
    }

    #[test]
    fn the_same_word_in_the_other_text_of_a_pair_is_another() {
        let mut second = tokens("a b");
        second[1].segment = 1;
        assert_eq!(Alignment::of(&tokens("a b"), &second).pairs, [(0, 0)]);
    }
}
