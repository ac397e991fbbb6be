//! ‖Σ_{h in S} α_ij^h f_h(x_j)‖ (Kobayashi et al. 2020, equations 2 to 6): how long the vector is that j adds to i.
//!
//! f_h(x) = (x W_V^h + b_V^h) W_O^h is what head h would add at a weight of 1. With the scalar products
//! G_j^{hh'} = <f_h(x_j), f_h'(x_j)>, the squared norm is Σ_hh' α_ij^h α_ij^h' G_j^{hh'}, so the norm of any set of a
//! layer's heads comes without the vectors themselves.

use super::{Choice, Source};

/// S is the chosen heads of the selected layer, or the selected head where none of them is in it.
pub fn read(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    map.clear();
    let layer = choice.layer;
    let (queries, keys) = source.weights.shape();
    let count = source.weights.heads();
    let products = source
        .values
        .filter(|values| values.len() == source.weights.layers() * keys * count * count)
        .and_then(|values| values.chunks_exact((keys * count * count).max(1)).nth(layer)); // (T, H, H)
    let Some(products) = products else { return };

    let mut heads: Vec<usize> =
        choice.heads.iter().filter(|chosen| chosen.0 == layer).map(|chosen| chosen.1).collect();
    if heads.is_empty() {
        heads.push(choice.head);
    }
    let maps: Vec<Vec<f32>> = heads
        .iter()
        .map(|&head| {
            let mut map = Vec::new();
            source.weights.read(layer, head, &mut map);
            map
        })
        .collect(); // (|S|, T, T)

    map.resize(queries * keys, 0.0);
    let mut products_of_pair = vec![0.0; keys]; // (T)
    for (a, &head_a) in heads.iter().enumerate() {
        // The matrix is symmetric: each pair of different heads stands in the sum twice.
        for (b, &head_b) in heads.iter().enumerate().skip(a) {
            let times = if a == b { 1.0 } else { 2.0 };
            for (product, of_key) in products_of_pair.iter_mut().zip(products.chunks_exact(count * count)) {
                *product = times * of_key[head_a * count + head_b];
            }
            for ((row, row_a), row_b) in
                map.chunks_exact_mut(keys).zip(maps[a].chunks_exact(keys)).zip(maps[b].chunks_exact(keys))
            {
                for (((sum, weight_a), weight_b), product) in
                    row.iter_mut().zip(row_a).zip(row_b).zip(&products_of_pair)
                {
                    *sum += weight_a * weight_b * product;
                }
            }
        }
    }
    // Vectors that cancel may leave a sum that rounding has put below nothing.
    map.iter_mut().for_each(|squared| *squared = squared.max(0.0).sqrt());
}
