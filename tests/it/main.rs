//! What must hold of the engine, natively: against goldens from elsewhere and against plain f64 loops.

// A test that panics has failed, which is what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod adapter;
#[cfg(feature = "cli")]
mod cli;
mod compare;
mod disturb;
mod engine;
#[cfg(feature = "page")]
mod filters;
mod golden;
mod habits;
mod inspect;
mod kernels;
mod lenses;
#[cfg(feature = "mdbook")]
mod mdbook;
mod models;
mod parity;
mod precision;
mod reference;
#[cfg(feature = "render")]
mod render;
mod shaders;
mod stored;
#[cfg(feature = "cli")]
mod stored_fuzz;
mod stored_traces;
mod tokens;
mod translation;
