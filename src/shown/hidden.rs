//! What the filters hide of a map, in words.

use super::study::Study;
use crate::filter::{Cause, Treatment};
use crate::view::Map;
use crate::view::figures::percent;
use crate::view::words::{listed, sentences, tr, tr_with};

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
