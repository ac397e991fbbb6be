//! What is shown, whoever shows it: a run, how it is looked at, and what has to be said of that.
//!
//! The page's components show a [`state::State`] on screen; `render` writes one to a file. Both set it by the same
//! [`attributes`] and [`state::Action`]s, so that they show the same. Nothing here knows of the DOM.

pub mod attributes;
pub mod carried;
pub mod examples;
pub mod excerpt;
pub mod extras;
pub mod heads;
pub mod hidden;
pub mod past;
pub mod profile;
pub mod ran;
pub mod state;
pub mod study;
pub mod subject;
pub mod taken;
pub mod written;
