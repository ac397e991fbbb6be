//! A compiled program made fit for the browser: wasm-bindgen's JavaScript beside it, short names between the two, then
//! wasm-opt; of some, two halves.
//!
//! What comes of it is kept in the cache by the hash of what it's made from, so that it's made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::{Bindgen, Output};

use crate::model::hash_of;
use crate::paths::{Paths, remove_leftovers, temporary_folder};
use crate::process::run_quietly;
use crate::progress::say;
use crate::setup::key;
use crate::setup::node::Node;

use super::later::is_later;
use super::split::split;

/// The features that the programs use, by name: with `--all-features` wasm-opt writes what Node 20 and older
/// browsers refuse.
const FEATURES: [&str; 10] = [
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
    "--strip-target-features",
];

/// How wasm-bindgen's names of closures begin.
const CLOSURE: &str = "wasm_bindgen__convert__closures";

/// Bundles of one program kept before the oldest is removed.
const KEPT: usize = 6;

/// Makes and keeps bundles. Call it with the `wasm` lock held.
pub struct Bundler<'a> {
    paths: &'a Paths,
    /// Without Node the programs aren't optimised.
    node: Option<&'a Node>,
    /// Functions keep their names.
    names: bool,
    folder: PathBuf,
}

impl<'a> Bundler<'a> {
    pub fn new(paths: &'a Paths, node: Option<&'a Node>, names: bool) -> Self {
        Self { paths, node, names, folder: paths.wasm_target().join("bundles") }
    }

    /// The folder that holds `<name>.js`, `<name>_bg.wasm` and what else comes of the program `wasm`, optimised by
    /// wasm-opt's `options`. In `halves`, what comes later is in `<name>_later_bg.wasm`.
    pub fn bundle(&self, name: &str, options: &[&str], halves: bool, wasm: &Path) -> Result<PathBuf> {
        let hash = hash_of(wasm).with_context(|| format!("could not read {}", wasm.display()))?;
        let optimiser = self.node.map_or("none", Node::key);
        let kept = self.folder.join(name);
        // The program carries wasm-bindgen's version; this file is what else decides what comes of it.
        let bundle = kept.join(key(&[
            hash.as_bytes(),
            optimiser.as_bytes(),
            options.join(" ").as_bytes(),
            if halves { &b"halves"[..] } else { b"" },
            if self.names { &b"named"[..] } else { b"" },
            include_bytes!("bundle.rs"),
            include_bytes!("later.rs"),
            include_bytes!("split.rs"),
        ]));
        if bundle.is_dir() {
            return Ok(bundle);
        }
        fs::create_dir_all(&kept)?;
        remove_leftovers(&kept)?;
        let temporary = temporary_folder(&kept)?;
        // What is to be split is told apart by names.
        let named = self.names || halves;
        say(format!("{name}: wasm-bindgen"));
        let unread = || format!("wasm-bindgen could not read {}", wasm.display());
        let mut output = Bindgen::new()
            .input_path(wasm)
            .out_name(name)
            .web(true)?
            .typescript(false)
            .remove_name_section(!named)
            .remove_producers_section(true)
            .generate_output()
            .with_context(unread)?;
        emit(&mut output, temporary.path(), &format!("{name}.js"))?;
        let program = temporary.path().join(format!("{name}_bg.wasm"));
        self.optimise(options, &program, named)?;
        if halves {
            let halves = split(&fs::read(&program)?, is_later, self.names)
                .with_context(|| format!("{name} could not be cut in two"))?;
            let second = temporary.path().join(format!("{name}_later_bg.wasm"));
            for (path, half) in [(&program, halves.first), (&second, halves.later)] {
                fs::write(path, half)?;
                self.optimise(options, path, self.names)?;
            }
            import_later(&temporary.path().join(format!("{name}.js")))?;
        }
        fs::rename(temporary.path(), &bundle)
            .with_context(|| format!("could not move the program to {}", bundle.display()))?;
        remove_oldest(&kept)?;
        Ok(bundle)
    }

    fn optimise(&self, options: &[&str], wasm: &Path, names: bool) -> Result<()> {
        let Some(node) = self.node else { return Ok(()) };
        let optimised = wasm.with_extension("optimised");
        let mut command = node.command(self.paths);
        command.arg(node.file("binaryen", "bin/wasm-opt")).args(options).args(FEATURES);
        command.args(names.then_some("--debuginfo"));
        command.arg(wasm).arg("--output").arg(&optimised);
        let name = wasm.file_name().unwrap_or_default().to_string_lossy();
        run_quietly(&format!("{name}: wasm-opt {}", options.join(" ")), &mut command)?;
        fs::rename(&optimised, wasm)?;
        Ok(())
    }
}

/// Writes what wasm-bindgen made, with short names for what the program takes from its JavaScript, and for the closures that it
/// gives it: wasm-bindgen's carry hashes, which no compression makes smaller, 3 kB in each of the two files of the page's program.
fn emit(output: &mut Output, folder: &Path, script: &str) -> Result<()> {
    let mut renamed = Vec::new();
    for (index, import) in output.wasm_mut().imports.iter_mut().enumerate() {
        let short = format!("i{index}");
        renamed.push((format!(" {}: ", import.name), format!(" {short}: ")));
        import.name = short;
    }
    let closures = output.wasm_mut().exports.iter_mut().filter(|export| export.name.starts_with(CLOSURE));
    for (index, export) in closures.enumerate() {
        let short = format!("e{index}");
        renamed.push((format!("wasm.{}(", export.name), format!("wasm.{short}(")));
        export.name = short;
    }
    output.emit(folder)?;
    let path = folder.join(script);
    let mut text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    for (long, short) in renamed {
        ensure!(text.matches(&long).count() == 1, "wasm-bindgen's {script} should define{long}once");
        text = text.replace(&long, &short);
    }
    fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))
}

/// Has wasm-bindgen's `script` give its program what comes later (`www/later.js`).
fn import_later(script: &Path) -> Result<()> {
    let mut text =
        fs::read_to_string(script).with_context(|| format!("could not read {}", script.display()))?;
    for (from, to) in [
        (
            "        __proto__: null,\n        \"./",
            "        __proto__: null,\n        later: later.functions,\n        \"./",
        ),
        ("    wasm = instance.exports;\n", "    wasm = instance.exports;\n    later.first = wasm;\n"),
    ] {
        ensure!(text.matches(from).count() == 1, "wasm-bindgen's {} should have{from}once", script.display());
        text = text.replace(from, to);
    }
    fs::write(
        script,
        format!("import {{ Later }} from './later.js';\n\nexport const later = new Later();\n\n{text}"),
    )
    .with_context(|| format!("could not write {}", script.display()))
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
