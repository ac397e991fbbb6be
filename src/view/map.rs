//! One map of numbers, as it is painted: what a lens makes of the attention, and what the filters leave of it.

/// (queries, keys) numbers, row-major. A row is what one word gives to the others.
#[derive(Clone, Debug, Default)]
pub struct Map {
    pub queries: usize,
    pub keys: usize,
    pub weights: Vec<f32>,
    /// How much of each row the filters hide, from 0 to 1, as a share of its sum over all tokens before anything was
    /// renormalised: of a lens whose rows are distributions, that is the weight itself. // (queries)
    pub hidden: Vec<f32>,
    /// The same by [`crate::filter::Plan::causes`]. // (queries, causes)
    pub hidden_by_cause: Vec<f32>,
}

impl PartialEq for Map {
    /// The same map, not an equal one: there may be 262,144 weights to compare at each move of the pointer.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Map {
    /// (queries, keys)
    pub fn shape(&self) -> (usize, usize) {
        (self.queries, self.keys)
    }

    /// How much `query` attends to `key`.
    pub fn weight(&self, query: usize, key: usize) -> Option<f32> {
        if query < self.queries && key < self.keys {
            Some(self.weights[query * self.keys + key])
        } else {
            None
        }
    }

    /// What `query` gives to each key.
    pub fn row(&self, query: usize) -> &[f32] {
        self.weights.get(query * self.keys..(query + 1) * self.keys).unwrap_or(&[])
    }

    /// The key that `query` attends to most, and how much.
    pub fn strongest_key(&self, query: usize) -> Option<(usize, f32)> {
        strongest((0..self.keys).filter_map(|key| Some((key, self.weight(query, key)?))))
    }

    /// The query that attends most to `key`, and how much.
    pub fn strongest_query(&self, key: usize) -> Option<(usize, f32)> {
        strongest((0..self.queries).filter_map(|query| Some((query, self.weight(query, key)?))))
    }
}

fn strongest(weights: impl Iterator<Item = (usize, f32)>) -> Option<(usize, f32)> {
    weights.fold(
        None,
        |best, next| if best.is_none_or(|(_, weight)| next.1 > weight) { Some(next) } else { best },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_knows_where_each_row_points() {
        let map = Map { queries: 2, keys: 2, weights: vec![0.1, 0.9, 0.7, 0.3], ..Map::default() };
        assert_eq!(map.weight(1, 0), Some(0.7));
        assert_eq!(map.weight(2, 0), None);
        assert_eq!(map.row(1), [0.7, 0.3]);
        assert_eq!(map.row(2), [0.0; 0]);
        assert_eq!(map.strongest_key(0), Some((1, 0.9)));
        assert_eq!(map.strongest_query(0), Some((1, 0.7)));
    }
}
