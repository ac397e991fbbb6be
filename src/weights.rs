//! A model's safetensors file, read where it lies.

use std::borrow::Cow;

use safetensors::{Dtype, SafeTensors};

use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The checked header of a weights file, over bytes that someone else keeps.
pub struct Weights<'a> {
    file: &'a str,
    tensors: SafeTensors<'a>,
}

impl<'a> Weights<'a> {
    /// `file` is its name in messages. Errors when the bytes are cut short or are no safetensors file.
    pub fn parse(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| Error::File {
            file: file.to_owned(),
            what: format!("not a whole safetensors file of {} bytes ({error})", bytes.len()),
        })?;
        Ok(Self { file, tensors })
    }

    /// The tensor called `name`, which must have just this `shape` and 32-bit floats.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor<'a>> {
        let wrong = |what: String| Error::File { file: self.file.to_owned(), what };
        let view = self.tensors.tensor(name).map_err(|_| wrong(format!("there is no tensor {name}")))?;
        if view.shape() != shape {
            return Err(wrong(format!("{name} has shape {:?}, expected {shape:?}", view.shape())));
        }
        if view.dtype() != Dtype::F32 {
            return Err(wrong(format!("{name} holds {:?}, expected F32", view.dtype())));
        }
        let bytes = view.data();
        let data = match bytemuck::try_cast_slice(bytes) {
            Ok(floats) => Cow::Borrowed(floats),
            // A header of odd length leaves the data unaligned.
            Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(bytes)),
        };
        Tensor::new(shape, data)
    }
}
