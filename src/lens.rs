//! What a cell of a map means: pure functions from a run's attention weights, and what else was computed of it, to one
//! map over tokens.
//!
//! [`LENSES`] is the table; menus, attributes and tests iterate it. Each lens is a file of its own. Filters and the
//! merging of words come after it (`filter.rs`), so a lens always sees all tokens.

pub mod heads;
mod mean;
#[cfg(any(feature = "engine", feature = "inspections"))]
mod norm;
mod received;
pub mod rollout;
#[cfg(any(feature = "engine", feature = "inspections"))]
mod value_zeroing;
mod weight;

pub use heads::HeadSet;

use crate::trace::AttentionMap;

/// Attention weights of every head, read one head at a time, since all of them may be 75 MB.
pub trait Weights {
    fn layers(&self) -> usize;
    fn heads(&self) -> usize;
    /// (queries, keys)
    fn shape(&self) -> (usize, usize);
    /// Whether every weight is there. The buffer may belong to someone who gives it away.
    fn is_whole(&self) -> bool;
    /// Puts the map of (`layer`, `head`) into `map`, row-major, one row a query; zeros if it is not whole.
    fn read(&self, layer: usize, head: usize, map: &mut Vec<f32>);
}

/// What an [`AttentionMap`] holds its weights in.
pub trait Hold: Sized {
    /// See [`Weights::is_whole`].
    fn is_whole(map: &AttentionMap<Self>) -> bool;
    /// See [`Weights::read`].
    fn read(map: &AttentionMap<Self>, layer: usize, head: usize, into: &mut Vec<f32>);
}

impl<W: Hold> Weights for AttentionMap<W> {
    fn layers(&self) -> usize {
        self.layers
    }

    fn heads(&self) -> usize {
        self.heads
    }

    fn shape(&self) -> (usize, usize) {
        (self.queries.len(), self.keys.len())
    }

    fn is_whole(&self) -> bool {
        W::is_whole(self)
    }

    fn read(&self, layer: usize, head: usize, map: &mut Vec<f32>) {
        W::read(self, layer, head, map);
    }
}

/// What is known of a run. What is `None` has not been computed (yet); [`LensSpec::needs`] says who needs it.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub weights: &'a dyn Weights,
    /// For each layer and key j, the scalar products <f_h(x_j), f_h'(x_j)> of what its heads would add to the layer's
    /// output at a weight of 1. // (L, T, H, H)
    pub values: Option<&'a [f32]>,
    /// Of the layer of the [`Choice`], how far (cosine distance) each token's output moves when the value of each
    /// token is zero. // (T, T), one row an output
    pub zeroing: Option<&'a [f32]>,
}

impl Source<'_> {
    /// Whether what `lens` needs is there, and of the size that the weights have.
    pub fn suffices(&self, lens: &LensSpec) -> bool {
        let (queries, keys) = self.weights.shape();
        let (layers, heads) = (self.weights.layers(), self.weights.heads());
        let has = |numbers: Option<&[f32]>, len: usize| numbers.is_some_and(|numbers| numbers.len() == len);
        match lens.needs {
            // Layers of one text are multiplied.
            Needs::Weights => lens.thumbnails != Thumbnails::Layers || queries == keys,
            Needs::Values => has(self.values, layers * keys * heads * heads),
            Needs::Zeroing => has(self.zeroing, queries * keys),
        }
    }
}

/// What the reader chose to look at.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    pub layer: usize,
    pub head: usize,
    /// The heads that a lens over several combines. Where it has none, each lens says what it takes instead.
    pub heads: &'a HeadSet,
    /// The first layer of a rollout. One after `layer` counts as `layer`.
    pub from: usize,
}

/// What a lens is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing but the attention weights.
    Weights,
    /// [`Source::values`].
    Values,
    /// [`Source::zeroing`].
    Zeroing,
}

/// What the grid of all heads shows under a lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thumbnails {
    /// The lens itself for each head, read with that head and an empty set.
    Heads,
    /// The lens for each layer, since it has no map of one head.
    Layers,
    /// Plain weights: the lens is one map made of many heads, or takes a pass of the model for each token and layer.
    Weights,
}

/// A meaning of a cell. Its texts are whole English sentences or phrases, shown to the reader.
pub struct LensSpec {
    /// The `lens` attribute's value.
    pub id: &'static str,
    pub name: &'static str,
    /// Where it was described.
    pub paper: &'static str,
    /// What a cell (i, j) is.
    pub formula: &'static str,
    /// The values that a cell can take, and what a row sums to.
    pub range: &'static str,
    /// What it does not say.
    pub caveat: &'static str,
    pub needs: Needs,
    pub thumbnails: Thumbnails,
    /// Whether each row is a distribution over the keys, so that it sums to 1. (A row of nothing stays zeros.)
    pub distribution: bool,
    /// Its map has one row in all, not one a query.
    pub one_row: bool,
    /// Puts the map into the vector: (T, T), or (1, T) with `one_row`. Leaves it empty where
    /// [`Source::suffices`] says no.
    pub read: fn(&Source, &Choice, &mut Vec<f32>),
}

