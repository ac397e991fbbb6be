//! Every check there is, in one run. A step that fails hides none of the later ones.

mod counts;
mod python;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::paths::Paths;
use crate::process::{cargo, run_and_keep};
use crate::progress::{duration, say};
use crate::setup::browser::chromium;
use crate::setup::native;
use crate::setup::node::{self, Node};
use crate::setup::python::{HOSTS, Python};
use crate::setup::vulkan::Vulkan;
use crate::{book, model, site};

use counts::Counts;

#[derive(clap::Args)]
pub struct Arguments {
    /// The steps to run, in their usual order [default: all].
    #[arg(long, value_name = "STEPS", value_delimiter = ',')]
    only: Vec<Step>,
}

/// What can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted.
    Fmt,
    /// Clippy has nothing to say.
    Clippy,
    /// The tests of Rust code on this machine, kernels on Vulkan included.
    Native,
    /// The tests of the page in Chromium.
    Browser,
    /// The element in pages that Vite, Sphinx and Docusaurus build, in Chromium.
    Hosts,
    /// The tests of the Python package, in Python and in JupyterLab.
    Python,
}

/// How a step went.
struct Outcome {
    step: Step,
    counts: Counts,
    /// Why it failed, where that isn't in what it printed.
    failure: Option<String>,
    took: Duration,
}

/// `cargo xtask test`. The last line is `N passed, N failed`, over all steps; a step without tests of its own,
/// or one that could not begin, counts as one.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<ExitCode> {
    let chosen = |step: &&Step| arguments.only.is_empty() || arguments.only.contains(step);
    let outcomes: Vec<Outcome> =
        Step::value_variants().iter().filter(chosen).map(|step| step.run(paths)).collect();
    println!();
    println!("{:<10} {:<8} {:>8} {:>8} {:>8}  time", "step", "result", "passed", "failed", "ignored");
    for outcome in &outcomes {
        let Counts { passed, failed, ignored } = outcome.counts;
        let result = if failed == 0 { "ok" } else { "FAILED" };
        let took = duration(outcome.took);
        println!("{:<10} {result:<8} {passed:>8} {failed:>8} {ignored:>8}  {took}", outcome.step.name());
    }
    for outcome in &outcomes {
        if let Some(failure) = &outcome.failure {
            println!("{}: {failure}", outcome.step.name());
        }
    }
    let total: Counts = outcomes.iter().map(|outcome| outcome.counts).sum();
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Browser => "browser",
            Self::Hosts => "hosts",
            Self::Python => "python",
        }
    }

    fn run(self, paths: &Paths) -> Outcome {
        say(format!("== {} ==", self.name()));
        let begun = Instant::now();
        let result = match self {
            Self::Fmt => whole(native::cargo(paths).args(["fmt", "--all", "--check"])),
            Self::Clippy => clippy(paths),
            Self::Native => native(paths),
            Self::Browser => browser(paths),
            Self::Hosts => hosts(paths),
            Self::Python => python::run(paths),
        };
        let took = begun.elapsed();
        let (counts, failure) = match result {
            Ok(counts) => (counts, None),
            Err(error) => (Counts { failed: 1, ..Counts::default() }, Some(format!("{error:#}"))),
        };
        if let Some(failure) = &failure {
            say(format!("error: {}: {failure}", self.name()));
        }
        say(format!(
            "== {}: {} in {} ==",
            self.name(),
            if counts.failed == 0 { "ok" } else { "FAILED" },
            duration(took)
        ));
        Outcome { step: self, counts, failure, took }
    }
}

/// A step that counts as one.
fn whole(command: &mut Command) -> Result<Counts> {
    let (status, _) = run_and_keep(command)?;
    Ok(if status.success() {
        Counts { passed: 1, ..Counts::default() }
    } else {
        Counts { failed: 1, ..Counts::default() }
    })
}

fn clippy(paths: &Paths) -> Result<Counts> {
    let _lock = native::hold(paths)?;
    let mut command = native::cargo(paths);
    command.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        &format!("{},worker", native::FEATURES),
    ]);
    whole(command.args(["--", "-D", "warnings"]))
}

fn native(paths: &Paths) -> Result<Counts> {
    model::ensure_all(paths)?;
    let _lock = native::hold(paths)?;
    let mut command = native::cargo(paths);
    // One failing binary is no reason not to run the next.
    command.arg("test").args(native::PACKAGES).args(["--no-fail-fast", "--features", native::FEATURES]);
    command.env("ATTENTION_MAP_MODEL_DIR", paths.models());
    Vulkan::find().set(&mut command);
    let package = counted(&mut command, counts::of_cargo)?;
    let mut command = cargo();
    command.current_dir(&paths.root).args(["test", "--package", "xtask", "--no-fail-fast"]);
    Ok([package, counted(&mut command, counts::of_cargo)?].into_iter().sum())
}

fn browser(paths: &Paths) -> Result<Counts> {
    let mut command = in_chromium(paths, "tests/browser")?;
    book::write(paths, &paths.dist())?;
    counted(&mut command, counts::of_node)
}

fn hosts(paths: &Paths) -> Result<Counts> {
    Node::set_up(paths, &node::HOSTS)?;
    let python = Python::set_up(paths, &HOSTS)?;
    let [program, packages] = python.parts();
    let mut command = in_chromium(paths, "tests/hosts")?;
    command.env("ATTENTION_MAP_PYTHON", program).env("ATTENTION_MAP_SPHINX", packages);
    counted(&mut command, counts::of_node)
}

/// The tests of a folder, which open the site, built, in Chromium.
fn in_chromium(paths: &Paths, folder: &str) -> Result<Command> {
    let folder = paths.root.join(folder);
    // Named one by one: what `node --test FOLDER` means differs between versions of Node.
    let mut files: Vec<_> = folder
        .read_dir()
        .with_context(|| format!("could not read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("there is no *.test.mjs in {}", paths.shown(&folder));
    }
    let node = Node::set_up(paths, &node::TOOLS)?;
    let chromium = chromium()?;
    let dist = paths.dist();
    site::build(paths, &dist)?;
    let mut command = node.command(paths);
    command
        .args(["--test", "--test-reporter=spec"])
        .arg(format!("--test-concurrency={}", at_once()))
        .args(files);
    command.env("ATTENTION_MAP_DIST", dist).env("ATTENTION_MAP_CHROMIUM", chromium);
    Ok(command)
}

/// How many files of tests run at the same time, each with a Chromium of its own. They wait for frames and for files for most
/// of their time; Node by itself would leave one core to nobody, and of many cores take nearly all.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4)
}

/// Runs `command` and reads its counts off what it prints. A failure that no test accounts for, such as code that
/// doesn't compile, counts as one.
fn counted(command: &mut Command, counts: fn(&str) -> Counts) -> Result<Counts> {
    let (status, output) = run_and_keep(command)?;
    let mut counts = counts(&output);
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    if status.success() && counts.passed == 0 {
        bail!("it ran no tests");
    }
    Ok(counts)
}
