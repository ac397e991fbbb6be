//! The operations on a GPU: each becomes one dispatch of the pass.

use std::borrow::Cow;
use std::rc::Rc;

use super::Gpu;
use super::pass::Pass;
use crate::backend::{AttentionLayer, Backend, Inputs, Sink, Slot, SlotSize};
use crate::error::{Error, Result};
use crate::ops::attend::{self, AttendParams};
use crate::ops::embed::{self, EmbedParams};
use crate::ops::layer_norm::{self, LayerNormParams};
use crate::ops::linear::{self, Finish, LinearParams};
use crate::ops::scores::{self, ScoresParams};
use crate::ops::softmax::{self, SoftmaxParams};
use crate::tensor::{Matrix, Tensor};

/// One model's passes on a shared device. Buffers and bind groups are kept until a pass needs larger ones.
pub struct GpuBackend {
    gpu: Rc<Gpu>,
    /// None before the first `begin`.
    pass: Option<Pass>,
}

pub struct GpuLinear {
    weight: wgpu::Buffer, // (O, I)
    bias: wgpu::Buffer,   // (O)
}

pub struct GpuNorm {
    weight: wgpu::Buffer, // (D)
    bias: wgpu::Buffer,   // (D)
}

pub struct GpuEmbedding {
    words: wgpu::Buffer,     // (V, D)
    positions: wgpu::Buffer, // (P, D)
    types: wgpu::Buffer,     // (2, D)
}

impl GpuBackend {
    pub fn new(gpu: Rc<Gpu>) -> Self {
        Self { gpu, pass: None }
    }

    fn upload(&self, label: &str, parts: &[&[f32]]) -> Result<wgpu::Buffer> {
        let bytes = size_of::<f32>() * parts.iter().map(|part| part.len()).sum::<usize>();
        let room = self.gpu.device.limits().max_storage_buffer_binding_size;
        if bytes as u64 > room {
            return Err(Error::Shape {
                operation: "upload",
                expected: format!("at most {room} bytes a tensor on this GPU"),
                got: format!("{bytes} for {label}"),
            });
        }
        let buffer = self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes as u64,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut offset = 0;
        for part in parts {
            self.gpu.queue.write_buffer(&buffer, offset, bytemuck::cast_slice(part));
            offset += size_of_val(*part) as u64;
        }
        Ok(buffer)
    }

    /// Adds a dispatch; `buffers` picks the pass's and the weights' buffers for bindings 1 on.
    fn dispatch(&mut self, kernel: &'static str, params: &[u8], workgroups: [u32; 3], buffers: &[Bound<'_>]) {
        if let Some(pass) = &mut self.pass {
            pass.dispatch(kernel, params, workgroups, buffers);
        }
    }
}

/// A buffer bound to a kernel: activations by slot, or anything else.
#[derive(Clone, Copy)]
pub(super) enum Bound<'a> {
    Slot(Slot),
    Tokens,
    KeyMask,
    Weights(&'a wgpu::Buffer),
}

impl Backend for GpuBackend {
    type Linear = GpuLinear;
    type Norm = GpuNorm;
    type Embedding = GpuEmbedding;

    fn load_linear(&self, label: &str, layers: &[(Matrix, Tensor)]) -> Result<GpuLinear> {
        let weights: Vec<Cow<'_, [f32]>> = layers.iter().map(|(weight, _)| floats(weight)).collect();
        let weights: Vec<&[f32]> = weights.iter().map(|weight| &weight[..]).collect();
        let biases: Vec<&[f32]> = layers.iter().map(|(_, bias)| bias.data()).collect();
        Ok(GpuLinear {
            weight: self.upload(&format!("{label}.weight"), &weights)?,
            bias: self.upload(&format!("{label}.bias"), &biases)?,
        })
    }

    fn load_norm(&self, label: &str, weight: Tensor, bias: Tensor) -> Result<GpuNorm> {
        Ok(GpuNorm {
            weight: self.upload(&format!("{label}.weight"), &[weight.data()])?,
            bias: self.upload(&format!("{label}.bias"), &[bias.data()])?,
        })
    }

    fn load_embedding(&self, words: Matrix, positions: Matrix, types: Tensor) -> Result<GpuEmbedding> {
        Ok(GpuEmbedding {
            words: self.upload("embeddings.words", &[&floats(&words)])?,
            positions: self.upload("embeddings.positions", &[&floats(&positions)])?,
            types: self.upload("embeddings.types", &[types.data()])?,
        })
    }

