//! What the page around an element may ask for at any moment: what is shown, with the attributes that were set since.
//!
//! Attributes reach the component at its next turn. Whoever sets one and then asks for the picture means the new one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::{Array, Float32Array};
use wasm_bindgen::JsValue;
use yew::html::Scope;

use super::attributes;
use super::events::object;
use super::ran::{Mapped, Ran};
use super::root::{Message, Root};
use super::state::{ASKS, Action, State};
use crate::trace::{Cut, Token};

/// Shared by an element's component and whoever holds its program.
#[derive(Default)]
pub struct Desk {
    state: RefCell<State>,
    /// The object of the newest run, which the page around has been given.
    trace: RefCell<Option<JsValue>>,
    /// A run that the page around has been given. It came before all that waits.
    arrived: RefCell<Option<Arrived>>,
    waiting: RefCell<VecDeque<Change>>,
    /// The component, while it is there, and what it is to hear of once it is.
    link: RefCell<Option<Scope<Root>>>,
    unsent: RefCell<Vec<Message>>,
}

/// A run, its object, and what has the component take it in.
struct Arrived {
    ran: Rc<Ran>,
    object: JsValue,
    _turn: Timeout,
}

/// A change from outside.
pub enum Change {
    Attribute { name: String, value: Option<String> },
    Open { ran: Rc<Ran>, trace: Option<JsValue> },
}

impl Desk {
    /// The component is there, and is told what it has missed.
    pub fn connect(&self, link: Scope<Root>) {
        link.send_message_batch(self.unsent.take());
        self.link.replace(Some(link));
    }

    /// Tells the component, which may not be there yet.
    pub fn send(&self, message: Message) {
        match &*self.link.borrow() {
            Some(link) => link.send_message(message),
            None => self.unsent.borrow_mut().push(message),
        }
    }

    /// The element is gone: nothing is held for it any more.
    pub fn clear(&self) {
        self.link.take();
        self.unsent.take();
        self.arrived.take();
        self.waiting.take();
        self.trace.take();
        self.state.take();
    }

    /// Has a run wait until the page around has had its turn.
    pub fn bring(self: &Rc<Self>, ran: Rc<Ran>, object: JsValue) {
        let desk = self.clone();
        let turn = Timeout::new(0, move || desk.send(Message::Changed));
        self.arrived.replace(Some(Arrived { ran, object, _turn: turn }));
    }

    /// The run that waits, and its object.
    pub fn take_arrived(&self) -> Option<(Rc<Ran>, JsValue)> {
        self.arrived.take().map(|arrived| (arrived.ran, arrived.object))
    }

    /// Has a change wait for the component's next turn.
    pub fn put(&self, change: Change) {
        self.waiting.borrow_mut().push_back(change);
    }

    /// The change that has waited longest.
    pub fn take(&self) -> Option<Change> {
        self.waiting.borrow_mut().pop_front()
    }

    /// Keeps what the component shows.
    pub fn keep(&self, state: &State) {
        self.state.replace(state.clone());
    }

    /// Keeps the object of what is shown, which the page around has been given.
    pub fn keep_trace(&self, trace: JsValue) {
        self.trace.replace(Some(trace));
    }

    /// What is shown as soon as all that waits has been taken in.
    pub fn state(&self) -> State {
        let mut state = self.state.borrow().clone();
        if ASKS && let Some(arrived) = &*self.arrived.borrow() {
            state.apply(Action::Ran(arrived.ran.clone()));
        }
        for change in &*self.waiting.borrow() {
            let action = match change {
                Change::Attribute { name, value } => {
                    attributes::parse(name, value.as_deref(), &state).ok().flatten()
                }
                Change::Open { ran, .. } => Some(Action::Open(ran.clone())),
            };
            if let Some(action) = action {
                state.apply(action);
            }
        }
        state
    }

    /// The trace of what is shown, null before there is one.
    pub fn trace(&self) -> JsValue {
        let state = self.state();
        let opened = self.waiting.borrow().iter().any(|change| matches!(change, Change::Open { .. }));
        let (arrived, told) = (self.arrived.borrow(), self.trace.borrow());
        let newest = arrived.as_ref().filter(|_| ASKS).map(|arrived| &arrived.object).or(told.as_ref());
        match (&state.ran, newest) {
            (None, _) => JsValue::NULL,
            (Some(_), Some(trace)) if !opened => trace.clone(),
            (Some(ran), _) => trace_of(ran),
        }
    }
}

/// A trace as `el.run` gives it out. Where not all heads are there, a map names those that are in `stored`.
pub fn trace_of(ran: &Ran) -> JsValue {
    let text = |text: &str| JsValue::from_str(text);
    let number = |number: usize| JsValue::from_f64(number as f64);
    let cut = |cut: &Cut| {
        object(&[
            ("segment", number(cut.segment)),
            ("start", number(cut.start)),
            ("tokens", number(cut.tokens)),
        ])
    };
    object(&[
        ("model", text(&ran.model.id)),
        ("backend", text(ran.backend.id())),
        ("adapter", text(&ran.adapter)),
        ("texts", ran.texts.iter().map(|one| text(one)).collect::<Array>().into()),
        ("maps", ran.maps.iter().map(map_of).collect::<Array>().into()),
        ("cuts", ran.cuts.iter().map(cut).collect::<Array>().into()),
        ("milliseconds", JsValue::from_f64(ran.milliseconds)),
    ])
}

fn map_of(map: &Mapped) -> JsValue {
    let number = |number: usize| JsValue::from_f64(number as f64);
    let (layers, heads) = map.shape();
    let stored = map.heads();
    let (queries, keys) = map.weights.shape();
    let weights = Float32Array::new_with_length((stored.len() * queries * keys) as u32);
    let mut read = vec![];
    for (index, &(layer, head)) in stored.iter().enumerate() {
        map.weights.read(layer, head, &mut read);
        let start = index * read.len();
        weights.subarray(start as u32, (start + read.len()) as u32).copy_from(&read);
    }
    let tokens = |tokens: &[Token]| tokens.iter().map(token).collect::<Array>().into();
    let mut fields = vec![
        ("kind", JsValue::from_str(map.kind.id())),
        ("layers", number(layers)),
        ("heads", number(heads)),
        ("queries", tokens(map.queries())),
        ("keys", tokens(map.keys())),
        ("weights", weights.into()),
    ];
    if stored.len() < layers * heads {
        let pair = |&(layer, head): &(usize, usize)| Array::of2(&number(layer), &number(head));
        fields.push(("stored", stored.iter().map(pair).collect::<Array>().into()));
    }
    object(&fields)
}

fn token(token: &Token) -> JsValue {
    object(&[
        ("text", JsValue::from_str(&token.text)),
        ("start", JsValue::from_f64(token.start as f64)),
        ("end", JsValue::from_f64(token.end as f64)),
        ("special", JsValue::from_bool(token.special)),
        ("segment", JsValue::from_f64(token.segment as f64)),
    ])
}
