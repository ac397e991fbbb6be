//! A number with a button on each side.

use yew::{Callback, Html, html};

/// `value` goes from 0 to one below `count`.
pub fn stepper(
    name: &'static str,
    part: &'static str,
    value: usize,
    count: usize,
    chosen: Callback<usize>,
) -> Html {
    let button = |to: Option<usize>, label: &str, arrow: &'static str| {
        let onclick = chosen.reform(move |_| to.unwrap_or(value));
        html! {
            <button type="button" class="step" aria-label={format!("{label} {}", name.to_ascii_lowercase())}
                part={format!("{part}-{label}")} disabled={to.is_none()} {onclick}>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d={arrow} /></svg>
            </button>
        }
    };
    html! {
        <div class="stepper" role="group" aria-label={name}>
            { button(value.checked_sub(1), "previous", "M10 3 5 8l5 5") }
            <output {part} aria-label={name}>
                <span class="muted">{ name }</span>{ " " }<b class="figure">{ value }</b>
            </output>
            { button((value + 1 < count).then_some(value + 1), "next", "M6 3l5 5-5 5") }
        </div>
    }
}
