//! What the element tells the page around it.

use js_sys::{Error, Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use super::state::{Problem, State};
use crate::shown::carried::{Carried, carried};

pub const READY: &str = "attention-map:ready";
pub const PROGRESS: &str = "attention-map:progress";
pub const TRACE: &str = "attention-map:trace";
pub const ERROR: &str = "attention-map:error";
/// For the element's own module, before [`ERROR`]: the model could not be loaded, or runs no more.
pub const STOPPED: &str = "attention-map:stopped";
/// The page's address is about to be copied: it should carry what is seen.
pub const LINK: &str = "attention-map:link";
/// The reader wants another language, whose id is the detail.
pub const CHOOSE_LANGUAGE: &str = "attention-map:choose-language";
/// The reader wants what is stored to be computed anew, by the model.
pub const LIVE: &str = "attention-map:live";
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

/// What a link to this view has to carry, by the names of the element's properties: null or false where that is the
/// default. And `replaced`: the change put a text aside that the reader may want back.
pub fn change(state: &State, replaced: bool) -> JsValue {
    let value = |value: &Carried| match value {
        Carried::Default => JsValue::NULL,
        Carried::Text(text) => JsValue::from_str(text),
        Carried::Number(number) => JsValue::from_f64(*number),
        Carried::Flag(flag) => JsValue::from_bool(*flag),
    };
    let carried = carried(state);
    let mut entries: Vec<_> = carried.iter().map(|(name, carried)| (*name, value(carried))).collect();
    entries.push(("replaced", JsValue::from_bool(replaced)));
    object(&entries)
}
