//! The weight under the pointer, in figures and words.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::{Html, Properties, function_component, html, use_effect_with, use_state};

use super::dom::decimal;
use super::ran::Ran;
use crate::view::figures::weight;
use crate::view::label::Label;
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
    let name = |label: &Label| {
        html! { <bdi class="word" title={label.whole.clone()}>{ format!("“{}”", label.text) }</bdi> }
    };
    let label = |labels: &[Label], index: usize| labels.get(index).cloned();
    let place = format!("layer {} head {}", props.layer, props.head);
    let found = match props.focus {
        Focus::Nothing => None,
        Focus::Cell { query, key } => {
            label(&ran.queries, query).zip(label(&ran.keys, key)).zip(map.weight(query, key)).map(
                |((from, to), found)| {
                    let figure = weight(found);
                    let spoken = format!("“{}” attends to “{}”: {figure}", from.text, to.text);
                    let shown = html! {
                        <>
                            <p>{ name(&from) }<span>{ " attends to " }</span>{ name(&to) }</p>
                            <p>
                                <b class="figure" part="weight" data-weight={decimal(f64::from(found))}
                                    data-query={query.to_string()} data-key={key.to_string()}>{ figure }</b>{ " " }
                                <span class="muted">{ place.clone() }</span>
                            </p>
                        </>
                    };
                    (shown, spoken)
                },
            )
        }
        Focus::Token(token) => map.strongest_key(token).zip(map.strongest_query(token)).and_then(|(to, from)| {
            let (this, to_label, from_label) =
                (label(&ran.queries, token)?, label(&ran.keys, to.0)?, label(&ran.queries, from.0)?);
            let (to, from) = (weight(to.1), weight(from.1));
            let spoken = format!(
                "“{}” attends most to “{}”: {to}. “{}” attends to it most: {from}",
                this.text, to_label.text, from_label.text
            );
            let shown = html! {
                <>
                    <p>{ name(&this) }<span>{ " attends most to " }</span>{ name(&to_label) }{ " " }<b class="figure">{ to }</b></p>
                    <p>{ name(&from_label) }<span>{ " attends to it most " }</span><b class="figure">{ from }</b></p>
                </>
            };
            Some((shown, spoken))
        }),
    };
    match found {
        Some((shown, spoken)) => html! {
            <div class="readout" part="readout">
                { shown }
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
