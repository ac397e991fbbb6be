//! The element's attributes, read into actions.

use crate::model::MODELS;
use crate::trace::BackendChoice;
use crate::view::{SCALES, Scale, VIEWS};

use super::state::{Action, Problem, State, ThemeChoice};

/// Backends with their names in attributes and addresses. The first is the default.
pub const BACKENDS: &[(BackendChoice, &str, &str)] = &[
    (BackendChoice::Auto, "auto", "Automatic"),
    (BackendChoice::WebGpu, "webgpu", "WebGPU"),
    (BackendChoice::Cpu, "cpu", "CPU"),
];

const THEMES: &[(ThemeChoice, &str)] =
    &[(ThemeChoice::Auto, "auto"), (ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")];

/// What a cell of a map means. One so far.
const LENSES: &[&str] = &["weight"];

/// The action that an attribute's new value asks for; `None` takes it back to its default. An attribute that
/// asks for nothing gives no action. The error's code is `attribute-invalid`, its message names what is allowed.
pub fn parse(name: &str, value: Option<&str>, state: &State) -> Result<Option<Action>, Problem> {
    let choice = value.unwrap_or_default();
    let invalid = |allowed: &str| {
        let message = format!("{name}=\"{choice}\" is not one of: {allowed}");
        Problem::new("attribute-invalid", message)
    };
    let one_of = |allowed: Vec<&str>| invalid(&allowed.join(", "));
    let below = |count: usize| match value {
        None => Ok(0),
        Some(text) => text.trim().parse().ok().filter(|&number| number < count).ok_or_else(|| {
            let message = format!(
                "{name}=\"{text}\" is not a whole number from 0 to {} ({} has {count})",
                count - 1,
                state.model.id
            );
            Problem::new("attribute-invalid", message)
        }),
    };
    let action = match name {
        "text" => Action::Text(choice.into()),
        "text-b" => Action::TextB(value.map(Into::into)),
        "layer" => Action::Layer(below(state.model.layers)?),
        "head" => Action::Head(below(state.model.heads)?),
        "model" => match MODELS.iter().find(|model| value.is_none_or(|id| id == model.id)) {
            Some(model) => Action::Model(model),
            None => return Err(one_of(MODELS.iter().map(|model| model.id).collect())),
        },
        "backend" => match BACKENDS.iter().find(|backend| value.is_none_or(|id| id == backend.1)) {
            Some(backend) => Action::Backend(backend.0),
            None => return Err(one_of(BACKENDS.iter().map(|backend| backend.1).collect())),
        },
        "theme" => match THEMES.iter().find(|theme| value.is_none_or(|id| id == theme.1)) {
            Some(theme) => Action::Theme(theme.0),
            None => return Err(one_of(THEMES.iter().map(|theme| theme.1).collect())),
        },
        "scale" => match SCALES.iter().find(|scale| value.is_none_or(|id| id == scale.1)) {
            Some(scale) => Action::Scale(scale.0),
            None => return Err(one_of(SCALES.iter().map(|scale| scale.1).collect())),
        },
        "developer" => Action::Developer(value.is_some()),
        "view" => match value {
            None => Action::View(None),
            Some(id) => match VIEWS.iter().find(|view| view.id == id) {
                Some(view) => Action::View(Some(view)),
                None => return Err(one_of(VIEWS.iter().map(|view| view.id).collect())),
            },
        },
        "lens" if value.is_none_or(|id| LENSES.contains(&id)) => return Ok(None),
        "lens" => return Err(one_of(LENSES.to_vec())),
        _ => return Ok(None),
    };
    Ok(Some(action))
}

/// A backend's name in attributes, addresses and traces.
pub fn backend_id(choice: BackendChoice) -> &'static str {
    BACKENDS.iter().find(|backend| backend.0 == choice).unwrap_or(&BACKENDS[0]).1
}

/// A backend's name for people.
pub fn backend_name(choice: BackendChoice) -> &'static str {
    BACKENDS.iter().find(|backend| backend.0 == choice).unwrap_or(&BACKENDS[0]).2
}

/// A scale's words in the legend.
pub fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::Unit => "0 to 1",
        Scale::MapMax => "0 to the map's largest",
        Scale::Small => "small weights",
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
        assert_eq!(message("view", "lines"), "view=\"lines\" is not one of: grid, matrix");
        assert_eq!(message("backend", "gpu"), "backend=\"gpu\" is not one of: auto, webgpu, cpu");
        assert!(message("layer", "6").contains("from 0 to 5"));
        assert!(message("head", "-1").contains("from 0 to 11"));
        assert!(message("layer", "NaN").contains("from 0 to 5"));
        assert!(message("lens", "rollout").contains("weight"));
        assert!(message("model", "gpt").contains("minilm-l6-q8, minilm-l6-f32"));
    }

    #[test]
    fn backends_are_called_as_traces_and_messages_call_them() {
        use crate::trace::Backend;
        for &(choice, id, _) in BACKENDS {
            assert_eq!(serde_json::to_value(choice).unwrap(), id);
        }
        for backend in [Backend::WebGpu, Backend::Cpu] {
            assert_eq!(serde_json::to_value(backend).unwrap(), backend_id(backend.into()));
        }
    }

    #[test]
    fn what_is_allowed_passes() {
        for (name, value) in
            [("layer", "5"), ("head", " 11 "), ("theme", "dark"), ("scale", "max"), ("view", "grid")]
        {
            assert!(matches!(parse(name, Some(value), &State::default()), Ok(Some(_))), "{name}");
        }
        assert!(matches!(parse("layer", None, &State::default()), Ok(Some(Action::Layer(0)))));
    }
}
