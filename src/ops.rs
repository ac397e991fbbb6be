//! The operations that models are made of.
//!
//! Each has one file here with its formula and parameters, one shader of the same name in `shaders/`, and a SIMD
//! twin in `cpu/`. The parameters are laid out as the shader's uniform block; a test compares the two.

pub mod attend;
pub mod embed;
pub mod layer_norm;
pub mod linear;
pub mod scores;
pub mod softmax;

/// A compute pipeline: a shader and the constants that it is specialised by.
#[derive(Debug)]
pub struct Kernel {
    /// `linear.gelu`; the part before the dot is the shader's file.
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

/// Every pipeline there is.
pub const KERNELS: &[&Kernel] = &[
    &embed::KERNEL,
    &linear::PLAIN,
    &linear::GELU,
    &linear::RESIDUAL,
    &scores::KERNEL,
    &softmax::KERNEL,
    &attend::KERNEL,
    &layer_norm::KERNEL,
];
