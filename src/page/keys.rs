//! What the keyboard does on a view's canvas.

use web_sys::KeyboardEvent;
use yew::Callback;

use super::state::Action;
use crate::model::ModelSpec;
use crate::view::{Focus, HeadMap};

/// Arrow keys choose a head, from the selected one (layer, head).
pub fn choose_head(
    model: &'static ModelSpec,
    (layer, head): (usize, usize),
    act: &Callback<Action>,
) -> Callback<KeyboardEvent> {
    let act = act.clone();
    Callback::from(move |event: KeyboardEvent| {
        let (layer, head) = match event.key().as_str() {
            "ArrowUp" => (layer.saturating_sub(1), head),
            "ArrowDown" => ((layer + 1).min(model.layers - 1), head),
            "ArrowLeft" => (layer, head.saturating_sub(1)),
            "ArrowRight" => (layer, (head + 1).min(model.heads - 1)),
            "Home" => (layer, 0),
            "End" => (layer, model.heads - 1),
            _ => return,
        };
        event.prevent_default();
        act.emit(Action::LayerAndHead(layer, head));
    })
}

/// Arrow keys move the chosen cell; the first press chooses the first.
pub fn choose_cell(map: Option<&HeadMap>, pinned: Focus, act: &Callback<Action>) -> Callback<KeyboardEvent> {
    let act = act.clone();
    let shape = map.map(|map| (map.queries, map.keys));
    Callback::from(move |event: KeyboardEvent| {
        let Some((queries, keys)) = shape else { return };
        let moved =
            |query: usize, key: usize| Focus::Cell { query: query.min(queries - 1), key: key.min(keys - 1) };
        let (query, key) = (pinned.query().unwrap_or(0), pinned.key().unwrap_or(0));
        let focus = match (event.key().as_str(), pinned) {
            ("Escape", _) => Focus::Nothing,
            ("ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight", Focus::Nothing) => moved(0, 0),
            ("ArrowUp", _) => moved(query.saturating_sub(1), key),
            ("ArrowDown", _) => moved(query + 1, key),
            ("ArrowLeft", _) => moved(query, key.saturating_sub(1)),
            ("ArrowRight", _) => moved(query, key + 1),
            ("Home", _) => moved(query, 0),
            ("End", _) => moved(query, keys - 1),
            ("PageUp", _) => moved(0, key),
            ("PageDown", _) => moved(queries - 1, key),
            _ => return,
        };
        event.prevent_default();
        act.emit(Action::Pin(focus));
    })
}
