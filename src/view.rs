//! Pictures of attention, as pure functions: a [`Scene`] and a [`ViewState`] in, a [`Picture`] out.
//!
//! A view lays out a scene once for each run and size; the [`Layout`] then paints, and knows what lies where.
//! Nothing here knows of the DOM. A picture is a short list of marks (one image of pixels, some text, some
//! outlines) that `page::canvas` draws on a canvas and [`svg`] writes as a file. [`VIEWS`], [`scale::SCALES`] and
//! [`colormap::COLORMAPS`] are the tables; menus, attributes and tests iterate them.

pub mod bar;
pub mod caption;
pub mod chosen;
pub mod colormap;
pub mod csv;
pub mod figures;
pub mod focus;
pub mod functions;
pub mod graphemes;
pub mod grid;
pub mod label;
pub mod layers;
pub mod lines;
pub mod map;
pub mod matrix;
#[cfg(any(feature = "engine", feature = "inspections"))]
pub mod neuron;
pub mod order;
pub mod picture;
pub mod sample;
pub mod scale;
pub mod scene;
pub mod script;
pub mod svg;
pub mod text;
pub mod theme;
pub mod window;
pub mod words;

use std::rc::Rc;

use colormap::Ramp;
pub use focus::Focus;
pub use map::Map;
#[cfg(any(feature = "engine", feature = "inspections"))]
use picture::Image;
use picture::{Measure, Picture};
pub use scale::{SCALES, Scale, Shading};
pub use scene::{HeadOrder, Maps, Neurons, Scene};
pub use window::Window;

use crate::lens::HeadSet;

/// A way to look at a trace.
pub struct ViewSpec {
    /// The `view` attribute's value.
    pub id: &'static str,
    /// The `::part` of its canvas or table.
    pub part: &'static str,
    /// Its name in the page.
    pub name: &'static str,
    /// The key that shows it.
    pub key: &'static str,
    /// What it is a picture of.
    pub shows: Shows,
    /// None where the page writes it as a table, which is no picture.
    pub lay_out: Option<LayOut>,
}

/// Fits a scene into a size.
pub type LayOut = fn(&Scene, &ViewState, Size, &dyn Measure) -> Rc<dyn Layout>;

impl PartialEq for ViewSpec {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What a view is a picture of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// All heads, one of which can be chosen.
    Heads,
    /// The selected map.
    Map,
    /// What the chosen words give or get, in the selected map.
    Words,
    /// The same in every layer.
    Layers,
    /// How one weight comes about.
    Neuron,
}

/// What lies at a point of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Head {
        layer: usize,
        head: usize,
    },
    /// Positions on the axes.
    Cell {
        query: usize,
        key: usize,
    },
    /// A row's word, by its position.
    Query(usize),
    /// A column's word, by its position.
    Key(usize),
    /// A word of the text, by its unit.
    Unit(usize),
    /// A column in the row of a layer.
    LayerKey {
        layer: usize,
        key: usize,
    },
    /// Likewise where the columns are the rows' words.
    LayerQuery {
        layer: usize,
        query: usize,
    },
}

