//! A second model, loaded beside the element's own.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CustomEvent, Element, Event};
use yew::Callback;

use gloo::events::EventListener;

use super::host::{AttentionMapElement, problem};
use crate::model::{MODELS, ModelSpec};
use crate::page::events::{CHANGE, CHOOSE_LANGUAGE, ERROR, LINK, LIVE, PROGRESS, READY, TRACE};
use crate::page::state::Problem;
use crate::page::wire;

/// Bytes so far, bytes in all, and whether they come from the browser's cache.
pub type Progress = (f64, f64, bool);

/// The models whose heads can be laid beside those of `model`: as many layers, as many heads.
pub fn others(model: &ModelSpec) -> impl Iterator<Item = &'static ModelSpec> {
    let (id, shape) = (model.id, (model.layers, model.heads));
    MODELS.iter().filter(move |other| other.id != id && (other.layers, other.heads) == shape)
}

/// Loads a model into the page's engine: an element of its own asks for it, in `place`, which nobody sees, and goes as soon as
/// the model is there. The engine keeps it.
pub async fn load(
    host: &AttentionMapElement,
    place: &Element,
    model: &'static ModelSpec,
    progress: Callback<Progress>,
) -> Result<(), Problem> {
    let refused = |_| Problem::new("engine-not-started", "the browser refused another element");
    let document = gloo::utils::document();
    let loader: AttentionMapElement =
        document.create_element("attention-map").map_err(refused)?.unchecked_into();
    // In the host's language, which is that of all elements, and from where the host has its models.
    for name in ["backend", "model-base", "language", "history"] {
        if let Some(value) = host.get_attribute(name) {
            loader.set_attribute(name, &value).map_err(refused)?;
        }
    }
    for (name, value) in [("model", model.id), ("controls", "none"), ("aria-hidden", "true")] {
        loader.set_attribute(name, value).map_err(refused)?;
    }
    // What it tells is not the host's.
    let hushed: Vec<EventListener> = [READY, PROGRESS, TRACE, ERROR, LINK, CHOOSE_LANGUAGE, LIVE, CHANGE]
        .map(|name| EventListener::new(&loader, name, Event::stop_propagation))
        .into();
    let told = EventListener::new(&loader, PROGRESS, move |event| {
        let detail = event.dyn_ref::<CustomEvent>().map(CustomEvent::detail).unwrap_or_default();
        let number = |name| wire::number(&detail, name).unwrap_or(0.0);
        let cached = wire::field(&detail, "cached").is_ok_and(|cached| cached.is_truthy());
        progress.emit((number("loaded"), number("total"), cached));
    });
    let mut ended = Vec::new();
    let loaded = Promise::new(&mut |resolve, reject| {
        ended.push(EventListener::new(&loader, READY, move |_| {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }));
        ended.push(EventListener::new(&loader, ERROR, move |event| {
            let detail = event.dyn_ref::<CustomEvent>().map(CustomEvent::detail).unwrap_or_default();
            let _ = reject.call1(&JsValue::UNDEFINED, &detail);
        }));
    });
    place.append_child(&loader).map_err(refused)?;
    // It begins although nobody scrolls to it.
    let _ = loader.ready();
    let outcome = JsFuture::from(loaded).await;
    drop((hushed, told, ended));
    loader.remove();
    outcome.map(|_| ()).map_err(|error| problem(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_compared_with_others_of_its_shape_and_never_with_itself() {
        for model in MODELS {
            for other in others(model) {
                assert_ne!(other.id, model.id);
                assert_eq!((other.layers, other.heads), (model.layers, model.heads));
            }
        }
        assert!(others(&MODELS[0]).next().is_some());
    }
}
