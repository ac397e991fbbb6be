//! What heads do in a text, and over the sentences that come with the program.

use super::{Engine, Notice, Run};
use crate::error::Result;
use crate::habits::{Meter, Reading, SENTENCES};
use crate::model::bert::Config;
use crate::trace::BackendChoice;

/// What is measured over the built-in sentences, a few of them at a time.
pub(super) struct BuiltIn {
    /// Sentences whose habits have been measured.
    measured: usize,
    meter: Meter,
    /// Sentences whose contexts have been summed.
    summed: usize,
    contexts: Vec<Vec<f64>>, // (L) of (D)
    /// Tokens that were summed.
    tokens: f64,
}

impl BuiltIn {
    pub(super) fn new(config: &Config) -> Self {
        let layers = config.num_hidden_layers;
        Self {
            measured: 0,
            meter: Meter::new(layers * config.num_attention_heads),
            summed: 0,
            contexts: vec![vec![0.0; config.hidden_size]; layers],
            tokens: 0.0,
        }
    }

    /// The mean of each layer's context over all tokens of the built-in sentences, special ones too, (L) of (D); head h's
    /// are the h-th K of a layer's.
    pub(super) fn mean_contexts(&self) -> Vec<Vec<f32>> {
        let mean = |sum: &f64| (sum / self.tokens.max(1.0)) as f32;
        self.contexts.iter().map(|sums| sums.iter().map(mean).collect()).collect()
    }
}

impl Engine {
    /// What each head of a loaded model does in a text or a pair, (L, H, habits) in the order of [`HABITS`](crate::habits::HABITS),
    /// and how many tokens the model reads. The pass runs where `choice` leads, as in [`Engine::run`].
    pub async fn habits(
        &mut self,
        id: &str,
        choice: BackendChoice,
        text: &str,
        text_b: Option<&str>,
    ) -> Result<(usize, Vec<f32>, Vec<Notice>)> {
        let loaded = self.loaded(id)?;
        let mut meter = Meter::new(loaded.spec.layers * loaded.spec.heads);
        let (tokens, notices) = self.measure(id, choice, text, text_b, &mut meter).await?;
        Ok((tokens, meter.means(), notices))
    }

    /// The same over the built-in sentences, for at most about `milliseconds` by the clock `now`; nothing before the last
    /// sentence is done. What has been measured of a model is kept for as long as it is loaded.
    pub async fn built_in_habits(
        &mut self,
        id: &str,
        choice: BackendChoice,
        now: impl Fn() -> f64,
        milliseconds: f64,
    ) -> Result<(Option<Vec<f32>>, Vec<Notice>)> {
        let end = now() + milliseconds;
        let mut notices = Vec::new();
        let measured = self.loaded(id)?.built_in.measured;
        for sentence in SENTENCES.lines().skip(measured) {
            // Whatever goes wrong, the sentence is measured again.
            let mut meter = self.loaded(id)?.built_in.meter.clone();
            notices.extend(self.measure(id, choice, sentence, None, &mut meter).await?.1);
            let built_in = &mut self.loaded(id)?.built_in;
            built_in.meter = meter;
            built_in.measured += 1;
            if now() >= end {
                break;
            }
        }
        let built_in = &self.loaded(id)?.built_in;
        let done = built_in.measured == SENTENCES.lines().count();
        Ok((done.then(|| built_in.meter.means()), notices))
    }

    /// Sums the heads' contexts over the built-in sentences, for at most about `milliseconds`; `true` once all are summed.
    /// Always on the CPU.
    pub async fn built_in_contexts(
        &mut self,
        id: &str,
        now: impl Fn() -> f64,
        milliseconds: f64,
    ) -> Result<bool> {
        let end = now() + milliseconds;
        let loaded = self.loaded(id)?;
        for sentence in SENTENCES.lines().skip(loaded.built_in.summed) {
            let encoded = loaded.tokenizer.encode(sentence, None, loaded.spec.max_tokens)?;
            let contexts = loaded.on_cpu()?.contexts(&encoded.ids, &encoded.type_ids).await?;
            let built_in = &mut loaded.built_in;
            for (sums, context) in built_in.contexts.iter_mut().zip(&contexts) {
                for row in context.chunks_exact(sums.len()) {
                    for (sum, x) in sums.iter_mut().zip(row) {
                        *sum += f64::from(*x);
                    }
                }
            }
            built_in.tokens += encoded.ids.len() as f64;
            built_in.summed += 1;
            if now() >= end {
                break;
            }
        }
        Ok(loaded.built_in.summed == SENTENCES.lines().count())
    }

    /// Takes a text or a pair into `meter`; says how many tokens it has.
    async fn measure(
        &mut self,
        id: &str,
        choice: BackendChoice,
        text: &str,
        text_b: Option<&str>,
        meter: &mut Meter,
    ) -> Result<(usize, Vec<Notice>)> {
        let loaded = self.loaded(id)?;
        let heads = loaded.spec.layers * loaded.spec.heads;
        let encoded = loaded.tokenizer.encode(text, text_b, loaded.spec.max_tokens)?;
        let reading = |_| Reading::new(&encoded, heads);
        let Run { mut trace, notices, .. } = self.run(id, choice, text, text_b, || 0.0, reading).await?;
        if let Some(map) = trace.maps.pop() {
            meter.add(&map.weights);
        }
        Ok((encoded.ids.len(), notices))
    }
}
