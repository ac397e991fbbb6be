//! BERT's config.json.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::{Error, Result};

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
