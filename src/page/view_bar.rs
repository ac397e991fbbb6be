//! Which view is shown large.

use yew::{Callback, Html, html};

use super::parts::Parts;
use super::state::{Action, State};
use super::tags::{More, button};
use super::zoom::zoom_bar;
use crate::view::words::{tr, tr_with};
use crate::view::{Direction, Shows, VIEWS, ViewSpec};

/// A button a view, the list of keys, for views of chosen words which way they look, for the matrix how large it is.
pub fn view_bar(state: &State, parts: &Parts, act: &Callback<Action>) -> Html {
    let directed = matches!(state.view.shows, Shows::Words | Shows::Layers);
    let directions =
        [(Direction::From, tr("attends to"), "from"), (Direction::To, tr("is attended by"), "to")];
    let chosen = |part: String, pressed: bool, title: Option<String>, onclick, name: String| {
        button(
            "view",
            part.into(),
            More { pressed: Some(pressed), title, ..More::default() },
            onclick,
            html! { name },
        )
    };
    let offered =
        |view: &&ViewSpec| view.shows != Shows::Neuron || *view == state.view || state.can_compute();
    let view_button = |view: &'static ViewSpec| {
        let onclick = act.reform(move |_| Action::View(view));
        let title = Some(tr_with("Key {0}", &[view.key]));
        chosen("view-".to_owned() + view.id, view == state.view, title, onclick, tr(view.name))
    };
    let direction_button = |(direction, name, id): (Direction, String, &str)| {
        let onclick = act.reform(move |_| Action::Direction(direction));
        chosen("direction-".to_owned() + id, direction == state.direction, None, onclick, name)
    };
    html! {
        <>
        { group(tr("View"), VIEWS.iter().filter(offered).map(view_button).collect()) }
        if state.is_full() {
            { (parts.keys)() }
        }
        if directed {
            { group(tr("What the word does"), directions.map(direction_button).into_iter().collect()) }
        }
        { zoom_bar(state, act) }
        </>
    }
}

/// Buttons of which one is chosen, side by side.
pub fn group(name: String, buttons: Html) -> Html {
    html! { <div class="views" role="group" aria-label={name}>{ buttons }</div> }
}
