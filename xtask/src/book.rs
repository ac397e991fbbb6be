//! The book: `docs/` through mdBook, whose library this is, with this tree's own preprocessor.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use serde_json::Value;
use tempfile::TempDir;

use crate::paths::{Paths, temporary_folder};
use crate::progress::say;
use crate::setup::native;

/// The preprocessor's binary. It's built with the features of the native tests and its own, so that what is compiled for one
/// is there for the other.
const PREPROCESSOR: &str = "mdbook-attention-map";

/// The book as HTML, in a folder that goes when it's dropped.
pub fn build(paths: &Paths) -> Result<TempDir> {
    let preprocessor = preprocessor(paths)?;
    let root = paths.root.join("docs");
    // Beside the cache's other parts, which may be on another disk than the system's temporary folder.
    let out = temporary_folder(&paths.cache.join("book"))?;
    let mut config = Config::from_disk(root.join("book.toml"))?;
    config.build.build_dir = out.path().to_path_buf();
    config.set("preprocessor.attention-map.command", quoted(&preprocessor)?)?;
    say("the book: mdbook");
    let book = MDBook::load_with_config(&root, config).context("the book in docs/ could not be read")?;
    // What is wrong with a chapter, the preprocessor has said.
    book.build().context("the book in docs/ could not be built")?;
    Ok(out)
}

/// Compiles the preprocessor; returns where it lies.
fn preprocessor(paths: &Paths) -> Result<PathBuf> {
    let _lock = native::hold(paths)?;
    let mut command = native::cargo(paths);
    command.args(["build", "--workspace", "--features", &format!("{},mdbook", native::FEATURES)]);
    command.args(["--bin", PREPROCESSOR]);
    command.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    say(format!("the book: compiling {PREPROCESSOR}"));
    let output = command.stdin(Stdio::null()).output().context("cargo could not be started")?;
    if !output.status.success() {
        bail!("{PREPROCESSOR} could not be compiled");
    }
    // Cargo says where, whatever folder it was told to build into.
    let said = String::from_utf8_lossy(&output.stdout);
    let executables = said.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == PREPROCESSOR)
            .then(|| message["executable"].as_str().map(PathBuf::from))?
    });
    executables.last().with_context(|| format!("cargo did not say where it put {PREPROCESSOR}"))
}

/// A path as mdBook reads a command, in the way of a shell.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{} is no UTF-8", path.display()))?;
    Ok(format!("'{}'", text.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_word_wherever_the_tree_lies() {
        assert_eq!(quoted(Path::new("/a b/it's")).unwrap(), "'/a b/it'\\''s'");
    }
}
