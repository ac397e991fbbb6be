//! All heads at once: a thumbnail a head, a row a layer.

use std::rc::Rc;

use super::picture::{Anchor, Font, Image, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::sample::{paint_map, pooled};
use super::{Layout, Scene, Size, Spot, ViewState};

/// Where the thumbnails stand, in CSS pixels that are whole device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridLayout {
    pub origin_x: f64,
    pub origin_y: f64,
    /// Side of a thumbnail.
    pub side: f64,
    /// From one thumbnail's edge to the next one's.
    pub pitch: f64,
    pub layers: usize,
    pub heads: usize,
    /// Of the longer axis of each map.
    tokens: usize,
    ratio: f64,
}

/// The grid of a scene's heads, square and as wide as `size`.
pub fn lay_out(scene: &Scene, size: Size, _: &dyn Measure) -> Rc<dyn Layout> {
    let shape = scene.weights.shape();
    let heads = (scene.weights.layers(), scene.weights.heads());
    Rc::new(GridLayout::new(heads, shape.0.max(shape.1), size.width, size.ratio))
}

/// Room for the axis title and its numbers.
const GUTTER: f64 = 34.0;
/// Room for the outline of the selected thumbnail.
const MARGIN: f64 = 4.0;
const FONT: Font = Font::plain(12.0);

impl GridLayout {
    /// Fits `layers` x `heads` square thumbnails, of maps of `tokens` tokens, into `width`.
    pub fn new((layers, heads): (usize, usize), tokens: usize, width: f64, ratio: f64) -> Self {
        let whole = |length: f64| (length * ratio).floor() / ratio;
        let pitch = whole(((width - GUTTER - MARGIN) / heads.max(1) as f64).max(4.0));
        let gap = whole(if pitch > 34.0 { 5.0 } else { 3.0 });
        Self {
            origin_x: whole(GUTTER),
            origin_y: whole(GUTTER),
            side: pitch - gap,
            pitch,
            layers,
            heads,
            tokens,
            ratio,
        }
    }

    /// Pixels along a thumbnail's side.
    pub fn pixels(&self) -> usize {
        (self.side * self.ratio).round() as usize
    }

    /// The thumbnail of (`layer`, `head`).
    pub fn rect(&self, layer: usize, head: usize) -> Rect {
        Rect {
            x: self.origin_x + self.pitch * head as f64,
            y: self.origin_y + self.pitch * layer as f64,
            width: self.side,
            height: self.side,
        }
    }
}

impl Layout for GridLayout {
    fn height(&self) -> Option<f64> {
        Some(self.origin_y + self.pitch * self.layers as f64 + MARGIN)
    }

    /// The gap after a thumbnail counts as part of it.
    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        let (x, y) = ((x - self.origin_x) / self.pitch, (y - self.origin_y) / self.pitch);
        if x < 0.0 || y < 0.0 || x >= self.heads as f64 || y >= self.layers as f64 {
            return None;
        }
        Some(Spot::Head { layer: y as usize, head: x as usize })
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("data-origin-x", self.origin_x),
            ("data-origin-y", self.origin_y),
            ("data-side", self.side),
            ("data-pitch", self.pitch),
        ]
    }

    fn shrinks(&self) -> bool {
        self.tokens > self.pixels()
    }

    /// Thumbnails and the numbers of layers and heads.
    fn paint(&self, scene: &Scene, state: &ViewState, _: &dyn Measure) -> Picture {
        Picture { images: vec![thumbnails(scene, state, self)], marks: numbers(self) }
    }

    /// Outlines of the selected thumbnail and of the one under the pointer, and their numbers picked out.
    fn paint_focus(&self, _: &Scene, state: &ViewState, _: &dyn Measure) -> Picture {
        let (layer, head) = state.hovered_head.unwrap_or((state.layer, state.head));
        let mut marks =
            vec![Mark::Text(layer_number(self, layer, true)), Mark::Text(head_number(self, head, true))];
        let mut outline = |(layer, head), width, ink| {
            let rect = self.rect(layer, head);
            marks.push(Mark::Stroke { rect: rect.grown(width / 2.0 + 0.5), width, ink });
        };
        if let Some(hovered) = state.hovered_head {
            outline(hovered, 1.0, Ink::Text);
        }
        outline((state.layer, state.head), 2.0, Ink::Accent);
        Picture { images: vec![], marks }
    }
}

/// All thumbnails in one image, each by its own map's scale.
fn thumbnails(scene: &Scene, state: &ViewState, layout: &GridLayout) -> Image {
    let device = |length: f64| (length * layout.ratio).round() as usize;
    let (pitch, side) = (device(layout.pitch), layout.pixels());
    let (width, height) = (pitch * layout.heads, pitch * layout.layers);
    let [red, green, blue] = state.ramp.zero();
    let mut rgba = [red, green, blue, 255].repeat(width * height);
    let mut map = Vec::new();
    for layer in 0..layout.layers {
        for head in 0..layout.heads {
            scene.weights.read(layer, head, &mut map);
            let shape = scene.weights.shape();
            // Where pixels show the largest of many weights, most of them would lie beyond what most weights
            // do not exceed: the scale is that of what is shown.
            let end = if layout.shrinks() {
                state.scale.end(&pooled(&map, shape, (side, side)))
            } else {
                state.scale.end(&map)
            };
            paint_map(&map, shape, (side, side), (&state.ramp, end), |x, y, color| {
                let pixel = ((layer * pitch + y) * width + head * pitch + x) * 4;
                rgba[pixel..pixel + 3].copy_from_slice(&color);
            });
        }
    }
    Image { x: device(layout.origin_x), y: device(layout.origin_y), width, height, rgba }
}

