//! One element's side of the engine: at most one run under way, and the newest text waiting.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use wasm_bindgen::JsValue;
use yew::Callback;

use super::deferred::Deferred;
use super::engine::{Answer, Engine, Route};
use super::extras::Ask;
use super::state::Problem;
use crate::protocol::{JsWeights, Request};
use crate::shown::profile::Measured;
use crate::trace::{Backend, BackendChoice, Trace};

/// What the client reports.
pub enum Report {
    Progress {
        loaded: f64,
        total: f64,
        cached: bool,
    },
    Ready {
        backend: Backend,
        adapter: String,
    },
    Notice(Problem),
    Traced {
        trace: Trace<JsWeights>,
        object: JsValue,
        /// Who asked for it by name.
        waiter: Option<Deferred>,
        /// A newer text waits already: this one is worth showing, but not telling.
        typed_over: bool,
    },
    /// A run ended whose result is nobody's.
    Overtaken,
    /// Something of a run, by its number, was computed, or could not be.
    Computed(u32, Ask, Result<Vec<f32>, Problem>),
    /// Kernels were timed, or could not be; the engine goes on.
    Profiled(Result<Measured, Problem>),
    /// A run failed; the engine goes on.
    RunFailed(Problem),
    /// The engine or its model is not there; nothing runs until it is started again.
    Failed(Problem),
}

/// A text, or a pair, to run.
pub struct Job {
    pub text: String,
    pub text_b: Option<String>,
    /// Who waits for the trace, if it was asked for by name.
    pub waiter: Option<Deferred>,
}

/// Where the engine's worker and the models lie.
#[derive(Clone, PartialEq)]
pub struct Addresses {
    pub worker: String,
    pub models: String,
}

/// One element's way to the engine.
pub trait Runs {
    /// Loads `model` for `backend`, starting the engine if need be. What runs is dropped, what waits is kept.
    fn load(&self, model: &'static str, backend: BackendChoice);
    /// Runs `job` next; whatever waited before it, or runs for someone who waits, is overtaken.
    fn run(&self, job: Job);
    /// Forgets what waits, and lets no one see what runs: the text has been cleared.
    fn clear(&self);
    /// Has the kernels of a pass over a text or a pair timed, if the model is loaded. The engine does so after what runs.
    fn profile(&self, text: String, text_b: Option<String>);
    /// Has something computed of a text or a pair, if the model is loaded. The engine does so after what runs.
    fn compute(&self, run: u32, ask: Ask, text: String, text_b: Option<String>);
    /// Has the engine answer `question`, a request as JavaScript writes it, as soon as the model is loaded.
    fn ask(&self, question: JsValue, waiter: Deferred);
    /// Whether a text is being run or waits to be.
    fn is_busy(&self) -> bool;
}

/// Talks to the engine for one element. Dropping it drops, and so rejects, whoever still waits.
pub struct Client(Rc<RefCell<Inner>>);

struct Inner {
    addresses: Addresses,
    report: Callback<Report>,
    engine: Option<Rc<Engine>>,
    model: &'static str,
    backend: BackendChoice,
    /// Counts loads, so that answers to an older one are known.
    generation: u32,
    loaded: bool,
    running: Option<Running>,
    pending: Option<Job>,
    /// Questions that wait for the model.
    asked: Vec<(JsValue, Deferred)>,
    /// Hears of the engine's loss.
    watch: Option<Route>,
}

struct Running {
    waiter: Option<Deferred>,
    /// Who asked has been told that it was overtaken, so its result is nobody's.
    overtaken: bool,
}

impl Client {
    pub fn new(addresses: Addresses, report: Callback<Report>) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            addresses,
            report,
            engine: None,
            model: "",
            backend: BackendChoice::Auto,
            generation: 0,
            loaded: false,
            running: None,
            pending: None,
            asked: Vec::new(),
            watch: None,
        })))
    }
}

