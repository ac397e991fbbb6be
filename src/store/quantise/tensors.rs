//! A file's tensors, by name and of the shapes that are expected.

use anyhow::{Context, Result, ensure};
use safetensors::{Dtype, SafeTensors};

/// A matrix of 32-bit floats.
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<f32>,
}

impl Matrix {
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.columns..][..self.columns]
    }
}

pub fn matrix(weights: &SafeTensors<'_>, name: &str) -> Result<Matrix> {
    match floats(weights, name)? {
        (shape, data) if shape.len() == 2 && !data.is_empty() => {
            Ok(Matrix { rows: shape[0], columns: shape[1], data })
        }
        (shape, _) => anyhow::bail!("{name} has shape {shape:?}, expected a matrix"),
    }
}

pub fn vector(weights: &SafeTensors<'_>, name: &str, len: usize) -> Result<Vec<f32>> {
    let (shape, data) = floats(weights, name)?;
    ensure!(shape == [len], "{name} has shape {shape:?}, expected [{len}]");
    Ok(data)
}

fn floats(weights: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f32>)> {
    let tensor = weights.tensor(name).with_context(|| format!("there is no tensor {name}"))?;
    ensure!(tensor.dtype() == Dtype::F32, "{name} holds {:?}, expected F32", tensor.dtype());
    Ok((tensor.shape().to_vec(), super::floats_of(tensor.data())))
}
