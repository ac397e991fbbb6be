//! What can be asked for, as clap reads it.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::output::Format;
use crate::filter::{PARTS, TREATMENTS};
use crate::lens::LENSES;
use crate::model::MODELS;
use crate::render::PNG_RATIO;
use crate::shown::taken::SIZE;
use crate::stored::Precision;
use crate::trace::{BackendChoice, MapKind};
use crate::view::{SCALES, VIEWS};

/// What a real transformer attends to, as a file.
#[derive(Parser)]
#[command(name = "attention-map", bin_name = "attention-map", version, after_help = AFTER)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "\
Exit codes:
  0  everything was written
  1  something could not be made or written; of --lines, at least one
  2  wrong arguments, or a text that cannot be read
  3  the model's files are not there and could not be fetched, or cannot be run

Environment:
  ATTENTION_MAP_CACHE    where models are kept (by default attention-map in your user's cache folder)
  ATTENTION_MAP_MODELS   a folder to take a model's files from before anything is downloaded

`attention-map COMMAND --help` has examples.";

const TRACE_EXAMPLES: &str = "\
Examples:
  attention-map trace \"The cat sat on the mat.\" -o cat.json
  attention-map trace --file letter.txt --heads \"3.7 4.1\" -o letter.json     two heads only
  attention-map trace --from cat.json --heads 3.7 -o one.json                fewer heads of a file that is there
  echo \"A dog barks.\" | attention-map trace - | jq .maps[0].error
  attention-map trace --lines sentences.txt -o 'traces/{line}.json'             a file for each line
  attention-map trace --lines sentences.txt > traces.jsonl                   a line of JSON for each line";

const RENDER_EXAMPLES: &str = "\
Examples:
  attention-map render \"The animal was too tired.\" --layer 3 --head 7 --view lines -o map.svg
  attention-map render --file letter.txt --view grid --theme dark -o heads.png
  attention-map render \"A man eats.\" --pair \"A man has lunch.\" --pair-part a-b -o pair.html
  attention-map render --from trace.json --layer 2 --special hide -o map.svg   without running a model
  attention-map render \"It rains.\" --lens rollout --format csv | column -ts,
  attention-map render --lines sentences.txt -o 'out/{line}.svg'                  a picture for each line

Attributes and their values are those of the <attention-map> element.";

#[derive(Subcommand)]
pub enum Command {
    /// Write a map as a picture (svg, png), a page that opens offline (html), a table (csv) or weights (json).
    #[command(after_help = RENDER_EXAMPLES)]
    Render(Box<RenderArguments>),
    /// Write the attention weights of a text as JSON: what `<attention-map src=…>` and every other program here reads.
    #[command(after_help = TRACE_EXAMPLES)]
    Trace(Box<TraceArguments>),
    /// List the models, where their files lie and whether they are right; or fetch them.
    Models(ModelsArguments),
}

/// Where texts come from: one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Given {
    /// The text; `-` reads it from standard input.
    pub text: Option<String>,
    /// Read the text from this file.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Each line of this file (`-`: standard input) is a text and gives an output of its own; a tab separates the two
    /// texts of a pair. Empty lines are passed over.
    #[arg(long, value_name = "FILE")]
    pub lines: Option<PathBuf>,
    /// Take the weights from a stored trace (`-`: standard input). No model is run.
    #[arg(long, value_name = "TRACE.json")]
    pub from: Option<PathBuf>,
}

/// What is written, and where to.
#[derive(Args)]
pub struct Written {
    /// The file to write, replaced whole if it is there; `-` is standard output. With --lines, `{line}` in it becomes the
    /// line's number.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
    /// What to write, where FILE's ending does not say it.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// What runs the text.
#[derive(Args)]
pub struct Engine {
    /// Which model reads the text; `attention-map models` lists them.
    #[arg(long, value_name = "ID", default_value = MODELS[0].id, value_parser = ids())]
    pub model: String,
    /// What computes: `webgpu` is the GPU, `auto` the CPU for one text and the faster of the two for many.
    #[arg(long, value_enum, default_value_t)]
    pub backend: Backend,
    /// Take the model's files from this folder, or from the one called as the model inside it; fetch nothing.
    #[arg(long, value_name = "FOLDER")]
    pub model_dir: Option<PathBuf>,
    /// Fail rather than download a model that is not there.
    #[arg(long)]
    pub no_fetch: bool,
}

fn ids() -> PossibleValuesParser {
    PossibleValuesParser::new(MODELS.iter().map(|model| model.id))
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Backend {
    #[default]
    Auto,
    Cpu,
    Webgpu,
}

impl From<Backend> for BackendChoice {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Auto => Self::Auto,
            Backend::Cpu => Self::Cpu,
            Backend::Webgpu => Self::WebGpu,
        }
    }
}

