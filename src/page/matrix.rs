//! The large map of the selected head.

use std::rc::Rc;

use web_sys::{KeyboardEvent, PointerEvent};
use yew::{Callback, Html, Properties, function_component, html, use_memo, use_node_ref};

use super::canvas::CanvasMeasure;
use super::dom::{decimal, use_picture, use_size};
use super::ran::Ran;
use super::state::Action;
use crate::view::matrix::{MatrixLayout, paint, paint_focus};
use crate::view::picture::Picture;
use crate::view::theme::Theme;
use crate::view::{Focus, HeadMap, Scene, ViewState};

#[derive(Properties, PartialEq)]
pub struct MatrixProps {
    pub ran: Option<Rc<Ran>>,
    pub map: Option<Rc<HeadMap>>,
    pub view: Rc<ViewState>,
    pub theme: &'static Theme,
    /// The cell that a tap, a click or the keyboard chose.
    pub pinned: Focus,
    /// Stands in the map's place while there is none.
    pub invitation: &'static str,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Matrix(props: &MatrixProps) -> Html {
    let MatrixProps { ran, map, view, theme, act, .. } = props;
    let (frame, base, over) = (use_node_ref(), use_node_ref(), use_node_ref());
    let size = use_size(&frame);
    let scene = Painted { ran: ran.clone(), map: map.clone() };
    let layout = use_memo((ran.clone(), size), |(ran, size)| {
        let (ran, size) = (ran.as_ref()?, (*size)?);
        Some(MatrixLayout::new(&ran.queries, &ran.keys, size, &CanvasMeasure::default()))
    });
    let layout = *layout;
    let (painted, state) = (scene.clone(), view.clone());
    use_picture(&base, size, theme, true, (scene.clone(), view.scale), move |size| {
        painted.picture(|scene| paint(scene, &state, size, &CanvasMeasure::default()))
    });
    let state = view.clone();
    use_picture(&over, size, theme, false, (scene.clone(), view.focus), move |size| {
        scene.picture(|scene| paint_focus(scene, &state, size, &CanvasMeasure::default()))
    });
    let at = move |event: &PointerEvent| match layout
        .and_then(|layout| layout.at(f64::from(event.offset_x()), f64::from(event.offset_y())))
    {
        Some((query, key)) => Focus::Cell { query, key },
        None => Focus::Nothing,
    };
    let pinned = props.pinned;
    let press = act.reform(move |event: PointerEvent| {
        let focus = at(&event);
        // The same cell once more lets it go.
        Action::Pin(if focus == pinned { Focus::Nothing } else { focus })
    });
    let point = act.reform(move |event: PointerEvent| match at(&event) {
        focus if event.pointer_type() == "mouse" => Action::Hover(focus),
        focus => Action::Pin(focus),
    });
    html! {
        <>
        <div ref={frame} class="canvases matrix">
            <canvas ref={base} part="matrix" tabindex="0" role="application" aria-roledescription="attention map"
                aria-label={described(props)} onpointerdown={press} onpointermove={point}
                onpointerleave={act.reform(|_| Action::Hover(Focus::Nothing))} onkeydown={keys(props)}
                data-origin-x={layout.map(|layout| decimal(layout.origin_x))}
                data-origin-y={layout.map(|layout| decimal(layout.origin_y))}
                data-cell={layout.map(|layout| decimal(layout.cell))}
                data-queries={layout.map(|layout| layout.queries.to_string())}
                data-keys={layout.map(|layout| layout.keys.to_string())} />
            <canvas ref={over} class="over" aria-hidden="true" />
            if !props.invitation.is_empty() {
                <p class="invitation" part="invitation">{ props.invitation }</p>
            }
        </div>
        <p class="caption muted">
            if layout.is_some_and(|layout| layout.shrinks()) {
                { "There are more weights than pixels; each pixel shows the largest it covers." }
            }
        </p>
        </>
    }
}

/// What the painters are given, if there is a run.
#[derive(Clone, PartialEq)]
struct Painted {
    ran: Option<Rc<Ran>>,
    map: Option<Rc<HeadMap>>,
}

impl Painted {
    fn picture(&self, paint: impl FnOnce(&Scene) -> Picture) -> Picture {
        match (&self.ran, &self.map) {
            (Some(ran), Some(map)) => {
                paint(&Scene { weights: &*ran.weights, map, queries: &ran.queries, keys: &ran.keys })
            }
            _ => Picture::default(),
        }
    }
}

fn described(props: &MatrixProps) -> String {
    let (layer, head) = (props.view.layer, props.view.head);
    match &props.map {
        Some(map) => format!(
            "Attention of layer {layer} head {head}: {} rows attend from, {} columns are attended to. The arrow keys move from cell to cell.",
            map.queries, map.keys
        ),
        None => "Attention map, still empty".into(),
    }
}

/// Arrow keys move the chosen cell; the first press chooses the first.
fn keys(props: &MatrixProps) -> Callback<KeyboardEvent> {
    let act = props.act.clone();
    let shape = props.map.as_ref().map(|map| (map.queries, map.keys));
    let pinned = props.pinned;
    Callback::from(move |event: KeyboardEvent| {
        let Some((queries, keys)) = shape else { return };
        let moved =
            |query: usize, key: usize| Focus::Cell { query: query.min(queries - 1), key: key.min(keys - 1) };
        let (query, key) = (pinned.query().unwrap_or(0), pinned.key().unwrap_or(0));
        let focus = match (event.key().as_str(), pinned) {
            ("Escape", _) => Focus::Nothing,
            ("ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight", Focus::Nothing) => moved(0, 0),
            ("ArrowUp", _) => moved(query.saturating_sub(1), key),
            ("ArrowDown", _) => moved(query + 1, key),
            ("ArrowLeft", _) => moved(query, key.saturating_sub(1)),
            ("ArrowRight", _) => moved(query, key + 1),
            ("Home", _) => moved(query, 0),
            ("End", _) => moved(query, keys - 1),
            ("PageUp", _) => moved(0, key),
            ("PageDown", _) => moved(queries - 1, key),
            _ => return,
        };
        event.prevent_default();
        act.emit(Action::Pin(focus));
    })
}
