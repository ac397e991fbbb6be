//! The page's program in the browser's main thread. `www/attention-map.js` makes an [`App`] for each element.

use attention_map::page::client::Addresses;
use attention_map::page::element::Mounted;
use attention_map::page::events::change;
use attention_map::page::state::State;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Element, HtmlElement};

/// The style sheet of the element's shadow root.
const STYLE: &str = concat!(
    include_str!("../page/style/base.css"),
    include_str!("../page/style/text.css"),
    include_str!("../page/style/maps.css"),
    include_str!("../page/style/explorer.css"),
    include_str!("../page/style/sizes.css"),
);

/// One element's program. `free` takes it away.
#[wasm_bindgen]
pub struct App(Mounted);

#[wasm_bindgen]
impl App {
    /// Shows the interface in `root`, an element of `host`'s shadow root. `worker` is the address of
    /// engine-worker.js, `models` that of the folder of models, ending in a slash.
    #[wasm_bindgen(constructor)]
    pub fn new(host: HtmlElement, root: Element, worker: String, models: String) -> Self {
        Self(Mounted::new(host, root, Addresses { worker, models }))
    }

    /// Hands over an attribute's value, `undefined` where it was taken away.
    pub fn set(&self, name: String, value: Option<String>) {
        self.0.set(name, value);
    }

    /// Speaks a language from now on, as all elements of the page do: `words` is an object from English texts to that
    /// language's, undefined for English.
    pub fn speak(&self, language: &str, words: JsValue) {
        self.0.speak(language, words);
    }

    /// Loads the model, after the first attributes.
    pub fn start(&self) {
        self.0.start();
    }

    /// Runs a text or a pair; resolves with the trace.
    pub fn run(&self, text: String, text_b: Option<String>) -> Promise {
        self.0.run(text, text_b)
    }

    /// Asks the engine a question, a request of src/protocol.rs without its id; resolves with the reply.
    pub fn ask(&self, question: JsValue) -> Promise {
        self.0.ask(question)
    }
}

/// The detail of `attention-map:change` for an element without attributes.
#[wasm_bindgen]
pub fn defaults() -> JsValue {
    change(&State::default(), false)
}

/// The text of the style sheet.
#[wasm_bindgen]
pub fn style() -> String {
    STYLE.into()
}

fn main() {}
