//! The picture of one query's scores.

use super::super::colormap::Diverging;
use super::super::figures::{grouped, signed, weight};
use super::super::functions::exp;
use super::super::label::{Label, LabelKind, ellipsised};
use super::super::order::largest_first;
use super::super::picture::{Anchor, Font, Image, Ink, Mark, Measure, Picture, Rect, TextMark};
use super::super::words::{listed, tr, tr_with};
use super::super::{Neurons, Scene, ViewState, bar};
use super::place::{BAR, FIGURES, FONT, GAP, LINE, STRIP};
use super::{NeuronLayout, Row, products, vector};

/// Elements at least so wide stand apart.
const CELL_WITH_GAP: f64 = 5.0;
/// Height of a bar.
const BAR_HEIGHT: f64 = 8.0;
/// Width of the bars of colours.
const SCALE: f64 = 64.0;

/// Strips, numbers and bars.
pub fn paint(layout: &NeuronLayout, scene: &Scene, state: &ViewState, measure: &dyn Measure) -> Picture {
    let Some((query, neurons)) = layout.neurons(scene) else { return Picture::default() };
    let (place, ends) = (&layout.place, &layout.ends);
    let colors = Diverging::on(state.ramp.zero());
    let mut picture = Picture::default();
    let strip = |picture: &mut Picture, values: &[f32], end: f32, corner| {
        add_strip(picture, layout, values, corner, |value| colors.color(value, end));
    };
    let name = ellipsised(&scene.tokens[query].text, place.label_room, FONT, measure);
    let asking = vector(&neurons.queries, neurons.width, query);
    strip(&mut picture, asking, ends.element, (place.strip_x, 20.0));
    picture.marks.push(text(tr("query q"), (place.strip_x, 9.0), Anchor::Left, Ink::Muted));
    let at = (place.strip_x - GAP, 20.0 + STRIP / 2.0);
    picture.marks.push(bold(name, at, Anchor::Right, Ink::Text, 0.0));
    let (x, y) = if place.stacked { (place.strip_x, 48.0) } else { (place.product(0).0, 9.0) };
    for (line, (end, of)) in [(ends.element, "q, k"), (ends.product, "q × k")].into_iter().enumerate() {
        let said = (signed(-f64::from(end), 2), signed(f64::from(end), 2) + "  " + of);
        let at = (x + FIGURES.0, y + LINE * line as f64, SCALE);
        bar::add(&mut picture, at, place.ratio, |share| colors.color(2.0 * share - 1.0, 1.0), said);
    }
    let y = place.top - 10.0;
    let root = format!("q·k / √{}", neurons.width);
    let products_title = if place.stacked { tr("key k, below it q × k") } else { tr("key k") };
    let mut titles = vec![
        (products_title, place.strip_x, Anchor::Left),
        (root, place.score_x, Anchor::Right),
        ("softmax".into(), place.weight_x, Anchor::Right),
    ];
    if !place.stacked {
        titles.push(("q × k".into(), place.product(0).0, Anchor::Left));
    }
    picture
        .marks
        .extend(titles.into_iter().map(|(title, x, anchor)| text(title, (x, y), anchor, Ink::Muted)));
    for (at, row) in layout.rows.iter().enumerate() {
        let key = vector(&neurons.keys, neurons.width, row.token);
        strip(&mut picture, key, ends.element, place.key(at));
        let products: Vec<f32> = products(neurons, query, row.token).collect();
        strip(&mut picture, &products, ends.product, place.product(at));
        let label = &scene.tokens[row.token];
        let ink = if label.kind == LabelKind::Special { Ink::Muted } else { Ink::Text };
        let middle = (place.strip_x - GAP, place.key(at).1 + STRIP / 2.0);
        picture.marks.push(text(
            ellipsised(&label.text, place.label_room, FONT, measure),
            middle,
            Anchor::Right,
            ink,
        ));
        let positive = Ink::Color(state.ramp.color(0.75, 1.0));
        picture.marks.extend(numbers(layout, at, row, &colors, positive));
    }
    picture
}

/// The picked key's row, and how its weight comes about, in words.
pub fn paint_focus(
    layout: &NeuronLayout,
    scene: &Scene,
    state: &ViewState,
    measure: &dyn Measure,
) -> Picture {
    let Some((_, neurons)) = layout.neurons(scene) else { return Picture::default() };
    let Some(at) = layout.picked(scene, state) else { return Picture::default() };
    let (place, row) = (&layout.place, &layout.rows[at]);
    let name = shortened(&scene.tokens[row.token], place.label_room, measure);
    let middle = (place.strip_x - GAP, place.key(at).1 + STRIP / 2.0);
    let mut marks = vec![
        bold(name, middle, Anchor::Right, Ink::Accent, place.label_room),
        Mark::Stroke { rect: place.row(at).grown(-0.5), width: 1.0, ink: Ink::Accent },
    ];
    let first = place.top - 26.0 - LINE * place.lines as f64 + LINE / 2.0;
    let lines = spelled_out(layout, scene, neurons, row, measure);
    marks.extend(lines.into_iter().enumerate().map(|(line, said)| {
        text(said, (place.strip_x, first + LINE * line as f64), Anchor::Left, Ink::Text)
    }));
    Picture { images: vec![], marks }
}

