//! One run as the page holds it.

use crate::lens::{HeadSet, Hold, Weights};
use crate::model::{About, MODELS};
use crate::stored::{Stored, StoredWeights};
use crate::trace::{AttentionMap, Backend, Cut, Token, Trace};
use crate::view::label::{Label, labels};
use crate::view::words::tr;

use super::examples::is_foreign;
use super::excerpt::Excerpt;
use super::state::{ASKS, Problem};

/// A run, without its weights where they lie.
pub struct Ran {
    pub model: About,
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
    /// It was not computed here, but came in a file or from the page around.
    pub kept: Option<Kept>,
}

/// What is told of weights that were not computed here.
#[derive(Debug, PartialEq)]
pub struct Kept {
    /// (layer, head) of those that are there, in ascending order; empty where all are.
    pub heads: Vec<(usize, usize)>,
    /// No weight is further from what was computed than this.
    pub error: f32,
}

impl Ran {
    /// Takes a trace apart that the engine made. It must have a map of all of its model's heads, as every model here makes
    /// one; the error's code is `trace-invalid`.
    pub fn new<W>(trace: Trace<W>) -> Result<Self, Problem>
    where
        AttentionMap<W>: Weights + 'static,
    {
        let known = MODELS.iter().find(|known| known.id == trace.model);
        let map = trace.maps.first().map(|map| (map.layers, map.heads, map.is_whole()));
        match (known, map) {
            (_, None) => Err(Problem::said("trace-invalid", "the engine returned no attention map", &[])),
            (Some(model), Some((layers, heads, true))) if (model.layers, model.heads) == (layers, heads) => {
                Self::assembled(trace, model.about(), None)
            }
            (_, Some((layers, heads, _))) => Err(Problem::said(
                "trace-invalid",
                "the engine returned an attention map of {0} layers and {1} heads for the model \"{2}\", or not all of its weights",
                &[&layers.to_string(), &heads.to_string(), &trace.model],
            )),
        }
    }

    /// Takes a stored trace apart; the error's code is `trace-invalid`.
    pub fn stored(stored: Stored) -> Result<Self, Problem> {
        let Some(at) = stored.trace.maps.iter().position(|map| map.queries == map.keys) else {
            return Err(only_self());
        };
        let mut trace = stored.trace;
        trace.maps.swap(0, at);
        let weights = &trace.maps[0].weights;
        let all = weights.stored.len() == trace.maps[0].layers * trace.maps[0].heads;
        let heads = if all { vec![] } else { weights.stored.clone() };
        let kept = Kept { heads, error: weights.error };
        Self::assembled(trace, stored.model, Some(kept))
    }

    /// Takes a trace apart that the page around made, or got from another element; the error's code is `trace-invalid`.
    #[cfg(feature = "page")]
    pub fn given(trace: Trace<crate::protocol::JsWeights>) -> Result<Self, Problem> {
        let map = trace.maps.iter().find(|map| map.queries == map.keys).ok_or_else(only_self)?;
        let (layers, heads) = (map.layers, map.heads);
        if layers == 0 || heads == 0 || map.keys.is_empty() || !map.is_whole() {
            let counts = [layers, heads, map.queries.len(), map.keys.len(), map.weights.0.length() as usize];
            let counts = counts.map(|count| count.to_string());
            return Err(Problem::said(
                "trace-invalid",
                "a map of {0} layers, {1} heads, {2} queries and {3} keys needs as many weights, and has {4}",
                &counts.each_ref().map(String::as_str),
            ));
        }
        let mut read = vec![];
        for (layer, head) in HeadSet::all(layers, heads).iter() {
            map.read(layer, head, &mut read);
            if !read.iter().all(|weight| (0.0..=crate::stored::MAX_WEIGHT).contains(weight)) {
                let place = [layer, head].map(|index| index.to_string());
                return Err(Problem::said(
                    "trace-invalid",
                    "a weight of layer {0} head {1} is not from 0 to 1",
                    &place.each_ref().map(String::as_str),
                ));
            }
        }
        let known = MODELS
            .iter()
            .find(|known| known.id == trace.model && (known.layers, known.heads) == (layers, heads));
        let other = || About {
            id: trace.model.clone(),
            name: trace.model.clone(),
            precision: "",
            sha256: None,
            max_tokens: None,
        };
        let model = known.map_or_else(other, crate::model::ModelSpec::about);
        let maps = trace.maps.into_iter().filter(|map| map.queries == map.keys).collect();
        Self::assembled(Trace { maps, ..trace }, model, Some(Kept { heads: vec![], error: 0.0 }))
    }

    fn assembled<W>(trace: Trace<W>, model: About, kept: Option<Kept>) -> Result<Self, Problem>
    where
        AttentionMap<W>: Weights + 'static,
    {
        let Trace { backend, adapter, texts, maps, cuts, milliseconds, .. } = trace;
        let map = maps.into_iter().next().ok_or_else(only_self)?;
        // What other models know is theirs to say.
        let foreign = model.known().is_some() && texts.iter().any(|text| is_foreign(text));
        // Where nothing is typed, nothing says how to shorten it.
        let excerpts = if ASKS { cuts.iter().map(|cut| Excerpt::of(cut, &texts)).collect() } else { vec![] };
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
            kept,
        })
    }

    /// (layers, heads)
    pub fn shape(&self) -> (usize, usize) {
        (self.weights.layers(), self.weights.heads())
    }

    /// (layer, head) of those whose weights are there, in ascending order.
    pub fn heads(&self) -> Vec<(usize, usize)> {
        let (layers, heads) = self.shape();
        HeadSet::all(layers, heads).iter().filter(|&(layer, head)| self.has(layer, head)).collect()
    }

    /// Whether that head's weights are there.
    pub fn has(&self, layer: usize, head: usize) -> bool {
        self.kept
            .as_ref()
            .is_none_or(|kept| kept.heads.is_empty() || kept.heads.binary_search(&(layer, head)).is_ok())
    }
}

/// A model by its name and, where that is known, its precision.
pub fn named(model: &About) -> String {
    if model.precision.is_empty() {
        model.name.clone()
    } else {
        format!("{}, {}", model.name, tr(model.precision))
    }
}

fn only_self() -> Problem {
    Problem::said(
        "trace-invalid",
        "it has no map of a text's attention to itself, which is what can be shown",
        &[],
    )
}

impl Hold for StoredWeights {
    fn is_whole(_: &AttentionMap<Self>) -> bool {
        true
    }

    fn read(map: &AttentionMap<Self>, layer: usize, head: usize, into: &mut Vec<f32>) {
        into.clear();
        match map.weights.head(layer, head) {
            Some(weights) => into.extend_from_slice(weights),
            None => into.resize(map.head_len(), 0.0),
        }
    }
}

#[cfg(feature = "engine")]
impl Hold for Vec<f32> {
    fn is_whole(map: &AttentionMap<Self>) -> bool {
        map.weights.len() == map.layers * map.heads * map.head_len()
    }

    fn read(map: &AttentionMap<Self>, layer: usize, head: usize, into: &mut Vec<f32>) {
        let start = map.head_offset(layer, head);
        into.clear();
        into.extend_from_slice(&map.weights[start..start + map.head_len()]);
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
