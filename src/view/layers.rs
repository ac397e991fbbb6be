//! What chosen words attend to in every layer, or what attends to them: a row a layer, a column a word.

use std::rc::Rc;

use super::bar;
use super::chosen::Asked;
use super::figures::{scientific, weight};
use super::label::{Label, LabelKind};
use super::map::Map;
use super::matrix::MatrixLayout;
use super::matrix::paint::{Sheet, paint, paint_focus};
use super::picture::{Measure, Picture};
use super::scale::left_out;
use super::words::{listed, tr, tr_with};
use super::{Focus, Layout, Scale, Scene, Shading, Size, Spot, ViewState};
use crate::lens::Thumbnails;

/// A table of layers by words, and below it what its colours mean.
#[derive(Clone, Debug, PartialEq)]
pub struct LayersLayout {
    table: MatrixLayout,
    /// What the columns are: keys, or queries.
    asked: Asked,
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

/// The chosen words' attention through the layers of a scene, as wide as `size`. It depends on what is asked.
pub fn lay_out(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    let rows: Vec<Label> = (0..scene.maps.layers()).map(number).collect();
    let asked = Asked::of(scene, state);
    let table = MatrixLayout::flat(&rows, columns(scene, asked), size, measure);
    Rc::new(LayersLayout { table, asked, rows, ratio: size.ratio })
}

/// What is asked of the chosen words, in each layer: a number a column. Zeros in a layer that is not computed yet.
/// // (layers, columns)
pub fn weights(scene: &Scene, state: &ViewState) -> Vec<f32> {
    let asked = Asked::of(scene, state);
    let (chosen, columns) = (asked.chosen(scene, state), columns(scene, asked).len());
    let mut map = Map::default();
    let of_layer = |layer| {
        let mut sums = vec![];
        if scene.maps.is_ready(layer) {
            scene.maps.read(layer, state.head, &mut map);
            sums = asked.sums(&map, &chosen);
        }
        sums.resize(columns, 0.0);
        sums
    };
    (0..scene.maps.layers()).flat_map(of_layer).collect()
}

impl Layout for LayersLayout {
    fn height(&self) -> Option<f64> {
        Some(self.foot() + SCALE_ROOM)
    }

    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        match (self.table.at(x, y)?, self.asked) {
            (Spot::Cell { query: layer, key: query }, Asked::To) => Some(Spot::LayerQuery { layer, query }),
            (Spot::Cell { query: layer, key }, _) => Some(Spot::LayerKey { layer, key }),
            (Spot::Key(column), Asked::To) => Some(Spot::Query(column)),
            (spot @ Spot::Key(_), _) => Some(spot),
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
        let column = match self.asked {
            Asked::Whole | Asked::From => state.focus.key(),
            Asked::To => state.focus.query(),
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
        if state.threshold > 0.0 {
            said.extend(left_out(&weights(scene, state), state.threshold));
        }
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
            columns: columns(scene, self.asked),
            row_title: tr("layer"),
            column_title: match self.asked {
                Asked::Whole | Asked::From => tr("attended to (key) →"),
                Asked::To => tr("attends from (query) →"),
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
    let summed = match Asked::of(scene, state) {
        asked @ Asked::From => asked.chosen(scene, state).len(),
        Asked::Whole | Asked::To => 1,
    };
    match shading.scale {
        Scale::Unit => Shading { end: summed.max(1) as f32, ..shading },
        _ => shading,
    }
}

fn columns<'a>(scene: &Scene<'a>, asked: Asked) -> &'a [Label] {
    match asked {
        Asked::Whole | Asked::From => scene.keys,
        Asked::To => scene.queries,
    }
}

/// What a cell is.
fn summed(scene: &Scene, state: &ViewState) -> String {
    if scene.query_units.is_empty() {
        return tr("What each word gets from all of the text.");
    }
    if state.words.is_empty() {
        return tr("What each word gets from all of the text: the mean over its rows.");
    }
    let asked = Asked::of(scene, state);
    let units = if asked == Asked::To { scene.key_units } else { scene.query_units };
    let shown = asked.chosen(scene, state);
    let names: Vec<String> =
        shown.iter().map(|&at| format!("“{}”", scene.units[units[at]].label.text)).collect();
    let named = [&*listed(&names)];
    match (names.len(), asked) {
        (0, _) => tr("The filters hide the chosen words, so that there is nothing to show of them."),
        (1, Asked::Whole | Asked::From) => tr_with("What {0} gives to each word.", &named),
        (1, Asked::To) => tr_with("What {0} gets from each word.", &named),
        (_, Asked::Whole | Asked::From) => tr_with("The sum of what {0} give to each word.", &named),
        (_, Asked::To) => tr_with("The sum of what {0} get from each word.", &named),
    }
}

/// A layer's number as the label of its row.
fn number(layer: usize) -> Label {
    let text = layer.to_string();
    Label { piece: text.clone(), text, whole: None, kind: LabelKind::Word, segment: 0, start: 0, end: 0 }
}

#[cfg(test)]
mod tests;
