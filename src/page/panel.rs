//! One view of the maps: its canvases, and what pointing at them and walking over them does.

use std::rc::Rc;

use web_sys::{Element, HtmlElement, PointerEvent};
use yew::{
    Callback, Html, Properties, classes, function_component, html, use_effect_with, use_memo, use_node_ref,
};

use super::canvas::CanvasMeasure;
use super::dom::{decimal, use_picture, use_size};
use super::examples::is_right_to_left;
use super::keys;
use super::ran::Ran;
use super::state::Action;
use crate::model::ModelSpec;
use crate::view::picture::Picture;
use crate::view::theme::Theme;
use crate::view::{Focus, HeadMap, Layout, Scene, Shows, Size, Spot, ViewSpec, ViewState, Weights};

#[derive(Properties, PartialEq)]
pub struct PanelProps {
    pub spec: &'static ViewSpec,
    pub ran: Option<Rc<Ran>>,
    /// The selected head's map.
    pub map: Option<Rc<HeadMap>>,
    pub model: &'static ModelSpec,
    pub view: Rc<ViewState>,
    pub theme: &'static Theme,
    /// The cell that a tap, a click or the keyboard chose.
    pub pinned: Focus,
    /// Stands in the picture's place while there is none.
    pub invitation: &'static str,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Panel(props: &PanelProps) -> Html {
    let PanelProps { spec, ran, model, view, theme, act, pinned, .. } = props;
    let (frame, base, over) = (use_node_ref(), use_node_ref(), use_node_ref());
    let size = use_size(&frame);
    let subject = Subject {
        ran: ran.clone(),
        // A view of all heads is the same whichever is selected.
        map: props.map.clone().filter(|_| spec.shows == Shows::Cells),
        model,
    };
    let laid_out = subject.clone();
    let layout = use_memo((*spec, ran.clone(), *model, size), move |(spec, _, _, size)| {
        size.map(|size| laid_out.with(|scene| (spec.lay_out)(scene, size, &CanvasMeasure::default())))
    });
    let layout: Option<Rc<dyn Layout>> = (*layout).clone();
    let height = layout.as_ref().and_then(|layout| layout.height());
    let sized = frame.clone();
    use_effect_with(height, move |height| {
        if let (Some(height), Some(frame)) = (height, sized.cast::<HtmlElement>()) {
            let _ = frame.style().set_property("height", &format!("{}px", height.ceil() as u32));
        }
    });
    let size = size.map(|size| Size { height: height.unwrap_or(size.height), ..size });
    let (painted, state, laid_out) = (subject.clone(), view.clone(), layout.clone());
    let taken = act.reform(|()| Action::WeightsTaken);
    use_picture(&base, size, theme, true, (subject.clone(), view.scale), move |_| {
        painted.with(|scene| {
            if !scene.weights.is_whole() {
                taken.emit(());
                return Picture::default();
            }
            laid_out.map_or_else(Picture::default, |layout| {
                layout.paint(scene, &state, &CanvasMeasure::default())
            })
        })
    });
    let (state, laid_out) = (view.clone(), layout.clone());
    let deps = (subject.clone(), view.focus, view.layer, view.head, view.hovered_head);
    use_picture(&over, size, theme, false, deps, move |_| {
        subject.with(|scene| {
            laid_out.map_or_else(Picture::default, |layout| {
                layout.paint_focus(scene, &state, &CanvasMeasure::default())
            })
        })
    });
    let stated = base.clone();
    use_effect_with(layout.as_ref().map(|layout| layout.places()), move |places| {
        let Some(canvas) = stated.cast::<Element>() else { return };
        for &(name, value) in places.iter().flatten() {
            let _ = canvas.set_attribute(name, &decimal(value));
        }
    });
    let shrinks = layout.as_ref().is_some_and(|layout| layout.shrinks());
    let at = move |event: &PointerEvent| {
        layout.as_ref()?.at(f64::from(event.offset_x()), f64::from(event.offset_y()))
    };
    let (find, pinned) = (at.clone(), *pinned);
    let press = act.reform(move |event: PointerEvent| match find(&event) {
        Some(Spot::Head { layer, head }) => Action::LayerAndHead(layer, head),
        // The same cell once more lets it go.
        Some(Spot::Cell { query, key }) if pinned != Focus::Cell { query, key } => {
            Action::Pin(Focus::Cell { query, key })
        }
        _ => Action::Pin(Focus::Nothing),
    });
    let point = act.reform(move |event: PointerEvent| match at(&event) {
        // A pressed pointer, or a finger, sweeps the selection along.
        Some(Spot::Head { layer, head }) if event.buttons() == 1 => Action::LayerAndHead(layer, head),
        Some(Spot::Head { layer, head }) => Action::HoverHead(Some((layer, head))),
        Some(Spot::Cell { query, key }) if event.pointer_type() == "mouse" => {
            Action::Hover(Focus::Cell { query, key })
        }
        Some(Spot::Cell { query, key }) => Action::Pin(Focus::Cell { query, key }),
        None => Action::Leave,
    });
    let (role, onkeydown) = match spec.shows {
        Shows::Heads => ("grid of maps", keys::choose_head(model, (view.layer, view.head), act)),
        Shows::Cells => ("attention map", keys::choose_cell(props.map.as_deref(), pinned, act)),
    };
    html! {
        <>
        <div ref={frame} class={classes!("canvases", spec.id)}>
            <canvas ref={base} part={spec.id} tabindex="0" role="application" aria-roledescription={role}
                aria-label={described(props)} onpointerdown={press} onpointermove={point}
                onpointerleave={act.reform(|_| Action::Leave)} {onkeydown} />
            <canvas ref={over} class="over" aria-hidden="true" />
            if !props.invitation.is_empty() {
                <p class="invitation" part="invitation">{ props.invitation }</p>
            }
        </div>
        <p class="caption muted">{ caption(props, shrinks) }</p>
        </>
    }
}

