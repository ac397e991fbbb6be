//! The element, as any page around it sees it.

use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit};
use yew::Callback;

use super::side::Look;
use crate::lens::{HeadSet, LENSES, LensSpec};
use crate::model::{MODELS, ModelSpec};
use crate::page::state::Problem;

#[wasm_bindgen]
extern "C" {
    /// `<attention-map>`; www/attention-map.d.ts documents it.
    #[wasm_bindgen(extends = HtmlElement)]
    #[derive(Clone, PartialEq)]
    pub type AttentionMapElement;

    /// Resolves with the engine's reply.
    #[wasm_bindgen(method)]
    pub fn ask(this: &AttentionMapElement, question: &JsValue) -> Promise;

    /// Resolves as soon as the model can run; asking for it begins to load that.
    #[wasm_bindgen(method, getter)]
    pub fn ready(this: &AttentionMapElement) -> Promise;
}

/// What the element shows, by its attributes.
#[derive(Clone, PartialEq)]
pub struct Subject {
    pub text: String,
    pub text_b: Option<String>,
    pub model: &'static ModelSpec,
    pub layer: usize,
    pub head: usize,
    /// Chosen beside the selected head.
    pub heads: Rc<HeadSet>,
    pub lens: &'static LensSpec,
    /// The first layer of a rollout.
    pub from: usize,
    /// `theme`, where it is not left to the system.
    pub dark: Option<bool>,
}

impl Subject {
    /// What cannot be read counts as if it were not there, as in the element.
    pub fn of(host: &AttentionMapElement) -> Self {
        let attribute = |name: &str| host.get_attribute(name);
        let model = attribute("model").and_then(|id| MODELS.iter().find(|model| model.id == id));
        let model = model.unwrap_or(&MODELS[0]);
        let below = |name: &str, count: usize| {
            attribute(name).and_then(|text| text.parse().ok()).filter(|number| *number < count).unwrap_or(0)
        };
        let lens = attribute("lens").and_then(|id| LENSES.iter().find(|lens| lens.id == id));
        let heads = attribute("heads").and_then(|text| HeadSet::parse(&text, model.layers, model.heads).ok());
        Self {
            text: attribute("text").unwrap_or_default(),
            // Without words it is no second text.
            text_b: attribute("text-b").filter(|text| !text.trim().is_empty()),
            model,
            layer: below("layer", model.layers),
            head: below("head", model.heads),
            heads: Rc::new(heads.unwrap_or_default()),
            lens: lens.unwrap_or(&LENSES[0]),
            from: below("from-layer", model.layers),
            dark: match attribute("theme").as_deref() {
                Some("dark") => Some(true),
                Some("light") => Some(false),
                _ => None,
            },
        }
    }

    /// The text, or the two.
    pub fn texts(&self) -> (String, Option<String>) {
        (self.text.clone(), self.text_b.clone())
    }

    /// What the maps are seen through.
    pub fn look(&self) -> Look {
        let Self { lens, ref heads, from, layer, head, .. } = *self;
        Look { lens, heads: heads.clone(), from, layer, head }
    }

    /// The heads that are switched off: those that were chosen, or the selected one.
    pub fn switched_off(&self) -> Vec<(usize, usize)> {
        if self.heads.is_empty() { vec![(self.layer, self.head)] } else { self.heads.iter().collect() }
    }
}

/// Selects a head in the element.
pub fn select(host: &AttentionMapElement, layer: usize, head: usize) {
    for (name, value) in [("layer", layer), ("head", head)] {
        // Neither the names nor the values can be refused.
        let _ = host.set_attribute(name, &value.to_string());
    }
}

/// What a promise of [`AttentionMapElement::ask`] was rejected with.
pub fn problem(error: &JsValue) -> Problem {
    let text = |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
    Problem::new(
        text("code").as_deref().unwrap_or("protocol"),
        text("message").unwrap_or_else(|| "the engine gave no reason".into()),
    )
}

/// A list of [number, number].
pub fn pairs(pairs: impl IntoIterator<Item = (usize, usize)>) -> JsValue {
    let number = |number: usize| JsValue::from_f64(number as f64);
    pairs.into_iter().map(|(one, other)| Array::of2(&number(one), &number(other))).collect::<Array>().into()
}

/// Tells of every change of the element's attributes, until it is dropped.
pub struct Watch {
    observer: MutationObserver,
    _closure: Closure<dyn FnMut()>,
}

impl Watch {
    pub fn new(host: &AttentionMapElement, changed: Callback<()>) -> Option<Self> {
        let closure = Closure::<dyn FnMut()>::new(move || changed.emit(()));
        let observer = MutationObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        let what = MutationObserverInit::new();
        what.set_attributes(true);
        observer.observe_with_options(host, &what).ok()?;
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
