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
    /// Features of a word that share a scale, and of a position; the tables know, whatever is here.
    pub word_block: u32,
    pub position_block: u32,
}

const FLOAT_BINDINGS: &[Binding] =
    &[Binding::Params, Binding::Read, Binding::Read, Binding::Read, Binding::Read, Binding::Write];
const BYTE_BINDINGS: &[Binding] = &[
    Binding::Params,
    Binding::Read,
    Binding::Read,
    Binding::Read,
    Binding::Read,
    Binding::Write,
    Binding::Read,
    Binding::Read,
];

/// By precision.
pub static KERNELS: [Kernel; 2] = [
    Kernel {
        name: "embed.f32",
        source: &[
            include_str!("../../shaders/shared/embedding_f32.wgsl"),
            include_str!("../../shaders/embed.wgsl"),
        ],
        bindings: FLOAT_BINDINGS,
        constants: &[],
    },
    Kernel {
        name: "embed.q8",
        source: &[
            include_str!("../../shaders/shared/bytes.wgsl"),
            include_str!("../../shaders/shared/embedding_q8.wgsl"),
            include_str!("../../shaders/embed.wgsl"),
        ],
        bindings: BYTE_BINDINGS,
        constants: &[],
    },
];

impl EmbedParams {
    pub fn workgroups(&self) -> [u32; 3] {
        [(self.tokens * self.width / 4).div_ceil(64), 1, 1]
    }
}