    async fn begin(&mut self, slots: &[SlotSize], inputs: Inputs<'_>) -> Result<()> {
        self.gpu.fault.check()?;
        let pass = match self.pass.take().filter(|pass| pass.fits(slots)) {
            Some(pass) => pass,
            None => Pass::new(&self.gpu, slots).await?,
        };
        self.pass.insert(pass).begin(&self.gpu, inputs);
        Ok(())
    }

    fn write(&mut self, slot: Slot, data: &[f32]) {
        if let Some(pass) = &self.pass {
            pass.write(&self.gpu, slot, data);
        }
    }

    fn embed(&mut self, embedding: &GpuEmbedding, params: EmbedParams, out: Slot) {
        self.dispatch(
            embed::KERNEL.name,
            bytemuck::bytes_of(&params),
            params.workgroups(),
            &[
                Bound::Tokens,
                Bound::Weights(&embedding.words),
                Bound::Weights(&embedding.positions),
                Bound::Weights(&embedding.types),
                Bound::Slot(out),
            ],
        );
    }

    fn linear(&mut self, layer: &GpuLinear, params: LinearParams, x: Slot, finish: Finish<Slot>, out: Slot) {
        // A kernel without a residual has the binding all the same; the bias stands in, unread.
        let (kernel, residual) = match finish {
            Finish::Plain => (&linear::PLAIN, Bound::Weights(&layer.bias)),
            Finish::GeluErf => (&linear::GELU, Bound::Weights(&layer.bias)),
            Finish::Add(slot) => (&linear::RESIDUAL, Bound::Slot(slot)),
        };
        self.dispatch(
            kernel.name,
            bytemuck::bytes_of(&params),
            params.workgroups(),
            &[
                Bound::Slot(x),
                Bound::Weights(&layer.weight),
                Bound::Weights(&layer.bias),
                residual,
                Bound::Slot(out),
            ],
        );
    }

    fn scores(&mut self, heads: u32, params: ScoresParams, query: Slot, key: Slot, out: Slot) {
        self.dispatch(
            scores::KERNEL.name,
            bytemuck::bytes_of(&params),
            params.workgroups(heads),
            &[Bound::Slot(query), Bound::Slot(key), Bound::KeyMask, Bound::Slot(out)],
        );
    }

    fn softmax(&mut self, heads: u32, params: SoftmaxParams, scores: Slot, out: Slot) {
        self.dispatch(
            softmax::KERNEL.name,
            bytemuck::bytes_of(&params),
            params.workgroups(heads),
            &[Bound::Slot(scores), Bound::Slot(out)],
        );
    }

    fn attend(&mut self, heads: u32, params: AttendParams, attention: Slot, value: Slot, out: Slot) {
        self.dispatch(
            attend::KERNEL.name,
            bytemuck::bytes_of(&params),
            params.workgroups(heads),
            &[Bound::Slot(attention), Bound::Slot(value), Bound::Slot(out)],
        );
    }

    fn layer_norm(&mut self, norm: &GpuNorm, params: LayerNormParams, x: Slot, out: Slot) {
        self.dispatch(
            layer_norm::KERNEL.name,
            bytemuck::bytes_of(&params),
            params.workgroups(),
            &[Bound::Slot(x), Bound::Weights(&norm.weight), Bound::Weights(&norm.bias), Bound::Slot(out)],
        );
    }

    fn attention(&mut self, layer: AttentionLayer, _sink: &mut dyn Sink) {
        self.scores(layer.heads, layer.scores, layer.query, layer.key, layer.raw);
        self.softmax(layer.heads, layer.softmax, layer.raw, layer.attention);
        self.attend(layer.heads, layer.attend, layer.attention, layer.value, layer.context);
        if let Some(pass) = &mut self.pass {
            let ScoresParams { queries, keys, .. } = layer.scores;
            pass.keep(
                layer.attention,
                layer.softmax.out_offset as usize,
                (layer.heads * queries * keys) as usize,
            );
        }
    }

    async fn finish(&mut self, read: &[(Slot, usize)], sink: &mut dyn Sink) -> Result<Vec<Vec<f32>>> {
        match &mut self.pass {
            Some(pass) => pass.finish(&self.gpu, read, sink).await,
            None => Ok(Vec::new()),
        }
    }
}

/// The matrix in 32-bit floats.
fn floats(matrix: &Matrix) -> Cow<'_, [f32]> {
    match matrix {
        Matrix::F32(tensor) => Cow::Borrowed(tensor.data()),
        Matrix::Q8(matrix) => {
            let blocks = matrix.values().chunks_exact(matrix.block()).zip(matrix.scales());
            blocks.flat_map(|(block, scale)| block.iter().map(|&x| f32::from(x) * scale.to_f32())).collect()
        }
    }
}
