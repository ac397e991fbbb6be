//! Attention scores, `out[h, i, j] = scale · q[h, i] · k[h, j]`, masked where `i` may not see `j`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel};

/// The score of a key that a query may not see; lower than any other.
pub const MASKED: f32 = -3.0e38;

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct ScoresParams {
    /// T.
    pub queries: u32,
    /// S.
    pub keys: u32,
    /// K, a multiple of 4.
    pub head_width: u32,
    /// Floats from one query's features to the next one's, a multiple of 4.
    pub query_stride: u32,
    /// Where head 0 of query 0 begins, a multiple of 4.
    pub query_offset: u32,
    pub key_stride: u32,
    pub key_offset: u32,
    /// 1: query `i` sees the keys up to `first_query + i`; 0: all of them.
    pub causal: u32,
    /// The position of query 0 among the keys.
    pub first_query: u32,
    /// 1/√K.
    pub scale: f32,
    /// Where the (H, T, S) begins in the output; 0 but for weights in one buffer with other layers.
    pub out_offset: u32,
    pub padding: u32,
}

pub static KERNELS: [Kernel; 1] = [Kernel {
    name: "scores",
    source: &[
        include_str!("../../shaders/shared/masked.wgsl"),
        include_str!("../../shaders/shared/scores.wgsl"),
        include_str!("../../shaders/shared/tile.wgsl"),
        include_str!("../../shaders/scores.wgsl"),
    ],
    bindings: BINDINGS,
    constants: &[],
}];

pub(super) const BINDINGS: &[Binding] =
    &[Binding::Params, Binding::Read, Binding::Read, Binding::Read, Binding::Write];

impl ScoresParams {
    pub fn workgroups(&self, heads: u32) -> [u32; 3] {
        [self.keys.div_ceil(32), self.queries.div_ceil(32), heads]
    }
}
