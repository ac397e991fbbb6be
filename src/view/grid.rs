//! All heads at once: a thumbnail a head, a row a layer; or one a layer, where the lens has one map for all its heads.

mod frame;

use std::rc::Rc;

use frame::{column_number, frame, row_number};

use super::figures::counted;
use super::map::Map;
use super::picture::{Image, Ink, Mark, Measure, Picture, Rect};
use super::sample::colors;
use super::words::tr_with;
use super::{Layout, Scene, Size, Spot, ViewState};
use crate::lens::Thumbnails;

/// Where the thumbnails stand, in CSS pixels that are whole device pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct GridLayout {
    pub origin_x: f64,
    pub origin_y: f64,
    /// Side of a thumbnail.
    pub side: f64,
    /// From one thumbnail's left edge to the next one's.
    pub pitch: f64,
    /// From one thumbnail's upper edge to the next one's.
    pub row_pitch: f64,
    /// The (layer, head) of each thumbnail, row by row.
    order: Vec<Vec<(usize, usize)>>,
    /// A thumbnail is a layer's, whichever of its heads is selected.
    whole_layers: bool,
    /// Of the longer axis of each map.
    tokens: usize,
    ratio: f64,
}

/// The grid of a scene's heads, square and as wide as `size`.
pub fn lay_out(scene: &Scene, _: &ViewState, size: Size, _: &dyn Measure) -> Rc<dyn Layout> {
    let whole_layers = scene.maps.thumbnails() == Thumbnails::Layers;
    let order = if whole_layers {
        (0..scene.maps.layers()).map(|layer| vec![(layer, 0)]).collect()
    } else {
        scene.order.to_vec()
    };
    // As many columns as there are heads, so that a lens of whole layers does not make giants.
    let columns = scene.maps.heads();
    let tokens = scene.queries.len().max(scene.keys.len());
    let marked = scene.badges.iter().any(Option::is_some);
    Rc::new(GridLayout {
        whole_layers,
        ..GridLayout::new(order, columns, tokens, marked, (size.width, size.ratio))
    })
}

/// Room for the axis title and its numbers.
const GUTTER: f64 = 34.0;
/// Room for the outline of the selected thumbnail.
const MARGIN: f64 = 4.0;
/// And for what a head does most, under its thumbnail.
const BADGE_ROOM: f64 = 12.0;

impl GridLayout {
    /// Fits square thumbnails, `columns` side by side, of maps of `tokens` tokens, into `width`; with room for a word
    /// under each where they are `marked`.
    pub fn new(
        order: Vec<Vec<(usize, usize)>>,
        columns: usize,
        tokens: usize,
        marked: bool,
        (width, ratio): (f64, f64),
    ) -> Self {
        let whole = |length: f64| (length * ratio).floor() / ratio;
        let pitch = whole(((width - GUTTER - MARGIN) / columns.max(1) as f64).max(4.0));
        let gap = whole(if pitch > 34.0 { 5.0 } else { 3.0 });
        Self {
            origin_x: whole(GUTTER),
            origin_y: whole(GUTTER),
            side: pitch - gap,
            pitch,
            row_pitch: pitch + if marked { whole(BADGE_ROOM) } else { 0.0 },
            order,
            whole_layers: false,
            tokens,
            ratio,
        }
    }

    /// Pixels along a thumbnail's side.
    pub fn pixels(&self) -> usize {
        self.device(self.side)
    }

    /// The thumbnail in a row and a column.
    fn rect(&self, row: usize, column: usize) -> Rect {
        Rect {
            x: self.origin_x + self.pitch * column as f64,
            y: self.origin_y + self.row_pitch * row as f64,
            width: self.side,
            height: self.side,
        }
    }

    /// Where the thumbnail of (`layer`, `head`) stands: its row and column.
    pub fn place_of(&self, layer: usize, head: usize) -> Option<(usize, usize)> {
        let wanted = |&(l, h): &(usize, usize)| l == layer && (self.whole_layers || h == head);
        let row = self.order.iter().position(|row| row.iter().any(wanted))?;
        Some((row, self.order[row].iter().position(wanted)?))
    }

    /// Every thumbnail: its row, its column, its layer and its head.
    fn thumbnails(&self) -> impl Iterator<Item = (usize, usize, usize, usize)> + '_ {
        self.order.iter().enumerate().flat_map(|(row, heads)| {
            heads.iter().enumerate().map(move |(column, &(layer, head))| (row, column, layer, head))
        })
    }

    /// A thumbnail, by its own map's scale.
    fn thumbnail(&self, scene: &Scene, state: &ViewState, at: usize) -> Option<Image> {
        let (row, column, layer, head) = self.thumbnails().nth(at)?;
        if !scene.maps.has(layer, head) {
            return None;
        }
        let side = self.pixels();
        let mut image = self.image(row, column, state);
        let pixels = scene.maps.pooled_thumbnail(layer, head, side);
        let mut map = Map::default();
        // Where pixels show the largest of many weights, most of them would lie beyond what most weights
        // do not exceed: the scale is that of what is shown.
        let shading = if self.shrinks() {
            state.shading(&pixels)
        } else {
            scene.maps.read_thumbnail(layer, head, &mut map);
            state.shading(&map.weights)
        };
        for (pixel, color) in image.rgba.chunks_exact_mut(4).zip(colors(&pixels, &shading)) {
            pixel[..3].copy_from_slice(&color);
        }
        Some(image)
    }

    /// Device pixels of a length.
    fn device(&self, length: f64) -> usize {
        (length * self.ratio).round() as usize
    }

    /// An empty thumbnail in its place.
    fn image(&self, row: usize, column: usize, state: &ViewState) -> Image {
        let side = self.pixels();
        Image {
            x: self.device(self.origin_x) + column * self.device(self.pitch),
            y: self.device(self.origin_y) + row * self.device(self.row_pitch),
            width: side,
            height: side,
            rgba: zeros(state, side * side),
        }
    }

    fn columns(&self) -> usize {
        self.order.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Whether the columns are the heads in their own order.
    fn in_order(&self) -> bool {
        self.thumbnails().all(|(_, column, _, head)| column == head)
    }
}

