//! What a block's map is made by.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::options::Options;
use crate::engine::{self, ModelFiles};
use crate::model::ModelSpec;
use crate::render::{self, Fonts, PNG_RATIO, Shown};
use crate::shown::state::Problem;
use crate::store;
use crate::stored::Precision;
use crate::trace::BackendChoice;

/// CSS pixels of a picture's width, where a block doesn't say: a page of mdBook is 750 wide.
const WIDTH: u32 = 720;
/// Characters of a map's name: 64 bits of a hash.
pub const NAME_LENGTH: usize = 16;

/// A map to be made.
pub struct Request<'a> {
    pub text: &'a str,
    pub text_b: Option<&'a str>,
    pub options: &'a Options,
    /// The picture is wanted as PNG, too.
    pub png: bool,
}

/// A map that was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Painted {
    /// The stored trace, which may stand in a `<script>`.
    pub json: String,
    pub svg: String,
    pub png: Option<Vec<u8>>,
    /// Of the picture, in CSS pixels.
    pub width: u32,
    /// What the picture shows, for who does not see it.
    pub description: String,
    /// What an author should know, as that a text was too long.
    pub notices: Vec<String>,
}

/// Runs texts and paints their maps.
pub trait Painter {
    /// The error says what was wrong and what to do; the block's place is put before it.
    fn paint(&mut self, request: &Request) -> Result<Painted, String>;
}

impl Request<'_> {
    /// The name of the map's files, the same for every renderer.
    pub fn name(&self) -> String {
        Request { png: false, ..*self }.hash("")[..NAME_LENGTH].to_owned()
    }

    /// A hash of all that the map is made of; `maker` is what else may make it another.
    pub fn hash(&self, maker: &str) -> String {
        let options = self.options.key();
        let mut hash = Sha256::new();
        for part in
            [maker, self.text, self.text_b.unwrap_or("\0"), &options, if self.png { "png" } else { "" }]
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Computes with the engine, on the CPU, and paints as the element does.
#[derive(Default)]
pub struct Engine {
    engine: engine::Engine,
    fonts: Option<Fonts>,
}

impl Painter for Engine {
    fn paint(&mut self, request: &Request) -> Result<Painted, String> {
        let options = request.options;
        let model = options.model();
        if !self.engine.has(model.id) {
            let files = model_files(model).map_err(|error| format!("{error:#}"))?;
            self.engine.load(model.id, files).map_err(|error| error.to_string())?;
        }
        let fonts = self.fonts.get_or_insert_with(Fonts::system);
        let asked = render::Request {
            text: request.text,
            text_b: request.text_b,
            model: model.id,
            backend: BackendChoice::Cpu,
        };
        let seen: Vec<_> = options
            .attributes()
            .filter(|(name, _)| render::ATTRIBUTES.contains(name))
            // A table is no picture; the matrix has the same numbers.
            .filter(|(name, value)| (*name, *value) != ("view", Some("table")))
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect();
        let said = |problem: Problem| problem.message;
        let shown = Shown::run(&mut self.engine, &asked, &seen).map_err(said)?;
        let width = f64::from(options.width.unwrap_or(WIDTH));
        let svg = shown.svg(width, fonts).map_err(said)?;
        let png = request.png.then(|| shown.png(width, PNG_RATIO, fonts)).transpose().map_err(said)?;
        Ok(Painted {
            json: shown.json(Some(&options.kept()), Precision::Byte).map_err(said)?,
            svg: svg.text,
            png,
            width: svg.width.round() as u32,
            description: format!("{}. {}", svg.title, svg.description),
            notices: shown.notices(),
        })
    }
}

/// A model's files from the cache, fetched into it where they are missing.
fn model_files(spec: &'static ModelSpec) -> anyhow::Result<ModelFiles> {
    let folder = store::ensure(&store::cache()?, spec, None)?;
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))
    };
    spec.files.iter().map(|file| Ok((file.name.to_owned(), read(file.name)?))).collect()
}
