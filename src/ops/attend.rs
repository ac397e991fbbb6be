//! What each head reads, `out[i, h] = Σ_j attention[h, i, j] · v[j, h]`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel, Style};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct AttendParams {
    /// T.
    pub queries: u32,
    /// S.
    pub keys: u32,
    /// K, a multiple of 4.
    pub head_width: u32,
    /// Floats from one key's value to the next one's, a multiple of 4.
    pub value_stride: u32,
    /// Where head 0 of key 0 begins, a multiple of 4.
    pub value_offset: u32,
    /// H·K.
    pub out_stride: u32,
    /// Where the layer's (H, T, S) begins in the attention.
    pub attention_offset: u32,
    /// Where head 0 of query 0 begins in the output, a multiple of 4.
    pub out_offset: u32,
}

macro_rules! kernel {
    ($stem:literal $(, $import:literal)?) => {
        Kernel {
            name: $stem,
            source: &[
                include_str!("../../shaders/shared/attend.wgsl"),
                $(include_str!(concat!("../../shaders/shared/", $import)),)?
                include_str!(concat!("../../shaders/", $stem, ".wgsl")),
            ],
            bindings: &[Binding::Params, Binding::Read, Binding::Read, Binding::Write],
            constants: &[],
        }
    };
}

/// By style.
pub static KERNELS: [Kernel; 2] = [kernel!("attend_registers"), kernel!("attend", "tile.wgsl")];

impl AttendParams {
    pub fn workgroups(&self, style: Style, heads: u32) -> [u32; 3] {
        let (features, queries) = match style {
            Style::Registers => (4 * 8, 8),
            Style::Workgroup => (32, 32),
        };
        [self.head_width.div_ceil(features), self.queries.div_ceil(queries), heads]
    }
}
