//! The element's replies, read.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::host::{AttentionMapElement, problem};
use crate::inspection::Inspection;
use crate::page::events::object;
use crate::page::ran::Ran;
use crate::page::state::Problem;
use crate::page::wire::{self, Read, Unread};

/// A text, or a pair.
pub type Texts = (String, Option<String>);

/// Asks the element something about a text or a pair; `fields` are what the question has besides.
async fn ask(
    host: &AttentionMapElement,
    kind: &str,
    (text, text_b): &Texts,
    fields: &[(&str, JsValue)],
) -> Result<JsValue, Problem> {
    let common =
        [("type", JsValue::from_str(kind)), ("text", JsValue::from_str(text)), ("textB", maybe(text_b))];
    let question = object(&common.iter().chain(fields).cloned().collect::<Vec<_>>());
    JsFuture::from(host.ask(&question)).await.map_err(|error| problem(&error))
}

/// Runs a text under a model that is loaded, without showing it.
pub async fn run(host: &AttentionMapElement, model: &str, texts: &Texts) -> Result<Ran, Problem> {
    let reply = ask(host, "run", texts, &[("model", JsValue::from_str(model))]).await?;
    traced(&read(wire::field(&reply, "trace"))?)
}

/// What is behind the weights of a text under a model that is loaded.
pub async fn inspect(
    host: &AttentionMapElement,
    model: &str,
    texts: &Texts,
    inspection: Inspection,
) -> Result<Vec<f32>, Problem> {
    let fields = [("model", JsValue::from_str(model)), ("inspection", wire::question(inspection))];
    let reply = ask(host, "inspect", texts, &fields).await?;
    read(wire::floats(&reply, "values")).map(|values| values.to_vec())
}

/// A run, from the object that the element gives out.
pub fn traced(trace: &JsValue) -> Result<Ran, Problem> {
    Ran::new(read(wire::trace(trace))?)
}

/// How far each head's map moves from one text to another, (L, H).
pub async fn sensitivity(
    host: &AttentionMapElement,
    texts: &Texts,
    (other, other_b): &Texts,
) -> Result<Vec<f32>, Problem> {
    let fields = [("other", JsValue::from_str(other)), ("otherB", maybe(other_b))];
    let reply = ask(host, "sensitivity", texts, &fields).await?;
    read(wire::floats(&reply, "values")).map(|values| values.to_vec())
}

/// The same for each of `words`, ranges of tokens, as [`crate::protocol::Request::Noise`] says.
pub async fn noise(
    host: &AttentionMapElement,
    texts: &Texts,
    noise: &str,
    words: JsValue,
) -> Result<Vec<f32>, Problem> {
    let fields = [("noise", JsValue::from_str(noise)), ("words", words)];
    let reply = ask(host, "noise", texts, &fields).await?;
    read(wire::floats(&reply, "values")).map(|values| values.to_vec())
}

/// What switching heads off does: the cosine of the sentence's embedding, and how far each head's map moves, (L, H).
pub async fn ablate(
    host: &AttentionMapElement,
    texts: &Texts,
    heads: JsValue,
    to: &str,
) -> Result<(f64, Vec<f32>), Problem> {
    let reply = ask(host, "ablate", texts, &[("heads", heads), ("to", JsValue::from_str(to))]).await?;
    let values = read(wire::floats(&reply, "values"))?;
    Ok((read(wire::number(&reply, "cosine"))?, values.to_vec()))
}

fn maybe(text: &Option<String>) -> JsValue {
    text.as_deref().map_or(JsValue::UNDEFINED, JsValue::from_str)
}

fn read<T>(read: Read<T>) -> Result<T, Problem> {
    read.map_err(|unread: Unread| Problem::new("protocol", format!("the engine sent {}", unread.said())))
}
