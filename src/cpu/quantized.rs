//! Products with 8-bit weights, in integers.
//!
//! A block of weights meets a block of the left-hand side's row, rounded to 14 bits by a scale of its own; their products
//! are summed exactly, and only the sum becomes a float. The rounding, 2⁻¹⁴ of a block's largest number at most, is far
//! below that of the weights. The sums are the same whichever instructions make them: 16-bit ones ([`pairs`]), which
//! every processor has, or in the engine's second build for browsers the 8-bit ones of relaxed SIMD (`relaxed`), which
//! take two of them.

#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
mod pairs;
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
mod relaxed;

#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
use pairs as kernel;
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
use relaxed as kernel;

use super::matmul::{Rows, Sides};
use super::simd::{Simd, lanes};
use crate::tensor::Quantized;

/// Inputs that share a scale here, at most: those whose products `relaxed` has written out.
const LARGEST_BLOCK: usize = 32;
/// The largest of a block's numbers becomes this. A block's sum is at most 32 · 16383 · 127, which fits 32 bits.
const LARGEST: f32 = 8_191.0;

/// A matrix (inputs, outputs) as panels (⌈outputs/W⌉, inputs/G, W, G), zeros past the last output; G is how many
/// inputs one instruction takes.
#[derive(Clone, Debug, Default)]
pub(super) struct QuantizedPanels {
    inputs: usize,
    outputs: usize,
    block: usize,
    values: Vec<i8>,
    scales: Vec<f32>, // (⌈outputs/W⌉, inputs/block, W)
    /// What a block's sum begins with, where the kernel does not begin at 0; as the scales.
    starts: Vec<i32>,
}

impl QuantizedPanels {
    /// Packs the transposes of matrices (outputs, inputs), one's outputs after the other's. All have `inputs` columns
    /// and the first one's blocks, which are cut where they are long.
    pub(super) fn pack_transposed(layers: &[&Quantized], inputs: usize) -> Self {
        let width = kernel::VECTORS * lanes();
        let whole_block = layers.first().map_or(inputs, |layer| layer.block());
        let block = longest_part(whole_block);
        let outputs = layers.iter().map(|layer| layer.values().len() / inputs).sum::<usize>();
        let (panels, blocks) = (outputs.div_ceil(width), inputs / block);
        let mut values = vec![0; panels * inputs * width];
        let mut scales = vec![0.0; panels * blocks * width];
        let mut starts = vec![0; if kernel::START.is_some() { scales.len() } else { 0 }];
        let rows = layers.iter().flat_map(|layer| {
            layer.values().chunks_exact(inputs).zip(layer.scales().chunks_exact(inputs / whole_block))
        });
        for (output, (row, row_scales)) in rows.enumerate() {
            let (panel, column) = (output / width, output % width);
            let groups = values[panel * inputs * width..].chunks_exact_mut(kernel::GROUP * width);
            for (to, from) in groups.zip(row.chunks_exact(kernel::GROUP)) {
                to[kernel::GROUP * column..][..kernel::GROUP].copy_from_slice(from);
            }
            let at = panel * blocks * width + column;
            for (index, to) in scales[at..].iter_mut().step_by(width).take(blocks).enumerate() {
                *to = row_scales[index * block / whole_block].to_f32();
            }
            if let Some(start) = kernel::START {
                for (to, block) in starts[at..].iter_mut().step_by(width).zip(row.chunks_exact(block)) {
                    *to = start(block);
                }
            }
        }
        Self { inputs, outputs, block, values, scales, starts }
    }
}

/// The longest block that blocks of `whole` inputs, a multiple of 4, can be cut into.
fn longest_part(whole: usize) -> usize {
    (1..=LARGEST_BLOCK).rev().find(|part| part % 4 == 0 && whole.is_multiple_of(*part)).unwrap_or(4)
}

