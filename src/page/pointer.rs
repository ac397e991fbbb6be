//! What a mouse, a finger or a pen does on a view's canvas.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::PointerEvent;
use yew::{Callback, hook, use_mut_ref};

use super::state::Action;
use super::study::Study;
use crate::lens::Thumbnails;
use crate::view::{Focus, Layout, Spot};

/// Milliseconds after which a press of a finger chooses beside what is chosen.
pub const LONG_PRESS: u32 = 500;
/// CSS pixels that a finger may wander and still tap.
const WANDER: f64 = 8.0;

/// Callbacks for a canvas.
pub struct Pointer {
    pub press: Callback<PointerEvent>,
    pub point: Callback<PointerEvent>,
    pub release: Callback<PointerEvent>,
    pub cancel: Callback<PointerEvent>,
    pub leave: Callback<PointerEvent>,
}

/// What is on a canvas that is no mouse.
#[derive(Default)]
struct Fingers {
    /// Each with its pointer's number, and where it was last heeded.
    down: Vec<(i32, (f64, f64))>,
    /// Until the one finger will have been held long. None once it has, or has moved, or has been joined by another.
    tap: Option<Timeout>,
}

/// Finds what lies under the pointer and says what that does. `pinned` is in positions.
///
/// A finger's tap is a press. One that moves sweeps over what it chooses, or moves the map that is zoomed; two zoom it.
#[hook]
pub fn use_pointer(
    layout: Option<Rc<dyn Layout>>,
    study: Option<Rc<Study>>,
    pinned: Focus,
    act: &Callback<Action>,
) -> Pointer {
    let fingers = use_mut_ref(Fingers::default);
    let looked_at = layout.clone();
    let at = move |(x, y): (f64, f64)| looked_at.as_ref()?.at(x, y);
    let press = {
        let (act, at, study, fingers) = (act.clone(), at.clone(), study.clone(), fingers.clone());
        Callback::from(move |event: PointerEvent| {
            // The other buttons are the browser's.
            if event.button() != 0 {
                return;
            }
            let spot = at(place(&event));
            let held = || spot.and_then(|spot| beside(spot, study.as_deref()));
            if event.ctrl_key() || event.shift_key() || event.meta_key() {
                if let Some(action) = held() {
                    act.emit(action);
                }
            } else if event.pointer_type() == "mouse" {
                act.emit(pressed(spot, study.as_deref(), pinned));
            } else {
                let Fingers { down, tap } = &mut *fingers.borrow_mut();
                down.push((event.pointer_id(), place(&event)));
                *tap = (down.len() == 1).then(|| {
                    let (act, action, fingers) = (act.clone(), held(), fingers.clone());
                    Timeout::new(LONG_PRESS, move || {
                        if let Some(action) = action {
                            // Where it goes now, or that it is lifted, does nothing more.
                            *fingers.borrow_mut() = Fingers::default();
                            act.emit(action);
                        }
                    })
                });
            }
        })
    };
    let point = {
        let (act, at, study, fingers) = (act.clone(), at.clone(), study.clone(), fingers.clone());
        Callback::from(move |event: PointerEvent| {
            let (spot, to) = (at(place(&event)), place(&event));
            if event.pointer_type() != "mouse" {
                let Fingers { down, tap } = &mut *fingers.borrow_mut();
                let Some(moved) = down.iter().position(|finger| finger.0 == event.pointer_id()) else {
                    return;
                };
                let from = down[moved].1;
                if tap.is_some() && distance(from, to) <= WANDER {
                    return;
                }
                let other = down.iter().find(|finger| finger.0 != event.pointer_id()).map(|finger| finger.1);
                down[moved].1 = to;
                let window = layout.as_ref().and_then(|layout| match other {
                    Some(other) => {
                        // Two fingers on one point are as far apart as nothing.
                        let factor = distance(other, to).max(1.0) / distance(other, from).max(1.0);
                        layout.moved(factor, between(other, from), between(other, to))
                    }
                    None => layout.moved(1.0, from, to).filter(|window| !window.is_whole()),
                });
                if tap.take().is_some() && window.is_none() && (to.0 - from.0).abs() < (to.1 - from.1).abs() {
                    // The page is about to take it, to scroll.
                    down.clear();
                    return;
                }
                act.emit(match (window, other, spot) {
                    (Some(window), _, _) => Action::Window(window),
                    (None, None, Some(spot)) => pressed(Some(spot), study.as_deref(), Focus::Nothing),
                    _ => return,
                });
                return;
            }
            act.emit(match spot {
                Some(Spot::Head { .. }) if event.buttons() == 1 => {
                    pressed(spot, study.as_deref(), Focus::Nothing)
                }
                Some(Spot::Head { layer, head }) => Action::HoverHead(Some((layer, head))),
                Some(spot) => {
                    study.as_deref().map_or(Action::Leave, |study| Action::Hover(pointed(spot, study)))
                }
                None => Action::Leave,
            });
        })
    };
    let lifted = {
        let fingers = fingers.clone();
        move |event: &PointerEvent| {
            let Fingers { down, tap } = &mut *fingers.borrow_mut();
            down.retain(|finger| finger.0 != event.pointer_id());
            tap.take()
        }
    };
    let release = {
        let (act, lifted) = (act.clone(), lifted.clone());
        Callback::from(move |event: PointerEvent| {
            if lifted(&event).is_some() {
                act.emit(pressed(at(place(&event)), study.as_deref(), pinned));
            }
        })
    };
    // The page took the finger, to scroll.
    let cancel = Callback::from(move |event: PointerEvent| drop(lifted(&event)));
    let leave = act.reform(|_| Action::Leave);
    Pointer { press, point, release, cancel, leave }
}

