//! What components need of the browser: sizes, the system's theme, animation frames. Each listener lives in
//! a struct that takes it away when dropped.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::render::request_animation_frame;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, MediaQueryList, MediaQueryListEvent, ResizeObserver};
use yew::{Callback, NodeRef, hook, use_effect_with, use_mut_ref, use_state};

use super::brush::{self, Begun, Brush};
use crate::view::Size;
use crate::view::theme::{FAMILY, Theme, hex};

/// Follows a media query.
pub struct MediaWatch {
    query: MediaQueryList,
    _listener: EventListener,
}

impl MediaWatch {
    pub fn new(query: &str, changed: Callback<bool>) -> Option<Self> {
        let query = gloo::utils::window().match_media(query).ok().flatten()?;
        let listener = EventListener::new(&query, "change", move |event| {
            if let Some(event) = event.dyn_ref::<MediaQueryListEvent>() {
                changed.emit(event.matches());
            }
        });
        Some(Self { query, _listener: listener })
    }

    pub fn matches(&self) -> bool {
        self.query.matches()
    }
}

/// What the page around may set goes before the theme's: `--attention-map-` and the property's own name.
const THEIRS: &str = "attention-map-";

/// Sets the theme's colours and the families of text as custom properties, through the object model, since a content
/// security policy may forbid style attributes. The paper is nobody's to set: it is the colour of a weight of zero.
pub fn apply_theme(root: &Element, theme: &Theme) {
    if let Some(root) = root.dyn_ref::<HtmlElement>() {
        let set = |name: &str, own: &str| {
            let value = match name.strip_prefix("--") {
                Some(bare) if bare != "paper" => format!("var(--{THEIRS}{bare}, {own})"),
                _ => own.to_owned(),
            };
            let _ = root.style().set_property(name, &value);
        };
        for (name, color) in theme.properties() {
            set(name, &hex(color));
        }
        set("--family", FAMILY);
        set("color-scheme", if theme.dark { "dark" } else { "light" });
    }
}

pub use crate::view::functions::decimal;

/// Size of `node` in CSS pixels and the device pixels of each, once it is known and whenever it changes.
#[hook]
pub fn use_size(node: &NodeRef) -> Option<Size> {
    let size = use_state(|| None);
    let (measured, node) = (size.clone(), node.clone());
    use_effect_with((), move |()| {
        let observed = node.cast::<HtmlElement>().and_then(|element| {
            Observed::new(&element.clone(), move || {
                let next = Size {
                    width: f64::from(element.client_width()),
                    height: f64::from(element.client_height()),
                    ratio: gloo::utils::window().device_pixel_ratio(),
                };
                // A hidden element has no size worth painting for.
                if next.width > 0.0 {
                    measured.set(Some(next));
                }
            })
        });
        move || drop(observed)
    });
    *size
}

/// Draws what `picture` returns on the canvas, in the next animation frame after `deps` changed.
#[hook]
pub fn use_picture<D, P, B>(
    canvas: &NodeRef,
    size: Option<Size>,
    theme: &'static Theme,
    ground: bool,
    deps: D,
    picture: P,
) where
    D: PartialEq + 'static,
    B: Into<Begun>,
    P: FnOnce(Size) -> B + 'static,
{
    let brush = use_mut_ref(Brush::default);
    let canvas = canvas.clone();
    use_effect_with((deps, size, theme.dark), move |_| {
        if let Some(size) = size {
            brush::draw(&brush, canvas, (size, theme, ground), Box::new(move || picture(size).into()));
        }
    });
}

/// Follows an element's size, and the window's, whose zoom changes the ratio of pixels.
struct Observed {
    observer: ResizeObserver,
    _closure: Closure<dyn FnMut()>,
    _zoomed: EventListener,
}

impl Observed {
    fn new(element: &Element, changed: impl Fn() + Clone + 'static) -> Option<Self> {
        // In the next frame: a component that answers by setting its height would make the observer complain.
        let frame = Rc::new(RefCell::new(None));
        let next_frame = move || {
            let changed = changed.clone();
            *frame.borrow_mut() = Some(request_animation_frame(move |_| changed()));
        };
        let zoomed = next_frame.clone();
        let closure = Closure::<dyn FnMut()>::new(next_frame);
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        let zoomed = EventListener::new(&gloo::utils::window(), "resize", move |_| zoomed());
        Some(Self { observer, _closure: closure, _zoomed: zoomed })
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
