//! BERT's encoder (Devlin et al. 2019, arXiv 1810.04805): post-layer-norm, learned positions, GELU.
//!
//! Shape letters: L layers, H heads, T tokens, D width, K head width (D/H), F feed-forward width.

mod config;
mod inspect;
mod steps;

use crate::backend::{Attend, AttentionLayer, Backend, Inputs, Sink, Slot, SlotSize};
use crate::error::{Error, Result};
use crate::ops::attend::AttendParams;
use crate::ops::embed::EmbedParams;
use crate::ops::layer_norm::LayerNormParams;
use crate::ops::linear::{Finish, LinearParams};
use crate::ops::scores::ScoresParams;
use crate::ops::softmax::SoftmaxParams;
use crate::weights::Weights;

pub use config::Config;
pub use inspect::{cosine_distance, output_grams};
pub use steps::Attended;

/// A loaded encoder on one backend.
pub struct Bert<B: Backend> {
    config: Config,
    backend: B,
    embedding: B::Embedding,
    embedding_norm: B::Norm,
    layers: Vec<Layer<B>>,
}

struct Layer<B: Backend> {
    query_key_value: B::Linear,
    attention_output: B::Linear,
    attention_norm: B::Norm,
    intermediate: B::Linear,
    output: B::Linear,
    output_norm: B::Norm,
}

const HIDDEN: Slot = Slot(0); // (T, D)
const SUM: Slot = Slot(1); // (T, D), before a layer norm
const QUERY_KEY_VALUE: Slot = Slot(2); // (T, 3D)
const SCORES: Slot = Slot(3); // (H, T, T)
const ATTENTION: Slot = Slot(4); // (L, H, T, T)
const CONTEXT: Slot = Slot(5); // (T, D)
const INTERMEDIATE: Slot = Slot(6); // (T, F)

