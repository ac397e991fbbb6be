//! A picture as a file that stands alone: SVG 1.1 that browsers, office programs and typesetters read.
//!
//! Text is text, in the families of the page and any sans serif after them. Colours are attributes, since a style
//! sheet would leak into a page that holds the picture, and a content security policy may forbid it.

use super::Size;
use super::picture::{Anchor, Image, Mark, Picture, Rect, TextMark};
use super::theme::{FAMILY, Theme, hex};

/// Rectangles that an image may become. What has more parts, as a map of more than 64 x 64 has, is embedded as pixels.
pub const MOST_RECTANGLES: usize = 4096;

/// From a text's middle line to its base line, over the size of its font. `dominant-baseline` would say it better, but
/// many programs do not know it.
const MIDDLE: f64 = 0.35;

/// Writes `picture` as SVG.
///
/// `title` and `description` are what a screen reader says of it. `embed` makes an image's `data:` address, of PNG;
/// where it cannot, the image is written as rectangles, however many that takes.
pub fn svg(
    picture: &Picture,
    size: Size,
    theme: &Theme,
    (title, description): (&str, &str),
    embed: &dyn Fn(&Image) -> Option<String>,
) -> String {
    let (width, height) = (number(size.width), number(size.height));
    let family = escaped(FAMILY);
    let mut file = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" font-family=\"{family}\" xml:space=\"preserve\">\n<title>{}</title>\n<desc>{}</desc>\n",
        escaped(title),
        escaped(description),
    );
    let whole = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
    rectangle(&mut file, whole, &[("fill", &hex(theme.paper))]);
    for image in &picture.images {
        write_image(&mut file, image, size.ratio, theme, embed);
    }
    for mark in &picture.marks {
        match mark {
            Mark::Fill { rect, ink } => rectangle(&mut file, *rect, &[("fill", &hex(theme.color(*ink)))]),
            Mark::Stroke { rect, width, ink } => rectangle(
                &mut file,
                *rect,
                &[("fill", "none"), ("stroke", &hex(theme.color(*ink))), ("stroke-width", &number(*width))],
            ),
            Mark::Line { from, to, width, ink, alpha } => element(
                &mut file,
                "line",
                &[
                    ("x1", &number(from.0)),
                    ("y1", &number(from.1)),
                    ("x2", &number(to.0)),
                    ("y2", &number(to.1)),
                    ("stroke", &hex(theme.color(*ink))),
                    ("stroke-width", &number(*width)),
                    ("stroke-opacity", &number(f64::from(*alpha))),
                    ("stroke-linecap", "round"),
                ],
            ),
            Mark::Text(text) => write_text(&mut file, text, theme),
        }
    }
    file.push_str("</svg>\n");
    file
}

fn write_image(
    file: &mut String,
    image: &Image,
    ratio: f64,
    theme: &Theme,
    embed: &dyn Fn(&Image) -> Option<String>,
) {
    let place = |(x, y, width, height): (usize, usize, usize, usize)| Rect {
        x: (image.x + x) as f64 / ratio,
        y: (image.y + y) as f64 / ratio,
        width: width as f64 / ratio,
        height: height as f64 / ratio,
    };
    let parts = rectangles(image, theme.paper, MOST_RECTANGLES);
    let address = if parts.is_none() { embed(image) } else { None };
    if let Some(address) = address {
        let rect = place((0, 0, image.width, image.height));
        let mut attributes = corners(rect).to_vec();
        attributes.push(("preserveAspectRatio", "none".into()));
        attributes.push(("image-rendering", "pixelated".into()));
        // SVG 1.1 and 2 name it differently; programs that know one do not all know the other.
        attributes.push(("xmlns:xlink", "http://www.w3.org/1999/xlink".into()));
        attributes.push(("xlink:href", address));
        let attributes: Vec<_> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        return element(file, "image", &attributes);
    }
    // Neighbours would show a seam of half-covered pixels.
    file.push_str("<g shape-rendering=\"crispEdges\">\n");
    for (part, color) in parts.or_else(|| rectangles(image, theme.paper, usize::MAX)).unwrap_or_default() {
        rectangle(file, place(part), &[("fill", &hex(color))]);
    }
    file.push_str("</g>\n");
}

/// Rectangle (x, y, width, height) in an image's pixels, and its colour.
type Part = ((usize, usize, usize, usize), [u8; 3]);

