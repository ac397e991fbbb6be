//! The parts that encoder and decoder are made of. Each reads a stream of rows through a layer norm and adds to it.

use super::plan::{CONTEXT, HIDDEN, INNER, NORMED, Plan, QUERY, SOURCE, SUM};
use crate::backend::{AttentionLayer, Backend, Sink, Slot};
use crate::error::Result;
use crate::ops::linear::{Finish, LinearParams};
use crate::tensor::{Matrix, Tensor};
use crate::weights::Weights;

/// What layers are loaded with.
pub(super) struct Loader<'a, B> {
    pub(super) weights: &'a Weights,
    pub(super) backend: &'a B,
    pub(super) width: usize, // D
    pub(super) inner: usize, // F
}

impl<B: Backend> Loader<'_, B> {
    pub(super) fn norm(&self, name: &str) -> Result<B::Norm> {
        let tensor = |part: &str| self.weights.tensor(&format!("{name}.{part}"), &[self.width]);
        self.backend.load_norm(name, tensor("weight")?, tensor("bias")?)
    }

    /// Layers with the same inputs, stacked.
    fn dense(&self, label: &str, parts: &[&str], [outputs, inputs]: [usize; 2]) -> Result<B::Linear> {
        let part = |part: &&str| -> Result<(Matrix, Tensor)> {
            let name = format!("{label}.{part}");
            let weight = self.weights.matrix(&format!("{name}.weight"), [outputs, inputs])?;
            Ok((weight, self.weights.tensor(&format!("{name}.bias"), &[outputs])?))
        };
        let layers = parts.iter().map(part).collect::<Result<Vec<_>>>()?;
        self.backend.load_linear(&format!("{label}.{}", parts.join("+")), &layers)
    }
}

pub(super) struct EncoderLayer<B: Backend> {
    pub(super) own: Attention<B>,
    pub(super) feed_forward: FeedForward<B>,
}

pub(super) struct DecoderLayer<B: Backend> {
    pub(super) own: Attention<B>,
    pub(super) cross: Attention<B>,
    pub(super) feed_forward: FeedForward<B>,
}

/// The rows that go through the layers, (rows, D), in one of two slots.
pub(super) struct Stream {
    plan: Plan,
    rows: usize,
    pub(super) now: Slot,
    other: Slot,
}

impl Stream {
    pub(super) fn of_source(plan: Plan) -> Self {
        Self { plan, rows: plan.source, now: SOURCE, other: SUM }
    }

    pub(super) fn of_target(plan: Plan, rows: usize) -> Self {
        Self { plan, rows, now: HIDDEN, other: SUM }
    }

    fn norm<B: Backend>(&self, to: &mut B, norm: &B::Norm) {
        to.layer_norm(norm, self.plan.norm(self.rows), self.now, NORMED); // (rows, D)
    }

    /// Adds what a layer makes of `x` (rows, inputs).
    fn add<B: Backend>(&mut self, to: &mut B, layer: &B::Linear, inputs: usize, x: Slot) {
        let params = self.plan.dense(self.rows, inputs, self.plan.width);
        to.linear(layer, params, x, Finish::Add(self.now), self.other); // (rows, D)
        std::mem::swap(&mut self.now, &mut self.other);
    }
}

pub(super) struct Attention<B: Backend> {
    norm: B::Norm,
    query: B::Linear,
    key_value: B::Linear,
    output: B::Linear,
}

impl<B: Backend> Attention<B> {
    /// The one called `kind` in the layer called `at`.
    pub(super) fn load(from: &Loader<'_, B>, at: &str, kind: &str) -> Result<Self> {
        let name = format!("{at}.{kind}");
        let shape = [from.width; 2];
        Ok(Self {
            norm: from.norm(&format!("{name}_layer_norm"))?,
            query: from.dense(&name, &["q_proj"], shape)?,
            key_value: from.dense(&name, &["k_proj", "v_proj"], shape)?,
            output: from.dense(&name, &["out_proj"], shape)?,
        })
    }

    /// Keys and values of the first `rows` of `x` (rows, D) into `slot`, behind `before` rows of 2D.
    pub(super) fn remember(
        &self,
        to: &mut B,
        plan: Plan,
        (x, rows): (Slot, usize),
        slot: Slot,
        before: usize,
    ) {
        let d = plan.width;
        let params = LinearParams { out_offset: (2 * d * before) as u32, ..plan.dense(rows, d, 2 * d) };
        to.linear(&self.key_value, params, x, Finish::Plain, slot); // (rows, 2D)
    }

    /// Adds what the stream's rows read from keys and values. `own` says where theirs are remembered first, as
    /// [`Attention::remember`] does; without it they are of something else.
    pub(super) fn read(
        &self,
        to: &mut B,
        stream: &mut Stream,
        own: Option<(Slot, usize)>,
        attentions: &[AttentionLayer],
        sink: &mut dyn Sink,
    ) {
        let (plan, rows) = (stream.plan, stream.rows);
        stream.norm(to, &self.norm);
        to.linear(&self.query, plan.dense(rows, plan.width, plan.width), NORMED, Finish::Plain, QUERY); // (rows, D)
        if let Some((slot, before)) = own {
            self.remember(to, plan, (NORMED, rows), slot, before);
        }
        for &attention in attentions {
            to.attention(attention, sink); // into CONTEXT (rows, D)
        }
        stream.add(to, &self.output, plan.width, CONTEXT);
    }
}

pub(super) struct FeedForward<B: Backend> {
    norm: B::Norm,
    first: B::Linear,
    second: B::Linear,
}

impl<B: Backend> FeedForward<B> {
    pub(super) fn load(from: &Loader<'_, B>, at: &str) -> Result<Self> {
        let (d, f) = (from.width, from.inner);
        Ok(Self {
            norm: from.norm(&format!("{at}.ffn_layer_norm"))?,
            first: from.dense(at, &["fc1"], [f, d])?,
            second: from.dense(at, &["fc2"], [d, f])?,
        })
    }

    pub(super) fn apply(&self, to: &mut B, stream: &mut Stream) {
        let Plan { width: d, inner: f, .. } = stream.plan;
        stream.norm(to, &self.norm);
        to.linear(&self.first, stream.plan.dense(stream.rows, d, f), NORMED, Finish::GeluErf, INNER); // (rows, F)
        stream.add(to, &self.second, f, INNER);
    }
}
