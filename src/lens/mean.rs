//! Several heads as one map: the mean of their weights, and the largest of them.

use super::{Choice, Source};
use crate::four;

/// 1/|S| Σ_{h in S} A_h, S the chosen heads, or all of the selected layer where none is chosen.
pub fn read_mean(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    mean_of(source, &chosen(source, choice), map);
}

/// max_{h in S} A_h, cell by cell, of the same heads.
pub fn read_max(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    combine(source, &chosen(source, choice), map, four::raise);
}

/// The mean of the maps of `heads`, each a (layer, head); empty without any. // (T, T)
pub fn mean_of(source: &Source, heads: &[(usize, usize)], map: &mut Vec<f32>) {
    combine(source, heads, map, four::add);
    four::divide(map, heads.len() as f32);
}

/// All heads of `layer`.
pub fn all_of(source: &Source, layer: usize) -> Vec<(usize, usize)> {
    (0..source.weights.heads()).map(|head| (layer, head)).collect()
}

fn chosen(source: &Source, choice: &Choice) -> Vec<(usize, usize)> {
    if choice.heads.is_empty() { all_of(source, choice.layer) } else { choice.heads.iter().collect() }
}

fn combine(source: &Source, heads: &[(usize, usize)], map: &mut Vec<f32>, with: fn(&mut [f32], &[f32])) {
    map.clear();
    let Some(((layer, head), others)) = heads.split_first() else { return };
    source.weights.read(*layer, *head, map);
    let mut next = Vec::new();
    for &(layer, head) in others {
        source.weights.read(layer, head, &mut next);
        with(map, &next);
    }
}
