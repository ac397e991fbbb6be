//! Matrix products against packed panels, which dense layers, scores and attention × values all are.
//!
//! The right-hand matrix is cut into panels of a few vectors' width, each stored so that the innermost loop walks it
//! from front to back; a tile of a few rows by one panel stays in registers over the whole inner dimension
//! (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").

use std::mem::MaybeUninit;

use super::epilogue::Epilogue;
use super::simd::{Simd, Task, dispatch, lanes};

/// Rows of the left-hand matrix that are taken through all panels before the next ones: few enough to stay in the
/// second-level cache.
const ROW_BLOCK: usize = 96;
/// Floats in a panel's row, at most.
const WIDEST: usize = 32;

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
        self.width = Floats::VECTORS * lanes();
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

/// The left-hand matrix, (count, inputs) with `stride` floats from row to row.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) data: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// The two sides of a product, in whichever numbers.
pub(super) trait Sides {
    /// Rows of the left-hand side.
    fn rows(&self) -> usize;
    /// Columns of the right-hand side.
    fn outputs(&self) -> usize;
    /// Vectors in a panel's row; W is as many times their lanes.
    const VECTORS: usize;
    /// Rows of a tile, at most 6.
    fn tile_rows<S: Simd>() -> usize;
    /// Makes the tile of `rows` rows from `row` on, a multiple of `tile_rows`, ready for [`Sides::tile`].
    ///
    /// # Safety
    /// As for [`Simd`].
    unsafe fn pack<S: Simd>(&mut self, row: usize, rows: usize);
    /// The sums of the R rows from `row` on by a panel's columns, as (R, W).
    ///
    /// # Safety
    /// As for [`Simd`]; `sums` has room for them, the rows are packed, R <= `tile_rows`.
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, panel: usize, sums: *mut f32);
}

/// `out` (rows, outputs) = epilogue(the product), with `out_stride` floats from row to row.
pub(super) fn multiply(sides: impl Sides, epilogue: impl Epilogue, out: &mut [f32], out_stride: usize) {
    let (rows, outputs) = (sides.rows(), sides.outputs());
    if rows == 0 || outputs == 0 {
        return;
    }
    assert!(out.len() >= (rows - 1) * out_stride + outputs, "matmul: out is too short");
    dispatch(Multiply { sides, epilogue, out: out.as_mut_ptr(), out_stride });
}

struct Multiply<X, E> {
    sides: X,
    epilogue: E,
    out: *mut f32,
    out_stride: usize,
}

impl<X: Sides, E: Epilogue> Task for Multiply<X, E> {
    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let (rows, outputs, tile_rows) = (self.sides.rows(), self.sides.outputs(), X::tile_rows::<S>());
        let width = X::VECTORS * S::LANES;
        assert!(width <= WIDEST, "matmul: a panel is too wide");
        // A block's by a panel.
        let mut sums = [const { MaybeUninit::<f32>::uninit() }; ROW_BLOCK * WIDEST];
        let sums = sums.as_mut_ptr().cast::<f32>();
        for block in (0..rows).step_by(ROW_BLOCK) {
            let block_end = (block + ROW_BLOCK).min(rows);
            for row in (block..block_end).step_by(tile_rows) {
                // SAFETY: the instruction set is the caller's.
                unsafe { self.sides.pack::<S>(row, tile_rows.min(block_end - row)) };
            }
            for panel in 0..outputs.div_ceil(width) {
                for row in (block..block_end).step_by(tile_rows) {
                    // SAFETY: there is room for the sums of a whole block.
                    unsafe {
                        let to = sums.add((row - block) * width);
                        match tile_rows.min(block_end - row) {
                            1 => self.sides.tile::<S, 1>(row, panel, to),
                            2 => self.sides.tile::<S, 2>(row, panel, to),
                            3 => self.sides.tile::<S, 3>(row, panel, to),
                            4 => self.sides.tile::<S, 4>(row, panel, to),
                            5 => self.sides.tile::<S, 5>(row, panel, to),
                            _ => self.sides.tile::<S, 6>(row, panel, to),
                        }
                    }
                }
                // SAFETY: the tiles have written all of these sums, and `multiply` has checked that out holds them.
                unsafe { self.put::<S>(sums, block, block_end - block, panel * width) };
            }
        }
    }
}

