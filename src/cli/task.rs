//! From what was asked for to the files.

use std::path::{Path, PathBuf};

use super::arguments::{Engine, Given, Written};
use super::batch;
use super::output::{Format, Output};
use super::runner::Runner;
use super::texts::{Texts, Wanted};
use super::{Failure, Result, note};
use crate::lens::HeadSet;
use crate::model;
use crate::render::{Document, Fonts, Request, Shown};
use crate::shown::state::Problem;
use crate::stored::Precision;

/// What is to be written of which texts.
pub struct Task<'a> {
    pub given: &'a Given,
    pub pair: Option<&'a str>,
    pub written: &'a Written,
    /// That can be asked for.
    pub formats: &'a [Format],
    /// Attributes of the element and their values.
    pub look: Vec<(&'a str, &'a str)>,
    /// The heads to store, and the argument that says them.
    pub heads: (&'a str, &'a str),
    pub precision: Precision,
    /// CSS pixels of a picture's width, and pixels for each.
    pub width: f64,
    pub ratio: f64,
    /// `standalone.js`, where it is named.
    pub program: Option<&'a Path>,
    pub engine: &'a Engine,
}

impl Task<'_> {
    pub fn run(&self) -> Result<()> {
        let wanted = Wanted::read(self.given, self.pair)?;
        let many = matches!(wanted, Wanted::Lines(_));
        let output = Output::new(self.written, self.formats, many)?;
        let (layers, heads) = match &wanted {
            Wanted::Stored(stored) => stored.trace.maps.first().map_or((0, 0), |map| (map.layers, map.heads)),
            _ => {
                let spec = model::find(&self.engine.model).map_err(Failure::model)?;
                (spec.layers, spec.heads)
            }
        };
        let heads = self.stored_heads(layers, heads)?;
        // Of what is stored, the first is what is seen first.
        let first = heads.as_ref().and_then(|heads| heads.iter().next());
        let place = first.map(|(layer, head)| (layer.to_string(), head.to_string()));
        let mut look = self.look.clone();
        if let Some((layer, head)) = &place
            && !look.iter().any(|(name, _)| matches!(*name, "layer" | "head"))
        {
            look.extend([("layer", layer.as_str()), ("head", head.as_str())]);
        }
        if !matches!(wanted, Wanted::Stored(_)) {
            // Before a model is fetched and loaded in vain.
            Shown::check(&self.engine.model, &look).map_err(|problem| failure(&problem))?;
        }
        let writer = Writer::new(self, output, heads)?;
        match wanted {
            Wanted::Stored(stored) => {
                writer.write(&Shown::open(*stored, &look).map_err(|problem| failure(&problem))?, None)
            }
            Wanted::Texts(texts) => {
                let mut runner = Runner::new(self.engine, false)?;
                writer.write(&shown(&mut runner, &texts, &look)?, None)
            }
            Wanted::Lines(lines) => {
                let mut runner = Runner::new(self.engine, true)?;
                batch::each(&lines, |texts, line| {
                    writer.write(&shown(&mut runner, texts, &look)?, Some(line))
                })
            }
        }
    }

    /// The heads to store, of a model of that many; None is all.
    fn stored_heads(&self, layers: usize, heads: usize) -> Result<Option<HeadSet>> {
        let (argument, asked) = self.heads;
        if asked.trim() == "all" {
            return Ok(None);
        }
        let wrong = |what: &str| {
            Failure::usage(format!(
                "{argument} \"{asked}\": {what}; write layer.head with spaces between, like \"3.7 4.1\", layers from 0 to {}, heads from 0 to {}; or all",
                layers.saturating_sub(1),
                heads.saturating_sub(1)
            ))
        };
        let set = HeadSet::parse(asked, layers, heads)
            .map_err(|part| wrong(&format!("\"{part}\" is not a head")))?;
        if set.is_empty() { Err(wrong("there is no head in it")) } else { Ok(Some(set)) }
    }
}

fn shown(runner: &mut Runner, texts: &Texts, look: &[(&str, &str)]) -> Result<Shown> {
    let request = Request {
        text: &texts.first,
        text_b: texts.second.as_deref(),
        model: runner.model,
        backend: runner.choice,
    };
    Shown::run(&mut runner.engine, &request, look).map_err(|problem| failure(&problem))
}

/// Makes the file that is asked for of what is shown.
struct Writer<'a> {
    task: &'a Task<'a>,
    output: Output,
    /// None is all.
    heads: Option<HeadSet>,
    fonts: Fonts,
    /// `standalone.js`, for pages.
    program: Option<String>,
}

impl<'a> Writer<'a> {
    fn new(task: &'a Task<'a>, output: Output, heads: Option<HeadSet>) -> Result<Self> {
        let fonts = match output.format {
            Format::Svg | Format::Png | Format::Html => Fonts::system(),
            Format::Json | Format::Csv => Fonts::none(),
        };
        let program = if output.format == Format::Html { program(task.program)? } else { None };
        Ok(Self { task, output, heads, fonts, program })
    }

    fn write(&self, shown: &Shown, line: Option<usize>) -> Result<()> {
        for notice in shown.notices() {
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            note(format!("{place}{notice}"));
        }
        let &Task { width, ratio, precision, .. } = self.task;
        let (fonts, heads) = (&self.fonts, self.heads.as_ref());
        let content = match self.output.format {
            Format::Svg => shown.svg(width, fonts).map(|svg| svg.text.into_bytes()),
            Format::Png => shown.png(width, ratio, fonts),
            Format::Csv => shown.csv().map(String::into_bytes),
            Format::Json => shown.json(heads, precision).map(String::into_bytes),
            Format::Html => {
                let document = Document { width, fonts, heads, precision, program: self.program.as_deref() };
                shown.html(&document).map(String::into_bytes)
            }
        };
        self.output.write(&content.map_err(|problem| failure(&problem))?, line)
    }
}

/// The program that a page has inside; without one, which is said, the page is the picture alone.
fn program(named: Option<&Path>) -> Result<Option<String>> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("standalone.js"));
    let found: Option<PathBuf> = named.map(Path::to_owned).or_else(|| beside().filter(|path| path.is_file()));
    let Some(path) = found else {
        note(
            "the page will be the picture alone, without what makes it answer to a pointer: there is no standalone.js \
             beside this program (`cargo xtask build` writes dist/standalone.js; name it with --program)",
        );
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(program) => Ok(Some(program)),
        Err(error) => Err(Failure::usage(format!("--program {}: {error}", path.display()))),
    }
}

/// What a problem with what is shown makes the program exit with.
fn failure(problem: &Problem) -> Failure {
    let error = anyhow::Error::msg(problem.message.clone());
    match problem.code.as_str() {
        "attribute-invalid" | "width-invalid" | "head-not-stored" | "heads-invalid" | "lens-not-stored"
        | "view-not-stored" | "no-picture" | "text-empty" | "trace-invalid" => Failure::Usage(error),
        "model-invalid" | "file-corrupt" | "no-adapter" => Failure::Model(error),
        _ => Failure::Output(error),
    }
}
