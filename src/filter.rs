//! Which words a map shows, and how much weight it leaves out by that.
//!
//! [`Filters`] is what the reader chose. A [`Plan`] is what it means for one run: the [`Unit`]s that stand for one or
//! more tokens, and which of them have a row and a column. [`Plan::apply`] takes any lens's map over tokens to the map
//! that is painted, and counts what is hidden.

mod plan;
mod punctuation;
mod words;

use std::ops::Range;

pub use plan::{Cause, Plan};

use crate::lens::LensSpec;
use crate::view::label::Label;

/// What is done with a kind of word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Treatment {
    #[default]
    Show,
    /// Its rows and columns are left out; the other weights stay as they are.
    Hide,
    /// They are left out, and what remains of a row is divided by its sum, as if the hidden words were not there.
    Renormalise,
}

/// Every treatment with its name in attributes and addresses. The first is the default.
pub const TREATMENTS: &[(Treatment, &str)] =
    &[(Treatment::Show, "show"), (Treatment::Hide, "hide"), (Treatment::Renormalise, "renormalise")];

impl Treatment {
    pub fn id(self) -> &'static str {
        TREATMENTS[self as usize].1
    }
}

/// Which text of a pair looks at which. A special token belongs to the text that it opens or closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    #[default]
    All,
    AToA,
    AToB,
    BToA,
    BToB,
}

/// Every part with its name in attributes and addresses. The first is the default.
pub const PARTS: &[(Part, &str)] =
    &[(Part::All, "all"), (Part::AToA, "a-a"), (Part::AToB, "a-b"), (Part::BToA, "b-a"), (Part::BToB, "b-b")];

impl Part {
    pub fn id(self) -> &'static str {
        PARTS[self as usize].1
    }

    /// The segments of the rows and of the columns.
    fn segments(self) -> Option<(usize, usize)> {
        match self {
            Self::All => None,
            Self::AToA => Some((0, 0)),
            Self::AToB => Some((0, 1)),
            Self::BToA => Some((1, 0)),
            Self::BToB => Some((1, 1)),
        }
    }
}

/// What the reader chose to see. The default is every token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Tokens that the tokenizer added: [CLS], [SEP].
    pub special: Treatment,
    /// Units of nothing but punctuation.
    pub punctuation: Treatment,
    /// Whole words instead of the tokenizer's pieces.
    pub words: bool,
    /// Of a pair. Without a second text it is as [`Part::All`].
    pub part: Part,
}

impl Filters {
    /// These filters as they suit `lens`. Only a row that is a distribution can be divided by what is left of it; of
    /// any other, what would be renormalised is hidden.
    pub fn suited_to(self, lens: &LensSpec) -> Self {
        let suited = |treatment| match treatment {
            Treatment::Renormalise if !lens.distribution => Treatment::Hide,
            treatment => treatment,
        };
        Self { special: suited(self.special), punctuation: suited(self.punctuation), ..self }
    }
}

/// Which tokens of a run the rows and the columns of its maps are: all of them, of a text that attends to itself; of a
/// translation that attends to its source, the second and the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

impl Axes {
    /// Of `tokens` tokens that attend to each other.
    pub fn square(tokens: usize) -> Self {
        Self { rows: 0..tokens, columns: 0..tokens }
    }

    pub fn is_square(&self) -> bool {
        self.rows == self.columns
    }
}

/// What stands for one or more neighbouring tokens: a token itself, or a whole word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub label: Label,
    pub tokens: Range<usize>,
    /// It is nothing but punctuation.
    pub punctuation: bool,
}
