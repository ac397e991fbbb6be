//! Running other programs so that people can see what is run, and what it said when it fails.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::progress::{Progress, say};

/// Shows and runs `command`; what it prints goes to the terminal. Fails where it fails.
pub fn run(command: &mut Command) -> Result<()> {
    say(format!("$ {}", shown(command)));
    let status = command.stdin(Stdio::null()).status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Shows and runs `command`; what it prints goes to the terminal and, stdout and stderr together, line for
/// line, is returned beside its status.
pub fn run_and_keep(command: &mut Command) -> Result<(ExitStatus, String)> {
    say(format!("$ {}", shown(command)));
    let kept = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&kept);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let status = for_each_line(command, move |line, stream| {
        let text = String::from_utf8_lossy(line);
        // A closed terminal is no reason to stop.
        let _ = match stream {
            Stream::Out => std::io::stdout().lock().write_all(line),
            Stream::Error => std::io::stderr().lock().write_all(line),
        };
        if let Ok(mut kept) = keep.lock() {
            kept.push_str(&text);
        }
    })?;
    let output = kept.lock().map(|kept| kept.clone()).unwrap_or_default();
    Ok((status, output))
}

/// Runs `command` behind one line of progress called `what`. What it printed last is part of the error where
/// it fails.
pub fn run_quietly(what: &str, command: &mut Command) -> Result<()> {
    let progress = Arc::new(Progress::spinner(what));
    let last = Arc::new(Mutex::new(LastLines::default()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let status = for_each_line(command, {
        let (progress, last) = (Arc::clone(&progress), Arc::clone(&last));
        move |line, _| {
            progress.note(String::from_utf8_lossy(line).trim());
            if let Ok(mut last) = last.lock() {
                last.push(line);
            }
        }
    })?;
    if !status.success() {
        bail!("`{}` failed ({status}); it said last:{}", shown(command), shown_lines(&last));
    }
    if let Some(progress) = Arc::into_inner(progress) {
        progress.done();
    }
    Ok(())
}

/// What `command` prints on stdout, trimmed. Shows nothing.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", shown(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `command` runs and succeeds. Shows nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let quoted = |text: &std::ffi::OsStr| {
        let text = text.to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_=+./:,@%".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            text.into_owned()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    };
    std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect::<Vec<_>>().join(" ")
}

/// The cargo that runs this xtask, free of what it told us about ourselves.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    without_our_own_package(&mut command);
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Removes what `cargo run` set for this program from `command`'s environment.
pub fn without_our_own_package(command: &mut Command) {
    const OURS: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    for (name, _) in std::env::vars_os() {
        if OURS.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}

/// What a program said last.
#[derive(Default)]
struct LastLines(VecDeque<String>);

impl LastLines {
    const KEPT: usize = 20;

    fn push(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).trim_end().to_owned();
        if line.is_empty() {
            return;
        }
        if self.0.len() == Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back(line);
    }
}

fn shown_lines(lines: &Mutex<LastLines>) -> String {
    lines.lock().map(|lines| lines.0.iter().map(|line| format!("\n    {line}")).collect()).unwrap_or_default()
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Error,
}

/// Runs `command` and hands over every line that it prints to a stream that is piped, its line break included.
fn for_each_line(
    command: &mut Command,
    on_line: impl Fn(&[u8], Stream) + Clone + Send + 'static,
) -> Result<ExitStatus> {
    let mut child: Child = command.stdin(Stdio::null()).spawn().with_context(|| cannot_start(command))?;
    let out = child.stdout.take().map(|out| read_lines(out, Stream::Out, on_line.clone()));
    let error = child.stderr.take().map(|error| read_lines(error, Stream::Error, on_line));
    let status = child.wait()?;
    for reader in [out, error].into_iter().flatten() {
        if reader.join().is_err() {
            bail!("could not read what `{}` printed", shown(command));
        }
    }
    Ok(status)
}

fn read_lines(
    from: impl Read + Send + 'static,
    stream: Stream,
    on_line: impl Fn(&[u8], Stream) + Send + 'static,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            on_line(&line, stream);
            line.clear();
        }
    })
}

fn cannot_start(command: &Command) -> String {
    format!("could not start `{}`", shown(command))
}