#[derive(Args)]
pub struct RenderArguments {
    #[command(flatten)]
    pub given: Given,
    /// A second text, which the model reads after the first.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["lines", "from"])]
    pub pair: Option<String>,
    #[command(flatten)]
    pub written: Written,
    #[command(flatten)]
    pub look: Look,
    /// Of the picture, in CSS pixels.
    #[arg(long, value_name = "PIXELS", default_value_t = SIZE.width, help_heading = "Look")]
    pub width: f64,
    /// Pixels of a PNG for each CSS pixel.
    #[arg(long, default_value_t = PNG_RATIO, help_heading = "Look")]
    pub ratio: f64,
    /// The heads that json and html store, each as LAYER.HEAD from 0, such as "3.7 4.1"; or all.
    #[arg(long, value_name = "HEADS", default_value = "all")]
    pub store: String,
    /// How json and html store weights: in 8 bits, off by at most 0.002, or as half-precision floats, off by at most 0.00025.
    #[arg(long, value_enum, default_value_t)]
    pub precision: PrecisionChoice,
    /// The program that html has inside, dist/standalone.js of a build [default: standalone.js beside this program].
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    #[command(flatten)]
    pub engine: Engine,
}

/// The element's attributes that a picture depends on. What is left out is as a stored trace says, or the default.
#[derive(Args)]
#[command(next_help_heading = "Look")]
pub struct Look {
    /// Which way of looking at it.
    #[arg(long, value_parser = PossibleValuesParser::new(VIEWS.iter().map(|view| view.id)))]
    pub view: Option<String>,
    /// From 0.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub layer: Option<String>,
    /// From 0.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub head: Option<String>,
    /// Others beside it, for lenses and views that take several: each as LAYER.HEAD, such as "3.1 4.0".
    #[arg(long, value_name = "HEADS")]
    pub heads: Option<String>,
    /// What a number means.
    #[arg(long, value_parser = PossibleValuesParser::new(LENSES.iter().map(|lens| lens.id)))]
    pub lens: Option<String>,
    /// Where a rollout begins.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub from_layer: Option<String>,
    /// What is done with [CLS] and [SEP].
    #[arg(long, value_parser = treatments())]
    pub special: Option<String>,
    /// What is done with punctuation.
    #[arg(long, value_parser = treatments())]
    pub punctuation: Option<String>,
    /// Whole words instead of the tokenizer's pieces.
    #[arg(long)]
    pub words: bool,
    /// Of a pair: which text looks at which.
    #[arg(long, value_parser = PossibleValuesParser::new(PARTS.iter().map(|part| part.1)))]
    pub pair_part: Option<String>,
    /// Of a translation: which attention.
    #[arg(long, value_parser = PossibleValuesParser::new(MapKind::ALL.map(|kind| kind.1)))]
    pub map: Option<String>,
    /// Numbers below it are left out, and counted: 0 to 1.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub threshold: Option<String>,
    /// What the ends of the colours mean.
    #[arg(long, value_parser = PossibleValuesParser::new(SCALES.iter().map(|scale| scale.1)))]
    pub scale: Option<String>,
    /// light or dark.
    #[arg(long, value_name = "THEME")]
    pub theme: Option<String>,
}

fn treatments() -> PossibleValuesParser {
    PossibleValuesParser::new(TREATMENTS.iter().map(|treatment| treatment.1))
}

impl Look {
    /// What is set, by the attributes' names.
    pub fn attributes(&self) -> Vec<(&str, &str)> {
        let given = [
            ("layer", &self.layer),
            ("head", &self.head),
            ("heads", &self.heads),
            ("view", &self.view),
            ("lens", &self.lens),
            ("from-layer", &self.from_layer),
            ("special", &self.special),
            ("punctuation", &self.punctuation),
            ("pair-part", &self.pair_part),
            ("map", &self.map),
            ("threshold", &self.threshold),
            ("scale", &self.scale),
            ("theme", &self.theme),
        ];
        let set = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        set.chain(self.words.then_some(("words", ""))).collect()
    }
}

#[derive(Args)]
pub struct TraceArguments {
    #[command(flatten)]
    pub given: Given,
    /// A second text, which the model reads after the first.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["lines", "from"])]
    pub pair: Option<String>,
    /// The heads to store, each as LAYER.HEAD from 0, such as "3.7 4.1"; or all.
    #[arg(long, value_name = "HEADS", default_value = "all")]
    pub heads: String,
    /// How weights are stored: in 8 bits, off by at most 0.002, or as half-precision floats, off by at most 0.00025.
    #[arg(long, value_enum, default_value_t)]
    pub precision: PrecisionChoice,
    #[command(flatten)]
    pub written: Written,
    #[command(flatten)]
    pub engine: Engine,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum PrecisionChoice {
    #[default]
    U8,
    F16,
}

impl From<PrecisionChoice> for Precision {
    fn from(precision: PrecisionChoice) -> Self {
        match precision {
            PrecisionChoice::U8 => Self::Byte,
            PrecisionChoice::F16 => Self::Half,
        }
    }
}

const MODELS_EXAMPLES: &str = "\
Examples:
  attention-map models
  attention-map models --fetch                    fetch every model that is not there
  attention-map models --fetch minilm-l6-q8       fetch this one";

#[derive(Args)]
#[command(after_help = MODELS_EXAMPLES)]
pub struct ModelsArguments {
    /// These models only.
    #[arg(value_parser = ids())]
    pub ids: Vec<String>,
    /// Fetch what is not there, or not right.
    #[arg(long)]
    pub fetch: bool,
}