/// How a weight comes about, in lines that fit.
pub fn spelled_out(
    layout: &NeuronLayout,
    scene: &Scene,
    neurons: &Neurons,
    row: &Row,
    measure: &dyn Measure,
) -> Vec<String> {
    let Some(query) = layout.query else { return vec![] };
    let name = |token: usize| shortened(&scene.tokens[token], layout.place.label_room, measure);
    let sum = signed(row.score * (neurons.width as f64).sqrt(), 3);
    let products: Vec<f32> = products(neurons, query, row.token).collect();
    let mut sizes: Vec<(f32, usize)> = products.iter().map(|product| product.abs()).zip(0..).collect();
    largest_first(&mut sizes);
    let element = |&(_, at): &(f32, usize)| format!("{at} ({})", signed(f64::from(products[at]), 2));
    let largest: Vec<String> = sizes.iter().take(2).map(element).collect();
    // The sum of the exponentials, as long as it is a number of few digits.
    let softmax = if layout.log_sum.abs() < 11.0 {
        let all = exp(layout.log_sum);
        let all = if all < 1000.0 { signed(all, 2) } else { grouped(all.round() as usize) };
        format!("exp({}) / {all}", signed(row.score, 3))
    } else {
        format!("exp({} − {})", signed(row.score, 3), signed(layout.log_sum, 3))
    };
    let parts = [
        format!("“{}” → “{}”:", name(query), name(row.token)),
        tr_with("the sum of {0} products is {1};", &[&neurons.width.to_string(), &sum]),
        format!("{sum} / √{} = {};", neurons.width, signed(row.score, 3)),
        format!("{softmax} = {}.", weight(row.weight)),
        tr_with("Largest: element {0}.", &[&listed(&largest)]),
    ];
    let room = layout.place.width - layout.place.strip_x - GAP;
    let mut lines: Vec<String> = vec![];
    for part in parts {
        match lines.last_mut() {
            Some(line)
                if measure.width(line, FONT) + measure.width(&part, FONT) + FONT.size / 2.0 <= room =>
            {
                line.push(' ');
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

/// A row's score and weight, each as a number and a bar.
fn numbers(layout: &NeuronLayout, at: usize, row: &Row, colors: &Diverging, positive: Ink) -> Vec<Mark> {
    let (place, ends) = (&layout.place, &layout.ends);
    let y = place.key(at).1 + STRIP / 2.0;
    let bar_y = if place.stacked { place.product(at).1 + 2.0 } else { y - BAR_HEIGHT / 2.0 };
    // Under its number, or after it.
    let bar = |right: f64, room: f64| if place.stacked { (right - room, room) } else { (right + GAP, BAR) };
    let (score_x, score_room) = bar(place.score_x, FIGURES.0 - 2.0);
    let (weight_x, weight_room) = bar(place.weight_x, FIGURES.1);
    let share = if ends.score > 0.0 { row.score / ends.score } else { 0.0 };
    let zero = score_x + score_room / 2.0;
    let length = (share * score_room / 2.0).abs();
    let fill = |x, width, ink| Mark::Fill { rect: Rect { x, y: bar_y, width, height: BAR_HEIGHT }, ink };
    let color = Ink::Color(colors.color(share.signum() as f32, 1.0));
    let weight_share = if ends.weight > 0.0 { f64::from(row.weight / ends.weight) } else { 0.0 };
    vec![
        text(signed(row.score, 2), (place.score_x, y), Anchor::Right, Ink::Text),
        fill(if share < 0.0 { zero - length } else { zero }, length, color),
        fill(zero - 0.5, 1.0, Ink::Muted),
        text(weight(row.weight), (place.weight_x, y), Anchor::Right, Ink::Text),
        fill(weight_x, weight_share * weight_room, positive),
    ]
}

/// A vector's elements side by side.
fn add_strip(
    picture: &mut Picture,
    layout: &NeuronLayout,
    values: &[f32],
    (x, y): (f64, f64),
    color: impl Fn(f32) -> [u8; 3],
) {
    let device = |length: f64| (length * layout.place.ratio).round() as usize;
    let (cell, height) = (device(layout.place.cell).max(1), device(STRIP).max(1));
    let gap = usize::from(layout.place.cell >= CELL_WITH_GAP);
    let paper = color(0.0);
    let row = values.iter().flat_map(|&value| {
        let color = color(value);
        (0..cell).flat_map(move |x| {
            let [red, green, blue] = if x < cell - gap { color } else { paper };
            [red, green, blue, 255]
        })
    });
    let rgba = row.collect::<Vec<u8>>().repeat(height);
    let image = Image { x: device(x), y: device(y), width: values.len() * cell, height, rgba };
    // Elements near 0 have the paper's colour; a hairline shows how far the strip goes.
    let (hair, css) = (1.0 / layout.place.ratio, |pixels: usize| pixels as f64 / layout.place.ratio);
    let rect =
        Rect { x: css(image.x), y: css(image.y), width: css(image.width - gap), height: css(image.height) };
    picture.marks.push(Mark::Stroke { rect: rect.grown(hair / 2.0), width: hair, ink: Ink::Line });
    picture.images.push(image);
}

fn shortened(label: &Label, room: f64, measure: &dyn Measure) -> String {
    ellipsised(&label.text, room, Font { bold: true, ..FONT }, measure)
}

fn text(text: String, (x, y): (f64, f64), anchor: Anchor, ink: Ink) -> Mark {
    Mark::Text(TextMark { text, x, y, font: FONT, anchor, turn: 0.0, ink, plate: 0.0 })
}

fn bold(text: String, (x, y): (f64, f64), anchor: Anchor, ink: Ink, plate: f64) -> Mark {
    let font = Font { bold: true, ..FONT };
    Mark::Text(TextMark { text, x, y, font, anchor, turn: 0.0, ink, plate })
}
