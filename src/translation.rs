//! What is asked of a translation model, and what it leaves besides its maps: every step with what else it might have
//! written, and which words its cross-attention puts beside each other.
//!
//! On the JavaScript side a [`Translation`] is the field `translation` of what `el.run(text, { to })` resolves with.

#[cfg(feature = "engine")]
pub mod words;

use serde::{Deserialize, Serialize};

/// How many pieces of each step's distribution are told.
pub const TOP: usize = 5;

/// What is to be translated into what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Wanted {
    /// The language, as the model's config names it: `fr`.
    pub to: String,
    /// Pieces that the translation begins with, by their ids; the rest is decoded behind them.
    pub prefix: Option<Vec<u32>>,
    /// The translation itself: nothing is searched, and what the model thinks of it is told.
    pub target: Option<String>,
    /// Hypotheses beside each other; 1 always takes the likeliest piece. Without it, as many as the model's config says.
    pub beam: Option<usize>,
}

/// Besides the maps, whose tokens are these: keys of `encoder` and `cross` are the source, a tag, its pieces and an end;
/// queries of `decoder` and `cross` are what the decoder read, a beginning and the pieces of the translation. Row t of them
/// wrote step t.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Translation {
    pub to: String,
    /// What was written, one a row.
    pub steps: Vec<Step>,
    /// The first so many were given, not chosen.
    pub given: usize,
    /// Whether it ends; else it is as long as is allowed.
    pub ended: bool,
    /// Natural logarithm of the probability of all steps, over the length penalty; none where one of them has none.
    pub score: Option<f64>,
    /// All that the search ended with, the best first; none where nothing was searched.
    pub results: Vec<Ranked>,
    /// Tokens of the source that the vocabulary hasn't, by their place.
    pub unknown: Vec<usize>,
    /// (L, H, S): the length of what each source token would add by each head of cross-attention. A weight times it is
    /// the norm-weighted attention of Kobayashi et al. (2020, arXiv 2004.10102, equation 2).
    pub cross_lengths: Vec<f32>,
    pub alignment: Alignment,
}

/// What a row wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: u32,
    /// The vocabulary's own spelling.
    pub text: String,
    /// As [`Candidate::probability`].
    pub probability: f64,
    /// UTF-16 offsets into the translation; the end is where that ends.
    pub start: usize,
    pub end: usize,
    /// The likeliest pieces, the first [`TOP`].
    pub top: Vec<Candidate>,
}

/// A piece that may be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: u32,
    /// The vocabulary's own spelling.
    pub text: String,
    /// Among what may be written; 0 for a piece that never is.
    pub probability: f64,
}

/// A result of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    pub ids: Vec<u32>,
    pub text: String,
    /// As [`Translation::score`].
    pub score: f64,
}

/// Which words stand for which, read from cross-attention by the layer and heads that were the best on sentences aligned by
/// hand. It is a guess, and often wrong; `alignment.json` beside the model says how often.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// UTF-16 offsets of the words of source and translation.
    pub source: Vec<[usize; 2]>,
    pub target: Vec<[usize; 2]>,
    /// By attention weights, and by norm-weighted attention.
    pub weight: Links,
    pub norm: Links,
}

/// One way to align.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Links {
    pub layer: usize,
    pub heads: Vec<usize>,
    /// (word of the source, word of the translation), in order.
    pub links: Vec<[usize; 2]>,
    /// The same as Pharaoh writes it, `0-0 1-2`.
    pub pharaoh: String,
}
