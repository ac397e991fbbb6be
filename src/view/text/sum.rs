//! What each word gets from the chosen ones, or gives them.

use super::super::figures::{counted, weight};
use super::super::words::{listed, tr, tr_with};
use super::super::{Direction, Scale, Scene, Shading, ViewState};

/// A number for each unit: None where the filters hide it.
pub fn sums(scene: &Scene, state: &ViewState) -> Vec<Option<f32>> {
    let (map, mut sums) = (scene.map, vec![None; scene.units.len()]);
    let mut set = |unit: usize, sum: f32| {
        if let Some(place) = sums.get_mut(unit) {
            *place = Some(sum);
        }
    };
    match asked(scene, state) {
        Asked::Whole => {
            for (key, &unit) in scene.key_units.iter().enumerate() {
                let sum: f32 = (0..map.queries).filter_map(|query| map.weight(query, key)).sum();
                set(unit, sum / map.queries.max(1) as f32);
            }
        }
        Asked::From => {
            let rows = chosen(scene.query_units, state);
            for (key, &unit) in scene.key_units.iter().enumerate() {
                set(unit, rows.iter().filter_map(|&query| map.weight(query, key)).sum());
            }
        }
        Asked::To => {
            let columns = chosen(scene.key_units, state);
            for (query, &unit) in scene.query_units.iter().enumerate() {
                set(unit, columns.iter().filter_map(|&key| map.weight(query, key)).sum());
            }
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
    let what = match asked(scene, state) {
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
    let hidden = match asked(scene, state) {
        Asked::Whole => false,
        Asked::From => chosen(scene.query_units, state).is_empty(),
        Asked::To => chosen(scene.key_units, state).is_empty(),
    };
    if hidden {
        said.push(tr("The filters hide what is chosen, so there is nothing to show of it."));
    }
    if sums.contains(&None) {
        said.push(tr("The filters hide what has dots under it."));
    }
    said
}

/// What the picture answers.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    /// What each word gets from all.
    Whole,
    From,
    To,
}

/// What a lens of one row, or no choice, leaves to be asked: what a word gives the whole text is always all of it.
fn asked(scene: &Scene, state: &ViewState) -> Asked {
    match state.direction {
        _ if state.words.is_empty() || scene.query_units.is_empty() => Asked::Whole,
        Direction::From => Asked::From,
        Direction::To => Asked::To,
    }
}

/// Where the chosen words stand on an axis.
fn chosen(units: &[usize], state: &ViewState) -> Vec<usize> {
    (0..units.len()).filter(|&at| state.words.contains(&units[at])).collect()
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
