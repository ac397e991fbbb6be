//! Attention Map: what a real transformer attends to, computed where it is shown.
//!
//! Read in this order; each module knows only those above it, except that the page talks to the engine
//! through `protocol`. ARCHITECTURE.md has the map.

pub mod error;
pub mod trace;
pub mod model;
pub mod protocol;

#[cfg(feature = "page")]
pub mod view;
#[cfg(feature = "page")]
pub mod page;
