//! `cargo xtask`: everything a person does with this repository, set-up included.
//!
//! Each command gets what it needs by itself, says what it does, and names exactly what it could not get.
//! Whatever is heavy lives in the cache folder ([`paths::Paths`]), never in the tree.

mod bench;
mod book;
mod model;
mod paths;
mod process;
mod progress;
mod serve;
mod setup;
mod site;
mod test;
mod wheel;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use paths::Paths;

/// Builds, serves, tests and measures Attention Map.
///
/// Needs stable Rust, and Node 20.10+ and Python 3 with pip for some commands; gets the rest by itself.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask serve                      build the page and serve it on http://127.0.0.1:8080/
  cargo xtask test                       every check there is, as CI runs them
  cargo xtask test --only fmt,native     some of them
  cargo xtask build --base-out public    write the static site to ./public
  cargo xtask model --from ~/minilm      take the model's files from a folder
  cargo xtask bench                      measure, beside onnxruntime-web

Environment:
  ATTENTION_MAP_CACHE    the cache folder (by default attention-map in your user's cache folder)
  ATTENTION_MAP_MODELS   a folder to look for models in before anything is downloaded
  CHROME_BIN             the Chromium to test in";

#[derive(Subcommand)]
enum Command {
    /// Fetch the model, build the page and serve it on this machine.
    Serve(serve::Arguments),
    /// Write the page as a static site that works on any host at any path.
    Build(site::Arguments),
    /// Run the checks and tests, all of them or some.
    Test(test::Arguments),
    /// Measure in Chromium, beside onnxruntime-web, or natively, and write the numbers below benches/.
    Bench(bench::Arguments),
    /// Build the Python package, for notebooks, as a wheel for this platform.
    Wheel(wheel::Arguments),
    /// Fetch a model into the cache and make its 8-bit weights, or check the one that is there.
    Model(model::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    attention_map::store::progress::speak_as("xtask");
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let paths = Paths::find()?;
    match command {
        Command::Serve(arguments) => serve::run(&paths, &arguments)?,
        Command::Build(arguments) => site::run(&paths, &arguments)?,
        Command::Test(arguments) => return test::run(&paths, &arguments),
        Command::Bench(arguments) => bench::run(&paths, &arguments)?,
        Command::Wheel(arguments) => wheel::run(&paths, &arguments)?,
        Command::Model(arguments) => model::run(&paths, &arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A path given on the command line, from the folder that `cargo xtask` was called in.
fn absolute(path: &std::path::Path) -> anyhow::Result<PathBuf> {
    Ok(std::path::absolute(path)?)
}
