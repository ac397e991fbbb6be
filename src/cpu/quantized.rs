//! Products with 8-bit weights, in integers.
//!
//! Each row of the left-hand side is rounded to 16 bits by a scale of its own, and the products of a block's weights
//! are summed exactly, two at a time, as the processor's 16-bit dot product does them. Only a block's sum becomes a
//! float. The rounding, some 2⁻¹⁶ of a row's largest number, is far below that of the weights.

use super::matmul::{Rows, Sides};
use super::simd::{Simd, panel_width};
use crate::tensor::Quantized;

/// Inputs that share a scale: the only size that models here have, and a constant for the innermost loop.
pub(super) const BLOCK: usize = 32;
/// The largest of a row's numbers becomes this. A block's sum is at most 32 · 32767 · 128, which fits 32 bits.
const LARGEST: f32 = 32_767.0;

/// A matrix (inputs, outputs) as panels (⌈outputs/W⌉, inputs/2, W, 2), zeros past the last output.
#[derive(Clone, Debug, Default)]
pub(super) struct QuantizedPanels {
    inputs: usize,
    outputs: usize,
    values: Vec<i8>,
    scales: Vec<f32>, // (⌈outputs/W⌉, inputs/32, W)
}

impl QuantizedPanels {
    /// Packs the transposes of matrices (outputs, inputs), one's outputs after the other's. All have `inputs` columns
    /// in blocks of [`BLOCK`].
    pub(super) fn pack_transposed(layers: &[&Quantized], inputs: usize) -> Self {
        let width = panel_width();
        let outputs = layers.iter().map(|layer| layer.values().len() / inputs).sum::<usize>();
        let panels = outputs.div_ceil(width);
        let mut values = vec![0; panels * inputs * width];
        let mut scales = vec![0.0; panels * (inputs / BLOCK) * width];
        let rows = layers.iter().flat_map(|layer| {
            layer.values().chunks_exact(inputs).zip(layer.scales().chunks_exact(inputs / BLOCK))
        });
        for (output, (row, row_scales)) in rows.enumerate() {
            let (panel, column) = (output / width, output % width);
            let pairs = values[panel * inputs * width..].chunks_exact_mut(2 * width);
            for (to, from) in pairs.zip(row.chunks_exact(2)) {
                to[2 * column..][..2].copy_from_slice(from);
            }
            let blocks = scales[panel * (inputs / BLOCK) * width..].chunks_exact_mut(width);
            for (to, from) in blocks.zip(row_scales) {
                to[column] = from.to_f32();
            }
        }
        Self { inputs, outputs, values, scales }
    }
}

/// A product's left-hand side in 16 bits, kept from one product to the next for its allocations.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounded {
    /// Tiles of (inputs/2, rows, 2), so that the innermost loop walks them from front to back.
    tiles: Vec<i16>,
    scales: Vec<f32>, // (rows)
}

/// A product with quantised weights.
pub(super) struct Integers<'a> {
    x: Rows<'a>,
    panels: &'a QuantizedPanels,
    rounded: &'a mut Rounded,
}

impl<'a> Integers<'a> {
    pub(super) fn new(x: Rows<'a>, panels: &'a QuantizedPanels, rounded: &'a mut Rounded) -> Self {
        let enough = x.count == 0 || x.data.len() >= (x.count - 1) * x.stride + panels.inputs;
        assert!(enough, "matmul: x is too short");
        rounded.tiles.resize(x.count * panels.inputs, 0);
        rounded.scales.resize(x.count, 0.0);
        Self { x, panels, rounded }
    }
}

impl Sides for Integers<'_> {
    fn rows(&self) -> usize {
        self.x.count
    }

    fn outputs(&self) -> usize {
        self.panels.outputs
    }

    /// Rounds the rows.
    #[inline(always)]
    unsafe fn pack<S: Simd>(&mut self, row: usize, rows: usize) {
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

    // A function of its own in WebAssembly, as that of floats.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, panel: usize, to: *mut f32) {
        let (inputs, blocks, width) = (self.panels.inputs, self.panels.inputs / BLOCK, 2 * S::LANES);
        let tile = &self.rounded.tiles[row * inputs..][..R * inputs];
        let values = &self.panels.values[panel * inputs * width..][..inputs * width];
        let scales = &self.panels.scales[panel * blocks * width..][..blocks * width];
        // SAFETY: the lengths are checked above.
        unsafe {
            let mut totals = [[S::splat(0.0); 2]; R];
            let (mut x, mut values, mut scales) = (tile.as_ptr(), values.as_ptr(), scales.as_ptr());
            for _ in 0..blocks {
                let mut sums = [[S::integers(0); 2]; R];
                for _ in 0..BLOCK / 2 {
                    let columns = [S::widen(values), S::widen(values.add(width))];
                    values = values.add(2 * width);
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let pair = S::splat_pair(x.add(2 * r));
                        for (sum, column) in sums.iter_mut().zip(columns) {
                            *sum = S::dot_add(pair, column, *sum);
                        }
                    }
                    x = x.add(2 * R);
                }
                let columns = [S::load(scales), S::load(scales.add(S::LANES))];
                scales = scales.add(width);
                for (totals, sums) in totals.iter_mut().zip(sums) {
                    for ((total, sum), scale) in totals.iter_mut().zip(sums).zip(columns) {
                        *total = S::mul_add(S::to_floats(sum), scale, *total);
                    }
                }
            }
            for (r, totals) in totals.into_iter().enumerate() {
                let down = S::splat(self.rounded.scales[row + r]);
                for (half, total) in totals.into_iter().enumerate() {
                    S::store(to.add(r * width + half * S::LANES), S::mul(total, down));
                }
            }
        }
    }
}
