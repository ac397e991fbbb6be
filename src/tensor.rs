//! Row-major weights that know their shape, over a file's bytes as they lie in memory.
//!
//! Nothing here copies a tensor: clones share the file, and the file lives as long as one of them.

use std::marker::PhantomData;
use std::ops::Range;
use std::rc::Rc;

use bytemuck::Pod;
use half::f16;

use crate::error::{Error, Result};

/// A whole file, shared by what reads it.
pub type FileBytes = Rc<Vec<u8>>;

/// Numbers somewhere in a file.
#[derive(Clone, Debug)]
pub struct Values<T> {
    file: FileBytes,
    bytes: Range<usize>,
    number: PhantomData<T>,
}

impl<T: Pod> Values<T> {
    /// The numbers in `bytes` of a file, little-endian; copied once if they don't lie aligned. Errors when that is no
    /// whole number of them.
    pub fn in_file(file: &FileBytes, bytes: Range<usize>) -> Result<Self> {
        let outside = || Error::Shape {
            operation: "tensor",
            expected: format!("bytes within a file of {}", file.len()),
            got: format!("{bytes:?}"),
        };
        let all = file.get(bytes.clone()).ok_or_else(outside)?;
        match bytemuck::try_cast_slice::<u8, T>(all) {
            Ok(_) => Ok(Self { file: file.clone(), bytes, number: PhantomData }),
            Err(_) if all.len().is_multiple_of(size_of::<T>()) => Ok(Self::owned(all)),
            Err(error) => Err(Error::Shape {
                operation: "tensor",
                expected: format!("a multiple of {} bytes", size_of::<T>()),
                got: format!("{} ({error})", all.len()),
            }),
        }
    }

    /// A copy of `bytes` in memory of its own, aligned.
    fn owned(bytes: &[u8]) -> Self {
        // A vector of bytes is aligned to 1 by its type alone, so there is room to begin at a multiple of 16.
        let mut file = vec![0; bytes.len() + 16];
        let start = file.as_ptr().align_offset(16).min(16);
        file[start..][..bytes.len()].copy_from_slice(bytes);
        Self { file: Rc::new(file), bytes: start..start + bytes.len(), number: PhantomData }
    }

    pub fn get(&self) -> &[T] {
        bytemuck::cast_slice(&self.file[self.bytes.clone()])
    }
}

impl<T: Pod> From<Vec<T>> for Values<T> {
    fn from(numbers: Vec<T>) -> Self {
        Self::owned(bytemuck::cast_slice(&numbers))
    }
}

/// 32-bit floats of any shape.
#[derive(Clone, Debug)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Values<f32>,
}

impl Tensor {
    /// Errors when `data` does not hold just as many floats as `shape` says.
    pub fn new(shape: &[usize], data: impl Into<Values<f32>>) -> Result<Self> {
        let data = data.into();
        expect_count(shape, data.get().len())?;
        Ok(Self { shape: shape.to_vec(), data })
    }

    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub fn data(&self) -> &[f32] {
        self.data.get()
    }
}

/// A matrix in the precision that its file has.
#[derive(Clone, Debug)]
pub enum Matrix {
    F32(Tensor),
    Q8(Quantized),
}

/// 8-bit integers with a scale for each block of a row: element (r, c) is `values[r, c] · scales[r, c / block]`.
#[derive(Clone, Debug)]
pub struct Quantized {
    rows: usize,
    columns: usize,
    block: usize,
    values: Values<i8>,  // (rows, columns)
    scales: Values<f16>, // (rows, columns / block)
}

impl Quantized {
    /// `values` (rows, columns) and `scales` (rows, columns / block). Errors when the numbers of either don't fit, or
    /// a block is no multiple of 4.
    pub fn new(
        shape: [usize; 2],
        block: usize,
        values: impl Into<Values<i8>>,
        scales: impl Into<Values<f16>>,
    ) -> Result<Self> {
        let [rows, columns] = shape;
        let (values, scales) = (values.into(), scales.into());
        if block == 0 || !block.is_multiple_of(4) || !columns.is_multiple_of(block) {
            return Err(Error::Shape {
                operation: "tensor",
                expected: format!("blocks of a multiple of 4 that divides {columns}"),
                got: format!("blocks of {block}"),
            });
        }
        expect_count(&shape, values.get().len())?;
        expect_count(&[rows, columns / block], scales.get().len())?;
        Ok(Self { rows, columns, block, values, scales })
    }

    /// Columns that share a scale.
    pub fn block(&self) -> usize {
        self.block
    }

    /// (rows, columns).
    pub fn values(&self) -> &[i8] {
        self.values.get()
    }

    /// (rows, columns / block).
    pub fn scales(&self) -> &[f16] {
        self.scales.get()
    }
}

