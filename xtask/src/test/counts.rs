//! How many tests passed, read off what their runners print.

/// Tests of one step, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub ignored: usize,
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |a, b| Self {
            passed: a.passed + b.passed,
            failed: a.failed + b.failed,
            ignored: a.ignored + b.ignored,
        })
    }
}

/// Of `cargo test`: the sum over every `test result:` line.
pub fn of_cargo(output: &str) -> Counts {
    output
        .lines()
        .filter_map(|line| line.split_once("test result: "))
        .map(|(_, result)| Counts {
            passed: before(result, " passed"),
            failed: before(result, " failed"),
            ignored: before(result, " ignored"),
        })
        .sum()
}

/// Of `node --test` with its spec reporter: the summary's lines, `ℹ pass 12`. What was cancelled has not
/// passed.
pub fn of_node(output: &str) -> Counts {
    let of = |what: &str| {
        let mark = format!("ℹ {what} ");
        output
            .lines()
            .filter_map(|line| line.split_once(&mark))
            .map(|(_, number)| leading(number))
            .sum::<usize>()
    };
    Counts { passed: of("pass"), failed: of("fail") + of("cancelled"), ignored: of("skipped") + of("todo") }
}

/// Of pytest: its last line, `3 failed, 105 passed, 1 skipped in 4.12s`. An error in a fixture is a failure.
pub fn of_pytest(output: &str) -> Counts {
    let is_summary = |line: &&str| {
        line.contains(" in ") && [" passed", " failed", " error"].iter().any(|what| line.contains(what))
    };
    let summary = output.lines().rev().find(is_summary).unwrap_or_default();
    Counts {
        passed: before(summary, " passed"),
        failed: before(summary, " failed") + before(summary, " error"),
        ignored: before(summary, " skipped"),
    }
}

/// The number that stands before `unit` in `text`.
fn before(text: &str, unit: &str) -> usize {
    let Some((head, _)) = text.split_once(unit) else { return 0 };
    head.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The number that `text` begins with.
fn leading(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_counts_are_summed_over_binaries() {
        let output = "running 3 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(of_cargo(output), Counts { passed: 12, failed: 2, ignored: 1 });
    }

    #[test]
    fn node_counts_are_read_through_colours() {
        let output = "✔ it paints (12.1ms)\n\u{1b}[34mℹ tests 9\u{1b}[39m\n\u{1b}[34mℹ pass 5\u{1b}[39m\n\
            ℹ fail 1\nℹ cancelled 2\nℹ skipped 1\nℹ todo 0\n";
        assert_eq!(of_node(output), Counts { passed: 5, failed: 3, ignored: 1 });
    }

    #[test]
    fn pytest_counts_are_in_its_last_line() {
        let output = "F.s [100%]\nFAILED tests/a.py::b - 1 passed in vain\n\
            \u{1b}[31m1 failed, \u{1b}[32m105 passed\u{1b}[0m, 2 skipped, 3 errors in 4.12s\u{1b}[0m\n";
        assert_eq!(of_pytest(output), Counts { passed: 105, failed: 4, ignored: 2 });
    }

    #[test]
    fn output_without_counts_has_none() {
        assert_eq!(of_cargo("error: could not compile"), Counts::default());
        assert_eq!(of_node("SyntaxError"), Counts::default());
    }
}
