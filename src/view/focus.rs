//! What is picked out of a map.

/// What the reader points at or has chosen. The page holds it in units (words or tokens, whatever stands on the
/// axes), so that it stays the same when filters hide some of them; a painter is given it in positions on its axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    Nothing,
    Cell {
        query: usize,
        key: usize,
    },
    /// A word, on both axes.
    Token(usize),
    /// A word where it attends: its row.
    Query(usize),
    /// A word where it is attended to: its column.
    Key(usize),
}

impl Focus {
    /// The row that is picked out.
    pub fn query(self) -> Option<usize> {
        match self {
            Self::Nothing | Self::Key(_) => None,
            Self::Cell { query, .. } => Some(query),
            Self::Token(token) | Self::Query(token) => Some(token),
        }
    }

    /// The column that is picked out.
    pub fn key(self) -> Option<usize> {
        match self {
            Self::Nothing | Self::Query(_) => None,
            Self::Cell { key, .. } => Some(key),
            Self::Token(token) | Self::Key(token) => Some(token),
        }
    }

    /// The same with `query` in the place of its row and `key` in that of its column; what has neither is nothing, and
    /// a cell needs both.
    pub fn mapped(
        self,
        query: impl Fn(usize) -> Option<usize>,
        key: impl Fn(usize) -> Option<usize>,
    ) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Cell { query: row, key: column } => match (query(row), key(column)) {
                (Some(query), Some(key)) => Self::Cell { query, key },
                _ => Self::Nothing,
            },
            Self::Token(token) => match (query(token), key(token)) {
                (Some(query), Some(key)) if query == key => Self::Token(query),
                (Some(query), Some(key)) => Self::Cell { query, key },
                (Some(query), None) => Self::Query(query),
                (None, Some(key)) => Self::Key(key),
                (None, None) => Self::Nothing,
            },
            Self::Query(row) => query(row).map_or(Self::Nothing, Self::Query),
            Self::Key(column) => key(column).map_or(Self::Nothing, Self::Key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_one_axis_hides_is_picked_out_of_the_other() {
        let (shown, hidden) = (|at: usize| Some(at + 1), |_: usize| None);
        assert_eq!(Focus::Token(2).mapped(shown, shown), Focus::Token(3));
        assert_eq!(Focus::Token(2).mapped(shown, hidden), Focus::Query(3));
        assert_eq!(Focus::Token(2).mapped(hidden, shown), Focus::Key(3));
        assert_eq!(Focus::Cell { query: 0, key: 1 }.mapped(shown, hidden), Focus::Nothing);
    }
}
