//! What chosen words attend to in every layer, or what attends to them: a row a layer, a column a word.

use std::rc::Rc;

use super::bar;
use super::figures::{scientific, weight};
use super::label::{Label, LabelKind};
use super::map::Map;
use super::matrix::MatrixLayout;
use super::matrix::paint::{Sheet, paint, paint_focus};
use super::picture::{Measure, Picture};
use super::scale::DECADES;
use super::{Direction, Focus, Layout, Scale, Scene, Shading, Size, Spot, ViewState};
use crate::lens::Thumbnails;

/// A table of layers by words, and below it what its colours mean.
#[derive(Clone, Debug, PartialEq)]
pub struct LayersLayout {
    table: MatrixLayout,
    /// Which way the words are looked at; the columns are keys, or queries.
    direction: Direction,
    /// The layers' numbers.
    rows: Vec<Label>,
    ratio: f64,
}

/// Room below the table for its scale.
const SCALE_ROOM: f64 = 32.0;
/// Width of the bar of colours.
const BAR: f64 = 120.0;
/// Room for the number before it.
const BAR_INDENT: f64 = 40.0;

/// The chosen words' attention through the layers of a scene, as wide as `size`. It depends on the state's direction.
pub fn lay_out(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    let rows: Vec<Label> = (0..scene.maps.layers()).map(number).collect();
    let direction = direction(scene, state);
    let table = MatrixLayout::flat(&rows, columns(scene, direction), size, measure);
    Rc::new(LayersLayout { table, direction, rows, ratio: size.ratio })
}

/// What the chosen words give to each key, or, looked at the other way, what each query gives to them, in each layer;
/// nothing in a layer that is not computed yet. Without chosen words, the mean over all rows. // (layers, columns)
pub fn weights(scene: &Scene, state: &ViewState) -> Vec<f32> {
    let direction = direction(scene, state);
    let count = columns(scene, direction).len();
    let mut sums = vec![0.0; scene.maps.layers() * count];
    let mut map = Map::default();
    for (layer, sums) in sums.chunks_exact_mut(count.max(1)).enumerate() {
        if !scene.maps.is_ready(layer) {
            continue;
        }
        scene.maps.read(layer, state.head, &mut map);
        match direction {
            Direction::From => {
                let rows = positions(scene.query_units, &state.words);
                let all = 0..map.queries;
                let (rows, share) = if is_whole_text(scene, state) {
                    (all.collect(), 1.0 / map.queries.max(1) as f32)
                } else {
                    (rows, 1.0)
                };
                for row in rows {
                    sums.iter_mut().zip(map.row(row)).for_each(|(sum, weight)| *sum += weight * share);
                }
            }
            Direction::To => {
                let keys = positions(scene.key_units, &state.words);
                for (query, sum) in sums.iter_mut().enumerate() {
                    *sum = keys.iter().filter_map(|&key| map.weight(query, key)).sum();
                }
            }
        }
    }
    sums
}

