//! A model's files in memory, and the model on each backend.

use std::rc::Rc;

use super::ModelFiles;
use super::built_in::BuiltIn;
use crate::backend::Sink;
use crate::cpu::CpuBackend;
use crate::error::{Error, Result};
use crate::gpu::{Gpu, GpuBackend};
use crate::model::bert::{Bert, Config, output_grams};
use crate::model::{CONFIG_FILE, ModelSpec, TOKENIZER_FILE, WEIGHTS_FILE};
use crate::tensor::FileBytes;
use crate::tokenizer::{Encoded, Tokenizer};
use crate::weights::Weights;

/// A model's files, read, and the backends that it has been made ready for.
pub(super) struct LoadedModel {
    pub(super) spec: &'static ModelSpec,
    pub(super) tokenizer: Tokenizer,
    config: Config,
    /// The weights file, kept for the other backend and for a new device when one is lost.
    weights: FileBytes,
    pub(super) cpu: Option<Bert<CpuBackend>>,
    pub(super) gpu: Option<Bert<GpuBackend>>,
    /// (L) of (D, D), once somebody has asked what values do; see [`output_grams`].
    output_grams: Option<Rc<Vec<Vec<f32>>>>,
    /// What has been measured on the built-in sentences so far.
    pub(super) built_in: BuiltIn,
}

/// A model's file, which has to be there.
pub(super) fn taken(files: &mut ModelFiles, name: &str) -> Result<Vec<u8>> {
    files.remove(name).ok_or_else(|| Error::File { file: name.to_owned(), what: "missing".to_owned() })
}

/// Whether the layers, heads and positions that a config has are those of the model's table.
pub(super) fn agrees(spec: &ModelSpec, told: (usize, usize, usize)) -> Result<()> {
    let expected = (spec.layers, spec.heads, spec.max_tokens);
    if told == expected {
        return Ok(());
    }
    let what = format!("{CONFIG_FILE} has {told:?} layers, heads and positions, expected {expected:?}");
    Err(Error::Model { model: spec.id.to_owned(), what })
}

impl LoadedModel {
    pub(super) fn read(spec: &'static ModelSpec, mut files: ModelFiles) -> Result<Self> {
        let mut file = |name: &str| taken(&mut files, name);
        let config = Config::from_json(spec.id, &file(CONFIG_FILE)?)?;
        let told = (config.num_hidden_layers, config.num_attention_heads, config.max_position_embeddings);
        agrees(spec, told)?;
        let tokenizer = Tokenizer::from_json(&file(TOKENIZER_FILE)?)?;
        let weights = Rc::new(file(WEIGHTS_FILE)?);
        Weights::parse(WEIGHTS_FILE, &weights)?;
        let built_in = BuiltIn::new(&config);
        Ok(Self { spec, tokenizer, config, weights, cpu: None, gpu: None, output_grams: None, built_in })
    }

    pub(super) fn on_cpu(&mut self) -> Result<&mut Bert<CpuBackend>> {
        if self.cpu.is_none() {
            let weights = Weights::parse(WEIGHTS_FILE, &self.weights)?;
            self.cpu = Some(Bert::load(self.config.clone(), &weights, CpuBackend::new())?);
        }
        self.cpu.as_mut().ok_or_else(|| Error::NotLoaded(self.spec.id.to_owned()))
    }

    /// (L) of (D, D), made once.
    pub(super) async fn output_grams(&mut self) -> Result<Rc<Vec<Vec<f32>>>> {
        if let Some(grams) = &self.output_grams {
            return Ok(grams.clone());
        }
        let weights = Weights::parse(WEIGHTS_FILE, &self.weights)?;
        let grams = Rc::new(output_grams(&self.config, &weights, &mut CpuBackend::new()).await?);
        self.output_grams = Some(grams.clone());
        Ok(grams)
    }

    pub(super) fn on_gpu(&mut self, gpu: &Rc<Gpu>) -> Result<&mut Bert<GpuBackend>> {
        if self.gpu.is_none() {
            let weights = Weights::parse(WEIGHTS_FILE, &self.weights)?;
            self.gpu = Some(Bert::load(self.config.clone(), &weights, GpuBackend::new(gpu.clone()))?);
        }
        self.gpu.as_mut().ok_or_else(|| Error::NotLoaded(self.spec.id.to_owned()))
    }
}

/// What a pass leaves.
pub(super) struct Forward<W> {
    /// (L, H, T, T).
    pub(super) attention: W,
    /// (T, D), the last layer's output; empty where only the attention was wanted.
    pub(super) last_hidden: Vec<f32>,
}

impl<B: crate::backend::Backend> Bert<B> {
    /// A pass over one text, nothing of which is padding; up to the last layer's output, or only to its attention.
    pub(super) async fn run<W: Sink>(
        &mut self,
        encoded: &Encoded,
        mut attention: W,
        to_output: bool,
    ) -> Result<Forward<W>> {
        let Encoded { ids, type_ids, .. } = encoded;
        let key_mask = vec![1; ids.len()];
        let mut last_hidden = Vec::new();
        if to_output {
            last_hidden = self.forward(ids, type_ids, &key_mask, &mut attention).await?;
        } else {
            self.weights(ids, type_ids, &key_mask, &mut attention).await?;
        }
        Ok(Forward { attention, last_hidden })
    }

    /// A pass over so many tokens of whatever kind.
    pub(super) async fn run_any(&mut self, tokens: usize) -> Result<()> {
        let ids = (0..tokens as u32).collect();
        let encoded = Encoded { ids, type_ids: vec![0; tokens], ..Encoded::default() };
        self.run(&encoded, Vec::new(), false).await.map(|_| ())
    }
}
