//! Products with 8-bit weights, in integers.
//!
//! Each row of the left-hand side is rounded to 16 bits by a scale of its own, and the products of a block's weights
//! are summed exactly, two at a time, as the processor's 16-bit dot product does them. Only a block's sum becomes a
//! float. The rounding, some 2⁻¹⁶ of a row's largest number, is far below that of the weights.

use super::matmul::{Epilogue, Rows, put};
use super::simd::{Simd, Task, dispatch, panel_width};
use crate::tensor::Quantized;

/// The largest of a row's numbers becomes this. 2 · 32767 · 127 for a pair of products and 256 pairs fit 32 bits.
const LARGEST: f32 = 32_767.0;
/// Inputs that share a scale, at most; more could overflow the block's sum.
pub(super) const LARGEST_BLOCK: usize = 512;
/// As for products of floats.
const ROW_BLOCK: usize = 96;

/// A matrix (inputs, outputs) as panels (⌈outputs/W⌉, inputs/2, W, 2), zeros past the last output.
#[derive(Clone, Debug, Default)]
pub(super) struct QuantizedPanels {
    inputs: usize,
    outputs: usize,
    width: usize,
    block: usize,
    values: Vec<i8>,
    scales: Vec<f32>, // (⌈outputs/W⌉, inputs/block, W)
}

impl QuantizedPanels {
    /// Packs the transposes of matrices (outputs, inputs), one's outputs after the other's. All have `inputs` columns
    /// and the first one's blocks.
    pub(super) fn pack_transposed(layers: &[&Quantized], inputs: usize) -> Self {
        let width = panel_width();
        let block = layers.first().map_or(inputs, |layer| layer.block());
        let outputs = layers.iter().map(|layer| layer.values().len() / inputs).sum::<usize>();
        let panels = outputs.div_ceil(width);
        let mut values = vec![0; panels * inputs * width];
        let mut scales = vec![0.0; panels * (inputs / block) * width];
        let rows = layers.iter().flat_map(|layer| {
            layer.values().chunks_exact(inputs).zip(layer.scales().chunks_exact(inputs / block))
        });
        for (output, (row, row_scales)) in rows.enumerate() {
            let (panel, column) = (output / width, output % width);
            let pairs = values[panel * inputs * width..].chunks_exact_mut(2 * width);
            for (to, from) in pairs.zip(row.chunks_exact(2)) {
                to[2 * column..][..2].copy_from_slice(from);
            }
            let blocks = scales[panel * (inputs / block) * width..].chunks_exact_mut(width);
            for (to, from) in blocks.zip(row_scales) {
                to[column] = from.to_f32();
            }
        }
        Self { inputs, outputs, width, block, values, scales }
    }
}

/// A product's left-hand side in 16 bits, kept from one product to the next for its allocations.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounded {
    /// Tiles of (inputs/2, rows, 2), so that the innermost loop walks them from front to back.
    tiles: Vec<i16>,
    scales: Vec<f32>, // (rows)
}

/// `out` (count, outputs) = epilogue(`x` · `panels`), with `out_stride` floats from row to row.
pub(super) fn multiply(
    x: Rows<'_>,
    panels: &QuantizedPanels,
    epilogue: impl Epilogue,
    out: &mut [f32],
    out_stride: usize,
    rounded: &mut Rounded,
) {
    if x.count == 0 || panels.outputs == 0 {
        return;
    }
    assert!(x.data.len() >= (x.count - 1) * x.stride + panels.inputs, "matmul: x is too short");
    assert!(out.len() >= (x.count - 1) * out_stride + panels.outputs, "matmul: out is too short");
    rounded.tiles.resize(x.count * panels.inputs, 0);
    rounded.scales.resize(x.count, 0.0);
    dispatch(Multiply { x, panels, epilogue, out: out.as_mut_ptr(), out_stride, rounded });
}

struct Multiply<'a, E> {
    x: Rows<'a>,
    panels: &'a QuantizedPanels,
    epilogue: E,
    out: *mut f32,
    out_stride: usize,
    rounded: &'a mut Rounded,
}

