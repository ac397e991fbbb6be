//! A model's weights file with 8-bit weights, made of the one with 32-bit floats.
//!
//! A weight becomes an integer from -127 to 127 times the scale of its block, a run of neighbours in one row. The
//! scale is the block's largest magnitude over 127, rounded to a 16-bit float; the integer is the weight over that
//! rounded scale, rounded. Both round half to even and all arithmetic is of 32-bit floats, so every machine writes the
//! same bytes. `X` becomes `X` (I8, the same shape) and `X.scale` (F16, rows by blocks): a plain safetensors file,
//! in which the blocks' length follows from the two shapes. Vectors stay 32-bit floats.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// Inputs that share a scale in a dense layer's weights.
const DENSE_BLOCK: usize = 32;
/// Neighbours that share a scale in an embedding table.
const EMBEDDING_BLOCK: usize = 64;
/// The integers are `-LARGEST..=LARGEST`.
const LARGEST: f32 = 127.0;

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
            "embeddings.word_embeddings.weight" | "embeddings.position_embeddings.weight" => {
                Self::Blocks(EMBEDDING_BLOCK)
            }
            // The numbers from 0 on, and what the checkpoint was pre-trained with.
            "embeddings.position_ids" | "pooler.dense.weight" | "pooler.dense.bias" => Self::LeaveOut,
            _ if name.starts_with("encoder.") && name.ends_with(".weight") && shape.len() == 2 => {
                Self::Blocks(DENSE_BLOCK)
            }
            _ => Self::Keep,
        }
    }
}

/// The weights file with 8-bit weights. Errors when `file` is no safetensors file, holds a tensor that is neither left
/// out nor of 32-bit floats, or one that can't be divided into blocks or has a number that isn't finite.
pub fn quantise(file: &[u8]) -> Result<Vec<u8>> {
    let tensors = SafeTensors::deserialize(file).context("not a whole safetensors file")?;
    let mut made = Vec::new();
    for (name, tensor) in tensors.iter() {
        let plan = Plan::of(name, tensor.shape());
        if plan == Plan::LeaveOut {
            continue;
        }
        ensure!(tensor.dtype() == Dtype::F32, "{name} holds {:?}, expected F32", tensor.dtype());
        match plan {
            Plan::Blocks(block) => made.extend(in_blocks(name, &tensor, block)?),
            _ => made.push(Made {
                name: name.to_owned(),
                dtype: Dtype::F32,
                shape: tensor.shape().to_vec(),
                data: tensor.data().to_vec(),
            }),
        }
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

/// `tensor` in 8 bits, and its scales.
fn in_blocks(name: &str, tensor: &TensorView<'_>, block: usize) -> Result<[Made; 2]> {
    let &[rows, columns] = tensor.shape() else {
        bail!("{name} has shape {:?}, expected a matrix", tensor.shape());
    };
    ensure!(columns % block == 0, "{name} has rows of {columns}, expected a multiple of {block}");
    let (floats, _) = tensor.data().as_chunks::<4>();
    let weights: Vec<f32> = floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let mut integers = Vec::with_capacity(weights.len());
    let mut scales = Vec::with_capacity(2 * weights.len() / block);
    for weights in weights.chunks_exact(block) {
        let scale = scale_of(weights).with_context(|| name.to_owned())?;
        scales.extend(scale.to_le_bytes());
        integers.extend(weights.iter().map(|&weight| integer_of(weight, scale).cast_unsigned()));
    }
    let made = |name: String, dtype, shape, data| Made { name, dtype, shape, data };
    Ok([
        made(name.to_owned(), Dtype::I8, vec![rows, columns], integers),
        made(format!("{name}.scale"), Dtype::F16, vec![rows, columns / block], scales),
    ])
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

fn integer_of(weight: f32, scale: f16) -> i8 {
    if scale == f16::ZERO {
        return 0;
    }
    // The rounded scale can be a little smaller than the largest weight needs.
    (weight / scale.to_f32()).round_ties_even().clamp(-LARGEST, LARGEST) as i8
}

#[cfg(test)]
mod tests;
