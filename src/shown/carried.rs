//! What a link to a view carries, and a stored trace: all that it takes to see the same again.

use super::attributes::backend_id;
use super::state::State;
use crate::filter::Filters;
use crate::view::functions::decimal;

/// A value of JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// What it is without being set.
    Default,
    Text(String),
    Number(f64),
    Flag(bool),
}

/// What is carried of `state`, by the names of the element's properties.
pub fn carried(state: &State) -> Vec<(&'static str, Carried)> {
    let text = |text: &str| Carried::Text(text.into());
    let unless = |is_default: bool, value: &str| if is_default { Carried::Default } else { text(value) };
    let (first, filters) = (State::default(), state.filters);
    let plain = Filters::default();
    let threshold = decimal((f64::from(state.threshold) * 1e6).round() / 1e6);
    vec![
        ("text", text(&state.text)),
        ("textB", state.text_b.as_deref().map_or(Carried::Default, text)),
        ("layer", Carried::Number(state.layer as f64)),
        ("head", Carried::Number(state.head as f64)),
        ("heads", unless(state.heads.is_empty(), &state.heads.to_string())),
        ("scale", text(state.scale.id())),
        ("view", unless(state.view == first.view, state.view.id)),
        ("lens", unless(state.lens == first.lens, state.lens.id)),
        ("fromLayer", unless(state.from == 0, &state.from.to_string())),
        ("special", unless(filters.special == plain.special, filters.special.id())),
        ("punctuation", unless(filters.punctuation == plain.punctuation, filters.punctuation.id())),
        ("words", Carried::Flag(filters.words)),
        ("pairPart", unless(filters.part == plain.part, filters.part.id())),
        ("map", state.kind.map_or(Carried::Default, |kind| text(kind.id()))),
        ("threshold", unless(state.threshold == 0.0, &threshold)),
        ("backend", text(backend_id(state.backend))),
        ("model", text(state.model.id)),
        ("madeWith", text(&state.made_with())),
    ]
}
