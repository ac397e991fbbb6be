//! Attention scores, mask and softmax at once, `out[h, i] = softmax_j(scale · q[h, i] · k[h, j])`. The parameters are
//! those of the scores.

use super::scores::{BINDINGS, ScoresParams};
use super::{Kernel, Style};

/// Keys that a row may have in [`Style::Workgroup`].
pub const CAPACITY: u32 = 512;

macro_rules! kernel {
    ($stem:literal) => {
        Kernel {
            name: $stem,
            source: &[
                include_str!("../../shaders/shared/masked.wgsl"),
                include_str!("../../shaders/shared/scores.wgsl"),
                include_str!(concat!("../../shaders/", $stem, ".wgsl")),
            ],
            bindings: BINDINGS,
            constants: &[],
        }
    };
}

/// By style.
pub static KERNELS: [Kernel; 2] = [kernel!("attention_registers"), kernel!("attention")];

/// Whether a kernel of that style takes rows so long.
pub fn fits(style: Style, params: &ScoresParams) -> bool {
    style == Style::Registers || params.keys <= CAPACITY
}

pub fn workgroups(style: Style, params: &ScoresParams, heads: u32) -> [u32; 3] {
    let queries = match style {
        Style::Registers => 4 * 8,
        Style::Workgroup => 4,
    };
    [params.queries.div_ceil(queries), heads, 1]
}