impl<E: Epilogue> Task for Multiply<'_, E> {
    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let (inputs, width) = (self.panels.inputs, self.panels.width);
        let blocks = inputs / self.panels.block;
        for block in (0..self.x.count).step_by(ROW_BLOCK) {
            let block_end = (block + ROW_BLOCK).min(self.x.count);
            for row in (block..block_end).step_by(S::ROWS) {
                // SAFETY: the instruction set is the caller's.
                unsafe { self.round::<S>(row, S::ROWS.min(block_end - row)) };
            }
            let panels = self.panels.values.chunks_exact(inputs * width);
            for (panel, (values, scales)) in
                panels.zip(self.panels.scales.chunks_exact(blocks * width)).enumerate()
            {
                let column = panel * width;
                for row in (block..block_end).step_by(S::ROWS) {
                    // SAFETY: `multiply` has checked that out holds what the tiles touch.
                    unsafe {
                        match S::ROWS.min(block_end - row) {
                            1 => self.tile::<S, 1>(row, column, values, scales),
                            2 => self.tile::<S, 2>(row, column, values, scales),
                            3 => self.tile::<S, 3>(row, column, values, scales),
                            4 => self.tile::<S, 4>(row, column, values, scales),
                            5 => self.tile::<S, 5>(row, column, values, scales),
                            _ => self.tile::<S, 6>(row, column, values, scales),
                        }
                    }
                }
            }
        }
    }
}

impl<E: Epilogue> Multiply<'_, E> {
    /// Rounds `rows` rows of x from `row` on into their tile.
    ///
    /// # Safety
    /// The machine has `S`'s set.
    #[inline(always)]
    unsafe fn round<S: Simd>(&mut self, row: usize, rows: usize) {
        let inputs = self.panels.inputs;
        let whole = inputs - inputs % S::LANES;
        let tile = &mut self.rounded.tiles[row * inputs..][..rows * inputs];
        for r in 0..rows {
            let from = &self.x.data[(row + r) * self.x.stride..][..inputs];
            // SAFETY: whole vectors within the row; the pairs of row r lie within the tile.
            unsafe {
                let mut largest = S::splat(0.0);
                for at in (0..whole).step_by(S::LANES) {
                    largest = S::max(largest, S::abs(S::load(from.as_ptr().add(at))));
                }
                let rest = from[whole..].iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
                let largest = S::reduce(largest, f32::max).max(rest);
                let up = if largest == 0.0 { 0.0 } else { LARGEST / largest };
                self.rounded.scales[row + r] = largest / LARGEST;
                let to = tile.as_mut_ptr().add(2 * r);
                for at in (0..whole).step_by(S::LANES) {
                    let scaled = S::mul(S::load(from.as_ptr().add(at)), S::splat(up));
                    S::store_pairs(to.add(at * rows), 2 * rows, scaled);
                }
                for (at, x) in from.iter().enumerate().skip(whole) {
                    *to.add((at / 2) * 2 * rows + at % 2) = (x * up).round_ties_even() as i16;
                }
            }
        }
    }

    /// R rows from `row` by one panel's columns from `column`.
    ///
    /// # Safety
    /// The machine has `S`'s set, its `ROWS` are at most 6, and out holds those rows and the columns below `outputs`.
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, column: usize, values: &[i8], scales: &[f32]) {
        let inputs = self.panels.inputs;
        let tile = &self.rounded.tiles[row * inputs..][..R * inputs];
        let pairs = self.panels.block / 2;
        let blocks = inputs / self.panels.block;
        assert!(values.len() >= 2 * S::LANES * inputs && scales.len() >= 2 * S::LANES * blocks);
        // SAFETY: the lengths are checked above.
        unsafe {
            let mut totals = [[S::splat(0.0); 2]; R];
            let (mut x, mut values, mut scales) = (tile.as_ptr(), values.as_ptr(), scales.as_ptr());
            for _ in 0..blocks {
                let mut sums = [[S::integers(0); 2]; R];
                for _ in 0..pairs {
                    let low = S::widen(values);
                    let high = S::widen(values.add(2 * S::LANES));
                    values = values.add(4 * S::LANES);
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let pair = S::splat_pair(x.add(2 * r));
                        sums[0] = S::dot_add(pair, low, sums[0]);
                        sums[1] = S::dot_add(pair, high, sums[1]);
                    }
                    x = x.add(2 * R);
                }
                let (low, high) = (S::load(scales), S::load(scales.add(S::LANES)));
                scales = scales.add(2 * S::LANES);
                for (sums, totals) in sums.into_iter().zip(&mut totals) {
                    totals[0] = S::mul_add(S::to_floats(sums[0]), low, totals[0]);
                    totals[1] = S::mul_add(S::to_floats(sums[1]), high, totals[1]);
                }
            }
            for (r, totals) in totals.into_iter().enumerate() {
                let to = self.out.add((row + r) * self.out_stride);
                let down = S::splat(self.rounded.scales[row + r]);
                for (half, total) in totals.into_iter().enumerate() {
                    let column = column + half * S::LANES;
                    put::<S>(&self.epilogue, S::mul(total, down), row + r, column, self.panels.outputs, to);
                }
            }
        }
    }
}
