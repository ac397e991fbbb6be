//! Cargo's folders in the cache, which every clone of the repository on this machine shares.
//!
//! Cargo names what it makes of a workspace's own packages without regard to where the workspace lies, and
//! judges by times alone whether it's up to date. A clone whose files are older than another clone's build would
//! get the other's programs. So only one clone at a time uses such a folder, and a clone that isn't the one that
//! used it last first removes what was made of the workspace's packages. What was made of their dependencies,
//! nearly all of it, stays.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths::{Lock, Paths, write_whole};
use crate::process::run_quietly;

/// Holds `target`, one of the cache's folders, whose part of the cache is called `name`, for this clone while the
/// result lives. `cargo` is the one that uses it, set up to; `profile` are the arguments that say which part.
pub fn hold(paths: &Paths, name: &str, target: &Path, mut cargo: Command, profile: &[&str]) -> Result<Lock> {
    let lock = paths.lock(name)?;
    let last = target.join("last-used-by");
    let this = paths.root.as_os_str().as_encoded_bytes();
    if fs::read(&last).ok().as_deref() != Some(this) {
        if target.is_dir() {
            cargo.args(["clean", "--package", "attention-map", "--package", "xtask"]).args(profile);
            run_quietly("another clone built here last; removing what it made of its own code", &mut cargo)
                .with_context(|| format!("{} could not be cleaned; delete it", target.display()))?;
        }
        write_whole(&last, this)?;
    }
    Ok(lock)
}