impl Layout for LayersLayout {
    fn height(&self) -> Option<f64> {
        Some(self.foot() + SCALE_ROOM)
    }

    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        match (self.table.at(x, y)?, self.direction) {
            (Spot::Cell { query: layer, key }, Direction::From) => Some(Spot::LayerKey { layer, key }),
            (Spot::Cell { query: layer, key: query }, Direction::To) => {
                Some(Spot::LayerQuery { layer, query })
            }
            (Spot::Key(column), Direction::To) => Some(Spot::Query(column)),
            (spot @ Spot::Key(_), Direction::From) => Some(spot),
            _ => None,
        }
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        self.table.places()
    }

    fn shrinks(&self) -> bool {
        self.table.shrinks()
    }

    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        let weights = weights(scene, state);
        let shading = shading(scene, state, &weights);
        let mut picture = paint(&self.table, &self.sheet(scene), &weights, &shading, measure);
        if !picture.images.is_empty() {
            let least = if shading.scale == Scale::Log { shading.end / 10_f32.powf(DECADES) } else { 0.0 };
            let place = (self.table.frame.x + BAR_INDENT, self.foot() + SCALE_ROOM / 2.0, BAR);
            let begin = if least > 0.0 { scientific(least) } else { "0".into() };
            let end = match shading.scale {
                Scale::Unit => (shading.end as usize).to_string(),
                _ => weight(shading.end),
            };
            let ends = (begin, end);
            bar::add(&mut picture, place, self.ratio, |share| shading.ramp.color(share, 1.0), ends);
        }
        picture
    }

    /// The selected layer, and the column of the word that is pointed at.
    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        let column = match self.direction {
            Direction::From => state.focus.key(),
            Direction::To => state.focus.query(),
        };
        let sheet = self.sheet(scene);
        if sheet.columns.is_empty() {
            return Picture::default();
        }
        let focus = match column.filter(|&column| column < sheet.columns.len()) {
            Some(key) => Focus::Cell { query: state.layer, key },
            None => Focus::Query(state.layer),
        };
        paint_focus(&self.table, &sheet, focus, measure)
    }

    fn said(&self, scene: &Scene, state: &ViewState) -> Vec<String> {
        if scene.keys.is_empty() {
            return vec![];
        }
        let mut said = vec![summed(scene, state)];
        let missing: Vec<String> = (0..scene.maps.layers())
            .filter(|&layer| !scene.maps.is_ready(layer))
            .map(|layer| layer.to_string())
            .collect();
        if !missing.is_empty() {
            said.push(format!("Not computed, and empty here: layer {}.", missing.join(", ")));
        }
        said
    }
}

impl LayersLayout {
    fn sheet<'a>(&'a self, scene: &Scene<'a>) -> Sheet<'a> {
        Sheet {
            rows: &self.rows,
            columns: columns(scene, self.direction),
            row_title: "layer",
            column_title: match self.direction {
                Direction::From => "attended to (key) →",
                Direction::To => "attends from (query) →",
            },
        }
    }

    /// The lower edge of the table.
    fn foot(&self) -> f64 {
        self.table.frame.y + self.table.frame.height
    }
}

/// One scale for all layers. A sum of several rows may be as large as their number.
fn shading<'a>(scene: &Scene, state: &'a ViewState, weights: &[f32]) -> Shading<'a> {
    let shading = state.shading(weights);
    let summed = match direction(scene, state) {
        Direction::From if !is_whole_text(scene, state) => positions(scene.query_units, &state.words).len(),
        _ => 1,
    };
    match shading.scale {
        Scale::Unit => Shading { end: summed.max(1) as f32, ..shading },
        _ => shading,
    }
}

/// No word is chosen, or there is but one row for all of them.
fn is_whole_text(scene: &Scene, state: &ViewState) -> bool {
    state.words.is_empty() || scene.query_units.is_empty()
}

/// What all of the text is given has no other side: each row gives all that it has.
fn direction(scene: &Scene, state: &ViewState) -> Direction {
    if is_whole_text(scene, state) { Direction::From } else { state.direction }
}

fn columns<'a>(scene: &Scene<'a>, direction: Direction) -> &'a [Label] {
    match direction {
        Direction::From => scene.keys,
        Direction::To => scene.queries,
    }
}

/// Where the chosen words stand on an axis.
fn positions(units: &[usize], words: &[usize]) -> Vec<usize> {
    units.iter().enumerate().filter(|(_, unit)| words.contains(unit)).map(|(at, _)| at).collect()
}

/// What a cell is.
fn summed(scene: &Scene, state: &ViewState) -> String {
    let by = match scene.maps.thumbnails() {
        Thumbnails::Heads => format!(" In every layer by head {}.", state.head),
        Thumbnails::Layers | Thumbnails::Weights => String::new(),
    };
    if scene.query_units.is_empty() {
        return format!("What each word gets from all of the text.{by}");
    }
    if state.words.is_empty() {
        return format!("What each word gets from all of the text: the mean over its rows.{by}");
    }
    let (units, what) = match state.direction {
        Direction::From => (scene.query_units, "give to each word"),
        Direction::To => (scene.key_units, "get from each word"),
    };
    let shown = positions(units, &state.words);
    if shown.is_empty() {
        return "The filters hide the chosen words, so that there is nothing to show of them.".into();
    }
    let names: Vec<String> =
        shown.iter().map(|&at| format!("“{}”", scene.units[units[at]].label.text)).collect();
    match &names[..] {
        [one] => {
            let what = what.replacen(' ', "s ", 1);
            format!("What {one} {what}.{by}")
        }
        several => format!("The sum of what {} {what}.{by}", several.join(", ")),
    }
}

