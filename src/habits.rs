//! What a head does, in numbers: how much of its attention goes to the token before, to [SEP], and so on.
//!
//! They are means over the queries that the reader typed; what [CLS] and [SEP] attend to is not counted. Every query
//! counts the same, whatever text it is from. A share is the mean, over those queries whose text has such a key, of the
//! weight that they give to all such keys together; where no query has one, it is 0.

#[cfg(feature = "engine")]
mod meter;

#[cfg(feature = "engine")]
pub use meter::{Meter, Reading};

/// One number of each head.
#[derive(Debug, PartialEq, Eq)]
pub struct Habit {
    /// For programs, `same-word`.
    pub id: &'static str,
    /// For people, in a sentence about a head's attention.
    pub name: &'static str,
    /// `share` (0 to 1), `bits` or `tokens`.
    pub unit: &'static str,
    /// A few characters that stand for a share where there is little room.
    pub mark: Option<&'static str>,
}

const fn share(id: &'static str, name: &'static str, mark: &'static str) -> Habit {
    Habit { id, name, unit: "share", mark: Some(mark) }
}

/// Every habit, in the order of the numbers.
///
/// The token before and the token after count where they were typed, too. [CLS] and [SEP] are those that the tokenizer
/// added. Punctuation is a piece without a letter or digit. The same word elsewhere is the same piece of the vocabulary at
/// another place of the text or pair. Entropy is -Σ_j a_ij log₂ a_ij, distance Σ_j a_ij |i - j|, both over all keys.
pub const HABITS: &[Habit] = &[
    share("previous", "previous token", "←"),
    share("next", "next token", "→"),
    share("self", "itself", "↺"),
    share("cls", "[CLS]", "C"),
    share("sep", "[SEP]", "S"),
    share("punctuation", "punctuation", ".,"),
    share("same-word", "same word elsewhere", "="),
    Habit { id: "entropy", name: "entropy", unit: "bits", mark: None },
    Habit { id: "distance", name: "mean distance", unit: "tokens", mark: None },
];

/// The sentences that heads are measured on when no text is given, and 8-bit weights are made with, one a line. Written
/// for this; CC0.
#[cfg(any(feature = "engine", feature = "store"))]
pub const SENTENCES: &str = include_str!("habits/sentences.txt");
