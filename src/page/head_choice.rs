//! Which head is shown: a stepper for its layer and one for its number, or a menu where only some are stored.

use std::rc::Rc;

use yew::{Callback, Html, html};

use super::ran::Mapped;
use super::select::select;
use super::state::{Action, State};
use super::stepper::stepper;
use crate::view::words::{tr, tr_with};

/// The choice of a head; where there is only one, its name. Before it, that of a kind of attention, where there are several.
pub fn head_choice(state: &State, act: &Callback<Action>) -> Html {
    let maps = state.ran.as_ref().map(|ran| ran.maps.clone()).filter(|maps| maps.len() > 1);
    html! { <>{ maps.map(|maps| map_choice(state, maps, act)) }{ choice(state, act) }</> }
}

fn map_choice(state: &State, maps: Rc<[Mapped]>, act: &Callback<Action>) -> Html {
    let shown = state.ran.as_ref().map_or("", |ran| ran.map().kind.id());
    let options: Vec<_> = maps.iter().map(|map| (map.kind.id(), tr(map.kind.name()).into())).collect();
    select(
        tr("Attention"),
        "map",
        options,
        shown,
        act.reform(move |index: usize| Action::Map(Some(maps[index].kind))),
    )
}

fn choice(state: &State, act: &Callback<Action>) -> Html {
    let (layers, heads) = state.shape();
    let stored =
        state.ran.as_ref().and_then(|ran| ran.map().kept.as_ref()).map_or(&[][..], |kept| &kept.heads);
    let named = |&(layer, head): &(usize, usize)| {
        tr_with("Layer {0} head {1}", &[&layer.to_string(), &head.to_string()])
    };
    match stored {
        [] => html! {
            <div class="steppers">
                { stepper(tr("Layer"), "layer", state.layer, layers, act.reform(Action::Layer)) }
                { stepper(tr("Head"), "head", state.head, heads, act.reform(Action::Head)) }
            </div>
        },
        [only] if *only == (state.layer, state.head) => {
            html! { <p class="muted" part="head">{ named(only) }</p> }
        }
        stored => {
            let choices = stored.to_vec();
            let chosen = act.reform(move |index: usize| {
                let (layer, head) = choices[index];
                Action::LayerAndHead(layer, head)
            });
            let value = (state.layer, state.head);
            // One that is not stored is asked for, and has no place in the menu.
            let options =
                stored.iter().map(|head| (if *head == value { "shown" } else { "" }, named(head).into()));
            select(tr("Head"), "head", options, "shown", chosen)
        }
    }
}
