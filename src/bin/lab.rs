//! The program that compares and disturbs. `www/attention-map.js` makes a [`Lab`] when a reader opens that part.

use attention_map::lab::bench::{Bench, BenchProps};
use attention_map::lab::host::AttentionMapElement;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;
use yew::{AppHandle, Renderer};

/// One element's comparisons. `free` takes them away.
#[wasm_bindgen]
pub struct Lab(Option<AppHandle<Bench>>);

#[wasm_bindgen]
impl Lab {
    /// Shows the experiments on `host` in `root`, an element of its shadow root.
    #[wasm_bindgen(constructor)]
    pub fn new(host: AttentionMapElement, root: Element) -> Self {
        Self(Some(Renderer::<Bench>::with_root_and_props(root, BenchProps { host }).render()))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(app) = self.0.take() {
            app.destroy();
        }
    }
}

/// The text of the style sheet, which adds to the element's.
#[wasm_bindgen]
pub fn style() -> String {
    include_str!("../lab/style.css").into()
}

fn main() {}
