//! `attention-map trace`: weights as a stored trace.

use super::Result;
use super::arguments::TraceArguments;
use super::output::Format;
use super::task::Task;
use crate::render::PNG_RATIO;
use crate::shown::taken::SIZE;

pub fn run(arguments: &TraceArguments) -> Result<()> {
    let task = Task {
        given: &arguments.given,
        pair: arguments.pair.as_deref(),
        written: &arguments.written,
        formats: &[Format::Json],
        look: Vec::new(),
        heads: ("--heads", &arguments.heads),
        precision: arguments.precision.into(),
        width: SIZE.width,
        ratio: PNG_RATIO,
        program: None,
        engine: &arguments.engine,
    };
    task.run()
}
