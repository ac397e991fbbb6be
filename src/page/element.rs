//! One element's program: what `attention-map.js` holds while the element is in a document.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{Blob, Element, HtmlElement};
use yew::Callback;

use super::client::Addresses;
use super::deferred::Deferred;
use super::desk::{Change, Desk};
use super::events::{change, error};
use super::language::{LANGUAGES, NO_WORDS, speak};
use super::parts::Parts;
use super::ran::Ran;
use super::root::{Message, RootProps};
use super::stage::Place;
use super::state::Problem;
use super::wire;
use crate::shown::taken::Taken;
use crate::stored;

/// The program of one element, mounted in its shadow root. Dropping it takes everything away again.
pub struct Mounted {
    _place: Place,
    desk: Rc<Desk>,
}

impl Mounted {
    /// Shows the element's interface in `root`. Events are dispatched on `host`; what `root` stands in gets the theme's
    /// colours, for what stands there beside it.
    pub fn new(host: HtmlElement, root: Element, addresses: Addresses, parts: &'static Parts) -> Self {
        let frame = root.parent_element().unwrap_or_else(|| root.clone());
        let desk = Rc::<Desk>::default();
        let props = RootProps { host, frame, addresses, parts, desk: desk.clone() };
        Self { _place: Place::take(root, props), desk }
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
        self.put(Change::Attribute { name, value });
    }

    /// Shows a stored trace, its JSON text or the object that it was parsed to, or a trace as `run` gives it out.
    /// What cannot be shown is an `Error` with the code `trace-invalid`, and changes nothing. Returns what the file says of
    /// how it is to be seen.
    pub fn open(&self, given: JsValue) -> Result<Option<String>, JsValue> {
        let (ran, trace, carried) = read(given).map_err(|problem| error(&problem))?;
        self.put(Change::Open { ran: Rc::new(ran), trace });
        Ok(carried)
    }

    /// Says what kept the page around from what was wanted.
    pub fn fail(&self, code: &str, message: &str) {
        self.send(Message::Failed(Problem::new(code, message)));
    }

    /// The trace of what is shown, or null.
    pub fn trace(&self) -> JsValue {
        self.desk.trace()
    }

    /// All that a link to what is shown carries.
    pub fn state(&self) -> JsValue {
        change(&self.desk.state(), false)
    }

    /// The large view as SVG, its caption below. Before there is a map, and where it is a table, an `Error`.
    pub fn svg(&self) -> Result<String, JsValue> {
        Taken::of(&self.desk.state()).and_then(|taken| taken.svg()).ok_or_else(|| error(&no_picture()))
    }

    /// The same as a `Blob` of PNG.
    pub fn png(&self) -> Promise {
        let waiter = Deferred::default();
        let promise = waiter.promise();
        match Taken::of(&self.desk.state()).filter(Taken::is_picture) {
            Some(taken) => {
                let waiter = Cell::new(Some(waiter));
                taken.png(Callback::from(move |made: Result<Blob, Problem>| match (made, waiter.take()) {
                    (Ok(blob), Some(waiter)) => waiter.resolve(&blob),
                    (Err(problem), Some(waiter)) => waiter.reject(&problem),
                    (_, None) => {}
                }));
            }
            None => waiter.reject(&no_picture()),
        }
        promise
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

    fn put(&self, change: Change) {
        self.desk.put(change);
        self.send(Message::Changed);
    }

    fn send(&self, message: Message) {
        self.desk.send(message);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever still waits is told by what they wait on being dropped.
        self.desk.clear();
    }
}

/// A run of what the page around gave, the trace's object where it was one, and what a file says of how it is to be seen.
fn read(given: JsValue) -> Result<(Ran, Option<JsValue>, Option<String>), Problem> {
    let is_stored =
        |given: &JsValue| Reflect::get(given, &"format".into()).is_ok_and(|format| format.is_string());
    let told = |error: crate::error::Error| Problem::new(error.code(), error.to_string());
    let stored = match given.as_string() {
        Some(text) => Some(stored::decode_js(&text)),
        None => is_stored(&given).then(|| stored::decode_object(given.clone())),
    };
    match stored {
        Some(stored) => {
            let mut stored = stored.map_err(told)?;
            let carried = stored.state.take();
            Ok((Ran::stored(stored)?, None, carried))
        }
        None => {
            let trace = wire::trace(&given).map_err(|unread| {
                Problem::said(
                    "trace-invalid",
                    "it is neither a stored trace nor a trace: {0}",
                    &[&unread.said()],
                )
            })?;
            Ok((Ran::given(trace)?, Some(given), None))
        }
    }
}

fn no_picture() -> Problem {
    Problem::said("no-picture", "there is no picture yet, or the view is a table", &[])
}
