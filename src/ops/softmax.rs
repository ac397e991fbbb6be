//! Softmax of each row of the scores, written into one layer's slice of the attention.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct SoftmaxParams {
    /// T.
    pub queries: u32,
    /// S.
    pub keys: u32,
    /// Where the layer's (H, T, S) begins in the output.
    pub out_offset: u32,
    pub padding: u32,
}

pub static KERNELS: [Kernel; 1] = [Kernel {
    name: "softmax",
    source: &[include_str!("../../shaders/shared/masked.wgsl"), include_str!("../../shaders/softmax.wgsl")],
    bindings: &[Binding::Params, Binding::Read, Binding::Write],
    constants: &[],
}];

impl SoftmaxParams {
    pub fn workgroups(&self, heads: u32) -> [u32; 3] {
        [self.queries, heads, 1]
    }
}
