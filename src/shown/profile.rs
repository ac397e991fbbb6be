//! The kernels of one pass and how long each took.

use crate::model::ModelSpec;
use crate::trace::{Backend, KernelTime};

/// What was asked to be timed, and what came of it.
pub struct Profile {
    pub model: &'static ModelSpec,
    /// The text, or both, as the table is to name them.
    pub text: String,
    /// Not there yet while it is measured.
    pub measured: Option<Measured>,
}

/// Where a pass ran, and its kernels, the longest first: none on the CPU, or without a clock.
pub struct Measured {
    pub backend: Backend,
    pub adapter: String,
    pub kernels: Vec<KernelTime>,
}

impl PartialEq for Profile {
    /// The same, not an equal one.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
