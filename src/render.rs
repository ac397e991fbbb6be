//! Pictures and files of attention, written by native programs: what the element shows, without a browser.
//!
//! A [`Shown`] is a text that was run, or a stored trace, seen through attributes: the element's own, by its names
//! and with its values (`layer`, `head`, `heads`, `view`, `lens`, `words`, `theme` …). What it paints is what the
//! element paints.
//!
//! ```no_run
//! use attention_map::engine::Engine;
//! use attention_map::render::{Fonts, Request, Shown};
//! # fn main() -> attention_map::render::Result<()> {
//! # let mut engine = Engine::new();
//! let request = Request { text: "The animal was too tired.", ..Request::default() };
//! let shown = Shown::run(&mut engine, &request, &[("layer", "3"), ("head", "7"), ("view", "lines")])?;
//! let fonts = Fonts::system();
//! std::fs::write("map.svg", shown.svg(900.0, &fonts)?.text)?;
//! # Ok(())
//! # }
//! ```

mod fonts;
mod html;
mod run;

use std::fmt;

use resvg::tiny_skia::{IntSize, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::lens::HeadSet;
use crate::shown::carried::{Carried, carried};
use crate::shown::state::{Problem, State};
use crate::shown::taken::{SIZE, Taken};
use crate::shown::written::{csv_of, json_of};
use crate::stored::Precision;
use crate::view::picture::Image;
use crate::view::svg::svg as write_svg;
use crate::view::{Shows, Size};

pub use crate::shown::taken::PNG_RATIO;
pub use fonts::Fonts;
pub use html::Document;
pub use run::{ATTRIBUTES, Request};

/// What went wrong has a stable code and a message for people.
pub type Result<T> = std::result::Result<T, Problem>;

/// Device pixels of a PNG, at most.
const MOST_PIXELS: f64 = 2e8;
/// CSS pixels of a picture's width, from and to.
const WIDTHS: std::ops::RangeInclusive<f64> = 200.0..=10_000.0;

/// A text that was run, or a stored trace, and how it is looked at.
pub struct Shown {
    state: State,
    /// What the engine said beside the trace.
    notices: Vec<String>,
}

/// A picture, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Svg {
    /// The file.
    pub text: String,
    /// CSS pixels.
    pub width: f64,
    pub height: f64,
    /// What a screen reader calls it.
    pub title: String,
    /// Model, layer, head, lens, scale, what is hidden: the caption.
    pub description: String,
}

