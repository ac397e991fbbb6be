//! What the colours mean.

use std::rc::Rc;

use yew::{Callback, Html, Properties, function_component, html, use_node_ref};

use super::attributes::scale_name;
use super::dom::{use_picture, use_size};
use super::state::Action;
use crate::view::figures::weight;
use crate::view::picture::{Image, Picture};
use crate::view::theme::Theme;
use crate::view::{SCALES, Scale, Size, ViewState};

/// A largest weight below this leaves a map so pale, on the scale from 0 to 1, that the other scale is offered.
const PALE: f32 = 0.5;

#[derive(Properties, PartialEq)]
pub struct LegendProps {
    pub view: Rc<ViewState>,
    /// Largest weight of the selected map.
    pub max: Option<f32>,
    pub theme: &'static Theme,
    /// All heads are shown, and the small maps need their scale stated.
    pub all_heads: bool,
    pub act: Callback<Action>,
}

#[function_component]
pub fn Legend(props: &LegendProps) -> Html {
    let LegendProps { view, theme, act, .. } = props;
    let canvas = use_node_ref();
    let size = use_size(&canvas);
    let painted = view.clone();
    use_picture(&canvas, size, theme, false, view.ramp.clone(), move |size| bar(&painted, size));
    let end = match (view.scale, props.max) {
        (Scale::Unit, _) | (Scale::MapMax, None) => "1".to_owned(),
        (Scale::MapMax, Some(max)) => weight(Scale::MapMax.end(max)),
    };
    let whole = match view.scale {
        Scale::Unit => "The last colour is a weight of 1, in every map.",
        Scale::MapMax if props.all_heads => {
            "The last colour is the map’s own largest weight, above for the large map; each small map has its own, so compare shapes between them, not strengths."
        }
        Scale::MapMax => "The last colour is the map’s own largest weight.",
    };
    let hinted = props.max.filter(|&max| view.scale == Scale::Unit && max > 0.0 && max < PALE);
    html! {
        <section class="legend" part="legend" aria-label="What the colours mean" data-end={end.clone()}>
            <div class="bar">
                <span class="figure">{ "0" }</span>
                <canvas ref={canvas} part="legend-bar" role="img" aria-label={format!("Colours of weights from 0 to {end}")} />
                <b class="figure" part="legend-end">{ end }</b>
            </div>
            <fieldset class="scale">
                <legend class="spoken">{ "Scale of the colours" }</legend>
                { for SCALES.iter().map(|&(scale, id)| html! {
                    <label>
                        <input type="radio" name="scale" part={format!("scale-{id}")} value={id}
                            checked={scale == view.scale} onchange={act.reform(move |_| Action::Scale(scale))} />
                        <span>{ scale_name(scale) }</span>
                    </label>
                }) }
            </fieldset>
            <p>
                { whole }
                if let Some(max) = hinted {
                    { " " }
                    <button type="button" class="inline" part="scale-hint" onclick={act.reform(|_| Action::Scale(Scale::MapMax))}>
                        { format!("The largest here is {0}: show 0 to {0}", weight(max)) }
                    </button>
                }
            </p>
            <p>
                { "A weight is the share of its attention that a token gives another in this head; each row adds up to 1. It shows where the head takes information from. It is not an explanation of what the model puts out." }
            </p>
        </section>
    }
}

/// The whole ramp from left to right.
fn bar(view: &ViewState, size: Size) -> Picture {
    let device = |length: f64| (length * size.ratio).round() as usize;
    let (width, height) = (device(size.width), device(size.height));
    let row: Vec<u8> = (0..width)
        .flat_map(|x| {
            let [red, green, blue] = view.ramp.color(x as f32, width.saturating_sub(1).max(1) as f32);
            [red, green, blue, 255]
        })
        .collect();
    let image = Image { x: 0, y: 0, width, height, rgba: row.repeat(height) };
    Picture { images: vec![image], marks: vec![] }
}
