//! The models as the ONNX graphs that onnxruntime-web is measured with.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use attention_map::model::{MODELS, find};

use crate::model;
use crate::paths::{Paths, remove_leftovers, temporary_folder};
use crate::process;
use crate::progress::say;
use crate::setup::key;
use crate::setup::python::{Python, REFERENCE};

/// A graph's file, the model that it is of, and what `tests/reference/onnx_graph.py` is told besides.
const GRAPHS: [(&str, &str, &[&str]); 6] = [
    ("q8.onnx", "minilm-l6-q8", &[]),
    ("q8-plain.onnx", "minilm-l6-q8", &["--without-attention"]),
    ("q8-maps.onnx", "minilm-l6-q8", &["--without-output"]),
    ("f32.onnx", "minilm-l6-f32", &[]),
    ("f32-plain.onnx", "minilm-l6-f32", &["--without-attention"]),
    ("f32-dynamic.onnx", "minilm-l6-f32", &["--dynamic-8-bit"]),
];

/// The folder of all graphs, made where it's not in the cache yet. Older ones are removed: they are large.
pub fn ensure(paths: &Paths) -> Result<PathBuf> {
    let scripts = paths.root.join("tests/reference");
    let mut sources = Vec::new();
    for name in ["onnx_graph.py", "bert.py", "requirements.txt"] {
        let path = scripts.join(name);
        sources.push(fs::read(&path).with_context(|| format!("could not read {}", path.display()))?);
    }
    let hashes = MODELS.iter().flat_map(|spec| spec.files).map(|file| file.sha256.as_bytes());
    let told =
        GRAPHS.iter().flat_map(|(name, id, options)| [*name, *id].into_iter().chain(options.iter().copied()));
    let parts: Vec<&[u8]> =
        sources.iter().map(Vec::as_slice).chain(hashes).chain(told.map(str::as_bytes)).collect();
    let all = paths.cache.join("onnx");
    let graphs = all.join(key(&parts));
    if graphs.is_dir() {
        return Ok(graphs);
    }
    let python = Python::set_up(paths, &REFERENCE)?;
    let _lock = paths.lock("onnx")?;
    if graphs.is_dir() {
        return Ok(graphs);
    }
    fs::create_dir_all(&all)?;
    remove_leftovers(&all)?;
    let unfinished = temporary_folder(&all)?;
    say(format!("making the reference graphs in {}", graphs.display()));
    for (name, id, options) in GRAPHS {
        let mut command = python.command(paths);
        command.arg(scripts.join("onnx_graph.py")).arg(model::ensure(paths, find(id)?, None)?);
        process::run(command.arg(unfinished.path().join(name)).args(options))?;
    }
    for entry in fs::read_dir(&all)? {
        let older = entry?.path();
        if older != unfinished.path() {
            let removed = if older.is_dir() { fs::remove_dir_all(&older) } else { fs::remove_file(&older) };
            removed.with_context(|| format!("could not remove {}", older.display()))?;
        }
    }
    fs::rename(unfinished.path(), &graphs)
        .with_context(|| format!("could not write {}", graphs.display()))?;
    Ok(graphs)
}