impl Shown {
    /// What has to be known to read it rightly: where a text was cut, which backend took over, for each a sentence.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = self.notices.clone();
        if let Some(ran) = &self.state.ran {
            notices.extend(ran.cuts.iter().map(|cut| {
                let which = match (ran.texts.len() > 1, cut.segment) {
                    (false, _) => "the text",
                    (true, 0) => "the first text",
                    (true, _) => "the second text",
                };
                let left = format!("{} tokens at the end of {which} were left out", cut.tokens);
                match ran.model.max_tokens {
                    Some(most) => format!("{} reads {most} tokens at once: {left}", ran.model.name),
                    None => left,
                }
            }));
        }
        notices
    }

    /// The layer and head that are shown.
    pub fn place(&self) -> (usize, usize) {
        self.state.shown
    }

    /// (layers, heads) of the model.
    pub fn shape(&self) -> (usize, usize) {
        self.state.shape()
    }

    /// The `view` attribute's value.
    pub fn view(&self) -> &'static str {
        self.state.view.id
    }

    /// The texts that were read.
    pub fn texts(&self) -> &[String] {
        self.state.ran.as_ref().map_or(&[], |ran| &ran.texts)
    }

    /// The picture, so many CSS pixels wide, with its caption below. A table is none.
    pub fn svg(&self, width: f64, fonts: &Fonts) -> Result<Svg> {
        self.painted(&self.taken()?, width, fonts)
    }

    fn painted(&self, taken: &Taken, width: f64, fonts: &Fonts) -> Result<Svg> {
        if !taken.is_picture() {
            let said = format!("the view \"{}\" is no picture; write it as CSV or HTML", self.view());
            return Err(Problem::new("no-picture", said));
        }
        if !WIDTHS.contains(&width) {
            let (least, most) = (WIDTHS.start(), WIDTHS.end());
            let said = format!("a width of {width} is not from {least} to {most} pixels");
            return Err(Problem::new("width-invalid", said));
        }
        let size = Size { width, height: (width * SIZE.height / SIZE.width).round(), ratio: SIZE.ratio };
        let (picture, size) = taken.picture(size, fonts);
        let (title, description) = (taken.title(), taken.facts(size, fonts).join("; "));
        let text = write_svg(&picture, size, taken.theme, (&title, &description), &embedded);
        Ok(Svg { text, width: size.width, height: size.height, title, description })
    }

    /// The same as PNG, `ratio` device pixels to a CSS pixel. Needs a font on this machine.
    pub fn png(&self, width: f64, ratio: f64, fonts: &Fonts) -> Result<Vec<u8>> {
        if fonts.is_empty() {
            return Err(Problem::new(
                "no-font",
                "no font was found on this machine, so that the words of a PNG cannot be drawn; install one (Debian and \
                 Ubuntu: apt install fonts-noto-core), or write SVG",
            ));
        }
        let svg = self.svg(width, fonts)?;
        let failed =
            |what: String| Problem::new("png-failed", format!("the picture could not be drawn: {what}"));
        let (wide, high) = ((svg.width * ratio).round(), (svg.height * ratio).round());
        if !(ratio > 0.0 && wide >= 1.0 && wide * high <= MOST_PIXELS) {
            return Err(failed(format!(
                "{wide} x {high} pixels are too many or too few; SVG has no such bound"
            )));
        }
        let options = Options {
            fontdb: fonts.database(),
            font_family: fonts.family().into(),
            font_resolver: fonts.resolver(),
            ..Options::default()
        };
        let tree = Tree::from_str(&svg.text, &options).map_err(|error| failed(error.to_string()))?;
        let mut pixels = Pixmap::new(wide as u32, high as u32).ok_or_else(|| failed("no memory".into()))?;
        resvg::render(&tree, Transform::from_scale(ratio as f32, ratio as f32), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| failed(error.to_string()))
    }

    /// The numbers that are shown, as a table that spreadsheets read.
    pub fn csv(&self) -> Result<String> {
        let taken = self.taken()?;
        Ok(csv_of(&taken.study, &taken.map))
    }

    /// A stored trace of `heads`, or of all: what `src=` of the element reads, with how it is looked at.
    pub fn json(&self, heads: Option<&HeadSet>, precision: Precision) -> Result<String> {
        let ran = self.state.ran.as_ref().ok_or_else(nothing)?;
        let there = ran.map().heads();
        let wanted: Vec<_> = heads.map_or_else(|| there.clone(), |heads| heads.iter().collect());
        if let Some((layer, head)) = wanted.iter().find(|place| !there.contains(place)) {
            return Err(self.not_stored(*layer, *head));
        }
        if wanted.is_empty() {
            return Err(Problem::new("heads-invalid", "there is no head to store"));
        }
        json_of(ran, &wanted, precision, Some(&self.carried()))
    }

    /// What a link to it carries, as JSON.
    fn carried(&self) -> String {
        let fields = carried(&self.state).into_iter().map(|(name, value)| {
            let value = match value {
                Carried::Default => serde_json::Value::Null,
                Carried::Text(text) => text.into(),
                // Layers and heads are whole.
                Carried::Number(number) => (number as u64).into(),
                Carried::Flag(flag) => flag.into(),
            };
            (name.to_owned(), value)
        });
        serde_json::Value::Object(fields.collect()).to_string()
    }

    /// What is painted; the error says why there is nothing to paint.
    fn taken(&self) -> Result<Taken> {
        let study = self.state.study.as_ref().ok_or_else(nothing)?;
        if study.queries.is_empty() || study.keys.is_empty() {
            return Err(Problem::new(
                "nothing-shown",
                "the filters leave nothing to show: every word is hidden",
            ));
        }
        if self.state.view.shows != Shows::Heads && !study.has(self.state.layer, self.state.head) {
            return Err(self.not_stored(self.state.layer, self.state.head));
        }
        if self.state.view.shows == Shows::Neuron && study.extras.neurons.is_none() {
            return Err(Problem::new(
                "view-not-stored",
                "queries and keys are not stored: the neuron view needs the text itself, not a stored map",
            ));
        }
        Taken::of(&self.state).ok_or_else(nothing)
    }

    fn not_stored(&self, layer: usize, head: usize) -> Problem {
        let there = self.state.ran.as_ref().map_or_else(Vec::new, |ran| ran.map().heads());
        let named = there.iter().map(|(layer, head)| format!("{layer}.{head}")).collect::<Vec<_>>().join(" ");
        let said = format!("head {layer}.{head} is not in this trace, which has: {named}");
        Problem::new("head-not-stored", said)
    }
}

fn nothing() -> Problem {
    Problem::new("nothing-shown", "there is no text to show")
}

/// The `data:` address of an image's pixels as PNG.
fn embedded(image: &Image) -> Option<String> {
    use base64::Engine as _;
    let size = IntSize::from_wh(u32::try_from(image.width).ok()?, u32::try_from(image.height).ok()?)?;
    // Its pixels are opaque, so nothing has to be multiplied.
    let png = Pixmap::from_vec(image.rgba.clone(), size)?.encode_png().ok()?;
    let data = base64::engine::general_purpose::STANDARD.encode(png);
    Some(format!("data:image/png;base64,{data}"))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::new("io", error.to_string())
    }
}
