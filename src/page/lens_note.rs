//! What a number is through the chosen lens, and what the filters hide of it.

use yew::{Html, html};

use super::study::Study;
use crate::filter::{Cause, Treatment};
use crate::lens::LENSES;
use crate::view::Map;
use crate::view::figures::percent;

/// The lens's formula, range, caveat and paper; before it, what the filters hide of the selected map.
pub fn lens_note(study: Option<&Study>, map: Option<&Map>) -> Html {
    let lens = study.map_or(&LENSES[0], |study| study.lens);
    let hidden = study.zip(map).map(|(study, map)| hidden(study, map, None)).unwrap_or_default();
    html! {
        <>
            if !hidden.is_empty() {
                <p part="hidden">{ hidden }</p>
            }
            <p part="lens-note">
                <b>{ lens.name }</b>{ ": " }{ lens.formula }{ " " }{ lens.range }{ " " }{ lens.caveat }
                { " It is not an explanation of what the model puts out. (" }<cite>{ lens.paper }</cite>{ ")" }
            </p>
        </>
    }
}

/// How much weight the filters hide, in a row or, without one, on average over the rows; empty where they hide none.
pub fn hidden(study: &Study, map: &Map, row: Option<usize>) -> String {
    let causes = &study.plan.causes;
    let rows = row.map_or(0..map.queries, |row| row..(row + 1).min(map.queries));
    if causes.is_empty() || rows.is_empty() {
        return String::new();
    }
    let count = rows.len() as f32;
    let mean = |shares: &[f32], width: usize, at: usize| {
        rows.clone().filter_map(|row| shares.get(row * width + at)).sum::<f32>() / count
    };
    let named = |(at, cause): (usize, &Cause)| {
        let share = percent(f64::from(mean(&map.hidden_by_cause, causes.len(), at)));
        let name = match cause {
            Cause::Special(piece) => piece,
            Cause::Punctuation => "punctuation",
            Cause::OtherText => "the other text",
        };
        format!("{name} holds {share}")
    };
    let parts: Vec<String> = causes.iter().enumerate().map(named).collect();
    let all = percent(f64::from(mean(&map.hidden, 1, 0)));
    let of = if row.is_some() { "this row" } else { "a row, on average" };
    let rescaling = [study.filters.special, study.filters.punctuation].contains(&Treatment::Renormalise);
    let rescaled = match (rescaling, study.lens.distribution) {
        (true, _) => " What is left of a row was divided by its sum.",
        (false, true) => "",
        (false, false) => " Rows of this lens do not add up to 1, so they are never rescaled.",
    };
    format!("Hidden: {all} of {of} ({}).{rescaled}", parts.join(", "))
}
