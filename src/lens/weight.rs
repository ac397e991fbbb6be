//! A_h: the selected head's attention weights, as the model made them.

use super::{Choice, Source};

pub fn read(source: &Source, choice: &Choice, map: &mut Vec<f32>) {
    source.weights.read(choice.layer, choice.head, map); // (T, T)
}
