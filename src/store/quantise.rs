//! A model's weights file with 8-bit weights, made of the one with 32-bit floats.
//!
//! A weight becomes an integer from -127 to 127 times the scale of its block, a run of neighbours in one row. The
//! scale is the block's largest magnitude over 127, in 32-bit floats, rounded to a 16-bit one, half to even. Which
//! integers, [`Metric::round`] says: those whose errors together change little of what the model computes from the
//! built-in sentences. `X` becomes `X` (I8, the same shape) and `X.scale` (F16, rows by blocks): a plain safetensors
//! file, in which the blocks' length follows from the two shapes. Vectors stay 32-bit floats.
//!
//! Every machine writes the same bytes: all arithmetic is of additions, multiplications, divisions and square roots, which
//! IEEE 754 defines to the last bit, in an order that nothing changes (`product.rs`).

mod functions;
mod metric;
mod product;
mod reading;
mod tensors;

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use metric::Metric;
use reading::{Inputs, Reading, second_moments};

/// Inputs that share a scale in a dense layer's weights.
const DENSE_BLOCK: usize = 32;
/// Neighbours that share a scale in an embedding table.
const EMBEDDING_BLOCK: usize = 64;
/// The integers are `-LARGEST..=LARGEST`.
const LARGEST: f32 = 127.0;

/// Of a metric's mean eigenvalue, what is added to all: a few sentences are not all that is ever read.
const FLOOR: f64 = 0.1;
const EMBEDDINGS: [&str; 2] = ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"];

/// What becomes of a tensor.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// 8 bits, in blocks of this length.
    Blocks(usize),
    Keep,
    /// No part of the encoder.
    LeaveOut,
}

impl Plan {
    fn of(name: &str, shape: &[usize]) -> Self {
        match name {
            _ if EMBEDDINGS.contains(&name) => Self::Blocks(EMBEDDING_BLOCK),
            // The numbers from 0 on, and what the checkpoint was pre-trained with.
            "embeddings.position_ids" | "pooler.dense.weight" | "pooler.dense.bias" => Self::LeaveOut,
            _ if name.starts_with("encoder.") && name.ends_with(".weight") && shape.len() == 2 => {
                Self::Blocks(DENSE_BLOCK)
            }
            _ => Self::Keep,
        }
    }
}

/// What 8-bit weights are made of: a model's files.
#[derive(Clone, Copy)]
pub struct Original<'a> {
    pub weights: &'a [u8],
    pub tokenizer: &'a [u8],
    pub config: &'a [u8],
}

/// The weights file with 8-bit weights; `note` is told how far it is. Errors when the weights are no safetensors file, hold
/// a tensor that is neither left out nor of 32-bit floats, or one that can't be divided into blocks or has a number that
/// isn't finite, or when the files are not together a BERT.
pub fn quantise(original: Original<'_>, note: &dyn Fn(&str)) -> Result<Vec<u8>> {
    let tensors = SafeTensors::deserialize(original.weights).context("not a whole safetensors file")?;
    let mut made = Vec::new();
    let mut blocks = HashMap::new();
    for (name, tensor) in tensors.iter() {
        let plan = Plan::of(name, tensor.shape());
        if plan == Plan::LeaveOut {
            continue;
        }
        ensure!(tensor.dtype() == Dtype::F32, "{name} holds {:?}, expected F32", tensor.dtype());
        match plan {
            Plan::Blocks(block) => {
                blocks.insert(name, Blocks::of(name, &tensor, block)?);
            }
            _ => made.push(Made {
                name: name.to_owned(),
                dtype: Dtype::F32,
                shape: tensor.shape().to_vec(),
                data: tensor.data().to_vec(),
            }),
        }
    }
    note("the embeddings");
    let reading = Reading::begin(&tensors, original.tokenizer, original.config)?;
    round_all(reading, note, |name, metric, of_rows| {
        let blocks = blocks.remove(name).with_context(|| format!("there is no tensor {name}"))?;
        made.extend(blocks.round(name, metric, of_rows)?);
        Ok(())
    })?;
    if let Some(name) = blocks.keys().min() {
        bail!("{name} is none of the weights that a layer reads with");
    }

    let views = made.iter().map(Made::view).collect::<Result<Vec<_>>>()?;
    // One entry only: their order in the file would not be the same each time.
    let about = HashMap::from([(
        "quantisation".to_owned(),
        "weight = i8 times the f16 scale of its block; the block's length is columns of weight over columns of scale"
            .to_owned(),
    )]);
    safetensors::serialize(views, Some(about)).context("could not write a safetensors file")
}

