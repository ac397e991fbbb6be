//! The pictures of words and lines.

mod picked;

pub use picked::paint_focus;

use super::super::colormap::head_colors;
use super::super::label::{Label, LabelKind, ellipsised};
use super::super::picture::{Anchor, Font, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::super::words::tr;
use super::super::{Scene, Shading, ViewState};
use super::choose::{Drawn, Line};
use super::{GAP, LinesLayout, MARGIN, NAME_HEIGHT, NAME_WIDTH, TITLE_ROOM, begins_segment, font};

const TITLE: Font = Font::plain(12.0);
/// A line of the weakest and what is added for the strongest.
const WIDTH: (f64, f64) = (1.0, 2.5);

/// Which of a line's ends.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Query,
    Key,
}

/// All words and the chosen lines; nothing where there is no map.
pub fn paint(layout: &LinesLayout, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
    if scene.queries.is_empty() || scene.keys.is_empty() {
        return Picture::default();
    }
    let painter = Painter::new(layout, scene, state, measure);
    let mut marks = painter.names();
    marks.extend(painter.titles());
    marks.extend(layout.drawn.lines.iter().map(|line| painter.line(line, 0.0)));
    for side in [Side::Query, Side::Key] {
        for word in 0..painter.labels(side).len() {
            if begins_segment(painter.labels(side), word) {
                marks.push(painter.border(side, word));
            }
            if word % layout.stride() == 0 {
                marks.push(painter.label(side, word, false));
            }
        }
    }
    let longest = longest_bar(&layout.drawn, layout.keys);
    for key in 0..layout.keys {
        marks
            .extend(painter.bar(Side::Key, key, longest, |head| layout.drawn.gets[head * layout.keys + key]));
    }
    Picture { images: vec![], marks }
}

/// The most that a word gets, the mean over the rows and the heads.
pub fn longest_bar(drawn: &Drawn, keys: usize) -> f32 {
    let gets = |key| drawn.gets.iter().skip(key).step_by(keys).sum::<f32>();
    (0..keys).map(gets).fold(0.0, f32::max) / drawn.heads.len().max(1) as f32
}

struct Painter<'a> {
    layout: &'a LinesLayout,
    scene: &'a Scene<'a>,
    /// A line is drawn because it was chosen or picked, whatever the threshold.
    shading: Shading<'a>,
    /// A colour for each shown head; with one head, lines have the colours of weights.
    colors: Vec<[u8; 3]>,
    measure: &'a dyn Measure,
}

impl<'a> Painter<'a> {
    fn new(
        layout: &'a LinesLayout,
        scene: &'a Scene,
        state: &'a ViewState,
        measure: &'a dyn Measure,
    ) -> Self {
        let colors = match layout.drawn.heads.len() {
            1 => vec![state.ramp.color(0.65, 1.0)],
            count => head_colors(count, state.ramp.is_dark()),
        };
        let shading = Shading { end: layout.drawn.end, threshold: 0.0, ..state.shading(&[]) };
        Self { layout, scene, shading, colors, measure }
    }

