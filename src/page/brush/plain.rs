//! Draws pictures on a canvas, each whole: for the viewer's program, which is to be small.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use web_sys::HtmlCanvasElement;
use yew::NodeRef;

use super::canvas;
use crate::view::Size;
use crate::view::picture::Picture;
use crate::view::theme::Theme;

pub type Begun = Picture;

/// Held, since a frame that is dropped is never drawn.
#[derive(Default)]
pub struct Brush(Option<AnimationFrame>);

/// In the next frame, draws what `begin` makes then, on the theme's paper or, without `ground`, on nothing.
pub fn draw(
    brush: &Rc<RefCell<Brush>>,
    canvas: NodeRef,
    (size, theme, ground): (Size, &'static Theme, bool),
    begin: Box<dyn FnOnce() -> Begun>,
) {
    let frame = request_animation_frame(move |_| {
        if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
            canvas::draw(&canvas, &begin(), size, theme, ground);
        }
    });
    brush.borrow_mut().0 = Some(frame);
}
