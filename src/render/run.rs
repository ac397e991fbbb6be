//! From a text, or a file, and attributes to what is shown.

use std::rc::Rc;
use std::time::Instant;

use super::{Result, Shown};
use crate::engine::Engine;
use crate::inspection::Inspection;
use crate::model::{self, MODELS};
use crate::shown::attributes;
use crate::shown::extras::Ask;
use crate::shown::ran::Ran;
use crate::shown::state::{Action, EngineState, Problem, State};
use crate::stored::Stored;
use crate::trace::{Backend, BackendChoice};

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
        let mut state = State {
            model: model::find(request.model)?,
            backend: request.backend,
            text: request.text.into(),
            text_b: request.text_b.map(Into::into),
            engine: EngineState::Ready { backend: Backend::Cpu, adapter: String::new() },
            ..State::default()
        };
        if state.is_empty() {
            return Err(Problem::new("text-empty", "there is no text to run"));
        }
        // Before anything is computed in vain.
        set(&mut state, attributes)?;
        let second = state.second().map(ToString::to_string);
        let (id, text, second) = (request.model, request.text, second.as_deref());
        let begun = Instant::now();
        let now = || begun.elapsed().as_secs_f64() * 1000.0;
        let run = engine.run(id, request.backend, text, second, now, |len| vec![0.0_f32; len]);
        let run = pollster::block_on(run)?;
        state.apply(Action::Ran(Rc::new(Ran::new(run.trace)?)));
        while let Some(ask) = state.asked {
            let answer = match ask {
                Ask::Inspect(inspection) => inspect(engine, id, (text, second), inspection)?,
                Ask::Habits { .. } => break,
            };
            state.apply(Action::Answered(state.run, ask, Ok(answer)));
        }
        let notices = run.notices.into_iter().map(|notice| notice.message).collect();
        Ok(Self { state, notices })
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

fn inspect(
    engine: &mut Engine,
    model: &str,
    (text, second): (&str, Option<&str>),
    inspection: Inspection,
) -> Result<Vec<f32>> {
    let (_, values) = pollster::block_on(engine.inspect(model, text, second, inspection))?;
    Ok(values)
}
