//! A model's safetensors file, read where it lies.
//!
//! A matrix may be stored as 8-bit integers, `X` as I8 (O, I) with `X.scale` as F16 (O, I/block).

use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};

use crate::error::{Error, Result};
use crate::tensor::{FileBytes, Matrix, Quantized, Tensor, Values};

/// The checked header of a weights file, and its bytes, which every tensor shares.
pub struct Weights {
    file: String,
    header: Metadata,
    /// Where the tensors' bytes begin.
    data: usize,
    bytes: FileBytes,
}

impl Weights {
    /// `file` is its name in messages. Errors when the bytes are cut short or are no safetensors file.
    pub fn parse(file: &str, bytes: &FileBytes) -> Result<Self> {
        // `deserialize` checks the tensors' places against the file's length, `read_metadata` does not.
        let parsed = SafeTensors::deserialize(bytes).and_then(|_| SafeTensors::read_metadata(bytes));
        let (header_len, header) = parsed.map_err(|error| Error::File {
            file: file.to_owned(),
            what: format!("not a whole safetensors file of {} bytes ({error})", bytes.len()),
        })?;
        Ok(Self { file: file.to_owned(), header, data: 8 + header_len, bytes: bytes.clone() })
    }

    /// The tensor called `name`, which must have just this `shape` and 32-bit floats.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        Tensor::new(shape, self.values::<f32>(name, shape, Dtype::F32)?)
    }

    /// The matrix called `name`, which must have just this `shape`, as 32-bit floats or as 8-bit integers.
    pub fn matrix(&self, name: &str, shape: [usize; 2]) -> Result<Matrix> {
        if self.info(name)?.dtype != Dtype::I8 {
            return Ok(Matrix::F32(self.tensor(name, &shape)?));
        }
        let values = self.values::<i8>(name, &shape, Dtype::I8)?;
        let scale = format!("{name}.scale");
        let [rows, columns] = shape;
        let blocks = match self.info(&scale)?.shape[..] {
            [_, blocks] if blocks > 0 && columns.is_multiple_of(blocks) => blocks,
            ref other => {
                return Err(self.wrong(format!(
                    "{scale} has shape {other:?}, expected ({rows}, a divisor of {columns})"
                )));
            }
        };
        let scales = self.values(&scale, &[rows, blocks], Dtype::F16)?;
        Ok(Matrix::Q8(Quantized::new(shape, columns / blocks, values, scales)?))
    }

    fn values<T: bytemuck::Pod>(&self, name: &str, shape: &[usize], dtype: Dtype) -> Result<Values<T>> {
        let info = self.info(name)?;
        if info.shape != shape {
            return Err(self.wrong(format!("{name} has shape {:?}, expected {shape:?}", info.shape)));
        }
        if info.dtype != dtype {
            return Err(self.wrong(format!("{name} holds {:?}, expected {dtype:?}", info.dtype)));
        }
        let (start, end) = info.data_offsets;
        Values::in_file(&self.bytes, self.data + start..self.data + end)
    }

    fn info(&self, name: &str) -> Result<&safetensors::tensor::TensorInfo> {
        self.header.info(name).ok_or_else(|| self.wrong(format!("there is no tensor {name}")))
    }

    fn wrong(&self, what: String) -> Error {
        Error::File { file: self.file.clone(), what }
    }
}
