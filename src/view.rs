//! Pictures of attention, as pure functions: a [`Scene`] and a [`ViewState`] in, a [`Picture`] out.
//!
//! A view lays out a scene once for each run and size; the [`Layout`] then paints, and knows what lies where.
//! Nothing here knows of the DOM. A picture is a short list of marks (one image of pixels, some text, some
//! outlines) that `page::canvas` draws on a canvas. [`VIEWS`] and [`colormap::COLORMAPS`] are the tables;
//! menus, attributes and tests iterate them.

pub mod colormap;
pub mod figures;
pub mod grid;
pub mod label;
pub mod matrix;
pub mod picture;
pub mod sample;
pub mod theme;

use std::rc::Rc;

use colormap::Ramp;
use label::Label;
use picture::{Measure, Picture};

/// A way to look at a trace.
pub struct ViewSpec {
    /// The `view` attribute's value.
    pub id: &'static str,
    /// Its heading.
    pub name: &'static str,
    /// What its spots are.
    pub shows: Shows,
    pub lay_out: fn(&Scene, Size, &dyn Measure) -> Rc<dyn Layout>,
}

impl PartialEq for ViewSpec {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What can be chosen in a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// One head of all.
    Heads,
    /// One cell of the selected head's map.
    Cells,
}

/// What lies at a point of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Head { layer: usize, head: usize },
    Cell { query: usize, key: usize },
}

/// Where the parts of one scene's picture stand on one size of canvas. Lengths are in CSS pixels.
pub trait Layout {
    /// The height that it needs; without one it fits itself into what it was given.
    fn height(&self) -> Option<f64>;
    /// What lies at a point.
    fn at(&self, x: f64, y: f64) -> Option<Spot>;
    /// The numbers that its canvas states as `data-` attributes (`page.rs` says what they mean).
    fn places(&self) -> Vec<(&'static str, f64)>;
    /// Several weights share a device pixel.
    fn shrinks(&self) -> bool;
    /// What changes only with the run, the head or the scale.
    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture;
    /// What changes with the pointer, laid over it.
    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture;
}

/// Every view. An element without a `view` attribute shows all of them side by side.
pub const VIEWS: &[ViewSpec] = &[
    ViewSpec { id: "grid", name: "All heads", shows: Shows::Heads, lay_out: grid::lay_out },
    ViewSpec { id: "matrix", name: "One head", shows: Shows::Cells, lay_out: matrix::lay_out },
];

/// What a view is of: one run's maps, and the words on their axes.
pub struct Scene<'a> {
    pub weights: &'a dyn Weights,
    /// The selected head's map, already read.
    pub map: &'a HeadMap,
    pub queries: &'a [Label],
    pub keys: &'a [Label],
}

/// What the reader chose and points at.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewState {
    pub layer: usize,
    pub head: usize,
    pub scale: Scale,
    pub ramp: Ramp,
    pub focus: Focus,
    /// The thumbnail under the pointer, (layer, head).
    pub hovered_head: Option<(usize, usize)>,
}

/// What is picked out of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    Nothing,
    Cell {
        query: usize,
        key: usize,
    },
    /// A token, which stands on both axes.
    Token(usize),
}

impl Focus {
    /// The row that is picked out.
    pub fn query(self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Cell { query, .. } => Some(query),
            Self::Token(token) => Some(token),
        }
    }

    /// The column that is picked out.
    pub fn key(self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Cell { key, .. } => Some(key),
            Self::Token(token) => Some(token),
        }
    }
}

/// Size of a canvas: CSS pixels, and device pixels for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
    pub ratio: f64,
}

/// Attention weights of every head, read one head at a time, since all of them may be 75 MB.
pub trait Weights {
    fn layers(&self) -> usize;
    fn heads(&self) -> usize;
    /// (queries, keys)
    fn shape(&self) -> (usize, usize);
    /// Whether every weight is there. The buffer may belong to someone who gives it away.
    fn is_whole(&self) -> bool;
    /// Puts the map of (`layer`, `head`) into `map`, row-major, one row a query; zeros if it is not whole.
    fn read(&self, layer: usize, head: usize, map: &mut Vec<f32>);
}

/// One head's attention weights. // (queries, keys)
#[derive(Debug)]
pub struct HeadMap {
    pub queries: usize,
    pub keys: usize,
    pub weights: Vec<f32>,
}

impl PartialEq for HeadMap {
    /// The same map, not an equal one: there may be 262,144 weights to compare at each move of the pointer.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl HeadMap {
    /// Reads the map of (`layer`, `head`).
    pub fn read(weights: &dyn Weights, layer: usize, head: usize) -> Self {
        let (queries, keys) = weights.shape();
        let mut map = Vec::new();
        weights.read(layer, head, &mut map);
        Self { queries, keys, weights: map }
    }

    /// How much `query` attends to `key`.
    pub fn weight(&self, query: usize, key: usize) -> Option<f32> {
        if query < self.queries && key < self.keys {
            Some(self.weights[query * self.keys + key])
        } else {
            None
        }
    }