impl<X: Sides, E: Epilogue> Multiply<X, E> {
    /// Stores sums, (rows, W), as far as they lie within the product.
    ///
    /// # Safety
    /// The machine has `S`'s set, and out holds those rows and the columns below `outputs`.
    // Apart from the tile in WebAssembly, see there.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn put<S: Simd>(&self, sums: *const f32, row: usize, rows: usize, column: usize) {
        let outputs = self.sides.outputs();
        let width = X::VECTORS * S::LANES;
        for r in 0..rows {
            // SAFETY: whole vectors are stored only where they fit.
            unsafe {
                let (row, sums) = (row + r, sums.add(r * width));
                let to = self.out.add(row * self.out_stride + column);
                if column + width <= outputs {
                    for at in (0..width).step_by(S::LANES) {
                        let sums = S::load(sums.add(at));
                        S::store(to.add(at), self.epilogue.vector::<S>(sums, row, column + at));
                    }
                } else {
                    for at in 0..outputs - column {
                        *to.add(at) = self.epilogue.scalar::<S>(*sums.add(at), row, column + at);
                    }
                }
            }
        }
    }
}

/// A product of floats.
pub(super) struct Floats<'a> {
    x: Rows<'a>,
    panels: &'a Panels,
    /// Tiles of x, (inputs, rows) each, so that the innermost loop walks them from front to back, too.
    tiles: &'a mut [f32],
}

impl<'a> Floats<'a> {
    /// `scratch` is for the product's own use, and worth keeping.
    pub(super) fn new(x: Rows<'a>, panels: &'a Panels, scratch: &'a mut Vec<f32>) -> Self {
        let enough = x.count == 0 || x.data.len() >= (x.count - 1) * x.stride + panels.inputs;
        assert!(enough, "matmul: x is too short");
        scratch.resize(scratch.len().max(x.count * panels.inputs), 0.0);
        Self { x, panels, tiles: scratch }
    }
}

impl Sides for Floats<'_> {
    const VECTORS: usize = 2;

    fn rows(&self) -> usize {
        self.x.count
    }

    fn outputs(&self) -> usize {
        self.panels.outputs
    }

    fn tile_rows<S: Simd>() -> usize {
        S::ROWS
    }

    #[inline(always)]
    unsafe fn pack<S: Simd>(&mut self, row: usize, rows: usize) {
        let inputs = self.panels.inputs;
        let tile = &mut self.tiles[row * inputs..][..rows * inputs];
        for r in 0..rows {
            let from = &self.x.data[(row + r) * self.x.stride..][..inputs];
            for (to, &from) in tile.chunks_exact_mut(rows).zip(from) {
                to[r] = from;
            }
        }
    }

    // A function of its own in WebAssembly: V8 finds no good registers for a loop in the middle of a large one, and
    // the product then takes half as long again.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, panel: usize, to: *mut f32) {
        let inputs = self.panels.inputs;
        let tile = &self.tiles[row * inputs..][..R * inputs];
        let weights = &self.panels.data[panel * inputs * 2 * S::LANES..][..inputs * 2 * S::LANES];
        // SAFETY: the lengths are checked above.
        unsafe {
            let mut sums = [[S::splat(0.0); 2]; R];
            let (mut x, mut weights) = (tile.as_ptr(), weights.as_ptr());
            for _ in 0..inputs {
                let columns = [S::load(weights), S::load(weights.add(S::LANES))];
                weights = weights.add(2 * S::LANES);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let value = S::splat(*x.add(r));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = S::mul_add(value, column, *sum);
                    }
                }
                x = x.add(R);
            }
            for (r, [left, right]) in sums.iter().enumerate() {
                S::store(to.add(r * 2 * S::LANES), *left);
                S::store(to.add(r * 2 * S::LANES + S::LANES), *right);
            }
        }
    }
}
