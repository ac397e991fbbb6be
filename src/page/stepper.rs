//! A number with a button on each side.

use yew::{Callback, Html, html};

use super::tags::{self, More, classed};
use crate::view::words::tr_with;

/// `value` goes from 0 to one below `count`.
pub fn stepper(
    name: String,
    part: &'static str,
    value: usize,
    count: usize,
    chosen: Callback<usize>,
) -> Html {
    let button = |to: Option<usize>, (label, step): (String, &str), arrow: &'static str| {
        let onclick = chosen.reform(move |_| to.unwrap_or(value));
        let more = More { label: Some(label), disabled: to.is_none(), ..More::default() };
        let arrow = html! { <svg viewBox="0 0 16 16" aria-hidden="true"><path d={arrow} /></svg> };
        tags::button("step", format!("{part}-{step}").into(), more, onclick, arrow)
    };
    let small = name.to_ascii_lowercase();
    let previous = (tr_with("previous {0}", &[&small]), "previous");
    let next = (tr_with("next {0}", &[&small]), "next");
    html! {
        <div class="stepper" role="group" aria-label={name.clone()}>
            { button(value.checked_sub(1), previous, "M10 3 5 8l5 5") }
            <output {part} aria-label={name.clone()}>
                { classed("span", "muted", name) }{ " " }{ classed("b", "figure", value.to_string()) }
            </output>
            { button((value + 1 < count).then_some(value + 1), next, "M6 3l5 5-5 5") }
        </div>
    }
}
