//! What can be asked about a model and a text besides the attention weights. The engine answers, always on the CPU.
//!
//! Shape letters: L layers, H heads, T tokens, K head width.

use serde::{Deserialize, Serialize};

/// One question; its answer is one array of floats, in row-major order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Inspection {
    /// (L, T, H, H): the inner products ⟨f_h(x_j), f_h'(x_j)⟩ of what the heads of a layer would add to a token that
    /// gave token j all its attention, f_h(x) = (x W_V,h + b_V,h) W_O,h (Kobayashi et al. 2020, "Attention is not only a
    /// weight", equations 2 to 5). With the weights α, the norm for any set of heads is ‖Σ_h α_ij^h f_h(x_j)‖² =
    /// Σ_hh' α_ij^h α_ij^h' G[l, j, h, h']. Where rounding makes that sum negative, the norm is 0.
    Values,
    /// (T, to - from): how far the output of token i moves when the value of token j, from <= j < to, is zeroed in all heads
    /// of the layer and everything else stays: the cosine distance, 0 to 2, between the layer's two outputs
    /// (Mohebbi et al. 2023, "Quantifying context mixing in transformers", equations 4 to 6, before rows are
    /// normalised). A layer of few tokens takes no time; at 512, every token is another half of a pass, so a page asks
    /// for a few at a time.
    ValueZeroing { layer: usize, from: usize, to: usize },
    /// (T, K) of queries, then (T, K) of keys, of one head. Its weights are softmax_j(q_i · k_j / √K).
    Neuron { layer: usize, head: usize },
}

/// What stands in for the output of a head that is switched off, its part of the context (T, K).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Replacement {
    /// Zeros (Michel et al. 2019, "Are sixteen heads really better than one?", section 2.3).
    Zero,
    /// The head's mean context over all tokens of the built-in sentences, so that the next layer still reads what it mostly
    /// reads.
    Mean,
}

/// How words are disturbed, each in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Noise {
    /// The word is left out.
    Drop,
    /// The word changes places with the next one that is given.
    Swap,
}
