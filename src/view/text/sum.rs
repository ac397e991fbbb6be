//! What each word gets from the chosen ones, or gives them.

use super::super::chosen::Asked;
use super::super::figures::{counted, weight};
use super::super::scale::left_out;
use super::super::words::{listed, tr, tr_with};
use super::super::{Scale, Scene, Shading, ViewState};

/// A number for each unit: None where the filters hide it.
pub fn sums(scene: &Scene, state: &ViewState) -> Vec<Option<f32>> {
    let asked = Asked::of(scene, state);
    let units = if asked == Asked::To { scene.query_units } else { scene.key_units };
    let mut sums = vec![None; scene.units.len()];
    for (&unit, sum) in units.iter().zip(asked.sums(scene.map, &asked.chosen(scene, state))) {
        if let Some(place) = sums.get_mut(unit) {
            *place = Some(sum);
        }
    }
    sums
}

/// How `sums` are coloured. Several words' sum may be more than 1: there the largest takes the last colour.
pub fn shading<'a>(sums: &[Option<f32>], state: &'a ViewState) -> Shading<'a> {
    let known: Vec<f32> = sums.iter().flatten().copied().collect();
    let mut shading = state.shading(&known);
    if shading.scale == Scale::Unit {
        shading.end = known.iter().fold(shading.end, |end, &sum| end.max(sum));
    }
    shading
}

/// What is summed, and what the last colour stands for.
pub fn said(scene: &Scene, state: &ViewState) -> Vec<String> {
    let sums = sums(scene, state);
    let words = named(scene, state);
    let several = state.words.len() > 1;
    let asked = Asked::of(scene, state);
    let what = match asked {
        Asked::Whole if scene.query_units.is_empty() => tr("what each word gets, which is one row for all"),
        Asked::Whole => tr("what each word gets from the whole text, the mean over all rows"),
        Asked::From if several => tr_with("what {0} give each word, summed", &[&words]),
        Asked::From => tr_with("what {0} gives each word", &[&words]),
        Asked::To if several => tr_with("what each word gives {0}, summed", &[&words]),
        Asked::To => tr_with("what each word gives {0}", &[&words]),
    };
    let end = shading(&sums, state).end;
    let end = if end == 1.0 { "1".to_owned() } else { weight(end) };
    let mut said = vec![tr_with("Shade: {0}; the full colour is {1}.", &[&what, &end])];
    if asked != Asked::Whole && asked.chosen(scene, state).is_empty() {
        said.push(tr("The filters hide what is chosen, so there is nothing to show of it."));
    }
    let known: Vec<f32> = sums.iter().flatten().copied().collect();
    said.extend(left_out(&known, state.threshold));
    if sums.contains(&None) {
        said.push(tr("The filters hide what has dots under it."));
    }
    said
}

/// The chosen words, or how many they are.
fn named(scene: &Scene, state: &ViewState) -> String {
    let names: Vec<String> = state
        .words
        .iter()
        .filter_map(|&unit| scene.units.get(unit))
        .map(|unit| format!("“{}”", unit.label.text))
        .collect();
    match names.as_slice() {
        [] => tr("nothing"),
        [name] => name.clone(),
        [first @ .., last] if first.len() < 4 => tr_with("{0} and {1}", &[&listed(first), last]),
        names => counted(names.len(), "word"),
    }
}
