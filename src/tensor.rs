//! A row-major tensor of 32-bit floats that knows its shape.

use std::borrow::Cow;

use crate::error::{Error, Result};

/// `data` holds the product of `shape` floats; borrowed where the file's bytes can be used as they lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<'a> {
    shape: Vec<usize>,
    data: Cow<'a, [f32]>,
}

impl<'a> Tensor<'a> {
    /// Errors when `data` does not hold just as many floats as `shape` says.
    pub fn new(shape: &[usize], data: impl Into<Cow<'a, [f32]>>) -> Result<Self> {
        let data = data.into();
        if shape.iter().product::<usize>() != data.len() {
            return Err(Error::Shape {
                operation: "tensor",
                expected: format!("{} floats for shape {shape:?}", shape.iter().product::<usize>()),
                got: data.len().to_string(),
            });
        }
        Ok(Self { shape: shape.to_vec(), data })
    }

    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The rows and columns of a matrix; errors for any other rank.
    pub fn matrix(&self, operation: &'static str) -> Result<(usize, usize)> {
        match self.shape[..] {
            [rows, columns] => Ok((rows, columns)),
            _ => Err(Error::Shape {
                operation,
                expected: "a matrix".into(),
                got: format!("shape {:?}", self.shape),
            }),
        }
    }
}
