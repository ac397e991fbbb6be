//! `attention-map render`: what the element shows, as a file.

use super::Result;
use super::arguments::RenderArguments;
use super::output::Format;
use super::task::Task;

/// The first is what standard output gets.
const FORMATS: &[Format] = &[Format::Svg, Format::Png, Format::Html, Format::Json, Format::Csv];

pub fn run(arguments: &RenderArguments) -> Result<()> {
    let task = Task {
        given: &arguments.given,
        pair: arguments.pair.as_deref(),
        written: &arguments.written,
        formats: FORMATS,
        look: arguments.look.attributes(),
        heads: ("--store", &arguments.store),
        precision: arguments.precision.into(),
        width: arguments.width,
        ratio: arguments.ratio,
        program: arguments.program.as_deref(),
        engine: &arguments.engine,
    };
    task.run()
}
