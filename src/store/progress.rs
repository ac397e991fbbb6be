//! What people see of long steps: a bar on a terminal, plain lines everywhere else.

use std::fmt::Display;
use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

static PROGRAM: OnceLock<&str> = OnceLock::new();

/// What each line begins with: the program's name. The first call counts.
pub fn speak_as(program: &'static str) {
    // It says who it is once.
    let _ = PROGRAM.set(program);
}

fn program() -> &'static str {
    PROGRAM.get().copied().unwrap_or("attention-map")
}

/// One line about what happens now. Everything but results goes to stderr.
pub fn say(text: impl Display) {
    eprintln!("{}: {text}", program());
}

/// `bytes` for people, `90.87 MB`.
pub fn bytes(bytes: u64) -> String {
    DecimalBytes(bytes).to_string()
}

/// `duration` for people, `4.2 s` or `3 min 07 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A long step under way.
#[derive(Debug)]
pub struct Progress {
    what: String,
    begun: Instant,
    /// `None` where stderr is no terminal.
    bar: Option<ProgressBar>,
    said: Mutex<Instant>,
}

impl Progress {
    /// A download of `total` bytes, `have` of them already here.
    pub fn download(what: &str, have: u64, total: u64) -> Self {
        let size = bytes(total);
        let plain = match have {
            0 => format!("{what} ({size})"),
            _ => format!("{what} ({size}, from {} on)", bytes(have)),
        };
        Self::begin(what, plain, || {
            let bar = ProgressBar::new(total);
            bar.set_style(style("{msg} [{bar:30}] {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left"));
            bar.set_position(have);
            bar
        })
    }

    /// A step whose length nobody knows.
    pub fn spinner(what: &str) -> Self {
        Self::begin(what, what.to_owned(), || {
            let bar = ProgressBar::new_spinner();
            bar.set_style(style("{msg} {spinner} {elapsed} {prefix:.dim}"));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        })
    }

    /// `done` of the download's bytes are here.
    pub fn set(&self, done: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None => self.say_now_and_then(|| bytes(done)),
        }
    }

    /// What the step itself says of how far it is.
    pub fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.set_prefix(line.chars().take(60).collect::<String>()),
            None => self.say_now_and_then(|| line.to_owned()),
        }
    }

    /// The step is done.
    pub fn done(self) {
        self.clear();
        say(format!("{}: done in {}", self.what, duration(self.begun.elapsed())));
    }

    fn begin(what: &str, plain: String, bar: impl FnOnce() -> ProgressBar) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar().with_message(what.to_owned()));
        if bar.is_none() {
            say(plain);
        }
        let now = Instant::now();
        Self { what: what.to_owned(), begun: now, bar, said: Mutex::new(now) }
    }

    fn say_now_and_then(&self, text: impl FnOnce() -> String) {
        const PAUSE: Duration = Duration::from_secs(15);
        let Ok(mut said) = self.said.lock() else { return };
        if said.elapsed() >= PAUSE {
            *said = Instant::now();
            say(format!("{}: {}", self.what, text()));
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(&format!("{}: {template}", program()))
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
