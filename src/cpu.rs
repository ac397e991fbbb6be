//! The operations of `ops` on one thread of the CPU, with its vector instructions.

mod dense;
mod epilogue;
mod functions;
mod matmul;
mod quantized;
mod rows;
mod simd;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod simd_portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd_wasm;
#[cfg(target_arch = "x86_64")]
mod simd_x86;

use crate::backend::{AttentionLayer, Backend, Inputs, Sink, Slot, SlotSize};
use crate::error::Result;
use crate::ops::attend::AttendParams;
use crate::ops::embed::EmbedParams;
use crate::ops::layer_norm::LayerNormParams;
use crate::ops::linear::{Finish, LinearParams};
use crate::ops::scores::{MASKED, ScoresParams};
use crate::ops::softmax::SoftmaxParams;
use crate::tensor::{Matrix, Tensor};
use dense::Scratch;
use epilogue::{Nothing, Scale};
use matmul::{Floats, Panels, Rows, multiply};

pub use dense::CpuLinear;

/// The name of the vector instructions in use, for people.
pub fn name() -> &'static str {
    simd::name()
}

/// Weights of attention that are handed to the sink at once, unless one head has more.
const WRITTEN_TOGETHER: usize = 16_384;

/// One model's passes.
#[derive(Default)]
pub struct CpuBackend {
    /// Made when they are first written to.
    slots: Vec<Vec<f32>>,
    sizes: Vec<SlotSize>,
    tokens: Vec<[u32; 2]>,
    key_mask: Vec<u32>,
    /// One head's keys or values, packed for a product.
    panels: Panels,
    /// A few heads' attention, (T, S) each.
    maps: Vec<f32>,
    /// For the products' own use.
    scratch: Scratch,
}

pub struct CpuNorm {
    weight: Tensor, // (D)
    bias: Tensor,   // (D)
}

pub struct CpuEmbedding {
    words: Matrix,     // (V, D)
    positions: Matrix, // (P, D)
    types: Tensor,     // (2, D)
}

impl CpuBackend {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the slot's buffer out, so that others can be read while it is written. Put it back.
    fn take(&mut self, slot: Slot) -> Vec<f32> {
        let mut taken = std::mem::take(&mut self.slots[slot.0]);
        taken.resize(self.sizes[slot.0].len, 0.0);
        taken
    }

    /// One head's scores into `map` (T, S).
    fn head_scores(&mut self, head: usize, params: ScoresParams, query: Slot, key: Slot, map: &mut [f32]) {
        let (queries, keys) = (params.queries as usize, params.keys as usize);
        let width = params.head_width as usize;
        let k = &self.slots[key.0][params.key_offset as usize + head * width..];
        self.panels.pack_transposed(k, width, keys, params.key_stride as usize);
        let q = &self.slots[query.0][params.query_offset as usize + head * width..];
        let q = Rows { data: q, stride: params.query_stride as usize, count: queries };
        multiply(Floats::new(q, &self.panels, &mut self.scratch.floats), Scale(params.scale), map, keys);
        if params.causal == 1 || self.key_mask[..keys].contains(&0) {
            for (t, row) in map.chunks_exact_mut(keys).enumerate() {
                let last = params.first_query as usize + t;
                for (s, (score, &seen)) in row.iter_mut().zip(&self.key_mask).enumerate() {
                    if seen == 0 || (params.causal == 1 && s > last) {
                        *score = MASKED;
                    }
                }
            }
        }
    }

    /// One head's attention `map` (T, S) × values, into its columns of `out`.
    fn head_attend(&mut self, head: usize, params: AttendParams, map: &[f32], value: Slot, out: &mut [f32]) {
        let (queries, keys) = (params.queries as usize, params.keys as usize);
        let width = params.head_width as usize;
        let v = &self.slots[value.0][params.value_offset as usize + head * width..];
        self.panels.pack(v, keys, width, params.value_stride as usize);
        let map = Rows { data: map, stride: keys, count: queries };
        let out = &mut out[params.out_offset as usize + head * width..];
        let stride = params.out_stride as usize;
        multiply(Floats::new(map, &self.panels, &mut self.scratch.floats), Nothing, out, stride);
    }
}

impl Backend for CpuBackend {
    type Linear = CpuLinear;
    type Norm = CpuNorm;
    type Embedding = CpuEmbedding;

    fn load_linear(&self, label: &str, layers: &[(Matrix, Tensor)]) -> Result<CpuLinear> {
        CpuLinear::load(label, layers)
    }

    fn load_norm(&self, _label: &str, weight: Tensor, bias: Tensor) -> Result<CpuNorm> {
        Ok(CpuNorm { weight, bias })
    }

    fn load_embedding(&self, words: Matrix, positions: Matrix, types: Tensor) -> Result<CpuEmbedding> {
        Ok(CpuEmbedding { words, positions, types })
    }

    async fn begin(&mut self, slots: &[SlotSize], inputs: Inputs<'_>) -> Result<()> {
        self.slots.resize_with(slots.len(), Vec::new);
        self.sizes.clear();
        self.sizes.extend_from_slice(slots);
        self.tokens.clear();
        self.tokens.extend_from_slice(inputs.tokens);
        self.key_mask.clear();
        self.key_mask.extend_from_slice(inputs.key_mask);
        Ok(())
    }

