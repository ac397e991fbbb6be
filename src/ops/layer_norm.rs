//! Layer normalisation of each row, `out = (x - mean) / √(variance + ε) · weight + bias`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct LayerNormParams {
    /// T.
    pub rows: u32,
    /// D.
    pub width: u32,
    pub epsilon: f32,
    pub padding: u32,
}

pub const KERNEL: Kernel = Kernel {
    name: "layer_norm",
    source: &[include_str!("../../shaders/layer_norm.wgsl")],
    bindings: &[Binding::Params, Binding::Read, Binding::Read, Binding::Read, Binding::Write],
    constants: &[],
};

impl LayerNormParams {
    pub fn workgroups(&self) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
