//! One view of the maps: its canvases, and what pointing at them and walking over them does.

use std::rc::Rc;

use web_sys::{Element, HtmlElement};
use yew::{
    AttrValue, Callback, Html, Properties, classes, function_component, html, use_effect_with, use_memo,
    use_node_ref,
};

use super::brush::Begun;
use super::canvas::CanvasMeasure;
use super::dom::{decimal, use_picture, use_size};
use super::keys;
use super::pointer::use_pointer;
use super::state::Action;
use super::study::Study;
use super::subject::{Badges, Subject, base_key, layout_key, over_key};
use super::zoom::use_zoom;
use crate::view::picture::Picture;
use crate::view::theme::Theme;
use crate::view::words::{sentences, tr, tr_with};
use crate::view::{Focus, HeadOrder, Layout, Map, Shows, Size, ViewSpec, ViewState};

#[derive(Properties, PartialEq)]
pub struct PanelProps {
    pub spec: &'static ViewSpec,
    pub study: Option<Rc<Study>>,
    /// The selected map.
    pub map: Option<Rc<Map>>,
    /// (layers, heads)
    pub shape: (usize, usize),
    /// With the focus in positions.
    pub view: Rc<ViewState>,
    /// Which head stands where in the grid.
    pub order: Rc<HeadOrder>,
    /// What each head does most.
    pub badges: Badges,
    pub theme: &'static Theme,
    /// The cell that a tap, a click or the keyboard chose, in positions.
    pub pinned: Focus,
    /// Stands in the picture's place while there is none.
    pub invitation: AttrValue,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Panel(props: &PanelProps) -> Html {
    let PanelProps { spec, view, theme, act, .. } = props;
    let (frame, base, over) = (use_node_ref(), use_node_ref(), use_node_ref());
    let size = use_size(&frame);
    let subject = Subject::new(
        spec,
        (props.study.clone(), props.map.clone()),
        props.shape,
        props.order.clone(),
        props.badges.clone(),
    );
    let laid_out = (subject.clone(), view.clone());
    let layout = use_memo((layout_key(&subject, spec, view), size), move |(_, size)| {
        let (subject, view) = laid_out;
        let lay_out = spec.lay_out?;
        size.map(|size| subject.with(|scene| lay_out(scene, &view, size, &CanvasMeasure::default())))
    });
    let layout: Option<Rc<dyn Layout>> = (*layout).clone();
    let height = layout.as_ref().and_then(|layout| layout.height());
    let sized = frame.clone();
    use_effect_with((spec.id, height), move |(_, height)| {
        let Some(frame) = sized.cast::<HtmlElement>() else { return };
        let _ = match height {
            Some(height) => frame.style().set_property("height", &format!("{}px", height.ceil() as u32)),
            None => frame.style().remove_property("height").map(|_| ()),
        };
    });
    let size = size.map(|size| Size { height: height.unwrap_or(size.height), ..size });
    let (painted, state, laid_out) = (subject.clone(), view.clone(), layout.clone());
    let taken = act.reform(|()| Action::WeightsTaken);
    use_picture(&base, size, theme, true, base_key(&subject, spec, view), move |_| {
        let Some(layout) = laid_out.filter(|_| {
            let whole = painted.with(|scene| scene.maps.is_whole());
            if !whole {
                taken.emit(());
            }
            whole
        }) else {
            return Begun::from(Picture::default());
        };
        begun(painted, layout, state)
    });
    let (painted, state, laid_out) = (subject.clone(), view.clone(), layout.clone());
    use_picture(&over, size, theme, false, over_key(&subject, view), move |_| {
        painted.with(|scene| {
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
    let said = match &layout {
        Some(layout) => subject.with(|scene| caption(props, &**layout, layout.said(scene, view))),
        None => String::new(),
    };
    use_zoom(&base, &layout, act);
    let zoomed = spec.id == "matrix" && !view.window.is_whole();
    let pointer = use_pointer(layout, subject.study.clone(), props.pinned, act);
    let (role, onkeydown) = match spec.shows {
        Shows::Heads => {
            (tr("grid of maps"), keys::choose_head(props.order.clone(), (view.layer, view.head), act))
        }
        _ => (
            tr("attention map"),
            keys::choose_cell(subject.study.clone(), props.map.as_deref(), props.pinned, view.window, act),
        ),
    };
    html! {
        <>
        <div ref={frame} class={classes!("canvases", spec.id, zoomed.then_some("zoomed"))}>
            <canvas ref={base} part={spec.part} tabindex="0" role="application" aria-roledescription={role}
                aria-label={described(props)} onpointerdown={pointer.press} onpointermove={pointer.point}
                onpointerup={pointer.release} onpointercancel={pointer.cancel}
                onpointerleave={pointer.leave} {onkeydown} />
            <canvas ref={over} class="over" aria-hidden="true" />
            if !props.invitation.is_empty() {
                <p class="invitation" part="invitation">{ props.invitation.clone() }</p>
            }
        </div>
        <p class="caption muted" part="said">{ said }</p>
        </>
    }
}

/// What of the picture is painted at once, and what follows.
#[cfg(feature = "inspections")]
fn begun(subject: Subject, layout: Rc<dyn Layout>, state: Rc<ViewState>) -> Begun {
    let sign = subject.sign();
    let (picture, count) = subject.with(|scene| layout.begin(scene, &state, &CanvasMeasure::default()));
    let of = subject.study.as_ref().map_or(0, |study| study.ran.map().number);
    let follow = Box::new(move |at| subject.with(|scene| layout.follow(scene, &state, at)));
    Begun { picture, sign: sign.filter(|_| count > 0), count, follow, of }
}

/// All of it.
#[cfg(not(feature = "inspections"))]
fn begun(subject: Subject, layout: Rc<dyn Layout>, state: Rc<ViewState>) -> Begun {
    subject.with(|scene| layout.paint(scene, &state, &CanvasMeasure::default()))
}

fn described(props: &PanelProps) -> String {
    let (layer, head, shape) = (props.view.layer.to_string(), props.view.head.to_string(), props.shape);
    match (props.spec.shows, &props.map) {
        (Shows::Heads, _) => tr_with(
            "Maps of {0} layers by {1} heads. The arrow keys choose one. Layer {2} head {3} is selected.",
            &[&shape.0.to_string(), &shape.1.to_string(), &layer, &head],
        ),
        (_, Some(map)) => tr_with(
            "{0} of layer {1} head {2}: {3} rows attend from, {4} columns are attended to. The arrow keys move from cell to cell.",
            &[&tr(props.spec.name), &layer, &head, &map.queries.to_string(), &map.keys.to_string()],
        ),
        (_, None) => tr("Attention map, still empty"),
    }
}

/// What has to be known to read the picture rightly.
fn caption(props: &PanelProps, layout: &dyn Layout, mut said: Vec<String>) -> String {
    let view = &props.view;
    if props.spec.shows == Shows::Heads {
        said.insert(
            0,
            match view.hovered_head {
                Some((layer, head)) => {
                    tr_with("Layer {0} head {1}.", &[&layer.to_string(), &head.to_string()])
                }
                None => tr_with(
                    "Layer {0} head {1} is selected.",
                    &[&view.layer.to_string(), &view.head.to_string()],
                ),
            },
        );
    } else if props.spec.id == "matrix" && props.study.as_ref().is_some_and(|study| study.right_to_left) {
        said.push(tr(
            "The text runs from right to left; its columns run from left to right, the first word first.",
        ));
    }
    if layout.shrinks() {
        said.push(tr("There are more weights than pixels; each pixel shows the largest it covers."));
    }
    sentences(&said)
}
