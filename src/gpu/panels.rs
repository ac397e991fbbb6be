//! Weights as the kernels of a dense layer read them: panels of 4 outputs x 4 inputs, (⌈I/16⌉·4, ⌈O/4⌉) of them, zeros
//! where they stick out. A panel is one output after the other.

use crate::error::{Error, Result};
use crate::ops::Precision;
use crate::ops::linear::{PANEL, STEP};
use crate::tensor::{Matrix, Quantized};

/// Stacked layers' weights, ready to upload.
pub(super) struct Panels {
    pub precision: Precision,
    /// Outputs of all layers together, and inputs.
    pub shape: [usize; 2],
    /// Inputs that share a scale.
    pub block: usize,
    pub weight: Vec<u8>,
    /// (⌈I/block⌉, ⌈O/4⌉·4); nothing for floats.
    pub scales: Vec<f32>,
}

/// Errors when the layers differ in inputs, precision or block, or a block is no multiple of the kernels' step.
pub(super) fn pack(layers: &[&Matrix]) -> Result<Panels> {
    let shapes = layers.iter().map(|layer| layer.shape("linear")).collect::<Result<Vec<_>>>()?;
    let inputs = shapes.first().map_or(0, |&[_, inputs]| inputs);
    if let Some(&[_, other]) = shapes.iter().find(|&&[_, other]| other != inputs) {
        return Err(wrong(format!("layers of {inputs} inputs"), other.to_string()));
    }
    let shape = [shapes.iter().map(|[outputs, _]| outputs).sum(), inputs];
    let floats: Vec<&[f32]> = layers
        .iter()
        .filter_map(|layer| match layer {
            Matrix::F32(tensor) => Some(tensor.data()),
            Matrix::Q8(_) => None,
        })
        .collect();
    let quantized: Vec<&Quantized> = layers
        .iter()
        .filter_map(|layer| match layer {
            Matrix::F32(_) => None,
            Matrix::Q8(matrix) => Some(matrix),
        })
        .collect();
    let Some(first) = quantized.first() else {
        let rows = floats.iter().flat_map(|weight| weight.chunks_exact(inputs));
        let weight = bytemuck::cast_slice(&arrange(rows, shape)).to_vec();
        return Ok(Panels { precision: Precision::F32, shape, block: STEP, weight, scales: Vec::new() });
    };
    let block = first.block();
    if !floats.is_empty() || quantized.iter().any(|matrix| matrix.block() != block) {
        return Err(wrong("stacked layers of one precision".to_owned(), "several".to_owned()));
    }
    if !block.is_multiple_of(STEP) {
        return Err(wrong(format!("blocks of a multiple of {STEP}"), format!("blocks of {block}")));
    }
    let rows = quantized.iter().flat_map(|matrix| matrix.values().chunks_exact(inputs));
    let weight = bytemuck::cast_slice(&arrange(rows, shape)).to_vec();
    let (blocks, columns) = (inputs / block, shape[0].next_multiple_of(PANEL));
    let mut scales = vec![0.0; blocks * columns];
    let rows = quantized.iter().flat_map(|matrix| matrix.scales().chunks_exact(blocks));
    for (output, row) in rows.enumerate() {
        for (step, scale) in row.iter().enumerate() {
            scales[step * columns + output] = scale.to_f32();
        }
    }
    Ok(Panels { precision: Precision::Q8, shape, block, weight, scales })
}

/// The rows (O, I) in panels.
fn arrange<'a, T: Copy + Default + 'a>(
    rows: impl Iterator<Item = &'a [T]>,
    [outputs, inputs]: [usize; 2],
) -> Vec<T> {
    let (quads, panels) = (inputs.next_multiple_of(STEP) / 4, outputs.div_ceil(PANEL));
    let mut arranged = vec![T::default(); quads * panels * 4 * PANEL];
    for (output, row) in rows.enumerate() {
        let (panel, place) = (output / PANEL, output % PANEL);
        for (quad, numbers) in row.chunks(4).enumerate() {
            let at = ((quad * panels + panel) * PANEL + place) * 4;
            arranged[at..at + numbers.len()].copy_from_slice(numbers);
        }
    }
    arranged
}

fn wrong(expected: String, got: String) -> Error {
    Error::Shape { operation: "linear", expected, got }
}
