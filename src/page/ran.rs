//! One run as the page holds it.

use crate::lens::Weights;
use crate::model::{MODELS, ModelSpec};
use crate::trace::{AttentionMap, Backend, Cut, Token, Trace};
use crate::view::label::{Label, labels};

use super::cuts::Excerpt;
use super::examples::is_foreign;
use super::state::Problem;

/// A run, without its weights where they lie.
pub struct Ran {
    pub model: &'static ModelSpec,
    pub backend: Backend,
    pub adapter: String,
    pub texts: Vec<String>,
    /// A text is of a script that the model knows only letter by letter.
    pub foreign: bool,
    pub cuts: Vec<Cut>,
    /// The text around each of `cuts`.
    pub excerpts: Vec<Excerpt>,
    pub milliseconds: f64,
    /// (T)
    pub tokens: Vec<Token>,
    /// Of the tokens. // (T)
    pub labels: Vec<Label>,
    pub weights: Box<dyn Weights>,
}

impl Ran {
    /// Takes a trace apart. It must have a map of all of its model's heads, as every model here makes one;
    /// the error's code is `trace-invalid`.
    pub fn new<W>(trace: Trace<W>) -> Result<Self, Problem>
    where
        AttentionMap<W>: Weights + 'static,
    {
        let Trace { model, backend, adapter, texts, maps, cuts, milliseconds } = trace;
        let map = maps
            .into_iter()
            .next()
            .ok_or_else(|| Problem::said("trace-invalid", "the engine returned no attention map", &[]))?;
        let known = MODELS
            .iter()
            .find(|known| known.id == model && (known.layers, known.heads) == (map.layers, map.heads))
            .filter(|_| map.is_whole());
        let Some(model) = known else {
            return Err(Problem::said(
                "trace-invalid",
                "the engine returned an attention map of {0} layers and {1} heads for the model \"{2}\", or not all of its weights",
                &[&map.layers.to_string(), &map.heads.to_string(), &model],
            ));
        };
        let foreign = texts.iter().any(|text| is_foreign(text));
        let excerpts = cuts.iter().map(|cut| Excerpt::of(cut, &texts)).collect();
        let (tokens, labels) = (map.keys.clone(), labels(&map.keys, &texts));
        Ok(Self {
            model,
            backend,
            adapter,
            texts,
            foreign,
            cuts,
            excerpts,
            milliseconds,
            tokens,
            labels,
            weights: Box::new(map),
        })
    }
}

impl PartialEq for Ran {
    /// The same run, not an equal one.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Why a run can no longer be shown whose weights the page around took away.
pub fn weights_taken() -> Problem {
    Problem::said(
        "trace-invalid",
        "the weights of the map were transferred away by the page around it; it should copy the array first",
        &[],
    )
}