impl<B: Backend> Bert<B> {
    /// Errors when a tensor is missing or has another shape than the config says.
    pub fn load(config: Config, weights: &Weights, backend: B) -> Result<Self> {
        let (d, f) = (config.hidden_size, config.intermediate_size);
        let dense = |name: String, outputs: usize, inputs: usize| {
            Ok((
                weights.matrix(&format!("{name}.weight"), [outputs, inputs])?,
                weights.tensor(&format!("{name}.bias"), &[outputs])?,
            ))
        };
        let norm = |name: String| {
            let weight = weights.tensor(&format!("{name}.weight"), &[d])?;
            backend.load_norm(&name, weight, weights.tensor(&format!("{name}.bias"), &[d])?)
        };

        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for layer in 0..config.num_hidden_layers {
            let at = format!("encoder.layer.{layer}");
            let attention = format!("{at}.attention.self");
            layers.push(Layer {
                query_key_value: backend.load_linear(
                    &attention,
                    &[
                        dense(format!("{attention}.query"), d, d)?,
                        dense(format!("{attention}.key"), d, d)?,
                        dense(format!("{attention}.value"), d, d)?,
                    ],
                )?,
                attention_output: backend.load_linear(
                    &format!("{at}.attention.output"),
                    &[dense(format!("{at}.attention.output.dense"), d, d)?],
                )?,
                attention_norm: norm(format!("{at}.attention.output.LayerNorm"))?,
                intermediate: backend.load_linear(
                    &format!("{at}.intermediate"),
                    &[dense(format!("{at}.intermediate.dense"), f, d)?],
                )?,
                output: backend
                    .load_linear(&format!("{at}.output"), &[dense(format!("{at}.output.dense"), d, f)?])?,
                output_norm: norm(format!("{at}.output.LayerNorm"))?,
            });
        }
        let embedding = backend.load_embedding(
            weights.matrix("embeddings.word_embeddings.weight", [config.vocab_size, d])?,
            weights.matrix("embeddings.position_embeddings.weight", [config.max_position_embeddings, d])?,
            weights.tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, d])?,
        )?;
        let embedding_norm = norm("embeddings.LayerNorm".to_owned())?;
        Ok(Self { config, backend, embedding, embedding_norm, layers })
    }

    /// One pass over `ids` (T) with `type_ids` (T) and `key_mask` (T, 0 for padding). Every layer's softmax goes to
    /// `sink` (L, H, T, T); returned is the last layer's output (T, D).
    ///
    /// Errors when the three differ in length, are empty or too long, or name what the embeddings don't have.
    pub async fn forward(
        &mut self,
        ids: &[u32],
        type_ids: &[u32],
        key_mask: &[u32],
        sink: &mut dyn Sink,
    ) -> Result<Vec<f32>> {
        let sizes = self.begin_tokens(ids, type_ids, key_mask).await?;
        let to = &mut self.backend;
        for (index, layer) in self.layers.iter().enumerate() {
            layer.attend(to, sizes, index, sink); // (T, D)
            layer.transform(to, sizes); // (T, D)
        }
        let read = to.finish(&[(HIDDEN, sizes.tokens * sizes.width)], sink).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    /// The same pass up to the last layer's softmax: what follows, no attention weight depends on. Errors as
    /// [`Bert::forward`] does.
    pub async fn weights(
        &mut self,
        ids: &[u32],
        type_ids: &[u32],
        key_mask: &[u32],
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let sizes = self.begin_tokens(ids, type_ids, key_mask).await?;
        let to = &mut self.backend;
        for (index, layer) in self.layers.iter().enumerate() {
            if index + 1 == self.layers.len() {
                layer.weigh(to, sizes, index, sink);
            } else {
                layer.attend(to, sizes, index, sink); // (T, D)
                layer.transform(to, sizes); // (T, D)
            }
        }
        to.finish(&[], sink).await.map(|_| ())
    }

    fn sizes(&self, tokens: usize) -> Sizes {
        Sizes {
            tokens,
            width: self.config.hidden_size,
            heads: self.config.num_attention_heads,
            inner: self.config.intermediate_size,
            epsilon: self.config.layer_norm_eps,
        }
    }

    /// Starts a pass over these tokens, and embeds them into HIDDEN.
    async fn begin_tokens(&mut self, ids: &[u32], type_ids: &[u32], key_mask: &[u32]) -> Result<Sizes> {
        self.begin(ids, type_ids, key_mask).await?;
        let sizes = self.sizes(ids.len());
        sizes.embed(&mut self.backend, &self.embedding, &self.embedding_norm); // (T, D)
        Ok(sizes)
    }

    /// Starts a pass over these tokens.
    async fn begin(&mut self, ids: &[u32], type_ids: &[u32], key_mask: &[u32]) -> Result<()> {
        self.check(ids, type_ids, key_mask)?;
        let tokens: Vec<[u32; 2]> = ids.iter().zip(type_ids).map(|(&id, &kind)| [id, kind]).collect();
        let layers = self.config.num_hidden_layers;
        let lengths = self.sizes(ids.len()).slots(layers);
        // Room for a power of two, so that a keystroke finds the buffers of the one before.
        let room = self.sizes(ids.len().next_power_of_two().max(8)).slots(layers);
        let slots: Vec<SlotSize> =
            lengths.into_iter().zip(room).map(|(len, room)| SlotSize { len, room }).collect();
        self.backend.begin(&slots, Inputs { tokens: &tokens, key_mask }).await
    }

    fn check(&self, ids: &[u32], type_ids: &[u32], key_mask: &[u32]) -> Result<()> {
        let wrong = |expected: String, got: String| Err(Error::Shape { operation: "bert", expected, got });
        let (tokens, room) = (ids.len(), self.config.max_position_embeddings);
        if tokens == 0 || tokens > room {
            return wrong(format!("1 to {room} tokens"), tokens.to_string());
        }
        if type_ids.len() != tokens || key_mask.len() != tokens {
            let got = format!("{} type ids and a mask of {}", type_ids.len(), key_mask.len());
            return wrong(format!("{tokens} type ids and a mask of {tokens}"), got);
        }
        if let Some(id) = ids.iter().find(|&&id| id as usize >= self.config.vocab_size) {
            return wrong(format!("ids below {}", self.config.vocab_size), id.to_string());
        }
        if let Some(id) = type_ids.iter().find(|&&id| id as usize >= self.config.type_vocab_size) {
            return wrong(format!("type ids below {}", self.config.type_vocab_size), id.to_string());
        }
        Ok(())
    }
}

/// What the parameters of a pass's operations are made of.
#[derive(Clone, Copy)]
struct Sizes {
    tokens: usize, // T
    width: usize,  // D
    heads: usize,  // H
    inner: usize,  // F
    epsilon: f32,
}

