//! One run seen through a lens and filters: what all the pictures on screen are of.

use std::cell::RefCell;
use std::rc::Rc;

use super::extras::Extras;
use super::ran::Ran;
use crate::filter::{Filters, Plan};
use crate::four::FAST;
use crate::lens::{Choice, HeadSet, LensSpec, Source, Thumbnails, Weights};
use crate::view::label::Label;
use crate::view::sample::pooled;
use crate::view::script::direction;
use crate::view::words::{tr, tr_with};
use crate::view::{Focus, Map, Maps};

/// Thumbnails by their layer, head and side. They are found in a list, for the standard library's maps are 2 kB.
type Made = Vec<((usize, usize, usize), Rc<Vec<f32>>)>;

/// A run, and how it is looked at. Made anew when either changes; which layer and head are selected is not part of it.
pub struct Study {
    pub ran: Rc<Ran>,
    pub lens: &'static LensSpec,
    pub filters: Filters,
    pub heads: Rc<HeadSet>,
    /// The first layer of a rollout.
    pub from: usize,
    pub extras: Rc<Extras>,
    pub plan: Plan,
    /// Of the rows of the lens's maps.
    pub queries: Vec<Label>,
    /// Of the columns.
    pub keys: Vec<Label>,
    pub right_to_left: bool,
    /// Maps over tokens are read into it. // (T, T)
    tokens: RefCell<Vec<f32>>,
    /// And of thumbnails they are filtered into it.
    read_into: RefCell<Map>,
    /// Thumbnails that were made, shared with studies that have the same.
    thumbnails: Rc<RefCell<Made>>,
}

impl PartialEq for Study {
    /// The same study, not an equal one.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Study {
    pub fn new(
        ran: Rc<Ran>,
        lens: &'static LensSpec,
        filters: Filters,
        heads: Rc<HeadSet>,
        from: usize,
        extras: Rc<Extras>,
    ) -> Self {
        let filters = filters.suited_to(lens);
        let plan = Plan::new(&ran.map().labels, &ran.map().tokens, &ran.map().axes, &ran.texts, &filters);
        let named = |units: &[usize]| units.iter().map(|&unit| plan.units[unit].label.clone()).collect();
        let queries = if lens.one_row { vec![Label::of_all_rows()] } else { named(&plan.queries) };
        Self {
            queries,
            keys: named(&plan.keys),
            right_to_left: ran.texts.iter().any(|text| direction(text) == Some(true)),
            tokens: RefCell::default(),
            read_into: RefCell::default(),
            thumbnails: Rc::default(),
            ran,
            lens,
            filters,
            heads,
            from,
            extras,
            plan,
        }
    }

    /// Which layers and heads a number of the map is of, with (`layer`, `head`) selected.
    pub fn place(&self, layer: usize, head: usize) -> String {
        let place = self.heads_named(layer, head);
        match self.ran.maps.len() {
            1 => place,
            _ => tr_with("{0}, {1}", &[&tr(self.ran.map().kind.name()), &place]),
        }
    }

    fn heads_named(&self, layer: usize, head: usize) -> String {
        let (of, heads) = (layer.to_string(), self.heads.to_string());
        match self.lens.id {
            "mean" | "max" if self.heads.is_empty() => tr_with("all heads of layer {0}", &[&of]),
            "mean" | "max" | "received" if !self.heads.is_empty() => tr_with("chosen heads {0}", &[&heads]),
            "norm" if self.heads.iter().any(|chosen| chosen.0 == layer) => {
                let inside = self.heads.iter().filter(|chosen| chosen.0 == layer);
                let inside = inside.map(|(layer, head)| format!("{layer}.{head}")).collect::<Vec<_>>();
                tr_with("chosen heads {0}", &[&inside.join(" ")])
            }
            "value-zeroing" => tr_with("all of layer {0}", &[&of]),
            "rollout" => tr_with("layers {0} to {1}", &[&self.from.min(layer).to_string(), &of]),
            _ => tr_with("layer {0} head {1}", &[&of, &head.to_string()]),
        }
    }

    /// The unit of each row; none where one row stands for all.
    pub fn query_units(&self) -> &[usize] {
        if self.lens.one_row { &[] } else { &self.plan.queries }
    }

    /// The row of a unit.
    pub fn query_of(&self, unit: usize) -> Option<usize> {
        self.query_units().iter().position(|&known| known == unit)
    }

    /// The column of a unit.
    pub fn key_of(&self, unit: usize) -> Option<usize> {
        self.plan.keys.iter().position(|&known| known == unit)
    }

    /// Whether a unit has no place among those that can be looked at: as a key, or, of a translation, as a query.
    pub fn hides(&self, unit: usize) -> bool {
        self.key_of(unit).is_none() && (self.ran.map().axes.is_square() || self.query_of(unit).is_none())
    }

    /// A focus on units as one on positions.
    pub fn placed(&self, focus: Focus) -> Focus {
        // The one row of all words is every word's.
        let query = |unit| if self.lens.one_row { Some(0) } else { self.query_of(unit) };
        match focus {
            Focus::Token(unit) if self.lens.one_row => self.key_of(unit).map_or(Focus::Nothing, Focus::Key),
            focus => focus.mapped(query, |unit| self.key_of(unit)),
        }
    }

