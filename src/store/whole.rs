//! Files that are never there in part: written under another name, and moved into place whole.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

use super::progress::say;

/// Held while something shared in the cache is written. Dropping it lets the next process in.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file releases the lock")] File);

/// Waits until no other process writes the part of the folder `cache` called `name`, and holds it.
pub fn lock(cache: &Path, name: &str) -> Result<Lock> {
    let path = cache.join(format!("{name}.lock"));
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("could not open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say(format!("another process is at work on the cached {name}; waiting for it"));
            file.lock().with_context(|| format!("could not lock {}", path.display()))?;
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("could not lock {}", path.display()));
        }
    }
    Ok(Lock(file))
}

/// Copies `from` to `to` so that `to` is never there in part. Makes the folder it lies in.
pub fn copy_whole(from: &Path, to: &Path) -> Result<()> {
    let copy = || -> std::io::Result<()> {
        let temporary = temporary_beside(to)?;
        fs::copy(from, temporary.path())?;
        temporary.persist(to)?;
        Ok(())
    };
    copy().with_context(|| format!("could not copy {} to {}", from.display(), to.display()))
}

/// Writes `bytes` to `to` so that `to` is never there in part. Makes the folder it lies in.
pub fn write_whole(to: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let temporary = temporary_beside(to)?;
        fs::write(temporary.path(), bytes)?;
        temporary.persist(to)?;
        Ok(())
    };
    write().with_context(|| format!("could not write {}", to.display()))
}

/// Removes what an interrupted run left half-made in `folder`. Call it with the folder's lock held.
pub fn remove_leftovers(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(LEFTOVER) {
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?
            } else {
                fs::remove_file(entry.path())?
            }
        }
    }
    Ok(())
}

/// An empty folder inside `folder` whose name says that it is only half-made.
pub fn temporary_folder(folder: &Path) -> Result<tempfile::TempDir> {
    fs::create_dir_all(folder)?;
    tempfile::Builder::new()
        .prefix(LEFTOVER)
        .tempdir_in(folder)
        .with_context(|| format!("could not make a folder in {}", folder.display()))
}

/// An empty file beside `path`, with the permissions a file usually has.
pub fn temporary_beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(LEFTOVER);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder)
}

/// How the names of half-made files and folders begin.
const LEFTOVER: &str = ".half-made-";
