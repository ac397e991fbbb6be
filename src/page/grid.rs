//! The grid of all heads, on one canvas.

use std::rc::Rc;

use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};
use yew::{Callback, Html, Properties, function_component, html, use_effect_with, use_node_ref};

use super::canvas::CanvasMeasure;
use super::dom::{decimal, use_picture, use_size};
use super::ran::Ran;
use super::state::Action;
use crate::model::ModelSpec;
use crate::view::grid::{GridLayout, paint, paint_focus};
use crate::view::picture::Picture;
use crate::view::theme::Theme;
use crate::view::{HeadMap, Scene, Size, ViewState, Weights};

#[derive(Properties, PartialEq)]
pub struct GridProps {
    pub ran: Option<Rc<Ran>>,
    pub model: &'static ModelSpec,
    pub view: Rc<ViewState>,
    pub theme: &'static Theme,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Grid(props: &GridProps) -> Html {
    let GridProps { ran, model, view, theme, act } = props;
    let (frame, base, over) = (use_node_ref(), use_node_ref(), use_node_ref());
    let size = use_size(&frame);
    let layout = size.map(|size| GridLayout::new(model.layers, model.heads, size.width, size.ratio));
    let height = layout.map(|layout| layout.height());
    let sized = frame.clone();
    use_effect_with(height, move |height| {
        if let (Some(height), Some(frame)) = (height, sized.cast::<HtmlElement>()) {
            let _ = frame.style().set_property("height", &format!("{}px", height.ceil() as u32));
        }
    });
    let size = size.map(|size| Size { height: height.unwrap_or(size.height), ..size });
    let scene = Painted { ran: ran.clone(), model };
    let (painted, state, taken) = (scene.clone(), view.clone(), act.reform(|()| Action::WeightsTaken));
    use_picture(&base, size, theme, true, (scene.clone(), view.scale), move |size| {
        painted.with(|scene| {
            if !scene.weights.is_whole() {
                taken.emit(());
                return Picture::default();
            }
            paint(scene, &state, size, &CanvasMeasure::default())
        })
    });
    let state = view.clone();
    let deps = (view.layer, view.head, view.hovered_head);
    use_picture(&over, size, theme, false, deps, move |size| {
        scene.with(|scene| paint_focus(scene, &state, size, &CanvasMeasure::default()))
    });
    let at = move |event: &PointerEvent| layout?.at(f64::from(event.offset_x()), f64::from(event.offset_y()));
    let select = act.reform(move |event: PointerEvent| match at(&event) {
        Some((layer, head)) => Action::LayerAndHead(layer, head),
        None => Action::HoverHead(None),
    });
    let hover = act.reform(move |event: PointerEvent| match at(&event) {
        // A pressed pointer, or a finger, sweeps the selection along.
        Some((layer, head)) if event.buttons() == 1 => Action::LayerAndHead(layer, head),
        hovered => Action::HoverHead(hovered),
    });
    let selected = (view.layer, view.head);
    let tip = view.hovered_head.map(|(layer, head)| format!("layer {layer} head {head}"));
    let shrinks = ran.as_ref().zip(layout).is_some_and(|(ran, layout)| ran.keys.len() > layout.pixels());
    html! {
        <>
            <div ref={frame} class="canvases grid">
                <canvas ref={base} part="grid" tabindex="0" role="application" aria-roledescription="grid of maps"
                    aria-label={described(model, selected)} onpointerdown={select} onpointermove={hover}
                    data-origin-x={layout.map(|layout| decimal(layout.origin_x))}
                    data-origin-y={layout.map(|layout| decimal(layout.origin_y))}
                    data-side={layout.map(|layout| decimal(layout.side))}
                    data-pitch={layout.map(|layout| decimal(layout.pitch))}
                    onpointerleave={act.reform(|_| Action::HoverHead(None))} onkeydown={keys(model, selected, act)} />
                <canvas ref={over} class="over" aria-hidden="true" />
            </div>
            <p class="caption muted">
                { tip.unwrap_or_else(|| format!("layer {} head {} selected", selected.0, selected.1)) }
                if shrinks { { " · small maps have fewer pixels than weights; each pixel shows the largest it covers" } }
            </p>
        </>
    }
}

/// What the painters are given: a run, or the model's empty frames.
#[derive(Clone)]
struct Painted {
    ran: Option<Rc<Ran>>,
    model: &'static ModelSpec,
}

impl PartialEq for Painted {
    fn eq(&self, other: &Self) -> bool {
        self.ran == other.ran && self.model == other.model
    }
}

impl Painted {
    fn with<R>(&self, paint: impl FnOnce(&Scene) -> R) -> R {
        // The grid reads each map itself; the selected one is the matrix's matter.
        let map = HeadMap { queries: 0, keys: 0, weights: vec![], max: 0.0 };
        match &self.ran {
            Some(ran) => {
                paint(&Scene { weights: &*ran.weights, map: &map, queries: &ran.queries, keys: &ran.keys })
            }
            None => paint(&Scene { weights: &Empty(self.model), map: &map, queries: &[], keys: &[] }),
        }
    }
}

/// The heads of a model that has read nothing yet.
struct Empty(&'static ModelSpec);

impl Weights for Empty {
    fn layers(&self) -> usize {
        self.0.layers
    }

    fn heads(&self) -> usize {
        self.0.heads
    }

    fn shape(&self) -> (usize, usize) {
        (0, 0)
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn read(&self, _: usize, _: usize, map: &mut Vec<f32>) {
        map.clear();
    }
}

fn described(model: &ModelSpec, (layer, head): (usize, usize)) -> String {
    format!(
        "Maps of {} layers by {} heads. The arrow keys choose one. Layer {layer} head {head} is selected.",
        model.layers, model.heads
    )
}

fn keys(
    model: &'static ModelSpec,
    (layer, head): (usize, usize),
    act: &Callback<Action>,
) -> Callback<KeyboardEvent> {
    let act = act.clone();
    Callback::from(move |event: KeyboardEvent| {
        let (layer, head) = match event.key().as_str() {
            "ArrowUp" => (layer.saturating_sub(1), head),
            "ArrowDown" => ((layer + 1).min(model.layers - 1), head),
            "ArrowLeft" => (layer, head.saturating_sub(1)),
            "ArrowRight" => (layer, (head + 1).min(model.heads - 1)),
            "Home" => (layer, 0),
            "End" => (layer, model.heads - 1),
            _ => return,
        };
        event.prevent_default();
        act.emit(Action::LayerAndHead(layer, head));
    })
}
