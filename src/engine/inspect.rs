//! Answers to an [`Inspection`], on the CPU whichever backend ran the text.

use super::Engine;
use super::loaded::LoadedModel;
use crate::cpu::CpuBackend;
use crate::error::{Error, Result};
use crate::inspection::Inspection;
use crate::model::bert::{Attended, Bert};
use crate::tokenizer::Encoded;

/// A text that has been looked into.
pub(super) struct Inspected {
    model: &'static str,
    texts: [Option<String>; 2],
    pub(super) encoded: Encoded,
    /// (L + 1) of (T, D): what each layer reads, then what the last one writes.
    pub(super) hidden: Vec<Vec<f32>>,
    /// The layer that was looked into last.
    layer: Option<InspectedLayer>,
}

struct InspectedLayer {
    index: usize,
    attended: Attended,
    /// (H, T, T).
    weights: Vec<f32>,
}

impl Engine {
    /// Answers about a loaded model and a text or a pair, in the shape that [`Inspection`] says; also tells how many tokens
    /// T the model reads. A text too long is cut as in [`Engine::run`].
    ///
    /// Always computed on the CPU. The hidden states of the text that was inspected last are kept, so that the next
    /// inspection of it begins where this one ended. Errors when a layer, head or token is named that there is not.
    pub async fn inspect(
        &mut self,
        id: &str,
        text: &str,
        text_b: Option<&str>,
        inspection: Inspection,
    ) -> Result<(usize, Vec<f32>)> {
        let (loaded, inspected) = self.look_into(id, text, text_b).await?;
        let tokens = inspected.encoded.ids.len();
        check(inspection, loaded.spec.layers, loaded.spec.heads, tokens)?;
        let values = match inspection {
            Inspection::Values => inspected.value_grams(loaded).await?,
            Inspection::ValueZeroing { layer, from, to } => {
                inspected.zero_values(loaded.on_cpu()?, layer, from, to).await?
            }
            Inspection::Neuron { layer, head } => {
                let bert = loaded.on_cpu()?;
                let projected = bert.project(layer, &inspected.hidden[layer]).await?;
                bert.queries_and_keys(&projected, head)
            }
        };
        Ok((tokens, values))
    }

    /// The hidden states of a text, computed unless it is the one that was looked into last.
    pub(super) async fn look_into(
        &mut self,
        id: &str,
        text: &str,
        text_b: Option<&str>,
    ) -> Result<(&mut LoadedModel, &mut Inspected)> {
        let loaded = self.models.get_mut(id).ok_or_else(|| Error::NotLoaded(id.to_owned()))?;
        let known = self.inspected.take().filter(|known| {
            known.model == loaded.spec.id
                && [Some(text), text_b] == known.texts.each_ref().map(Option::as_deref)
        });
        let inspected = match known {
            Some(known) => known,
            None => {
                let encoded = loaded.tokenizer.encode(text, text_b, loaded.spec.max_tokens)?;
                let hidden = loaded.on_cpu()?.hidden_states(&encoded.ids, &encoded.type_ids).await?;
                let texts = [Some(text), text_b].map(|text| text.map(str::to_owned));
                Inspected { model: loaded.spec.id, texts, encoded, hidden, layer: None }
            }
        };
        Ok((loaded, self.inspected.insert(inspected)))
    }
}

impl Inspected {
    /// (L, T, H, H).
    async fn value_grams(&self, loaded: &mut LoadedModel) -> Result<Vec<f32>> {
        let output_grams = loaded.output_grams().await?;
        let bert = loaded.on_cpu()?;
        let mut grams = Vec::new();
        for (layer, (input, output_gram)) in self.hidden.iter().zip(output_grams.iter()).enumerate() {
            let projected = bert.project(layer, input).await?; // (T, 3D)
            grams.extend(bert.value_grams(&projected, output_gram).await?); // (T, H, H)
        }
        Ok(grams)
    }

    /// (T, to - from).
    async fn zero_values(
        &mut self,
        bert: &mut Bert<CpuBackend>,
        layer: usize,
        from: usize,
        to: usize,
    ) -> Result<Vec<f32>> {
        let input = &self.hidden[layer];
        let inspected = match self.layer.take().filter(|known| known.index == layer) {
            Some(known) => known,
            None => {
                let mut weights = Vec::new();
                let attended = bert.attend(layer, input, &mut weights).await?;
                InspectedLayer { index: layer, attended, weights }
            }
        };
        let tokens = self.encoded.ids.len();
        let mut distances = vec![0.0; tokens * (to - from)];
        for token in from..to {
            let InspectedLayer { attended, weights, .. } = &inspected;
            let context = bert.zeroed_context(attended, weights, token); // (T, D)
            let moved = bert.transform(layer, input, &context).await?; // (T, D)
            let column = distances.iter_mut().skip(token - from).step_by(to - from);
            for (distance, apart) in column.zip(bert.cosine_distances(&self.hidden[layer + 1], &moved)) {
                *distance = apart as f32;
            }
        }
        self.layer = Some(inspected);
        Ok(distances)
    }
}

/// Errors unless the model has such a layer and head, and the text such tokens.
fn check(inspection: Inspection, layers: usize, heads: usize, tokens: usize) -> Result<()> {
    let (layer, head, range) = match inspection {
        Inspection::Values => (0, 0, 0..0),
        Inspection::ValueZeroing { layer, from, to } => (layer, 0, from..to),
        Inspection::Neuron { layer, head } => (layer, head, 0..0),
    };
    if layer < layers && head < heads && range.start <= range.end && range.end <= tokens {
        return Ok(());
    }
    Err(Error::Shape {
        operation: "inspect",
        expected: format!("a layer below {layers}, a head below {heads}, and tokens within 0..{tokens}"),
        got: format!("layer {layer}, head {head}, tokens {range:?}"),
    })
}
