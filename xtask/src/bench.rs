//! How fast the page is, beside onnxruntime-web in the same browser, and how fast the engine is without a browser.

mod graphs;

use std::path::Path;

use anyhow::Result;

use crate::model;
use crate::paths::Paths;
use crate::process::{cargo, run as run_command};
use crate::progress::say;
use crate::setup::browser::chromium;
use crate::setup::node::{Node, TOOLS};
use crate::setup::vulkan::Vulkan;
use crate::site;

#[derive(clap::Args)]
pub struct Arguments {
    /// A few runs only, to see that it works; the numbers aren't worth keeping.
    #[arg(long)]
    quick: bool,
    /// Measure the engine without a browser instead, on the CPU and through Vulkan.
    #[arg(long)]
    native: bool,
    /// Measure only what a choice takes until it is painted, and put that in the place of what was kept of it.
    #[arg(long, conflicts_with = "native")]
    repaints: bool,
    /// Measure only how long a model takes to learn, and put that in the place of what was kept of it.
    #[arg(long, conflicts_with_all = ["native", "repaints"])]
    lessons: bool,
}

/// `cargo xtask bench`. Prints what it measures and writes it to `benches/results.json`, or to `benches/native.json`.
/// Quick numbers go to the cache instead, since those in the tree are the ones that README quotes.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<()> {
    let name = if arguments.native { "native.json" } else { "results.json" };
    let results = if arguments.quick {
        paths.cache.join(format!("quick-{name}"))
    } else {
        paths.root.join("benches").join(name)
    };
    if arguments.native {
        in_no_browser(paths, arguments.quick, &results)?;
    } else {
        in_a_browser(paths, arguments, &results)?;
    }
    say(format!("the numbers are in {}", paths.shown(&results)));
    Ok(())
}

/// `benches/browser/run.mjs`.
fn in_a_browser(paths: &Paths, arguments: &Arguments, results: &Path) -> Result<()> {
    let node = Node::set_up(paths, &TOOLS)?;
    let chromium = chromium()?;
    let dist = paths.dist();
    site::build(paths, &dist)?;
    let mut command = node.command(paths);
    command
        .arg("benches/browser/run.mjs")
        .args(arguments.quick.then_some("--quick"))
        .args(arguments.repaints.then_some("--repaints"))
        .args(arguments.lessons.then_some("--lessons"))
        .env("ATTENTION_MAP_DIST", &dist)
        .env("ATTENTION_MAP_CHROMIUM", chromium)
        .env("ATTENTION_MAP_BENCH_OUT", results);
    if !arguments.repaints && !arguments.lessons {
        command.env("ATTENTION_MAP_GRAPHS", graphs::ensure(paths)?);
    }
    run_command(&mut command)
}

/// `benches/native`.
fn in_no_browser(paths: &Paths, quick: bool, results: &Path) -> Result<()> {
    model::ensure_all(paths)?;
    let mut command = cargo();
    command.current_dir(&paths.root).args(["run", "--release", "--package", "native-bench", "--"]);
    command.arg("--models").arg(paths.models()).arg("--out").arg(results);
    command.args(if quick { &["--runs", "3"][..] } else { &[] });
    Vulkan::find().set(&mut command);
    run_command(&mut command)
}
