//! Attention rollout (Abnar & Zuidema 2020, equation 1): R_l = Ã_l R_{l-1}, R_from = Ã_from, where Ã_l is the mean of
//! the layer's heads plus the identity, each row divided by its sum.

use super::{Choice, Source, mean};

/// From layer `choice.from` to `choice.layer`.
pub fn read(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    map.clear();
    each_layer(source, choice.from.min(choice.layer)..=choice.layer, |_, rolled| {
        map.clear();
        map.extend_from_slice(rolled);
    });
}

/// Gives the rollout from the first of `layers` to each of them, (T, T), in turn. A product each, so all of them cost
/// what the last one does.
pub fn each_layer(
    source: &Source,
    layers: std::ops::RangeInclusive<usize>,
    mut with: impl FnMut(usize, &[f32]),
) {
    let (tokens, keys) = source.weights.shape();
    if tokens != keys || tokens == 0 {
        return;
    }
    let (mut rolled, mut mixing, mut product) = (Vec::new(), Vec::new(), Vec::new());
    for layer in layers {
        mean::mean_of(source, &mean::all_of(source, layer), &mut mixing);
        mix_in_the_input(&mut mixing, tokens);
        if rolled.is_empty() {
            std::mem::swap(&mut rolled, &mut mixing);
        } else {
            multiply(&mixing, &rolled, tokens, &mut product);
            std::mem::swap(&mut rolled, &mut product);
        }
        with(layer, &rolled);
    }
}

/// A to A + I, rows divided by their sums. // (T, T)
fn mix_in_the_input(map: &mut [f32], tokens: usize) {
    for (query, row) in map.chunks_exact_mut(tokens).enumerate() {
        row[query] += 1.0;
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|weight| *weight /= sum);
    }
}

/// a b, all (T, T).
fn multiply(a: &[f32], b: &[f32], tokens: usize, product: &mut Vec<f32>) {
    product.clear();
    product.resize(tokens * tokens, 0.0);
    for (row, out) in a.chunks_exact(tokens).zip(product.chunks_exact_mut(tokens)) {
        for (weight, other) in row.iter().zip(b.chunks_exact(tokens)) {
            for (sum, x) in out.iter_mut().zip(other) {
                *sum += weight * x;
            }
        }
    }
}