    /// A cell's position as a focus on units.
    pub fn cell(&self, query: usize, key: usize) -> Focus {
        match (self.query_units().get(query), self.plan.keys.get(key)) {
            (Some(&query), Some(&key)) => Focus::Cell { query, key },
            (None, Some(&key)) => Focus::Key(key),
            _ => Focus::Nothing,
        }
    }

    /// The map with (`layer`, `head`) selected.
    pub fn map(&self, layer: usize, head: usize) -> Map {
        let mut map = Map::default();
        self.read(layer, head, &mut map);
        map
    }

    /// Takes over what was made of thumbnails that are the same.
    pub fn take_over(&mut self, before: &Self) {
        if FAST && self.has_thumbnails_of(before) {
            self.thumbnails = before.thumbnails.clone();
        }
    }

    /// Whether the grid shows the same as that of another study.
    pub fn has_thumbnails_of(&self, other: &Self) -> bool {
        let plain = |study: &Self| {
            study.lens.thumbnails == Thumbnails::Weights || study.lens.id == crate::lens::LENSES[0].id
        };
        let same_lens = || self.lens == other.lens && self.from == other.from && self.extras == other.extras;
        *self.ran == *other.ran
            && self.filters == other.filters
            && (plain(self) && plain(other) || same_lens())
    }

    /// Whether the weights are there that the lens takes with (`layer`, `head`) selected. All are, of a run; of a stored
    /// trace perhaps not.
    pub fn has(&self, layer: usize, head: usize) -> bool {
        let (layers, heads) = self.ran.shape();
        let taken = match (self.lens.thumbnails, self.lens.one_row) {
            (Thumbnails::Layers, _) => HeadSet::all(layers, heads),
            (Thumbnails::Weights, _) if self.heads.is_empty() => HeadSet::of_layer(layer, heads),
            (Thumbnails::Weights, _) | (_, true) if !self.heads.is_empty() => (*self.heads).clone(),
            _ => return self.ran.has(layer, head),
        };
        taken.iter().all(|(layer, head)| self.ran.has(layer, head))
    }

    fn source(&self, layer: usize) -> Source<'_> {
        Source {
            weights: &*self.ran.map().weights,
            values: self.extras.values.as_deref(),
            zeroing: self.extras.zeroing(layer),
        }
    }

    fn read_with(&self, lens: &LensSpec, heads: &HeadSet, (layer, head): (usize, usize), map: &mut Map) {
        let rows = if lens.one_row { 1 } else { self.ran.map().axes.rows.len() };
        if lens.thumbnails == Thumbnails::Layers && layer >= self.from {
            let mut kept = self.ran.map().rollouts.borrow_mut();
            self.plan.apply(kept.to(&self.source(layer), self.from, layer), rows, map);
        } else {
            let mut over_tokens = self.tokens.borrow_mut();
            (lens.read)(
                &self.source(layer),
                &Choice { layer, head, heads, from: self.from },
                &mut over_tokens,
            );
            self.plan.apply(&over_tokens, rows, map);
        }
    }
}

impl Maps for Study {
    fn layers(&self) -> usize {
        self.ran.map().weights.layers()
    }

    fn heads(&self) -> usize {
        self.ran.map().weights.heads()
    }

    fn thumbnails(&self) -> Thumbnails {
        self.lens.thumbnails
    }

    fn is_whole(&self) -> bool {
        self.ran.map().weights.is_whole()
    }

    fn is_ready(&self, layer: usize) -> bool {
        self.source(layer).suffices(self.lens)
    }

    fn has(&self, layer: usize, head: usize) -> bool {
        self.ran.has(layer, head)
    }

    fn read(&self, layer: usize, head: usize, map: &mut Map) {
        self.read_with(self.lens, &self.heads, (layer, head), map);
    }

    fn read_thumbnail(&self, layer: usize, head: usize, map: &mut Map) {
        let none = HeadSet::default();
        match self.lens.thumbnails {
            Thumbnails::Weights => self.read_with(&crate::lens::LENSES[0], &none, (layer, head), map),
            Thumbnails::Heads | Thumbnails::Layers => self.read_with(self.lens, &none, (layer, head), map),
        }
    }

    fn pooled_thumbnail(&self, layer: usize, head: usize, side: usize) -> Rc<Vec<f32>> {
        if !FAST {
            let mut map = Map::default();
            self.read_thumbnail(layer, head, &mut map);
            return Rc::new(pooled(&map.weights, map.shape(), (side, side)));
        }
        let key = (layer, head, side);
        let known = self.thumbnails.borrow().iter().find(|made| made.0 == key).map(|made| made.1.clone());
        known.unwrap_or_else(|| {
            let mut map = self.read_into.take();
            self.read_thumbnail(layer, head, &mut map);
            let pixels = Rc::new(pooled(&map.weights, map.shape(), (side, side)));
            self.read_into.replace(map);
            // Of lenses that are computed layer by layer there may be more to come.
            if self.is_ready(layer) {
                let mut made = self.thumbnails.borrow_mut();
                // Of a grid in another size, not of all that it ever had.
                if made.len() >= 2 * self.layers() * self.heads() {
                    made.clear();
                }
                made.push((key, pixels.clone()));
            }
            pixels
        })
    }

    fn weights(&self) -> &dyn Weights {
        &*self.ran.map().weights
    }
}
