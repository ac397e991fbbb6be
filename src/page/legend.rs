//! What the colours mean.

use std::rc::Rc;

use yew::{Callback, Html, Properties, function_component, html, use_memo, use_node_ref};

use super::attributes::scale_name;
use super::dom::{use_picture, use_size};
use super::lens_note::lens_note;
use super::state::{ASKS, Action};
use super::study::Study;
use super::tags::{More, bare, button, classed, figure, part};
use crate::view::figures::{scientific, weight};
use crate::view::picture::{Image, Picture};
use crate::view::scale::left_out;
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};
use crate::view::{Map, SCALES, Scale, Shows, Size, ViewState};

/// Where all but one weight in a hundred lie in this part of the scale, the map is pale, and another is offered.
const PALE: f32 = 0.25;

#[derive(Properties, PartialEq)]
pub struct LegendProps {
    pub view: Rc<ViewState>,
    pub study: Option<Rc<Study>>,
    /// The selected map.
    pub map: Option<Rc<Map>>,
    pub theme: &'static Theme,
    /// What the large view is a picture of.
    pub shows: Shows,
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
    let ends = use_memo(props.map.clone(), |map| map.as_ref().map(|map| Ends::of(map)));
    // Not at each move of the pointer, which changes the view's state.
    let left_out = use_memo((props.map.clone(), view.threshold), |(map, threshold)| {
        map.as_ref().and_then(|map| left_out(&map.weights, *threshold))
    });
    let figures = ends.as_ref().as_ref();
    // Numbers without a bound have no unit scale: the map's largest takes its place.
    let scale = if view.bounded || view.scale != Scale::Unit { view.scale } else { Scale::MapMax };
    let end = figures.map_or("1".to_owned(), |ends| match scale {
        Scale::Unit => "1".to_owned(),
        Scale::MapMax | Scale::Log => weight(ends.max),
        Scale::Small => weight(ends.small),
    });
    let begin = match (scale, figures) {
        (Scale::Log, Some(ends)) => scientific(scale.begin(ends.max)),
        _ => "0".to_owned(),
    };
    let whole = match scale {
        Scale::Unit => tr("The last colour is 1, in every map."),
        Scale::MapMax => tr("The last colour is the map’s own largest number."),
        Scale::Small => {
            tr("The last colour is for every number from here up: one in a hundred of the map’s.")
        }
        Scale::Log => tr(
            "Logarithmic: each quarter of the colours is a factor of ten, down from the map’s own largest number. What is smaller has the first colour.",
        ),
    };
    let own = (props.all_heads && scale != Scale::Unit).then(|| {
        tr(" ") + &tr("Each small map has its own scale, so compare shapes between them, not strengths.")
    });
    // Numbers that are not the map's cells: the view states what its last colour stands for.
    let own_scale = match (props.shows, props.all_heads) {
        (Shows::Words | Shows::Layers, false) => tr(
            "The view itself states what its last colour stands for: its numbers are sums or means of the map’s.",
        ),
        (Shows::Words | Shows::Layers, true) => tr(
            "The view itself states what its last colour stands for: its numbers are sums or means of the map’s. What follows is of the small maps.",
        ),
        (Shows::Neuron, false) if ASKS => tr("The view has bars and colours of its own, which it states."),
        (Shows::Neuron, true) if ASKS => tr(
            "The view has bars and colours of its own, which it states. What follows is of the small maps.",
        ),
        _ => String::new(),
    };
    let has_own = !own_scale.is_empty();
    if props.shows == Shows::Neuron && !props.all_heads {
        return html! { <section class="legend" part="legend">{ bare("p", own_scale) }</section> };
    }
    // The ends of the colours are those of the maps that are shown, if any are.
    let ends_apply = !has_own || props.all_heads;
    let hinted = figures.filter(|_| !has_own).and_then(|ends| ends.hint(scale));
    let named = if !ends_apply {
        tr("Colours of numbers, from the smallest to the largest")
    } else {
        tr_with("Colours of numbers from {0} to {1}", &[&begin, &end])
    };
    html! {
        <section class="legend" part="legend" aria-label={tr("What the colours mean")} data-end={ends_apply.then(|| end.clone())}>
            if has_own {
                { bare("p", own_scale) }
            }
            <div class="bar">
                if ends_apply {
                    { classed("span", "figure", begin.clone()) }
                }
                <canvas ref={canvas} part="legend-bar" role="img" aria-label={named} />
                if ends_apply {
                    { figure("b", "legend-end", if scale == Scale::Small { end + &tr(" and more") } else { end }) }
                }
            </div>
            <fieldset class="scale">
                <legend class="spoken">{ tr("Scale of the colours") }</legend>
                { for SCALES.iter().filter(|(one, _)| view.bounded || *one != Scale::Unit).map(|&(one, id)| html! {
                    <label>
                        <input type="radio" name="scale" part={format!("scale-{id}")} value={id}
                            checked={one == scale} onchange={act.reform(move |_| Action::Scale(one))} />
                        { bare("span", scale_name(one)) }
                    </label>
                }) }
            </fieldset>
            <p>
                { if ends_apply { whole } else { String::new() } + &own.unwrap_or_default() + " " }
                if let Some((scale, said)) = hinted {
                    { button("inline", "scale-hint".into(), More::default(), act.reform(move |_| Action::Scale(scale)), html! { said }) }
                }
            </p>
            if let Some(left_out) = (*left_out).as_ref().filter(|_| !has_own) {
                { part("p", "left-out", left_out.clone()) }
            }
            { lens_note(props.study.as_deref(), props.map.as_deref(), (props.shows == Shows::Layers).then_some(view.layer)) }
        </section>
    }
}

/// Where the scales of one map end.
#[derive(PartialEq)]
struct Ends {
    max: f32,
    small: f32,
}

impl Ends {
    fn of(map: &Map) -> Self {
        Self { max: Scale::MapMax.end(&map.weights), small: Scale::Small.end(&map.weights) }
    }

    /// The scale that shows more of a map which is pale on this one, and what it would show.
    fn hint(&self, scale: Scale) -> Option<(Scale, String)> {
        let end = if scale == Scale::Unit { 1.0 } else { self.max };
        if matches!(scale, Scale::Small | Scale::Log) || self.small > PALE * end {
            None
        } else if self.small < PALE * self.max {
            let said = tr_with("99 of 100 weights here are below {0}: show 0 to {0}", &[&weight(self.small)]);
            Some((Scale::Small, said))
        } else {
            let said = tr_with("The largest weight here is {0}: show 0 to {0}", &[&weight(self.max)]);
            Some((Scale::MapMax, said))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pale_map_is_offered_the_scale_that_shows_it() {
        let offered = |max, small, scale| Ends { max, small }.hint(scale).map(|(scale, _)| scale);
        assert_eq!(offered(0.9, 0.02, Scale::Unit), Some(Scale::Small));
        assert_eq!(offered(0.9, 0.02, Scale::MapMax), Some(Scale::Small));
        assert_eq!(offered(0.1, 0.08, Scale::Unit), Some(Scale::MapMax));
        assert_eq!(offered(0.1, 0.08, Scale::MapMax), None);
        assert_eq!(offered(0.9, 0.8, Scale::Unit), None);
        assert_eq!(offered(0.9, 0.02, Scale::Small), None);
    }
}
