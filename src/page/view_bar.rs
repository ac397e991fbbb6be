//! Which view is shown large.

use yew::{Callback, Html, html};

use super::parts::Parts;
use super::state::{Action, Controls, State};
use super::zoom::zoom_bar;
use crate::view::words::{tr, tr_with};
use crate::view::{Direction, Shows, VIEWS};

/// A button a view, the list of keys, for views of chosen words which way they look, for the matrix how large it is.
pub fn view_bar(state: &State, parts: &Parts, act: &Callback<Action>) -> Html {
    let directed = matches!(state.view.shows, Shows::Words | Shows::Layers);
    let directions =
        [(Direction::From, tr("attends to"), "from"), (Direction::To, tr("is attended by"), "to")];
    html! {
        <>
        <div class="views" role="group" aria-label={tr("View")}>
            { for VIEWS.iter().filter(|view| view.shows != Shows::Neuron || view == &state.view || state.can_compute()).map(|view| html! {
                <button type="button" class="view" part={format!("view-{}", view.id)}
                    aria-pressed={(view == state.view).to_string()} title={tr_with("Key {0}", &[view.key])}
                    onclick={act.reform(move |_| Action::View(view))}>{ tr(view.name) }</button>
            }) }
        </div>
        if state.controls == Controls::Full {
            { (parts.keys)() }
        }
        if directed {
            <div class="views" role="group" aria-label={tr("What the word does")}>
                { for directions.map(|(direction, name, id)| html! {
                    <button type="button" class="view" part={format!("direction-{id}")}
                        aria-pressed={(direction == state.direction).to_string()}
                        onclick={act.reform(move |_| Action::Direction(direction))}>{ name }</button>
                }) }
            </div>
        }
        { zoom_bar(state, act) }
        </>
    }
}
