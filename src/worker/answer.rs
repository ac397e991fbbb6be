//! What each request leads to.

use super::{Worker, clock, notify, post};
use crate::engine::{Ablated, Asked, Notice, Run, Translated};
use crate::error::Result;
use crate::inspection::Replacement;
use crate::model::TRANSLATORS;
use crate::protocol::{JsWeights, Reply, Request};
use crate::trace::Trace;

/// For so many milliseconds at a time, what takes long keeps others waiting.
const PORTION: f64 = 40.0;

impl Worker {
    /// Does a part of what a request takes long for; `true` once it can be answered.
    pub(super) async fn advance(&mut self, request: &Request) -> Result<bool> {
        let now = clock(&self.scope);
        match request {
            Request::Habits { id, model, backend, text: None, .. } => {
                let (values, notices) = self.engine.built_in_habits(model, *backend, now, PORTION).await?;
                self.tell(*id, notices);
                Ok(values.is_some())
            }
            Request::Ablate { model, to: Replacement::Mean, .. } => {
                self.engine.built_in_contexts(model, now, PORTION).await
            }
            _ => Ok(true),
        }
    }

    /// The last reply to a request; any before it are posted.
    pub(super) async fn reply(&mut self, request: Request) -> Result<Reply<JsWeights>> {
        let now = clock(&self.scope);
        match request {
            Request::Load { id, model, base, backend } => {
                let (backend, adapter) = self.load(id, &model, &base, backend).await?;
                Ok(Reply::Ready { id, backend, adapter })
            }
            Request::Run { id, model, backend, text, text_b } => {
                let run = self.engine.run(&model, backend, &text, text_b.as_deref(), now, zeros).await?;
                Ok(Reply::Traced { id, trace: self.told(id, run) })
            }
            Request::Profile { id, model, backend, text, text_b } => {
                let profile = self.engine.profile(&model, backend, &text, text_b.as_deref(), now, zeros);
                let (run, kernels) = profile.await?;
                let Trace { backend, adapter, .. } = self.told(id, run);
                Ok(Reply::Profiled { id, backend, adapter, kernels })
            }
            Request::Inspect { id, model, text, text_b, inspection } => {
                let inspected = self.engine.inspect(&model, &text, text_b.as_deref(), inspection).await?;
                Ok(numbers(id, inspected))
            }
            Request::Habits { id, model, backend, text: Some(text), text_b } => {
                let habits = self.engine.habits(&model, backend, &text, text_b.as_deref());
                let (tokens, values, notices) = habits.await?;
                self.tell(id, notices);
                Ok(numbers(id, (tokens, values)))
            }
            Request::Habits { id, model, backend, text: None, .. } => {
                let (values, _) = self.engine.built_in_habits(&model, backend, now, f64::INFINITY).await?;
                Ok(numbers(id, (0, values.unwrap_or_default())))
            }
            Request::Ablate { id, model, text, text_b, heads, to } => {
                let text_b = text_b.as_deref();
                let Ablated { trace, cosine, divergences } =
                    self.engine.ablate(&model, &text, text_b, &heads, to, now, zeros).await?;
                Ok(Reply::Ablated { id, trace, cosine, values: floats(&divergences) })
            }
            Request::Sensitivity { id, model, text, text_b, other, other_b } => {
                let (text_b, other_b) = (text_b.as_deref(), other_b.as_deref());
                let moved = self.engine.sensitivity(&model, &text, text_b, &other, other_b).await?;
                Ok(numbers(id, moved))
            }
            Request::Noise { id, model, text, text_b, noise, words } => {
                let moved = self.engine.noise(&model, &text, text_b.as_deref(), noise, &words).await?;
                Ok(numbers(id, moved))
            }
            Request::Translate { id, model, base, backend, text, wanted, growing } => {
                let model = model.as_deref().unwrap_or(TRANSLATORS[0].id);
                if !self.engine.has(model) {
                    self.load(id, model, &base, backend).await?;
                }
                let scope = self.scope.clone();
                let told = &mut |text: &str| {
                    if growing {
                        post(&scope, &Reply::Writing { id, text: text.to_owned() });
                    }
                };
                let asked = Asked { text: &text, wanted: &wanted, told };
                let Translated { trace, translation, notices } =
                    self.engine.translate(model, backend, asked, now, zeros).await?;
                self.tell(id, notices);
                Ok(Reply::Translated { id, trace, translation: Box::new(translation) })
            }
        }
    }

    /// A run's trace, once its notices have been posted.
    fn told(&self, id: u32, run: Run<JsWeights>) -> Trace<JsWeights> {
        self.tell(id, run.notices);
        run.trace
    }

    fn tell(&self, id: u32, notices: Vec<Notice>) {
        for notice in notices {
            notify(&self.scope, id, notice);
        }
    }
}

fn numbers(id: u32, (tokens, values): (usize, Vec<f32>)) -> Reply<JsWeights> {
    Reply::Inspected { id, tokens, values: floats(&values) }
}

/// A copy that can leave the worker.
fn floats(values: &[f32]) -> JsWeights {
    JsWeights(js_sys::Float32Array::from(values))
}

/// Room for so many weights, in a buffer that can leave the worker.
fn zeros(len: usize) -> JsWeights {
    JsWeights(js_sys::Float32Array::new_with_length(len as u32))
}
