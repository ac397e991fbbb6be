//! The tests of the Python package: its own, and those in JupyterLab with the wheel.

use anyhow::Result;

use super::counts::{self, Counts};
use super::{counted, in_chromium};
use crate::paths::Paths;
use crate::setup::native;
use crate::setup::python::{PACKAGE, Python};
use crate::wheel;

/// Runs pytest, then what drives JupyterLab, whatever came of the first.
pub fn run(paths: &Paths) -> Result<Counts> {
    let python = Python::set_up(paths, &PACKAGE)?;
    let mut pytest = python.command(paths);
    pytest.args(["-m", "pytest"]).current_dir(paths.root.join("python"));
    let own = counted(&mut pytest, counts::of_pytest)?;
    let mut jupyter = in_chromium(paths, "tests/jupyter")?;
    let folder = tempfile::tempdir()?;
    let program = native::program(paths, wheel::PROGRAM)?;
    let wheel = wheel::build(paths, &python, &paths.dist(), &program, folder.path())?;
    let [program, packages] = python.parts();
    jupyter.env("ATTENTION_MAP_PYTHON", program).env("ATTENTION_MAP_PYTHON_PACKAGES", packages);
    jupyter.env("ATTENTION_MAP_WHEEL", wheel);
    Ok([own, counted(&mut jupyter, counts::of_node)?].into_iter().sum())
}