/// A product's left-hand side, rounded; kept from one product to the next for its allocations.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounded {
    /// As the kernel wants them, tile by tile, so that the innermost loop walks them from front to back.
    tiles: Vec<kernel::Integer>,
    /// Of a tile's rows, (inputs/block, rows).
    scales: Vec<f32>,
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
        rounded.tiles.resize(x.count * panels.inputs * kernel::PARTS, 0);
        rounded.scales.resize(x.count * panels.inputs / panels.block, 0.0);
        Self { x, panels, rounded }
    }
}

/// One tile's operands.
struct Operands<'a> {
    /// Inputs that share a scale.
    block: usize,
    x: &'a [kernel::Integer],
    /// Of x, (inputs/block, R).
    x_scales: &'a [f32],
    /// A panel's.
    values: &'a [i8],
    scales: &'a [f32],
    #[cfg_attr(
        not(all(target_arch = "wasm32", feature = "relaxed-simd")),
        allow(dead_code, reason = "all are 0")
    )]
    starts: &'a [i32],
}

impl Sides for Integers<'_> {
    const VECTORS: usize = kernel::VECTORS;

    fn rows(&self) -> usize {
        self.x.count
    }

    fn outputs(&self) -> usize {
        self.panels.outputs
    }

    fn tile_rows<S: Simd>() -> usize {
        kernel::tile_rows::<S>()
    }

    /// Rounds the rows.
    #[inline(always)]
    unsafe fn pack<S: Simd>(&mut self, row: usize, rows: usize) {
        let (inputs, block) = (self.panels.inputs, self.panels.block);
        let tile_len = rows * inputs * kernel::PARTS;
        let tile = &mut self.rounded.tiles[row * inputs * kernel::PARTS..][..tile_len];
        let scales = &mut self.rounded.scales[row * (inputs / block)..][..rows * (inputs / block)];
        for r in 0..rows {
            let from = &self.x.data[(row + r) * self.x.stride..][..inputs];
            let tiles = tile.chunks_exact_mut(rows * block * kernel::PARTS);
            for ((from, tile), scales) in
                from.chunks_exact(block).zip(tiles).zip(scales.chunks_exact_mut(rows))
            {
                // SAFETY: the instruction set is the caller's.
                unsafe {
                    let largest = largest::<S>(from);
                    scales[r] = largest / LARGEST;
                    let up = if largest == 0.0 { 0.0 } else { LARGEST / largest };
                    kernel::round::<S>(from, up, tile, r, rows);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize>(&self, row: usize, panel: usize, to: *mut f32) {
        let (inputs, width) = (self.panels.inputs, Self::VECTORS * S::LANES);
        let blocks = inputs / self.panels.block;
        let of_panel = panel * blocks * width..(panel + 1) * blocks * width;
        let starts = if kernel::START.is_some() { &self.panels.starts[of_panel.clone()] } else { &[] };
        let operands = Operands {
            block: self.panels.block,
            x: &self.rounded.tiles[row * inputs * kernel::PARTS..][..R * inputs * kernel::PARTS],
            x_scales: &self.rounded.scales[row * blocks..][..R * blocks],
            values: &self.panels.values[panel * inputs * width..][..inputs * width],
            scales: &self.panels.scales[of_panel],
            starts,
        };
        // SAFETY: the caller's, and the operands have these lengths.
        unsafe { kernel::tile::<S, R>(&operands, to) };
    }
}

/// The largest absolute value; NaN where one of the numbers is infinite or NaN.
///
/// # Safety
/// As for [`Simd`].
#[inline(always)]
unsafe fn largest<S: Simd>(numbers: &[f32]) -> f32 {
    // By their bits, as the vectors.
    let larger = |a: f32, b: f32| f32::from_bits(a.to_bits().max(b.to_bits()));
    let whole = numbers.chunks_exact(S::LANES);
    let rest = whole.remainder();
    // SAFETY: whole vectors.
    let of_vectors = unsafe {
        let mut largest = S::splat(0.0);
        for vector in whole {
            largest = S::larger_bits(largest, S::abs(S::load(vector.as_ptr())));
        }
        S::reduce(largest, larger)
    };
    let largest = rest.iter().fold(of_vectors, |largest, x| larger(largest, x.abs()));
    if largest.is_finite() { largest } else { f32::NAN }
}
