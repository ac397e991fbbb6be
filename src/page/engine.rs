//! The engine's worker: one for all elements on the page, alive while one of them is.
//!
//! Routes and watches are called from inside [`Engine::ask`] where the worker turns out to be lost, so whoever
//! asks holds no borrow that they need.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::events::EventListener;
use js_sys::{Error, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::deferred::Deferred;
use super::state::Problem;
use super::wire::{self, Heard};
use crate::lens::Hold;
use crate::protocol::{JsWeights, Request};
use crate::shown::profile::Measured;
use crate::trace::{AttentionMap, Backend, Trace};

/// What the engine says to whoever asked.
pub enum Answer {
    Progress {
        loaded: f64,
        total: f64,
        cached: bool,
    },
    Ready {
        backend: Backend,
        adapter: String,
    },
    /// The run's trace, and the JavaScript object that it was read from.
    Traced {
        trace: Trace<JsWeights>,
        object: JsValue,
    },
    Profiled(Result<Measured, Problem>),
    /// What was asked, about a text of so many tokens.
    Inspected {
        tokens: usize,
        values: Vec<f32>,
    },
    Notice(Problem),
    /// The request failed.
    Error(Problem),
    /// The worker is gone, and every request with it. Comes to watches, not to routes.
    Lost(Problem),
}

impl Hold for JsWeights {
    fn is_whole(map: &AttentionMap<Self>) -> bool {
        // An array whose buffer was transferred has a length of 0.
        map.weights.0.length() as usize == map.layers * map.heads * map.head_len()
    }

    fn read(map: &AttentionMap<Self>, layer: usize, head: usize, into: &mut Vec<f32>) {
        into.resize(map.head_len(), 0.0);
        let start = map.head_offset(layer, head);
        let end = start + map.head_len();
        if end <= map.weights.0.length() as usize {
            map.weights.0.subarray(start as u32, end as u32).copy_to(into);
        } else {
            into.fill(0.0);
        }
    }
}

/// The worker and its listeners; dropping it ends the worker.
pub struct Engine {
    shared: Rc<Shared>,
    _listeners: [EventListener; 3],
}

struct Shared {
    worker: Worker,
    started: Cell<bool>,
    /// Why the worker is gone.
    lost: RefCell<Option<Problem>>,
    next_id: Cell<u32>,
    /// Posted as soon as the worker has started.
    waiting: RefCell<Vec<JsValue>>,
    /// By the requests' ids.
    askers: RefCell<Vec<(u32, Asker)>>,
    /// Told when the worker is lost, whether they wait for an answer or not.
    watches: RefCell<Vec<Watch>>,
}

/// Where answers are brought.
pub type Route = Rc<dyn Fn(Answer)>;
type Watch = Weak<dyn Fn(Answer)>;

/// Who is told what the engine answers to a request.
enum Asker {
    Route(Route),
    /// Gets the last message as it is.
    Waiter(Deferred),
}

thread_local! {
    static ENGINE: RefCell<Weak<Engine>> = const { RefCell::new(Weak::new()) };
}

impl Engine {
    /// The page's engine, started if it is not running.
    pub fn shared(address: &str) -> Result<Rc<Self>, Problem> {
        ENGINE.with_borrow_mut(|known| {
            if let Some(engine) = known.upgrade().filter(|engine| engine.shared.lost.borrow().is_none()) {
                return Ok(engine);
            }
            let engine = Rc::new(Self::start(address)?);
            *known = Rc::downgrade(&engine);
            Ok(engine)
        })
    }

    /// Has the loss of the worker brought to `watch`, for as long as it is kept.
    pub fn watch(&self, watch: &Route) {
        let mut watches = self.shared.watches.borrow_mut();
        watches.retain(|known| known.strong_count() > 0);
        watches.push(Rc::downgrade(watch));
    }

    /// Asks, and has the answers brought to `route`: the last one is `Ready`, `Traced`, `Profiled`, `Inspected` or
    /// `Error`, unless the worker is lost.
    pub fn ask(&self, request: impl FnOnce(u32) -> Request, route: impl Fn(Answer) + 'static) {
        let id = self.shared.next_id.get();
        self.shared.next_id.set(id.wrapping_add(1));
        self.shared.send(id, wire::written(&request(id)), Asker::Route(Rc::new(route)));
    }

    /// Asks what `question` holds, a request as JavaScript writes it, which gets its id here. `waiter` gets the engine's
    /// last reply as it came, or its error.
    pub fn pass(&self, question: &JsValue, waiter: Deferred) {
        let id = self.shared.next_id.get();
        self.shared.next_id.set(id.wrapping_add(1));
        let _ = Reflect::set(question, &"id".into(), &id.into());
        self.shared.send(id, question.clone(), Asker::Waiter(waiter));
    }

    fn start(address: &str) -> Result<Self, Problem> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(address, &options)
            .map_err(|error| not_started(&String::from(Error::from(error).message())))?;
        let shared = Rc::new(Shared {
            worker: worker.clone(),
            started: Cell::new(false),
            lost: RefCell::default(),
            next_id: Cell::new(1),
            waiting: RefCell::default(),
            askers: RefCell::default(),
            watches: RefCell::default(),
        });
        let listen = |name: &'static str, heard: fn(&Shared, &Event)| {
            let shared = Rc::downgrade(&shared);
            EventListener::new(&worker, name, move |event| {
                if let Some(shared) = shared.upgrade() {
                    heard(&shared, event);
                }
            })
        };
        let listeners = [
            listen("message", Shared::message),
            listen("error", Shared::failed),
            listen("messageerror", Shared::failed),
        ];
        Ok(Self { shared, _listeners: listeners })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.worker.terminate();
    }
}

