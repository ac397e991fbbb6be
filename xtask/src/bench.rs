//! How long a warm forward takes, beside onnxruntime-web in the same browser.

use std::path::PathBuf;

use anyhow::{Context, Result};
use attention_map::model::MODELS;

use crate::model;
use crate::paths::{Paths, remove_leftovers, temporary_folder};
use crate::process;
use crate::progress::say;
use crate::setup::browser::chromium;
use crate::setup::key;
use crate::setup::node::Node;
use crate::setup::python::Python;
use crate::site;

/// `cargo xtask bench`. Writes `benches/results.json` and prints what `benches/browser/run.mjs` prints.
pub fn run(paths: &Paths) -> Result<()> {
    let node = Node::set_up(paths)?;
    let chromium = chromium()?;
    let dist = paths.dist();
    site::build(paths, &dist)?;
    let onnx = reference_graph(paths)?;
    let mut command = node.command(paths);
    command
        .arg("benches/browser/run.mjs")
        .env("ATTENTION_MAP_DIST", &dist)
        .env("ATTENTION_MAP_CHROMIUM", chromium)
        .env("ATTENTION_MAP_ONNX", onnx)
        .env("ATTENTION_MAP_BENCH_OUT", paths.root.join("benches/results.json"));
    process::run(&mut command)?;
    site::print_sizes(&dist)
}

/// The default model as an ONNX graph, made where it's not in the cache yet.
fn reference_graph(paths: &Paths) -> Result<PathBuf> {
    let spec = &MODELS[0];
    let scripts = paths.root.join("tests/reference");
    let mut sources = Vec::new();
    for name in ["onnx_graph.py", "bert.py", "requirements.txt"] {
        let path = scripts.join(name);
        sources.push(std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?);
    }
    let parts: Vec<&[u8]> = sources
        .iter()
        .map(Vec::as_slice)
        .chain(spec.files.iter().map(|file| file.sha256.as_bytes()))
        .collect();
    let all = paths.cache.join("onnx");
    let graph = all.join(format!("{}-{}.onnx", spec.id, key(&parts)));
    if graph.is_file() {
        return Ok(graph);
    }
    let python = Python::set_up(paths)?;
    let model = model::ensure(paths, spec, None)?;
    let _lock = paths.lock("onnx")?;
    std::fs::create_dir_all(&all)?;
    remove_leftovers(&all)?;
    let temporary = temporary_folder(&all)?;
    let unfinished = temporary.path().join("graph.onnx");
    say(format!("making the reference graph {}", graph.display()));
    process::run(python.command(paths).arg(scripts.join("onnx_graph.py")).arg(model).arg(&unfinished))?;
    std::fs::rename(&unfinished, &graph).with_context(|| format!("could not write {}", graph.display()))?;
    Ok(graph)
}
