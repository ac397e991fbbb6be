//! What the engine computes of a run when a lens or a view asks for it.

use std::rc::Rc;

use crate::inspection::Inspection;
use crate::view::Neurons;

/// Something to be computed of a text that has been run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Inspect(Inspection),
    /// What each head does, in this text or in the built-in sentences.
    Habits {
        built_in: bool,
    },
}

impl PartialEq for Extras {
    /// The same, not equal ones.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// What has been computed of one run. Cheap to clone.
#[derive(Clone, Default)]
pub struct Extras {
    pub values: Option<Rc<[f32]>>, // (L, T, H, H)
    /// By layer.
    zeroing: Vec<Zeroing>,
    pub neurons: Option<Rc<Neurons>>,
    /// What each head does in this text. // (L, H, habits)
    pub habits: Option<Rc<[f32]>>,
}

#[derive(Clone)]
struct Zeroing {
    layer: usize,
    /// For so many tokens.
    done: usize,
    distances: Rc<[f32]>, // (T, T)
}

/// Rows of work in one ask for value zeroing, so that what is typed meanwhile waits a tenth of a second at most.
const ROWS: usize = 1024;

impl Extras {
    /// The distances of a layer, once they are complete. // (T, T)
    pub fn zeroing(&self, layer: usize) -> Option<&[f32]> {
        let zeroing = self.zeroing.iter().find(|zeroing| zeroing.layer == layer)?;
        (zeroing.done * zeroing.done == zeroing.distances.len()).then_some(&*zeroing.distances)
    }

    /// How much of a layer's distances is there, from 0 to 1.
    pub fn zeroing_progress(&self, layer: usize, tokens: usize) -> f32 {
        let done =
            self.zeroing.iter().find(|zeroing| zeroing.layer == layer).map_or(0, |zeroing| zeroing.done);
        done as f32 / tokens.max(1) as f32
    }

    /// What to ask for next, until a layer of so many tokens is complete.
    pub fn next_zeroing(&self, layer: usize, tokens: usize) -> Option<Ask> {
        let from =
            self.zeroing.iter().find(|zeroing| zeroing.layer == layer).map_or(0, |zeroing| zeroing.done);
        let to = (from + (ROWS / tokens.max(1)).max(1)).min(tokens);
        (from < tokens).then_some(Ask::Inspect(Inspection::ValueZeroing { layer, from, to }))
    }

    /// Takes an answer in; `false` where it has not the size that was asked for. `tokens` is T.
    pub fn take(&mut self, ask: Ask, values: Vec<f32>, tokens: usize) -> bool {
        match ask {
            Ask::Inspect(Inspection::Values) => {
                self.values = Some(values.into());
                true
            }
            Ask::Inspect(Inspection::ValueZeroing { layer, from, to }) => {
                self.take_zeroing(layer, from..to, &values, tokens)
            }
            Ask::Inspect(Inspection::Neuron { layer, head }) => {
                let (half, width) = (values.len() / 2, values.len() / (2 * tokens.max(1)));
                if width * tokens != half || half * 2 != values.len() {
                    return false;
                }
                let (queries, keys) = (values[..half].to_vec(), values[half..].to_vec());
                self.neurons = Some(Rc::new(Neurons { layer, head, width, queries, keys }));
                true
            }
            Ask::Habits { .. } => {
                self.habits = Some(values.into());
                true
            }
        }
    }

    /// (T, to - from) distances into their columns.
    fn take_zeroing(
        &mut self,
        layer: usize,
        range: std::ops::Range<usize>,
        values: &[f32],
        tokens: usize,
    ) -> bool {
        let width = range.len();
        let at = self.zeroing.iter().position(|zeroing| zeroing.layer == layer).unwrap_or_else(|| {
            let distances = vec![0.0; tokens * tokens].into();
            self.zeroing.push(Zeroing { layer, done: 0, distances });
            self.zeroing.len() - 1
        });
        let zeroing = &mut self.zeroing[at];
        if values.len() != tokens * width || range.start != zeroing.done {
            return false;
        }
        let distances = Rc::make_mut(&mut zeroing.distances);
        for (row, values) in distances.chunks_exact_mut(tokens).zip(values.chunks_exact(width)) {
            row[range.clone()].copy_from_slice(values);
        }
        zeroing.done = range.end;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_zeroing_is_complete_after_its_last_range() {
        let mut extras = Extras::default();
        let tokens = 300;
        let mut asks = 0;
        while let Some(ask @ Ask::Inspect(Inspection::ValueZeroing { layer: 2, from, to })) =
            extras.next_zeroing(2, tokens)
        {
            assert!(extras.zeroing(2).is_none());
            let values = (0..tokens).flat_map(|row| (from..to).map(move |key| (row * tokens + key) as f32));
            assert!(extras.take(ask, values.collect(), tokens));
            asks += 1;
        }
        assert_eq!(asks, 100);
        let wanted: Vec<f32> = (0..tokens * tokens).map(|at| at as f32).collect();
        assert_eq!(extras.zeroing(2), Some(&wanted[..]));
        assert!(extras.zeroing(1).is_none());
    }

    #[test]
    fn an_answer_of_another_size_is_not_taken() {
        let zeroing = |from, to| Ask::Inspect(Inspection::ValueZeroing { layer: 0, from, to });
        let neuron = Ask::Inspect(Inspection::Neuron { layer: 0, head: 0 });
        let mut extras = Extras::default();
        assert!(!extras.take(zeroing(0, 2), vec![0.0; 5], 3));
        assert!(!extras.take(zeroing(1, 2), vec![0.0; 3], 3));
        assert!(!extras.take(neuron, vec![0.0; 7], 2));
        assert!(extras.take(neuron, vec![0.0; 8], 2));
        assert_eq!(extras.neurons.map(|neurons| neurons.width), Some(2));
    }
}
