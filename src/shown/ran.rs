//! One run as the page holds it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::filter::Axes;
use crate::lens::{HeadSet, Hold, Weights, rollout};
use crate::model::{About, MODELS};
use crate::stored::{Stored, StoredWeights};
use crate::trace::{AttentionMap, Backend, Cut, MapKind, Token, Trace};
use crate::view::label::{Label, labels};
use crate::view::words::tr;

use super::examples::is_foreign;
use super::excerpt::Excerpt;
use super::state::{ASKS, Problem};

/// Maps so far.
static COUNT: AtomicUsize = AtomicUsize::new(1);

/// A run, and which of its maps is looked at. Its weights stay where they lie.
#[derive(Clone)]
pub struct Ran {
    pub model: About,
    pub backend: Backend,
    pub adapter: String,
    pub texts: Vec<String>,
    /// A text is of a script that the model knows only letter by letter.
    pub foreign: bool,
    pub cuts: Vec<Cut>,
    /// The text around each of `cuts`.
    pub excerpts: Rc<[Excerpt]>,
    pub milliseconds: f64,
    /// At least one.
    pub maps: Rc<[Mapped]>,
    /// Of `maps`, that which is looked at.
    pub(super) at: usize,
}

/// The attention of one kind: of a text to itself, or of a translation to its source.
pub struct Mapped {
    /// No other has it.
    pub number: usize,
    pub kind: MapKind,
    /// The keys, and after them the queries where those are others. // (T)
    pub tokens: Vec<Token>,
    /// Of the tokens. // (T)
    pub labels: Vec<Label>,
    /// Which of the tokens its rows and columns are.
    pub axes: Axes,
    pub weights: Box<dyn Weights>,
    /// What rollouts took, once one was asked for.
    pub rollouts: RefCell<rollout::Kept>,
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
        for map in &trace.maps {
            let (layers, heads) = (map.layers, map.heads);
            if !map.is_whole() || known.is_none_or(|model| (model.layers, model.heads) != (layers, heads)) {
                return Err(Problem::said(
                    "trace-invalid",
                    "the engine returned an attention map of {0} layers and {1} heads for the model \"{2}\", or not all of its weights",
                    &[&layers.to_string(), &heads.to_string(), &trace.model],
                ));
            }
        }
        let model = known.unwrap_or(&MODELS[0]).about();
        let (run, maps) = trace.split();
        let maps = maps.into_iter().map(|map| Mapped::new(map, &run.texts, None)).collect();
        Self::assembled(run, maps, model)
    }

    /// Takes a stored trace apart; the error's code is `trace-invalid`.
    pub fn stored(stored: Stored) -> Result<Self, Problem> {
        let (run, maps) = stored.trace.split();
        let mapped = |map: AttentionMap<StoredWeights>| {
            let all = map.weights.stored.len() == map.layers * map.heads;
            let heads = if all { vec![] } else { map.weights.stored.clone() };
            let kept = Kept { heads, error: map.weights.error };
            Mapped::new(map, &run.texts, Some(kept))
        };
        let maps = maps.into_iter().map(mapped).collect();
        Self::assembled(run, maps, stored.model)
    }

    /// Takes a trace apart that the page around made, or got from another element; the error's code is `trace-invalid`.
    #[cfg(feature = "page")]
    pub fn given(trace: Trace<crate::protocol::JsWeights>) -> Result<Self, Problem> {
        for map in &trace.maps {
            is_sound(map)?;
        }
        let first = trace.maps.first().ok_or_else(no_map)?;
        let (layers, heads) = (first.layers, first.heads);
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
        let (run, maps) = trace.split();
        let kept = || Some(Kept { heads: vec![], error: 0.0 });
        let maps = maps.into_iter().map(|map| Mapped::new(map, &run.texts, kept())).collect();
        Self::assembled(run, maps, model)
    }

    fn assembled(run: Trace<()>, maps: Vec<Mapped>, model: About) -> Result<Self, Problem> {
        let Trace { backend, adapter, texts, cuts, milliseconds, .. } = run;
        if maps.is_empty() {
            return Err(no_map());
        }
        // What other models know is theirs to say; a translation is written by its own.
        let of_one_text = maps.iter().all(|map| map.kind == MapKind::SelfAttention);
        let foreign = of_one_text && model.known().is_some() && texts.iter().any(|text| is_foreign(text));
        // Where nothing is typed, nothing says how to shorten it.
        let excerpts =
            if ASKS { cuts.iter().map(|cut| Excerpt::of(cut, &texts)).collect() } else { Rc::default() };
        // Between a translation and its source is what a translation is about.
        let at = maps.iter().position(|map| map.kind == MapKind::Cross).unwrap_or(0);
        let maps = maps.into();
        Ok(Self { model, backend, adapter, texts, foreign, cuts, excerpts, milliseconds, maps, at })
    }

    /// The map that is looked at.
    pub fn map(&self) -> &Mapped {
        &self.maps[self.at]
    }

    /// The same run, looking at another of its maps; None where that is not there.
    pub fn turned(&self, kind: MapKind) -> Option<Self> {
        let at = self.maps.iter().position(|map| map.kind == kind)?;
        Some(Self { at, ..self.clone() })
    }

    /// (layers, heads)
    pub fn shape(&self) -> (usize, usize) {
        self.map().shape()
    }

    /// See [`Mapped::has`].
    pub fn has(&self, layer: usize, head: usize) -> bool {
        self.map().has(layer, head)
    }
}

impl Mapped {
    fn new<W>(map: AttentionMap<W>, texts: &[String], kept: Option<Kept>) -> Self
    where
        AttentionMap<W>: Weights + 'static,
    {
        let (tokens, axes) = joined(&map.queries, &map.keys);
        let labels = labels(&tokens, texts);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let rollouts = RefCell::default();
        Self { number, kind: map.kind, tokens, labels, axes, weights: Box::new(map), rollouts, kept }
    }

    /// Of its rows.
    pub fn queries(&self) -> &[Token] {
        &self.tokens[self.axes.rows.clone()]
    }

    /// Of its columns.
    pub fn keys(&self) -> &[Token] {
        &self.tokens[self.axes.columns.clone()]
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

/// See [`Mapped::tokens`].
fn joined(queries: &[Token], keys: &[Token]) -> (Vec<Token>, Axes) {
    let mut tokens = keys.to_vec();
    if queries == keys {
        return (tokens, Axes::square(keys.len()));
    }
    tokens.extend_from_slice(queries);
    let axes = Axes { rows: keys.len()..tokens.len(), columns: 0..keys.len() };
    (tokens, axes)
}

/// Whether a map that the page around made has as many weights as it needs, each from 0 to 1.
#[cfg(feature = "page")]
fn is_sound(map: &AttentionMap<crate::protocol::JsWeights>) -> Result<(), Problem> {
    let (layers, heads) = (map.layers, map.heads);
    if layers == 0 || heads == 0 || map.queries.is_empty() || map.keys.is_empty() || !map.is_whole() {
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
    Ok(())
}

/// A model by its name and, where that is known, its precision.
pub fn named(model: &About) -> String {
    if model.precision.is_empty() {
        model.name.clone()
    } else {
        format!("{}, {}", model.name, tr(model.precision))
    }
}

fn no_map() -> Problem {
    Problem::said("trace-invalid", "it has no attention map", &[])
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

#[cfg(test)]
mod tests;
