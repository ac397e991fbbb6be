//! A dense layer, `out = f(x Wᵀ + b) + r`.

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use super::{Binding, Kernel, Precision};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct LinearParams {
    /// T.
    pub rows: u32,
    /// I, a multiple of 4.
    pub inputs: u32,
    /// O.
    pub outputs: u32,
    /// Inputs that share a scale; the weights know it, whatever is here.
    pub block: u32,
    /// Where row 0 begins in the output; 0 but for rows that join others in a cache.
    pub out_offset: u32,
    pub padding_0: u32,
    pub padding_1: u32,
    pub padding_2: u32,
}

/// What is done to `x Wᵀ + b` on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish<Residual> {
    Plain,
    /// GELU with the error function.
    GeluErf,
    /// Adds a residual of the same shape.
    Add(Residual),
}

/// The ways to cut a dense layer into workgroups. All compute the same, save for the order of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// 8 rows x 16 outputs an invocation, nothing shared: for adapters that are programs.
    Registers,
    /// 8 rows x 64 outputs a workgroup, which splits the inputs: for few rows.
    Rows,
    /// 32 rows x 32 outputs a workgroup.
    Tiles,
    /// 64 rows x 64 outputs a workgroup: for many rows.
    Wide,
}

/// Inputs that the kernels take at a time; weights are padded to a multiple.
pub const STEP: usize = 16;
/// Outputs beside each other in a panel of weights.
pub const PANEL: usize = 4;

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
];

/// A shader with what it imports: once for each precision, and for each finish in the order of [`Finish`].
macro_rules! kernels {
    ($stem:literal $(, $import:literal)*) => {
        [
            kernels!(@ $stem, ".f32", FLOAT_BINDINGS, ["weights_f32.wgsl" $(, $import)*], []),
            kernels!(@ $stem, ".f32.gelu", FLOAT_BINDINGS, ["weights_f32.wgsl" $(, $import)*], [("GELU", 1.0)]),
            kernels!(@ $stem, ".f32.residual", FLOAT_BINDINGS, ["weights_f32.wgsl" $(, $import)*], [("RESIDUAL", 1.0)]),
            kernels!(@ $stem, ".q8", BYTE_BINDINGS, ["bytes.wgsl", "weights_q8.wgsl" $(, $import)*], []),
            kernels!(@ $stem, ".q8.gelu", BYTE_BINDINGS, ["bytes.wgsl", "weights_q8.wgsl" $(, $import)*], [("GELU", 1.0)]),
            kernels!(@ $stem, ".q8.residual", BYTE_BINDINGS, ["bytes.wgsl", "weights_q8.wgsl" $(, $import)*], [("RESIDUAL", 1.0)]),
        ]
    };
    (@ $stem:literal, $variant:literal, $bindings:ident, [$($import:literal),*], [$($constant:expr)?]) => {
        Kernel {
            name: concat!($stem, $variant),
            source: &[
                include_str!("../../shaders/shared/gelu.wgsl"),
                include_str!("../../shaders/shared/dense.wgsl"),
                $(include_str!(concat!("../../shaders/shared/", $import)),)*
                include_str!(concat!("../../shaders/", $stem, ".wgsl")),
            ],
            bindings: $bindings,
            constants: &[$($constant)?],
        }
    };
}

/// By shape, precision and finish.
pub static KERNELS: [[Kernel; 6]; 4] = [
    kernels!("linear_registers"),
    kernels!("linear_rows"),
    kernels!("linear", "inputs.wgsl", "tile.wgsl"),
    kernels!("linear_wide", "inputs.wgsl"),
];

impl Shape {
    pub const ALL: [Self; 4] = [Self::Registers, Self::Rows, Self::Tiles, Self::Wide];

    /// Whether this shape's kernels can compute such a layer.
    pub fn fits(self, params: &LinearParams) -> bool {
        self != Self::Registers || (params.inputs as usize).is_multiple_of(STEP)
    }

    pub fn kernel<Residual>(self, precision: Precision, finish: &Finish<Residual>) -> &'static Kernel {
        let finish = match finish {
            Finish::Plain => 0,
            Finish::GeluErf => 1,
            Finish::Add(_) => 2,
        };
        &KERNELS[self as usize][3 * precision as usize + finish]
    }

    pub fn workgroups(self, params: &LinearParams) -> [u32; 3] {
        let (outputs, rows) = match self {
            Self::Registers => (8 * 16, 8),
            Self::Rows => (64, 8),
            Self::Tiles => (32, 32),
            Self::Wide => (64, 64),
        };
        [params.outputs.div_ceil(outputs), params.rows.div_ceil(rows), 1]
    }
}
