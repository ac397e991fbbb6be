//! Where things are: the tree, and the cache folder beside it that holds everything heavy.
//!
//! | In the cache        | What                                                          |
//! |---------------------|---------------------------------------------------------------|
//! | `models/<id>/`      | a model's files, each checked by its hash                     |
//! | `node/<hash>/`      | `node_modules`, by the hash of package.json and its lock      |
//! | `python/<hash>/`    | Python packages, by the hash of requirements.txt and Python   |
//! | `target/wasm/`      | cargo's folder for the page's programs, another compiler's    |
//! | `target/native/`    | cargo's folder for native builds in CI                        |
//! | `onnx/`             | the reference graph that the bench compares with              |
//!
//! All of it can be deleted at any time; the next command makes it again.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::progress::say;

/// The tree and the cache.
#[derive(Debug)]
pub struct Paths {
    pub root: PathBuf,
    pub cache: PathBuf,
}

/// Held while something shared in the cache is written. Dropping it lets the next process in.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file releases the lock")] File);

impl Paths {
    /// The tree that this xtask belongs to, and the user's cache folder or `ATTENTION_MAP_CACHE`.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
        let root = Path::new(&manifest).parent().context("xtask is not inside a workspace")?.to_path_buf();
        let cache = match std::env::var_os("ATTENTION_MAP_CACHE").filter(|value| !value.is_empty()) {
            Some(folder) => std::path::absolute(folder)?,
            None => dirs::cache_dir()
                .context("this user has no cache folder; name one in ATTENTION_MAP_CACHE")?
                .join("attention-map"),
        };
        fs::create_dir_all(&cache)
            .with_context(|| format!("could not make the cache folder {}", cache.display()))?;
        Ok(Self { root, cache })
    }

    /// Where models are kept, each in a folder of its id.
    pub fn models(&self) -> PathBuf {
        self.cache.join("models")
    }

    /// Cargo's folder for the page's programs.
    pub fn wasm_target(&self) -> PathBuf {
        self.cache.join("target/wasm")
    }

    /// Cargo's folder for native builds, where it isn't cargo's usual one: in CI the tree is new each time,
    /// the cache perhaps isn't.
    pub fn native_target(&self) -> Option<PathBuf> {
        (in_ci() && std::env::var_os("CARGO_TARGET_DIR").is_none()).then(|| self.cache.join("target/native"))
    }

    /// The site, unless another folder is asked for.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Waits until no other xtask writes the part of the cache called `name`, and holds it.
    pub fn lock(&self, name: &str) -> Result<Lock> {
        let path = self.cache.join(format!("{name}.lock"));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say(format!("another cargo xtask is at work on the cached {name}; waiting for it"));
                file.lock().with_context(|| format!("could not lock {}", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("could not lock {}", path.display()));
            }
        }
        Ok(Lock(file))
    }

    /// `path` as people would write it: from the tree's root where it lies inside.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// Whether this is a CI run, where a missing part is a failure and the tree is new.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
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
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(LEFTOVER);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder)
}

/// How the names of half-made files and folders begin.
const LEFTOVER: &str = ".half-made-";
