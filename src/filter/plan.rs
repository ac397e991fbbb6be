//! Filters for one run, and their application to its maps.

use std::ops::Range;

use super::{Axes, Filters, Part, Treatment, Unit, words};
use crate::four;
use crate::trace::Token;
use crate::view::label::{Label, LabelKind};
use crate::view::map::Map;

/// Why a column is left out. A unit that is so for several reasons counts for the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A special token of this spelling, "[SEP]".
    Special(String),
    Punctuation,
    /// It is in the text of the pair that is not looked at.
    OtherText,
}

impl Cause {
    /// Its place among reasons.
    fn rank(&self) -> u8 {
        match self {
            Self::Special(_) => 0,
            Self::Punctuation => 1,
            Self::OtherText => 2,
        }
    }
}

/// How a map over tokens becomes one over units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Every unit, also those that are hidden, in the order of the text.
    pub units: Vec<Unit>,
    /// The unit of each row. Empty where the filters leave nothing to show.
    pub queries: Vec<usize>,
    /// The unit of each column, likewise.
    pub keys: Vec<usize>,
    /// Why columns are left out, each cause once: specials in the order of the text, punctuation, the other text.
    pub causes: Vec<Cause>,
    /// Whether each cause's weight is made up for by dividing a row by what is left. // (causes)
    renormalised: Vec<bool>,
    runs: Vec<Run>,
    axes: Axes,
}

/// Neighbouring tokens, and where their weights go in a row of all columns and then all causes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    tokens: Range<usize>,
    /// Of the first token. The others follow one by one, or all go to the same place.
    place: usize,
    /// All go to the same place.
    merges: bool,
}

impl Plan {
    /// What `filters` mean for a run. `labels` are those of `tokens` (see [`crate::view::label::labels`]), `axes` says which
    /// of them maps are of, `texts` is what the tokens' spans count in.
    pub fn new(labels: &[Label], tokens: &[Token], axes: &Axes, texts: &[String], filters: &Filters) -> Self {
        let units = if filters.words { words::words(labels, tokens, texts) } else { words::pieces(labels) };
        let is_pair = units.iter().any(|unit| unit.label.segment == 1);
        let part = if is_pair && axes.is_square() { filters.part } else { Part::All };
        let (query_segment, key_segment) = part.segments().unzip();

        let reasons: Vec<_> = units.iter().map(|unit| reason(unit, filters)).collect();
        let outside =
            |unit: &Unit, segment: Option<usize>| segment.is_some_and(|only| unit.label.segment != only);
        let queries = (0..units.len())
            .filter(|&index| reasons[index].is_none() && !outside(&units[index], query_segment))
            .filter(|&index| axes.rows.contains(&units[index].tokens.start))
            .collect();
        let mut keys = Vec::new();
        let mut hidden = Vec::new();
        let is_column = |unit: &Unit| axes.columns.contains(&unit.tokens.start);
        for (index, (unit, reason)) in
            units.iter().zip(reasons).enumerate().filter(|(_, (unit, _))| is_column(unit))
        {
            let other_text = || outside(unit, key_segment).then_some((Cause::OtherText, Treatment::Hide));
            match reason.or_else(other_text) {
                None => keys.push(index),
                Some((cause, treatment)) => hidden.push((index, cause, treatment)),
            }
        }

        let (mut causes, mut renormalised) = (Vec::new(), Vec::new());
        let mut places = vec![0; units.len()];
        for (column, &unit) in keys.iter().enumerate() {
            places[unit] = column;
        }
        for rank in 0..=Cause::OtherText.rank() {
            for (unit, cause, treatment) in hidden.iter().filter(|(_, cause, _)| cause.rank() == rank) {
                let place = causes.iter().position(|known| known == cause).unwrap_or_else(|| {
                    causes.push(cause.clone());
                    renormalised.push(*treatment == Treatment::Renormalise);
                    causes.len() - 1
                });
                places[*unit] = keys.len() + place;
            }
        }
        let columns = units.iter().zip(&places).filter(|(unit, _)| is_column(unit));
        let runs = runs(columns.map(|(unit, &place)| (unit, place)));
        Self { units, queries, keys, causes, renormalised, runs, axes: axes.clone() }
    }

    /// Whether every token has a row and a column of its own.
    pub fn is_identity(&self) -> bool {
        self.keys.len() == self.axes.columns.len() && self.queries.len() == self.axes.rows.len()
    }

