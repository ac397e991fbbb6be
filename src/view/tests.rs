use super::label::Label;
use super::*;
use crate::filter::Unit;
use crate::lens::{Thumbnails, Weights};

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
        match self.weights.get(start..start + len) {
            Some(weights) => map.extend_from_slice(weights),
            None => map.resize(len, 0.0),
        }
    }
}

/// The weights themselves, with no filter.
impl Maps for Held {
    fn layers(&self) -> usize {
        self.layers
    }

    fn heads(&self) -> usize {
        self.heads
    }

    fn thumbnails(&self) -> Thumbnails {
        Thumbnails::Heads
    }

    fn is_whole(&self) -> bool {
        Weights::is_whole(self)
    }

    fn is_ready(&self, _: usize) -> bool {
        true
    }

    fn read(&self, layer: usize, head: usize, map: &mut Map) {
        (map.queries, map.keys) = self.shape;
        Weights::read(self, layer, head, &mut map.weights);
        map.hidden = vec![0.0; map.queries];
    }

    fn read_thumbnail(&self, layer: usize, head: usize, map: &mut Map) {
        Maps::read(self, layer, head, map);
    }

    fn weights(&self) -> &dyn Weights {
        self
    }
}

impl Held {
    /// The map of one head.
    pub fn map(&self, layer: usize, head: usize) -> Map {
        let mut map = Map::default();
        Maps::read(self, layer, head, &mut map);
        map
    }

    /// Its heads in their own order.
    pub fn order(&self) -> Vec<Vec<(usize, usize)>> {
        (0..self.layers).map(|layer| (0..self.heads).map(|head| (layer, head)).collect()).collect()
    }
}

/// A scene of `held` with words on both axes, its first head selected.
pub fn with_scene<R>(held: &Held, words: &[&str], run: impl FnOnce(&Scene) -> R) -> R {
    let labels: Vec<Label> = words.iter().map(|word| label::tests::label(word)).collect();
    let units: Vec<Unit> = labels
        .iter()
        .enumerate()
        .map(|(at, label)| Unit { label: label.clone(), tokens: at..at + 1, punctuation: false })
        .collect();
    let positions: Vec<usize> = (0..words.len()).collect();
    run(&Scene {
        maps: held,
        map: &held.map(0, 0),
        queries: &labels,
        keys: &labels,
        units: &units,
        tokens: &labels,
        query_units: &positions,
        key_units: &positions,
        texts: &[words.join(" ")],
        right_to_left: false,
        neurons: None,
        order: &held.order(),
        badges: &[],
    })
}

/// Nothing chosen, the first head selected, numbers from 0 to 1.
pub fn view_state() -> ViewState {
    ViewState {
        layer: 0,
        head: 0,
        heads: Rc::default(),
        scale: Scale::Unit,
        threshold: 0.0,
        ramp: colormap::COLORMAPS[0].ramp(),
        bounded: true,
        focus: Focus::Nothing,
        words: Rc::default(),
        direction: Direction::From,
        hovered_head: None,
        window: Window::default(),
    }
}

#[test]
fn views_and_scales_have_distinct_ids_and_views_distinct_keys() {
    let mut ids: Vec<_> =
        VIEWS.iter().flat_map(|view| [view.id, view.key]).chain(SCALES.iter().map(|scale| scale.1)).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
