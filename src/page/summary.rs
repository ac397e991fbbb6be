//! What the selected map mostly is, in a line.

use yew::{Html, hook, html, use_memo};

use super::readout::Spoken;
use super::state::State;
use super::study::Study;
use crate::filter::Unit;
use crate::view::Map;
use crate::view::figures::{number, percent};
use crate::view::functions::log2;
use crate::view::label::LabelKind;
use crate::view::words::{tr, tr_with};

/// The least share of the weights that a map is said to mostly be.
const MOSTLY: f32 = 0.4;

/// Kinds of keys, where units are words; of tokens they say `token`.
pub const KINDS: [&str; 6] =
    ["the previous word", "the next word", "the word itself", "[CLS]", "[SEP]", "punctuation"];

/// The line, for eyes and, once it has rested, for ears. Nothing is said of lenses whose rows aren't shares of 1.
#[hook]
pub fn use_summary(state: &State) -> Html {
    let place = (state.layer, state.head);
    let said = use_memo((state.study.clone(), state.map.clone(), place), |(study, map, place)| {
        let (study, map) = study.as_ref().zip(map.as_ref())?;
        let habit = (study.lens.id == "weight").then(|| habit(study, map)).flatten()?;
        Some(tr_with("Layer {0} head {1}: {2}.", &[&place.0.to_string(), &place.1.to_string(), &habit]))
    });
    let text = said.as_ref().clone().unwrap_or_default();
    html! {
        <p class="summary muted" part="summary">{ text.clone() }<Spoken {text} /></p>
    }
}

/// The largest share of what the typed words give, and whom it goes to, or over how much it is spread.
fn habit(study: &Study, map: &Map) -> Option<String> {
    if !study.ran.map().axes.is_square() {
        return None;
    }
    let units = &study.plan.units;
    let (name, share) = largest(units, study.query_units(), &study.plan.keys, map)?;
    Some(if share > MOSTLY {
        let name = if study.filters.words { tr(name) } else { tr(&name.replace("word", "token")) };
        tr_with("mostly {0}, {1}", &[&name, &percent(f64::from(share))])
    } else {
        let bits = number(entropy(units, study.query_units(), map));
        if study.filters.words {
            tr_with("spread over many words (entropy {0} bits)", &[&bits])
        } else {
            tr_with("spread over many tokens (entropy {0} bits)", &[&bits])
        }
    })
}

fn is_special(unit: &Unit) -> bool {
    unit.label.kind == LabelKind::Special
}

/// The rows of typed words.
fn typed<'a>(units: &'a [Unit], rows: &'a [usize], map: &'a Map) -> impl Iterator<Item = (usize, &'a [f32])> {
    rows.iter()
        .enumerate()
        .filter(|&(_, &unit)| !is_special(&units[unit]))
        .map(|(row, &unit)| (unit, map.row(row)))
}

/// Which kind of key gets most of a row, in the mean over the typed words that have such a key, and how much. `None`
/// where no row is of a typed word.
fn largest(units: &[Unit], rows: &[usize], keys: &[usize], map: &Map) -> Option<(&'static str, f32)> {
    let all = |is: &dyn Fn(&Unit) -> bool| -> Vec<usize> {
        keys.iter().enumerate().filter(|&(_, &unit)| is(&units[unit])).map(|(column, _)| column).collect()
    };
    let piece = |piece| all(&|unit: &Unit| is_special(unit) && unit.label.piece == piece);
    let kept = [piece(KINDS[3]), piece(KINDS[4]), all(&|unit: &Unit| unit.punctuation)];
    let mut means = [(0.0, 0_usize); KINDS.len()];
    for (unit, row) in typed(units, rows, map) {
        let near = [unit.wrapping_sub(1), unit + 1, unit].map(|unit| {
            let column = keys.binary_search(&unit).ok().filter(|_| !is_special(&units[unit]));
            column.map_or_else(Vec::new, |column| vec![column])
        });
        for ((sum, count), columns) in means.iter_mut().zip(near.iter().chain(&kept)) {
            *sum += columns.iter().map(|&column| row[column]).sum::<f32>();
            *count += usize::from(!columns.is_empty());
        }
    }
    typed(units, rows, map).next()?;
    let shares = means.map(|(sum, count)| sum / count.max(1) as f32);
    KINDS.into_iter().zip(shares).max_by(|one, other| one.1.total_cmp(&other.1))
}

/// -Σ p log₂ p over what is shown of a row, in the mean over the typed words.
fn entropy(units: &[Unit], rows: &[usize], map: &Map) -> f32 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for (_, row) in typed(units, rows, map) {
        let total: f32 = row.iter().sum();
        let shares = row.iter().map(|weight| weight / total).filter(|&share| share > 0.0);
        sum -= shares.map(|share| share * log2(share)).sum::<f32>();
        count += 1;
    }
    sum / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::label::tests::label;

    /// [CLS] a b . [SEP], and a map of the weights that are `given` by position.
    fn said(given: impl Fn(usize, usize) -> f32) -> (Vec<Unit>, Map) {
        let units: Vec<Unit> = ["[CLS]", "a", "b", ".", "[SEP]"]
            .into_iter()
            .enumerate()
            .map(|(at, text)| {
                let kind = if text.starts_with('[') { LabelKind::Special } else { LabelKind::Word };
                let label = crate::view::label::Label { kind, ..label(text) };
                Unit { label, tokens: at..at + 1, punctuation: text == "." }
            })
            .collect();
        let weights = (0..25).map(|at| given(at / 5, at % 5)).collect();
        (units, Map { queries: 5, keys: 5, weights, ..Map::default() })
    }

    #[test]
    fn the_largest_share_is_named() {
        let all = [0, 1, 2, 3, 4];
        let of = |given: &dyn Fn(usize, usize) -> f32| {
            let (units, map) = said(given);
            largest(&units, &all, &all, &map)
        };
        // The first word has no typed one before it, and is not counted.
        let previous = of(&|query, key| if key + 1 == query && query > 1 { 0.8 } else { 0.05 });
        assert_eq!(previous.map(|(name, _)| name), Some("the previous word"));
        assert!((previous.unwrap().1 - 0.8).abs() < 1e-6);
        assert_eq!(of(&|_, key| if key == 4 { 0.9 } else { 0.0 }).unwrap().0, "[SEP]");
        assert_eq!(of(&|_, key| if key == 3 { 0.9 } else { 0.0 }).unwrap().0, "punctuation");
        // What specials give is not counted.
        let specials =
            of(&|query, key| if query % 4 == 0 { f32::from(key == 0) } else { f32::from(key == query) });
        assert_eq!(specials, Some(("the word itself", 1.0)));
    }

    #[test]
    fn what_is_hidden_is_not_counted() {
        let (units, _) = said(|_, _| 0.0);
        let map = Map { queries: 2, keys: 2, weights: vec![0.2, 0.1, 0.1, 0.2], ..Map::default() };
        assert_eq!(largest(&units, &[1, 2], &[1, 2], &map), Some(("the word itself", 0.2)));
        assert_eq!(largest(&units, &[0, 4], &[1, 2], &map), None);
    }

    #[test]
    fn even_rows_have_the_logarithm_of_their_length_in_bits() {
        let (units, map) = said(|_, key| if key == 4 { 0.0 } else { 0.25 });
        assert!((entropy(&units, &[0, 1, 2, 3, 4], &map) - 2.0).abs() < 1e-6);
    }
}