    /// Takes a map of `rows` rows over the tokens of its columns to the one that is shown. `rows` is that of its axes, or 1 for a
    /// lens of one row in all, of which only the columns are filtered.
    ///
    /// Weights of a word's tokens are added up as keys and averaged as queries (Clark et al. 2019, section 4.1), so
    /// the sum of a row stays. Then columns are left out, then a row is divided by what is left, where that was asked
    /// for: the causes that are only hidden count as left. A row with nothing left is zeros. A `map` of another size
    /// gives a map of no rows.
    pub fn apply(&self, map: &[f32], rows: usize, filtered: &mut Map) {
        let (tokens, all_rows) = (self.axes.columns.len(), self.axes.rows.len());
        let one_row = rows == 1 && all_rows != 1;
        let fits = map.len() == rows * tokens && (one_row || rows == all_rows);
        filtered.keys = self.keys.len();
        filtered.queries = match fits {
            false => 0,
            true if one_row => 1,
            true => self.queries.len(),
        };
        filtered.weights.clear();
        filtered.hidden.clear();
        filtered.hidden_by_cause.clear();
        filtered.weights.reserve(filtered.queries * filtered.keys);
        if filtered.queries == 0 {
            return;
        }
        if self.causes.is_empty() && (self.is_identity() || one_row && self.keys.len() == tokens) {
            filtered.weights.extend_from_slice(map);
            filtered.hidden.resize(filtered.queries, 0.0);
            return;
        }

        let mut sums = vec![0.0; self.keys.len() + self.causes.len()]; // columns, then causes
        let mut show = |rows: Range<usize>| {
            let count = rows.len() as f32;
            sums.fill(0.0);
            for row in map[rows.start * tokens..rows.end * tokens].chunks_exact(tokens) {
                for run in &self.runs {
                    run.add(row, &mut sums);
                }
            }
            if count > 1.0 {
                four::divide(&mut sums, count);
            }
            self.push(&sums, filtered);
        };
        if one_row {
            show(0..1);
        } else {
            let first = self.axes.rows.start;
            for &query in &self.queries {
                let tokens = &self.units[query].tokens;
                show(tokens.start - first..tokens.end - first);
            }
        }
    }

    /// One row: its columns' sums, then its causes'.
    fn push(&self, sums: &[f32], filtered: &mut Map) {
        let (columns, causes) = sums.split_at(self.keys.len());
        let (shown, hidden) = (four::sum(columns), four::sum(causes));
        let share = |sum: f32| if shown + hidden > 0.0 { sum / (shown + hidden) } else { 0.0 };
        filtered.hidden.push(share(hidden));
        filtered.hidden_by_cause.extend(causes.iter().copied().map(share));
        if !self.renormalised.contains(&true) {
            return filtered.weights.extend_from_slice(columns);
        }
        let only_hidden = causes.iter().zip(&self.renormalised).filter(|(_, renormalised)| !**renormalised);
        let left = shown + only_hidden.map(|(sum, _)| sum).sum::<f32>();
        // What is left may be too little to divide by.
        let factor = if left >= f32::MIN_POSITIVE { 1.0 / left } else { 0.0 };
        let start = filtered.weights.len();
        filtered.weights.extend_from_slice(columns);
        four::scale(&mut filtered.weights[start..], factor);
    }
}

impl Run {
    fn add(&self, row: &[f32], sums: &mut [f32]) {
        let weights = &row[self.tokens.clone()];
        let sums = &mut sums[self.place..];
        if self.merges {
            sums[0] += weights.iter().sum::<f32>();
        } else {
            four::add(sums, weights);
        }
    }
}

/// The runs of tokens, given each unit of a column and its place.
fn runs<'a>(places: impl Iterator<Item = (&'a Unit, usize)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (unit, place) in places {
        let merges = unit.tokens.len() > 1;
        match runs.last_mut() {
            Some(run) if !merges && !run.merges && run.place + run.tokens.len() == place => {
                run.tokens.end = unit.tokens.end;
            }
            _ => runs.push(Run { tokens: unit.tokens.clone(), place, merges }),
        }
    }
    runs
}

/// Why a unit is left out of rows and columns, whatever its text.
fn reason(unit: &Unit, filters: &Filters) -> Option<(Cause, Treatment)> {
    let (cause, treatment) = match unit.label.kind {
        LabelKind::Special => (Cause::Special(unit.label.piece.clone()), filters.special),
        _ if unit.punctuation => (Cause::Punctuation, filters.punctuation),
        _ => return None,
    };
    (treatment != Treatment::Show).then_some((cause, treatment))
}
