//! The weight under the pointer, in figures and words.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::{Html, Properties, function_component, html, use_effect_with, use_state};

use super::dom::decimal;
use super::state::Ran;
use crate::view::figures::weight;
use crate::view::{Focus, HeadMap};

/// Milliseconds of rest before a screen reader is told.
const SPOKEN_AFTER: u32 = 500;

#[derive(Properties, PartialEq)]
pub struct ReadoutProps {
    pub ran: Option<Rc<Ran>>,
    pub map: Option<Rc<HeadMap>>,
    pub focus: Focus,
    pub layer: usize,
    pub head: usize,
}

#[function_component]
pub fn Readout(props: &ReadoutProps) -> Html {
    let (Some(ran), Some(map)) = (&props.ran, &props.map) else {
        return html! { <div class="readout" part="readout" /> };
    };
    let name = |text: &str| html! { <bdi class="word">{ format!("“{text}”") }</bdi> };
    let query = |index: usize| ran.queries.get(index).map_or("", |label| &label.text);
    let key = |index: usize| ran.keys.get(index).map_or("", |label| &label.text);
    let found = match props.focus {
        Focus::Nothing => None,
        Focus::Cell { query: from, key: to } => map.weight(from, to).map(|found| {
            let (from_name, to_name, figure) = (query(from), key(to), weight(found));
            let spoken = format!("“{from_name}” attends to “{to_name}”: {figure}");
            let shown = html! {
                <>
                    <span>{ name(from_name) }{ " attends to " }{ name(to_name) }</span>
                    <b class="figure" part="weight" data-weight={decimal(f64::from(found))} data-query={from.to_string()}
                        data-key={to.to_string()}>{ figure }</b>
                </>
            };
            (shown, spoken)
        }),
        Focus::Token(token) => map.strongest_key(token).zip(map.strongest_query(token)).map(|(to, from)| {
            let (this, to_name, from_name) = (query(token), key(to.0), query(from.0));
            let (to, from) = (weight(to.1), weight(from.1));
            let spoken =
                format!("“{this}” attends most to “{to_name}”: {to}. “{from_name}” attends to it most: {from}");
            let shown = html! {
                <>
                    <span>{ name(this) }{ " attends most to " }{ name(to_name) }{ " " }<b class="figure">{ to }</b></span>
                    <span>{ name(from_name) }{ " attends to it most " }<b class="figure">{ from }</b></span>
                </>
            };
            (shown, spoken)
        }),
    };
    let place = format!("layer {} head {}", props.layer, props.head);
    match found {
        Some((shown, spoken)) => html! {
            <div class="readout" part="readout">
                { shown }
                <span class="muted">{ place.clone() }</span>
                <Spoken text={format!("{spoken}, {place}")} />
            </div>
        },
        None => html! {
            <div class="readout muted" part="readout">{ "Point at a cell or a word, or tap it, to read its weight." }</div>
        },
    }
}

#[derive(Properties, PartialEq)]
struct SpokenProps {
    text: String,
}

/// For screen readers only, after the pointer has come to rest.
#[function_component]
fn Spoken(props: &SpokenProps) -> Html {
    let said = use_state(String::new);
    let saying = said.clone();
    use_effect_with(props.text.clone(), move |text| {
        let text = text.clone();
        let timer = Timeout::new(SPOKEN_AFTER, move || saying.set(text));
        move || drop(timer)
    });
    html! { <span class="spoken" role="status">{ (*said).clone() }</span> }
}
