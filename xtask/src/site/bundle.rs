//! A compiled program made fit for the browser: wasm-bindgen's JavaScript beside it, then wasm-opt.
//!
//! What comes of it is kept in the cache by the hash of what it's made from, so that it's made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::model::hash_of;
use crate::paths::{Paths, remove_leftovers, temporary_folder};
use crate::process::run_quietly;
use crate::progress::say;
use crate::setup::key;
use crate::setup::node::Node;

/// The features that the programs use, by name: with `--all-features` wasm-opt writes what Node 20 and older
/// browsers refuse.
const WASM_OPT: [&str; 10] = [
    "-O3",
    "--enable-simd",
    // Taken by the build that has them; the other has none, and gets none.
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
];

/// Bundles of one program kept before the oldest is removed.
const KEPT: usize = 6;

/// Makes and keeps bundles. Call it with the `wasm` lock held.
pub struct Bundler<'a> {
    paths: &'a Paths,
    /// Without Node the programs aren't optimised.
    node: Option<Node>,
    folder: PathBuf,
}

impl<'a> Bundler<'a> {
    pub fn new(paths: &'a Paths, node: Option<Node>) -> Self {
        Self { paths, node, folder: paths.wasm_target().join("bundles") }
    }

    /// The folder that holds `<name>.js`, `<name>_bg.wasm` and what else comes of the program `wasm`.
    pub fn bundle(&self, name: &str, wasm: &Path) -> Result<PathBuf> {
        let hash = hash_of(wasm).with_context(|| format!("could not read {}", wasm.display()))?;
        let optimiser = self.node.as_ref().map_or("none", Node::key);
        let kept = self.folder.join(name);
        // The program carries wasm-bindgen's version; this file is what else decides what comes of it.
        let bundle = kept.join(key(&[hash.as_bytes(), optimiser.as_bytes(), include_bytes!("bundle.rs")]));
        if bundle.is_dir() {
            return Ok(bundle);
        }
        fs::create_dir_all(&kept)?;
        remove_leftovers(&kept)?;
        let temporary = temporary_folder(&kept)?;
        say(format!("{name}: wasm-bindgen"));
        Bindgen::new()
            .input_path(wasm)
            .out_name(name)
            .web(true)?
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(temporary.path())
            .with_context(|| format!("wasm-bindgen could not read {}", wasm.display()))?;
        if let Some(node) = &self.node {
            self.optimise(node, &temporary.path().join(format!("{name}_bg.wasm")))?;
        }
        fs::rename(temporary.path(), &bundle)
            .with_context(|| format!("could not move the program to {}", bundle.display()))?;
        remove_oldest(&kept)?;
        Ok(bundle)
    }

    fn optimise(&self, node: &Node, wasm: &Path) -> Result<()> {
        let optimised = wasm.with_extension("optimised");
        let mut command = node.command(self.paths);
        command.arg(node.file("binaryen", "bin/wasm-opt")).args(WASM_OPT);
        command.arg(wasm).arg("--output").arg(&optimised);
        let name = wasm.file_name().unwrap_or_default().to_string_lossy();
        run_quietly(&format!("{name}: wasm-opt -O3"), &mut command)?;
        fs::rename(&optimised, wasm)?;
        Ok(())
    }
}

fn remove_oldest(folder: &Path) -> Result<()> {
    let mut bundles: Vec<(SystemTime, PathBuf)> = folder
        .read_dir()?
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    bundles.sort();
    let too_many = bundles.len().saturating_sub(KEPT);
    for (_, bundle) in &bundles[..too_many] {
        fs::remove_dir_all(bundle)?;
    }
    Ok(())
}
