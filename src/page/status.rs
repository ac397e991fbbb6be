//! What ran, where, and how long it took; and what went wrong.

use yew::{Callback, Html, html};

use super::attributes::{BACKENDS, backend_id};
use super::dom::decimal;
use super::parts::Parts;
use super::select::select;
use super::state::{ASKS, Action, EngineState, Problem, State};
use super::tags::{self, More, bare, button, figure, part};
use crate::model::{MODELS, ModelSpec};
use crate::shown::ran::named;
use crate::view::figures::{at_most, counted, megabytes, milliseconds};
use crate::view::words::{filled, tr, tr_with, translated};

/// One line, and the choice of a model and of a backend.
pub fn status(state: &State, parts: &Parts, act: &Callback<Action>) -> Html {
    let ran_on = state.ran.as_ref().map(|ran| ran.backend.id());
    html! {
        <div class="status-bar">
            <div class="status" part="status" data-backend={ran_on}>
                <div class="facts">{ line(state, parts) }</div>
            </div>
            if state.can_go_live() {
                { button("button", "run-live".into(), More::default(), act.reform(|_| Action::GoLive), html! { tr("Run live") }) }
            }
            if state.is_full() && !state.read_only && state.engine != EngineState::Idle {
                { (parts.engines)(state, act) }
            }
        </div>
    }
}

/// The choice of a model and of a backend.
pub fn engines(state: &State, act: &Callback<Action>) -> Html {
    let models = MODELS.iter().map(|model| (model.id, described(model).into()));
    let backends = BACKENDS.iter().map(|&(_, id, name)| (id, tr(name).into()));
    html! {
        <div class="selects">
            { select(tr("Model"), "model", models, state.model.id, act.reform(|index: usize| Action::Model(&MODELS[index]))) }
            { select(tr("Compute with"), "backend", backends, backend_id(state.backend),
                act.reform(|index: usize| Action::Backend(BACKENDS[index].0))) }
        </div>
    }
}

/// A model by its name, its precision and its download.
fn described(model: &ModelSpec) -> String {
    format!("{} · {} · {} MB", model.name, tr(model.precision), (model.bytes() + 500_000) / 1_000_000)
}

/// Errors with a way on, and whatever the reader should know to read the map rightly.
pub fn troubles(state: &State, act: &Callback<Action>) -> Html {
    let problem = match &state.engine {
        EngineState::Failed(problem) => Some(problem),
        _ => state.problem.as_ref(),
    };
    html! {
        <div class="troubles" aria-live="polite">
            if let Some(problem) = problem {
                <div class="error" part="error" role="alert" data-code={problem.code.clone()}>
                    { tags::element("p", None, None, None, said(problem)) }
                    if ASKS {
                        { button("button", "retry".into(), More::default(), act.reform(|_| Action::Start), html! { tr("Try again") }) }
                    }
                </div>
            }
            { for state.notices().iter().map(|told| notice(told.code.clone(), said(told))) }
            if state.ran.as_ref().is_some_and(|ran| ran.foreign) {
                { notice("foreign-script".into(), html! {
                    tr_with("{0} learnt from English text. It reads other scripts character by character, so its maps say little about their words.", &[state.model.name])
                }) }
            }
        </div>
    }
}

fn notice(code: String, said: Html) -> Html {
    tags::element("p", Some("notice"), Some("notice"), Some(code), said)
}

fn line(state: &State, parts: &Parts) -> Html {
    let model = named(&state.model.about());
    match (&state.engine, &state.ran) {
        (EngineState::Idle, Some(ran)) => {
            let error = ran.map().kept.as_ref().map_or(0.0, |kept| kept.error);
            let within = (error > 0.0).then(|| tr_with("weights within {0}", &[&at_most(error)]));
            let facts = [
                bare("b", tr("Stored map")),
                part("span", "precision", named(&ran.model)),
                figure("span", "tokens-count", counted(ran.map().tokens.len(), "token")),
                within.map(|within| part("span", "error-bound", within)).unwrap_or_default(),
            ];
            facts.into_iter().collect()
        }
        _ if !ASKS => Html::default(),
        (EngineState::Idle, None) => Html::default(),
        (EngineState::Starting, _) => bare("span", tr_with("Starting {0} …", &[&model])),
        (EngineState::Failed(_), _) => bare("span", tr_with("{0} is not running", &[state.model.name])),
        _ => (parts.running)(state),
    }
}

/// What is loading, or runs.
pub fn running(state: &State) -> Html {
    let model = named(&state.model.about());
    match (&state.engine, &state.ran) {
        (EngineState::Loading { loaded, total, cached }, _) => {
            let parts = [&*model, &*megabytes(*loaded), &*megabytes(*total)];
            let text = if *cached {
                tr_with("Loading {0}: {1} of {2} MB, from this browser’s cache", &parts)
            } else {
                tr_with("Loading {0}: {1} of {2} MB, from this site", &parts)
            };
            html! {
                <>
                    { bare("span", text) }
                    <progress part="progress" max={decimal(*total)} value={decimal(*loaded)} aria-label={tr("Model loaded")} />
                </>
            }
        }
        (EngineState::Ready { .. }, Some(ran)) => {
            let facts = [
                bare("b", tr(ran.backend.name())),
                bare("span", ran.adapter.clone()),
                figure("span", "tokens-count", counted(ran.map().tokens.len(), "token")),
                figure("span", "milliseconds", milliseconds(ran.milliseconds)),
                part("span", "precision", named(&ran.model)),
            ];
            facts.into_iter().collect()
        }
        (EngineState::Ready { backend, adapter }, None) => {
            let facts = [
                bare("b", tr(backend.name())),
                bare("span", adapter.clone()),
                bare("span", tr_with("{0}, ready", &[&model])),
            ];
            facts.into_iter().collect()
        }
        _ => Html::default(),
    }
}

/// A problem for the reader: in words of the page's, or, where they are the engine's own, after what its code says.
pub fn said(problem: &Problem) -> Html {
    if let Some((words, parts)) = &problem.words
        && let Some(words) = translated(words)
    {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        return html! { filled(&words, &parts) };
    }
    let original = sentence(&problem.message);
    match translated(&("code: ".to_owned() + &problem.code)) {
        Some(explained) => html! { <>{ explained }{ " " }<span lang="en">{ original }</span></> },
        None => html! { original },
    }
}

/// Error messages begin small, as parts of longer ones; here each is a sentence. A file's or an
/// attribute's name stays as it is. They begin with English words; Unicode's tables of cases would be a twentieth of the
/// page's program.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let begins_with_file = message.split([':', ' ']).next().is_some_and(|word| word.contains(['.', '=']));
    let mut sentence = match letters.next() {
        Some(first) if begins_with_file => first.to_string(),
        Some(first) => first.to_ascii_uppercase().to_string(),
        None => String::new(),
    };
    sentence.push_str(letters.as_str());
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_told_apart_with_its_download() {
        let mut names: Vec<_> = MODELS.iter().map(described).collect();
        assert_eq!(names[0], "all-MiniLM-L6-v2 · 8-bit weights · 24 MB");
        names.dedup();
        assert_eq!(names.len(), MODELS.len());
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("the GPU was lost: driver"), "The GPU was lost: driver.");
        assert_eq!(sentence("model.safetensors: too short"), "model.safetensors: too short.");
        assert_eq!(sentence(""), "");
    }
}
