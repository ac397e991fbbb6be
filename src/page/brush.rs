//! Draws pictures on a canvas frame by frame: what is seen comes first, and the rest keeps the page from nothing else.
//!
//! What is drawn of an older picture of the same text stays until it is drawn over; of another text nothing stays. While
//! there is more to come the canvas is `aria-busy`.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use web_sys::HtmlCanvasElement;
use yew::NodeRef;

use super::canvas::{draw_part, fit, put_image};
use crate::view::Size;
use crate::view::picture::{Image, Picture};
use crate::view::theme::Theme;

/// Milliseconds of a frame after which the images that are left wait for the next.
const BUDGET: f64 = 8.0;
/// CSS pixels of the height of a high canvas that are drawn in a frame. The browser copies all of it after each.
const BAND: f64 = 2048.0;
/// And around what is seen of it.
const MARGIN: f64 = 60.0;

/// A picture, perhaps with images to follow.
pub struct Begun {
    pub picture: Picture,
    /// Pictures of the same sign and size are the same but for what follows.
    pub sign: Option<Sign>,
    /// How many images follow.
    pub count: usize,
    /// Makes one of them.
    pub follow: Box<dyn Fn(usize) -> Option<Image>>,
    /// Of what it is a picture. What is drawn of something else does not stay.
    pub of: usize,
}

pub type Sign = [usize; 3];
/// Of a picture with nothing in it.
const NOTHING: Sign = [0; 3];

impl From<Picture> for Begun {
    fn from(picture: Picture) -> Self {
        let empty = picture.images.is_empty() && picture.marks.is_empty();
        Self { picture, sign: empty.then_some(NOTHING), count: 0, follow: Box::new(|_| None), of: 0 }
    }
}

/// What is known of a canvas.
#[derive(Default)]
pub struct Brush {
    /// Held here, since a frame that is dropped is never drawn.
    frame: Option<AnimationFrame>,
    /// What it shows, but for what follows; None where that is to be drawn anew.
    shown: Option<(Sign, Size, bool)>,
    of: usize,
}

/// What is drawn, and what is left of it to draw.
struct Work {
    canvas: HtmlCanvasElement,
    size: Size,
    theme: &'static Theme,
    ground: bool,
    begun: Begun,
    /// Bands of the height, from the last one on.
    bands: Vec<Range<f64>>,
    next: usize,
    /// Nothing of it may wait.
    whole: bool,
}

/// In the next frame, draws what `begin` makes then, on the theme's paper or, without `ground`, on nothing. What was left to
/// draw of an older picture is not drawn.
pub fn draw(
    brush: &Rc<RefCell<Brush>>,
    canvas: NodeRef,
    (size, theme, ground): (Size, &'static Theme, bool),
    begin: Box<dyn FnOnce() -> Begun>,
) {
    let drawing = brush.clone();
    let frame = request_animation_frame(move |_| {
        let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
        let begun = begin();
        let mut work = Work { canvas, size, theme, ground, begun, bands: vec![], next: 0, whole: false };
        if drawing.borrow_mut().prepare(&mut work) {
            go_on(&drawing, work);
        }
    });
    brush.borrow_mut().frame = Some(frame);
}

impl Brush {
    /// Whether there is anything to draw.
    fn prepare(&mut self, work: &mut Work) -> bool {
        let Work { canvas, size, theme, ground, begun, bands, whole, .. } = work;
        let emptied = fit(canvas, *size);
        let other = self.of != begun.of;
        self.of = begun.of;
        // What is drawn of another text is replaced in this frame.
        *whole = other;
        let sign = begun.sign.map(|sign| (sign, *size, theme.dark));
        let same = !emptied && !other && sign.is_some() && self.shown == sign;
        // A canvas that nothing is drawn on takes no memory: of lines between 512 words that is 30 MB to be copied.
        let clear = emptied && !*ground && begun.sign == Some(NOTHING);
        if same || clear {
            self.shown = sign;
            let _ = canvas.remove_attribute("aria-busy");
            return begun.count > 0;
        }
        self.shown = None;
        let high = size.height > BAND && begun.picture.images.is_empty();
        *bands = if high { in_bands(canvas, size.height) } else { vec![0.0..size.height] };
        if high && other {
            draw_part(canvas, &Picture::default(), *size, theme, *ground, None);
        }
        true
    }
}

/// Draws for a frame, and again in the next one if anything is left.
fn go_on(brush: &Rc<RefCell<Brush>>, mut work: Work) {
    let Work { canvas, size, theme, ground, begun, bands, next, whole } = &mut work;
    if let Some(band) = bands.pop() {
        let high = band.end - band.start < size.height;
        draw_part(canvas, &begun.picture, *size, theme, *ground, high.then_some(band));
    }
    if bands.is_empty() {
        let started = js_sys::Date::now();
        while *next < begun.count && (*whole || js_sys::Date::now() - started < BUDGET) {
            if let Some(image) = (begun.follow)(*next) {
                put_image(canvas, &image);
            }
            *next += 1;
        }
    }
    if !bands.is_empty() || *next < begun.count {
        let _ = canvas.set_attribute("aria-busy", "true");
        let drawing = brush.clone();
        let frame = request_animation_frame(move |_| go_on(&drawing, work));
        brush.borrow_mut().frame = Some(frame);
        return;
    }
    let _ = canvas.remove_attribute("aria-busy");
    brush.borrow_mut().shown = begun.sign.map(|sign| (sign, *size, theme.dark));
}

/// The height of a canvas in bands, the one that is seen last.
fn in_bands(canvas: &HtmlCanvasElement, height: f64) -> Vec<Range<f64>> {
    let window = gloo::utils::window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(BAND);
    let top = -canvas.get_bounding_client_rect().top() - MARGIN;
    bands_around(top, top + window + 2.0 * MARGIN, height)
}

fn bands_around(top: f64, end: f64, height: f64) -> Vec<Range<f64>> {
    let (top, end) = (top.floor().max(0.0).min(height), end.ceil().max(0.0).min(height));
    let mut bands = vec![];
    for part in [end..height, 0.0..top] {
        let mut from = part.start;
        while from < part.end {
            let to = (from + BAND).min(part.end);
            bands.push(from..to);
            from = to;
        }
    }
    if end > top {
        bands.push(top..end);
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cover_all_of_the_height_once_and_begin_with_what_is_seen() {
        for (top, end) in
            [(-60.0, 960.0), (3000.5, 4020.0), (7900.0, 9000.0), (-2000.0, -900.0), (9000.0, 9900.0)]
        {
            let bands = bands_around(top, end, 8200.0);
            let mut sorted = bands.clone();
            sorted.sort_by(|one, other| one.start.total_cmp(&other.start));
            assert_eq!((sorted[0].start, sorted[sorted.len() - 1].end), (0.0, 8200.0));
            assert!(sorted.windows(2).all(|two| two[0].end == two[1].start), "{sorted:?}");
            if top > 0.0 && end < 8200.0 {
                let first = &bands[bands.len() - 1];
                assert!(first.start <= top && first.end >= end);
            }
        }
    }
}
