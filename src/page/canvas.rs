//! Draws a [`Picture`] on a canvas, and measures text as that canvas would draw it.

use std::cell::RefCell;

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::view::Size;
use crate::view::picture::{Anchor, Font, Image, Mark, Measure, Picture, TextMark};
use crate::view::theme::{FAMILY, Theme, hex};

/// Draws `picture` alone on `canvas`. `ground` fills it first; without one it stays clear.
pub fn draw(canvas: &HtmlCanvasElement, picture: &Picture, size: Size, theme: &Theme, ground: bool) {
    let (width, height) = (device(size.width, size.ratio), device(size.height, size.ratio));
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let Some(context) = context(canvas) else { return };
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    if ground {
        context.set_fill_style_str(&hex(theme.paper));
        context.fill_rect(0.0, 0.0, f64::from(width), f64::from(height));
    }
    for image in &picture.images {
        put(&context, image);
    }
    let to_pixels = || {
        let _ = context.set_transform(size.ratio, 0.0, 0.0, size.ratio, 0.0, 0.0);
    };
    to_pixels();
    for mark in &picture.marks {
        match mark {
            Mark::Fill { rect, ink } => {
                context.set_fill_style_str(&hex(theme.color(*ink)));
                context.fill_rect(rect.x, rect.y, rect.width, rect.height);
            }
            Mark::Stroke { rect, width, ink } => {
                context.set_stroke_style_str(&hex(theme.color(*ink)));
                context.set_line_width(*width);
                context.stroke_rect(rect.x, rect.y, rect.width, rect.height);
            }
            Mark::Line { from, to, width, ink, alpha } => {
                context.set_stroke_style_str(&hex(theme.color(*ink)));
                context.set_line_width(*width);
                context.set_line_cap("round");
                context.set_global_alpha(f64::from(*alpha));
                context.begin_path();
                context.move_to(from.0, from.1);
                context.line_to(to.0, to.1);
                context.stroke();
                context.set_global_alpha(1.0);
            }
            Mark::Text(text) => {
                // It turns the canvas around its own point.
                write(&context, text, theme);
                to_pixels();
            }
        }
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
pub struct CanvasMeasure(RefCell<(Option<CanvasRenderingContext2d>, Option<Font>)>);

impl Default for CanvasMeasure {
    fn default() -> Self {
        let context = unseen().as_ref().and_then(context);
        Self(RefCell::new((context, None)))
    }
}

impl Measure for CanvasMeasure {
    fn width(&self, text: &str, font: Font) -> f64 {
        let (context, set) = &mut *self.0.borrow_mut();
        let Some(context) = context else { return 0.0 };
        if *set != Some(font) {
            context.set_font(&css(font));
            *set = Some(font);
        }
        context.measure_text(text).map_or(0.0, |measured| measured.width())
    }
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

fn write(context: &CanvasRenderingContext2d, text: &TextMark, theme: &Theme) {
    let _ = context.translate(text.x, text.y);
    let _ = context.rotate(text.turn);
    if let Some(plate) = text.plate_rect() {
        context.set_fill_style_str(&hex(theme.paper));
        context.fill_rect(plate.x, plate.y, plate.width, plate.height);
    }
    context.set_font(&css(text.font));
    context.set_fill_style_str(&hex(theme.color(text.ink)));
    context.set_text_baseline("middle");
    context.set_text_align(match text.anchor {
        Anchor::Left => "left",
        Anchor::Middle => "center",
        Anchor::Right => "right",
    });
    let _ = context.fill_text(&text.text, 0.0, 0.0);
}

fn css(font: Font) -> String {
    let weight = if font.bold { "600" } else { "400" };
    format!("{weight} {}px {FAMILY}", font.size as u32)
}
