//! The program that learns where a reader can watch it. `www/learn-worker.js` makes a [`Trainer`] and takes its steps.

use attention_map::error::{Error, Result};
use attention_map::trainer::lesson::{BATCH, HEADS, Lesson, UNSEEN};
use attention_map::trainer::tasks::{TASKS, Task};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// A lesson, by itself.
#[wasm_bindgen]
pub struct Trainer(Lesson);

#[wasm_bindgen]
impl Trainer {
    /// A model that has not learnt anything; `settings` is { task, heads, score, encoder, seed }.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: JsValue) -> std::result::Result<Self, JsValue> {
        let settings = serde_wasm_bindgen::from_value(settings)
            .map_err(|error| Error::Training(format!("settings: {error}")));
        js(settings.and_then(|settings| Lesson::new(&settings))).map(Self)
    }

    /// Takes a step; returns the loss before it.
    pub fn step(&mut self, rate: f32) -> std::result::Result<f32, JsValue> {
        js(self.0.step(rate))
    }

    /// { loss, exact, aligned, even }, of unseen pairs.
    pub fn evaluate(&self) -> std::result::Result<JsValue, JsValue> {
        value(&self.0.evaluate())
    }

    /// { target, right, written, ended, probabilities, heads, weights } of one source.
    pub fn look(&self, source: &str) -> std::result::Result<JsValue, JsValue> {
        let look = js(self.0.look(source))?;
        let all = value(&look)?;
        let weights = js_sys::Float32Array::from(look.weights.as_slice());
        js_sys::Reflect::set(&all, &"weights".into(), &weights)?;
        Ok(all)
    }

    pub fn parameters(&self) -> usize {
        self.0.parameters()
    }
}

/// What can be learnt, and by what.
#[derive(Serialize)]
struct Choices {
    tasks: Vec<Choice>,
    heads: [usize; HEADS.len()],
    batch: usize,
    unseen: usize,
}

#[derive(Serialize)]
struct Choice {
    id: &'static str,
    example: &'static str,
}

/// { tasks: [{ id, example }], heads, batch, unseen }
#[wasm_bindgen]
pub fn choices() -> std::result::Result<JsValue, JsValue> {
    let tasks = TASKS.iter().map(|task| Choice { id: task.id, example: task.example }).collect();
    value(&Choices { tasks, heads: HEADS, batch: BATCH, unseen: UNSEEN })
}

/// `count` pairs [source, target] such as a task trains on.
#[wasm_bindgen]
pub fn drawn(task: &str, count: usize, seed: u32) -> std::result::Result<JsValue, JsValue> {
    let random = &mut StdRng::seed_from_u64(seed.into());
    let task = js(Task::find(task).ok_or_else(|| Error::Training(format!("there is no task {task}"))))?;
    let pairs: Vec<[String; 2]> =
        (0..count).map(|_| task.seen(random)).map(|pair| [pair.source, pair.target]).collect();
    value(&pairs)
}

fn js<T>(result: Result<T>) -> std::result::Result<T, JsValue> {
    result.map_err(|error| {
        let thrown = js_sys::Error::new(&error.to_string());
        // The object is ours: setting a field of it cannot fail.
        let _ = js_sys::Reflect::set(&thrown, &"code".into(), &error.code().into());
        thrown.into()
    })
}

fn value(of: &impl Serialize) -> std::result::Result<JsValue, JsValue> {
    serde_wasm_bindgen::to_value(of).map_err(JsValue::from)
}

fn main() {}
