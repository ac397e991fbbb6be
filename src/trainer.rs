//! Training, watched: a small encoder-decoder learns a task whose right alignment is known, one step at a time.
//!
//! A training step and an evaluation step, both small enough to run between two frames in a browser's worker: [`lesson::Lesson`].
//! Tensors and gradients are burn's (`burn-tensor`, `burn-autodiff`, `burn-ndarray`); the model, its attention and Adam are here.

pub mod adam;
pub mod attention;
pub mod lesson;
pub mod model;
pub mod tasks;

/// What computes: one core, without gradients.
pub type Plain<F = f32> = burn_ndarray::NdArray<F>;
/// And with them.
pub type Differentiated<F = f32> = burn_autodiff::Autodiff<Plain<F>>;
