//! Value zeroing (Mohebbi et al. 2023, equations 4 to 6): C_ij = cos-distance(x_i, x_i without the value of j), each row
//! divided by its sum.

use super::{Choice, Source};

/// The distances come computed, of the selected layer; a row that moved nowhere is zeros.
pub fn read(source: &Source, _choice: &Choice, map: &mut Vec<f32>) {
    map.clear();
    let (queries, keys) = source.weights.shape();
    let Some(distances) = source.zeroing.filter(|distances| distances.len() == queries * keys) else {
        return;
    };
    // Rounding can put the distance of two equal vectors below nothing.
    map.extend(distances.iter().map(|distance| distance.max(0.0)));
    for row in map.chunks_exact_mut(keys.max(1)) {
        let sum: f32 = row.iter().sum();
        if sum > 0.0 {
            row.iter_mut().for_each(|distance| *distance /= sum);
        }
    }
}
