//! The number under the pointer, in figures and words.

use gloo::timers::callback::Timeout;
use yew::{Html, Properties, function_component, html, use_effect_with, use_state};

use super::dom::decimal;
use super::language::tr_html;
use super::state::State;
use super::tags::classed;
use crate::shown::hidden::hidden;
use crate::shown::study::Study;
use crate::view::figures::{percent, weight};
use crate::view::label::Label;
use crate::view::words::{tr, tr_with};
use crate::view::{Focus, Map, ViewState};

/// Milliseconds of rest before a screen reader is told.
const SPOKEN_AFTER: u32 = 500;

/// What is picked out, of the map that `view` shows; or how far what the lens or the view needs has been computed.
pub fn readout(state: &State, view: &ViewState) -> Html {
    let (Some(study), Some(map)) = (&state.study, &state.map) else {
        return html! { <div class="readout" part="readout" /> };
    };
    let place = study.place(view.layer, view.head);
    let found = said(study, map, view.focus, &place);
    let class = if found.is_some() { "readout" } else { "readout muted" };
    let inside = match (state.computing(), found) {
        (Some(done), _) => {
            let done = tr_with("Being computed: {0}", &[&percent(f64::from(done))]);
            html! { <p part="computing" role="status">{ done }</p> }
        }
        (None, Some((shown, spoken))) => html! {
            <>{ shown }<Spoken text={tr_with("{0}, {1}", &[&spoken, &place])} /></>
        },
        (None, None) => html! { tr("Point at a cell or a word, or tap it, to read its weight.") },
    };
    html! { <div {class} part="readout">{ inside }</div> }
}

/// What is picked out, to be seen and to be heard.
fn said(study: &Study, map: &Map, focus: Focus, place: &str) -> Option<(Html, String)> {
    let name = |label: &Label| {
        html! { <bdi class="word" title={label.whole.clone()}>{ format!("“{}”", label.text) }</bdi> }
    };
    let (query, key) = (|at: usize| study.queries.get(at), |at: usize| study.keys.get(at));
    match focus {
        Focus::Nothing => None,
        Focus::Cell { query: row, key: column } => {
            let (from, to, found) = (query(row)?, key(column)?, map.weight(row, column)?);
            let figure = weight(found);
            let spoken = tr_with("“{0}” attends to “{1}”: {2}", &[&from.text, &to.text, &figure]);
            let shown = html! {
                <>
                    <p>{ tr_html("{0} attends to {1}", &[name(from), name(to)]) }</p>
                    <p>
                        <b class="figure" part="weight" data-weight={decimal(f64::from(found))}
                            data-query={row.to_string()} data-key={column.to_string()}>{ figure }</b>{ " " }
                        { classed("span", "muted", place.to_owned() + " " + &hidden(study, map, Some(row))) }
                    </p>
                </>
            };
            Some((shown, spoken))
        }
        Focus::Token(_) | Focus::Query(_) | Focus::Key(_) => {
            let to = focus.query().and_then(|row| Some((query(row)?, map.strongest_key(row)?)));
            let from = focus.key().and_then(|column| Some((key(column)?, map.strongest_query(column)?)));
            let to = to.and_then(|(this, (at, found))| Some((this, key(at)?, weight(found))));
            let from = from.and_then(|(this, (at, found))| Some((this, query(at)?, weight(found))));
            let spoken: Vec<String> = [
                to.as_ref().map(|(this, to, found)| {
                    tr_with("“{0}” attends most to “{1}”: {2}", &[&this.text, &to.text, found])
                }),
                from.as_ref().map(|(this, from, found)| {
                    tr_with("“{0}” attends to “{1}” most: {2}", &[&from.text, &this.text, found])
                }),
            ]
            .into_iter()
            .flatten()
            .collect();
            let shown = html! {
                <>
                    if let Some((this, to, found)) = &to {
                        <p>{ tr_html("{0} attends most to {1}", &[name(this), name(to)]) }{ " " }{ classed("b", "figure", found.clone()) }</p>
                    }
                    if let Some((this, from, found)) = &from {
                        <p>{ tr_html("{0} attends to {1} most", &[name(from), name(this)]) }{ " " }{ classed("b", "figure", found.clone()) }</p>
                    }
                    if let Some(row) = focus.query() {
                        { classed("p", "muted", hidden(study, map, Some(row))) }
                    }
                </>
            };
            (!spoken.is_empty()).then(|| (shown, spoken.join(&tr(". "))))
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct SpokenProps {
    pub text: String,
}

/// For screen readers only, after the pointer has come to rest.
#[function_component]
pub fn Spoken(props: &SpokenProps) -> Html {
    let said = use_state(String::new);
    let saying = said.clone();
    use_effect_with(props.text.clone(), move |text| {
        let text = text.clone();
        let timer = Timeout::new(SPOKEN_AFTER, move || saying.set(text));
        move || drop(timer)
    });
    html! { <span class="spoken" role="status">{ (*said).clone() }</span> }
}
