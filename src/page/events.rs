//! What the element tells the page around it.

use js_sys::{Error, Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use super::state::{Problem, State};

pub const READY: &str = "attention-map:ready";
pub const PROGRESS: &str = "attention-map:progress";
pub const TRACE: &str = "attention-map:trace";
pub const ERROR: &str = "attention-map:error";
pub const CHANGE: &str = "attention-map:change";

/// Dispatches an event on the element, that bubbles out of shadow trees.
pub fn emit(host: &HtmlElement, name: &str, detail: &JsValue) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        let _ = host.dispatch_event(&event);
    }
}

/// The JavaScript `Error` of a problem, with its `code`.
pub fn error(problem: &Problem) -> JsValue {
    let error = Error::new(&problem.message);
    let _ = Reflect::set(&error, &"code".into(), &JsValue::from_str(&problem.code));
    error.into()
}

/// A plain object of `entries`.
pub fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in entries {
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// What a link to this view has to carry: `text`, `textB` (null without one), `layer`, `head`, `scale`,
/// `backend`, `model`. And `replaced`: the change put a text aside that the reader may want back.
pub fn change(state: &State, replaced: bool) -> JsValue {
    object(&[
        ("text", JsValue::from_str(&state.text)),
        ("textB", state.text_b.as_deref().map_or(JsValue::NULL, JsValue::from_str)),
        ("layer", JsValue::from_f64(state.layer as f64)),
        ("head", JsValue::from_f64(state.head as f64)),
        ("scale", JsValue::from_str(state.scale.id())),
        ("backend", JsValue::from_str(super::attributes::backend_id(state.backend))),
        ("model", JsValue::from_str(state.model.id)),
        ("replaced", JsValue::from_bool(replaced)),
    ])
}
