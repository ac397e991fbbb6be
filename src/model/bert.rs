//! BERT's encoder (Devlin et al. 2019, arXiv 1810.04805): post-layer-norm, learned positions, GELU.
//!
//! Shape letters: L layers, H heads, T tokens, D width, K head width (D/H), F feed-forward width.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::backend::{AttentionLayer, Backend, Inputs, Sink, Slot, SlotSize};
use crate::error::{Error, Result};
use crate::ops::attend::AttendParams;
use crate::ops::embed::EmbedParams;
use crate::ops::layer_norm::LayerNormParams;
use crate::ops::linear::{Finish, LinearParams};
use crate::ops::scores::ScoresParams;
use crate::ops::softmax::SoftmaxParams;
use crate::weights::Weights;

/// The settings in config.json that shape the computation. Names are the checkpoint's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub vocab_size: usize,
    pub layer_norm_eps: f32,
    model_type: String,
    hidden_act: String,
    position_embedding_type: Option<String>,
    // Known, and without effect on a forward pass at inference.
    #[serde(rename = "_name_or_path")]
    _name_or_path: Option<IgnoredAny>,
    #[serde(rename = "architectures")]
    _architectures: Option<IgnoredAny>,
    #[serde(rename = "attention_probs_dropout_prob")]
    _attention_probs_dropout_prob: Option<IgnoredAny>,
    #[serde(rename = "gradient_checkpointing")]
    _gradient_checkpointing: Option<IgnoredAny>,
    #[serde(rename = "hidden_dropout_prob")]
    _hidden_dropout_prob: Option<IgnoredAny>,
    #[serde(rename = "initializer_range")]
    _initializer_range: Option<IgnoredAny>,
    #[serde(rename = "pad_token_id")]
    _pad_token_id: Option<IgnoredAny>,
    #[serde(rename = "transformers_version")]
    _transformers_version: Option<IgnoredAny>,
    #[serde(rename = "use_cache")]
    _use_cache: Option<IgnoredAny>,
}

impl Config {
    /// Reads config.json. A setting that is unknown here, or that this file does not compute, is an error.
    pub fn from_json(model: &str, bytes: &[u8]) -> Result<Self> {
        let wrong = |what: String| Error::Model { model: model.to_owned(), what };
        let config: Self =
            serde_json::from_slice(bytes).map_err(|error| wrong(format!("config.json: {error}")))?;
        for (name, value, expected) in [
            ("model_type", config.model_type.as_str(), "bert"),
            ("hidden_act", config.hidden_act.as_str(), "gelu"),
            (
                "position_embedding_type",
                config.position_embedding_type.as_deref().unwrap_or("absolute"),
                "absolute",
            ),
        ] {
            if value != expected {
                return Err(wrong(format!("config.json: {name} is \"{value}\", expected \"{expected}\"")));
            }
        }
        let heads = config.num_attention_heads;
        if heads == 0
            || !config.hidden_size.is_multiple_of(4 * heads)
            || !config.intermediate_size.is_multiple_of(4)
        {
            return Err(wrong(format!(
                "config.json: hidden_size {} must be num_attention_heads {heads} times a multiple of 4, and \
                 intermediate_size {} a multiple of 4",
                config.hidden_size, config.intermediate_size
            )));
        }
        Ok(config)
    }
}

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
        self.check(ids, type_ids, key_mask)?;
        let (d, f) = (self.config.hidden_size, self.config.intermediate_size);
        let (l, h, t) = (self.config.num_hidden_layers, self.config.num_attention_heads, ids.len());
        let k = d / h;
        let tokens: Vec<[u32; 2]> = ids.iter().zip(type_ids).map(|(&id, &kind)| [id, kind]).collect();
        let sizes = |t: usize| [t * d, t * d, 3 * t * d, h * t * t, l * h * t * t, t * d, t * f];
        // Room for a power of two, so that a keystroke finds the buffers of the one before.
        let room = sizes(t.next_power_of_two().max(8));
        let slots: Vec<SlotSize> =
            sizes(t).into_iter().zip(room).map(|(len, room)| SlotSize { len, room }).collect();
        self.backend.begin(&slots, Inputs { tokens: &tokens, key_mask }).await?;

        let rows = t as u32;
        let dense = |inputs: usize, outputs: usize| LinearParams {
            rows,
            inputs: inputs as u32,
            outputs: outputs as u32,
            ..Default::default()
        };
        let norm = LayerNormParams {
            rows,
            width: d as u32,
            epsilon: self.config.layer_norm_eps,
            ..Default::default()
        };
        let scores = ScoresParams {
            queries: rows,
            keys: rows,
            head_width: k as u32,
            query_stride: 3 * d as u32,
            query_offset: 0,
            key_stride: 3 * d as u32,
            key_offset: d as u32,
            scale: 1.0 / (k as f32).sqrt(),
            ..Default::default()
        };

        let to = &mut self.backend;
        to.embed(&self.embedding, EmbedParams { tokens: rows, width: d as u32, ..Default::default() }, SUM);
        to.layer_norm(&self.embedding_norm, norm, SUM, HIDDEN); // (T, D)
        for (index, layer) in self.layers.iter().enumerate() {
            let offset = (index * h * t * t) as u32;
            to.linear(&layer.query_key_value, dense(d, 3 * d), HIDDEN, Finish::Plain, QUERY_KEY_VALUE); // (T, 3D)
            let attention = AttentionLayer {
                heads: h as u32,
                scores,
                softmax: SoftmaxParams {
                    queries: rows,
                    keys: rows,
                    out_offset: offset,
                    ..Default::default()
                },
                attend: AttendParams {
                    queries: rows,
                    keys: rows,
                    head_width: k as u32,
                    value_stride: 3 * d as u32,
                    value_offset: 2 * d as u32,
                    out_stride: d as u32,
                    attention_offset: offset,
                    ..Default::default()
                },
                query: QUERY_KEY_VALUE,
                key: QUERY_KEY_VALUE,
                value: QUERY_KEY_VALUE,
                raw: SCORES,
                attention: ATTENTION,
                context: CONTEXT,
            };
            to.attention(attention, sink); // (T, D)
            to.linear(&layer.attention_output, dense(d, d), CONTEXT, Finish::Add(HIDDEN), SUM); // (T, D)
            to.layer_norm(&layer.attention_norm, norm, SUM, HIDDEN); // (T, D)
            to.linear(&layer.intermediate, dense(d, f), HIDDEN, Finish::GeluErf, INTERMEDIATE); // (T, F)
            to.linear(&layer.output, dense(f, d), INTERMEDIATE, Finish::Add(HIDDEN), SUM); // (T, D)
            to.layer_norm(&layer.output_norm, norm, SUM, HIDDEN); // (T, D)
        }
        let read = to.finish(&[(HIDDEN, t * d)], sink).await?;
        Ok(read.into_iter().next().unwrap_or_default())
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
