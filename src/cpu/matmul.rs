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

/// The left-hand matrix, (count, inputs) with `stride` floats from row to row.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) data: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// `out` (count, outputs) = epilogue(`x` · `panels`), with `out_stride` floats from row to row. `scratch` is for the
/// product's own use, and worth keeping.
pub(super) fn multiply(
    x: Rows<'_>,
    panels: &Panels,
    epilogue: impl Epilogue,
    out: &mut [f32],
    out_stride: usize,
    scratch: &mut Vec<f32>,
) {
    if x.count == 0 || panels.outputs == 0 {
        return;
    }
    assert!(x.data.len() >= (x.count - 1) * x.stride + panels.inputs, "matmul: x is too short");
    assert!(out.len() >= (x.count - 1) * out_stride + panels.outputs, "matmul: out is too short");
    let block_len = ROW_BLOCK.min(x.count) * panels.inputs;
    if scratch.len() < block_len {
        scratch.resize(block_len, 0.0);
    }
    dispatch(Multiply { x, panels, epilogue, out: out.as_mut_ptr(), out_stride, tiles: scratch });
}

struct Multiply<'a, E> {
    x: Rows<'a>,
    panels: &'a Panels,
    epilogue: E,
    out: *mut f32,
    out_stride: usize,
    /// A block of x as tiles of (inputs, rows), so that the innermost loop walks it from front to back, too.
    tiles: &'a mut [f32],
}

impl<E: Epilogue> Task for Multiply<'_, E> {
    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let inputs = self.panels.inputs;
        for block in (0..self.x.count).step_by(ROW_BLOCK) {
            let block_end = (block + ROW_BLOCK).min(self.x.count);
            for row in (block..block_end).step_by(S::ROWS) {
                self.pack(row, S::ROWS.min(block_end - row), (row - block) * inputs);
            }
            for (panel, weights) in self.panels.data.chunks_exact(inputs * self.panels.width).enumerate() {
                let column = panel * self.panels.width;
                for row in (block..block_end).step_by(S::ROWS) {
                    let tile = &self.tiles[(row - block) * inputs..];
                    // SAFETY: `multiply` has checked that out holds what the tiles touch.
                    unsafe {
                        match S::ROWS.min(block_end - row) {
                            1 => self.tile::<S, 1>(row, column, tile, weights),
                            2 => self.tile::<S, 2>(row, column, tile, weights),
                            3 => self.tile::<S, 3>(row, column, tile, weights),
                            4 => self.tile::<S, 4>(row, column, tile, weights),
                            5 => self.tile::<S, 5>(row, column, tile, weights),
                            _ => self.tile::<S, 6>(row, column, tile, weights),
                        }
                    }
                }
            }
        }
    }
}

impl<E: Epilogue> Multiply<'_, E> {
    /// Copies `rows` rows of x from `row` on into the tile that begins at `at`.
    #[inline(always)]
    fn pack(&mut self, row: usize, rows: usize, at: usize) {
        let inputs = self.panels.inputs;
        let tile = &mut self.tiles[at..][..rows * inputs];
        for r in 0..rows {
            let from = &self.x.data[(row + r) * self.x.stride..][..inputs];
            for (to, &from) in tile.chunks_exact_mut(rows).zip(from) {
                to[r] = from;
            }
        }
    }

    /// R rows from `row` by one panel's columns from `column`.
    ///
    /// # Safety
    /// The machine has `S`'s set, its `ROWS` are at most 6, and out holds those rows and the columns below `outputs`.
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, column: usize, tile: &[f32], weights: &[f32]) {
        let inputs = self.panels.inputs;
        assert!(tile.len() >= R * inputs && weights.len() >= 2 * S::LANES * inputs);
        // SAFETY: the lengths are checked above.
        unsafe {
            let mut sums = [[S::splat(0.0); 2]; R];
            let (mut x, mut weights) = (tile.as_ptr(), weights.as_ptr());
            for _ in 0..inputs {
                let low = S::load(weights);
                let high = S::load(weights.add(S::LANES));
                weights = weights.add(2 * S::LANES);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let value = S::splat(*x.add(r));
                    sums[0] = S::mul_add(value, low, sums[0]);
                    sums[1] = S::mul_add(value, high, sums[1]);
                }
                x = x.add(R);
            }
            for (r, sums) in sums.into_iter().enumerate() {
                let to = self.out.add((row + r) * self.out_stride);
                for (half, sums) in sums.into_iter().enumerate() {
                    put::<S>(
                        &self.epilogue,
                        sums,
                        row + r,
                        column + half * S::LANES,
                        self.panels.outputs,
                        to,
                    );
                }
            }
        }
    }
}

/// Stores a vector of sums that begins at `column` of `row`, as far as it lies within the `outputs` columns.
///
/// # Safety
/// The machine has `S`'s set, and `to`, which is where the row begins, has room for `outputs` floats.
#[inline(always)]
pub(super) unsafe fn put<S: Simd>(
    epilogue: &impl Epilogue,
    sums: S::Vector,
    row: usize,
    column: usize,
    outputs: usize,
    to: *mut f32,
) {
    // SAFETY: a whole vector is stored only where it fits; no set has more than 16 lanes.
    unsafe {
        if column + S::LANES <= outputs {
            S::store(to.add(column), epilogue.vector::<S>(sums, row, column));
        } else if column < outputs {
            let mut lanes = [0.0; 16];
            S::store(lanes.as_mut_ptr(), sums);
            for (lane, &sum) in lanes.iter().enumerate().take(outputs - column) {
                *to.add(column + lane) = epilogue.scalar::<S>(sum, row, column + lane);
            }
        }
    }
}
