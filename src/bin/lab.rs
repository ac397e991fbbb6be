//! The program that compares and disturbs. `www/attention-map.js` makes a [`Lab`] when a reader opens that part.

use attention_map::lab::bench::{Bench, BenchProps, Message};
use attention_map::lab::host::AttentionMapElement;
use attention_map::page::language::speak;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;
use yew::{AppHandle, Renderer};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: attention_map::page::Allocator = attention_map::page::allocator();

/// One element's comparisons. `free` takes them away.
#[wasm_bindgen]
pub struct Lab(Option<AppHandle<Bench>>);

#[wasm_bindgen]
impl Lab {
    /// Speaks another language from now on: `words` is an object from English texts to that language's, undefined for
    /// English. All of a page's elements speak the same.
    pub fn speak(&self, words: JsValue) {
        speak(words);
        if let Some(app) = &self.0 {
            app.send_message(Message::Language);
        }
    }

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
