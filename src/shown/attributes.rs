//! The element's attributes, read into actions.

use crate::filter::{Filters, PARTS, TREATMENTS, Treatment};
use crate::lens::{HeadSet, LENSES};
use crate::model::MODELS;
use crate::trace::{BackendChoice, MapKind};
use crate::view::functions::read;
use crate::view::words::tr;
use crate::view::{SCALES, Scale, VIEWS};

use super::state::{ASKS, Action, Controls, LANGUAGES, Problem, State, ThemeChoice, main_view};

/// Backends with their names in attributes and addresses. The first is the default.
pub const BACKENDS: &[(BackendChoice, &str, &str)] = &[
    (BackendChoice::Auto, "auto", "Automatic"),
    (BackendChoice::WebGpu, "webgpu", "WebGPU"),
    (BackendChoice::Cpu, "cpu", "CPU"),
];

/// Languages that can be asked for; `auto` is the browser's.
const ASKED: &[&str] = &["auto", LANGUAGES[0].0, LANGUAGES[1].0];

const THEMES: &[(ThemeChoice, &str)] =
    &[(ThemeChoice::Auto, "auto"), (ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")];

const CONTROLS: &[(Controls, &str)] =
    &[(Controls::Full, "full"), (Controls::Minimal, "minimal"), (Controls::None, "none")];

/// The action that an attribute's new value asks for; `None` takes it back to its default. An attribute that
/// asks for nothing gives no action. The error's code is `attribute-invalid`, its message names what is allowed.
pub fn parse(name: &str, value: Option<&str>, state: &State) -> Result<Option<Action>, Problem> {
    let choice = value.unwrap_or_default();
    let filters = state.filters;
    let (layers, heads) = state.shape();
    let shown = state.ran.as_ref().map_or(state.model.id, |ran| &ran.model.id);
    let below = |count: usize| match value {
        None => Ok(0),
        Some(text) => text.trim().parse().ok().filter(|&number| number < count).ok_or_else(|| {
            Problem::said(
                "attribute-invalid",
                "{0}=\"{1}\" is not a whole number from 0 to {2} ({3} has {4})",
                &[name, choice, &(count - 1).to_string(), shown, &count.to_string()],
            )
        }),
    };
    let action = match name {
        "text" => Action::Text(choice.into()),
        "text-b" => Action::TextB(value.map(Into::into)),
        "layer" => Action::Layer(below(layers)?),
        "head" => Action::Head(below(heads)?),
        "from-layer" => Action::From(below(layers)?),
        "heads" => match HeadSet::parse(choice, layers, heads) {
            Ok(heads) => Action::Heads(heads),
            Err(part) => {
                return Err(Problem::said(
                    "attribute-invalid",
                    "heads=\"{0}\" cannot be read: \"{1}\" is not a head; write layer.head with spaces between, like \"0.1 2.0\", layers from 0 to {2}, heads from 0 to {3}",
                    &[choice, part, &(layers - 1).to_string(), &(heads - 1).to_string()],
                ));
            }
        },
        "model" => Action::Model(pick(name, value, MODELS, |model| model.id)?),
        "backend" => Action::Backend(pick(name, value, BACKENDS, |backend| backend.1)?.0),
        "theme" => Action::Theme(pick(name, value, THEMES, |theme| theme.1)?.0),
        "scale" => Action::Scale(pick(name, value, SCALES, |scale| scale.1)?.0),
        "lens" => Action::Lens(pick(name, value, LENSES, |lens| lens.id)?),
        "view" if value.is_none() => Action::View(main_view()),
        "view" => Action::View(pick(name, value, VIEWS, |view| view.id)?),
        // The component reads it, of what the browser keeps.
        "history" => return Ok(None),
        // attention-map.js picks the language and has it spoken.
        "language" => return pick(name, value, ASKED, |id| id).map(|_| None),
        "controls" => Action::Controls(pick(name, value, CONTROLS, |controls| controls.1)?.0),
        "special" => Action::Filters(Filters { special: treatment(name, value)?, ..filters }),
        "punctuation" => Action::Filters(Filters { punctuation: treatment(name, value)?, ..filters }),
        "words" => Action::Filters(Filters { words: value.is_some(), ..filters }),
        "map" if value.is_none() => Action::Map(None),
        "map" => Action::Map(Some(pick(name, value, &MapKind::ALL, |kind| kind.1)?.0)),
        "pair-part" => {
            Action::Filters(Filters { part: pick(name, value, PARTS, |part| part.1)?.0, ..filters })
        }
        "threshold" => match value.map_or(0.0, read) {
            threshold if (0.0..=1.0).contains(&threshold) => Action::Threshold(threshold as f32),
            _ => {
                return Err(Problem::said(
                    "attribute-invalid",
                    "{0}=\"{1}\" is not a number from 0 to 1",
                    &[name, choice],
                ));
            }
        },
        "made-with" if ASKS => return made_with(choice).map_or(Ok(None), Err),
        "linked" if ASKS => Action::Linked(value.is_some()),
        "read-only" => Action::ReadOnly(value.is_some()),
        "developer" if ASKS => Action::Developer(value.is_some()),
        _ => return Ok(None),
    };
    Ok(Some(action))
}

/// The entry of a table that `value` names; without one the first.
fn pick<'t, T>(
    name: &str,
    value: Option<&str>,
    table: &'t [T],
    id: fn(&T) -> &'static str,
) -> Result<&'t T, Problem> {
    table.iter().find(|entry| value.is_none_or(|wanted| wanted == id(entry))).ok_or_else(|| {
        let allowed: Vec<&str> = table.iter().map(id).collect();
        let choice = value.unwrap_or_default();
        Problem::said(
            "attribute-invalid",
            "{0}=\"{1}\" is not one of: {2}",
            &[name, choice, &allowed.join(", ")],
        )
    })
}