impl Shared {
    fn send(&self, id: u32, message: JsValue, asker: Asker) {
        let lost = self.lost.borrow().clone();
        if let Some(problem) = lost {
            return match asker {
                Asker::Route(route) => route(Answer::Lost(problem)),
                Asker::Waiter(waiter) => waiter.reject(&problem),
            };
        }
        self.askers.borrow_mut().push((id, asker));
        if self.started.get() {
            self.post(&message);
        } else {
            self.waiting.borrow_mut().push(message);
        }
    }

    fn post(&self, message: &JsValue) {
        if self.worker.post_message(message).is_err() {
            self.lose(&unreadable("a request could not be posted to the engine"));
        }
    }

    fn message(&self, event: &Event) {
        let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
        let message = event.data();
        match wire::read(&message) {
            Ok(Heard::Started) => self.start_waiting(),
            Ok(Heard::Answer(id, kind)) => self.bring(id, &kind, &message),
            Err(unread) => self.lose(&unreadable(&unread.said())),
        }
    }

    fn start_waiting(&self) {
        self.started.set(true);
        for message in self.waiting.take() {
            self.post(&message);
        }
    }

    /// The script could not be loaded, or something in it was thrown and not caught.
    fn failed(&self, event: &Event) {
        let said = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        if self.started.get() {
            let said = if said.is_empty() { "no reason was given".into() } else { said };
            self.lose(&Problem::said("engine-stopped", "the engine stopped: {0}", &[&said]));
        } else {
            self.lose(&not_started(&said));
        }
    }

    fn bring(&self, id: u32, kind: &str, message: &JsValue) {
        let place = self.askers.borrow().iter().position(|(known, _)| *known == id);
        let Some(place) = place else { return };
        let answer =
            || wire::answer(kind, message).unwrap_or_else(|unread| Answer::Error(unreadable(&unread.said())));
        if matches!(kind, "progress" | "notice") {
            let route = match &self.askers.borrow()[place].1 {
                Asker::Route(route) => route.clone(),
                Asker::Waiter(_) => return,
            };
            return route(answer());
        }
        let asker = self.askers.borrow_mut().swap_remove(place).1;
        match asker {
            Asker::Route(route) => route(answer()),
            Asker::Waiter(waiter) if kind == "error" => {
                if let Answer::Error(problem) = answer() {
                    waiter.reject(&problem);
                }
            }
            Asker::Waiter(waiter) => waiter.resolve(message),
        }
    }

    fn lose(&self, problem: &Problem) {
        self.lost.replace(Some(problem.clone()));
        self.worker.terminate();
        for (_, asker) in self.askers.take() {
            if let Asker::Waiter(waiter) = asker {
                waiter.reject(problem);
            }
        }
        for watch in self.watches.take().iter().filter_map(Weak::upgrade) {
            watch(Answer::Lost(problem.clone()));
        }
    }
}

fn not_started(said: &str) -> Problem {
    let colon = if said.is_empty() { "" } else { ": " };
    Problem::said(
        "engine-not-started",
        "the engine could not be started; check that engine-worker.js and the files beside it are there{0}{1}",
        &[colon, said],
    )
}

fn unreadable(said: &str) -> Problem {
    Problem::said(
        "protocol",
        "page and engine do not understand each other, perhaps because one is of an older version: {0}",
        &[said],
    )
}