impl Matrix {
    /// Adds the row to `out` (columns), 8-bit integers times their scales.
    pub fn add_row(&self, row: usize, out: &mut [f32]) {
        let columns = out.len();
        match self {
            Self::F32(tensor) => {
                for (out, x) in out.iter_mut().zip(&tensor.data()[row * columns..][..columns]) {
                    *out += x;
                }
            }
            Self::Q8(matrix) => {
                let (block, blocks) = (matrix.block, columns / matrix.block);
                let values = matrix.values()[row * columns..][..columns].chunks_exact(block);
                let scales = &matrix.scales()[row * blocks..][..blocks];
                for ((out, values), scale) in out.chunks_exact_mut(block).zip(values).zip(scales) {
                    let scale = scale.to_f32();
                    for (out, &x) in out.iter_mut().zip(values) {
                        *out += f32::from(x) * scale;
                    }
                }
            }
        }
    }

    /// Rows and columns. Errors for a tensor of another rank.
    pub fn shape(&self, operation: &'static str) -> Result<[usize; 2]> {
        match self {
            Self::Q8(matrix) => Ok([matrix.rows, matrix.columns]),
            Self::F32(tensor) => tensor.shape().try_into().map_err(|_| Error::Shape {
                operation,
                expected: "a matrix".to_owned(),
                got: format!("shape {:?}", tensor.shape()),
            }),
        }
    }
}

impl From<Tensor> for Matrix {
    fn from(tensor: Tensor) -> Self {
        Self::F32(tensor)
    }
}

/// The inputs that dense layers have in common, and the outputs of all. Errors unless each has a bias for each of its
/// outputs, and all read the same inputs.
pub fn stacked(operation: &'static str, label: &str, layers: &[(Matrix, Tensor)]) -> Result<[usize; 2]> {
    let mut inputs = None;
    let mut outputs = 0;
    for (weight, bias) in layers {
        let [rows, columns] = weight.shape(operation)?;
        if bias.data().len() != rows || *inputs.get_or_insert(columns) != columns {
            return Err(Error::Shape {
                operation,
                expected: format!(
                    "weights of {} inputs, with a bias for each output",
                    inputs.unwrap_or(columns)
                ),
                got: format!(
                    "{rows} outputs of {columns} inputs, with {} biases, for {label}",
                    bias.data().len()
                ),
            });
        }
        outputs += rows;
    }
    Ok([inputs.unwrap_or(0), outputs])
}

fn expect_count(shape: &[usize], got: usize) -> Result<()> {
    let expected = shape.iter().product::<usize>();
    if expected == got {
        return Ok(());
    }
    Err(Error::Shape {
        operation: "tensor",
        expected: format!("{expected} numbers for shape {shape:?}"),
        got: got.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_lie_aligned_are_read_all_the_same() {
        let mut bytes = vec![0; 32];
        let odd = 1 + bytes.as_ptr().align_offset(4);
        bytes[odd..][..8].copy_from_slice(bytemuck::cast_slice(&[1.5f32, -2.0]));
        let values = Values::<f32>::in_file(&Rc::new(bytes), odd..odd + 8).unwrap();
        assert_eq!(values.get(), [1.5, -2.0]);
    }

    #[test]
    fn numbers_outside_of_the_file_are_an_error() {
        let file = Rc::new(vec![0; 8]);
        assert!(Values::<f32>::in_file(&file, 0..8).is_ok());
        assert!(Values::<f32>::in_file(&file, 8..16).is_err());
        assert!(Values::<i8>::in_file(&file, 8..9).is_err());
    }

    #[test]
    fn layers_that_do_not_stack_are_an_error() {
        let layer = |outputs: usize, inputs: usize, biases: usize| {
            let weight = Tensor::new(&[outputs, inputs], vec![0.0; outputs * inputs]).unwrap();
            (Matrix::F32(weight), Tensor::new(&[biases], vec![0.0; biases]).unwrap())
        };
        assert_eq!(stacked("test", "x", &[layer(3, 8, 3), layer(2, 8, 2)]).unwrap(), [8, 5]);
        assert!(stacked("test", "x", &[layer(3, 8, 3), layer(2, 4, 2)]).is_err());
        assert!(stacked("test", "x", &[layer(3, 8, 2)]).is_err());
    }

    #[test]
    fn numbers_of_another_count_than_the_shape_says_are_an_error() {
        assert!(Tensor::new(&[2, 2], vec![0.0; 3]).is_err());
        let scales = |count| vec![f16::ONE; count];
        assert!(Quantized::new([2, 8], 4, vec![0; 16], scales(4)).is_ok());
        assert!(Quantized::new([2, 8], 4, vec![0; 15], scales(4)).is_err());
        assert!(Quantized::new([2, 8], 4, vec![0; 16], scales(3)).is_err());
        assert!(Quantized::new([2, 8], 3, vec![0; 16], scales(4)).is_err());
        assert!(Quantized::new([2, 8], 0, vec![0; 16], scales(4)).is_err());
    }
}
