//! The texts that are asked for, and the stored trace that stands in for one.

use std::io::Read;
use std::path::Path;

use super::arguments::Given;
use super::{Failure, Result};
use crate::stored::{self, MAX_BYTES, Stored};

/// Bytes of a text. The model reads 512 tokens; what is longer than this is no sentence.
const MAX_TEXT: usize = 1 << 20;
/// Bytes of a file of lines.
const MAX_LINES: usize = 256 << 20;

/// A text, or two of which the model reads the second after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    pub first: String,
    pub second: Option<String>,
}

/// A line of a file of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// Or what is wrong with it.
    pub texts: std::result::Result<Texts, String>,
}

/// What is to be shown or stored.
pub enum Wanted {
    Texts(Texts),
    /// One output each.
    Lines(Vec<Line>),
    Stored(Box<Stored>),
}

impl Wanted {
    /// Reads what `given` names; `pair` is the second text.
    pub fn read(given: &Given, pair: Option<&str>) -> Result<Self> {
        if let Some(path) = &given.from {
            let text = read(path, "--from", MAX_BYTES)?;
            let stored = stored::decode(&text)
                .map_err(|error| Failure::usage(format!("--from {}: {error}", shown(path))))?;
            return Ok(Self::Stored(Box::new(stored)));
        }
        if let Some(path) = &given.lines {
            let lines = lines(&read(path, "--lines", MAX_LINES)?);
            if lines.is_empty() {
                return Err(Failure::usage(format!("--lines {}: there is no text in it", shown(path))));
            }
            return Ok(Self::Lines(lines));
        }
        let (name, first) = match (&given.file, &given.text) {
            (Some(path), _) => (format!("--file {}", shown(path)), read(path, "--file", MAX_TEXT)?),
            (None, Some(text)) if text == "-" => {
                ("standard input".into(), read(Path::new("-"), "TEXT", MAX_TEXT)?)
            }
            (None, text) => ("TEXT".into(), text.clone().unwrap_or_default()),
        };
        // The last line of a file ends, the text does not.
        let first = first.strip_suffix('\n').map_or(&*first, |text| text.strip_suffix('\r').unwrap_or(text));
        check(first, pair).map_err(|wrong| Failure::usage(format!("{name}: {wrong}")))?;
        Ok(Self::Texts(Texts { first: first.to_owned(), second: pair.map(str::to_owned) }))
    }
}

fn check(first: &str, second: Option<&str>) -> std::result::Result<(), String> {
    for (which, text) in [("the text", Some(first)), ("the second text", second)] {
        match text {
            Some(text) if text.trim().is_empty() => return Err(format!("{which} is empty")),
            Some(text) if text.len() > MAX_TEXT => {
                return Err(format!("{which} has {} bytes, and at most {MAX_TEXT} are read", text.len()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The lines that are not empty.
fn lines(text: &str) -> Vec<Line> {
    let line = |(index, line): (usize, &str)| {
        let mut parts = line.split('\t');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next());
        let texts = match parts.next() {
            Some(_) => Err("it has more than one tab; a line is a text, or two with a tab between".into()),
            None => check(first, second)
                .map(|()| Texts { first: first.to_owned(), second: second.map(str::to_owned) }),
        };
        Line { number: index + 1, texts }
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(line).collect()
}

/// What the file at `path`, or standard input, holds; at most so many bytes of UTF-8.
fn read(path: &Path, argument: &str, most: usize) -> Result<String> {
    let wrong = |what: String| Failure::usage(format!("{argument} {}: {what}", shown(path)));
    let mut bytes = Vec::new();
    let mut take = |from: &mut dyn Read| from.take(most as u64 + 1).read_to_end(&mut bytes);
    let result = match is_stdin(path) {
        true => take(&mut std::io::stdin().lock()),
        false => std::fs::File::open(path).and_then(|mut file| take(&mut file)),
    };
    result.map_err(|error| wrong(error.to_string()))?;
    if bytes.len() > most {
        return Err(wrong(format!("it has more than {most} bytes, which is the most that is read")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        wrong(format!("it is not UTF-8 (byte {} cannot be read)", error.utf8_error().valid_up_to()))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn shown(path: &Path) -> String {
    if is_stdin(path) { "(standard input)".into() } else { path.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_text_or_two_with_a_tab_between() {
        let lines = lines("one\r\n\n \ntwo\tthree\nfour\t\nfive\tsix\tseven\n");
        let texts =
            |first: &str, second: Option<&str>| Texts { first: first.into(), second: second.map(Into::into) };
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 4, 5, 6]);
        assert_eq!(lines[0].texts, Ok(texts("one", None)));
        assert_eq!(lines[1].texts, Ok(texts("two", Some("three"))));
        assert_eq!(lines[2].texts, Err("the second text is empty".into()));
        assert!(lines[3].texts.as_ref().is_err_and(|wrong| wrong.contains("tab")));
    }
}