impl Runs for Client {
    fn load(&self, model: &'static str, backend: BackendChoice) {
        let mut inner = self.0.borrow_mut();
        (inner.model, inner.backend, inner.loaded) = (model, backend, false);
        inner.generation += 1;
        if let Some(Running { waiter: Some(waiter), .. }) = inner.running.take() {
            waiter.reject(&overtaken());
        }
        let generation = inner.generation;
        let engine = Engine::shared(&inner.addresses.worker);
        inner.engine = engine.as_ref().ok().cloned();
        let base = inner.addresses.models.clone();
        drop(inner);
        match engine {
            Ok(engine) => {
                let watch: Route = Rc::new(route(&self.0, generation));
                engine.watch(&watch);
                self.0.borrow_mut().watch = Some(watch);
                let route = route(&self.0, generation);
                engine.ask(|id| Request::Load { id, model: model.into(), base, backend }, route);
            }
            Err(problem) => answer(&self.0, Answer::Lost(problem)),
        }
    }

    fn run(&self, job: Job) {
        let mut inner = self.0.borrow_mut();
        if let Some(waiter) = inner.pending.take().and_then(|pending| pending.waiter) {
            waiter.reject(&overtaken());
        }
        if let Some(running) = &mut inner.running
            && let Some(waiter) = running.waiter.take()
        {
            waiter.reject(&overtaken());
            running.overtaken = true;
        }
        inner.pending = Some(job);
        drop(inner);
        next(&self.0);
    }

    fn clear(&self) {
        let mut inner = self.0.borrow_mut();
        if let Some(waiter) = inner.pending.take().and_then(|pending| pending.waiter) {
            waiter.reject(&overtaken());
        }
        if let Some(running) = &mut inner.running {
            running.overtaken = true;
            if let Some(waiter) = running.waiter.take() {
                waiter.reject(&overtaken());
            }
        }
    }

    fn profile(&self, text: String, text_b: Option<String>) {
        let inner = self.0.borrow();
        let Some(engine) = inner.engine.clone().filter(|_| inner.loaded) else { return };
        let (model, backend) = (inner.model.to_owned(), inner.backend);
        let route = route(&self.0, inner.generation);
        drop(inner);
        // An error here is not that of the run under way.
        let heard = move |heard| match heard {
            Answer::Error(problem) => route(Answer::Profiled(Err(problem))),
            heard => route(heard),
        };
        engine.ask(|id| Request::Profile { id, model, backend, text, text_b }, heard);
    }

    fn compute(&self, run: u32, ask: Ask, text: String, text_b: Option<String>) {
        let inner = self.0.borrow();
        let Some(engine) = inner.engine.clone().filter(|_| inner.loaded) else { return };
        let (model, backend, generation) = (inner.model.to_owned(), inner.backend, inner.generation);
        let report = inner.report.clone();
        let shared = Rc::downgrade(&self.0);
        drop(inner);
        let heard = move |heard| {
            let current = shared.upgrade().is_some_and(|inner| inner.borrow().generation == generation);
            match heard {
                Answer::Inspected { values, .. } if current => {
                    report.emit(Report::Computed(run, ask, Ok(values)))
                }
                // An error here is not that of the run under way.
                Answer::Error(problem) if current => report.emit(Report::Computed(run, ask, Err(problem))),
                _ => {}
            }
        };
        match ask {
            Ask::Inspect(inspection) => {
                engine.ask(|id| Request::Inspect { id, model, text, text_b, inspection }, heard);
            }
            Ask::Habits { built_in } => engine.ask(
                |id| Request::Habits {
                    id,
                    model,
                    backend,
                    text: (!built_in).then_some(text),
                    text_b: text_b.filter(|_| !built_in),
                },
                heard,
            ),
        }
    }

    fn ask(&self, question: JsValue, waiter: Deferred) {
        let inner = self.0.borrow();
        let engine = inner.engine.clone().filter(|_| inner.loaded);
        drop(inner);
        match engine {
            Some(engine) => engine.pass(&question, waiter),
            None => self.0.borrow_mut().asked.push((question, waiter)),
        }
    }

