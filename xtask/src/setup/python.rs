//! Python, and the packages that the tree pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use attention_map::store::with_pip;

use crate::paths::{Paths, remove_leftovers, temporary_folder};
use crate::process::{capture, run_quietly};
use crate::setup::key;

/// Packages that are installed together.
pub struct Packages {
    /// The requirements file.
    requirements: &'static str,
    /// What they are, for people who wait.
    what: &'static str,
}

/// What makes the goldens, and the graph that the bench compares with.
pub const REFERENCE: Packages =
    Packages { requirements: "tests/reference/requirements.txt", what: "the reference's packages" };
/// What the tests of `tests/hosts` build pages with.
pub const HOSTS: Packages =
    Packages { requirements: "tests/hosts/requirements.txt", what: "Sphinx, MyST-Parser" };

/// What the package in `python/` is built, tested and shown with.
pub const PACKAGE: Packages =
    Packages { requirements: "python/requirements.txt", what: "JupyterLab, anywidget, pytest" };

/// A Python that can import some packages.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
    /// Where the packages lie. A plain folder: unlike a virtual environment it can be made under another name
    /// and moved into place whole, and Debian's Python can make it without python3-venv.
    packages: PathBuf,
}

impl Python {
    /// Finds Python and installs the packages into the cache where they are not there yet.
    pub fn set_up(paths: &Paths, wanted: &Packages) -> Result<Self> {
        let program = with_pip()?;
        let requirements_path = paths.root.join(wanted.requirements);
        let requirements = fs::read(&requirements_path)
            .with_context(|| format!("could not read {}", requirements_path.display()))?;
        let version = capture(Command::new(&program).args(["-c", "import sys; print(sys.version)"]))?;
        let all = paths.cache.join("python");
        let packages = all.join(key(&[&requirements, version.as_bytes()]));
        if !packages.is_dir() {
            let _lock = paths.lock("python")?;
            if !packages.is_dir() {
                install(wanted, &program, [&all, &packages], &requirements_path)?;
            }
        }
        Ok(Self { program, packages })
    }

    /// The program, and the folder to look for packages in.
    pub fn parts(&self) -> [&Path; 2] {
        [&self.program, &self.packages]
    }

    /// Python in the tree's root, to be given a script.
    pub fn command(&self, paths: &Paths) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("PYTHONPATH", &self.packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&paths.root);
        command
    }
}

fn install(
    wanted: &Packages,
    program: &Path,
    [all, packages]: [&Path; 2],
    requirements: &Path,
) -> Result<()> {
    fs::create_dir_all(all)?;
    remove_leftovers(all)?;
    let temporary = temporary_folder(all)?;
    let mut command = Command::new(program);
    command.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
    ]);
    command.arg("--target").arg(temporary.path()).arg("--requirement").arg(requirements);
    run_quietly(&format!("pip install ({})", wanted.what), &mut command)
        .with_context(|| format!("the packages of {} could not be installed", requirements.display()))?;
    fs::rename(temporary.path(), packages)
        .with_context(|| format!("could not move the packages to {}", packages.display()))
}
