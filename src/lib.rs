//! Attention Map: what a real transformer attends to, computed where it is shown.
//!
//! Read in this order; each module knows only those above it, except that the page talks to the engine
//! through `protocol`. ARCHITECTURE.md has the map.

pub mod error;
pub mod habits;
pub mod inspection;
pub mod trace;

pub mod lens;

pub mod alignment;
pub mod translation;

#[cfg(any(feature = "engine", feature = "lab"))]
pub mod information;
#[cfg(feature = "engine")]
pub mod tensor;
#[cfg(any(feature = "engine", feature = "store"))]
pub mod tokenizer;
#[cfg(feature = "engine")]
pub mod weights;

#[cfg(feature = "engine")]
pub mod backend;
#[cfg(feature = "engine")]
pub mod cpu;
#[cfg(feature = "engine")]
pub mod gpu;
#[cfg(feature = "engine")]
pub mod ops;

#[cfg(feature = "engine")]
pub mod engine;
pub mod model;
#[cfg(all(feature = "store", not(target_arch = "wasm32")))]
pub mod store;

pub mod four;
pub mod protocol;
#[cfg(any(feature = "engine", feature = "pictures"))]
pub mod stored;

#[cfg(feature = "worker")]
pub mod worker;

#[cfg(feature = "pictures")]
pub mod filter;
#[cfg(feature = "pictures")]
pub mod shown;
#[cfg(feature = "pictures")]
pub mod view;

#[cfg(feature = "render")]
pub mod render;

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;

#[cfg(feature = "page")]
pub mod page;

#[cfg(feature = "lab")]
pub mod lab;

#[cfg(feature = "trainer")]
pub mod trainer;

#[cfg(feature = "mdbook")]
pub mod mdbook;
