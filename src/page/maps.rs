//! The maps and what belongs to them, laid out side by side or one under the other.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, classes, function_component, html};

use super::grid_tools::grid_tools;
use super::legend::Legend;
use super::lens_bar::lens_bar;
use super::panel::Panel;
use super::readout::Readout;
use super::state::{Action, Controls, EngineState, State};
use super::stepper::stepper;
use super::subject::Subject;
use super::summary::use_summary;
use super::table::Table;
use super::take_away::take_away;
use super::view_bar::view_bar;
use crate::lens::Thumbnails;
use crate::view::colormap::ColorMap;
use crate::view::theme::Theme;
use crate::view::words::tr;
use crate::view::{Shows, VIEWS, ViewSpec, ViewState};

#[derive(Properties, PartialEq)]
pub struct MapsProps {
    pub state: State,
    pub theme: &'static Theme,
    pub color_map: &'static ColorMap,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Maps(props: &MapsProps) -> Html {
    let MapsProps { state, theme, color_map, act } = props;
    let ramp = yew::use_memo(color_map.id, |_| color_map.ramp());
    // Where the grid has one map a layer, keys walk over layers, and the head stays.
    let whole = state.study.as_ref().is_some_and(|study| study.lens.thumbnails == Thumbnails::Layers);
    let sorting = (state.model, state.habits, state.measured_habits().cloned(), whole.then_some(state.head));
    let order = yew::use_memo(sorting, |(model, .., whole)| match *whole {
        Some(head) => (0..model.layers).map(|layer| vec![(layer, head)]).collect(),
        None => state.head_order(),
    });
    let badges =
        yew::use_memo((state.model, state.habits, state.measured_habits().cloned()), |_| state.badges());
    let summary = use_summary(state);
    let placed = |focus| state.study.as_ref().map_or(focus, |study| study.placed(focus));
    let view = Rc::new(ViewState {
        layer: state.shown.0,
        head: state.shown.1,
        heads: state.heads.clone(),
        scale: state.scale,
        threshold: state.threshold,
        ramp: (*ramp).clone(),
        bounded: state.study.as_ref().is_none_or(|study| study.lens.is_bounded()),
        focus: placed(state.focus()),
        words: state.words(),
        direction: state.direction,
        hovered_head: state.hovered_head,
        window: state.window,
    });
    let panel = |spec: &'static ViewSpec, invitation: AttrValue| {
        html! {
            <Panel {spec} study={state.study.clone()} map={state.map.clone()} model={state.model} view={view.clone()}
                order={order.clone()} badges={badges.clone()} {theme} pinned={placed(state.pinned)} {invitation}
                act={act.clone()} />
        }
    };
    let subject = Subject::new(
        state.view,
        (state.study.clone(), state.map.clone()),
        state.model,
        order.clone(),
        badges.clone(),
    );
    let full = state.controls == Controls::Full;
    let of_heads = state.view.shows == Shows::Heads;
    let beside = VIEWS.iter().find(|view| view.shows == Shows::Heads).filter(|_| full && !of_heads);
    let legend = html! {
        <Legend view={view.clone()} study={state.study.clone()} map={state.map.clone()} {theme}
            all_heads={of_heads || beside.is_some()} act={act.clone()} />
    };
    html! {
        <>
        if full {
            { lens_bar(state, act) }
        }
        <div class={classes!("maps", (!full || of_heads).then_some("alone"), state.late.then_some("late"))}>
            if let Some(spec) = beside {
                <section class="all-heads" aria-labelledby="all-heads">
                    <h2 id="all-heads">{ tr(spec.name) }</h2>
                    { grid_tools(state, act) }
                    { panel(spec, AttrValue::default()) }
                </section>
            }
            <section class="one-head" aria-label={tr(state.view.name)}>
                <div class="heading">
                    if full {
                        { view_bar(state, act) }
                    }
                    <div class="steppers">
                        { stepper(tr("Layer"), "layer", state.layer, state.model.layers, act.reform(Action::Layer)) }
                        { stepper(tr("Head"), "head", state.head, state.model.heads, act.reform(Action::Head)) }
                    </div>
                </div>
                { summary }
                if full {
                    { take_away(state, subject, &view, theme, act) }
                }
                <Readout study={state.study.clone()} map={state.map.clone()} focus={view.focus} layer={view.layer}
                    head={view.head} computing={state.computing()} />
                if of_heads && full {
                    { grid_tools(state, act) }
                }
                if state.view.lay_out.is_some() {
                    { panel(state.view, invitation(state)) }
                } else {
                    <Table study={state.study.clone()} map={state.map.clone()} view={view.clone()}
                        invitation={invitation(state)} act={act.clone()} />
                }
            </section>
            { legend }
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
        (Some(_), _) => String::new(),
        (None, EngineState::Failed(_)) => tr("The map appears here once the model runs."),
        (None, _) if state.is_empty() => {
            tr("Type a sentence, or choose one above, to see what each word attends to.")
        }
        (None, _) if state.problem.is_some() => tr("There is no map of this text; above it says why."),
        (None, EngineState::Ready { .. }) => String::new(),
        (None, _) => tr("The map appears here as soon as the model has loaded."),
    };
    said.into()
}
