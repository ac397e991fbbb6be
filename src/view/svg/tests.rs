use roxmltree::{Document, Node};

use super::super::picture::{Font, Ink};
use super::super::theme::{DARK, LIGHT};
use super::*;

const SIZE: Size = Size { width: 300.0, height: 200.5, ratio: 2.0 };

fn text(text: &str, anchor: Anchor, turn: f64) -> TextMark {
    TextMark {
        text: text.into(),
        x: 40.0,
        y: 20.0,
        font: Font::plain(12.0),
        anchor,
        turn,
        ink: Ink::Text,
        plate: 0.0,
    }
}

fn none(_: &Image) -> Option<String> {
    None
}

fn written(picture: &Picture) -> String {
    svg(picture, SIZE, &LIGHT, ("Title", "Description"), &none)
}

fn with_marks(marks: Vec<Mark>) -> Picture {
    Picture { images: vec![], marks }
}

/// `columns` x `rows` cells of `cell` pixels, the last of which in each direction is paper, all of different colours.
fn cells(columns: usize, rows: usize, cell: usize) -> Image {
    let (width, height) = (columns * cell, rows * cell);
    let mut rgba = vec![];
    for y in 0..height {
        for x in 0..width {
            let index = y / cell * columns + x / cell;
            let [red, green] = (index as u16).to_le_bytes();
            let is_gap = x % cell == cell - 1 || y % cell == cell - 1;
            let [r, g, b] = if is_gap { LIGHT.paper } else { [red, green, 1] };
            rgba.extend([r, g, b, 255]);
        }
    }
    Image { x: 20, y: 10, width, height, rgba }
}

fn named<'a>(document: &'a Document, name: &'a str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name(name)).collect()
}

fn length(node: Node, name: &str) -> f64 {
    node.attribute(name).and_then(|value| value.parse().ok()).expect("a number")
}

#[test]
fn any_text_is_well_formed_and_still_the_text() {
    let labels =
        ["<b>&\"'</b>", "]]>", "لم يعبر", "👩\u{200d}👩\u{200d}👧", "中文", "&amp;", "--", "  two  spaces "];
    let marks = labels.iter().map(|label| Mark::Text(text(label, Anchor::Right, -0.5))).collect();
    let file = svg(&with_marks(marks), SIZE, &DARK, ("a < b & \"c\"", "]]> <title>"), &none);
    let document = Document::parse(&file).expect("well-formed XML");
    let texts: Vec<&str> = named(&document, "text").iter().filter_map(|node| node.text()).collect();
    assert_eq!(texts, labels);
    assert_eq!(named(&document, "title")[0].text(), Some("a < b & \"c\""));
    assert_eq!(named(&document, "desc")[0].text(), Some("]]> <title>"));
    assert_eq!(
        document.root_element().first_element_child().map(|node| node.tag_name().name()),
        Some("title")
    );
}

#[test]
fn every_character_can_stand_in_a_picture() {
    let all: String =
        (0..0x11_0000).filter_map(char::from_u32).filter(|c| *c < '\u{3000}' || *c > '\u{fff0}').collect();
    let file = written(&with_marks(vec![Mark::Text(text(&all, Anchor::Left, 0.0))]));
    let document = Document::parse(&file).expect("well-formed XML");
    let read = named(&document, "text")[0].text().expect("text");
    assert_eq!(read.chars().count(), all.chars().count());
    assert!(read.starts_with('␀') && read.contains('␛'));
}

#[test]
fn a_picture_has_a_size_and_needs_nothing_from_elsewhere() {
    let file = written(&with_marks(vec![Mark::Text(text("word", Anchor::Left, 0.0))]));
    let document = Document::parse(&file).expect("XML");
    let root = document.root_element();
    assert_eq!(root.attribute("viewBox"), Some("0 0 300 200.5"));
    assert_eq!((root.attribute("width"), root.attribute("height")), (Some("300"), Some("200.5")));
    assert_eq!(root.attribute("role"), Some("img"));
    assert!(root.attribute("font-family").is_some_and(|family| family.ends_with(", sans-serif")));
    assert!(
        root.descendants().all(|node| node.attribute("style").is_none() && node.attribute("id").is_none())
    );
}

