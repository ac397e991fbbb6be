//! One output for each text. What goes wrong with one line does not stop the others.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::texts::{Line, Texts};
use super::{Failure, NAME, Result};

/// Calls `make` with each line that can be read and its number; shows how far it is, says what goes wrong with which line,
/// and fails in the end if anything did.
pub fn each(lines: &[Line], mut make: impl FnMut(&Texts, usize) -> Result<()>) -> Result<()> {
    // Draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(lines.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{prefix}: [{bar:30}] {pos} of {len}, {eta} left") {
        bar.set_style(style);
    }
    bar.set_prefix(NAME);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut failed = 0;
    for line in lines {
        let made = match &line.texts {
            Ok(texts) => bar.suspend(|| make(texts, line.number)),
            Err(wrong) => Err(Failure::usage(wrong.as_str())),
        };
        match made {
            Err(failure) if failure.is_closed_pipe() => return Err(failure),
            Err(failure) => {
                failed += 1;
                bar.suspend(|| eprintln!("{NAME}: error: line {}: {failure}", line.number));
            }
            Ok(()) => {}
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if failed == 0 { Ok(()) } else { Err(Failure::Some { failed, all: lines.len() }) }
}