    fn is_busy(&self) -> bool {
        let inner = self.0.borrow();
        inner.running.is_some() || inner.pending.is_some()
    }
}

/// Takes an answer where its element is still there and has not loaded anew since.
fn route(inner: &Rc<RefCell<Inner>>, generation: u32) -> impl Fn(Answer) + 'static {
    let inner: Weak<RefCell<Inner>> = Rc::downgrade(inner);
    move |heard| {
        if let Some(inner) = inner.upgrade().filter(|inner| inner.borrow().generation == generation) {
            answer(&inner, heard);
        }
    }
}

/// Begins the waiting job if nothing stands in its way.
fn next(shared: &Rc<RefCell<Inner>>) {
    let mut inner = shared.borrow_mut();
    if !inner.loaded || inner.running.is_some() {
        return;
    }
    let (Some(engine), Some(job)) = (inner.engine.clone(), inner.pending.take()) else { return };
    inner.running = Some(Running { waiter: job.waiter, overtaken: false });
    let (model, backend, generation) = (inner.model.to_owned(), inner.backend, inner.generation);
    drop(inner);
    engine.ask(
        |id| Request::Run { id, model, backend, text: job.text, text_b: job.text_b },
        route(shared, generation),
    );
}

fn answer(shared: &Rc<RefCell<Inner>>, answer: Answer) {
    let report = shared.borrow().report.clone();
    match answer {
        Answer::Progress { loaded, total, cached } => report.emit(Report::Progress { loaded, total, cached }),
        Answer::Notice(problem) => report.emit(Report::Notice(problem)),
        Answer::Ready { backend, adapter } => {
            let mut inner = shared.borrow_mut();
            inner.loaded = true;
            let (engine, asked) = (inner.engine.clone(), std::mem::take(&mut inner.asked));
            drop(inner);
            report.emit(Report::Ready { backend, adapter });
            next(shared);
            if let Some(engine) = engine {
                asked.into_iter().for_each(|(question, waiter)| engine.pass(&question, waiter));
            }
        }
        Answer::Traced { trace, object } => {
            let mut inner = shared.borrow_mut();
            let (running, typed_over) = (inner.running.take(), inner.pending.is_some());
            drop(inner);
            // The next text starts before this one's picture is painted.
            next(shared);
            report.emit(match running {
                Some(Running { waiter, overtaken: false }) => {
                    Report::Traced { trace, object, waiter, typed_over }
                }
                _ => Report::Overtaken,
            });
        }
        // Only routes of `compute` ask for it, and they take it themselves.
        Answer::Inspected { .. } => {}
        Answer::Profiled(profiled) => report.emit(Report::Profiled(profiled)),
        Answer::Error(problem) => {
            let running = shared.borrow_mut().running.take();
            let Some(running) = running else {
                fail(shared, &problem);
                report.emit(Report::Failed(problem));
                return;
            };
            next(shared);
            if let Some(waiter) = running.waiter {
                waiter.reject(&problem);
            }
            report.emit(if running.overtaken { Report::Overtaken } else { Report::RunFailed(problem) });
        }
        Answer::Lost(problem) => {
            fail(shared, &problem);
            report.emit(Report::Failed(problem));
        }
    }
}

/// Tells everyone who waits that there will be no trace.
fn fail(shared: &Rc<RefCell<Inner>>, problem: &Problem) {
    let mut inner = shared.borrow_mut();
    inner.loaded = false;
    inner.engine = None;
    let running = inner.running.take().and_then(|running| running.waiter);
    let pending = inner.pending.take().and_then(|pending| pending.waiter);
    let asked = std::mem::take(&mut inner.asked).into_iter().map(|(_, waiter)| waiter);
    for waiter in [running, pending].into_iter().flatten().chain(asked) {
        waiter.reject(problem);
    }
}

/// Why a waiter has no trace to wait for any more.
pub fn overtaken() -> Problem {
    Problem::new("overtaken", "a newer text was run before this one was done")
}
