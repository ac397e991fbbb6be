//! Attention rollout (Abnar & Zuidema 2020, equation 1): R_l = Ã_l R_{l-1}, R_from = Ã_from, where Ã_l is the mean of
//! the layer's heads plus the identity, each row divided by its sum.

use super::{Choice, Source, mean};
use crate::four;

/// From layer `choice.from` to `choice.layer`.
pub fn read(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    map.clear();
    map.extend_from_slice(Kept::default().to(source, choice.from.min(choice.layer), choice.layer));
}

/// Gives the rollout from the first of `layers` to each of them, (T, T), in turn.
pub fn each_layer(
    source: &Source,
    layers: std::ops::RangeInclusive<usize>,
    mut with: impl FnMut(usize, &[f32]),
) {
    let (mut kept, from) = (Kept::default(), *layers.start());
    for layer in layers {
        let rolled = kept.to(source, from, layer);
        if !rolled.is_empty() {
            with(layer, rolled);
        }
    }
}

/// What rollouts of one run are made of: each costs a product more than the one to the layer before, and what was made is
/// kept, so that all of them cost what the last one does.
#[derive(Default)]
pub struct Kept {
    /// Ã of the layers that were needed. // (layers, T, T)
    mixing: Vec<Vec<f32>>,
    /// The last two first layers, so that a reader who goes back and forth waits once, and the rollouts from each to the
    /// layers after it. // (layers, T, T)
    rolled: [(usize, Vec<Vec<f32>>); 2],
}

impl Kept {
    /// The rollout from layer `from` to `layer`, which is not before it; empty where there is none. `source` is of the same
    /// run each time. // (T, T)
    pub fn to(&mut self, source: &Source, from: usize, layer: usize) -> &[f32] {
        let (tokens, keys) = source.weights.shape();
        if tokens != keys || tokens == 0 || layer < from {
            return &[];
        }
        if self.rolled[0].0 != from {
            self.rolled.swap(0, 1);
        }
        if self.rolled[0].0 != from {
            self.rolled[0] = (from, vec![]);
        }
        if self.mixing.len() <= layer {
            self.mixing.resize(layer + 1, vec![]);
        }
        for (layer, mixing) in self.mixing.iter_mut().enumerate().skip(from) {
            if mixing.is_empty() {
                mean::mean_of(source, &mean::all_of(source, layer), mixing);
                mix_in_the_input(mixing, tokens);
            }
        }
        let rolled = &mut self.rolled[0].1;
        for next in from + 1 + rolled.len()..=layer {
            let before = rolled.last().unwrap_or(&self.mixing[from]);
            let mut longer = vec![];
            four::product(&self.mixing[next], before, tokens, &mut longer);
            rolled.push(longer);
        }
        if layer == from { &self.mixing[from] } else { &rolled[layer - from - 1] }
    }
}

/// A to A + I, rows divided by their sums. // (T, T)
fn mix_in_the_input(map: &mut [f32], tokens: usize) {
    for (query, row) in map.chunks_exact_mut(tokens).enumerate() {
        row[query] += 1.0;
        let sum = four::sum(row);
        four::divide(row, sum);
    }
}
