//! From a text, or a file, and attributes to what is shown.

use std::rc::Rc;
use std::time::Instant;

use super::{Result, Shown};
use crate::engine::Engine;
use crate::model::{self, MODELS};
use crate::shown::attributes;
use crate::shown::extras::Ask;
use crate::shown::ran::Ran;
use crate::shown::state::{Action, EngineState, Problem, State};
use crate::stored::Stored;
use crate::trace::{BackendChoice, Trace};

/// The element's attributes that a picture depends on.
pub const ATTRIBUTES: &[&str] = &[
    "layer",
    "head",
    "heads",
    "view",
    "lens",
    "from-layer",
    "special",
    "punctuation",
    "words",
    "pair-part",
    "map",
    "threshold",
    "scale",
    "theme",
];

/// What a stored trace itself may say of how it is to be seen: an attribute, and the property that says it.
const CARRIED: &[(&str, &str)] = &[
    ("layer", "layer"),
    ("head", "head"),
    ("scale", "scale"),
    ("heads", "heads"),
    ("view", "view"),
    ("lens", "lens"),
    ("from-layer", "fromLayer"),
    ("special", "special"),
    ("punctuation", "punctuation"),
    ("words", "words"),
    ("pair-part", "pairPart"),
    ("map", "map"),
    ("threshold", "threshold"),
];

/// A text, or a pair, and what is to run it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub text: &'a str,
    pub text_b: Option<&'a str>,
    /// Of [`MODELS`], by its id. The engine must have loaded it.
    pub model: &'a str,
    pub backend: BackendChoice,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self { text: "", text_b: None, model: MODELS[0].id, backend: BackendChoice::Auto }
    }
}

impl Shown {
    /// Runs a text and computes what the lens and the view take beside its weights.
    ///
    /// `attributes` are names of [`ATTRIBUTES`] with their values; of `words`, which is there or not, any value will do.
    /// An unknown name, or a value that is not one of its attribute's, is an error that names what is allowed.
    pub fn run(engine: &mut Engine, request: &Request, attributes: &[(&str, &str)]) -> Result<Self> {
        // Before anything is computed in vain.
        Self::check(request.model, attributes)?;
        let is_there = |text: &&str| !text.trim().is_empty();
        let second = request.text_b.filter(is_there);
        if second.is_none() && !is_there(&request.text) {
            return Err(Problem::new("text-empty", "there is no text to run"));
        }
        let begun = Instant::now();
        let now = || begun.elapsed().as_secs_f64() * 1000.0;
        let zeros = |len| vec![0.0_f32; len];
        let run = engine.run(request.model, request.backend, request.text, second, now, zeros);
        let run = pollster::block_on(run)?;
        let shown = Self::of(engine, run.trace, attributes)?;
        let notices = run.notices.into_iter().map(|notice| notice.message).collect();
        Ok(Self { notices, ..shown })
    }

    /// Whether a model's maps can be looked at like this, without running anything.
    pub fn check(model: &str, attributes: &[(&str, &str)]) -> Result<()> {
        set(&mut State { model: model::find(model)?, ..State::default() }, attributes)
    }

    /// What `engine` ran, and computes what the lens and the view take beside its weights; see [`Shown::run`].
    pub fn of(engine: &mut Engine, trace: Trace<Vec<f32>>, attributes: &[(&str, &str)]) -> Result<Self> {
        let id = model::find(&trace.model)?.id;
        let texts = trace.texts.clone();
        let (text, second) = (texts.first().map_or("", String::as_str), texts.get(1).map(String::as_str));
        let mut state = State {
            model: model::find(id)?,
            text: text.into(),
            text_b: second.map(Into::into),
            engine: EngineState::Ready { backend: trace.backend, adapter: trace.adapter.clone() },
            ..State::default()
        };
        set(&mut state, attributes)?;
        state.apply(Action::Ran(Rc::new(Ran::new(trace)?)));
        while let Some(Ask::Inspect(inspection)) = state.asked {
            let (_, values) = pollster::block_on(engine.inspect(id, text, second, inspection))?;
            state.apply(Action::Answered(state.run, Ask::Inspect(inspection), Ok(values)));
        }
        Ok(Self { state, notices: vec![] })
    }

    /// Opens a stored trace. What it says itself of how it is to be seen holds where no attribute says otherwise.
    pub fn open(mut stored: Stored, attributes: &[(&str, &str)]) -> Result<Self> {
        let carried = stored.state.take().and_then(|text| serde_json::from_str(&text).ok());
        let carried: serde_json::Value = carried.unwrap_or_default();
        let mut state = State::default();
        state.apply(Action::Open(Rc::new(Ran::stored(stored)?)));
        for (name, property) in CARRIED {
            let value = match carried.get(property) {
                Some(serde_json::Value::Bool(true)) => String::new(),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(serde_json::Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            if !attributes.iter().any(|(given, _)| given == name) {
                // A page would pass over what it cannot read of it, too.
                if let Ok(Some(action)) = attributes::parse(name, Some(&value), &state) {
                    state.apply(action);
                }
            }
        }
        set(&mut state, attributes)?;
        if let Some(problem) = state.told.first() {
            return Err(problem.clone());
        }
        Ok(Self { state, notices: vec![] })
    }
}

fn set(state: &mut State, attributes: &[(&str, &str)]) -> Result<()> {
    for (name, value) in attributes {
        if !ATTRIBUTES.contains(name) {
            let known = ATTRIBUTES.join(", ");
            let said = format!("\"{name}\" is not an attribute of a picture; there are: {known}");
            return Err(Problem::new("attribute-invalid", said));
        }
        if let Some(action) = attributes::parse(name, Some(value), state)? {
            state.apply(action);
        }
    }
    Ok(())
}
