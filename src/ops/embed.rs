//! BERT's input, `out[t] = word[id(t)] + position[t] + type[type(t)]`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct EmbedParams {
    /// T.
    pub tokens: u32,
    /// D, a multiple of 4.
    pub width: u32,
    pub padding_0: u32,
    pub padding_1: u32,
}

pub const KERNEL: Kernel = Kernel {
    name: "embed",
    source: &[include_str!("../../shaders/embed.wgsl")],
    bindings: &[Binding::Params, Binding::Read, Binding::Read, Binding::Read, Binding::Read, Binding::Write],
    constants: &[],
};

impl EmbedParams {
    pub fn workgroups(&self) -> [u32; 3] {
        [(self.tokens * self.width / 4).div_ceil(64), 1, 1]
    }
}
