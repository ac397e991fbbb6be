//! What went wrong, or has to be known.

use crate::view::words::filled;

/// The code of the notice that a language's words could not be had.
pub const NO_WORDS: &str = "language-missing";

/// Something that went wrong, as it is told to the reader and to the page around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable; the JavaScript error's `code`.
    pub code: String,
    /// In English, for programs.
    pub message: String,
    /// One of the page's own: its text as it is translated, and what that takes in. The engine's messages have none.
    pub words: Option<(&'static str, Vec<String>)>,
}

impl Problem {
    /// One that the engine, or the browser, puts in its own words.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), words: None }
    }

    /// One of the page's own, in words with `parts` in their places.
    pub fn said(code: &str, words: &'static str, parts: &[&str]) -> Self {
        let kept = parts.iter().map(|&part| part.to_owned()).collect();
        Self { words: Some((words, kept)), ..Self::new(code, filled(words, parts)) }
    }
}
