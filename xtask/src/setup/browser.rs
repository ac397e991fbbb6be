//! The Chromium that the browser tests and the bench drive.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::progress::say;
use crate::setup::debian;

/// The programs that will do, in the order they are looked for.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// So that the tests' Chinese, Arabic and emoji are drawn rather than boxes.
const FONTS: [&str; 3] = ["fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"];

/// A Chromium: `CHROME_BIN`, or one on the path, or Debian's, installed.
pub fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROME_BIN").filter(|value| !value.is_empty()) {
        return which::which(&named).with_context(|| format!("CHROME_BIN is {}", named.display()));
    }
    if debian::is_here()
        && let Err(error) = debian::ensure(&FONTS, "the browser tests draw many scripts")
    {
        say(format!("{error:#}"));
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::ensure(&["chromium"], "the browser tests need Chromium")
        .context("no Chromium (set CHROME_BIN if you have one)")?;
    match find() {
        Some(found) => Ok(found),
        None => bail!(
            "the Debian package chromium is installed, but there is no {} on the path",
            NAMES.join(" or ")
        ),
    }
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| which::which(name).ok())
}
