//! What is written, and where to.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;

use super::arguments::Written;
use super::{Failure, Result};
use crate::store::whole::temporary_beside;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A picture of which the text is text.
    Svg,
    /// A picture of pixels.
    Png,
    /// A page that opens without a network.
    Html,
    /// The weights, for programs.
    Json,
    /// The map, for spreadsheets.
    Csv,
}

impl Format {
    /// That of a file called so.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "htm" => Some(Self::Html),
            _ => Self::from_str(&ending, true).ok(),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// The place in a path for the line's number.
const NUMBER: &str = "{line}";

/// Where results go.
#[derive(Debug)]
pub struct Output {
    pub format: Format,
    /// None is standard output.
    path: Option<PathBuf>,
}

impl Output {
    /// What the arguments ask for, of the formats `allowed`, the first of which standard output gets by default. For
    /// `many` outputs there must be a place for the line's number, or they must be lines themselves.
    pub fn new(written: &Written, allowed: &[Format], many: bool) -> Result<Self> {
        let path = Some(&written.output).filter(|path| path.as_path() != Path::new("-"));
        let names = || allowed.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        let format = match (written.format, path) {
            (Some(format), _) => format,
            (None, None) => allowed.first().copied().unwrap_or(Format::Json),
            (None, Some(path)) => Format::of(path).ok_or_else(|| {
                Failure::usage(format!(
                    "--output {}: its ending is none of {}; change it, or add --format",
                    path.display(),
                    names()
                ))
            })?,
        };
        if !allowed.contains(&format) {
            return Err(Failure::usage(format!(
                "--output: this command does not write {}; it writes {}",
                format.name(),
                names()
            )));
        }
        match path {
            Some(path) if many && !path.to_string_lossy().contains(NUMBER) => {
                return Err(Failure::usage(format!(
                    "--output {}: with --lines there is a file for each line; put {NUMBER} where its number shall stand",
                    path.display()
                )));
            }
            Some(path) if path.is_dir() => {
                return Err(Failure::usage(format!(
                    "--output {}: it is a folder; name a file in it",
                    path.display()
                )));
            }
            None if many && format != Format::Json => {
                return Err(Failure::usage(format!(
                    "--output -: only json is written to standard output with --lines, a line each; for {} name files: -o '{NUMBER}.{}'",
                    format.name(),
                    format.name()
                )));
            }
            None if format == Format::Png && std::io::stdout().is_terminal() => {
                return Err(Failure::usage("--output -: a terminal shows no png; name a file: -o map.png"));
            }
            _ => {}
        }
        Ok(Self { format, path: path.cloned() })
    }

    /// Writes `content`, that of the line with this number where there are many.
    pub fn write(&self, content: &[u8], line: Option<usize>) -> Result<()> {
        let Some(path) = &self.path else {
            let mut stdout = std::io::stdout().lock();
            let written = stdout.write_all(content).and_then(|()| stdout.flush());
            return written.context("standard output").map_err(Failure::Output);
        };
        let path = match (line, path.to_str()) {
            (Some(line), Some(text)) => PathBuf::from(text.replace(NUMBER, &line.to_string())),
            _ => path.clone(),
        };
        replace(&path, content)
            .with_context(|| format!("could not write {}", path.display()))
            .map_err(Failure::Output)
    }
}

/// Puts a file with `content` where `path` says, in one step: whoever reads it meets the old one or the new one.
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        // A pipe or a device is written to, not replaced.
        return fs::write(path, content);
    }
    // Where it is a link, what it leads to.
    let path = if there.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let mut temporary = temporary_beside(&path)?;
    temporary.write_all(content)?;
    if let Some(there) = there {
        fs::set_permissions(temporary.path(), there.permissions())?;
    }
    temporary.persist(&path)?;
    Ok(())
}
