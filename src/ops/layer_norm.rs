//! Layer normalisation of each row, `out = (x - mean) / √(variance + ε) · weight + bias`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel, Style};

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

macro_rules! kernel {
    ($stem:literal) => {
        Kernel {
            name: $stem,
            source: &[
                include_str!("../../shaders/shared/layer_norm.wgsl"),
                include_str!(concat!("../../shaders/", $stem, ".wgsl")),
            ],
            bindings: &[Binding::Params, Binding::Read, Binding::Read, Binding::Read, Binding::Write],
            constants: &[],
        }
    };
}

/// By style.
pub static KERNELS: [Kernel; 2] = [kernel!("layer_norm_registers"), kernel!("layer_norm")];

impl LayerNormParams {
    pub fn workgroups(&self, style: Style) -> [u32; 3] {
        match style {
            Style::Registers => [self.rows.div_ceil(4), 1, 1],
            Style::Workgroup => [self.rows, 1, 1],
        }
    }
}