impl LensSpec {
    /// Whether its numbers stay between 0 and 1. Norms have the units of the layer's vectors.
    pub fn is_bounded(&self) -> bool {
        self.needs != Needs::Values
    }
}

impl PartialEq for LensSpec {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// Lenses that take more than weights, in a program that never has more.
#[cfg(not(any(feature = "engine", feature = "inspections")))]
mod norm {
    pub fn read(_: &super::Source, _: &super::Choice, map: &mut Vec<f32>) {
        map.clear();
    }
}
#[cfg(not(any(feature = "engine", feature = "inspections")))]
use norm as value_zeroing;

const ATTENTION: &str = "Vaswani et al. 2017, Attention Is All You Need";

/// Every lens. The first is the default.
pub const LENSES: &[LensSpec] = &[
    LensSpec {
        id: "weight",
        name: "Weight",
        paper: ATTENTION,
        formula: "The attention weight of the selected head: how much of what word i takes in comes from word j.",
        range: "0 to 1; each row sums to 1.",
        caveat: "A weight says where a head reads, not what it reads there or what the model makes of it.",
        needs: Needs::Weights,
        thumbnails: Thumbnails::Heads,
        distribution: true,
        one_row: false,
        read: weight::read,
    },
    LensSpec {
        id: "mean",
        name: "Mean of heads",
        paper: ATTENTION,
        formula: "The mean weight over the chosen heads; over all heads of the layer where none is chosen.",
        range: "0 to 1; each row sums to 1.",
        caveat: "Heads that do different things give a mean that none of them does.",
        needs: Needs::Weights,
        thumbnails: Thumbnails::Weights,
        distribution: true,
        one_row: false,
        read: mean::read_mean,
    },
    LensSpec {
        id: "max",
        name: "Maximum of heads",
        paper: ATTENTION,
        formula: "The largest weight of any chosen head; of any head of the layer where none is chosen.",
        range: "0 to 1; a row may sum to more than 1.",
        caveat: "Neighbouring cells may come from different heads. The more heads there are, the fuller the map is.",
        needs: Needs::Weights,
        thumbnails: Thumbnails::Weights,
        distribution: false,
        one_row: false,
        read: mean::read_max,
    },
    LensSpec {
        id: "norm",
        name: "Norm",
        paper: "Kobayashi et al. 2020, Attention is Not Only a Weight: Analyzing Transformers with Vector Norms",
        formula: "The length of the vector that word j adds to word i through the layer's chosen heads together, or through the selected head where none is chosen: ‖Σ α f(x)‖.",
        range: "0 and up, in the units of the layer's vectors; rows do not sum to 1.",
        caveat: "A norm says how long the added vector is, not what it does. A word of several pieces adds their norms up, and opposite vectors do not cancel there.",
        needs: Needs::Values,
        thumbnails: Thumbnails::Heads,
        distribution: false,
        one_row: false,
        read: norm::read,
    },
    LensSpec {
        id: "value-zeroing",
        name: "Value zeroing",
        paper: "Mohebbi et al. 2023, Quantifying Context Mixing in Transformers",
        formula: "How far the layer's output for word i turns (cosine distance) when the value of word j is zero in all heads, as a share of its row.",
        range: "0 to 1; each row sums to 1.",
        caveat: "It is of one whole layer, by itself. Shares hide how much a row moves in all, and a value of zeros is nothing that the model has been trained on.",
        needs: Needs::Zeroing,
        thumbnails: Thumbnails::Weights,
        distribution: true,
        one_row: false,
        read: value_zeroing::read,
    },
    LensSpec {
        id: "rollout",
        name: "Rollout",
        paper: "Abnar and Zuidema 2020, Quantifying Attention Flow in Transformers",
        formula: "The mean weights of each layer, half and half with the word itself, multiplied from the first layer to the selected one.",
        range: "0 to 1; each row sums to 1.",
        caveat: "It treats heads as equal and ignores values, and that half of each layer's output is its input is an assumption.",
        needs: Needs::Weights,
        thumbnails: Thumbnails::Layers,
        distribution: true,
        one_row: false,
        read: rollout::read,
    },
    LensSpec {
        id: "received",
        name: "Attention received",
        paper: "Goyal et al. 2020, PoWER-BERT (its significance score; there a sum, here a mean)",
        formula: "The mean weight that all words give to word j, in the selected head or in the mean of the chosen ones.",
        range: "0 to 1; all words together receive 1.",
        caveat: "What receives much need not matter much: [SEP] and full stops often receive most. Words that a filter hides still count as givers.",
        needs: Needs::Weights,
        thumbnails: Thumbnails::Heads,
        distribution: true,
        one_row: true,
        read: received::read,
    },
];
