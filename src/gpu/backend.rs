//! The operations on a GPU: each becomes one dispatch of the pass.

use std::cell::RefCell;
use std::rc::Rc;

use super::Gpu;
use super::panels::pack;
use super::pass::Pass;
use super::tuning::{self, Dense};
use crate::backend::{Attend, AttentionLayer, Backend, Inputs, Sink, Slot, SlotSize};
use crate::error::{Error, Result};
use crate::ops::attend::{self, AttendParams};
use crate::ops::embed::{self, EmbedParams};
use crate::ops::layer_norm::{self, LayerNormParams};
use crate::ops::linear::{Finish, LinearParams, PANEL, Shape};
use crate::ops::scores::{self, ScoresParams};
use crate::ops::softmax::{self, SoftmaxParams};
use crate::ops::{Kernel, Precision, Style, attention};
use crate::tensor::{Matrix, Tensor, stacked};

/// One model's passes on a shared device. Buffers and bind groups are kept until a pass needs larger ones.
pub struct GpuBackend {
    gpu: Rc<Gpu>,
    /// None before the first `begin`.
    pass: Option<Pass>,
    /// The dense layers that were loaded, each once.
    layers: RefCell<Vec<Dense>>,
    /// The one shape to use, whatever suits the adapter.
    only: Option<Shape>,
}

pub struct GpuLinear {
    precision: Precision,
    block: u32,
    weight: wgpu::Buffer,         // see `panels`
    scales: Option<wgpu::Buffer>, // (⌈I/block⌉, ⌈O/4⌉·4)
    bias: wgpu::Buffer,           // (⌈O/4⌉·4)
}

pub struct GpuNorm {
    weight: wgpu::Buffer, // (D)
    bias: wgpu::Buffer,   // (D)
}

pub struct GpuEmbedding {
    words: GpuTable,     // (V, D)
    positions: GpuTable, // (P, D)
    types: wgpu::Buffer, // (2, D)
}

/// A matrix by rows, as it is stored.
struct GpuTable {
    numbers: wgpu::Buffer,
    /// Of 8-bit integers.
    scales: Option<Scales>,
}

struct Scales {
    buffer: wgpu::Buffer, // (rows, columns / block)
    block: u32,
}

impl GpuBackend {
    pub fn new(gpu: Rc<Gpu>) -> Self {
        Self { gpu, pass: None, layers: RefCell::default(), only: None }
    }

    /// Computes every dense layer that it fits with kernels of one shape, and everything else in the style that goes
    /// with it: to compare them.
    pub fn only(gpu: Rc<Gpu>, shape: Shape) -> Self {
        Self { only: Some(shape), ..Self::new(gpu) }
    }

    /// Measures which kernels are the fastest for passes of so many rows, unless that is known. A pass on hardware does
    /// so by itself.
    pub async fn tune(&self, rows: u32) -> Result<()> {
        let layers = self.layers.borrow().clone();
        tuning::tune(&self.gpu, &layers, rows).await
    }

    fn shape(&self, precision: Precision, params: &LinearParams) -> Shape {
        match self.only {
            Some(shape) if shape.fits(params) => shape,
            Some(_) => Shape::Tiles,
            None => self.gpu.shape(precision, params),
        }
    }

    fn style(&self) -> Style {
        match self.only {
            Some(Shape::Registers) => Style::Registers,
            None if self.gpu.software => Style::Registers,
            _ => Style::Workgroup,
        }
    }

