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
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use attention_map::store::whole::{Lock, copy_whole, remove_leftovers, temporary_folder, write_whole};

/// The tree and the cache.
#[derive(Clone, Debug)]
pub struct Paths {
    pub root: PathBuf,
    pub cache: PathBuf,
}

impl Paths {
    /// The tree that this xtask belongs to, and the user's cache folder or `ATTENTION_MAP_CACHE`.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
        let root = Path::new(&manifest).parent().context("xtask is not inside a workspace")?.to_path_buf();
        let cache = attention_map::store::cache()?;
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

    /// Waits until no other process writes the part of the cache called `name`, and holds it.
    pub fn lock(&self, name: &str) -> Result<Lock> {
        attention_map::store::whole::lock(&self.cache, name)
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
