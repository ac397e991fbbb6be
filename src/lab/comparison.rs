//! Two texts, or one text under two models: a map of each through the element's lens, and what lies between them.

mod view;

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::difference::{self, ALL_ROWS, Change, Place, Range};
use super::host::AttentionMapElement;
use super::plate::Plate;
use super::reply::{self, Texts};
use super::side::{Look, Side};
use crate::alignment::Alignment;
use crate::information::movements;
use crate::inspection::Inspection;
use crate::lens::LENSES;
use crate::model::ModelSpec;
use crate::page::state::Problem;
use crate::page::study::Study;
use crate::view::label::Label;
use crate::view::words::{tr, tr_with};

/// Of the numbers that changed, so many are listed.
const LISTED: usize = 10;

/// Two runs.
pub struct Comparison {
    /// The first and the second.
    sides: [Side; 2],
    places: Vec<Place>,
    labels: Vec<Label>,
    /// How far each head's weights moved, (L, H), in bits.
    divergences: Vec<f32>,
}

/// What is seen of both through a lens.
pub struct Compared {
    pub look: Look,
    /// What a number is, and of which heads.
    name: String,
    before: Rc<Plate>,
    after: Rc<Plate>,
    difference: Rc<Plate>,
    /// Of the first, the second and the difference.
    ranges: [Range; 3],
    largest: Vec<Change>,
}

impl Comparison {
    /// Has both texts run, and every head's move measured.
    pub async fn of_texts(
        host: AttentionMapElement,
        model: &'static ModelSpec,
        texts: Texts,
        other: Texts,
    ) -> Result<Self, Problem> {
        let divergences = reply::sensitivity(&host, &texts, &other);
        let (before, after) =
            (Side::of(&host, model, texts.clone()).await?, Side::of(&host, model, other.clone()).await?);
        let divergences = divergences.await?;
        let (alignment, sides) =
            (Alignment::of(&before.ran.map().tokens, &after.ran.map().tokens), [before, after]);
        Ok(Self::new(sides, &alignment, divergences))
    }

    /// Has a text run under both models, which are loaded and have as many layers and heads, and measures every head's move.
    pub async fn of_models(
        host: AttentionMapElement,
        [model, other]: [&'static ModelSpec; 2],
        texts: Texts,
    ) -> Result<Self, Problem> {
        let before = Side::of(&host, model, texts.clone()).await?;
        let after = Side::of(&host, other, texts).await?;
        let alignment = Alignment::of(&before.ran.map().tokens, &after.ran.map().tokens);
        let (mut one, mut two) = (Vec::new(), Vec::new());
        let mut divergences = Vec::new();
        for layer in 0..model.layers {
            for head in 0..model.heads {
                before.ran.map().weights.read(layer, head, &mut one);
                after.ran.map().weights.read(layer, head, &mut two);
                divergences.extend(movements(&one, &two, 1, &alignment));
            }
            // Of 512 tokens a layer takes a while, in which the page goes on.
            let _ = JsFuture::from(next_turn()).await;
        }
        Ok(Self::new([before, after], &alignment, divergences))
    }

    fn new(sides: [Side; 2], alignment: &Alignment, divergences: Vec<f32>) -> Self {
        let places = difference::merged(alignment);
        let labels = difference::labels(&places, &sides[0].ran.map().labels, &sides[1].ran.map().labels);
        Self { sides, places, labels, divergences }
    }

    /// The text that stands above, or stood.
    pub fn texts(&self) -> &Texts {
        &self.sides[0].texts
    }

    /// What the engine has to be asked before there are maps, and of which side.
    pub fn missing(&self, look: &Look) -> Option<(usize, Inspection)> {
        self.sides.iter().enumerate().find_map(|(at, side)| Some((at, side.missing(look)?)))
    }

    /// How much of what the maps take is there, from 0 to 1.
    pub fn progress(&self, look: &Look) -> f32 {
        self.sides.iter().map(|side| side.progress(look)).sum::<f32>() / 2.0
    }

    /// The first or the second.
    pub fn side(&self, at: usize) -> &Side {
        &self.sides[at]
    }

    /// Takes in what the engine answered about a side; `false` where that is not of the size that was asked for.
    pub fn take(&mut self, at: usize, inspection: Inspection, values: Vec<f32>) -> bool {
        self.sides[at].take(inspection, values)
    }

    /// The pictures through a lens that misses nothing.
    pub fn look_at(&self, look: &Look) -> Compared {
        let studies = self.sides.each_ref().map(|side| side.study(look));
        let maps = studies.each_ref().map(|study| study.map(look.layer, look.head).weights);
        let widths = self.sides.each_ref().map(|side| side.ran.map().tokens.len());
        let one_row = look.lens.one_row;
        let rows: &[Place] = if one_row { &ALL_ROWS } else { &self.places };
        let of = |at: usize| (&maps[at][..], widths[at]);
        let differences = difference::differences((rows, &self.places), of(0), of(1));
        let largest: Vec<Change> = difference::largest(&differences, LISTED)
            .into_iter()
            .filter_map(|at| {
                let (query, key) = (at / self.places.len(), at % self.places.len());
                let (Place::Both(i, k), Place::Both(j, l)) = (rows[query], self.places[key]) else {
                    return None;
                };
                let (before, after) = (maps[0][i * widths[0] + j], maps[1][k * widths[1] + l]);
                Some(Change { query, key, before, after })
            })
            .collect();
        let ranges = [
            Range::of(maps[0].iter().copied()),
            Range::of(maps[1].iter().copied()),
            Range::of(differences.iter().flatten().copied()),
        ];
        let end = |range: &Range| range.least.abs().max(range.largest);
        let or_one = |end: f32| if end > 0.0 { end } else { 1.0 };
        let shared = or_one(end(&ranges[0]).max(end(&ranges[1])));
        let map = |study: &Study, weights: Vec<f32>| {
            Rc::new(Plate {
                rows: study.queries.clone(),
                columns: study.keys.clone(),
                titles: titles(one_row),
                numbers: weights.into_iter().map(Some).collect(),
                signed: false,
                end: shared,
                flat: one_row,
            })
        };
        let difference = Plate {
            rows: if one_row { vec![Label::of_all_rows()] } else { self.labels.clone() },
            columns: self.labels.clone(),
            titles: titles(one_row),
            numbers: differences,
            signed: true,
            end: or_one(end(&ranges[2])),
            flat: one_row,
        };
        let place = studies[0].place(look.layer, look.head);
        // A weight is what a map is of anyway.
        let is_weight = look.lens == &LENSES[0];
        let name = if is_weight { place } else { tr_with("{0}, {1}", &[&tr(look.lens.name), &place]) };
        let [before, after] = maps;
        Compared {
            look: look.clone(),
            name,
            before: map(&studies[0], before),
            after: map(&studies[1], after),
            difference: Rc::new(difference),
            ranges,
            largest,
        }
    }
}

/// Of the rows, unless there is one whose label says all, and of the columns.
fn titles(one_row: bool) -> (String, String) {
    let rows = if one_row { String::new() } else { tr("← attends from (query)") };
    (rows, tr("attends to (key) →"))
}

/// Resolves after whatever else the page has to do.
fn next_turn() -> Promise {
    Promise::new(&mut |resolve, _| {
        let resume = move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        };
        Timeout::new(0, resume).forget();
    })
}
