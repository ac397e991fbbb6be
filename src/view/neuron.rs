//! How one word's weights come about in one head: its query vector, each word's key vector, their products element by
//! element, the scaled sum of these, and the softmax of the sums. After BertViz's neuron view (Vig 2019).
//!
//! It shows the model's own tokens and weights, whatever lens and filters are chosen.

mod paint;
mod place;

use std::rc::Rc;

use place::{GAP, LINE, Place};

use super::figures::{grouped, percent, signed, weight};
use super::functions::{exp, ln};
use super::label::LabelKind;
use super::order::largest_first;
use super::picture::{Measure, Picture};
use super::words::{tr, tr_with};
use super::{Layout, Neurons, Scene, Size, Spot, ViewState};

/// One query's line of scores, and where it stands, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuronLayout {
    /// The query's token; None where there is nothing to show, or it isn't computed yet.
    query: Option<usize>,
    /// No word is pointed at or chosen, and the query is the word whose attention is the most concentrated.
    unchosen: bool,
    rows: Vec<Row>,
    ends: Ends,
    /// The logarithm of the sum of all exponentials of scores.
    log_sum: f64,
    /// Keys without a row, and their share of the weight.
    left_out: (usize, f32),
    place: Place,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    token: usize,
    /// query · key / √K
    score: f64,
    /// The model's own.
    weight: f32,
    /// What is under the pointer here: the pair, where the axes of the maps have it.
    spot: Option<Spot>,
}

/// What the longest bars and the last colours stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Ends {
    /// Of the query and the keys that are shown.
    element: f32,
    product: f32,
    score: f64,
    weight: f32,
}

/// Rows at most; beyond that the keys with the largest weights are shown.
const MOST_ROWS: usize = 64;
/// The selected head's queries and keys for the word that is pointed at or chosen. It depends on the state's focus,
/// words, layer and head.
pub fn lay_out(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    let nothing = NeuronLayout {
        query: None,
        unchosen: false,
        rows: vec![],
        ends: Ends::default(),
        log_sum: 0.0,
        left_out: (0, 0.0),
        place: Place { width: size.width, ratio: size.ratio, ..Place::default() },
    };
    Rc::new(NeuronLayout::new(scene, state, size, measure).unwrap_or(nothing))
}

impl NeuronLayout {
    fn new(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Option<Self> {
        let neurons = scene.neurons.filter(|has| (has.layer, has.head) == (state.layer, state.head))?;
        let (tokens, source) = (scene.tokens.len(), scene.maps.weights());
        let fits =
            neurons.queries.len() == tokens * neurons.width && neurons.keys.len() == neurons.queries.len();
        if tokens == 0
            || neurons.width == 0
            || !fits
            || source.shape() != (tokens, tokens)
            || !source.is_whole()
        {
            return None;
        }
        let mut weights = vec![];
        source.read(state.layer, state.head, &mut weights);
        let chosen = chosen(scene, state);
        let query = chosen.unwrap_or_else(|| most_concentrated(scene, &weights));
        let weights = weights.get(query * tokens..(query + 1) * tokens)?;
        let scores: Vec<f64> = (0..tokens)
            .map(|key| {
                let sum: f64 = products(neurons, query, key).map(f64::from).sum();
                sum / (neurons.width as f64).sqrt()
            })
            .collect();
        let shown = strongest(weights);
        let most = scores.iter().fold(f64::NEG_INFINITY, |most, &score| most.max(score));
        let log_sum = most + ln(scores.iter().map(|score| exp(score - most)).sum());
        let unit_of = |token: usize| scene.units.iter().position(|unit| unit.tokens.contains(&token));
        let place_of = |units: &[usize], token| {
            let unit = unit_of(token)?;
            units.iter().position(|&known| known == unit)
        };
        let query_place = place_of(scene.query_units, query);
        let rows: Vec<Row> = shown
            .iter()
            .map(|&token| {
                let key = place_of(scene.key_units, token);
                let spot =
                    key.map(|key| query_place.map_or(Spot::Key(key), |query| Spot::Cell { query, key }));
                Row { token, score: scores[token], weight: weights[token], spot }
            })
            .collect();
        let hidden: f32 = weights.iter().sum::<f32>() - rows.iter().map(|row| row.weight).sum::<f32>();
        let ends = Ends::of(neurons, query, &rows);
        let mut layout = Self {
            query: Some(query),
            unchosen: chosen.is_none(),
            ends,
            log_sum,
            left_out: (tokens - rows.len(), hidden.max(0.0)),
            place: Place::new(scene, neurons.width, query, &rows, size, measure),
            rows,
        };
        // The rows do not move when another pair is picked, and its sum takes a line more.
        let lines = |row| paint::spelled_out(&layout, scene, neurons, row, measure).len();
        layout.place.lines = layout.rows.iter().map(lines).max().unwrap_or(0);
        layout.place.top += LINE * layout.place.lines as f64;
        Some(layout)
    }

    /// The neurons that it is a layout of.
    fn neurons<'a>(&self, scene: &Scene<'a>) -> Option<(usize, &'a Neurons)> {
        let neurons = scene.neurons?;
        let tokens = scene.tokens.len();
        (neurons.queries.len() == tokens * neurons.width && self.rows.iter().all(|row| row.token < tokens))
            .then_some((self.query.filter(|&query| query < tokens)?, neurons))
    }

