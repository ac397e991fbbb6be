//! One head's map before and after, over the tokens of both texts.

use crate::alignment::Alignment;
use crate::view::label::Label;
use crate::view::order::largest_first;

/// A row and a column of the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of a token that both texts have, at these places.
    Both(usize, usize),
    /// Of one that only the first has.
    Before(usize),
    /// Of one that only the second has.
    After(usize),
}

/// The tokens of both texts in one order, which is each text's own.
pub fn merged(alignment: &Alignment) -> Vec<Place> {
    let mut only_before = alignment.only_before.iter().copied().peekable();
    let mut only_after = alignment.only_after.iter().copied().peekable();
    let mut places = Vec::new();
    // Past the last pair, all that is left.
    for &(before, after) in alignment.pairs.iter().chain([&(usize::MAX, usize::MAX)]) {
        places.extend(std::iter::from_fn(|| only_before.next_if(|&at| at < before)).map(Place::Before));
        places.extend(std::iter::from_fn(|| only_after.next_if(|&at| at < after)).map(Place::After));
        if before != usize::MAX {
            places.push(Place::Both(before, after));
        }
    }
    places
}

/// What stands at the places: a token that one text alone has is marked as in a diff.
pub fn labels(places: &[Place], before: &[Label], after: &[Label]) -> Vec<Label> {
    let marked = |mark: &str, label: &Label| Label { text: format!("{mark}{}", label.text), ..label.clone() };
    let of = |place: &Place| match *place {
        Place::Both(_, at) => after[at].clone(),
        Place::Before(at) => marked("−", &before[at]),
        Place::After(at) => marked("+", &after[at]),
    };
    places.iter().map(of).collect()
}

/// A weight that both maps have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Places on the axes.
    pub query: usize,
    pub key: usize,
    pub before: f32,
    pub after: f32,
}

/// After minus before, (places, places), where both texts have the row's and the column's token.
pub fn differences(
    places: &[Place],
    (before, before_tokens): (&[f32], usize),
    (after, after_tokens): (&[f32], usize),
) -> Vec<Option<f32>> {
    let cells = places.iter().flat_map(|query| places.iter().map(move |key| (query, key)));
    cells
        .map(|(query, key)| match (*query, *key) {
            (Place::Both(i, k), Place::Both(j, l)) => {
                Some(after[k * after_tokens + l] - before[i * before_tokens + j])
            }
            _ => None,
        })
        .collect()
}

/// The largest `count` of `differences` that are none at all, by their size.
pub fn largest(differences: &[Option<f32>], count: usize) -> Vec<usize> {
    let sizes = differences.iter().zip(0..).filter_map(|(one, at)| Some((one.map(f32::abs)?, at)));
    let mut sizes: Vec<(f32, usize)> = sizes.filter(|one| one.0 > 0.0).collect();
    largest_first(&mut sizes);
    sizes.into_iter().take(count).map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alignment() -> Alignment {
        // [CLS] black cat [SEP], then [CLS] cat sat [SEP].
        Alignment::new(vec![(0, 0), (2, 1), (3, 3)], 0..4, 0..4)
    }

    #[test]
    fn both_texts_keep_their_order() {
        let expected =
            [Place::Both(0, 0), Place::Before(1), Place::Both(2, 1), Place::After(2), Place::Both(3, 3)];
        assert_eq!(merged(&alignment()), expected);
        assert_eq!(merged(&Alignment::new(vec![], 0..1, 0..1)), [Place::Before(0), Place::After(0)]);
    }

    #[test]
    fn only_weights_that_both_have_differ() {
        let before: Vec<f32> = (0..16).map(|at| at as f32).collect();
        let after: Vec<f32> = (0..16).map(|at| 100.0 - at as f32).collect();
        let found = differences(&merged(&alignment()), (&before, 4), (&after, 4));
        assert_eq!(found.iter().filter(|one| one.is_some()).count(), 9);
        // From cat (2 before, 1 after) to [SEP] (3 and 3).
        assert_eq!(found[2 * 5 + 4], Some((100.0 - 7.0) - 11.0));
        assert_eq!((found[5 + 2], found[2 * 5 + 3]), (None, None));
        assert_eq!(largest(&found, 2), [0, 2]);
        assert_eq!(largest(&[Some(0.0), None, Some(-0.2), Some(0.1)], 9), [2, 3]);
    }
}
