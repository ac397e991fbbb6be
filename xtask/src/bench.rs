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

#[derive(clap::Args)]
pub struct Arguments {
    /// A few runs only, to see that it works; the numbers aren't worth keeping.
    #[arg(long)]
    quick: bool,
}

/// `cargo xtask bench`. Writes `benches/results.json` and prints what `benches/browser/run.mjs` prints. Quick
/// numbers go to the cache instead, since those in the tree are the ones that README quotes.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<()> {
    let node = Node::set_up(paths)?;
    let chromium = chromium()?;
    let dist = paths.dist();
    site::build(paths, &dist)?;
    let results = if arguments.quick {
        paths.cache.join("quick-results.json")
    } else {
        paths.root.join("benches/results.json")
    };
    let mut command = node.command(paths);
    command
        .arg("benches/browser/run.mjs")
        .args(arguments.quick.then_some("--quick"))
        .env("ATTENTION_MAP_DIST", &dist)
        .env("ATTENTION_MAP_CHROMIUM", chromium)
        .env("ATTENTION_MAP_ONNX", reference_graph(paths, Attention::IsAnOutput)?)
        .env("ATTENTION_MAP_ONNX_PLAIN", reference_graph(paths, Attention::IsLeftOut)?)
        .env("ATTENTION_MAP_BENCH_OUT", &results);
    process::run(&mut command)?;
    say(format!("the numbers are in {}", paths.shown(&results)));
    site::print_sizes(&dist)
}

/// What a reference graph gives besides the last hidden state.
#[derive(Clone, Copy)]
enum Attention {
    IsAnOutput,
    IsLeftOut,
}

/// The default model as an ONNX graph, made where it's not in the cache yet.
fn reference_graph(paths: &Paths, attention: Attention) -> Result<PathBuf> {
    let spec = &MODELS[0];
    let (name, option) = match attention {
        Attention::IsAnOutput => ("attention", None),
        Attention::IsLeftOut => ("plain", Some("--without-attention")),
    };
    let scripts = paths.root.join("tests/reference");
    let mut sources = Vec::new();
    for name in ["onnx_graph.py", "bert.py", "requirements.txt"] {
        let path = scripts.join(name);
        sources.push(std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?);
    }
    let hashes = spec.files.iter().map(|file| file.sha256.as_bytes());
    let parts: Vec<&[u8]> = sources.iter().map(Vec::as_slice).chain(hashes).collect();
    let all = paths.cache.join("onnx");
    let graph = all.join(format!("{}-{name}-{}.onnx", spec.id, key(&parts)));
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
    let mut command = python.command(paths);
    command.arg(scripts.join("onnx_graph.py")).arg(model).arg(&unfinished).args(option);
    process::run(&mut command)?;
    std::fs::rename(&unfinished, &graph).with_context(|| format!("could not write {}", graph.display()))?;
    Ok(graph)
}
