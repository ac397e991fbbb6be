//! Cargo for programs of this machine.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::target;
use crate::paths::{Lock, Paths};

/// The package's features of all native builds, the same for each, so that what is compiled for one is there for the
/// next. The page's painters and state are tested natively, too.
pub const FEATURES: &str = "lab";

/// Cargo in the tree, building into its usual folder or, in CI, into the cache.
pub fn cargo(paths: &Paths) -> Command {
    let mut command = crate::process::cargo();
    command.current_dir(&paths.root);
    if let Some(target) = paths.native_target() {
        command.env("CARGO_TARGET_DIR", target);
    }
    command
}

/// Nothing to hold where native builds go to the tree's own folder.
pub fn hold(paths: &Paths) -> Result<Option<Lock>> {
    let hold = |target: PathBuf| target::hold(paths, "native", &target, cargo(paths), &[]);
    paths.native_target().map(hold).transpose()
}
