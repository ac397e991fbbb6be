//! Cargo for programs of this machine.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::target;
use crate::paths::{Lock, Paths};
use crate::process::shown;
use crate::progress::say;

/// The package's features of all native builds, the same for each, so that what is compiled for one is there for the
/// next. The page's painters and state are tested natively, too.
pub const FEATURES: &str = "lab,cli,mdbook,trainer";
/// What native builds are of: all but xtask, which is there already, with what it's made of, in cargo's usual folder.
pub const PACKAGES: [&str; 3] = ["--workspace", "--exclude", "xtask"];

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

/// Compiles the package's program `name` as its native tests are compiled, so that what is compiled for one is there for the
/// other; returns where it lies.
pub fn program(paths: &Paths, name: &str) -> Result<PathBuf> {
    let _lock = hold(paths)?;
    compiled(paths, name, &[&PACKAGES[..], &["--features", FEATURES]].concat())
}

/// The same, for those who keep it: optimised, and with nothing that only tests need.
pub fn released(paths: &Paths, name: &str, features: &str) -> Result<PathBuf> {
    let _lock = hold(paths)?;
    compiled(paths, name, &["--package", "attention-map", "--release", "--features", features])
}

fn compiled(paths: &Paths, name: &str, arguments: &[&str]) -> Result<PathBuf> {
    let mut command = cargo(paths);
    command.args(["build", "--bin", name]).args(arguments).arg("--message-format=json-render-diagnostics");
    say(format!("$ {}", shown(&command)));
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    ensure!(output.status.success(), "{name} could not be compiled");
    // Cargo says where, whatever folder it was told to build into.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("cargo did not say where it put {name}"))
}
