//! The operations that models are made of.
//!
//! Each has one file here with its formula and parameters, one shader or more of the same name in `shaders/`, and a SIMD
//! twin in `cpu/`. The parameters are laid out as the shaders' uniform block; a test compares the two.

pub mod attend;
pub mod attention;
pub mod embed;
pub mod layer_norm;
pub mod linear;
pub mod scores;
pub mod softmax;

/// A compute pipeline: a shader and the constants that it is specialised by.
#[derive(Debug)]
pub struct Kernel {
    /// `linear.q8.gelu`; the part before the first dot is the shader's file.
    pub name: &'static str,
    /// The shader's text, what it imports first.
    pub source: &'static [&'static str],
    /// What is bound at 0, 1, ..., in order.
    pub bindings: &'static [Binding],
    /// `override` constants.
    pub constants: &'static [(&'static str, f64)],
}

/// How a kernel uses one of its buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    Params,
    Read,
    Write,
}

/// How a matrix of weights is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats.
    F32,
    /// 8-bit integers, a scale for each block of a row.
    Q8,
}

/// The ways to cut what is no dense layer into workgroups. All compute the same, save for the order of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Every invocation for itself: for adapters that are programs, see `linear_registers.wgsl`.
    Registers,
    /// Through workgroup memory.
    Workgroup,
}

/// Every pipeline there is, by operation.
pub static KERNELS: &[&[Kernel]] = &[
    &embed::KERNELS,
    linear::KERNELS.as_flattened(),
    &scores::KERNELS,
    &softmax::KERNELS,
    &attention::KERNELS,
    &attend::KERNELS,
    &layer_norm::KERNELS,
];