    fn write(&mut self, slot: Slot, data: &[f32]) {
        let mut to = self.take(slot);
        to[..data.len()].copy_from_slice(data);
        self.slots[slot.0] = to;
    }

    fn embed(&mut self, embedding: &CpuEmbedding, params: EmbedParams, out: Slot) {
        let width = params.width as usize;
        let types = embedding.types.data();
        let mut to = self.take(out);
        for (t, (&[id, kind], out)) in self.tokens.iter().zip(to.chunks_exact_mut(width)).enumerate() {
            out.copy_from_slice(&types[kind as usize * width..][..width]);
            embedding.words.add_row(id as usize, out);
            embedding.positions.add_row(t, out);
        }
        self.slots[out.0] = to;
    }

    fn linear(&mut self, layer: &CpuLinear, params: LinearParams, x: Slot, finish: Finish<Slot>, out: Slot) {
        let rows = params.rows as usize;
        let shape = [params.inputs as usize, params.outputs as usize];
        let mut to = self.take(out);
        let x = Rows { data: &self.slots[x.0], stride: shape[0], count: rows };
        let finish = match finish {
            Finish::Plain => Finish::Plain,
            Finish::GeluErf => Finish::GeluErf,
            Finish::Add(slot) => Finish::Add(&self.slots[slot.0][..rows * shape[1]]),
        };
        layer.apply(shape, x, finish, &mut to[params.out_offset as usize..], &mut self.scratch);
        self.slots[out.0] = to;
    }

    fn scores(&mut self, heads: u32, params: ScoresParams, query: Slot, key: Slot, out: Slot) {
        let map_len = (params.queries * params.keys) as usize;
        let mut to = self.take(out);
        for (head, map) in to.chunks_exact_mut(map_len).enumerate().take(heads as usize) {
            self.head_scores(head, params, query, key, map);
        }
        self.slots[out.0] = to;
    }

    fn softmax(&mut self, heads: u32, params: SoftmaxParams, scores: Slot, out: Slot) {
        let (rows, keys) = ((heads * params.queries) as usize, params.keys as usize);
        let mut to = self.take(out);
        let layer = &mut to[params.out_offset as usize..][..rows * keys];
        layer.copy_from_slice(&self.slots[scores.0][..rows * keys]);
        rows::softmax(layer, keys);
        self.slots[out.0] = to;
    }

    fn attend(&mut self, heads: u32, params: AttendParams, attention: Slot, value: Slot, out: Slot) {
        let map_len = (params.queries * params.keys) as usize;
        let mut to = self.take(out);
        let maps = std::mem::take(&mut self.slots[attention.0]);
        let heads_maps = maps[params.attention_offset as usize..].chunks_exact(map_len);
        for (head, map) in heads_maps.enumerate().take(heads as usize) {
            self.head_attend(head, params, map, value, &mut to);
        }
        self.slots[attention.0] = maps;
        self.slots[out.0] = to;
    }

    /// Head by head, so that a map stays in the cache and no more than a few are ever held.
    fn attention(&mut self, layer: AttentionLayer, sink: &mut dyn Sink) {
        let keys = layer.scores.keys as usize;
        let map_len = layer.scores.queries as usize * keys;
        let heads = layer.heads as usize;
        // Small maps go out together: in a browser, a write is a call out of WebAssembly.
        let together = (WRITTEN_TOGETHER / map_len.max(1)).clamp(1, heads.max(1));
        let mut maps = std::mem::take(&mut self.maps);
        maps.resize(together * map_len, 0.0);
        let mut context = layer.attend.map(|attend| self.take(attend.context));
        for first in (0..heads).step_by(together) {
            let count = together.min(heads - first);
            for (head, map) in (first..).zip(maps[..count * map_len].chunks_exact_mut(map_len)) {
                self.head_scores(head, layer.scores, layer.query, layer.key, map);
                rows::softmax(map, keys);
                if let (Some(attend), Some(context)) = (layer.attend, &mut context) {
                    self.head_attend(head, attend.params, map, attend.value, context);
                }
            }
            sink.write(layer.softmax.out_offset as usize + first * map_len, &maps[..count * map_len]);
        }
        if let (Some(attend), Some(context)) = (layer.attend, context) {
            self.slots[attend.context.0] = context;
        }
        self.maps = maps;
    }

    fn layer_norm(&mut self, norm: &CpuNorm, params: LayerNormParams, x: Slot, out: Slot) {
        let (rows, width) = (params.rows as usize, params.width as usize);
        let mut to = self.take(out);
        let x = &self.slots[x.0][..rows * width];
        rows::layer_norm(x, norm.weight.data(), norm.bias.data(), params.epsilon, &mut to[..rows * width]);
        self.slots[out.0] = to;
    }

    async fn finish(&mut self, read: &[(Slot, usize)], _sink: &mut dyn Sink) -> Result<Vec<Vec<f32>>> {
        Ok(read
            .iter()
            .map(|&(slot, len)| {
                let mut out = self.take(slot);
                out.truncate(len);
                out
            })
            .collect())
    }
}
