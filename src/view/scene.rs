//! What a view is of, as the lens shows it and the filters leave it.

use std::rc::Rc;

use super::label::Label;
use super::map::Map;
use super::sample;
use crate::filter::Unit;
use crate::lens::{Thumbnails, Weights};

/// What a view is of: one run's maps, and the words on their axes.
pub struct Scene<'a> {
    pub maps: &'a dyn Maps,
    /// The selected map, already read.
    pub map: &'a Map,
    /// Of the rows of every map. A lens of one row for all queries has one label here.
    pub queries: &'a [Label],
    /// Of the columns.
    pub keys: &'a [Label],
    /// The text's words, or tokens, those that the filters hide too.
    pub units: &'a [Unit],
    /// The text's tokens, whatever the filters and the merging of words make of them.
    pub tokens: &'a [Label],
    /// The unit of each row; empty where one row stands for all.
    pub query_units: &'a [usize],
    /// The unit of each column.
    pub key_units: &'a [usize],
    /// The text, or the two, as they were typed.
    pub texts: &'a [String],
    /// Whether the first of them runs from right to left.
    pub right_to_left: bool,
    /// The selected head's projections, once they are there.
    pub neurons: Option<&'a Neurons>,
    /// Which head stands where in the grid, row by row.
    pub order: &'a [Vec<(usize, usize)>],
    /// What each head does most, (layers * heads), empty where it isn't known: a short mark and how much of it.
    pub badges: &'a [Option<(&'static str, f32)>],
}

/// Which (layer, head) stands where in the grid, row by row.
pub type HeadOrder = Vec<Vec<(usize, usize)>>;

/// Every head's map, as the lens shows it and the filters leave it.
pub trait Maps {
    fn layers(&self) -> usize;
    fn heads(&self) -> usize;
    /// What the grid shows with this lens.
    fn thumbnails(&self) -> Thumbnails;
    /// Whether every weight is there. The buffer may belong to someone who gives it away.
    fn is_whole(&self) -> bool;
    /// Whether all that the lens needs of a layer is there. Maps of one that is not are not read.
    fn is_ready(&self, layer: usize) -> bool;
    /// Whether the weights of (`layer`, `head`) are there. Of a stored trace some may not be.
    fn has(&self, _layer: usize, _head: usize) -> bool {
        true
    }
    /// The lens's map with (`layer`, `head`) selected.
    fn read(&self, layer: usize, head: usize, map: &mut Map);
    /// The map of the grid's thumbnail (`layer`, `head`), which [`Maps::thumbnails`] explains.
    fn read_thumbnail(&self, layer: usize, head: usize, map: &mut Map);
    /// The same map in a square of `side` pixels, each the largest number that it covers; empty where there is no map.
    fn pooled_thumbnail(&self, layer: usize, head: usize, side: usize) -> Rc<Vec<f32>> {
        let mut map = Map::default();
        self.read_thumbnail(layer, head, &mut map);
        Rc::new(sample::pooled(&map.weights, map.shape(), (side, side)))
    }
    /// The attention weights as the model has them, without lens or filters, by token.
    fn weights(&self) -> &dyn Weights;
}

/// One head's queries and keys: a score is `query · key / √width`, and a row's softmax of scores its weights.
#[derive(Debug)]
pub struct Neurons {
    pub layer: usize,
    pub head: usize,
    /// K
    pub width: usize,
    pub queries: Vec<f32>, // (T, K)
    pub keys: Vec<f32>,    // (T, K)
}

impl PartialEq for Neurons {
    /// The same, not equal ones.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
