//! `standalone.js`: the element, its words and the program that shows stored maps, in one ES module that asks for nothing
//! else.
//! It works where there is only one file: in a notebook, a single HTML page, from a disk.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::paths::{Paths, temporary_folder};
use crate::process::run_quietly;
use crate::setup::node::Node;

/// The file, in the site.
pub const NAME: &str = "standalone.js";
/// Bytes that it may have, raw: a notebook or a page holds it whole.
const BUDGET: u64 = 380_000;

/// Bundles what lies in the site `out` already. Returns the path in it.
pub fn write(paths: &Paths, node: &Node, out: &Path) -> Result<PathBuf> {
    let folder = temporary_folder(&paths.wasm_target())?;
    let program = out.join("viewer_bg.wasm");
    let program = fs::read(&program).with_context(|| format!("could not read {}", program.display()))?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&program)?;
    fs::write(folder.path().join("viewer_bg.wasm.gz"), packed.finish()?)?;
    let entry = folder.path().join("entry.js");
    fs::write(&entry, entry_of(out)?)?;
    let bundle = folder.path().join(NAME);
    // The others stay files of their own, for those who have them.
    bundle_with_esbuild(paths, node, &entry, &bundle, &["./app.js", "./lab.js"], &["--loader:.gz=binary"])?;
    let bytes = fs::metadata(&bundle)?.len();
    ensure!(bytes <= BUDGET, "{NAME} has {bytes} bytes, and may have {BUDGET}");
    super::copy_changed(&bundle, &out.join(NAME))?;
    Ok(PathBuf::from(NAME))
}

/// The module that esbuild starts from: the element in the site `out`, with a program of its own (www/programs.js).
fn entry_of(out: &Path) -> Result<String> {
    let path = |name: &str| serde_json::to_string(&out.join(name));
    Ok(format!(
        "import {{ programs }} from {element};
import * as module from {viewer};
import {{ sources }} from {language};
import words from {words};
import packed from './viewer_bg.wasm.gz';
sources['zh-Hans'] = async () => words;
programs.viewer = async () => ({{
  module,
  source: new Response(
    new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')),
    {{ headers: {{ 'content-type': 'application/wasm' }} }},
  ),
}});
export * from {element};
",
        element = path("attention-map.js")?,
        viewer = path("viewer.js")?,
        language = path("language.js")?,
        words = path("words/zh-Hans.json")?,
    ))
}

/// One ES module of `entry` and what it imports, but for what is `external`.
pub fn bundle_with_esbuild(
    paths: &Paths,
    node: &Node,
    entry: &Path,
    bundle: &Path,
    external: &[&str],
    options: &[&str],
) -> Result<()> {
    let mut command = node.command(paths);
    command.arg(node.file("esbuild", "bin/esbuild")).arg(entry);
    command.args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--charset=utf8",
        "--log-level=warning",
    ]);
    command.args(external.iter().map(|path| format!("--external:{path}"))).args(options);
    command.arg(format!("--outfile={}", bundle.display()));
    let name = bundle.file_name().unwrap_or_default().to_string_lossy();
    run_quietly(&format!("{name}: esbuild"), &mut command)
}
