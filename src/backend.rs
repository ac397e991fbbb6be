//! Where a forward pass runs.
//!
//! A model is written once, as a sequence of the operations in `ops`, over activations that it names by [`Slot`].
//! The CPU does each at once; the GPU records them all and submits when the results are asked for. Attention weights,
//! which are by far the largest result, go to a [`Sink`], so that no backend has to hold them all beside the reader.

use crate::error::Result;
use crate::ops::attend::AttendParams;
use crate::ops::embed::EmbedParams;
use crate::ops::layer_norm::LayerNormParams;
use crate::ops::linear::{Finish, LinearParams};
use crate::ops::scores::ScoresParams;
use crate::ops::softmax::SoftmaxParams;
use crate::tensor::{Matrix, Tensor};

/// One buffer of activations; the number is an index into the sizes given to [`Backend::begin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot(pub usize);

/// How large a slot is, in floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotSize {
    /// What this pass uses.
    pub len: usize,
    /// What a slightly longer input would use; a backend that keeps its buffers makes them so large.
    pub room: usize,
}

/// What a pass reads besides activations and weights.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// (T) of id, type.
    pub tokens: &'a [[u32; 2]],
    /// (S), 0 for a key that is padding.
    pub key_mask: &'a [u32],
}

/// Takes a pass's attention weights, part by part.
pub trait Sink {
    /// `data`, a number of whole rows (S), belongs at `at`, in floats from the beginning of (L, H, T, S).
    fn write(&mut self, at: usize, data: &[f32]);
}

/// Grows as needed; what was never written is 0.
impl Sink for Vec<f32> {
    fn write(&mut self, at: usize, data: &[f32]) {
        let end = at + data.len();
        if self.len() < end {
            self.resize(end, 0.0);
        }
        self[at..end].copy_from_slice(data);
    }
}

/// One layer's attention, from projected queries and keys to the weights, and with the values to the context.
#[derive(Clone, Copy, Debug)]
pub struct AttentionLayer {
    pub heads: u32,
    pub scores: ScoresParams,
    pub softmax: SoftmaxParams,
    /// None where only the weights are wanted.
    pub attend: Option<Attend>,
    /// Hold the projected queries and keys, as the parameters' strides and offsets say; may be one slot.
    pub query: Slot,
    pub key: Slot,
    /// (H, T, S), for the backend's own use.
    pub raw: Slot,
    /// (L, H, T, S), for the backend's own use.
    pub attention: Slot,
}

/// Attention × values.
#[derive(Clone, Copy, Debug)]
pub struct Attend {
    pub params: AttendParams,
    /// Holds the projected values, as the parameters' strides and offsets say; may be that of the keys.
    pub value: Slot,
    /// (T, H·K), the result.
    pub context: Slot,
}

/// The operations of `ops` on one kind of hardware. Output slots never alias input slots, save where an operation
/// says so; shapes are the caller's to keep, and are those of the parameters' docs.
#[allow(async_fn_in_trait)]
pub trait Backend {
    /// A dense layer's weight (O, I) and bias (O).
    type Linear;
    /// A layer norm's weight (D) and bias (D).
    type Norm;
    /// Word (V, D), position (P, D) and type (2, D) embeddings.
    type Embedding;

    /// Stacks dense layers that read the same input into one, outputs in the order given.
    fn load_linear(&self, label: &str, layers: &[(Matrix, Tensor)]) -> Result<Self::Linear>;
    fn load_norm(&self, label: &str, weight: Tensor, bias: Tensor) -> Result<Self::Norm>;
    fn load_embedding(&self, words: Matrix, positions: Matrix, types: Tensor) -> Result<Self::Embedding>;

    /// Starts a pass with one buffer for each of `slots`. A pass that fits the buffers of the one before reuses them; one of
    /// the same sizes finds in them what that left, but for what was read from them.
    async fn begin(&mut self, slots: &[SlotSize], inputs: Inputs<'_>) -> Result<()>;

    /// Fills the front of a slot from outside, before any operation of the pass.
    fn write(&mut self, slot: Slot, data: &[f32]);
    /// Out (T, D).
    fn embed(&mut self, embedding: &Self::Embedding, params: EmbedParams, out: Slot);
    /// From `x` (T, I) to `out` (T, O).
    fn linear(
        &mut self,
        layer: &Self::Linear,
        params: LinearParams,
        x: Slot,
        finish: Finish<Slot>,
        out: Slot,
    );
    /// Out (H, T, S). `query` and `key` may be one slot.
    fn scores(&mut self, heads: u32, params: ScoresParams, query: Slot, key: Slot, out: Slot);
    /// From (H, T, S) into a slice of (L, H, T, S).
    fn softmax(&mut self, heads: u32, params: SoftmaxParams, scores: Slot, out: Slot);
    /// Out (T, H·K).
    fn attend(&mut self, heads: u32, params: AttendParams, attention: Slot, value: Slot, out: Slot);
    /// From `x` (T, D) to `out` (T, D).
    fn layer_norm(&mut self, norm: &Self::Norm, params: LayerNormParams, x: Slot, out: Slot);

    /// Scores, softmax and, where it is wanted, attention × values of one layer, whose weights go to `sink`: now, or when
    /// the pass ends.
    fn attention(&mut self, layer: AttentionLayer, sink: &mut dyn Sink);

    /// Ends the pass: writes to `sink` what is still missing, and returns the first `len` floats of each slot asked
    /// for, in order.
    async fn finish(&mut self, read: &[(Slot, usize)], sink: &mut dyn Sink) -> Result<Vec<Vec<f32>>>;
}
