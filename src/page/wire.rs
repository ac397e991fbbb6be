//! What page and engine post each other, between the types of [`crate::protocol`] and JavaScript's objects.
//!
//! The engine has serde do this. Here it is done by hand: serde would make the page's program 7 kB larger, gzipped.

use js_sys::{Array, Float32Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::attributes::backend_id;
use super::engine::Answer;
use super::events::object;
use super::state::Problem;
use crate::inspection::{Inspection, Noise, Replacement};
use crate::protocol::{JsWeights, Request};
use crate::shown::profile::Measured;
use crate::trace::{AttentionMap, Backend, BackendChoice, Cut, KernelTime, MapKind, Token, Trace};

/// The name of a field that is not there, or holds something else than it should.
pub struct Unread(&'static str);

pub type Read<T> = Result<T, Unread>;

impl Unread {
    /// In words.
    pub fn said(&self) -> String {
        format!("a message whose \"{}\" cannot be read", self.0)
    }
}

/// A message of the engine's.
pub enum Heard {
    /// Requests may be posted from now on.
    Started,
    /// To the request of this id, what kind of answer.
    Answer(u32, String),
}

/// The object to post for `request`.
pub fn written(request: &Request) -> JsValue {
    let text = |text: &str| JsValue::from_str(text);
    let maybe = |text: &Option<String>| text.as_deref().map_or(JsValue::UNDEFINED, JsValue::from_str);
    let of_texts = |kind, id: &u32, model: &str, texts: [JsValue; 2], fields: &[(&str, JsValue)]| {
        let [first, second] = texts;
        let common = [
            ("type", text(kind)),
            ("id", (*id).into()),
            ("model", text(model)),
            ("text", first),
            ("textB", second),
        ];
        object(&common.iter().chain(fields).cloned().collect::<Vec<_>>())
    };
    let on = |backend: &BackendChoice| ("backend", text(backend_id(*backend)));
    match request {
        Request::Load { id, model, base, backend } => object(&[
            ("type", text("load")),
            ("id", (*id).into()),
            ("model", text(model)),
            ("base", text(base)),
            on(backend),
        ]),
        Request::Run { id, model, backend, text: first, text_b } => {
            of_texts("run", id, model, [text(first), maybe(text_b)], &[on(backend)])
        }
        Request::Profile { id, model, backend, text: first, text_b } => {
            of_texts("profile", id, model, [text(first), maybe(text_b)], &[on(backend)])
        }
        Request::Inspect { id, model, text: first, text_b, inspection } => {
            let fields = [("inspection", question(*inspection))];
            of_texts("inspect", id, model, [text(first), maybe(text_b)], &fields)
        }
        Request::Habits { id, model, backend, text: first, text_b } => {
            of_texts("habits", id, model, [maybe(first), maybe(text_b)], &[on(backend)])
        }
        Request::Ablate { id, model, text: first, text_b, heads, to } => {
            let to = match to {
                Replacement::Zero => "zero",
                Replacement::Mean => "mean",
            };
            let fields =
                [("heads", pairs(heads.iter().map(|&(layer, head)| [layer, head]))), ("to", text(to))];
            of_texts("ablate", id, model, [text(first), maybe(text_b)], &fields)
        }
        Request::Sensitivity { id, model, text: first, text_b, other, other_b } => {
            let fields = [("other", text(other)), ("otherB", maybe(other_b))];
            of_texts("sensitivity", id, model, [text(first), maybe(text_b)], &fields)
        }
        Request::Noise { id, model, text: first, text_b, noise, words } => {
            let noise = match noise {
                Noise::Drop => "drop",
                Noise::Swap => "swap",
            };
            let fields = [("noise", text(noise)), ("words", pairs(words.iter().copied()))];
            of_texts("noise", id, model, [text(first), maybe(text_b)], &fields)
        }
        // Asked by scripts alone, which write it themselves.
        Request::Translate { .. } => JsValue::UNDEFINED,
    }
}

/// An array of arrays of two numbers.
fn pairs(pairs: impl Iterator<Item = [usize; 2]>) -> JsValue {
    let number = |number: usize| JsValue::from_f64(number as f64);
    pairs.map(|[first, second]| Array::of2(&number(first), &number(second))).collect::<Array>().into()
}

pub fn question(inspection: Inspection) -> JsValue {
    let (kind, numbers): (_, &[(&str, usize)]) = match inspection {
        Inspection::Values => ("values", &[]),
        Inspection::ValueZeroing { layer, from, to } => {
            ("valueZeroing", &[("layer", layer), ("from", from), ("to", to)])
        }
        Inspection::Neuron { layer, head } => ("neuron", &[("layer", layer), ("head", head)]),
    };
    let numbers = numbers.iter().map(|&(name, number)| (name, JsValue::from_f64(number as f64)));
    object(&numbers.chain([("kind", JsValue::from_str(kind))]).collect::<Vec<_>>())
}

/// Reads what a message of the engine's is.
pub fn read(message: &JsValue) -> Read<Heard> {
    match text(message, "type")?.as_str() {
        "started" => Ok(Heard::Started),
        _ => Ok(Heard::Answer(index(message, "id")? as u32, text(message, "type")?)),
    }
}

/// Reads an answer of that kind.
pub fn answer(kind: &str, message: &JsValue) -> Read<Answer> {
    let problem = || Ok(Problem::new(&text(message, "code")?, text(message, "message")?));
    Ok(match kind {
        "progress" => Answer::Progress {
            loaded: number(message, "loaded")?,
            total: number(message, "total")?,
            cached: flag(message, "cached")?,
        },
        "ready" => Answer::Ready { backend: backend(message)?, adapter: text(message, "adapter")? },
        "traced" => {
            let object = field(message, "trace")?;
            Answer::Traced { trace: trace(&object)?, object }
        }
        "profiled" => Answer::Profiled(Ok(Measured {
            backend: backend(message)?,
            adapter: text(message, "adapter")?,
            kernels: list(message, "kernels", kernel_time)?,
        })),
        "inspected" => {
            let values = floats(message, "values")?.to_vec();
            Answer::Inspected { tokens: index(message, "tokens")?, values }
        }
        "notice" => Answer::Notice(problem()?),
        "error" => Answer::Error(problem()?),
        _ => return Err(Unread("type")),
    })
}

pub fn trace(object: &JsValue) -> Read<Trace<JsWeights>> {
    Ok(Trace {
        model: text(object, "model")?,
        backend: backend(object)?,
        adapter: text(object, "adapter")?,
        texts: list(object, "texts", |text| text.as_string().ok_or(Unread("texts")))?,
        maps: list(object, "maps", map)?,
        cuts: list(object, "cuts", |cut| {
            Ok(Cut {
                segment: index(cut, "segment")?,
                start: index(cut, "start")?,
                tokens: index(cut, "tokens")?,
            })
        })?,
        milliseconds: number(object, "milliseconds")?,
    })
}

fn map(object: &JsValue) -> Read<AttentionMap<JsWeights>> {
    let named = text(object, "kind")?;
    let kind = MapKind::ALL.iter().find(|(_, id)| *id == named).ok_or(Unread("kind"))?.0;
    Ok(AttentionMap {
        kind,
        layers: index(object, "layers")?,
        heads: index(object, "heads")?,
        queries: list(object, "queries", token)?,
        keys: list(object, "keys", token)?,
        weights: JsWeights(floats(object, "weights")?),
    })
}

fn token(object: &JsValue) -> Read<Token> {
    Ok(Token {
        text: text(object, "text")?,
        start: index(object, "start")?,
        end: index(object, "end")?,
        special: flag(object, "special")?,
        segment: index(object, "segment")?,
    })
}

fn kernel_time(object: &JsValue) -> Read<KernelTime> {
    Ok(KernelTime {
        name: text(object, "name")?,
        dispatches: number(object, "dispatches")? as u32,
        microseconds: number(object, "microseconds")?,
        share: number(object, "share")?,
    })
}

fn backend(object: &JsValue) -> Read<Backend> {
    let named = text(object, "backend")?;
    Backend::ALL.iter().find(|known| known.1 == named).map(|known| known.0).ok_or(Unread("backend"))
}

pub fn field(object: &JsValue, name: &'static str) -> Read<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).map_err(|_| Unread(name))
}

fn text(object: &JsValue, name: &'static str) -> Read<String> {
    field(object, name)?.as_string().ok_or(Unread(name))
}

pub fn number(object: &JsValue, name: &'static str) -> Read<f64> {
    field(object, name)?.as_f64().ok_or(Unread(name))
}

fn index(object: &JsValue, name: &'static str) -> Read<usize> {
    number(object, name).map(|number| number as usize)
}

fn flag(object: &JsValue, name: &'static str) -> Read<bool> {
    field(object, name)?.as_bool().ok_or(Unread(name))
}

pub fn floats(object: &JsValue, name: &'static str) -> Read<Float32Array> {
    field(object, name)?.dyn_into().map_err(|_| Unread(name))
}

fn list<T>(object: &JsValue, name: &'static str, item: fn(&JsValue) -> Read<T>) -> Read<Vec<T>> {
    let items = field(object, name)?.dyn_into::<Array>().map_err(|_| Unread(name))?;
    items.iter().map(|value| item(&value)).collect()
}
