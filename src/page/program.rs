//! What a program of the page hands to `www/attention-map.js`. The app and the viewer export the same, with other parts.

/// The exports of a program with the given [`super::parts::Parts`]: a class `App` and `defaults`.
#[macro_export]
macro_rules! page_program {
    ($parts:expr) => {
        use js_sys::Promise;
        use wasm_bindgen::JsValue;
        use wasm_bindgen::prelude::wasm_bindgen;
        use web_sys::{Element, HtmlElement};
        use $crate::page::client::Addresses;
        use $crate::page::element::Mounted;
        use $crate::page::events::change;
        use $crate::page::parts::Parts;
        use $crate::page::state::State;

        // A seventh of the standard library's in size.
        #[cfg(target_arch = "wasm32")]
        #[global_allocator]
        static ALLOCATOR: $crate::page::Allocator = $crate::page::allocator();

        static PARTS: Parts = $parts;

        /// One element's program. `free` takes it away.
        #[wasm_bindgen]
        pub struct App(Mounted);

        #[wasm_bindgen]
        impl App {
            /// Shows the interface in `root`, an element of `host`'s shadow root. `worker` is the address of
            /// engine-worker.js, `models` that of the folder of models, ending in a slash.
            #[wasm_bindgen(constructor)]
            pub fn new(host: HtmlElement, root: Element, worker: String, models: String) -> Self {
                Self(Mounted::new(host, root, Addresses { worker, models }, &PARTS))
            }

            /// Hands over an attribute's value, `undefined` where it was taken away.
            pub fn set(&self, name: String, value: Option<String>) {
                self.0.set(name, value);
            }

            /// Speaks a language from now on, as all elements of the page do: `words` is an object from English texts to
            /// that language's, undefined for English.
            pub fn speak(&self, language: &str, words: JsValue) {
                self.0.speak(language, words);
            }

            /// Shows a stored trace, or a trace as `run` gives it out; throws where it cannot be read.
            /// Returns what a stored trace says of how it is to be seen.
            pub fn open(&self, given: JsValue) -> Result<Option<String>, JsValue> {
                self.0.open(given)
            }

            /// Says what kept the page around from what was wanted.
            pub fn fail(&self, code: &str, message: &str) {
                self.0.fail(code, message);
            }

            /// The trace of what is shown, or null.
            pub fn trace(&self) -> JsValue {
                self.0.trace()
            }

            /// All that a link carries: the detail of `attention-map:change`.
            pub fn state(&self) -> JsValue {
                self.0.state()
            }

            /// The large view as SVG; throws where there is none.
            pub fn svg(&self) -> Result<String, JsValue> {
                self.0.svg()
            }

            /// The large view as a `Blob` of PNG.
            pub fn png(&self) -> Promise {
                self.0.png()
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
    };
}
