//! Where each head stands in the grid, and what it does most.

use crate::habits::HABITS;
use crate::view::HeadOrder;
use crate::view::order::largest_first;

use super::state::{Habits, State};

/// What a head does is marked from this share of its attention on.
const MARKED: f32 = 0.4;

impl State {
    /// The heads as the grid has them: by layer and head, or, sorted by a habit, each layer's heads from the one with the
    /// most of it, and the layers by their first.
    pub fn head_order(&self) -> HeadOrder {
        let (layers, heads) = self.shape();
        let mut order: HeadOrder =
            (0..layers).map(|layer| (0..heads).map(|head| (layer, head)).collect()).collect();
        if let (Habits::Sorted(habit), Some(measured)) = (self.habits, self.measured_habits()) {
            let of = |&(layer, head): &(usize, usize)| {
                measured.get((layer * heads + head) * HABITS.len() + habit).copied().unwrap_or(0.0)
            };
            let sorted = |places: Vec<f32>| {
                let mut places: Vec<(f32, usize)> = places.into_iter().zip(0..).collect();
                largest_first(&mut places);
                places.into_iter().map(|(_, place)| place)
            };
            for row in &mut order {
                *row = sorted(row.iter().map(of).collect()).map(|head| row[head]).collect();
            }
            order = sorted(order.iter().map(|row| of(&row[0])).collect())
                .map(|layer| order[layer].clone())
                .collect();
        }
        order
    }

    /// For each head, (layers * heads), a short mark of what it gives most of its attention to, and how much; `None` where
    /// that is less than two fifths, or nothing has been measured.
    pub fn badges(&self) -> Vec<Option<(&'static str, f32)>> {
        let Some(measured) = self.measured_habits().filter(|_| self.habits != Habits::Off) else {
            return vec![];
        };
        let most = |head: &[f32]| {
            let shares = HABITS.iter().zip(head).filter_map(|(habit, &share)| Some((habit.mark?, share)));
            shares.filter(|(_, share)| *share >= MARKED).max_by(|a, b| a.1.total_cmp(&b.1))
        };
        measured.chunks_exact(HABITS.len()).map(most).collect()
    }

    /// One head's habits, (habits), where they have been measured.
    pub fn habits_of(&self, layer: usize, head: usize) -> Option<&[f32]> {
        let start = (layer * self.shape().1 + head) * HABITS.len();
        self.measured_habits()?.get(start..start + HABITS.len())
    }
}
