//! What a mouse, a finger or a pen does on a view's canvas.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::PointerEvent;
use yew::{Callback, hook, use_mut_ref};

use super::state::Action;
use super::study::Study;
use crate::view::{Focus, Layout, Spot};

/// Milliseconds after which a press of a finger chooses beside what is chosen.
const LONG_PRESS: u32 = 500;

/// Callbacks for a canvas.
pub struct Pointer {
    pub press: Callback<PointerEvent>,
    pub point: Callback<PointerEvent>,
    pub release: Callback<PointerEvent>,
    pub leave: Callback<PointerEvent>,
}

/// Finds what lies under the pointer and says what that does. `pinned` is in positions.
#[hook]
pub fn use_pointer(
    layout: Option<Rc<dyn Layout>>,
    study: Option<Rc<Study>>,
    pinned: Focus,
    act: &Callback<Action>,
) -> Pointer {
    let held = use_mut_ref(|| None::<Timeout>);
    let at = move |event: &PointerEvent| {
        layout.as_ref()?.at(f64::from(event.offset_x()), f64::from(event.offset_y()))
    };
    let press = {
        let (act, at, study, held) = (act.clone(), at.clone(), study.clone(), held.clone());
        Callback::from(move |event: PointerEvent| {
            let spot = at(&event);
            if event.ctrl_key() || event.shift_key() || event.meta_key() {
                if let Some(action) = spot.and_then(|spot| beside(spot, study.as_deref())) {
                    act.emit(action);
                }
                return;
            }
            if event.pointer_type() != "mouse"
                && let Some(action) = spot.and_then(|spot| beside(spot, study.as_deref()))
            {
                let act = act.clone();
                *held.borrow_mut() = Some(Timeout::new(LONG_PRESS, move || act.emit(action)));
            }
            act.emit(pressed(spot, study.as_deref(), pinned));
        })
    };
    let point = {
        let (act, held) = (act.clone(), held.clone());
        Callback::from(move |event: PointerEvent| {
            let spot = at(&event);
            if event.pointer_type() != "mouse" {
                // A finger that moves is not held; what it sweeps over is chosen as by a tap.
                if event.movement_x().abs() + event.movement_y().abs() > 2 {
                    held.take();
                    if let Some(spot) = spot {
                        act.emit(pressed(Some(spot), study.as_deref(), Focus::Nothing));
                    }
                }
                return;
            }
            act.emit(match spot {
                Some(Spot::Head { layer, head }) if event.buttons() == 1 => Action::LayerAndHead(layer, head),
                Some(Spot::Head { layer, head }) => Action::HoverHead(Some((layer, head))),
                Some(spot) => study.as_deref().map_or(Action::Leave, |study| Action::Hover(pointed(spot, study))),
                None => Action::Leave,
            });
        })
    };
    let release = Callback::from(move |_| drop(held.take()));
    let leave = act.reform(|_| Action::Leave);
    Pointer { press, point, release, leave }
}

/// What a press does. What is pinned is let go by pressing it once more.
fn pressed(spot: Option<Spot>, study: Option<&Study>, pinned: Focus) -> Action {
    match (spot, study) {
        (Some(Spot::Head { layer, head }), _) => Action::LayerAndHead(layer, head),
        (Some(Spot::LayerKey { layer, .. } | Spot::LayerQuery { layer, .. }), Some(_)) => Action::Layer(layer),
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
