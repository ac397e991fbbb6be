//! The engine in a module worker: takes [`Request`]s by message, one after another, and answers with [`Reply`]s.

mod answer;
mod fetch;
mod keep;

use std::collections::VecDeque;

use futures_channel::mpsc;
use futures_util::future::join;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::backend::Sink;
use crate::engine::{Engine, Measured, Notice};
use crate::error::{Error, Result};
use crate::model;
use crate::protocol::{JsWeights, Reply, Request};
use crate::trace::{Backend, BackendChoice};

/// Listens for messages for as long as the worker lives.
pub async fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let (sender, mut receiver) = mpsc::unbounded();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // The receiver lives as long as this closure: both end with the worker.
        let _ = sender.unbounded_send(event.data());
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

    // What is asked from now on waits in the channel.
    post(&scope, &Reply::Started);
    let mut engine = Engine::new();
    engine.remember(keep::measured(&scope).await.unwrap_or_default());
    let kept = engine.measured();
    let mut worker = Worker { scope, engine, kept };
    let mut unfinished = VecDeque::new();
    loop {
        // What has come in the meantime goes before what takes long.
        let message = match receiver.try_recv() {
            Ok(message) => Some(message),
            Err(_) if unfinished.is_empty() => match receiver.recv().await {
                Ok(message) => Some(message),
                Err(_) => return,
            },
            Err(_) => None,
        };
        let request = match message {
            Some(message) => read(&worker.scope, message),
            None => unfinished.pop_front(),
        };
        if let Some(request) = request
            && let Some(request) = worker.answer(request).await
        {
            unfinished.push_back(request);
            let _ = JsFuture::from(next_turn(&worker.scope)).await;
        }
    }
}

/// Lets messages come in that have been posted meanwhile.
fn next_turn(scope: &DedicatedWorkerGlobalScope) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, _| {
        if scope.set_timeout_with_callback(&resolve).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    })
}

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    engine: Engine,
    /// What of its measurements this browser keeps already.
    kept: Measured,
}

impl Worker {
    /// Answers, or does a part of what takes long and gives the request back.
    async fn answer(&mut self, request: Request) -> Option<Request> {
        let id = request.id();
        let outcome = match self.advance(&request).await {
            Ok(true) => self.reply(request).await,
            Ok(false) => return Some(request),
            Err(error) => Err(error),
        };
        let reply = outcome.unwrap_or_else(|error| Reply::Error {
            id,
            code: error.code().to_owned(),
            message: error.to_string(),
        });
        post(&self.scope, &reply);
        self.keep_measured().await;
        None
    }

    /// Fetches the model while the GPU's device is made, then makes the backend ready.
    async fn load(
        &mut self,
        id: u32,
        model: &str,
        base: &str,
        backend: BackendChoice,
    ) -> Result<(Backend, String)> {
        let Self { scope, engine, .. } = self;
        if !engine.has(model) {
            let spec = model::translator(model).map_or_else(|| model::find(model), Ok)?;
            let report = |event| match event {
                fetch::Event::Progress { loaded, total, cached } => {
                    post(scope, &Reply::Progress { id, loaded, total, cached });
                }
                fetch::Event::Notice(notice) => notify(scope, id, notice),
            };
            let (files, ()) =
                join(fetch::model_files(scope, spec, base, &report), engine.warm_up(backend)).await;
            engine.load(model, files?)?;
        }
        engine.prepare(model, backend, clock(scope)).await
    }

    /// Keeps what has been measured since. What cannot be kept is measured again at the next visit.
    async fn keep_measured(&mut self) {
        let measured = self.engine.measured();
        if measured != self.kept {
            let _ = keep::keep_measured(&self.scope, &measured).await;
            self.kept = measured;
        }
    }
}

/// The request in a message. Where it is none, whoever asked is told, if the message says where to.
fn read(scope: &DedicatedWorkerGlobalScope, message: JsValue) -> Option<Request> {
    let id = js_sys::Reflect::get(&message, &"id".into()).ok().and_then(|id| id.as_f64());
    let error = match serde_wasm_bindgen::from_value(message) {
        Ok(request) => return Some(request),
        Err(error) => format!("the engine cannot read this question: {error}"),
    };
    match id {
        Some(id) => post(scope, &Reply::Error { id: id as u32, code: "protocol".into(), message: error }),
        None => web_sys::console::error_1(&format!("attention-map: {error}").into()),
    }
    None
}

fn clock(scope: &DedicatedWorkerGlobalScope) -> impl Fn() -> f64 + use<> {
    let performance = scope.performance();
    move || performance.as_ref().map_or(0.0, web_sys::Performance::now)
}

fn notify(scope: &DedicatedWorkerGlobalScope, id: u32, notice: Notice) {
    post(scope, &Reply::Notice { id, code: notice.code.to_owned(), message: notice.message });
}

/// Posts a reply; its floats are handed over, not copied.
fn post(scope: &DedicatedWorkerGlobalScope, reply: &Reply<JsWeights>) {
    let transfer = js_sys::Array::new();
    let (trace, values) = match reply {
        Reply::Traced { trace, .. } | Reply::Translated { trace, .. } => (Some(trace), None),
        Reply::Ablated { trace, values, .. } => (Some(trace), Some(values)),
        Reply::Inspected { values, .. } => (None, Some(values)),
        _ => (None, None),
    };
    for floats in trace.iter().flat_map(|trace| &trace.maps).map(|map| &map.weights).chain(values) {
        transfer.push(&floats.0.buffer());
    }
    let posted = serde_wasm_bindgen::to_value(reply)
        .map_err(JsValue::from)
        .and_then(|message| scope.post_message_with_transfer(&message, &transfer));
    if let Err(error) = posted {
        web_sys::console::error_2(&"attention-map: a reply could not be posted:".into(), &error);
    }
}

impl Sink for JsWeights {
    fn write(&mut self, at: usize, data: &[f32]) {
        self.0.subarray(at as u32, (at + data.len()) as u32).copy_from(data);
    }
}

/// A JavaScript exception as a failed fetch.
fn fetch_error(address: &str, error: &JsValue) -> Error {
    let what = error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()));
    Error::Fetch { address: address.to_owned(), what }
}
