//! Dense layers, with weights in either precision.

use super::epilogue::{BiasAnd, Epilogue, Gelu, Nothing, Residual};
use super::matmul::{Floats, Panels, Rows, multiply};
use super::quantized::{Integers, QuantizedPanels, Rounded};
use crate::error::{Error, Result};
use crate::ops::linear::Finish;
use crate::tensor::{Matrix, Tensor, stacked};

pub struct CpuLinear {
    inputs: usize,
    weight: Weight,
    bias: Vec<f32>, // (O)
}

/// (I, O), packed.
enum Weight {
    F32(Panels),
    Q8(QuantizedPanels),
}

/// What products need for themselves, kept for its allocations.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) floats: Vec<f32>,
    rounded: Rounded,
}

impl CpuLinear {
    /// Stacks layers that read the same input, outputs in the order given.
    pub(super) fn load(label: &str, layers: &[(Matrix, Tensor)]) -> Result<Self> {
        let bias: Vec<f32> = layers.iter().flat_map(|(_, bias)| bias.data()).copied().collect();
        let [inputs, _] = stacked("load_linear", label, layers)?;
        let (mut floats, mut quantized) = (Vec::new(), Vec::new());
        for (weight, _) in layers {
            match weight {
                Matrix::F32(weight) => floats.extend_from_slice(weight.data()),
                Matrix::Q8(weight) => quantized.push(weight),
            }
        }
        let weight = match (floats.is_empty(), &quantized[..]) {
            (false, []) => {
                let mut panels = Panels::default();
                panels.pack_transposed(&floats, inputs, bias.len(), inputs);
                Weight::F32(panels)
            }
            (true, [first, ..]) if quantized.iter().all(|one| one.block() == first.block()) => {
                Weight::Q8(QuantizedPanels::pack_transposed(&quantized, inputs))
            }
            _ => {
                return Err(Error::Shape {
                    operation: "load_linear",
                    expected: "weights of one precision, in blocks of one length".to_owned(),
                    got: format!("others for {label}"),
                });
            }
        };
        Ok(Self { inputs, weight, bias })
    }

    /// From `x` (T, I) to `out` (T, O); `shape` is [I, O].
    pub(super) fn apply(
        &self,
        shape: [usize; 2],
        x: Rows<'_>,
        finish: Finish<&[f32]>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        assert_eq!(shape, [self.inputs, self.bias.len()], "linear: the parameters are of another layer");
        let bias = &self.bias;
        // One product for each, so that the choice is not made anew for each vector.
        match finish {
            Finish::Plain => self.product(x, BiasAnd { bias, then: Nothing }, out, scratch),
            Finish::GeluErf => self.product(x, BiasAnd { bias, then: Gelu }, out, scratch),
            Finish::Add(rows) => {
                let then = Residual { rows, stride: bias.len() };
                self.product(x, BiasAnd { bias, then }, out, scratch);
            }
        }
    }

    fn product(&self, x: Rows<'_>, epilogue: impl Epilogue, out: &mut [f32], scratch: &mut Scratch) {
        let stride = self.bias.len();
        match &self.weight {
            Weight::F32(panels) => {
                multiply(Floats::new(x, panels, &mut scratch.floats), epilogue, out, stride);
            }
            Weight::Q8(panels) => {
                multiply(Integers::new(x, panels, &mut scratch.rounded), epilogue, out, stride);
            }
        }
    }
}