/// Has each matrix of the encoder rounded: by its name, with the metric of a row's errors, and of a head's rows where they
/// matter together.
fn round_all(
    mut reading: Reading<'_>,
    note: &dyn Fn(&str),
    mut round: impl FnMut(&str, &Metric, Option<&[Metric]>) -> Result<()>,
) -> Result<()> {
    let of_embeddings = metric(&reading.of_embeddings()?).context(EMBEDDINGS[0])?;
    for name in EMBEDDINGS {
        round(name, &of_embeddings, None)?;
    }
    for layer in 0..reading.layers() {
        note(&format!("layer {layer}"));
        let name = |part: &str| format!("encoder.layer.{layer}.{part}.weight");
        let Inputs { mut attention, query, key, attention_output, intermediate, output } =
            reading.layer(layer)?;
        let met = |inputs: &[f32], part: &str| {
            metric(&second_moments(inputs, inputs.len() / reading.tokens())).with_context(|| name(part))
        };
        let of_heads = |rows: &[f32]| -> Result<Vec<Metric>> {
            reading.of_heads(rows).iter().map(|moments| metric(moments)).collect()
        };
        // Of a head's queries what counts is its scores, which are with its keys, and of its keys those with its queries.
        let part = "attention.self.query";
        let inputs = met(&attention, part)?;
        round(&name(part), &inputs, Some(&of_heads(&key)?))?;
        round(&name("attention.self.value"), &inputs, None)?;
        reading.centre_windows(&mut attention);
        let part = "attention.self.key";
        round(&name(part), &met(&attention, part)?, Some(&of_heads(&query)?))?;
        for (inputs, part) in [
            (attention_output, "attention.output.dense"),
            (intermediate, "intermediate.dense"),
            (output, "output.dense"),
        ] {
            round(&name(part), &met(&inputs, part)?, None)?;
        }
    }
    Ok(())
}

fn metric(moments: &[f64]) -> Result<Metric> {
    Metric::new(moments, moments.len().isqrt(), FLOOR)
}

/// A tensor of the new file.
struct Made {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Made {
    fn view(&self) -> Result<(&str, TensorView<'_>)> {
        Ok((&self.name, TensorView::new(self.dtype, self.shape.clone(), &self.data)?))
    }
}

/// A matrix (rows, columns) to be rounded in blocks of `block`.
struct Blocks {
    shape: [usize; 2],
    block: usize,
    weights: Vec<f32>,
    scales: Vec<f16>, // (rows, columns / block)
}

impl Blocks {
    fn of(name: &str, tensor: &TensorView<'_>, block: usize) -> Result<Self> {
        let &[rows, columns] = tensor.shape() else {
            bail!("{name} has shape {:?}, expected a matrix", tensor.shape());
        };
        ensure!(columns % block == 0, "{name} has rows of {columns}, expected a multiple of {block}");
        let weights = floats_of(tensor.data());
        let scales = weights.chunks_exact(block).map(scale_of).collect::<Result<_>>();
        Ok(Self { shape: [rows, columns], block, scales: scales.with_context(|| name.to_owned())?, weights })
    }

    /// In 8 bits, and its scales.
    fn round(self, name: &str, metric: &Metric, of_rows: Option<&[Metric]>) -> Result<[Made; 2]> {
        let Self { shape: [rows, columns], block, weights, scales } = self;
        ensure!(
            columns == metric.width(),
            "{name} has rows of {columns}, expected {}, which is what they meet",
            metric.width()
        );
        let integers = match of_rows {
            None => metric.round(&weights, &scales, block),
            Some(of_rows) => metric.round_groups(of_rows, &weights, &scales, block),
        };
        let made = |name: String, dtype, shape, data| Made { name, dtype, shape, data };
        Ok([
            made(
                name.to_owned(),
                Dtype::I8,
                vec![rows, columns],
                integers.into_iter().map(i8::cast_unsigned).collect(),
            ),
            made(
                format!("{name}.scale"),
                Dtype::F16,
                vec![rows, columns / block],
                scales.iter().flat_map(|scale| scale.to_le_bytes()).collect(),
            ),
        ])
    }
}

fn floats_of(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The scale of a block. Zero for a block of zeros, or of numbers too small to have one.
fn scale_of(weights: &[f32]) -> Result<f16> {
    if let Some(strange) = weights.iter().find(|weight| !weight.is_finite()) {
        bail!("it holds {strange}, expected finite numbers");
    }
    let largest = weights.iter().fold(0.0, |largest, weight| f32::max(largest, weight.abs()));
    let scale = f16::from_f32(largest / LARGEST);
    ensure!(scale.is_finite(), "it holds {largest}, which is too large for a 16-bit scale");
    Ok(scale)
}

#[cfg(test)]
mod tests;