/// Where an event happened on its canvas, in CSS pixels.
fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

fn between(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    ((one.0 + other.0) / 2.0, (one.1 + other.1) / 2.0)
}

fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

/// What a press does. What is pinned is let go by pressing it once more.
fn pressed(spot: Option<Spot>, study: Option<&Study>, pinned: Focus) -> Action {
    match (spot, study) {
        (Some(Spot::Head { layer, .. }), Some(study)) if study.lens.thumbnails == Thumbnails::Layers => {
            Action::Layer(layer)
        }
        (Some(Spot::Head { layer, head }), _) => Action::LayerAndHead(layer, head),
        (Some(Spot::LayerKey { layer, .. } | Spot::LayerQuery { layer, .. }), Some(_)) => {
            Action::Layer(layer)
        }
        (Some(Spot::Cell { query, key }), Some(study)) if pinned != (Focus::Cell { query, key }) => {
            Action::Pin(study.cell(query, key))
        }
        (Some(spot), Some(study)) => match unit(spot, study).map(Focus::Token) {
            Some(token) if study.placed(token) != pinned => Action::Pin(token),
            _ => Action::Pin(Focus::Nothing),
        },
        _ => Action::Pin(Focus::Nothing),
    }
}

/// What a press with a key held, or a long one, does.
fn beside(spot: Spot, study: Option<&Study>) -> Option<Action> {
    match spot {
        Spot::Head { .. } if study.is_some_and(|study| study.lens.thumbnails == Thumbnails::Layers) => None,
        Spot::Head { layer, head } => Some(Action::ToggleHead(layer, head)),
        Spot::Cell { query, .. } => study?.query_units().get(query).copied().map(Action::Choose),
        spot => unit(spot, study?).map(Action::Choose),
    }
}

/// What the pointer picks out, in units.
fn pointed(spot: Spot, study: &Study) -> Focus {
    match spot {
        Spot::Cell { query, key } => study.cell(query, key),
        Spot::Query(_) | Spot::LayerQuery { .. } => unit(spot, study).map_or(Focus::Nothing, Focus::Query),
        Spot::Key(_) | Spot::LayerKey { .. } => unit(spot, study).map_or(Focus::Nothing, Focus::Key),
        Spot::Unit(unit) => Focus::Token(unit),
        Spot::Head { .. } => Focus::Nothing,
    }
}

/// The unit of a word.
fn unit(spot: Spot, study: &Study) -> Option<usize> {
    match spot {
        Spot::Query(query) | Spot::LayerQuery { query, .. } => study.query_units().get(query).copied(),
        Spot::Key(key) | Spot::LayerKey { key, .. } => study.plan.keys.get(key).copied(),
        Spot::Unit(unit) => Some(unit),
        Spot::Head { .. } | Spot::Cell { .. } => None,
    }
}
