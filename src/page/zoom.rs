//! The part of the matrix that is shown: by the wheel, by keys and by buttons. Fingers are `super::pointer`'s.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, TouchEvent, WheelEvent};
use yew::{Callback, Html, NodeRef, hook, html, use_effect_with, use_mut_ref};

use super::state::{Action, State};
use super::tags::{More, button};
use super::view_bar::group;
use crate::view::order::clamped;
use crate::view::words::tr;
use crate::view::{Layout, Window};

/// How much larger a key or a button makes it.
pub const STEP: f64 = 1.5;
/// Cells along a side from which there are buttons.
const CROWDED: usize = 40;
/// CSS pixels of a line and of a page, where a wheel counts in those.
const LINE: f64 = 16.0;
const PAGE: f64 = 400.0;
/// The part of a wheel's turn that counts at once, in CSS pixels; a pinch on a trackpad comes as turns of a few.
const TURN: f64 = 30.0;
/// Turned by so much, the map is e times as large.
const TURNS: f64 = 100.0;

/// Listens to a canvas's wheel. A pinch on a trackpad is one with Ctrl held. Where nothing is zoomed, and at the map's
/// edge, the page scrolls.
#[hook]
pub fn use_zoom(canvas: &NodeRef, layout: &Option<Rc<dyn Layout>>, act: &Callback<Action>) {
    let latest = use_mut_ref(|| None);
    latest.borrow_mut().clone_from(layout);
    let (canvas, act) = (canvas.clone(), act.clone());
    use_effect_with((), move |()| {
        let turned = move |event: &WheelEvent| {
            let layout = latest.borrow().clone()?;
            let before = layout.moved(1.0, (0.0, 0.0), (0.0, 0.0))?;
            let unit = [1.0, LINE, PAGE][event.delta_mode().min(2) as usize];
            let (right, down) = (event.delta_x() * unit, event.delta_y() * unit);
            let after = if event.ctrl_key() {
                let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
                layout.moved((-clamped(down, -TURN, TURN) / TURNS).exp(), at, at)?
            } else {
                let after = layout.moved(1.0, (right, down), (0.0, 0.0))?;
                if after == before {
                    return None;
                }
                after
            };
            event.prevent_default();
            act.emit(Action::Window(after));
            Some(())
        };
        // Passive ones, as are yew's, cannot keep the page where it is.
        let options = EventListenerOptions::enable_prevent_default();
        let listeners = canvas.cast::<Element>().map(|canvas| {
            (
                EventListener::new_with_options(&canvas, "wheel", options, move |event| {
                    event.dyn_ref().and_then(&turned);
                }),
                EventListener::new_with_options(&canvas, "touchstart", options, |event| {
                    // Two fingers are not the page's.
                    if event.dyn_ref::<TouchEvent>().is_some_and(|event| event.touches().length() > 1) {
                        event.prevent_default();
                    }
                }),
            )
        });
        move || drop(listeners)
    });
}

/// The window `factor` times as large about the cell that is chosen, or else about the middle of what is shown; 0 is all
/// of the map. `None` where there is no matrix.
pub fn window(state: &State, factor: f64) -> Option<Window> {
    let (study, map) = state.study.as_ref().zip(state.map.as_ref()).filter(|_| state.view.id == "matrix")?;
    let (focus, before) = (study.placed(state.pinned), state.window);
    let middle = |at: Option<usize>, count: usize, now| at.map_or(now, |at| (at as f64 + 0.5) / count as f64);
    let after = Window {
        zoom: before.zoom * factor,
        x: middle(focus.key(), map.keys, before.x),
        y: middle(focus.query(), map.queries, before.y),
    };
    Some(after.clamped(map.queries.max(map.keys)))
}

/// Buttons, where there are many cells or not all of them are shown.
pub fn zoom_bar(state: &State, act: &Callback<Action>) -> Html {
    let cells = state.map.as_ref().map_or(0, |map| map.queries.max(map.keys));
    if state.view.id != "matrix" || (cells <= CROWDED && state.window.is_whole()) {
        return Html::default();
    }
    let zoom = |factor: f64, sign: String, name: String, part: &'static str| {
        let to = window(state, factor).filter(|&to| to != state.window);
        let more = More { label: Some(name), disabled: to.is_none(), ..More::default() };
        let onclick = act.reform(move |_| Action::Window(to.unwrap_or_default()));
        button("view", part.into(), more, onclick, html! { sign })
    };
    let buttons = [
        zoom(STEP, "+".into(), tr("larger"), "zoom-in"),
        zoom(1.0 / STEP, "−".into(), tr("smaller"), "zoom-out"),
        zoom(0.0, tr("all"), tr("all of the map"), "zoom-all"),
    ];
    group(tr("Zoom"), buttons.into_iter().collect())
}
