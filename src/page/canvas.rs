//! Draws a [`Picture`] on a canvas, and measures text as that canvas would draw it.

use std::cell::RefCell;
use std::ops::Range;

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::four::FAST;
use crate::view::Size;
use crate::view::picture::{Anchor, Font, Image, Ink, Mark, Measure, Picture, TextMark};
use crate::view::theme::{FAMILY, Theme, hex};

/// Draws `picture` alone on `canvas`. `ground` fills it first; without one it stays clear.
pub fn draw(canvas: &HtmlCanvasElement, picture: &Picture, size: Size, theme: &Theme, ground: bool) {
    fit(canvas, size);
    draw_part(canvas, picture, size, theme, ground, None);
}

/// Gives `canvas` the pixels of a size, which empties it if it had others; whether it did.
pub fn fit(canvas: &HtmlCanvasElement, size: Size) -> bool {
    let (width, height) = (device(size.width, size.ratio), device(size.height, size.ratio));
    let other = canvas.width() != width || canvas.height() != height;
    if other {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    other
}

/// [`draw`], all or what lies in a band of the height, in CSS pixels. Images are drawn whole.
pub fn draw_part(
    canvas: &HtmlCanvasElement,
    picture: &Picture,
    size: Size,
    theme: &Theme,
    ground: bool,
    band: Option<Range<f64>>,
) {
    let Some(context) = context(canvas) else { return };
    let band = band.filter(|_| FAST);
    let whole = band.is_none();
    let band = band.unwrap_or(0.0..size.height + 1.0);
    let (start, end) = ((band.start * size.ratio).floor(), (band.end * size.ratio).ceil());
    let width = f64::from(canvas.width());
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    context.save();
    if !whole {
        context.begin_path();
        context.rect(0.0, start, width, end - start);
        context.clip();
    }
    context.clear_rect(0.0, start, width, end - start);
    if ground {
        context.set_fill_style_str(&hex(theme.paper));
        context.fill_rect(0.0, start, width, end - start);
    }
    for image in &picture.images {
        put(&context, image);
    }
    let to_pixels = || {
        let _ = context.set_transform(size.ratio, 0.0, 0.0, size.ratio, 0.0, 0.0);
    };
    to_pixels();
    // What the canvas was told last, which it need not be told again: of thousands of lines most are like the one before.
    let (mut stroke, mut set) = (None, None);
    for mark in picture.marks.iter().filter(|mark| whole || mark.touches(&band)) {
        match mark {
            Mark::Fill { rect, ink } => {
                set = None;
                context.set_fill_style_str(&hex(theme.color(*ink)));
                context.fill_rect(rect.x, rect.y, rect.width, rect.height);
            }
            Mark::Stroke { rect, width, ink } => {
                stroke = None;
                context.set_stroke_style_str(&hex(theme.color(*ink)));
                context.set_line_width(*width);
                context.stroke_rect(rect.x, rect.y, rect.width, rect.height);
            }
            Mark::Line { from, to, width, ink, alpha } => {
                if stroke != Some(*ink) {
                    stroke = Some(*ink);
                    context.set_stroke_style_str(&hex(theme.color(*ink)));
                    context.set_line_cap("round");
                }
                context.set_line_width(*width);
                context.set_global_alpha(f64::from(*alpha));
                context.begin_path();
                context.move_to(from.0, from.1);
                context.line_to(to.0, to.1);
                context.stroke();
                context.set_global_alpha(1.0);
            }
            Mark::Text(text) => {
                write(&context, text, theme, &mut set);
                if text.turn != 0.0 {
                    // It has turned the canvas around its own point.
                    to_pixels();
                }
            }
        }
    }
    context.restore();
}

/// Puts an image where it belongs, over what is there.
pub fn put_image(canvas: &HtmlCanvasElement, image: &Image) {
    if let Some(context) = context(canvas) {
        put(&context, image);
    }
}

/// A canvas that is never shown.
pub fn unseen() -> Option<HtmlCanvasElement> {
    gloo::utils::document().create_element("canvas").ok()?.dyn_into().ok()
}

/// The address of an image's pixels as PNG, which holds them itself.
pub fn data_address(image: &Image) -> Option<String> {
    let canvas = unseen()?;
    canvas.set_width(image.width as u32);
    canvas.set_height(image.height as u32);
    put(&context(&canvas)?, &Image { x: 0, y: 0, ..image.clone() });
    // A canvas that is too large gives an empty address.
    canvas.to_data_url().ok().filter(|address| address.starts_with("data:image/png"))
}

/// Measures on a canvas that is never shown.
#[derive(Default)]
pub struct CanvasMeasure(RefCell<(Option<CanvasRenderingContext2d>, Option<Font>)>);

impl Measure for CanvasMeasure {
    fn width(&self, text: &str, font: Font) -> f64 {
        if FAST { known(text, font, || self.measured(text, font)) } else { self.measured(text, font) }
    }
}

impl CanvasMeasure {
    fn measured(&self, text: &str, font: Font) -> f64 {
        let (context, set) = &mut *self.0.borrow_mut();
        if context.is_none() {
            *context = unseen().as_ref().and_then(self::context);
        }
        let Some(context) = context else { return 0.0 };
        if *set != Some(font) {
            context.set_font(&css(font));
            *set = Some(font);
        }
        context.measure_text(text).map_or(0.0, |measured| measured.width())
    }
}

/// Widths that are kept.
const MOST_KNOWN: usize = 4096;

thread_local! {
    /// What was measured before, in the order of the texts: words of 512 tokens take milliseconds.
    static KNOWN: RefCell<Vec<(Box<str>, Font, f64)>> = const { RefCell::new(Vec::new()) };
}

/// The width of a text that was measured before, or as it is `measured` now.
fn known(text: &str, font: Font, measured: impl FnOnce() -> f64) -> f64 {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let order = |font: Font| (font.size as u32, font.bold);
        let place = known.binary_search_by(|(text_known, of, _)| {
            (**text_known).cmp(text).then(order(*of).cmp(&order(font)))
        });
        match place {
            Ok(place) => known[place].2,
            Err(place) => {
                let width = measured();
                known.insert(place, (text.into(), font, width));
                width
            }
        }
    })
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