impl Layout for GridLayout {
    fn height(&self) -> Option<f64> {
        Some(self.origin_y + self.row_pitch * self.order.len() as f64 + MARGIN)
    }

    /// The gap after a thumbnail counts as part of it.
    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        let (x, y) = ((x - self.origin_x) / self.pitch, (y - self.origin_y) / self.row_pitch);
        if x < 0.0 || y < 0.0 {
            return None;
        }
        let &(layer, head) = self.order.get(y as usize)?.get(x as usize)?;
        Some(Spot::Head { layer, head })
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("data-origin-x", self.origin_x),
            ("data-origin-y", self.origin_y),
            ("data-side", self.side),
            ("data-pitch", self.pitch),
            ("data-row-pitch", self.row_pitch),
        ]
    }

    fn shrinks(&self) -> bool {
        self.tokens > self.pixels()
    }

    /// Thumbnails, the numbers of layers and heads, and what each head does most.
    fn paint(&self, scene: &Scene, state: &ViewState, _: &dyn Measure) -> Picture {
        let mut picture = frame(self, scene);
        let count = self.thumbnails().count();
        let first = self.image(0, 0, state);
        let (pitch, row_pitch) = (self.device(self.pitch), self.device(self.row_pitch));
        let mut all = Image {
            rgba: zeros(state, pitch * self.columns() * row_pitch * self.order.len()),
            width: pitch * self.columns(),
            height: row_pitch * self.order.len(),
            ..first
        };
        for image in (0..count).filter_map(|at| self.thumbnail(scene, state, at)) {
            let from = (image.y - all.y) * all.width + image.x - all.x;
            for (y, row) in image.rgba.chunks_exact(image.width * 4).enumerate() {
                let pixel = (from + y * all.width) * 4;
                all.rgba[pixel..pixel + row.len()].copy_from_slice(row);
            }
        }
        picture.images.push(all);
        picture
    }

    /// Of large maps the thumbnails follow.
    #[cfg(any(feature = "engine", feature = "inspections"))]
    fn begin(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> (Picture, usize) {
        if self.shrinks() {
            (frame(self, scene), self.thumbnails().count())
        } else {
            (self.paint(scene, state, measure), 0)
        }
    }

    #[cfg(any(feature = "engine", feature = "inspections"))]
    fn follow(&self, scene: &Scene, state: &ViewState, at: usize) -> Option<Image> {
        self.thumbnail(scene, state, at)
    }

    fn said(&self, scene: &Scene, _: &ViewState) -> Vec<String> {
        let (all, there) = self.thumbnails().fold((0, 0), |(all, there), (.., layer, head)| {
            (all + 1, there + usize::from(scene.maps.has(layer, head)))
        });
        let said = tr_with("{0} of {1} are stored here.", &[&there.to_string(), &counted(all, "map")]);
        if there < all { vec![said] } else { vec![] }
    }

    /// Outlines of the selected thumbnail, of those chosen beside it and of the one under the pointer, and their numbers
    /// picked out.
    fn paint_focus(&self, _: &Scene, state: &ViewState, _: &dyn Measure) -> Picture {
        let selected = self.place_of(state.layer, state.head);
        let hovered = state.hovered_head.and_then(|(layer, head)| self.place_of(layer, head));
        let mut marks = vec![];
        if let Some((row, column)) = hovered.or(selected) {
            marks.push(Mark::Text(row_number(self, row, true)));
            if self.in_order() && !self.whole_layers {
                marks.push(Mark::Text(column_number(self, column, true)));
            }
        }
        let mut outline = |(row, column), width, ink| {
            let rect = self.rect(row, column);
            marks.push(Mark::Stroke { rect: rect.grown(width / 2.0 + 0.5), width, ink });
        };
        if !self.whole_layers {
            for place in state.heads.iter().filter_map(|(layer, head)| self.place_of(layer, head)) {
                outline(place, 1.5, Ink::Text);
            }
        }
        if let Some(hovered) = hovered {
            outline(hovered, 1.0, Ink::Text);
        }
        if let Some(selected) = selected {
            outline(selected, 2.0, Ink::Accent);
        }
        Picture { images: vec![], marks }
    }
}

/// Pixels of the colour of nothing.
fn zeros(state: &ViewState, count: usize) -> Vec<u8> {
    let [red, green, blue] = state.ramp.zero();
    [red, green, blue, 255].repeat(count)
}

#[cfg(test)]
mod tests;
