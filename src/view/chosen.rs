//! What chosen words give the others, or get from them, in one map: what the text and the layers view show.

use super::{Direction, Map, Scene, ViewState};

/// What is asked of the chosen words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What each word gets from the whole text, as a mean: none is chosen, or the lens has one row for all. The other way
    /// about there is nothing to ask, since each row gives all that it has.
    Whole,
    /// The sum of what they give each word, in their rows.
    From,
    /// The sum of what each word gives them, in their columns.
    To,
}

impl Asked {
    pub fn of(scene: &Scene, state: &ViewState) -> Self {
        match state.direction {
            _ if state.words.is_empty() || scene.query_units.is_empty() => Self::Whole,
            Direction::From => Self::From,
            Direction::To => Self::To,
        }
    }

    /// Where the chosen words stand, on the axis that they are looked up on.
    pub fn chosen(self, scene: &Scene, state: &ViewState) -> Vec<usize> {
        let units = match self {
            Self::Whole => return vec![],
            Self::From => scene.query_units,
            Self::To => scene.key_units,
        };
        (0..units.len()).filter(|&at| state.words.contains(&units[at])).collect()
    }

    /// A number for each column of `map`, or asked the other way, for each row. `chosen` is from [`Asked::chosen`].
    pub fn sums(self, map: &Map, chosen: &[usize]) -> Vec<f32> {
        let (queries, keys) = map.shape();
        let column = |rows: &mut dyn Iterator<Item = usize>, key| -> f32 {
            rows.filter_map(|query| map.weight(query, key)).sum()
        };
        match self {
            Self::Whole => {
                (0..keys).map(|key| column(&mut (0..queries), key) / queries.max(1) as f32).collect()
            }
            Self::From => (0..keys).map(|key| column(&mut chosen.iter().copied(), key)).collect(),
            Self::To => {
                let row = |query| chosen.iter().filter_map(|&key| map.weight(query, key)).sum();
                (0..queries).map(row).collect()
            }
        }
    }
}
