//! An encoder-decoder's config.json, as `training/model.py` writes it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// The settings in config.json that shape the computation. Names are the checkpoint's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub vocab_size: usize,
    pub d_model: usize,
    pub encoder_layers: usize,
    pub decoder_layers: usize,
    pub heads: usize,
    pub ffn: usize,
    /// Tokens that a source, and a target, may have.
    pub max_positions: usize,
    pub layer_norm_epsilon: f32,
    pub unk_id: u32,
    pub bos_id: u32,
    pub eos_id: u32,
    /// A search takes their logits for minus infinity.
    pub never_written_ids: Vec<u32>,
    /// Tokens that a translation may have, the end counted, for each of the source's.
    pub target_limit_factor: usize,
    /// How many it may have besides.
    pub target_limit_extra: usize,
    /// Hypotheses of a search where nothing else is asked for.
    pub beam: usize,
    /// α of the length penalty ((5 + n) / 6)^α (Wu et al. 2016, arXiv 1609.08144, equation 14).
    pub length_penalty: f64,
    /// The token in front of a source, by the language it is to become.
    pub target_tag_ids: BTreeMap<String, u32>,
    model_type: String,
    source_format: String,
    target_format: String,
    activation: String,
    positions: String,
    embedding_scale: String,
    normalization: String,
    tied_output: bool,
    pad_id: u32,
}

impl Config {
    /// Reads config.json. A setting that is unknown here, or that this architecture does not compute, is an error.
    pub fn from_json(model: &str, bytes: &[u8]) -> Result<Self> {
        let wrong =
            |what: String| Error::Model { model: model.to_owned(), what: format!("config.json: {what}") };
        let config: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        for (name, value, expected) in [
            ("model_type", config.model_type.as_str(), "attention-map-seq2seq"),
            ("source_format", config.source_format.as_str(), "tag, pieces, eos"),
            ("target_format", config.target_format.as_str(), "bos, pieces, eos"),
            ("activation", config.activation.as_str(), "gelu_erf"),
            ("positions", config.positions.as_str(), "sinusoidal_halves"),
            ("embedding_scale", config.embedding_scale.as_str(), "sqrt_d_model"),
            ("normalization", config.normalization.as_str(), "pre"),
        ] {
            if value != expected {
                return Err(wrong(format!("{name} is \"{value}\", expected \"{expected}\"")));
            }
        }
        if !config.tied_output {
            return Err(wrong("tied_output is false, expected true".to_owned()));
        }
        config.check().map_or(Ok(()), |what| Err(wrong(what)))?;
        Ok(config)
    }

    /// What does not fit together.
    fn check(&self) -> Option<String> {
        let Self { d_model, heads, ffn, .. } = *self;
        if heads == 0 || !d_model.is_multiple_of(4 * heads) || !ffn.is_multiple_of(4) || d_model * ffn == 0 {
            return Some(format!(
                "d_model {d_model} must be heads {heads} times a multiple of 4, and ffn {ffn} a multiple of 4"
            ));
        }
        for (name, value) in [
            ("encoder_layers", self.encoder_layers),
            ("decoder_layers", self.decoder_layers),
            ("beam", self.beam),
            // A tag, or the beginning, a piece and an end.
            ("max_positions", self.max_positions.saturating_sub(2)),
        ] {
            if value == 0 {
                return Some(format!("{name} is too small"));
            }
        }
        if !self.length_penalty.is_finite() {
            return Some(format!("length_penalty is {}, expected a number", self.length_penalty));
        }
        if self.target_tag_ids.is_empty() {
            return Some("target_tag_ids names no language".to_owned());
        }
        let ids = [self.unk_id, self.bos_id, self.eos_id, self.pad_id];
        let ids = ids.iter().chain(&self.never_written_ids).chain(self.target_tag_ids.values());
        if let Some(id) = ids.into_iter().find(|&&id| id as usize >= self.vocab_size) {
            return Some(format!("there is an id {id} in a vocabulary of {}", self.vocab_size));
        }
        if self.never_written_ids.contains(&self.eos_id) {
            return Some(format!(
                "never_written_ids has eos_id {}, so that no search would end",
                self.eos_id
            ));
        }
        None
    }

    /// K.
    pub fn head_width(&self) -> usize {
        self.d_model / self.heads
    }

    /// The most tokens, the end counted, that the translation of a source of so many may have.
    pub fn longest(&self, source: usize) -> usize {
        (self.target_limit_factor * source + self.target_limit_extra).min(self.max_positions)
    }

    /// The token that asks for a language. The error names those there are.
    pub fn tag(&self, language: &str) -> Result<u32> {
        self.target_tag_ids.get(language).copied().ok_or_else(|| {
            Error::Translation(format!(
                "there is no language \"{language}\" to translate to; there are: {}",
                self.target_tag_ids.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ))
        })
    }
}
