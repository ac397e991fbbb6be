//! One key for each thing, while the focus is inside the element, and the list of them.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent, MouseEvent};
use yew::{Html, TargetCast, html};

use super::state::{Action, Controls, State};
use super::zoom::{STEP, window};
use crate::view::words::{tr, tr_with};
use crate::view::{Focus, VIEWS};

/// The key that shows [`list`].
pub const HELP: &str = "?";

/// Keys and what they do, beside those of [`VIEWS`].
pub const KEYS: &[(&str, &str)] = &[
    ("← ↑ → ↓", "the next cell, head or word"),
    ("Home End", "the first and the last of a row"),
    ("Page Up, Page Down", "the first and the last of a column"),
    ("Enter", "choose the word"),
    ("Space", "choose a word or a head beside others"),
    ("Esc", "let go of what is chosen"),
    ("k  j", "the layer before, the layer after"),
    (",  .", "the head before, the head after"),
    ("+  −  0", "a larger, a smaller, the whole matrix"),
    (HELP, "this list"),
];

/// The key that was pressed, if it is for the element: a field keeps its keys, and so do the browser and the system.
pub fn pressed(event: &Event) -> Option<String> {
    let event = event.dyn_ref::<KeyboardEvent>()?;
    let own = "textarea, select, dialog, input:not([type=checkbox], [type=radio], [type=range])";
    let kept =
        event.target_dyn_into::<Element>().is_none_or(|target| !matches!(target.closest(own), Ok(None)));
    let held = event.ctrl_key() || event.alt_key() || event.meta_key();
    (!kept && !held && !event.is_composing()).then(|| event.key())
}

/// What a key does.
pub fn action(state: &State, key: &str) -> Option<Action> {
    let zoomed = |factor| window(state, factor).map(Action::Window);
    match key {
        "j" => Some(Action::Layer(state.layer + 1)),
        "k" => Some(Action::Layer(state.layer.checked_sub(1)?)),
        "." => Some(Action::Head(state.head + 1)),
        "," => Some(Action::Head(state.head.checked_sub(1)?)),
        "+" | "=" => zoomed(STEP),
        "-" => zoomed(1.0 / STEP),
        "0" => zoomed(0.0),
        "Escape" => Some(Action::Pin(Focus::Nothing)),
        // Where no button leads back, no key leads away.
        key => {
            VIEWS.iter().find(|view| view.key == key && state.controls != Controls::None).map(Action::View)
        }
    }
}

/// Opens the list that is in the same element as `inside`.
pub fn open(inside: &Element) {
    let list = inside
        .closest(".root")
        .ok()
        .flatten()
        .and_then(|root| root.query_selector("dialog.keys").ok().flatten());
    if let Some(list) = list.and_then(|list| list.dyn_into::<HtmlDialogElement>().ok()) {
        let _ = list.show_modal();
    }
}

/// Where the focus went with a view that is gone, gives it to the one that is there, so that keys are still heard.
pub fn keep_focus(root: &Element) {
    if root.matches(":focus-within").unwrap_or(true) {
        return;
    }
    let shown = root.query_selector(".one-head canvas[tabindex], .numbers button").ok().flatten();
    if let Some(shown) = shown.and_then(|shown| shown.dyn_into::<HtmlElement>().ok()) {
        let _ = shown.focus();
    }
}

/// The list of keys, and the button that opens it.
pub fn list() -> Html {
    let views = VIEWS.iter().map(|view| (view.key, view.name));
    html! {
        <>
        <button type="button" class="step" part="keys" aria-label={tr("Keys")} aria-haspopup="dialog" title={tr_with("Key {0}", &[HELP])}
            onclick={|event: MouseEvent| if let Some(button) = event.target_dyn_into::<Element>() { open(&button) }}>{ HELP }</button>
        <dialog class="keys" part="key-list" aria-labelledby="keys">
            <form method="dialog" class="heading">
                <h2 id="keys">{ tr("Keys") }</h2>
                <button class="chip small" part="key-list-close">{ tr("Close") }</button>
            </form>
            <dl>
                { for views.chain(KEYS.iter().copied()).map(|(key, does)| html! {
                    <div><dt>{ key }</dt><dd>{ tr(does) }</dd></div>
                }) }
            </dl>
        </dialog>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let state = State { layer: 2, head: 2, ..State::default() };
        for view in VIEWS {
            assert!(matches!(action(&state, view.key), Some(Action::View(shown)) if shown == view));
        }
        assert!(matches!(action(&state, "j"), Some(Action::Layer(3))));
        assert!(matches!(action(&state, ","), Some(Action::Head(1))));
        assert!(action(&State::default(), ",").is_none());
    }

    #[test]
    fn a_host_that_shows_no_buttons_keeps_its_view() {
        let state = State { controls: Controls::None, ..State::default() };
        assert!(action(&state, VIEWS[0].key).is_none());
        assert!(action(&state, "j").is_some());
    }
}
