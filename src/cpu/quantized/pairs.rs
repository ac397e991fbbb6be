//! 16-bit dot products, two inputs at a time.

use super::Operands;
use crate::cpu::simd::Simd;

/// What x is rounded to, and how many of them one number takes.
pub(super) type Integer = i16;
pub(super) const PARTS: usize = 1;
/// Inputs that one instruction takes.
pub(super) const GROUP: usize = 2;
/// Every block's sum begins at 0.
pub(super) const START: Option<fn(&[i8]) -> i32> = None;

/// Rows of a tile.
pub(super) fn tile_rows<S: Simd>() -> usize {
    S::ROWS
}

/// Rounds `row` times `up` into row `r` of a tile (inputs/2, rows, 2).
///
/// # Safety
/// As for [`Simd`]; the tile has room for `rows` rows, which are more than `r`.
#[inline(always)]
pub(super) unsafe fn round<S: Simd>(row: &[f32], up: f32, tile: &mut [Integer], r: usize, rows: usize) {
    let whole = row.len() - row.len() % S::LANES;
    // SAFETY: whole vectors within the row; its pairs lie within the tile.
    unsafe {
        let to = tile.as_mut_ptr().add(2 * r);
        for at in (0..whole).step_by(S::LANES) {
            let scaled = S::mul(S::load(row.as_ptr().add(at)), S::splat(up));
            S::store_pairs(to.add(at * rows), 2 * rows, scaled);
        }
        for (at, x) in row.iter().enumerate().skip(whole) {
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
        for scales in operands.scales.chunks_exact(width) {
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
            for (totals, sums) in totals.iter_mut().zip(sums) {
                for ((total, sum), scale) in totals.iter_mut().zip(sums).zip(columns) {
                    *total = S::mul_add(S::to_floats(sum), scale, *total);
                }
            }
        }
        for (r, totals) in totals.into_iter().enumerate() {
            let down = S::splat(operands.x_scales[r]);
            for (half, total) in totals.into_iter().enumerate() {
                S::store(to.add(r * width + half * S::LANES), S::mul(total, down));
            }
        }
    }
}