/// Axis titles, numbers, and a hairline around each thumbnail, so that an empty one is seen to be there.
fn numbers(layout: &GridLayout) -> Vec<Mark> {
    let middle = |count: usize| (layout.pitch * count as f64 - (layout.pitch - layout.side)) / 2.0;
    let title = |text: &str, x, y, turn| {
        Mark::Text(TextMark {
            text: text.into(),
            x,
            y,
            font: FONT,
            anchor: Anchor::Middle,
            turn,
            ink: Ink::Muted,
            plate: 0.0,
        })
    };
    let mut marks = vec![
        title("head", layout.origin_x + middle(layout.heads), 7.0, 0.0),
        title("layer", 7.0, layout.origin_y + middle(layout.layers), -std::f64::consts::FRAC_PI_2),
    ];
    marks.extend((0..layout.layers).map(|layer| Mark::Text(layer_number(layout, layer, false))));
    marks.extend((0..layout.heads).map(|head| Mark::Text(head_number(layout, head, false))));
    for layer in 0..layout.layers {
        for head in 0..layout.heads {
            let rect = layout.rect(layer, head).grown(0.5 / layout.ratio);
            marks.push(Mark::Stroke { rect, width: 1.0 / layout.ratio, ink: Ink::Line });
        }
    }
    marks
}

fn layer_number(layout: &GridLayout, layer: usize, picked: bool) -> TextMark {
    let rect = layout.rect(layer, 0);
    number(layer, layout.origin_x - 12.0, rect.y + rect.height / 2.0, picked)
}

fn head_number(layout: &GridLayout, head: usize, picked: bool) -> TextMark {
    let rect = layout.rect(0, head);
    number(head, rect.x + rect.width / 2.0, layout.origin_y - 10.0, picked)
}

fn number(number: usize, x: f64, y: f64, picked: bool) -> TextMark {
    TextMark {
        text: number.to_string(),
        x,
        y,
        font: Font { bold: picked, ..FONT },
        anchor: Anchor::Middle,
        turn: 0.0,
        ink: if picked { Ink::Accent } else { Ink::Muted },
        plate: if picked { 18.0 } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::super::colormap::COLORMAPS;
    use super::super::label::tests::HalfWidth;
    use super::super::tests::Held;
    use super::super::{Focus, HeadMap, Scale};
    use super::*;

    #[test]
    fn a_point_in_a_thumbnail_finds_it() {
        for (width, ratio) in [(300.0, 1.0), (328.0, 3.0), (511.5, 1.5)] {
            let layout = GridLayout::new((6, 12), 16, width, ratio);
            for layer in 0..6 {
                for head in 0..12 {
                    let rect = layout.rect(layer, head);
                    assert_eq!(layout.at(rect.x + 1.0, rect.y + 1.0), Some(Spot::Head { layer, head }));
                    assert!(rect.x + rect.width <= width && rect.y + rect.height <= layout.height().unwrap());
                    assert!((rect.x * ratio).fract().abs() < 1e-6, "not on a device pixel");
                }
            }
            assert_eq!(layout.at(1.0, 1.0), None);
        }
    }

    #[test]
    fn each_thumbnail_is_scaled_by_its_own_map() {
        let held = Held { layers: 1, heads: 2, shape: (1, 1), weights: vec![0.5, 0.25] };
        let map = HeadMap::read(&held, 0, 0);
        let scene = Scene { weights: &held, map: &map, queries: &[], keys: &[] };
        let ramp = COLORMAPS[0].ramp();
        let mut state = ViewState {
            layer: 0,
            head: 0,
            scale: Scale::MapMax,
            ramp: ramp.clone(),
            focus: Focus::Nothing,
            hovered_head: None,
        };
        let size = Size { width: 200.0, height: 200.0, ratio: 1.0 };
        let pixel = |picture: &Picture, x: usize| {
            let image = &picture.images[0];
            [image.rgba[x * 4], image.rgba[x * 4 + 1], image.rgba[x * 4 + 2]]
        };
        let pitch = GridLayout::new((1, 2), 1, 200.0, 1.0).pitch as usize;
        let picture = lay_out(&scene, size, &HalfWidth).paint(&scene, &state, &HalfWidth);
        assert_eq!(pixel(&picture, pitch), ramp.color(1.0, 1.0));
        state.scale = Scale::Unit;
        let picture = lay_out(&scene, size, &HalfWidth).paint(&scene, &state, &HalfWidth);
        assert_eq!(pixel(&picture, 0), ramp.color(0.5, 1.0));
        assert_eq!(pixel(&picture, pitch), ramp.color(0.25, 1.0));
    }
}
