//! What a number is through the chosen lens, and what the filters hide of it.

use yew::{Html, html};

use super::study::Study;
use super::tags::{bare, part};
use crate::filter::{Cause, Treatment};
use crate::lens::LENSES;
use crate::view::Map;
use crate::view::figures::percent;
use crate::view::words::{listed, sentences, tr, tr_with};

/// The lens's formula, range, caveat and paper; before it, what the filters hide of the selected map, which is named by its
/// layer where those of others are shown, too.
pub fn lens_note(study: Option<&Study>, map: Option<&Map>, layer: Option<usize>) -> Html {
    let lens = study.map_or(&LENSES[0], |study| study.lens);
    let hidden = study.zip(map).map(|(study, map)| hidden(study, map, None)).unwrap_or_default();
    let hidden = match layer {
        Some(layer) if !hidden.is_empty() => tr_with("Layer {0}: {1}", &[&layer.to_string(), &hidden]),
        _ => hidden,
    };
    html! {
        <>
            if !hidden.is_empty() {
                { part("p", "hidden", hidden) }
            }
            <p part="lens-note">
                { bare("b", tr(lens.name)) }{ tr(": ") }
                { sentences(&[tr(lens.formula), tr(lens.range), tr(lens.caveat), tr("It is not an explanation of what the model puts out.")]) }
                { " (" }{ bare("cite", lens.paper) }{ ")" }
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
            Cause::Special(piece) => piece.clone(),
            Cause::Punctuation => tr("punctuation"),
            Cause::OtherText => tr("the other text"),
        };
        tr_with("{0} holds {1}", &[&name, &share])
    };
    let parts: Vec<String> = causes.iter().enumerate().map(named).collect();
    let all = percent(f64::from(mean(&map.hidden, 1, 0)));
    let rescaling = [study.filters.special, study.filters.punctuation].contains(&Treatment::Renormalise);
    let found = [&*all, &*listed(&parts)];
    let mut said = vec![match row {
        Some(_) => tr_with("Hidden: {0} of this row ({1}).", &found),
        None => tr_with("Hidden: {0} of a row, on average ({1}).", &found),
    }];
    said.extend(match (rescaling, study.lens.distribution) {
        (true, _) => Some(tr("What is left of a row was divided by its sum.")),
        (false, true) => None,
        (false, false) => Some(tr("Rows of this lens do not add up to 1, so they are never rescaled.")),
    });
    sentences(&said)
}
