//! 1/T Σ_i A_ij: what each token receives from all on average, in the selected head or the mean of the chosen ones.

use super::{Choice, Source, mean};
use crate::four;

pub fn read(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    if choice.heads.is_empty() {
        source.weights.read(choice.layer, choice.head, map);
    } else {
        mean::read_mean(source, choice, map);
    }
    let (queries, keys) = source.weights.shape();
    let Some((received, rows)) = map.split_at_mut_checked(keys) else { return };
    for row in rows.chunks_exact(keys.max(1)) {
        four::add(received, row);
    }
    four::divide(received, queries as f32);
    map.truncate(keys); // (1, T)
}