#[test]
fn a_map_of_cells_becomes_a_rectangle_a_cell_of_its_colour_and_place() {
    let image = cells(64, 64, 5);
    let picture = Picture { images: vec![image], marks: vec![] };
    let file = svg(&picture, SIZE, &LIGHT, ("", ""), &|_| panic!("few enough for rectangles"));
    let document = Document::parse(&file).expect("XML");
    let rects = named(&document, "rect");
    // The first is the ground.
    assert_eq!(rects.len(), 1 + MOST_RECTANGLES);
    assert_eq!(rects[0].attribute("fill"), Some("#f7fcfd"));
    // Cell (query 2, key 3): 5 pixels apart, from (20, 10), at 2 pixels to a CSS pixel.
    let cell = rects[1 + 2 * 64 + 3];
    assert_eq!(cell.attribute("fill"), Some("#830001"));
    let corners = ["x", "y", "width", "height"].map(|name| length(cell, name));
    assert_eq!(corners, [(20.0 + 15.0) / 2.0, (10.0 + 10.0) / 2.0, 2.0, 2.0]);
}

#[test]
fn a_larger_map_is_one_embedded_image_or_rectangles_if_it_cannot_be() {
    let picture = Picture { images: vec![cells(65, 64, 3)], marks: vec![] };
    let embed = |_: &Image| Some("data:image/png;base64,AAAA".to_owned());
    let file = svg(&picture, SIZE, &LIGHT, ("", ""), &embed);
    let document = Document::parse(&file).expect("XML");
    let images = named(&document, "image");
    assert_eq!((images.len(), named(&document, "rect").len()), (1, 1));
    let address = images[0].attribute(("http://www.w3.org/1999/xlink", "href"));
    assert_eq!(address, Some("data:image/png;base64,AAAA"));
    let corners = ["x", "y", "width", "height"].map(|name| length(images[0], name));
    assert_eq!(corners, [10.0, 5.0, 97.5, 96.0]);
    let written = written(&picture);
    let document = Document::parse(&written).expect("XML");
    assert_eq!(named(&document, "rect").len(), 1 + 65 * 64);
}

#[test]
fn marks_keep_their_order_places_and_colours() {
    let rect = Rect { x: 1.0 / 3.0, y: -2.5, width: 10.0, height: 4.0 };
    let file = written(&with_marks(vec![
        Mark::Fill { rect, ink: Ink::Muted },
        Mark::Stroke { rect, width: 0.5, ink: Ink::Accent },
        Mark::Line { from: (1.0, 2.0), to: (3.0, 4.25), width: 1.5, ink: Ink::Color([1, 2, 3]), alpha: 0.25 },
    ]));
    let document = Document::parse(&file).expect("XML");
    let marks: Vec<Node> = document.root_element().children().filter(Node::is_element).skip(3).collect();
    let [fill, stroke, line] = marks[..] else { panic!("{} marks", marks.len()) };
    assert_eq!((fill.attribute("x"), fill.attribute("y")), (Some("0.333"), Some("-2.5")));
    assert_eq!(fill.attribute("fill"), Some("#5a5b70"));
    assert_eq!((stroke.attribute("fill"), stroke.attribute("stroke-width")), (Some("none"), Some("0.5")));
    assert_eq!(stroke.attribute("stroke"), Some("#b83b0a"));
    assert_eq!(["x1", "y1", "x2", "y2"].map(|name| length(line, name)), [1.0, 2.0, 3.0, 4.25]);
    assert_eq!((line.attribute("stroke"), line.attribute("stroke-opacity")), (Some("#010203"), Some("0.25")));
}

#[test]
fn text_stands_turned_around_its_point_with_its_plate_below_it() {
    let plated = TextMark { plate: 30.0, ..text("word", Anchor::Right, -std::f64::consts::FRAC_PI_2) };
    let file = written(&with_marks(vec![Mark::Text(plated), Mark::Text(text("شارع", Anchor::Left, 0.0))]));
    let document = Document::parse(&file).expect("XML");
    let texts = named(&document, "text");
    assert_eq!(texts[0].attribute("transform"), Some("translate(40 20) rotate(-90)"));
    assert_eq!((texts[0].attribute("text-anchor"), texts[0].attribute("x")), (Some("end"), Some("0")));
    let plate = named(&document, "rect")[1];
    assert_eq!(plate.attribute("transform"), texts[0].attribute("transform"));
    assert_eq!((length(plate, "x"), length(plate, "width"), length(plate, "y")), (-30.0, 30.0, -7.5));
    assert!(plate.next_sibling_element() == Some(texts[0]));
    assert_eq!(texts[1].attribute("unicode-bidi"), Some("plaintext"));
    assert_eq!((texts[1].attribute("x"), texts[1].attribute("transform")), (Some("40"), None));
}

#[test]
fn numbers_are_short_and_always_numbers() {
    let numbers = [0.0, -0.0001, 1.0, -1.5, 0.0625, 1e3, f64::NAN, 2.0 / 3.0];
    assert_eq!(numbers.map(number), ["0", "0", "1", "-1.5", "0.063", "1000", "0", "0.667"]);
}