    fn upload<T: bytemuck::Pod>(&self, label: &str, data: &[T]) -> Result<wgpu::Buffer> {
        let bytes = size_of_val(data) as u64;
        let room = self.gpu.device.limits().max_storage_buffer_binding_size;
        if bytes > room {
            return Err(Error::Shape {
                operation: "upload",
                expected: format!("at most {room} bytes a tensor on this GPU"),
                got: format!("{bytes} for {label}"),
            });
        }
        let buffer = self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(data));
        Ok(buffer)
    }

    fn upload_table(&self, label: &str, matrix: &Matrix) -> Result<GpuTable> {
        let matrix = match matrix {
            Matrix::F32(tensor) => {
                return Ok(GpuTable { numbers: self.upload(label, tensor.data())?, scales: None });
            }
            Matrix::Q8(matrix) => matrix,
        };
        let scales: Vec<f32> = matrix.scales().iter().map(|scale| scale.to_f32()).collect();
        let buffer = self.upload(&format!("{label}.scales"), &scales)?;
        let scales = Some(Scales { buffer, block: matrix.block() as u32 });
        Ok(GpuTable { numbers: self.upload(label, matrix.values())?, scales })
    }

    /// Adds a dispatch; `buffers` picks the pass's and the weights' buffers for bindings 1 on.
    fn dispatch(
        &mut self,
        kernel: &'static Kernel,
        params: &impl bytemuck::NoUninit,
        workgroups: [u32; 3],
        buffers: &[Bound<'_>],
    ) {
        if let Some(pass) = &mut self.pass {
            pass.dispatch(kernel, bytemuck::bytes_of(params), workgroups, buffers, 1);
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
        stacked("load_linear", label, layers)?;
        let weights: Vec<&Matrix> = layers.iter().map(|(weight, _)| weight).collect();
        let panels = pack(&weights)?;
        let [outputs, inputs] = panels.shape;
        let mut bias: Vec<f32> = layers.iter().flat_map(|(_, bias)| bias.data()).copied().collect();
        bias.resize(outputs.next_multiple_of(PANEL), 0.0);
        let layer = Dense { inputs: inputs as u32, outputs: outputs as u32, precision: panels.precision };
        let mut known = self.layers.borrow_mut();
        if !known.contains(&layer) {
            known.push(layer);
        }
        Ok(GpuLinear {
            precision: panels.precision,
            block: panels.block as u32,
            weight: self.upload(&format!("{label}.weight"), &panels.weight)?,
            scales: match panels.precision {
                Precision::F32 => None,
                Precision::Q8 => Some(self.upload(&format!("{label}.scales"), &panels.scales)?),
            },
            bias: self.upload(&format!("{label}.bias"), &bias)?,
        })
    }

    fn load_norm(&self, label: &str, weight: Tensor, bias: Tensor) -> Result<GpuNorm> {
        Ok(GpuNorm {
            weight: self.upload(&format!("{label}.weight"), weight.data())?,
            bias: self.upload(&format!("{label}.bias"), bias.data())?,
        })
    }

    fn load_embedding(&self, words: Matrix, positions: Matrix, types: Tensor) -> Result<GpuEmbedding> {
        let embedding = GpuEmbedding {
            words: self.upload_table("embeddings.words", &words)?,
            positions: self.upload_table("embeddings.positions", &positions)?,
            types: self.upload("embeddings.types", types.data())?,
        };
        if embedding.words.scales.is_some() != embedding.positions.scales.is_some() {
            return Err(Error::Shape {
                operation: "embed",
                expected: "words and positions of one precision".to_owned(),
                got: "both".to_owned(),
            });
        }
        Ok(embedding)
    }

    async fn begin(&mut self, slots: &[SlotSize], inputs: Inputs<'_>) -> Result<()> {
        self.gpu.fault.check()?;
        if !self.gpu.software && self.only.is_none() {
            self.tune(inputs.tokens.len() as u32).await?;
        }
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
        let GpuEmbedding { words, positions, types } = embedding;
        let mut bound = vec![
            Bound::Tokens,
            Bound::Weights(&words.numbers),
            Bound::Weights(&positions.numbers),
            Bound::Weights(types),
            Bound::Slot(out),
        ];
        let mut params = params;
        let mut precision = Precision::F32;
        if let (Some(words), Some(positions)) = (&words.scales, &positions.scales) {
            precision = Precision::Q8;
            bound.extend([Bound::Weights(&words.buffer), Bound::Weights(&positions.buffer)]);
            (params.word_block, params.position_block) = (words.block, positions.block);
        }
        self.dispatch(&embed::KERNELS[precision as usize], &params, params.workgroups(), &bound);
    }

    fn linear(&mut self, layer: &GpuLinear, params: LinearParams, x: Slot, finish: Finish<Slot>, out: Slot) {
        let params = LinearParams { block: layer.block, ..params };
        let shape = self.shape(layer.precision, &params);
        let bias = Bound::Weights(&layer.bias);
        // A kernel without a residual has the binding all the same; the bias stands in, unread.
        let residual = match finish {
            Finish::Plain | Finish::GeluErf => bias,
            Finish::Add(slot) => Bound::Slot(slot),
        };
        let mut bound = vec![Bound::Slot(x), Bound::Weights(&layer.weight), bias, residual, Bound::Slot(out)];
        bound.extend(layer.scales.as_ref().map(Bound::Weights));
        self.dispatch(shape.kernel(layer.precision, &finish), &params, shape.workgroups(&params), &bound);
    }

    fn scores(&mut self, heads: u32, params: ScoresParams, query: Slot, key: Slot, out: Slot) {
        let bound = [Bound::Slot(query), Bound::Slot(key), Bound::KeyMask, Bound::Slot(out)];
        self.dispatch(&scores::KERNELS[0], &params, params.workgroups(heads), &bound);
    }

    fn softmax(&mut self, heads: u32, params: SoftmaxParams, scores: Slot, out: Slot) {
        let bound = [Bound::Slot(scores), Bound::Slot(out)];
        self.dispatch(&softmax::KERNELS[0], &params, params.workgroups(heads), &bound);
    }

    fn attend(&mut self, heads: u32, params: AttendParams, attention: Slot, value: Slot, out: Slot) {
        let style = self.style();
        let bound = [Bound::Slot(attention), Bound::Slot(value), Bound::Slot(out)];
        self.dispatch(&attend::KERNELS[style as usize], &params, params.workgroups(style, heads), &bound);
    }

    fn layer_norm(&mut self, norm: &GpuNorm, params: LayerNormParams, x: Slot, out: Slot) {
        let style = self.style();
        let bound =
            [Bound::Slot(x), Bound::Weights(&norm.weight), Bound::Weights(&norm.bias), Bound::Slot(out)];
        self.dispatch(&layer_norm::KERNELS[style as usize], &params, params.workgroups(style), &bound);
    }

    fn attention(&mut self, layer: AttentionLayer, _sink: &mut dyn Sink) {
        let AttentionLayer { heads, query, key, raw, attention: out, .. } = layer;
        let style = self.style();
        let at = layer.softmax.out_offset;
        if attention::fits(style, &layer.scores) {
            let params = ScoresParams { out_offset: at, ..layer.scores };
            let bound = [Bound::Slot(query), Bound::Slot(key), Bound::KeyMask, Bound::Slot(out)];
            let workgroups = attention::workgroups(style, &params, heads);
            self.dispatch(&attention::KERNELS[style as usize], &params, workgroups, &bound);
        } else {
            self.scores(heads, layer.scores, query, key, raw);
            self.softmax(heads, layer.softmax, raw, out);
        }
        if let Some(Attend { params, value, context }) = layer.attend {
            self.attend(heads, params, out, value, context);
        }
        if let Some(pass) = &mut self.pass {
            let ScoresParams { queries, keys, .. } = layer.scores;
            pass.keep(out, at as usize, (heads * queries * keys) as usize);
        }
    }

    async fn finish(&mut self, read: &[(Slot, usize)], sink: &mut dyn Sink) -> Result<Vec<Vec<f32>>> {
        match &mut self.pass {
            Some(pass) => pass.finish(&self.gpu, read, sink).await,
            None => Ok(Vec::new()),
        }
    }
}
