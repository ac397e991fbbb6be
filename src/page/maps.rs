//! The maps and what belongs to them, laid out side by side or one under the other.

use std::rc::Rc;

use yew::{Callback, Html, Properties, classes, function_component, html};

use super::legend::Legend;
use super::panel::Panel;
use super::readout::Readout;
use super::state::{Action, EngineState, State};
use super::stepper::Stepper;
use crate::view::colormap::ColorMap;
use crate::view::theme::Theme;
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
    let shown = |spec: &ViewSpec| state.view.is_none_or(|only| only == spec);
    let view = Rc::new(ViewState {
        layer: state.layer,
        head: state.head,
        scale: state.scale,
        ramp: (*ramp).clone(),
        focus: state.focus(),
        hovered_head: state.hovered_head,
    });
    let (ran, map, model) = (&state.ran, &state.map, state.model);
    let panel = |spec: &'static ViewSpec, invitation| {
        html! {
            <Panel {spec} ran={ran.clone()} map={map.clone()} {model} view={view.clone()} {theme} pinned={state.pinned}
                {invitation} act={act.clone()} />
        }
    };
    let section = |spec: &'static ViewSpec| match spec.shows {
        Shows::Heads => html! {
            <section class="all-heads" aria-labelledby={spec.id}>
                <h2 id={spec.id}>{ spec.name }</h2>
                { panel(spec, "") }
            </section>
        },
        Shows::Cells => html! {
            <section class="one-head" aria-labelledby={spec.id}>
                <div class="heading">
                    <h2 id={spec.id} class="narrow-hidden">{ spec.name }</h2>
                    <Stepper name="Layer" part="layer" value={state.layer} count={model.layers}
                        chosen={act.reform(Action::Layer)} />
                    <Stepper name="Head" part="head" value={state.head} count={model.heads}
                        chosen={act.reform(Action::Head)} />
                </div>
                <Readout ran={ran.clone()} map={map.clone()} focus={state.focus()} layer={state.layer} head={state.head} />
                { panel(spec, invitation(state)) }
            </section>
        },
    };
    let all_heads = VIEWS.iter().any(|spec| spec.shows == Shows::Heads && shown(spec));
    html! {
        <div class={classes!("maps", state.view.map(|only| only.id), state.late.then_some("late"))}>
            { for VIEWS.iter().filter(|spec| shown(spec)).map(section) }
            <Legend view={view.clone()} map={map.clone()} {theme} {all_heads} act={act.clone()} />
        </div>
    }
}

/// What stands where the map will be.
fn invitation(state: &State) -> &'static str {
    match (&state.ran, &state.engine) {
        (Some(_), _) => "",
        (None, EngineState::Failed(_)) => "The map appears here once the model runs.",
        (None, _) if state.is_empty() => {
            "Type a sentence, or choose one above, to see what each word attends to."
        }
        (None, _) if state.problem.is_some() => "There is no map of this text; above it says why.",
        (None, EngineState::Ready { .. }) => "",
        (None, _) => "The map appears here as soon as the model has loaded.",
    }
}
