//! Files that the preprocessor puts into the book's source folder, from where mdBook copies them to each output.
//!
//! A file is written only where it is not there already, byte for byte: `mdbook serve` builds again whenever a file of
//! the source folder changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::markup;
use super::settings::Settings;

/// The folder, below the book's source folder.
pub const FOLDER: &str = "attention-map";
/// The element, where the book has a copy of its own.
const ELEMENT: &str = "standalone.js";
/// What loads the element and has it follow the book.
const LOADER: &str = "book.js";
/// The book's folder for what is made.
pub struct Assets {
    folder: PathBuf,
}

impl Assets {
    pub fn new(source: &Path) -> Self {
        Self { folder: source.join(FOLDER) }
    }

    /// Puts a file there unless it is there already. Returns its path from the book's root, with slashes.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<String, String> {
        self.put(name, content)?;
        Ok(format!("{FOLDER}/{name}"))
    }

    /// Puts the element there, if the book has a copy of its own, and what loads it.
    pub fn write_scripts(&self, root: &Path, settings: &Settings) -> Result<(), String> {
        let address = match &settings.module {
            // From this folder, which lies in the book's root.
            Some(module) if is_relative(module) => format!("../{module}"),
            Some(module) => module.clone(),
            None => {
                let path = element_file(root, settings)?;
                let element = fs::read(&path).map_err(|error| {
                    format!(
                        "could not read the element from {}: {error}; script in book.toml names the file, from the \
                         book's root",
                        path.display()
                    )
                })?;
                self.write(ELEMENT, &element)?;
                format!("./{ELEMENT}")
            }
        };
        self.write(LOADER, markup::loader(&address).as_bytes()).map(drop)
    }

    /// Removes the maps and pictures of earlier builds that are not of the maps `kept`.
    pub fn remove_others(&self, kept: &BTreeSet<String>) -> Result<(), String> {
        let Ok(entries) = self.folder.read_dir() else { return Ok(()) };
        for path in entries.flatten().map(|entry| entry.path()) {
            let (Some(stem), Some(end)) = (path.file_stem(), path.extension()) else { continue };
            let stem = stem.to_string_lossy();
            let ours = stem.len() == super::paint::NAME_LENGTH
                && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
                && ["svg", "png", "json"].iter().any(|known| end == *known);
            if ours && !kept.contains(&*stem) {
                fs::remove_file(&path)
                    .map_err(|error| format!("could not remove {}: {error}", path.display()))?;
            }
        }
        Ok(())
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<(), String> {
        let path = self.folder.join(name);
        if fs::read(&path).is_ok_and(|there| there == content) {
            return Ok(());
        }
        // Whoever reads it meanwhile gets the file before or this one, never half of one.
        let half = self.folder.join(format!(".{name}.{}", std::process::id()));
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&half, content))
            .and_then(|()| fs::rename(&half, &path))
            .map_err(|error| format!("could not write {}: {error}", path.display()))
    }
}

/// The file to copy: the one that the book names, or the one beside this program.
fn element_file(root: &Path, settings: &Settings) -> Result<PathBuf, String> {
    if let Some(script) = &settings.script {
        return Ok(root.join(script));
    }
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join(ELEMENT)));
    beside.filter(|path| path.is_file()).ok_or_else(|| {
        format!(
            "book.toml: [preprocessor.{}] should say where the element is: script = \"standalone.js\" (that file of a \
             built site, from the book's root, is copied into the book), or module = \"https://.../attention-map.js\" \
             (an address); interactive = false puts pictures alone into the pages",
            super::NAME
        )
    })
}

/// Whether an address is from the book's root.
fn is_relative(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default().contains(':');
    !scheme && !address.starts_with('/')
}
