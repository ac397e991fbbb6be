//! The maps and what belongs to them, laid out side by side or one under the other.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, classes, function_component, html};

use super::head_choice::head_choice;
use super::legend::Legend;
use super::panel::Panel;
use super::parts::Parts;
use super::readout::readout;
use super::state::{ASKS, Action, Controls, EngineState, State};
use super::subject::Subject;
use super::summary::use_summary;
use super::table::Table;
use super::view_bar::view_bar;
use crate::lens::Thumbnails;
use crate::shown::taken::{Taken, grid_order, placed, view_state};
use crate::view::colormap::ColorMap;
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};
use crate::view::{Shows, VIEWS, ViewSpec};

#[derive(Properties, PartialEq)]
pub struct MapsProps {
    pub state: State,
    pub theme: &'static Theme,
    pub color_map: &'static ColorMap,
    pub parts: &'static Parts,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Maps(props: &MapsProps) -> Html {
    let MapsProps { state, theme, color_map, parts, act } = props;
    let ramp = yew::use_memo(color_map.id, |_| color_map.ramp());
    // Where the grid has one map a layer, keys walk over layers, and the head stays.
    let whole = state.study.as_ref().is_some_and(|study| study.lens.thumbnails == Thumbnails::Layers);
    let sorting =
        (state.shape(), state.habits, state.measured_habits().cloned(), whole.then_some(state.head));
    let order = yew::use_memo(sorting, |_| grid_order(state));
    let badges =
        yew::use_memo((state.shape(), state.habits, state.measured_habits().cloned()), |_| state.badges());
    let summary = use_summary(state);
    let view = Rc::new(view_state(state, (*ramp).clone()));
    let panel = |spec: &'static ViewSpec, invitation: AttrValue| {
        html! {
            <Panel {spec} study={state.study.clone()} map={state.map.clone()} shape={state.shape()} view={view.clone()}
                order={order.clone()} badges={badges.clone()} {theme} pinned={placed(state, state.pinned)} {invitation}
                act={act.clone()} />
        }
    };
    let subject = Subject::new(
        state.view,
        (state.study.clone(), state.map.clone()),
        state.shape(),
        order.clone(),
        badges.clone(),
    );
    let full = state.is_full();
    let of_heads = state.view.shows == Shows::Heads;
    let beside = VIEWS.iter().find(|view| view.shows == Shows::Heads).filter(|_| full && !of_heads);
    let legend = html! {
        // Another one where it has no bar of colours, whose size it would have lost sight of.
        <Legend key={if full || state.view.shows != Shows::Neuron { "bar" } else { "none" }} view={view.clone()} study={state.study.clone()} map={state.map.clone()} {theme}
            shows={state.view.shows} all_heads={of_heads || beside.is_some()} act={act.clone()} />
    };
    html! {
        <>
        if full {
            { (parts.lens_bar)(state, act) }
        }
        <div class={classes!("maps", (!full || of_heads).then_some("alone"), state.late.then_some("late"))}>
            <section class="one-head" aria-label={tr(state.view.name)}>
                <div class="heading">
                    if state.controls != Controls::None {
                        { view_bar(state, parts, act) }
                    }
                    { head_choice(state, act) }
                </div>
                { summary }
                if full {
                    { Taken::new(state, subject, &view, theme).map(|taken| (parts.take_away)(taken, act)) }
                }
                { readout(state, &view) }
                if of_heads && full {
                    { (parts.grid_tools)(state, act) }
                }
                if state.view.lay_out.is_some() {
                    { panel(state.view, invitation(state)) }
                } else {
                    <Table study={state.study.clone()} map={state.map.clone()} view={view.clone()}
                        invitation={invitation(state)} act={act.clone()} />
                }
            </section>
            { legend }
            if let Some(spec) = beside {
                <section class="all-heads" aria-labelledby="all-heads">
                    <h2 id="all-heads">{ tr(spec.name) }</h2>
                    { (parts.grid_tools)(state, act) }
                    { panel(spec, AttrValue::default()) }
                </section>
            }
        </div>
        </>
    }
}

/// What stands where the map will be.
fn invitation(state: &State) -> AttrValue {
    let said = match (&state.study, &state.engine) {
        (Some(study), _) if study.queries.is_empty() || study.keys.is_empty() => {
            tr("The filters leave nothing to show: every word is hidden.")
        }
        (Some(study), _) if !study.has(state.layer, state.head) => tr_with(
            "Layer {0} head {1} is not stored here.",
            &[&state.layer.to_string(), &state.head.to_string()],
        ),
        (Some(_), _) if state.view.shows == Shows::Neuron && !state.can_compute() => {
            tr("Queries and keys are not stored; run the text live to see them.")
        }
        (Some(_), _) => String::new(),
        (None, _) if !ASKS && state.problem.is_none() => String::new(),
        (None, EngineState::Failed(_)) if ASKS => tr("The map appears here once the model runs."),
        (None, _) if ASKS && state.is_empty() => {
            tr("Type a sentence, or choose one above, to see what each word attends to.")
        }
        (None, _) if !ASKS || state.problem.is_some() => {
            tr("There is no map of this text; above it says why.")
        }
        (None, EngineState::Ready { .. }) => String::new(),
        (None, _) => tr("The map appears here as soon as the model has loaded."),
    };
    said.into()
}
