//! The operations of `ops` on one thread of the CPU, with its vector instructions.

mod functions;
mod matmul;
mod rows;
mod simd;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod simd_portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd_wasm;
#[cfg(target_arch = "x86_64")]
mod simd_x86;

use crate::backend::{Backend, Inputs, Slot, SlotSize};
use crate::error::Result;
use crate::ops::attend::AttendParams;
use crate::ops::embed::EmbedParams;
use crate::ops::layer_norm::LayerNormParams;
use crate::ops::linear::{Finish, LinearParams};
use crate::ops::scores::{MASKED, ScoresParams};
use crate::ops::softmax::SoftmaxParams;
use crate::tensor::Tensor;
use matmul::{Epilogue, Panels, Rows, multiply};
use simd::Simd;

/// The name of the vector instructions in use, for people.
pub fn name() -> &'static str {
    simd::name()
}

/// One model's passes.
#[derive(Default)]
pub struct CpuBackend {
    slots: Vec<Vec<f32>>,
    tokens: Vec<[u32; 2]>,
    key_mask: Vec<u32>,
    /// One head's keys or values, packed for a product.
    panels: Panels,
    /// For the products' own use.
    scratch: Vec<f32>,
}

pub struct CpuLinear {
    weight: Panels, // (I, O)
    bias: Vec<f32>, // (O)
}

pub struct CpuNorm {
    weight: Vec<f32>, // (D)
    bias: Vec<f32>,   // (D)
}

pub struct CpuEmbedding {
    words: Vec<f32>,     // (V, D)
    positions: Vec<f32>, // (P, D)
    types: Vec<f32>,     // (2, D)
}

impl CpuBackend {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the slot's buffer out, so that others can be read while it is written. Put it back.
    fn take(&mut self, slot: Slot) -> Vec<f32> {
        std::mem::take(&mut self.slots[slot.0])
    }
}

impl Backend for CpuBackend {
    type Linear = CpuLinear;
    type Norm = CpuNorm;
    type Embedding = CpuEmbedding;

    fn load_linear(&self, _label: &str, layers: &[(Tensor<'_>, Tensor<'_>)]) -> Result<CpuLinear> {
        let mut stacked = Vec::new();
        let mut bias = Vec::new();
        let mut inputs = 0;
        for (weight, layer_bias) in layers {
            inputs = weight.matrix("load_linear")?.1;
            stacked.extend_from_slice(weight.data());
            bias.extend_from_slice(layer_bias.data());
        }
        let mut weight = Panels::default();
        weight.pack_transposed(&stacked, inputs, bias.len(), inputs);
        Ok(CpuLinear { weight, bias })
    }

    fn load_norm(&self, _label: &str, weight: Tensor<'_>, bias: Tensor<'_>) -> Result<CpuNorm> {
        Ok(CpuNorm { weight: weight.data().to_vec(), bias: bias.data().to_vec() })
    }

    fn load_embedding(
        &self,
        words: Tensor<'_>,
        positions: Tensor<'_>,
        types: Tensor<'_>,
    ) -> Result<CpuEmbedding> {
        Ok(CpuEmbedding {
            words: words.data().to_vec(),
            positions: positions.data().to_vec(),
            types: types.data().to_vec(),
        })
    }

    async fn begin(&mut self, slots: &[SlotSize], inputs: Inputs<'_>) -> Result<()> {
        self.slots.resize_with(slots.len(), Vec::new);
        for (slot, size) in self.slots.iter_mut().zip(slots) {
            slot.resize(size.len, 0.0);
        }
        self.tokens.clear();
        self.tokens.extend_from_slice(inputs.tokens);
        self.key_mask.clear();
        self.key_mask.extend_from_slice(inputs.key_mask);
        Ok(())
    }

    fn write(&mut self, slot: Slot, data: &[f32]) {
        self.slots[slot.0][..data.len()].copy_from_slice(data);
    }

    fn embed(&mut self, embedding: &CpuEmbedding, params: EmbedParams, out: Slot) {
        let width = params.width as usize;
        let row = |table: &[f32], index: usize| -> std::ops::Range<usize> {
            debug_assert!((index + 1) * width <= table.len());
            index * width..(index + 1) * width
        };
        let out = &mut self.slots[out.0];
        for (t, (&[id, kind], out)) in self.tokens.iter().zip(out.chunks_exact_mut(width)).enumerate() {
            let word = &embedding.words[row(&embedding.words, id as usize)];
            let position = &embedding.positions[row(&embedding.positions, t)];
            let kind = &embedding.types[row(&embedding.types, kind as usize)];
            for (d, out) in out.iter_mut().enumerate() {
                *out = word[d] + position[d] + kind[d];
            }
        }
    }

