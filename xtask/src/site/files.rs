//! Files on their way into the site.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::sizes;
use crate::model;
use crate::paths::{Paths, copy_whole, remove_leftovers};

/// Puts all files of `from` into the site's folder `to`. What an earlier call put there and this one doesn't is removed;
/// nothing else is.
pub fn replace(paths: &Paths, from: &Path, to: &Path) -> Result<()> {
    let _lock = paths.lock("site")?;
    remove_leftovers_below(to)?;
    let files: BTreeSet<PathBuf> = files_below(from)?.into_iter().collect();
    for file in &files {
        copy_changed(&from.join(file), &to.join(file))?;
    }
    sizes::finish(to, &files)?;
    Ok(())
}

/// Copies `from` to `to` unless the same bytes are there already.
pub fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    if same(from, to) { Ok(()) } else { copy_whole(from, to) }
}

fn same(a: &Path, b: &Path) -> bool {
    let same_size = || Ok::<_, std::io::Error>(fs::metadata(a)?.len() == fs::metadata(b)?.len());
    let same_hash = || Ok::<_, std::io::Error>(model::hash_of(a)? == model::hash_of(b)?);
    same_size().unwrap_or(false) && same_hash().unwrap_or(false)
}

/// Removes what an interrupted build left half-made in `folder` and below.
pub fn remove_leftovers_below(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    remove_leftovers(folder)?;
    for entry in folder.read_dir()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_leftovers_below(&entry.path())?;
        }
    }
    Ok(())
}

/// The files below `folder`, as paths from it.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir().with_context(|| format!("could not read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    Ok(files)
}
