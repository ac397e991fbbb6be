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
    for (weights, sums) in a.chunks_exact(tokens).zip(product.chunks_exact_mut(tokens)) {
        let (fours, rest) = weights.as_chunks::<4>();
        let (rows_of_fours, rows_of_rest) = b.split_at(fours.len() * 4 * tokens);
        for (four, rows) in fours.iter().zip(rows_of_fours.chunks_exact(4 * tokens)) {
            add_rows(sums, four, rows);
        }
        for (weight, row) in rest.iter().zip(rows_of_rest.chunks_exact(tokens)) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
        }
    }
}

/// Adds four rows, one after the other in `rows`, to `sums`, each times its weight.
fn add_rows(sums: &mut [f32], weights: &[f32; 4], rows: &[f32]) {
    let width = sums.len();
    let done = vectors::add_rows(sums, weights, rows);
    for (column, sum) in sums.iter_mut().enumerate().skip(done) {
        for (weight, row) in weights.iter().zip(rows.chunks_exact(width)) {
            *sum += weight * row[column];
        }
    }
}

/// By hand, since the page's program is built for size, without vectors: a rollout takes a fifth of the time.
#[cfg(target_arch = "wasm32")]
mod vectors {
    use std::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_store};

    /// The columns of whole vectors. Returns how many those are.
    pub fn add_rows(sums: &mut [f32], weights: &[f32; 4], rows: &[f32]) -> usize {
        let width = sums.len();
        assert!(rows.len() == 4 * width);
        let [a, b, c, d] = weights.map(|weight| f32x4_splat(weight));
        let whole = width / 4 * 4;
        for column in (0..whole).step_by(4) {
            // SAFETY: `column + 4` is at most `width`, the length of the sums and of each of the four rows.
            unsafe {
                let place = sums.as_mut_ptr().add(column).cast::<v128>();
                let row = |row: usize| v128_load(rows.as_ptr().add(row * width + column).cast());
                let first = f32x4_add(f32x4_mul(a, row(0)), f32x4_mul(b, row(1)));
                let second = f32x4_add(f32x4_mul(c, row(2)), f32x4_mul(d, row(3)));
                v128_store(place, f32x4_add(v128_load(place), f32x4_add(first, second)));
            }
        }
        whole
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod vectors {
    /// None: a native build is built for speed and finds vectors by itself.
    pub fn add_rows(_: &mut [f32], _: &[f32; 4], _: &[f32]) -> usize {
        0
    }
}