/// What the painters are given: a run and the selected map, or what there is of them.
#[derive(Clone, PartialEq)]
struct Subject {
    ran: Option<Rc<Ran>>,
    map: Option<Rc<HeadMap>>,
    model: &'static ModelSpec,
}

impl Subject {
    fn with<R>(&self, paint: impl FnOnce(&Scene) -> R) -> R {
        let none = HeadMap { queries: 0, keys: 0, weights: vec![] };
        let map = self.map.as_deref().unwrap_or(&none);
        match &self.ran {
            Some(ran) => {
                paint(&Scene { weights: &*ran.weights, map, queries: &ran.queries, keys: &ran.keys })
            }
            None => paint(&Scene { weights: &Empty(self.model), map, queries: &[], keys: &[] }),
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

fn described(props: &PanelProps) -> String {
    let (layer, head, model) = (props.view.layer, props.view.head, props.model);
    match (props.spec.shows, &props.map) {
        (Shows::Heads, _) => format!(
            "Maps of {} layers by {} heads. The arrow keys choose one. Layer {layer} head {head} is selected.",
            model.layers, model.heads
        ),
        (Shows::Cells, Some(map)) => format!(
            "Attention of layer {layer} head {head}: {} rows attend from, {} columns are attended to. The arrow keys move from cell to cell.",
            map.queries, map.keys
        ),
        (Shows::Cells, None) => "Attention map, still empty".into(),
    }
}

/// What has to be known to read the picture rightly.
fn caption(props: &PanelProps, shrinks: bool) -> String {
    let view = &props.view;
    let mut said = vec![];
    match props.spec.shows {
        Shows::Heads => said.push(match view.hovered_head {
            Some((layer, head)) => format!("Layer {layer} head {head}."),
            None => format!("Layer {} head {} is selected.", view.layer, view.head),
        }),
        Shows::Cells
            if props.ran.as_ref().is_some_and(|ran| ran.texts.iter().any(|text| is_right_to_left(text))) =>
        {
            said.push(
                "The text runs from right to left; its columns run from left to right, the first word first."
                    .into(),
            );
        }
        Shows::Cells => {}
    }
    if shrinks {
        said.push("There are more weights than pixels; each pixel shows the largest it covers.".into());
    }
    said.join(" ")
}