    /// The key that `query` attends to most, and how much.
    pub fn strongest_key(&self, query: usize) -> Option<(usize, f32)> {
        strongest((0..self.keys).filter_map(|key| Some((key, self.weight(query, key)?))))
    }

    /// The query that attends most to `key`, and how much.
    pub fn strongest_query(&self, key: usize) -> Option<(usize, f32)> {
        strongest((0..self.queries).filter_map(|query| Some((query, self.weight(query, key)?))))
    }
}

/// What the far end of the colours stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// A weight of 1, all of a row.
    #[default]
    Unit,
    /// The largest weight of the map that is painted.
    MapMax,
    /// The weight that 99 of 100 in the map that is painted do not exceed. What does takes the last colour too.
    Small,
}

/// Every scale with its name in addresses. The first is the default.
pub const SCALES: &[(Scale, &str)] =
    &[(Scale::Unit, "unit"), (Scale::MapMax, "max"), (Scale::Small, "small")];

impl Scale {
    /// Its name in addresses.
    pub fn id(self) -> &'static str {
        SCALES.iter().find(|(scale, _)| *scale == self).map_or("unit", |(_, id)| id)
    }

    /// The weight that the last colour stands for in a map of `weights`; 1 where they are all zero.
    pub fn end(self, weights: &[f32]) -> f32 {
        let end = match self {
            Self::Unit => 1.0,
            Self::MapMax => largest(weights),
            Self::Small => match bound_of_most(weights) {
                0.0 => largest(weights),
                bound => bound,
            },
        };
        if end > 0.0 { end } else { 1.0 }
    }
}

/// The largest weight, 0 where there is none.
fn largest(weights: &[f32]) -> f32 {
    weights.iter().fold(0.0, |max, &weight| if weight > max { weight } else { max })
}

/// The least weight that at least 99 of 100 do not exceed.
fn bound_of_most(weights: &[f32]) -> f32 {
    let Some(index) = (weights.len() * 99).div_ceil(100).checked_sub(1) else { return 0.0 };
    let mut weights = weights.to_vec();
    *weights.select_nth_unstable_by(index, f32::total_cmp).1
}

fn strongest(weights: impl Iterator<Item = (usize, f32)>) -> Option<(usize, f32)> {
    weights.fold(
        None,
        |best, next| if best.is_none_or(|(_, weight)| next.1 > weight) { Some(next) } else { best },
    )
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Weights held in a vector. // (layers, heads, queries, keys)
    pub struct Held {
        pub layers: usize,
        pub heads: usize,
        pub shape: (usize, usize),
        pub weights: Vec<f32>,
    }

    impl Weights for Held {
        fn layers(&self) -> usize {
            self.layers
        }

        fn heads(&self) -> usize {
            self.heads
        }

        fn shape(&self) -> (usize, usize) {
            self.shape
        }

        fn is_whole(&self) -> bool {
            self.weights.len() == self.layers * self.heads * self.shape.0 * self.shape.1
        }

        fn read(&self, layer: usize, head: usize, map: &mut Vec<f32>) {
            let len = self.shape.0 * self.shape.1;
            let start = (layer * self.heads + head) * len;
            map.clear();
            map.extend_from_slice(&self.weights[start..start + len]);
        }
    }

    #[test]
    fn a_head_map_knows_where_each_row_points() {
        let held = Held {
            layers: 1,
            heads: 2,
            shape: (2, 2),
            weights: vec![1.0, 0.0, 0.5, 0.5, 0.1, 0.9, 0.7, 0.3],
        };
        let map = HeadMap::read(&held, 0, 1);
        assert_eq!(map.weight(1, 0), Some(0.7));
        assert_eq!(map.weight(2, 0), None);
        assert_eq!(map.strongest_key(0), Some((1, 0.9)));
        assert_eq!(map.strongest_query(0), Some((1, 0.7)));
    }

    #[test]
    fn the_far_end_of_a_map_of_zeros_is_one() {
        for (scale, _) in SCALES {
            assert_eq!(scale.end(&[0.0, 0.0]), 1.0);
            assert_eq!(scale.end(&[]), 1.0);
        }
        assert_eq!(Scale::MapMax.end(&[0.25, 0.1]), 0.25);
        assert_eq!(Scale::Unit.end(&[0.25, 0.1]), 1.0);
    }

    #[test]
    fn the_scale_of_small_weights_leaves_one_in_a_hundred_above() {
        let mut weights: Vec<f32> = (1..=1000).map(|step| step as f32 / 1000.0).collect();
        weights.reverse();
        assert_eq!(Scale::Small.end(&weights), 0.99);
        assert_eq!(Scale::Small.end(&weights[..10]), 1.0);
        // Where nearly all are nothing, the few that are not set the scale.
        let mut sparse = vec![0.0; 1000];
        sparse[7] = 0.5;
        assert_eq!(Scale::Small.end(&sparse), 0.5);
    }

    #[test]
    fn views_and_scales_have_distinct_ids() {
        let mut ids: Vec<_> =
            VIEWS.iter().map(|view| view.id).chain(SCALES.iter().map(|scale| scale.1)).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