/// A layer's number as the label of its row.
fn number(layer: usize) -> Label {
    let text = layer.to_string();
    Label { piece: text.clone(), text, whole: None, kind: LabelKind::Word, segment: 0, start: 0, end: 0 }
}

#[cfg(test)]
mod tests {
    use super::super::label::tests::HalfWidth;
    use super::super::picture::Mark;
    use super::super::tests::{Held, view_state, with_scene};
    use super::*;

    const WIDE: Size = Size { width: 640.0, height: 300.0, ratio: 1.0 };

    /// Two layers by two heads of 3 words; every weight is another.
    fn held() -> Held {
        Held { layers: 2, heads: 2, shape: (3, 3), weights: (0..36).map(|at| at as f32 / 100.0).collect() }
    }

    /// One head's weight by plain indices.
    fn cell(held: &Held, layer: usize, head: usize, query: usize, key: usize) -> f32 {
        held.weights[((layer * 2 + head) * 3 + query) * 3 + key]
    }

    fn near(found: &[f32], wanted: &[f32]) {
        assert_eq!(found.len(), wanted.len());
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, not {wanted:?}");
    }

    #[test]
    fn rows_of_chosen_words_are_summed_in_every_layer_and_columns_the_other_way() {
        let held = held();
        with_scene(&held, &["a", "b", "c"], |scene| {
            let mut state = ViewState { head: 1, words: [0, 2].into(), ..view_state() };
            let both = |layer, key| cell(&held, layer, 1, 0, key) + cell(&held, layer, 1, 2, key);
            let wanted: Vec<f32> = (0..6).map(|at| both(at / 3, at % 3)).collect();
            near(&weights(scene, &state), &wanted);
            state.direction = Direction::To;
            let both = |layer, query| cell(&held, layer, 1, query, 0) + cell(&held, layer, 1, query, 2);
            let wanted: Vec<f32> = (0..6).map(|at| both(at / 3, at % 3)).collect();
            near(&weights(scene, &state), &wanted);
            state.words = [].into();
            let mean = |layer, key| (0..3).map(|query| cell(&held, layer, 1, query, key)).sum::<f32>() / 3.0;
            let wanted: Vec<f32> = (0..6).map(|at| mean(at / 3, at % 3)).collect();
            near(&weights(scene, &state), &wanted);
        });
    }

    #[test]
    fn all_layers_have_one_scale_and_it_is_written_below_them() {
        let held = held();
        with_scene(&held, &["a", "b", "c"], |scene| {
            let mut state = ViewState { words: [1].into(), scale: Scale::MapMax, ..view_state() };
            let layout = lay_out(scene, &state, WIDE, &HalfWidth);
            let place = |name| layout.places().iter().find(|place| place.0 == name).unwrap().1;
            let (cell_width, row) = (place("data-cell") as usize, place("data-row") as usize);
            assert!((24..=40).contains(&row));
            let picture = layout.paint(scene, &state, &HalfWidth);
            let image = &picture.images[0];
            let pixel = |layer: usize, key: usize| {
                let at = ((layer * row + row / 2) * image.width + key * cell_width + 1) * 4;
                [image.rgba[at], image.rgba[at + 1], image.rgba[at + 2]]
            };
            let largest = cell(&held, 1, 0, 1, 2);
            for layer in 0..2 {
                for key in 0..3 {
                    let weight = cell(&held, layer, 0, 1, key);
                    assert_eq!(pixel(layer, key), state.ramp.color(weight, largest), "{layer} {key}");
                }
            }
            let says = |picture: &Picture, wanted: &str| {
                picture.marks.iter().any(|mark| matches!(mark, Mark::Text(text) if text.text == wanted))
            };
            assert!(says(&picture, "0.230"), "its scale's end");
            assert!(says(&picture, "0.030") && says(&picture, "0.220"), "weights in their cells");
            // Two rows of numbers up to 1 make numbers up to 2.
            state = ViewState { words: [0, 1].into(), ..view_state() };
            assert!(says(&layout.paint(scene, &state, &HalfWidth), "2"));
        });
    }