    fn linear(&mut self, layer: &CpuLinear, params: LinearParams, x: Slot, finish: Finish<Slot>, out: Slot) {
        let (rows, inputs, outputs) = (params.rows as usize, params.inputs as usize, params.outputs as usize);
        assert_eq!(outputs, layer.bias.len(), "linear: the parameters are of another layer");
        let mut to = self.take(out);
        let finish = match finish {
            Finish::Plain => Finish::Plain,
            Finish::GeluErf => Finish::GeluErf,
            Finish::Add(slot) => Finish::Add(&self.slots[slot.0][..rows * outputs]),
        };
        let epilogue = Dense { bias: &layer.bias, outputs, finish };
        let x = Rows { data: &self.slots[x.0], stride: inputs, count: rows };
        multiply(x, &layer.weight, epilogue, &mut to, outputs, &mut self.scratch);
        self.slots[out.0] = to;
    }

    fn scores(&mut self, heads: u32, params: ScoresParams, query: Slot, key: Slot, out: Slot) {
        let (queries, keys) = (params.queries as usize, params.keys as usize);
        let width = params.head_width as usize;
        let (query_stride, key_stride) = (params.query_stride as usize, params.key_stride as usize);
        let mut to = self.take(out);
        for head in 0..heads as usize {
            let k = &self.slots[key.0][params.key_offset as usize + head * width..];
            self.panels.pack_transposed(k, width, keys, key_stride);
            let q = &self.slots[query.0][params.query_offset as usize + head * width..];
            let map = &mut to[head * queries * keys..][..queries * keys];
            let q = Rows { data: q, stride: query_stride, count: queries };
            multiply(q, &self.panels, Scale(params.scale), map, keys, &mut self.scratch);
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
        self.slots[out.0] = to;
    }

    fn softmax(&mut self, heads: u32, params: SoftmaxParams, scores: Slot, out: Slot) {
        let (rows, keys) = ((heads * params.queries) as usize, params.keys as usize);
        let mut to = self.take(out);
        let layer = &mut to[params.out_offset as usize..][..rows * keys];
        rows::softmax(&self.slots[scores.0][..rows * keys], keys, layer);
        self.slots[out.0] = to;
    }

    fn attend(&mut self, heads: u32, params: AttendParams, attention: Slot, value: Slot, out: Slot) {
        let (queries, keys) = (params.queries as usize, params.keys as usize);
        let (width, stride) = (params.head_width as usize, params.out_stride as usize);
        let mut to = self.take(out);
        for head in 0..heads as usize {
            let v = &self.slots[value.0][params.value_offset as usize + head * width..];
            self.panels.pack(v, keys, width, params.value_stride as usize);
            let map = &self.slots[attention.0][params.attention_offset as usize + head * queries * keys..];
            let map = Rows { data: map, stride: keys, count: queries };
            multiply(map, &self.panels, Scale(1.0), &mut to[head * width..], stride, &mut self.scratch);
        }
        self.slots[out.0] = to;
    }

    fn layer_norm(&mut self, norm: &CpuNorm, params: LayerNormParams, x: Slot, out: Slot) {
        let (rows, width) = (params.rows as usize, params.width as usize);
        let mut to = self.take(out);
        let x = &self.slots[x.0][..rows * width];
        rows::layer_norm(x, &norm.weight, &norm.bias, params.epsilon, &mut to[..rows * width]);
        self.slots[out.0] = to;
    }

    async fn finish(&mut self, read: &[(Slot, usize)]) -> Result<Vec<Vec<f32>>> {
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

/// A dense layer's bias, then GELU or a residual.
#[derive(Clone, Copy)]
struct Dense<'a> {
    bias: &'a [f32],
    outputs: usize,
    finish: Finish<&'a [f32]>,
}

impl Epilogue for Dense<'_> {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, row: usize, column: usize) -> S::Vector {
        // SAFETY: the vector's columns lie within the product, hence within the bias and the residual's row.
        unsafe {
            let value = S::add(sums, S::load(self.bias.as_ptr().add(column)));
            match self.finish {
                Finish::Plain => value,
                Finish::GeluErf => functions::gelu_erf::<S>(value),
                Finish::Add(residual) => {
                    S::add(value, S::load(residual.as_ptr().add(row * self.outputs + column)))
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, row: usize, column: usize) -> f32 {
        let value = sum + self.bias[column];
        match self.finish {
            Finish::Plain => value,
            // SAFETY: the caller's.
            Finish::GeluErf => unsafe { S::first(functions::gelu_erf::<S>(S::splat(value))) },
            Finish::Add(residual) => value + residual[row * self.outputs + column],
        }
    }
}

/// A constant factor.
#[derive(Clone, Copy)]
struct Scale(f32);

impl Epilogue for Scale {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, _row: usize, _column: usize) -> S::Vector {
        // SAFETY: the caller's.
        unsafe { S::mul(sums, S::splat(self.0)) }
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, _row: usize, _column: usize) -> f32 {
        sum * self.0
    }
}
