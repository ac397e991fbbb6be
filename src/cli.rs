//! The command line: reads texts, runs the engine on this machine, writes one file for each.
//!
//! Results go to files or standard output, everything else to standard error. What it exits with is in
//! [`Failure`] and in `--help`.

mod arguments;
mod batch;
mod models;
mod output;
mod render;
mod runner;
mod task;
mod texts;
mod trace;

use std::process::ExitCode;

use clap::Parser;

use crate::store::progress::speak_as;

use arguments::{Arguments, Command};

/// The program's name before each of its messages.
const NAME: &str = "attention-map";

/// Why nothing, or not everything, was written, and what the program exits with then.
#[derive(Debug)]
enum Failure {
    /// 1: what was asked for could not be made or written.
    Output(anyhow::Error),
    /// 2, as clap has it: something is wrong with the arguments or with a file that they name.
    Usage(anyhow::Error),
    /// 3: the model's files are not there and could not be fetched, or cannot be run.
    Model(anyhow::Error),
    /// 1: of many outputs some could not be made; each has been reported.
    Some { failed: usize, all: usize },
}

type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    fn model(error: impl Into<anyhow::Error>) -> Self {
        Self::Model(error.into())
    }

    fn usage(message: impl Into<String>) -> Self {
        Self::Usage(anyhow::Error::msg(message.into()))
    }

    fn code(&self) -> u8 {
        match self {
            Self::Output(_) | Self::Some { .. } => 1,
            Self::Usage(_) => 2,
            Self::Model(_) => 3,
        }
    }

    /// Whether nobody reads on: the next program in the pipe has seen enough, which is its right.
    fn is_closed_pipe(&self) -> bool {
        let Self::Output(error) = self else { return false };
        let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Output(error) | Self::Usage(error) | Self::Model(error) => write!(f, "{error:#}"),
            Self::Some { failed, all } => write!(f, "{failed} of {all} could not be written"),
        }
    }
}

/// The program, with the arguments that it was called with.
pub fn main() -> ExitCode {
    speak_as(NAME);
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{NAME}: error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Render(arguments) => render::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Models(arguments) => models::run(&arguments),
    }
}

/// Tells the reader something that is no error.
fn note(text: impl std::fmt::Display) {
    eprintln!("{NAME}: note: {text}");
}