fn device(length: f64, ratio: f64) -> u32 {
    (length * ratio).round().max(1.0) as u32
}

fn put(context: &CanvasRenderingContext2d, image: &Image) {
    let data = ImageData::new_with_u8_clamped_array_and_sh(
        Clamped(&image.rgba),
        image.width as u32,
        image.height as u32,
    );
    if let Ok(data) = data {
        let _ = context.put_image_data(&data, image.x as f64, image.y as f64);
    }
}

/// `set` is how the text before was written, if nothing came between that had another colour.
fn write(
    context: &CanvasRenderingContext2d,
    text: &TextMark,
    theme: &Theme,
    set: &mut Option<(Font, Ink, Anchor)>,
) {
    let (mut x, mut y) = (text.x, text.y);
    if text.turn != 0.0 {
        let _ = context.translate(x, y);
        let _ = context.rotate(text.turn);
        (x, y) = (0.0, 0.0);
    }
    if let Some(plate) = text.plate_rect() {
        *set = None;
        context.set_fill_style_str(&hex(theme.paper));
        context.fill_rect(x + plate.x, y + plate.y, plate.width, plate.height);
    }
    let wanted = (text.font, text.ink, text.anchor);
    if *set != Some(wanted) {
        *set = Some(wanted);
        context.set_font(&css(text.font));
        context.set_fill_style_str(&hex(theme.color(text.ink)));
        context.set_text_baseline("middle");
        context.set_text_align(match text.anchor {
            Anchor::Left => "left",
            Anchor::Middle => "center",
            Anchor::Right => "right",
        });
    }
    let _ = context.fill_text(&text.text, x, y);
}

fn css(font: Font) -> String {
    let weight = if font.bold { "600" } else { "400" };
    format!("{weight} {}px {FAMILY}", font.size as u32)
}
