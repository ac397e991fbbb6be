//! Matrix products against packed panels, which dense layers, scores and attention × values all are.
//!
//! The right-hand matrix is cut into panels of two vectors' width, each stored so that the innermost loop walks it
//! from front to back; a tile of a few rows by one panel stays in registers over the whole inner dimension
//! (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").

use super::simd::{Simd, Task, dispatch, panel_width};

/// Rows of the left-hand matrix that are taken through all panels before the next ones: few enough to stay in the
/// second-level cache.
const ROW_BLOCK: usize = 96;

/// A matrix (inputs, outputs) as panels (⌈outputs/W⌉, inputs, W), zeros past the last output.
#[derive(Clone, Debug, Default)]
pub(super) struct Panels {
    inputs: usize,
    outputs: usize,
    width: usize,
    data: Vec<f32>,
}

impl Panels {
    /// Room for a matrix of these sizes, all zeros; keeps the allocation.
    fn reshape(&mut self, inputs: usize, outputs: usize) {
        self.width = panel_width();
        (self.inputs, self.outputs) = (inputs, outputs);
        self.data.clear();
        self.data.resize(outputs.div_ceil(self.width) * inputs * self.width, 0.0);
    }

    /// Packs the transpose of `rows`, (outputs, inputs) with `stride` floats from row to row.
    pub(super) fn pack_transposed(&mut self, rows: &[f32], inputs: usize, outputs: usize, stride: usize) {
        self.reshape(inputs, outputs);
        for output in 0..outputs {
            let row = &rows[output * stride..][..inputs];
            let at = (output / self.width) * inputs * self.width + output % self.width;
            for (to, &from) in self.data[at..].iter_mut().step_by(self.width).zip(row) {
                *to = from;
            }
        }
    }

    /// Packs `rows`, (inputs, outputs) with `stride` floats from row to row.
    pub(super) fn pack(&mut self, rows: &[f32], inputs: usize, outputs: usize, stride: usize) {
        self.reshape(inputs, outputs);
        for (panel, to) in self.data.chunks_exact_mut(inputs * self.width).enumerate() {
            let first = panel * self.width;
            let count = self.width.min(outputs - first);
            for (input, to) in to.chunks_exact_mut(self.width).enumerate() {
                to[..count].copy_from_slice(&rows[input * stride + first..][..count]);
            }
        }
    }
}

/// What is done to a sum on its way out, at (row, column) of the product.
pub(super) trait Epilogue: Copy {
    /// # Safety
    /// As for [`Simd`]; the vector's columns all lie within the product.
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, row: usize, column: usize) -> S::Vector;
    /// The same for one sum, where a whole vector would stick out of the product.
    ///
    /// # Safety
    /// As for [`Simd`].
    unsafe fn scalar<S: Simd>(&self, sum: f32, row: usize, column: usize) -> f32;
}

/// `out` (rows, outputs) = epilogue(`x` (rows, inputs) · `panels`), with strides in floats from row to row.
pub(super) fn multiply(
    x: &[f32],
    x_stride: usize,
    rows: usize,
    panels: &Panels,
    epilogue: impl Epilogue,
    out: &mut [f32],
    out_stride: usize,
) {
    if rows == 0 || panels.outputs == 0 {
        return;
    }
    assert!(x.len() >= (rows - 1) * x_stride + panels.inputs, "matmul: x is too short");
    assert!(out.len() >= (rows - 1) * out_stride + panels.outputs, "matmul: out is too short");
    dispatch(Multiply { x: x.as_ptr(), x_stride, rows, panels, epilogue, out: out.as_mut_ptr(), out_stride });
}

#[derive(Clone, Copy)]
struct Multiply<'a, E> {
    x: *const f32,
    x_stride: usize,
    rows: usize,
    panels: &'a Panels,
    epilogue: E,
    out: *mut f32,
    out_stride: usize,
}

impl<E: Epilogue> Task for Multiply<'_, E> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let panel_len = self.panels.inputs * self.panels.width;
        for block in (0..self.rows).step_by(ROW_BLOCK) {
            let block_end = (block + ROW_BLOCK).min(self.rows);
            for panel in 0..self.panels.outputs.div_ceil(self.panels.width) {
                let mut row = block;
                // SAFETY: `multiply` has checked that x, the panels and out hold what the tiles touch.
                unsafe {
                    let from = self.panels.data.as_ptr().add(panel * panel_len);
                    let column = panel * self.panels.width;
                    while row + S::ROWS <= block_end {
                        match S::ROWS {
                            6 => self.tile::<S, 6>(row, column, from),
                            _ => self.tile::<S, 4>(row, column, from),
                        }
                        row += S::ROWS;
                    }
                    match block_end - row {
                        1 => self.tile::<S, 1>(row, column, from),
                        2 => self.tile::<S, 2>(row, column, from),
                        3 => self.tile::<S, 3>(row, column, from),
                        4 => self.tile::<S, 4>(row, column, from),
                        5 => self.tile::<S, 5>(row, column, from),
                        _ => {}
                    }
                }
            }
        }
    }
}

impl<E: Epilogue> Multiply<'_, E> {
    /// R rows from `row` by one panel's columns from `column`.
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, column: usize, panel: *const f32) {
        // SAFETY: as in `run`; a panel that sticks out of the product goes through `lanes`.
        unsafe {
            let mut sums = [[S::splat(0.0); 2]; R];
            let mut x = [self.x; R];
            for (r, x) in x.iter_mut().enumerate() {
                *x = self.x.add((row + r) * self.x_stride);
            }
            let mut weights = panel;
            for input in 0..self.panels.inputs {
                let low = S::load(weights);
                let high = S::load(weights.add(S::LANES));
                weights = weights.add(2 * S::LANES);
                for r in 0..R {
                    let value = S::splat(*x[r].add(input));
                    sums[r][0] = S::mul_add(value, low, sums[r][0]);
                    sums[r][1] = S::mul_add(value, high, sums[r][1]);
                }
            }
            for (r, sums) in sums.into_iter().enumerate() {
                let to = self.out.add((row + r) * self.out_stride);
                for (half, sums) in sums.into_iter().enumerate() {
                    let column = column + half * S::LANES;
                    if column + S::LANES <= self.panels.outputs {
                        S::store(to.add(column), self.epilogue.vector::<S>(sums, row + r, column));
                    } else if column < self.panels.outputs {
                        self.edge::<S>(sums, row + r, column, to);
                    }
                }
            }
        }
    }

    /// The columns of a vector that still lie within the product, one at a time.
    #[inline(always)]
    unsafe fn edge<S: Simd>(&self, sums: S::Vector, row: usize, column: usize, to: *mut f32) {
        let mut lanes = [0.0; 16];
        // SAFETY: no set has more than 16 lanes; columns stay below `outputs`.
        unsafe {
            S::store(lanes.as_mut_ptr(), sums);
            for (lane, &sum) in lanes.iter().enumerate().take(self.panels.outputs - column) {
                *to.add(column + lane) = self.epilogue.scalar::<S>(sum, row, column + lane);
            }
        }
    }
}
