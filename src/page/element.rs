//! One element's program: what `attention-map.js` holds while the element is in a document.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};
use yew::{AppHandle, Renderer};

use super::client::Addresses;
use super::deferred::Deferred;
use super::language::{LANGUAGES, NO_WORDS, speak};
use super::root::{Message, Root, RootProps};
use super::state::Problem;

/// The program of one element, mounted in its shadow root. Dropping it takes everything away again.
pub struct Mounted {
    app: Option<AppHandle<Root>>,
}

impl Mounted {
    /// Shows the element's interface in `root` and starts the engine. Events are dispatched on `host`; what `root` stands in
    /// gets the theme's colours, for what stands there beside it.
    pub fn new(host: HtmlElement, root: Element, addresses: Addresses) -> Self {
        let frame = root.parent_element().unwrap_or_else(|| root.clone());
        let props = RootProps { host, frame, addresses };
        Self { app: Some(Renderer::<Root>::with_root_and_props(root, props).render()) }
    }

    /// Runs a text or a pair and resolves with its trace.
    pub fn run(&self, text: String, text_b: Option<String>) -> Promise {
        let waiter = Deferred::default();
        let promise = waiter.promise();
        self.send(Message::Run { text, text_b, waiter });
        promise
    }

    /// Asks the engine, and resolves with its reply.
    pub fn ask(&self, question: JsValue) -> Promise {
        let waiter = Deferred::default();
        let promise = waiter.promise();
        self.send(Message::Ask { question, waiter });
        promise
    }

    /// An attribute was given a new value, or taken away.
    pub fn set(&self, name: String, value: Option<String>) {
        self.send(Message::Attribute { name, value });
    }

    /// Loads the model and runs the text, once the first attributes are set.
    pub fn start(&self) {
        self.send(Message::Start);
    }

    /// The page speaks `language` from now on, with `words` from English texts to its own. Without words it stays English,
    /// and where they were wanted says so.
    pub fn speak(&self, language: &str, words: JsValue) {
        let found = LANGUAGES.iter().find(|known| known.0 == language).map_or(LANGUAGES[0], |&known| known);
        let spoken = if words.is_object() { found.0 } else { LANGUAGES[0].0 };
        let problem = (spoken != found.0).then(|| {
            Problem::said(
                NO_WORDS,
                "The words of this page in {0} could not be fetched, so it stays in English.",
                &[found.1],
            )
        });
        speak(words);
        self.send(Message::Language(spoken, problem));
    }

    fn send(&self, message: Message) {
        if let Some(app) = &self.app {
            app.send_message(message);
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
    }
}
