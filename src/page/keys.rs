//! What the keyboard does on a view's canvas.

use std::rc::Rc;

use web_sys::KeyboardEvent;
use yew::Callback;

use super::state::Action;
use super::study::Study;
use crate::view::{Focus, HeadOrder, Map, Window};

/// Arrow keys choose a head, from the selected one (layer, head), as the grid has them; the space bar chooses it beside
/// others.
pub fn choose_head(
    order: Rc<HeadOrder>,
    selected: (usize, usize),
    act: &Callback<Action>,
) -> Callback<KeyboardEvent> {
    let act = act.clone();
    Callback::from(move |event: KeyboardEvent| {
        let place = order
            .iter()
            .enumerate()
            .find_map(|(row, heads)| Some((row, heads.iter().position(|&head| head == selected)?)));
        let Some((row, column)) = place else { return };
        let (row, column) = match event.key().as_str() {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(order.len() - 1), column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, column + 1),
            "Home" => (row, 0),
            "End" => (row, usize::MAX),
            " " => {
                event.prevent_default();
                act.emit(Action::ToggleHead(selected.0, selected.1));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(&(layer, head)) = order[row].get(column).or(order[row].last()) {
            act.emit(Action::LayerAndHead(layer, head));
        }
    })
}

/// Arrow keys move the chosen cell, and the window with it; the first press chooses the first. The space bar chooses its
/// row's word beside others. `pinned` is in positions.
pub fn choose_cell(
    study: Option<Rc<Study>>,
    map: Option<&Map>,
    pinned: Focus,
    window: Window,
    act: &Callback<Action>,
) -> Callback<KeyboardEvent> {
    let act = act.clone();
    let shape = map.map(Map::shape);
    Callback::from(move |event: KeyboardEvent| {
        let (Some(study), Some((queries @ 1.., keys @ 1..))) = (&study, shape) else { return };
        let (query, key) = (pinned.query().unwrap_or(0), pinned.key().unwrap_or(0));
        let (query, key) = match (event.key().as_str(), pinned) {
            (" ", _) => {
                event.prevent_default();
                if let Some(&unit) = pinned.query().and_then(|row| study.query_units().get(row)) {
                    act.emit(Action::Choose(unit));
                }
                return;
            }
            ("ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight", Focus::Nothing) => (0, 0),
            ("ArrowUp", _) => (query.saturating_sub(1), key),
            ("ArrowDown", _) => (query + 1, key),
            ("ArrowLeft", _) => (query, key.saturating_sub(1)),
            ("ArrowRight", _) => (query, key + 1),
            ("Home", _) => (query, 0),
            ("End", _) => (query, keys - 1),
            ("PageUp", _) => (0, key),
            ("PageDown", _) => (queries - 1, key),
            _ => return,
        };
        event.prevent_default();
        let (query, key) = (query.min(queries - 1), key.min(keys - 1));
        act.emit(Action::Pin(study.cell(query, key)));
        if !window.is_whole() {
            act.emit(Action::Window(window.showing((query, key), (queries, keys))));
        }
    })
}