    fn labels(&self, side: Side) -> &'a [Label] {
        if side == Side::Query { self.scene.queries } else { self.scene.keys }
    }

    /// A line as far along the colours as its weight, but no less than `least`.
    fn line(&self, line: &Line, least: f32) -> Mark {
        let share = self.shading.share(line.weight).max(least);
        let (color, alpha) = if self.colors.len() == 1 {
            (self.shading.ramp.color(share, 1.0), 1.0)
        } else {
            (self.colors[line.head], share)
        };
        Mark::Line {
            from: self.layout.point(self.layout.middle(line.query), self.layout.from),
            to: self.layout.point(self.layout.middle(line.key), self.layout.to),
            width: WIDTH.0 + WIDTH.1 * f64::from(share),
            ink: Ink::Color(color),
            alpha,
        }
    }

    fn label(&self, side: Side, word: usize, picked: bool) -> Mark {
        let layout = self.layout;
        let label = &self.labels(side)[word];
        let ink = match label.kind {
            _ if picked => Ink::Accent,
            LabelKind::Special => Ink::Muted,
            _ => Ink::Text,
        };
        let font = font(label, layout.horizontal, picked);
        // Words that stand side by side are shorter than they are apart, special tokens less than twice as long.
        let room = if layout.horizontal { 2.0 * layout.pitch } else { layout.room };
        let text = match layout.fits {
            true => label.text.clone(),
            false => ellipsised(&label.text, room, font, self.measure),
        };
        let plate = if layout.horizontal { self.measure.width(&text, font) + 2.0 } else { room };
        let middle = if layout.horizontal { layout.room / 2.0 } else { 0.0 };
        let (across, anchor) = match side {
            Side::Query => (layout.from - GAP - middle, Anchor::Right),
            Side::Key => (layout.to + GAP + middle, Anchor::Left),
        };
        self.text(
            text,
            layout.point(layout.middle(word), across),
            if layout.horizontal { Anchor::Middle } else { anchor },
            (font, ink),
            // Under a picked label lies its plain twin, and where labels are thinned out perhaps a neighbour.
            if picked { plate } else { 0.0 },
        )
    }

    /// A bar beside a word, away from the lines: a piece for each head, of what `of` gives for it; as long as there is room
    /// where the mean over the heads is `longest`.
    fn bar(&self, side: Side, word: usize, longest: f32, of: impl Fn(usize) -> f32) -> Vec<Mark> {
        let layout = self.layout;
        let height = (0.5 * layout.pitch).min(10.0);
        let along = (layout.middle(word) - height / 2.0, height);
        let unit = layout.bar / f64::from(longest.max(f32::MIN_POSITIVE)) / self.colors.len() as f64;
        let mut start = 2.0 * GAP + layout.room;
        let mut marks = vec![];
        for (head, color) in self.colors.iter().enumerate() {
            let length = unit * f64::from(of(head));
            let across = match side {
                Side::Query => (layout.from - start - length, length),
                Side::Key => (layout.to + start, length),
            };
            start += length;
            // Much less than a pixel of a colour is not a colour.
            if length >= 0.2 {
                marks.push(Mark::Fill { rect: layout.rect(along, across), ink: Ink::Color(*color) });
            }
        }
        marks
    }

    /// A hairline before the first word of the second text.
    fn border(&self, side: Side, word: usize) -> Mark {
        let layout = self.layout;
        let length = layout.room + GAP + layout.bar;
        let start = if side == Side::Query { layout.from - GAP - length } else { layout.to + GAP };
        let along = (layout.middle(word) - layout.pitch / 2.0 - 0.5, 1.0);
        Mark::Fill { rect: layout.rect(along, (start, length)), ink: Ink::Line }
    }

    fn titles(&self) -> Vec<Mark> {
        let (left, right) = self.layout.edges;
        let top = self.names_height() + TITLE_ROOM / 2.0 - 2.0;
        let words = [tr("attends from (query)"), tr("attends to (key)")];
        let places = if self.layout.horizontal {
            [(left, top, Anchor::Left), (left, self.layout.height - TITLE_ROOM / 2.0, Anchor::Left)]
        } else {
            [(left, top, Anchor::Left), (right, top, Anchor::Right)]
        };
        let title = |(text, (x, y, anchor)): (String, (f64, f64, Anchor))| {
            self.text(text, (x, y), anchor, (TITLE, Ink::Muted), 0.0)
        };
        words.into_iter().zip(places).map(title).collect()
    }

    fn names_height(&self) -> f64 {
        match self.layout.names_in_row {
            0 => 0.0,
            in_row => self.colors.len().div_ceil(in_row) as f64 * NAME_HEIGHT,
        }
    }

    /// Which colour is which head.
    fn names(&self) -> Vec<Mark> {
        let in_row = self.layout.names_in_row;
        let mut marks = vec![];
        if in_row == 0 {
            return marks;
        }
        for (index, (color, (layer, head))) in self.colors.iter().zip(&self.layout.drawn.heads).enumerate() {
            let x = self.layout.edges.0 + (index % in_row) as f64 * NAME_WIDTH;
            let y = (index / in_row) as f64 * NAME_HEIGHT + MARGIN;
            let rect = Rect { x, y: y - 1.0, width: 10.0, height: 10.0 };
            marks.push(Mark::Fill { rect, ink: Ink::Color(*color) });
            let text = format!("{layer}.{head}");
            marks.push(self.text(text, (x + 14.0, y + 4.0), Anchor::Left, (TITLE, Ink::Text), 0.0));
        }
        marks
    }

    fn text(
        &self,
        text: String,
        (x, y): (f64, f64),
        anchor: Anchor,
        (font, ink): (Font, Ink),
        plate: f64,
    ) -> Mark {
        Mark::Text(TextMark { text, x, y, font, anchor, turn: 0.0, ink, plate })
    }
}
