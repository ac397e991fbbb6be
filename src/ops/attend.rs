//! What each head reads, `out[i, h] = Σ_j attention[h, i, j] · v[j, h]`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct AttendParams {
    /// T.
    pub queries: u32,
    /// S.
    pub keys: u32,
    /// K.
    pub head_width: u32,
    /// Floats from one key's value to the next one's.
    pub value_stride: u32,
    /// Where head 0 of key 0 begins.
    pub value_offset: u32,
    /// H·K.
    pub out_stride: u32,
    /// Where the layer's (H, T, S) begins in the attention.
    pub attention_offset: u32,
    pub padding: u32,
}

pub const KERNEL: Kernel = Kernel {
    name: "attend",
    source: &[include_str!("../../shaders/attend.wgsl")],
    bindings: &[Binding::Params, Binding::Read, Binding::Read, Binding::Write],
    constants: &[],
};

impl AttendParams {
    pub fn workgroups(&self, heads: u32) -> [u32; 3] {
        [self.head_width.div_ceil(32), self.queries.div_ceil(32), heads]
    }
}
