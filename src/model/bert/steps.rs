//! A pass in steps, so that one can look, and reach, between them.
//!
//! Every step is read back, which costs the CPU a copy. A GPU would wait each time; this is meant for the CPU.

use super::{Bert, CONTEXT, HIDDEN, QUERY_KEY_VALUE};
use crate::backend::{Backend, Sink};
use crate::error::{Error, Result};

/// What a layer's attention works with and leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Attended {
    /// (T, 3D), as from [`Bert::project`].
    pub query_key_value: Vec<f32>,
    /// (T, D): of each token the heads' sums of weight times value, head beside head.
    pub context: Vec<f32>,
}

impl<B: Backend> Bert<B> {
    /// What the first layer reads, (T, D). Errors as [`Bert::forward`] does.
    pub async fn embed(&mut self, ids: &[u32], type_ids: &[u32]) -> Result<Vec<f32>> {
        let sizes = self.begin_tokens(ids, type_ids, &vec![1; ids.len()]).await?; // (T, D)
        let read = self.backend.finish(&[(HIDDEN, sizes.tokens * sizes.width)], &mut Nowhere).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    /// All heads' queries, then keys, then values of each token, (T, 3D), in `layer` for its `input` (T, D).
    pub async fn project(&mut self, layer: usize, input: &[f32]) -> Result<Vec<f32>> {
        let sizes = self.begin_layer(layer, input).await?;
        self.layers[layer].project(&mut self.backend, sizes);
        let read = self.backend.finish(&[(QUERY_KEY_VALUE, 3 * input.len())], &mut Nowhere).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    /// The attention of `layer` over `input` (T, D), nothing of which is padding; its weights (H, T, T) go to `sink`.
    pub async fn attend(&mut self, layer: usize, input: &[f32], sink: &mut dyn Sink) -> Result<Attended> {
        let sizes = self.begin_layer(layer, input).await?;
        self.layers[layer].attend(&mut self.backend, sizes, 0, sink);
        let len = sizes.tokens * sizes.width;
        let read = self.backend.finish(&[(QUERY_KEY_VALUE, 3 * len), (CONTEXT, len)], sink).await?;
        let mut read = read.into_iter();
        Ok(Attended {
            query_key_value: read.next().unwrap_or_default(),
            context: read.next().unwrap_or_default(),
        })
    }

    /// The output of `layer`, (T, D), for its `input` (T, D) and its attention's `context` (T, D).
    pub async fn transform(&mut self, layer: usize, input: &[f32], context: &[f32]) -> Result<Vec<f32>> {
        let sizes = self.begin_layer(layer, input).await?;
        self.backend.write(CONTEXT, context);
        self.layers[layer].transform(&mut self.backend, sizes);
        let read = self.backend.finish(&[(HIDDEN, input.len())], &mut Nowhere).await?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    /// What each layer reads, then what the last one writes: (L + 1) of (T, D). Errors as [`Bert::forward`] does.
    pub async fn hidden_states(&mut self, ids: &[u32], type_ids: &[u32]) -> Result<Vec<Vec<f32>>> {
        let mut states = vec![self.embed(ids, type_ids).await?];
        for layer in 0..self.layers.len() {
            let attended = self.attend(layer, &states[layer], &mut Nowhere).await?;
            let output = self.transform(layer, &states[layer], &attended.context).await?;
            states.push(output);
        }
        Ok(states)
    }

    /// Each layer's context, (L) of (T, D). Errors as [`Bert::forward`] does.
    pub async fn contexts(&mut self, ids: &[u32], type_ids: &[u32]) -> Result<Vec<Vec<f32>>> {
        let mut hidden = self.embed(ids, type_ids).await?;
        let mut contexts = Vec::with_capacity(self.layers.len());
        for layer in 0..self.layers.len() {
            let Attended { context, .. } = self.attend(layer, &hidden, &mut Nowhere).await?;
            hidden = self.transform(layer, &hidden, &context).await?;
            contexts.push(context);
        }
        Ok(contexts)
    }

    /// Starts a pass over one layer, and gives it its input.
    async fn begin_layer(&mut self, layer: usize, input: &[f32]) -> Result<super::Sizes> {
        let (layers, width) = (self.layers.len(), self.config.hidden_size);
        if layer >= layers || !input.len().is_multiple_of(width) {
            return Err(Error::Shape {
                operation: "bert",
                expected: format!("a layer below {layers}, and rows of {width}"),
                got: format!("layer {layer}, and {} numbers", input.len()),
            });
        }
        let tokens = input.len() / width;
        // Which tokens they are, only the embedding reads.
        let any = vec![0; tokens];
        self.begin(&any, &any, &vec![1; tokens]).await?;
        self.backend.write(HIDDEN, input);
        Ok(self.sizes(tokens))
    }
}

/// For weights that nobody wants.
pub struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _at: usize, _data: &[f32]) {}
}
