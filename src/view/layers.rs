//! What chosen words attend to in every layer, or what attends to them: a row a layer, a column a word.

use std::rc::Rc;

use super::bar;
use super::figures::{scientific, weight};
use super::label::{Label, LabelKind};
use super::map::Map;
use super::matrix::MatrixLayout;
use super::matrix::paint::{Sheet, paint, paint_focus};
use super::picture::{Measure, Picture};
use super::words::{listed, tr, tr_with};
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
            let least = shading.scale.begin(shading.end);
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
        if scene.maps.thumbnails() == Thumbnails::Heads {
            said.push(tr_with("In every layer by head {0}.", &[&state.head.to_string()]));
        }
        let missing: Vec<String> = (0..scene.maps.layers())
            .filter(|&layer| !scene.maps.is_ready(layer))
            .map(|layer| layer.to_string())
            .collect();
        if !missing.is_empty() {
            said.push(tr_with("Not computed, and empty here: layer {0}.", &[&listed(&missing)]));
        }
        said
    }
}

impl LayersLayout {
    fn sheet<'a>(&'a self, scene: &Scene<'a>) -> Sheet<'a> {
        Sheet {
            rows: &self.rows,
            columns: columns(scene, self.direction),
            row_title: tr("layer"),
            column_title: match self.direction {
                Direction::From => tr("attended to (key) →"),
                Direction::To => tr("attends from (query) →"),
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
    if scene.query_units.is_empty() {
        return tr("What each word gets from all of the text.");
    }
    if state.words.is_empty() {
        return tr("What each word gets from all of the text: the mean over its rows.");
    }
    let units = match state.direction {
        Direction::From => scene.query_units,
        Direction::To => scene.key_units,
    };
    let shown = positions(units, &state.words);
    let names: Vec<String> =
        shown.iter().map(|&at| format!("“{}”", scene.units[units[at]].label.text)).collect();
    let named = [&*listed(&names)];
    match (names.len(), state.direction) {
        (0, _) => tr("The filters hide the chosen words, so that there is nothing to show of them."),
        (1, Direction::From) => tr_with("What {0} gives to each word.", &named),
        (1, Direction::To) => tr_with("What {0} gets from each word.", &named),
        (_, Direction::From) => tr_with("The sum of what {0} give to each word.", &named),
        (_, Direction::To) => tr_with("The sum of what {0} get from each word.", &named),
    }
}

/// A layer's number as the label of its row.
fn number(layer: usize) -> Label {
    let text = layer.to_string();
    Label { piece: text.clone(), text, whole: None, kind: LabelKind::Word, segment: 0, start: 0, end: 0 }
}

#[cfg(test)]
mod tests;
