//! The Python package as a wheel: `python/` with what paints in a browser and what computes on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::paths::{Paths, temporary_folder};
use crate::process::run_quietly;
use crate::progress::say;
use crate::setup::native;
use crate::setup::python::{PACKAGE, Python};
use crate::{absolute, site};

/// The native program in it.
pub const PROGRAM: &str = "attention-map";

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder to write the wheel to [default: python/dist].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// `cargo xtask wheel`.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<()> {
    let out = arguments.out.as_deref().map_or_else(|| Ok(paths.root.join("python/dist")), absolute)?;
    let dist = paths.dist();
    site::build(paths, &dist)?;
    let python = Python::set_up(paths, &PACKAGE)?;
    let program = native::released(paths, PROGRAM, "cli")?;
    let wheel = build(paths, &python, &dist, &program, &out)?;
    say(format!("the wheel is {}", paths.shown(&wheel)));
    Ok(())
}

/// Writes the wheel to `out`, with the front end of the site in `dist` and the native `program`.
pub fn build(paths: &Paths, python: &Python, dist: &Path, program: &Path, out: &Path) -> Result<PathBuf> {
    let temporary = temporary_folder(out)?;
    let mut command = python.command(paths);
    command.current_dir(paths.root.join("python"));
    command.args(["-m", "hatchling", "build", "--target", "wheel", "--directory"]).arg(temporary.path());
    command.env("ATTENTION_MAP_STANDALONE", dist.join("standalone.js")).env("ATTENTION_MAP_PROGRAM", program);
    run_quietly("hatchling build (the Python package)", &mut command)
        .context("the Python package could not be built")?;
    let Some(made) = temporary.path().read_dir()?.flatten().find(|entry| is_wheel(&entry.path())) else {
        bail!("hatchling wrote no wheel to {}", temporary.path().display());
    };
    let wheel = out.join(made.file_name());
    fs::rename(made.path(), &wheel).with_context(|| format!("could not write {}", wheel.display()))?;
    Ok(wheel)
}

fn is_wheel(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "whl")
}
