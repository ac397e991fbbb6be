//! What the client reports, taken in.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;
use yew::Context;

use super::super::client::Report;
use super::super::events::{self, error, object};
use super::super::ran::Ran;
use super::super::state::{Action, EngineState, Problem};
use super::{LATE, Message, RESTED, Root};

impl Root {
    /// Takes in what the client reports.
    pub fn report(&mut self, ctx: &Context<Self>, report: Report) {
        let action = match report {
            Report::Progress { loaded, total, cached } => {
                let detail = [
                    ("loaded", JsValue::from_f64(loaded)),
                    ("total", JsValue::from_f64(total)),
                    ("cached", JsValue::from_bool(cached)),
                ];
                self.tell(ctx, events::PROGRESS, &object(&detail));
                Action::Engine(EngineState::Loading { loaded, total, cached })
            }
            Report::Ready { backend, adapter } => {
                let detail = [
                    ("model", JsValue::from_str(self.state.model.id)),
                    ("backend", JsValue::from_str(backend.id())),
                    ("adapter", JsValue::from_str(&adapter)),
                ];
                self.tell(ctx, events::READY, &object(&detail));
                Action::Engine(EngineState::Ready { backend, adapter })
            }
            Report::Notice(notice) => Action::Notice(notice),
            // Who waits for it has it already.
            Report::Traced { trace, object, typed_over, .. } => match Ran::new(trace) {
                Ok(ran) => {
                    self.untold = (!typed_over).then(|| object.clone());
                    return self.show_run(ctx, Rc::new(ran), object);
                }
                Err(problem) => {
                    self.rest(ctx);
                    self.failed(ctx, problem, Action::RunFailed)
                }
            },
            // The head that the reader looks for may have been found.
            Report::Computed(run, ask, answer) => return self.act(ctx, Action::Answered(run, ask, answer)),
            Report::Profiled(Ok(measured)) => Action::Profiled(Some(measured)),
            Report::Profiled(Err(problem)) => {
                self.apply(ctx, Action::Profiled(None));
                self.failed(ctx, problem, Action::RunFailed)
            }
            Report::Overtaken => return self.rest(ctx),
            Report::RunFailed(problem) => {
                self.rest(ctx);
                self.failed(ctx, problem, Action::RunFailed)
            }
            Report::Failed(problem) => {
                self.late = None;
                self.tell(ctx, events::STOPPED, &error(&problem));
                self.failed(ctx, problem, |problem| Action::Engine(EngineState::Failed(problem)))
            }
        };
        self.apply(ctx, action);
    }

    /// Takes in a run that lies on the desk, which came before any message that is taken in now; whether there was one.
    pub(super) fn take_arrived(&mut self, ctx: &Context<Self>) -> bool {
        let Some((ran, object)) = ctx.props().desk.take_arrived() else { return false };
        self.show_run(ctx, ran, object);
        ctx.props().desk.keep(&self.state);
        true
    }

    /// Shows a run of the engine's.
    fn show_run(&mut self, ctx: &Context<Self>, ran: Rc<Ran>, object: JsValue) {
        self.rest(ctx);
        ctx.props().desk.keep_trace(object);
        let act = self.act.clone();
        self.resting = Some(Timeout::new(RESTED, move || act.emit(Action::Remember)));
        self.apply(ctx, Action::Ran(ran));
    }

    fn failed(&self, ctx: &Context<Self>, problem: Problem, action: impl Fn(Problem) -> Action) -> Action {
        self.tell(ctx, events::ERROR, &error(&problem));
        action(problem)
    }

    /// A run has ended: the clock of lateness stops, or begins anew for the text that waits.
    fn rest(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        self.late = self.is_busy().then(|| Timeout::new(LATE, move || link.send_message(Message::Late)));
    }
}
