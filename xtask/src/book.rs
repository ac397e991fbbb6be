//! The book: `docs/` through mdBook, whose library this is, with this tree's own preprocessor.

use std::path::Path;

use anyhow::{Context, Result};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use crate::paths::{Paths, temporary_folder};
use crate::progress::say;
use crate::setup::native;
use crate::site;

/// Where the book lies in the site.
const FOLDER: &str = "book";
/// The preprocessor's program.
const PREPROCESSOR: &str = "mdbook-attention-map";

/// Writes the book into the site in `site`.
pub fn write(paths: &Paths, site: &Path) -> Result<()> {
    let preprocessor = native::program(paths, PREPROCESSOR)?;
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
    site::replace(paths, out.path(), &site.join(FOLDER))?;
    say(format!("the book is in {}", paths.shown(&site.join(FOLDER))));
    Ok(())
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
