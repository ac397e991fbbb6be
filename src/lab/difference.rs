//! A map before and after, over the tokens of both texts.

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

/// After minus before, (rows, columns), where both texts have the row's and the column's token.
pub fn differences(
    (rows, columns): (&[Place], &[Place]),
    (before, before_tokens): (&[f32], usize),
    (after, after_tokens): (&[f32], usize),
) -> Vec<Option<f32>> {
    let cells = rows.iter().flat_map(|query| columns.iter().map(move |key| (query, key)));
    cells
        .map(|(query, key)| match (*query, *key) {
            (Place::Both(i, k), Place::Both(j, l)) => {
                Some(after[k * after_tokens + l] - before[i * before_tokens + j])
            }
            _ => None,
        })
        .collect()
}

/// The row of a map that has one for all of a text's.
pub const ALL_ROWS: [Place; 1] = [Place::Both(0, 0)];

/// The least and the largest of some numbers, and how large they are on average, whatever their sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub least: f32,
    pub largest: f32,
    pub mean_size: f64,
}

impl Range {
    /// All zero where there are no numbers.
    pub fn of(numbers: impl Iterator<Item = f32>) -> Self {
        let (mut count, mut sum) = (0_usize, 0.0);
        let mut ends: Option<(f32, f32)> = None;
        for number in numbers {
            count += 1;
            sum += f64::from(number.abs());
            let (least, largest) = ends.unwrap_or((number, number));
            ends = Some((least.min(number), largest.max(number)));
        }
        let (least, largest) = ends.unwrap_or_default();
        Self { least, largest, mean_size: sum / count.max(1) as f64 }
    }
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
    fn a_range_is_of_the_numbers_there_are() {
        let range = Range::of([0.25, -0.5, 0.0].into_iter());
        assert_eq!(range, Range { least: -0.5, largest: 0.25, mean_size: 0.25 });
        assert_eq!(Range::of([0.5].into_iter()).least, 0.5);
        assert_eq!(Range::of(std::iter::empty()), Range { least: 0.0, largest: 0.0, mean_size: 0.0 });
    }

    #[test]
    fn only_weights_that_both_have_differ() {
        let before: Vec<f32> = (0..16).map(|at| at as f32).collect();
        let after: Vec<f32> = (0..16).map(|at| 100.0 - at as f32).collect();
        let places = merged(&alignment());
        let found = differences((&places, &places), (&before, 4), (&after, 4));
        assert_eq!(found.iter().filter(|one| one.is_some()).count(), 9);
        // From cat (2 before, 1 after) to [SEP] (3 and 3).
        assert_eq!(found[2 * 5 + 4], Some((100.0 - 7.0) - 11.0));
        assert_eq!((found[5 + 2], found[2 * 5 + 3]), (None, None));
        assert_eq!(largest(&found, 2), [0, 2]);
        // A lens of one row for all: its row is both texts' own.
        let row = differences((&ALL_ROWS, &places), (&before[..4], 4), (&after[..4], 4));
        assert_eq!(row, [Some(100.0), None, Some(99.0 - 2.0), None, Some(97.0 - 3.0)]);
        assert_eq!(largest(&[Some(0.0), None, Some(-0.2), Some(0.1)], 9), [2, 3]);
    }
}
