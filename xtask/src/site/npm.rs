//! `npm/`: the element as an npm package. Its own files are those of `www/npm`, copied with the rest of `www`; here it gets
//! the programs, in a shape that bundlers can take apart.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::paths::{Paths, temporary_folder};
use crate::setup::node::Node;

use super::standalone::{self, bundle_with_esbuild};

/// The folder, in the site.
pub const FOLDER: &str = "npm";
/// The engine's worker. In the package it is one file: bundlers copy what `new URL(…, import.meta.url)` names as it is,
/// and would leave behind what it imports.
const WORKER: &str = "engine-worker.js";

/// Files of the site that the package has as they are.
const SAME: [&str; 21] = [
    "attention-map.js",
    "engine-address.js",
    "ground.js",
    "language.js",
    "later.js",
    "programs.js",
    "translator.js",
    super::STYLE,
    "attention-map.d.ts",
    standalone::NAME,
    "viewer.js",
    "viewer_bg.wasm",
    "app.js",
    "app_bg.wasm",
    "app_later_bg.wasm",
    "lab.js",
    "lab_bg.wasm",
    "engine_bg.wasm",
    "engine_relaxed_bg.wasm",
    "words/zh-Hans.json",
    "trace.schema.json",
];
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Writes the package, of what lies in the site `out` already. Returns the paths in it.
pub fn write(paths: &Paths, node: &Node, out: &Path) -> Result<Vec<PathBuf>> {
    let package = Path::new(FOLDER);
    let mut written = Vec::new();
    let copies = SAME.map(|name| (out.join(name), name));
    for (from, name) in copies.into_iter().chain(LICENCES.map(|name| (paths.root.join(name), name))) {
        let path = package.join(name);
        super::copy_changed(&from, &out.join(&path))?;
        written.push(path);
    }
    let folder = temporary_folder(&paths.wasm_target())?;
    let worker = folder.path().join(WORKER);
    bundle_with_esbuild(paths, node, &out.join(WORKER), &worker, &[], &[])?;
    let path = package.join(WORKER);
    super::copy_changed(&worker, &out.join(&path))?;
    written.push(path);
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_the_version_of_the_program_and_lists_its_files() {
        let manifest: serde_json::Value =
            serde_json::from_str(include_str!("../../../www/npm/package.json")).unwrap();
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        for name in SAME.into_iter().chain(LICENCES) {
            let listed = manifest["files"].as_array().unwrap().iter().any(|glob| {
                let glob = glob.as_str().unwrap();
                match glob.strip_prefix('*') {
                    Some(ending) => name.ends_with(ending) && !name.contains('/'),
                    None => name == glob || name.split('/').next() == Some(glob),
                }
            });
            assert!(listed, "{name} should be among the package's files");
        }
    }
}
