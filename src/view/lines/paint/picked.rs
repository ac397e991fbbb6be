//! One word's lines alone.

use super::super::super::figures::weight;
use super::super::super::order::largest_first;
use super::super::super::picture::{Anchor, Font, Ink, Mark, Measure, Picture, Rect};
use super::super::super::{Focus, Scene, ViewState};
use super::super::choose::{Line, of_word};
use super::super::{GAP, LABEL_PITCH, LinesLayout};
use super::{Painter, Side, WIDTH};

const FIGURE: Font = Font { size: 11.0, bold: true };
/// Most words beside which a picked word's weights are written.
const FIGURES: usize = 6;
/// A picked word's lines have at least so much of the colours, so that all of them are seen; except those of what would
/// be written as nothing.
const LEAST_SHARE: f32 = 0.15;
const LEAST_WEIGHT: f32 = 0.0005;

/// The lines of the picked word alone, on paper that hides the others, with the strongest ones' weights.
pub fn paint_focus(layout: &LinesLayout, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
    let query = state.focus.query().filter(|&query| query < layout.queries);
    let key = state.focus.key().filter(|&key| key < layout.keys);
    if query.is_none() && key.is_none() {
        return Picture::default();
    }
    let painter = Painter::new(layout, scene, state, measure);
    // A cell is looked at as one of its row's.
    let column = if query.is_some() && matches!(state.focus, Focus::Cell { .. }) { None } else { key };
    let lines = of_word(scene, &layout.drawn.heads, query, column);
    let mut marks = painter.cover();
    let visible = lines.iter().filter(|line| line.weight >= LEAST_WEIGHT);
    marks.extend(visible.map(|line| painter.line(line, LEAST_SHARE)));
    let picked = |side, word| (if side == Side::Query { query } else { key }) == Some(word);
    for (side, shown) in [(Side::Key, query.is_some()), (Side::Query, column.is_some())] {
        if shown {
            let fixed = if side == Side::Key { query } else { column };
            marks.extend(painter.far_end(&lines, side, fixed, |word| picked(side, word)));
        }
    }
    marks.extend(query.map(|query| painter.label(Side::Query, query, true)));
    marks.extend(key.map(|key| painter.label(Side::Key, key, true)));
    Picture { images: vec![], marks }
}

impl Painter<'_> {
    /// The words at one side of a picked word's lines: their bars, and the figures and names of the strongest.
    fn far_end(
        &self,
        lines: &[Line],
        side: Side,
        fixed: Option<usize>,
        picked: impl Fn(usize) -> bool,
    ) -> Vec<Mark> {
        let ends = |line: &Line| {
            if side == Side::Key { (line.query, line.key) } else { (line.key, line.query) }
        };
        let (heads, count) = (self.colors.len(), self.labels(side).len());
        let mut by_head = vec![0.0; heads * count];
        for line in lines {
            let (near, far) = ends(line);
            if Some(near) == fixed {
                by_head[far * heads + line.head] = line.weight;
            }
        }
        let of = |word: usize| &by_head[word * heads..(word + 1) * heads];
        let mut words: Vec<(f32, usize)> =
            (0..count).map(|word| (of(word).iter().sum::<f32>() / heads as f32, word)).collect();
        largest_first(&mut words);
        let longest = words.first().map_or(0.0, |first| first.0);
        let mut marks = vec![];
        let mut written: Vec<usize> = vec![];
        for &(mean, word) in &words {
            marks.extend(self.bar(side, word, longest, |head| of(word)[head]));
            let free = |other: &usize| self.layout.pitch * other.abs_diff(word) as f64 >= self.figure_pitch();
            let wanted = picked(word) || written.len() < FIGURES && mean >= LEAST_WEIGHT;
            if wanted && written.iter().all(free) {
                written.push(word);
                marks.extend(self.figure(side, word, mean));
                if self.layout.stride() > 1 && !picked(word) {
                    marks.push(self.named(side, word));
                }
            }
        }
        marks
    }

    /// The least distance of two figures, along.
    fn figure_pitch(&self) -> f64 {
        if self.layout.horizontal { self.measure.width("0.000 ", FIGURE) } else { LABEL_PITCH }
    }

    /// A weight where its line ends.
    fn figure(&self, side: Side, word: usize, value: f32) -> [Mark; 2] {
        let layout = self.layout;
        let inwards = if layout.horizontal { FIGURE.size / 2.0 + 2.0 } else { 4.0 };
        let (across, anchor) = match side {
            Side::Query => (layout.from + inwards, Anchor::Left),
            Side::Key => (layout.to - inwards, Anchor::Right),
        };
        let text = weight(value);
        let (wide, high) = (self.measure.width(&text, FIGURE) + 4.0, FIGURE.size + 3.0);
        let (x, y) = layout.point(layout.middle(word), across);
        // The line's end, round as it is, would stand out behind the figure.
        let rect = match (layout.horizontal, side) {
            (true, _) => Rect { x: x - wide / 2.0, y: y - high / 2.0, width: wide, height: high },
            (false, Side::Query) => {
                Rect { x: layout.from - 2.0, y: y - high / 2.0, width: wide + inwards + 2.0, height: high }
            }
            (false, Side::Key) => {
                Rect { x: x - wide, y: y - high / 2.0, width: wide + inwards + 2.0, height: high }
            }
        };
        let anchor = if layout.horizontal { Anchor::Middle } else { anchor };
        [Mark::Fill { rect, ink: Ink::Paper }, self.text(text, (x, y), anchor, (FIGURE, Ink::Text), 0.0)]
    }

    /// A word's label over whatever lies there.
    fn named(&self, side: Side, word: usize) -> Mark {
        let mut label = self.label(side, word, false);
        if let Mark::Text(text) = &mut label {
            text.plate = self.layout.room;
        }
        label
    }

    /// Paper over lines and bars.
    fn cover(&self) -> Vec<Mark> {
        let layout = self.layout;
        let words = layout.queries.max(layout.keys) as f64;
        let along = (layout.origin - layout.pitch / 2.0, words * layout.pitch);
        let beside = GAP + layout.room + GAP;
        // A line's end is round and smoothed, and so reaches a little further.
        let end = (WIDTH.0 + WIDTH.1) / 2.0 + 1.0;
        [
            (layout.from - end, layout.to - layout.from + 2.0 * end),
            (layout.from - beside - layout.bar - 1.0, layout.bar + 1.0),
            (layout.to + beside, layout.bar + 1.0),
        ]
        .map(|across| Mark::Fill { rect: layout.rect(along, across), ink: Ink::Paper })
        .into()
    }
}
