//! What is in the site, or its book, and how large it is: `sizes.json`, and the table at a build's end.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::paths::write_whole;
use crate::progress::{bytes, say};

/// The list of a site's files, in its root.
const LIST: &str = "sizes.json";

/// The content of `sizes.json`: every file of the site but itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sizes {
    pub files: Vec<Size>,
}

/// One file of the site.
#[derive(Debug, Serialize, Deserialize)]
pub struct Size {
    /// From the site's root, with `/`.
    pub path: String,
    pub bytes: u64,
    /// As a host sends it compressed, at gzip's level 9. `None` for a model's files, which hardly shrink, and for the npm
    /// package's, which are the site's once more.
    pub gzip: Option<u64>,
}

/// The sizes of the site in `out`, as its last build wrote them.
fn read(out: &Path) -> Result<Sizes> {
    let path = out.join(LIST);
    let text = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not a list of sizes", path.display()))
}

/// Removes the files that the last build listed and this one didn't write, and lists `written`.
pub fn finish(out: &Path, written: &BTreeSet<PathBuf>) -> Result<Sizes> {
    if let Ok(before) = read(out) {
        let stale =
            before.files.iter().map(|file| Path::new(&file.path)).filter(|path| !written.contains(*path));
        for path in
            stale.filter(|path| path.is_relative() && !path.components().any(|part| part.as_os_str() == ".."))
        {
            // It may be gone already.
            let _ = fs::remove_file(out.join(path));
        }
    }
    let files = written.iter().map(|path| measure(out, path)).collect::<Result<Vec<_>>>()?;
    let sizes = Sizes { files };
    write_whole(&out.join(LIST), serde_json::to_string_pretty(&sizes)?.as_bytes())?;
    Ok(sizes)
}

/// Prints the sizes of what a browser loads before a model.
pub fn print(sizes: &Sizes) {
    say(format!("{:<24} {:>12} {:>12}", "file", "raw", "gzipped"));
    for file in &sizes.files {
        if let Some(gzip) = file.gzip {
            say(format!("{:<24} {:>12} {:>12}", file.path, bytes(file.bytes), bytes(gzip)));
        }
    }
}

fn measure(out: &Path, path: &Path) -> Result<Size> {
    let full = out.join(path);
    let unmeasured = path.starts_with("models") || path.starts_with(super::npm::FOLDER);
    let gzip = if unmeasured { None } else { Some(gzipped(&fs::read(&full)?)?) };
    let path = path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    Ok(Size { path, bytes: fs::metadata(&full)?.len(), gzip })
}

fn gzipped(content: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?.len() as u64)
}