/// The rectangles of one colour that an image of cells consists of, but for those of `ground`; nothing where there
/// are more than `most`.
fn rectangles(image: &Image, ground: [u8; 3], most: usize) -> Option<Vec<Part>> {
    let row = |y: usize| &image.rgba[y * image.width * 4..(y + 1) * image.width * 4];
    let mut parts = vec![];
    let mut y = 0;
    while y < image.height {
        let same = (y..image.height).take_while(|&next| row(next) == row(y)).count();
        let (pixels, _) = row(y).as_chunks::<4>();
        let mut x = 0;
        for run in pixels.chunk_by(|a, b| a == b) {
            let [red, green, blue, _] = run[0];
            if [red, green, blue] != ground {
                parts.push(((x, y, run.len(), same), [red, green, blue]));
            }
            x += run.len();
        }
        if parts.len() > most {
            return None;
        }
        y += same;
    }
    Some(parts)
}

fn write_text(file: &mut String, text: &TextMark, theme: &Theme) {
    let turn = format!(
        "translate({} {}) rotate({})",
        number(text.x),
        number(text.y),
        number(text.turn.to_degrees())
    );
    let (x, y) = if text.turn == 0.0 { (text.x, text.y) } else { (0.0, 0.0) };
    if let Some(plate) = text.plate_rect() {
        let plate = Rect { x: x + plate.x, y: y + plate.y, ..plate };
        let ground = hex(theme.paper);
        let mut attributes = vec![("fill", ground.as_str())];
        if text.turn != 0.0 {
            attributes.push(("transform", &turn));
        }
        rectangle(file, plate, &attributes);
    }
    let base = y + MIDDLE * text.font.size;
    let (x, y, font_size) = (number(x), number(base), number(text.font.size));
    let ink = hex(theme.color(text.ink));
    let mut attributes = vec![
        ("x", x.as_str()),
        ("y", &y),
        ("font-size", &font_size),
        ("fill", &ink),
        // Left and right, since the text's direction stays that of the file.
        (
            "text-anchor",
            match text.anchor {
                Anchor::Left => "start",
                Anchor::Middle => "middle",
                Anchor::Right => "end",
            },
        ),
    ];
    if text.font.bold {
        attributes.push(("font-weight", "600"));
    }
    if text.turn != 0.0 {
        attributes.push(("transform", &turn));
    }
    if !text.text.is_ascii() {
        // Its first letter says which way it runs.
        attributes.push(("unicode-bidi", "plaintext"));
    }
    open(file, "text", &attributes);
    file.push('>');
    file.push_str(&escaped(&text.text));
    file.push_str("</text>\n");
}

fn rectangle(file: &mut String, rect: Rect, rest: &[(&str, &str)]) {
    let corners = corners(rect);
    let attributes: Vec<_> =
        corners.iter().map(|(name, value)| (*name, value.as_str())).chain(rest.iter().copied()).collect();
    element(file, "rect", &attributes);
}

fn corners(rect: Rect) -> [(&'static str, String); 4] {
    [
        ("x", number(rect.x)),
        ("y", number(rect.y)),
        ("width", number(rect.width)),
        ("height", number(rect.height)),
    ]
}

fn element(file: &mut String, name: &str, attributes: &[(&str, &str)]) {
    open(file, name, attributes);
    file.push_str("/>\n");
}

/// An element's tag, not yet closed. The values are numbers, colours and words of this file, which need no escapes.
fn open(file: &mut String, name: &str, attributes: &[(&str, &str)]) {
    file.push('<');
    file.push_str(name);
    for (name, value) in attributes {
        for part in [" ", name, "=\"", value, "\""] {
            file.push_str(part);
        }
    }
}

/// To a thousandth. What is no number is 0, because an attribute must be one.
fn number(value: f64) -> String {
    let scaled = (value.abs() * 1000.0).round() as u64;
    let sign = if value < 0.0 && scaled > 0 { "-" } else { "" };
    let whole = sign.to_owned() + &(scaled / 1000).to_string();
    match scaled % 1000 {
        0 => whole,
        part => format!("{whole}.{part:03}").trim_end_matches('0').to_owned(),
    }
}

/// `text` as XML 1.0 has it. Control characters, which it cannot hold, become their pictures.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\x1f' => escaped.push(char::from_u32(0x2400 + character as u32).unwrap_or(' ')),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