    /// The row of the key that is pointed at, or else the strongest. Of a word of several tokens it is the strongest.
    fn picked(&self, scene: &Scene, state: &ViewState) -> Option<usize> {
        let unit = state
            .focus
            .key()
            .and_then(|key| scene.key_units.get(key))
            .and_then(|&unit| scene.units.get(unit));
        let among = |tokens: &dyn Fn(usize) -> bool| {
            let rows = self.rows.iter().enumerate().filter(|(_, row)| tokens(row.token));
            rows.max_by(|a, b| a.1.weight.total_cmp(&b.1.weight)).map(|(at, _)| at)
        };
        unit.and_then(|unit| among(&|token| unit.tokens.contains(&token))).or_else(|| among(&|_| true))
    }
}

impl Layout for NeuronLayout {
    fn height(&self) -> Option<f64> {
        Some(self.place.top + self.place.pitch * self.rows.len() as f64 + GAP)
    }

    fn at(&self, _: f64, y: f64) -> Option<Spot> {
        let row = (y - self.place.top) / self.place.pitch;
        // Not a number where there are no rows.
        if row >= 0.0 { self.rows.get(row as usize)?.spot } else { None }
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        let (place, product) = (&self.place, self.place.product(0));
        vec![
            ("data-origin-x", place.strip_x),
            ("data-origin-y", place.key(0).1),
            ("data-product-x", product.0),
            ("data-product-y", product.1),
            ("data-cell", place.cell),
            ("data-pitch", place.pitch),
            ("data-rows", self.rows.len() as f64),
            ("data-query", self.query.map_or(-1.0, |query| query as f64)),
            ("data-end", f64::from(self.ends.element)),
            ("data-product-end", f64::from(self.ends.product)),
        ]
    }

    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint(self, scene, state, measure)
    }

    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint_focus(self, scene, state, measure)
    }

    fn said(&self, scene: &Scene, _: &ViewState) -> Vec<String> {
        let Some(query) = self.query.and_then(|query| scene.tokens.get(query)) else { return vec![] };
        let mut said = vec![];
        if self.unchosen {
            said.push(tr_with(
                "No word is chosen: “{0}” is the one whose attention is the most concentrated.",
                &[&query.text],
            ));
        }
        if self.left_out.0 > 0 {
            said.push(tr_with(
                "Shown are the {0} keys with the largest weights, in the order of the text; the other {1} have {2} of the weight.",
                &[
                    &MOST_ROWS.to_string(),
                    &grouped(self.left_out.0),
                    &percent(f64::from(self.left_out.1)),
                ],
            ));
        }
        said.push(tr_with(
            "The longest bars are a score of {0} and a weight of {1}.",
            &[&signed(self.ends.score, 2), &weight(self.ends.weight)],
        ));
        said.push(tr("These are the model’s own tokens and weights, whatever lens and filters are chosen."));
        said
    }
}

impl Ends {
    fn of(neurons: &Neurons, query: usize, rows: &[Row]) -> Self {
        let largest = |most: f32, number: f32| most.max(number.abs());
        let mut ends = Self {
            element: vector(&neurons.queries, neurons.width, query).iter().copied().fold(0.0, largest),
            ..Self::default()
        };
        for row in rows {
            let key = vector(&neurons.keys, neurons.width, row.token);
            ends.element = key.iter().copied().fold(ends.element, largest);
            ends.product = products(neurons, query, row.token).fold(ends.product, largest);
            ends.score = ends.score.max(row.score.abs());
            ends.weight = ends.weight.max(row.weight);
        }
        ends
    }
}

/// One token's vector. // (K)
fn vector(vectors: &[f32], width: usize, token: usize) -> &[f32] {
    &vectors[token * width..(token + 1) * width]
}

/// The products that a score is the sum of. // (K)
fn products(neurons: &Neurons, query: usize, key: usize) -> impl Iterator<Item = f32> + '_ {
    let query = vector(&neurons.queries, neurons.width, query);
    query.iter().zip(vector(&neurons.keys, neurons.width, key)).map(|(query, key)| query * key)
}

/// The first token of the word that is pointed at, or else of the first that is chosen.
fn chosen(scene: &Scene, state: &ViewState) -> Option<usize> {
    let pointed = state.focus.query().and_then(|query| scene.query_units.get(query));
    let unit = scene.units.get(*pointed.or_else(|| state.words.first())?)?;
    Some(unit.tokens.start).filter(|&token| token < scene.tokens.len())
}

/// The token, if possible of the text, whose row has the least entropy.
fn most_concentrated(scene: &Scene, weights: &[f32]) -> usize {
    let entropy = |row: &[f32]| {
        let weights = row.iter().copied().filter(|&weight| weight > 0.0);
        -weights.map(|weight| weight * ln(f64::from(weight)) as f32).sum::<f32>()
    };
    let tokens = scene.tokens.len();
    let typed = |token: &usize| scene.tokens[*token].kind != LabelKind::Special;
    let all_special = !(0..tokens).any(|token| typed(&token));
    (0..tokens)
        .filter(|token| all_special || typed(token))
        .map(|token| (token, entropy(&weights[token * tokens..(token + 1) * tokens])))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(token, _)| token)
}

/// The tokens with the largest weights, in the order of the text.
fn strongest(weights: &[f32]) -> Vec<usize> {
    let mut numbers: Vec<(f32, usize)> = weights.iter().copied().zip(0..).collect();
    largest_first(&mut numbers);
    let mut kept = vec![false; weights.len()];
    numbers.iter().take(MOST_ROWS).for_each(|&(_, token)| kept[token] = true);
    (0..weights.len()).filter(|&token| kept[token]).collect()
}

#[cfg(test)]
mod tests;