/// Where the parts of one scene's picture stand on one size of canvas. Lengths are in CSS pixels.
pub trait Layout {
    /// The height that it needs; without one it fits itself into what it was given.
    fn height(&self) -> Option<f64>;
    /// Where its picture ends: at its height, or before the end of what it was given.
    fn foot(&self) -> Option<f64> {
        self.height()
    }
    /// What lies at a point.
    fn at(&self, x: f64, y: f64) -> Option<Spot>;
    /// The numbers that its canvas states as `data-` attributes (`page.rs` says what they mean).
    fn places(&self) -> Vec<(&'static str, f64)>;
    /// Several weights share a device pixel.
    fn shrinks(&self) -> bool {
        false
    }
    /// The window that shows it `factor` times as large, with what is at the point `from` moved to the point `to`. None
    /// where all is shown, always.
    fn moved(&self, _factor: f64, _from: (f64, f64), _to: (f64, f64)) -> Option<Window> {
        None
    }
    /// What changes with the run, the head, the lens, the filters or the scale, but not with the pointer.
    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture;
    /// The same for a screen that is not to wait for all of it: what comes first, and how many images follow.
    #[cfg(any(feature = "engine", feature = "inspections"))]
    fn begin(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> (Picture, usize) {
        (self.paint(scene, state, measure), 0)
    }
    /// The image in that place of those that follow what [`Layout::begin`] painted; None where nothing is to be seen of it.
    #[cfg(any(feature = "engine", feature = "inspections"))]
    fn follow(&self, _: &Scene, _: &ViewState, _at: usize) -> Option<Image> {
        None
    }
    /// What changes with the pointer, laid over it.
    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture;
    /// What the picture leaves out, or has to be known to read it rightly, in whole sentences.
    fn said(&self, _scene: &Scene, _state: &ViewState) -> Vec<String> {
        Vec::new()
    }
}

/// Every view.
pub const VIEWS: &[ViewSpec] = &[
    ViewSpec {
        id: "grid",
        part: "grid",
        name: "All heads",
        key: "g",
        shows: Shows::Heads,
        lay_out: Some(grid::lay_out),
    },
    ViewSpec {
        id: "matrix",
        part: "matrix",
        name: "Matrix",
        key: "m",
        shows: Shows::Map,
        lay_out: Some(matrix::lay_out),
    },
    ViewSpec {
        id: "lines",
        part: "lines",
        name: "Lines",
        key: "l",
        shows: Shows::Map,
        lay_out: Some(lines::lay_out),
    },
    ViewSpec {
        id: "text",
        part: "shaded-text",
        name: "Text",
        key: "t",
        shows: Shows::Words,
        lay_out: Some(text::lay_out),
    },
    ViewSpec {
        id: "layers",
        part: "layers",
        name: "Layers",
        key: "y",
        shows: Shows::Layers,
        lay_out: Some(layers::lay_out),
    },
    #[cfg(any(feature = "engine", feature = "inspections"))]
    ViewSpec {
        id: "neuron",
        part: "neuron",
        name: "Neuron",
        key: "n",
        shows: Shows::Neuron,
        lay_out: Some(neuron::lay_out),
    },
    ViewSpec { id: "table", part: "table", name: "Table", key: "b", shows: Shows::Map, lay_out: None },
];

/// What the reader chose and points at.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewState {
    pub layer: usize,
    pub head: usize,
    /// Chosen beside the selected head, for lenses and views that take several.
    pub heads: Rc<HeadSet>,
    pub scale: Scale,
    /// Numbers below it are left out.
    pub threshold: f32,
    pub ramp: Ramp,
    /// The map's largest number is 1 or less, so that [`Scale::Unit`] means something.
    pub bounded: bool,
    /// In positions on the axes.
    pub focus: Focus,
    /// The words pointed at or chosen, by their units; none means the whole text.
    pub words: Rc<[usize]>,
    pub direction: Direction,
    /// The thumbnail under the pointer, (layer, head).
    pub hovered_head: Option<(usize, usize)>,
    pub window: Window,
}

impl ViewState {
    /// How a map is coloured: where its numbers have no bound, the unit scale would be an arbitrary one, and the map's
    /// largest number takes its place.
    pub fn shading(&self, weights: &[f32]) -> Shading<'_> {
        let scale = if self.bounded || self.scale != Scale::Unit { self.scale } else { Scale::MapMax };
        Shading { ramp: &self.ramp, end: scale.end(weights), scale, threshold: self.threshold }
    }
}

/// Which way chosen words are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// What they attend to: their rows.
    #[default]
    From,
    /// What attends to them: their columns.
    To,
}

/// Size of a canvas: CSS pixels, and device pixels for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
    pub ratio: f64,
}

#[cfg(test)]
pub mod tests;