    #[test]
    fn a_point_finds_its_layer_and_word() {
        let words = vec!["word"; 512];
        let held = Held { layers: 6, heads: 1, shape: (512, 512), weights: vec![0.1; 6 * 512 * 512] };
        for width in [328.0, 900.0] {
            with_scene(&held, &words, |scene| {
                let state = ViewState { layer: 5, focus: Focus::Key(511), ..view_state() };
                let size = Size { width, height: 400.0, ratio: 2.0 };
                let layout = lay_out(scene, &state, size, &HalfWidth);
                let place = |name| layout.places().iter().find(|place| place.0 == name).unwrap().1;
                let at = |layer: f64, key: f64| {
                    let x = place("data-origin-x") + place("data-cell") * (key + 0.5);
                    layout.at(x, place("data-origin-y") + place("data-row") * (layer + 0.5))
                };
                assert_eq!(at(5.0, 511.0), Some(Spot::LayerKey { layer: 5, key: 511 }));
                assert_eq!(at(0.0, 0.0), Some(Spot::LayerKey { layer: 0, key: 0 }));
                let to = ViewState { direction: Direction::To, words: [3].into(), ..state.clone() };
                let (x, y) = (place("data-origin-x") + 0.1, place("data-origin-y") + 1.0);
                let found = lay_out(scene, &to, size, &HalfWidth).at(x, y);
                assert_eq!(found, Some(Spot::LayerQuery { layer: 0, query: 0 }));
                let frame = place("data-frame-x") + place("data-frame-width");
                assert!(frame <= width, "{frame} in {width}");
                let picked = layout.paint_focus(scene, &state, &HalfWidth);
                let bold =
                    picked.marks.iter().filter(|mark| matches!(mark, Mark::Text(text) if text.font.bold));
                assert_eq!(bold.count(), 2, "the layer's number and the word");
            });
        }
    }

    #[test]
    fn a_single_word_has_a_picture_and_no_words_have_none() {
        let held = Held { layers: 2, heads: 1, shape: (1, 1), weights: vec![1.0, 0.5] };
        with_scene(&held, &["a"], |scene| {
            let state = view_state();
            let picture = lay_out(scene, &state, WIDE, &HalfWidth).paint(scene, &state, &HalfWidth);
            assert_eq!(picture.images.len(), 2);
        });
        let held = Held { layers: 2, heads: 1, shape: (0, 0), weights: vec![] };
        with_scene(&held, &[], |scene| {
            let state = view_state();
            let layout = lay_out(scene, &state, WIDE, &HalfWidth);
            assert_eq!(layout.paint(scene, &state, &HalfWidth), Picture::default());
            assert_eq!(layout.paint_focus(scene, &state, &HalfWidth), Picture::default());
            assert!(layout.said(scene, &state).is_empty());
        });
    }

    #[test]
    fn it_says_whose_attention_it_is() {
        let held = held();
        with_scene(&held, &["a", "b", "c"], |scene| {
            let said = |words: &[usize], direction| {
                let state = ViewState { words: words.into(), direction, ..view_state() };
                lay_out(scene, &state, WIDE, &HalfWidth).said(scene, &state).join(" ")
            };
            assert_eq!(said(&[1], Direction::From), "What “b” gives to each word. In every layer by head 0.");
            assert_eq!(
                said(&[1, 2], Direction::To),
                "The sum of what “b”, “c” get from each word. In every layer by head 0."
            );
            assert_eq!(
                said(&[], Direction::To),
                "What each word gets from all of the text: the mean over its rows. In every layer by head 0."
            );
        });
    }
}
