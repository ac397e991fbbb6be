//! The numbers as JSON and as tables.

use std::fmt::Write;

use attention_map::gpu::Tuning;
use serde::Serialize;

use crate::measure::Run;

#[derive(Debug, Serialize)]
pub struct Report {
    pub runs: Vec<Run>,
    /// What the GPU was found to be fastest with; nothing is measured on a software adapter.
    pub tuning: Option<Tuning>,
}

/// A table of all runs, and one of kernels for each that has them.
pub fn markdown(report: &Report) -> String {
    let mut text = String::from(
        "| model | on | tokens | median ms (10th to 90th percentile) | GFLOP/s | of the limit | of the bandwidth |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for run in &report.runs {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} ({:.2}-{:.2}) | {:.1} | {} | {} |",
            run.model,
            run.adapter,
            run.tokens,
            run.median_ms,
            run.p10_ms,
            run.p90_ms,
            run.gflops,
            percent(run.flop_share),
            percent(run.bandwidth_share),
        );
    }
    for run in report.runs.iter().filter(|run| !run.kernels.is_empty()) {
        let _ = write!(
            text,
            "\n{}, {} tokens\n\n| kernel | dispatches | microseconds | share |\n| --- | ---: | ---: | ---: |\n",
            run.model, run.tokens
        );
        for kernel in &run.kernels {
            let _ = writeln!(
                text,
                "| {} | {} | {:.0} | {:.0} % |",
                kernel.name,
                kernel.dispatches,
                kernel.microseconds,
                100.0 * kernel.share
            );
        }
    }
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", 100.0 * share))
}
