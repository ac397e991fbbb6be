//! The maps and what belongs to them, laid out side by side or one under the other.

use std::rc::Rc;

use yew::{Callback, Html, Properties, classes, function_component, html};

use super::grid::Grid;
use super::legend::Legend;
use super::matrix::Matrix;
use super::readout::Readout;
use super::state::{Action, EngineState, State};
use super::stepper::Stepper;
use crate::view::ViewState;
use crate::view::colormap::ColorMap;
use crate::view::theme::Theme;

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
    let shown = |view| state.view.is_none_or(|only| only == view);
    let view = Rc::new(ViewState {
        layer: state.layer,
        head: state.head,
        scale: state.scale,
        ramp: (*ramp).clone(),
        focus: state.focus(),
        hovered_head: state.hovered_head,
    });
    let (ran, map, model) = (&state.ran, &state.map, state.model);
    html! {
        <div class={classes!("maps", state.view, state.late.then_some("late"))}>
            if shown("grid") {
                <section class="all-heads" aria-labelledby="all-heads">
                    <h2 id="all-heads">{ format!("All {} heads", model.layers * model.heads) }</h2>
                    <Grid ran={ran.clone()} {model} view={view.clone()} {theme} act={act.clone()} />
                </section>
            }
            if shown("matrix") {
                <section class="one-head" aria-labelledby="one-head">
                    <div class="heading">
                        <h2 id="one-head" class="narrow-hidden">{ "One head" }</h2>
                        <Stepper name="Layer" part="layer" value={state.layer} count={model.layers}
                            chosen={act.reform(Action::Layer)} />
                        <Stepper name="Head" part="head" value={state.head} count={model.heads}
                            chosen={act.reform(Action::Head)} />
                    </div>
                    <Readout ran={ran.clone()} map={map.clone()} focus={state.focus()} layer={state.layer} head={state.head} />
                    <Matrix ran={ran.clone()} map={map.clone()} view={view.clone()} {theme} act={act.clone()}
                        pinned={state.pinned} invitation={invitation(state)} />
                </section>
            }
            <Legend {view} max={map.as_ref().map(|map| map.max)} {theme}
                grid={shown("grid")} tokens={ran.as_ref().map_or(0, |ran| ran.keys.len())} act={act.clone()} />
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
