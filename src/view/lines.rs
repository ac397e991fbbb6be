//! A line for each weight, from the words that attend to those attended to: the head view of BertViz (Vig 2019).

mod choose;
mod paint;

use std::rc::Rc;

use choose::Drawn;

use super::figures::{grouped, percent, weight};
use super::label::{Label, LabelKind};
use super::order::clamped;
use super::picture::{Font, Measure, Picture, Rect};
use super::script::is_mostly_unspaced;
use super::words::{tr, tr_with};
use super::{Layout, Scene, Size, Spot, ViewState};
use crate::four::FAST;

/// Where words and lines stand, in CSS pixels: *along* the words, and *across*, the way that lines go. Words stand below
/// one another and lines go from left to right; or words stand side by side and lines go down.
#[derive(Clone, Debug, PartialEq)]
pub struct LinesLayout {
    horizontal: bool,
    /// The first word's middle, along.
    origin: f64,
    /// From one word's middle to the next one's.
    pitch: f64,
    /// Where lines begin and where they end, across.
    from: f64,
    to: f64,
    /// Longest room for a word, across.
    room: f64,
    /// All words have room, so that none is cut short.
    fits: bool,
    /// Length of the longest bar beside a word.
    bar: f64,
    /// The first and last pixel along the reading direction that anything is drawn at.
    edges: (f64, f64),
    /// Heads named in one row of the list of colours; 0 where there is no list.
    names_in_row: usize,
    height: f64,
    queries: usize,
    keys: usize,
    drawn: Drawn,
}

const FONT: Font = Font::plain(13.0);
/// Size of special tokens among words that stand side by side.
const SMALL: f64 = 11.0;
const MARGIN: f64 = 6.0;
/// Between a line's end and its word, and between a word and its bar.
const GAP: f64 = 6.0;
/// Room for the axis titles.
const TITLE_ROOM: f64 = 24.0;
const WIDEST: f64 = 900.0;
/// From word to word, and where there are many.
const PITCH: f64 = 22.0;
const PITCH_OF_MANY: f64 = 16.0;
const MANY: usize = 48;
/// The least distance between two labels' middle lines.
const LABEL_PITCH: f64 = 14.0;
/// Rooms grow in steps, so that a letter more in a word does not move the lines.
const ROOM_STEP: f64 = 16.0;
/// A canvas of more device pixels, or a higher one, does not appear in every browser.
const MOST_PIXELS: f64 = 16_000_000.0;
const TALLEST: f64 = 16_384.0;
/// Where words stand side by side: room for one across, length of the lines, length of the bars.
const WORD_HEIGHT: f64 = 18.0;
const FALL: f64 = 220.0;
const HORIZONTAL_BAR: f64 = 28.0;
/// Place of a colour with its head's name.
const NAME_WIDTH: f64 = 48.0;
const NAME_HEIGHT: f64 = 18.0;