fn treatment(name: &str, value: Option<&str>) -> Result<Treatment, Problem> {
    Ok(pick(name, value, TREATMENTS, |treatment| treatment.1)?.0)
}

/// The reader is told where a link was made with other weights than those of here.
fn made_with(said: &str) -> Option<Problem> {
    let known = said.is_empty() || MODELS.iter().any(|model| model.about().made_with() == said);
    (!known).then(|| {
        let models = MODELS.iter().map(|model| model.about().made_with()).collect::<Vec<_>>().join(", ");
        Problem::said(
            "made-with-other",
            "This link was made with {0}, which is not a model of this page (they are {1}): its numbers may differ from those here.",
            &[said, &models],
        )
    })
}

/// A backend's name in attributes, addresses and traces.
pub fn backend_id(choice: BackendChoice) -> &'static str {
    BACKENDS.iter().find(|backend| backend.0 == choice).unwrap_or(&BACKENDS[0]).1
}

/// A scale's words in the legend.
pub fn scale_name(scale: Scale) -> String {
    match scale {
        Scale::Unit => tr("0 to 1"),
        Scale::MapMax => tr("0 to the map's largest"),
        Scale::Small => tr("small weights"),
        Scale::Log => tr("logarithmic"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str, value: &str) -> String {
        match parse(name, Some(value), &State::default()) {
            Err(problem) => {
                assert_eq!(problem.code, "attribute-invalid");
                problem.message
            }
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn what_is_not_allowed_is_answered_with_what_is() {
        assert_eq!(
            message("view", "list"),
            "view=\"list\" is not one of: grid, matrix, lines, text, layers, neuron, table"
        );
        assert_eq!(message("backend", "gpu"), "backend=\"gpu\" is not one of: auto, webgpu, cpu");
        assert!(message("layer", "6").contains("from 0 to 5"));
        assert!(message("head", "-1").contains("from 0 to 11"));
        assert!(message("layer", "NaN").contains("from 0 to 5"));
        assert!(message("lens", "roll").contains("weight, mean, max"));
        assert!(message("special", "gone").contains("show, hide, renormalise"));
        assert!(message("heads", "0.0 3.12").contains("\"3.12\" is not a head"));
        assert!(message("heads", "3.12").contains("layers from 0 to 5, heads from 0 to 11"));
        assert!(message("threshold", "NaN").contains("from 0 to 1"));
        assert!(message("model", "gpt").contains("minilm-l6-q8, minilm-l6-f32"));
    }

    #[test]
    fn backends_are_called_as_traces_and_messages_call_them() {
        use crate::trace::Backend;
        for &(choice, id, _) in BACKENDS {
            assert_eq!(serde_json::to_value(choice).unwrap(), id);
        }
        for (backend, id) in Backend::ALL {
            assert_eq!((serde_json::to_value(backend).unwrap(), backend.id()), (id.into(), id));
        }
    }

    #[test]
    fn a_link_made_with_other_weights_says_so() {
        let read = |value: &str| parse("made-with", Some(value), &State::default());
        assert!(matches!(read(&MODELS[0].about().made_with()), Ok(None)));
        let problem = read("minilm-l6-q8.00000000").err().expect("a notice");
        assert_eq!(problem.code, "made-with-other");
        assert!(problem.message.contains(&MODELS[0].about().made_with()), "{}", problem.message);
    }

    #[test]
    fn what_is_allowed_passes() {
        for (name, value) in [
            ("layer", "5"),
            ("head", " 11 "),
            ("theme", "dark"),
            ("scale", "max"),
            ("view", "grid"),
            ("lens", "rollout"),
            ("heads", "3.1 4.0"),
            ("threshold", "0.25"),
            ("words", ""),
        ] {
            assert!(matches!(parse(name, Some(value), &State::default()), Ok(Some(_))), "{name}");
        }
        assert!(matches!(parse("layer", None, &State::default()), Ok(Some(Action::Layer(0)))));
    }
}