impl Sizes {
    /// In the order of the slots' numbers.
    fn slots(self, layers: usize) -> [usize; 7] {
        let Self { tokens: t, width: d, heads: h, inner: f, .. } = self;
        [t * d, t * d, 3 * t * d, h * t * t, layers * h * t * t, t * d, t * f]
    }

    fn dense(self, inputs: usize, outputs: usize) -> LinearParams {
        LinearParams {
            rows: self.tokens as u32,
            inputs: inputs as u32,
            outputs: outputs as u32,
            ..Default::default()
        }
    }

    fn norm(self) -> LayerNormParams {
        LayerNormParams {
            rows: self.tokens as u32,
            width: self.width as u32,
            epsilon: self.epsilon,
            ..Default::default()
        }
    }

    /// The tokens into HIDDEN.
    fn embed<B: Backend>(self, to: &mut B, embedding: &B::Embedding, norm: &B::Norm) {
        let (tokens, width) = (self.tokens as u32, self.width as u32);
        to.embed(embedding, EmbedParams { tokens, width, ..Default::default() }, SUM); // (T, D)
        to.layer_norm(norm, self.norm(), SUM, HIDDEN); // (T, D)
    }

    /// The attention of layer `index` of those whose weights lie in one buffer.
    fn attention(self, index: usize) -> AttentionLayer {
        let Self { tokens: t, width: d, heads: h, .. } = self;
        let (rows, head_width) = (t as u32, (d / h) as u32);
        let offset = (index * h * t * t) as u32;
        AttentionLayer {
            heads: h as u32,
            scores: ScoresParams {
                queries: rows,
                keys: rows,
                head_width,
                query_stride: 3 * d as u32,
                query_offset: 0,
                key_stride: 3 * d as u32,
                key_offset: d as u32,
                scale: 1.0 / (head_width as f32).sqrt(),
                ..Default::default()
            },
            softmax: SoftmaxParams { queries: rows, keys: rows, out_offset: offset, ..Default::default() },
            attend: Some(Attend {
                params: AttendParams {
                    queries: rows,
                    keys: rows,
                    head_width,
                    value_stride: 3 * d as u32,
                    value_offset: 2 * d as u32,
                    out_stride: d as u32,
                    attention_offset: offset,
                    ..Default::default()
                },
                value: QUERY_KEY_VALUE,
                context: CONTEXT,
            }),
            query: QUERY_KEY_VALUE,
            key: QUERY_KEY_VALUE,
            raw: SCORES,
            attention: ATTENTION,
        }
    }
}

impl<B: Backend> Layer<B> {
    /// From HIDDEN to QUERY_KEY_VALUE.
    fn project(&self, to: &mut B, sizes: Sizes) {
        let d = sizes.width;
        to.linear(&self.query_key_value, sizes.dense(d, 3 * d), HIDDEN, Finish::Plain, QUERY_KEY_VALUE); // (T, 3D)
    }

    /// From HIDDEN to the weights alone, to `sink` as those of layer `index`.
    fn weigh(&self, to: &mut B, sizes: Sizes, index: usize, sink: &mut dyn Sink) {
        self.project(to, sizes); // (T, 3D)
        to.attention(AttentionLayer { attend: None, ..sizes.attention(index) }, sink);
    }

    /// From HIDDEN to CONTEXT, the weights to `sink` as those of layer `index`.
    fn attend(&self, to: &mut B, sizes: Sizes, index: usize, sink: &mut dyn Sink) {
        self.project(to, sizes); // (T, 3D)
        to.attention(sizes.attention(index), sink); // (T, D)
    }

    /// From HIDDEN and CONTEXT to HIDDEN: all that comes after the attention.
    fn transform(&self, to: &mut B, sizes: Sizes) {
        let (d, f) = (sizes.width, sizes.inner);
        to.linear(&self.attention_output, sizes.dense(d, d), CONTEXT, Finish::Add(HIDDEN), SUM); // (T, D)
        to.layer_norm(&self.attention_norm, sizes.norm(), SUM, HIDDEN); // (T, D)
        to.linear(&self.intermediate, sizes.dense(d, f), HIDDEN, Finish::GeluErf, INTERMEDIATE); // (T, F)
        to.linear(&self.output, sizes.dense(f, d), INTERMEDIATE, Finish::Add(HIDDEN), SUM); // (T, D)
        to.layer_norm(&self.output_norm, sizes.norm(), SUM, HIDDEN); // (T, D)
    }
}