/// Words on two sides and the strongest lines between them, of the selected head and of those chosen beside it.
///
/// Which lines those are depends on the maps, the heads, the scale and the threshold, and is found once, here.
pub fn lay_out(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Rc<dyn Layout> {
    Rc::new(LinesLayout::new(scene, state, size, measure))
}

impl LinesLayout {
    fn new(scene: &Scene, state: &ViewState, size: Size, measure: &dyn Measure) -> Self {
        let drawn = Drawn::choose(scene, state);
        // Of many words each width takes a while; most often both sides have the same.
        let others = if FAST && scene.keys == scene.queries { &[] } else { scene.keys };
        let words = || scene.queries.iter().chain(others);
        let longest = words()
            .fold(0.0_f64, |most, label| most.max(measure.width(&label.text, font(label, false, true))));
        let (queries, keys) = (scene.queries.len(), scene.keys.len());
        let count = queries.max(keys).max(1) as f64;
        let width = size.width.min(WIDEST);
        let left = ((size.width - width) / 2.0).floor();
        let edges = (left + MARGIN, left + width - MARGIN);
        let span = edges.1 - edges.0;
        let names_in_row = if drawn.heads.len() > 1 { (span / NAME_WIDTH).max(1.0) as usize } else { 0 };
        let names = if names_in_row > 0 { drawn.heads.len().div_ceil(names_in_row) } else { 0 };
        let top = names as f64 * NAME_HEIGHT + TITLE_ROOM;
        // Side by side, special tokens are small, so that they need not be as far apart as they are long.
        let widest = |special: bool| {
            words()
                .filter(|label| (label.kind == LabelKind::Special) == special)
                .map(|label| measure.width(&label.text, font(label, true, true)))
                .fold(0.0, f64::max)
        };
        let typed = words().filter(|label| label.kind != LabelKind::Special).map(|label| &*label.text);
        let pitch = is_mostly_unspaced(typed).then(|| {
            let (typed, special) = (widest(false), widest(true));
            PITCH_OF_MANY.max(typed + GAP).max((typed + special) / 2.0 + GAP)
        });
        if let Some(pitch) = pitch.filter(|pitch| pitch * count <= span) {
            let from = top + HORIZONTAL_BAR + GAP + WORD_HEIGHT + GAP;
            let to = from + FALL;
            return Self {
                horizontal: true,
                origin: edges.0 + (span - pitch * count) / 2.0 + pitch / 2.0,
                pitch,
                from,
                to,
                room: WORD_HEIGHT,
                fits: false,
                bar: HORIZONTAL_BAR,
                edges,
                names_in_row,
                height: to + (from - top) + TITLE_ROOM,
                queries,
                keys,
                drawn,
            };
        }
        let room = (longest / ROOM_STEP).ceil() * ROOM_STEP;
        let room = clamped(room, 2.0 * ROOM_STEP, (0.22 * width).clamp(2.0 * ROOM_STEP, 140.0));
        let bar = (0.07 * width).clamp(16.0, 60.0);
        let tallest = TALLEST.min(MOST_PIXELS / (size.width * size.ratio).max(1.0)) / size.ratio;
        let pitch = if count as usize > MANY { PITCH_OF_MANY } else { PITCH };
        let pitch = pitch.min((tallest - top - MARGIN) / count).max(0.5);
        Self {
            horizontal: false,
            origin: top + pitch / 2.0,
            pitch,
            from: edges.0 + bar + GAP + room + GAP,
            to: edges.1 - bar - GAP - room - GAP,
            room,
            fits: longest <= room,
            bar,
            edges,
            names_in_row,
            height: top + pitch * count + MARGIN,
            queries,
            keys,
            drawn,
        }
    }

    /// Every how many words there is room for a label.
    fn stride(&self) -> usize {
        if self.horizontal { 1 } else { (LABEL_PITCH / self.pitch).ceil().max(1.0) as usize }
    }

    /// A word's middle, along.
    fn middle(&self, word: usize) -> f64 {
        self.origin + self.pitch * word as f64
    }

    /// A point of the canvas.
    fn point(&self, along: f64, across: f64) -> (f64, f64) {
        if self.horizontal { (along, across) } else { (across, along) }
    }

    /// A rectangle of the canvas, by its least coordinates and its extents.
    fn rect(&self, along: (f64, f64), across: (f64, f64)) -> Rect {
        let ((x, y), (width, height)) = (self.point(along.0, across.0), self.point(along.1, across.1));
        Rect { x, y, width, height }
    }
}

impl Layout for LinesLayout {
    fn height(&self) -> Option<f64> {
        Some(self.height)
    }

    fn at(&self, x: f64, y: f64) -> Option<Spot> {
        let (along, across) = if self.horizontal { (x, y) } else { (y, x) };
        let word = (along - self.origin) / self.pitch + 0.5;
        if word < 0.0 {
            return None;
        }
        let word = word as usize;
        if across <= self.from && word < self.queries {
            Some(Spot::Query(word))
        } else if across >= self.to && word < self.keys {
            Some(Spot::Key(word))
        } else {
            None
        }
    }

    fn places(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("data-horizontal", f64::from(u8::from(self.horizontal))),
            ("data-origin", self.origin),
            ("data-pitch", self.pitch),
            ("data-from", self.from),
            ("data-to", self.to),
            ("data-threshold", f64::from(self.drawn.weakest())),
            ("data-drawn", self.drawn.lines.len() as f64),
            ("data-left-out", self.drawn.left_out() as f64),
            ("data-share-left-out", self.drawn.share_left_out),
        ]
    }

    fn paint(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint(self, scene, state, measure)
    }

    fn paint_focus(&self, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
        paint::paint_focus(self, scene, state, measure)
    }

    fn said(&self, _: &Scene, state: &ViewState) -> Vec<String> {
        let drawn = &self.drawn;
        if drawn.all == 0 {
            return vec![];
        }
        let several = drawn.heads.len() > 1;
        let rest = tr_with(
            "{0} of {1} weights, {2} of all attention",
            &[&grouped(drawn.left_out()), &grouped(drawn.all), &percent(drawn.share_left_out)],
        );
        let mut said = vec![if drawn.left_out() == 0 {
            tr("Every weight has a line.")
        } else if !drawn.cut && state.threshold > 0.0 {
            tr_with("Lines under {0} are left out: {1}.", &[&weight(state.threshold), &rest])
        } else {
            tr_with(
                "The {0} strongest weights have a line, down to {1}; left out are {2}.",
                &[&grouped(drawn.lines.len()), &weight(drawn.weakest()), &rest],
            )
        }];
        let longest = weight(paint::longest_bar(drawn, self.keys));
        if several {
            said.push(tr(
                "A colour is a head, named layer.head; the stronger a weight, the more opaque and the wider its line.",
            ));
            said.push(tr_with(
                "Bars show what a word gets, the mean over all rows and heads; the longest is {0}.",
                &[&longest],
            ));
        } else {
            said.push(tr("A line has its weight's colour; stronger ones are wider."));
            said.push(tr_with(
                "Bars show what a word gets, the mean over all rows; the longest is {0}.",
                &[&longest],
            ));
        }
        said.push(tr("A picked word's lines are never too pale to be seen."));
        if self.stride() > 1 {
            said.push(tr_with(
                "There is room to name one word in {0}; pointing at another names it.",
                &[&self.stride().to_string()],
            ));
        }
        said
    }
}

/// Of a label.
fn font(label: &Label, horizontal: bool, picked: bool) -> Font {
    let small = horizontal && label.kind == LabelKind::Special;
    Font { size: if small { SMALL } else { FONT.size }, bold: picked }
}

/// Whether `label` begins the second of two texts.
fn begins_segment(labels: &[Label], at: usize) -> bool {
    at > 0 && labels[at - 1].segment != labels[at].segment
}

#[cfg(test)]
mod tests;
