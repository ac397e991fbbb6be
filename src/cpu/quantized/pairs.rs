//! 16-bit dot products, two inputs at a time.

use super::Operands;
use crate::cpu::simd::Simd;

/// What x is rounded to, and how many of them one number takes.
pub(super) type Integer = i16;
pub(super) const PARTS: usize = 1;
/// Inputs that one instruction takes.
pub(super) const GROUP: usize = 2;
/// Vectors in a panel's row.
pub(super) const VECTORS: usize = 2;
/// Every block's sum begins at 0.
pub(super) const START: Option<fn(&[i8]) -> i32> = None;

/// Rows of a tile.
pub(super) fn tile_rows<S: Simd>() -> usize {
    S::ROWS
}

/// Rounds a block of a row, times `up`, into row `r` of its part of a tile (block/2, rows, 2).
///
/// # Safety
/// As for [`Simd`]; the tile has room for `rows` rows, which are more than `r`.
#[inline(always)]
pub(super) unsafe fn round<S: Simd>(block: &[f32], up: f32, tile: &mut [Integer], r: usize, rows: usize) {
    let whole = block.len() - block.len() % S::LANES;
    // SAFETY: whole vectors within the block; its pairs lie within the tile.
    unsafe {
        let to = tile.as_mut_ptr().add(2 * r);
        for at in (0..whole).step_by(S::LANES) {
            let scaled = S::mul(S::load(block.as_ptr().add(at)), S::splat(up));
            S::store_pairs(to.add(at * rows), 2 * rows, scaled);
        }
        for (at, x) in block.iter().enumerate().skip(whole) {
            *to.add((at / 2) * 2 * rows + at % 2) = (x * up).round_ties_even() as i16;
        }
    }
}

/// The sums of R rows by a panel's columns, as (R, 2 · LANES).
///
/// # Safety
/// As for [`Simd`]; the operands are whole, and `to` has room.
// A function of its own in WebAssembly, as that of floats.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(super) unsafe fn tile<S: Simd, const R: usize>(operands: &Operands<'_>, to: *mut f32) {
    let width = 2 * S::LANES;
    let pairs = operands.block / 2;
    // SAFETY: the caller's.
    unsafe {
        let mut totals = [[S::splat(0.0); 2]; R];
        let (mut x, mut values) = (operands.x.as_ptr(), operands.values.as_ptr());
        for (scales, x_scales) in operands.scales.chunks_exact(width).zip(operands.x_scales.chunks_exact(R)) {
            let mut sums = [[S::integers(0); 2]; R];
            for _ in 0..pairs {
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
            let columns = [S::load(scales.as_ptr()), S::load(scales.as_ptr().add(S::LANES))];
            for (r, (totals, sums)) in totals.iter_mut().zip(sums).enumerate() {
                let x_scale = S::splat(x_scales[r]);
                for ((total, sum), scale) in totals.iter_mut().zip(sums).zip(columns) {
                    *total = S::mul_add(S::to_floats(sum), S::mul(scale, x_scale), *total);
                }
            }
        }
        for (r, [left, right]) in totals.iter().enumerate() {
            S::store(to.add(r * width), *left);
            S::store(to.add(r * width + S::LANES), *right);
        }
    }
}
