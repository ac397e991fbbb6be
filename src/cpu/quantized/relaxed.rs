//! The 8-bit dot products of WebAssembly's relaxed SIMD, four inputs at a time.
//!
//! i32x4.relaxed_dot_i8x16_i7x16_add is the same everywhere as long as its second operand stays below 128. So x, which
//! is rounded to 14 bits, is made positive by adding 8192 and cut into two parts of 7 bits, and what was added is taken
//! off again by what a block's sum begins with: Σ w x = 128 (Σ w high - 64 Σ w) + Σ w low.

use core::arch::wasm32::*;

use super::Operands;
use crate::cpu::simd::Simd;

/// What x is rounded to, and how many of them one number takes.
pub(super) type Integer = u8;
pub(super) const PARTS: usize = 2;
/// Inputs that one instruction takes.
pub(super) const GROUP: usize = 4;
/// Of the sum of the high parts.
pub(super) const START: Option<fn(&[i8]) -> i32> =
    Some(|block| -64 * block.iter().map(|&value| i32::from(value)).sum::<i32>());

/// Rows of a tile: with two sums for each, eight, as many as keep the instruction busy.
pub(super) fn tile_rows<S: Simd>() -> usize {
    2
}

/// Its last place is 1.
const SHIFT: f32 = 12_582_912.0;

/// Rounds a block of a row, times `up`, into row `r` of its part of a tile (block/4, rows, high and low, 4).
///
/// # Safety
/// The block's length is a multiple of 4; the tile has room for `rows` rows, which are more than `r`.
#[inline(always)]
pub(super) unsafe fn round<S: Simd>(block: &[f32], up: f32, tile: &mut [Integer], r: usize, rows: usize) {
    // SAFETY: vectors within the block; its groups lie within the tile.
    unsafe {
        let mut to = tile.as_mut_ptr().add(8 * r);
        for from in block.chunks_exact(4) {
            let scaled = f32x4_mul(v128_load(from.as_ptr().cast()), f32x4_splat(up));
            // Added to 1.5 · 2²³, a small number rounds to the nearest integer, which the low bits then hold.
            let positive =
                i32x4_sub(f32x4_add(scaled, f32x4_splat(SHIFT)), i32x4_splat(SHIFT.to_bits() as i32 - 8192));
            let low = v128_and(positive, i32x4_splat(127));
            let shorts = i16x8_narrow_i32x4(i32x4_shr(positive, 7), low);
            v128_store64_lane::<0>(u8x16_narrow_i16x8(shorts, shorts), to.cast());
            to = to.add(8 * rows);
        }
    }
}

/// The sums of R rows, at most 2, by a panel's 8 columns, as (R, 8).
///
/// # Safety
/// The operands are whole, and `to` has room.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const R: usize>(operands: &Operands<'_>, to: *mut f32) {
    debug_assert!(R <= 2 && S::LANES == 4);
    // SAFETY: the caller's; this build is loaded only where there is relaxed SIMD.
    unsafe {
        match R {
            1 => one_row(operands, to),
            _ => two_rows(operands, to),
        }
    }
}

/// Scales and starts of each block of a panel, 8 of each.
fn blocks<'a>(operands: &Operands<'a>) -> impl Iterator<Item = (&'a [f32], &'a [i32])> {
    operands.scales.chunks_exact(8).zip(operands.starts.chunks_exact(8))
}

#[target_feature(enable = "relaxed-simd")]
#[inline(never)]
unsafe fn two_rows(operands: &Operands<'_>, to: *mut f32) {
    let groups = operands.block / 4;
    // SAFETY: the caller's.
    unsafe {
        let mut totals = [[f32x4_splat(0.0); 2]; 2];
        let (mut x, mut values) = (operands.x.as_ptr(), operands.values.as_ptr());
        for ((scales, starts), x_scales) in blocks(operands).zip(operands.x_scales.chunks_exact(2)) {
            let starts = [v128_load(starts.as_ptr().cast()), v128_load(starts.as_ptr().add(4).cast())];
            let mut high = [starts; 2];
            let mut low = [[i32x4_splat(0); 2]; 2];
            for _ in 0..groups {
                let parts = v128_load(x.cast());
                let first =
                    (i32x4_shuffle::<0, 0, 0, 0>(parts, parts), i32x4_shuffle::<1, 1, 1, 1>(parts, parts));
                let second =
                    (i32x4_shuffle::<2, 2, 2, 2>(parts, parts), i32x4_shuffle::<3, 3, 3, 3>(parts, parts));
                for half in 0..2 {
                    let column = v128_load(values.add(16 * half).cast());
                    for (r, parts) in [first, second].into_iter().enumerate() {
                        high[r][half] = i32x4_relaxed_dot_i8x16_i7x16_add(column, parts.0, high[r][half]);
                        low[r][half] = i32x4_relaxed_dot_i8x16_i7x16_add(column, parts.1, low[r][half]);
                    }
                }
                x = x.add(16);
                values = values.add(32);
            }
            for half in 0..2 {
                let scale = v128_load(scales.as_ptr().add(4 * half).cast());
                for r in 0..2 {
                    let sum = f32x4_convert_i32x4(i32x4_add(i32x4_shl(high[r][half], 7), low[r][half]));
                    let scale = f32x4_mul(scale, f32x4_splat(x_scales[r]));
                    totals[r][half] = f32x4_add(f32x4_mul(sum, scale), totals[r][half]);
                }
            }
        }
        for r in 0..2 {
            for half in 0..2 {
                v128_store(to.add(4 * (2 * r + half)).cast(), totals[r][half]);
            }
        }
    }
}

#[target_feature(enable = "relaxed-simd")]
#[inline(never)]
unsafe fn one_row(operands: &Operands<'_>, to: *mut f32) {
    let groups = operands.block / 4;
    // SAFETY: the caller's.
    unsafe {
        let mut totals = [f32x4_splat(0.0); 2];
        let (mut x, mut values) = (operands.x.as_ptr(), operands.values.as_ptr());
        for ((scales, starts), &x_scale) in blocks(operands).zip(operands.x_scales) {
            let mut high = [v128_load(starts.as_ptr().cast()), v128_load(starts.as_ptr().add(4).cast())];
            let mut low = [i32x4_splat(0); 2];
            for _ in 0..groups {
                let parts = (v128_load32_splat(x.cast()), v128_load32_splat(x.add(4).cast()));
                for half in 0..2 {
                    let column = v128_load(values.add(16 * half).cast());
                    high[half] = i32x4_relaxed_dot_i8x16_i7x16_add(column, parts.0, high[half]);
                    low[half] = i32x4_relaxed_dot_i8x16_i7x16_add(column, parts.1, low[half]);
                }
                x = x.add(8);
                values = values.add(32);
            }
            for half in 0..2 {
                let scale = v128_load(scales.as_ptr().add(4 * half).cast());
                let sum = f32x4_convert_i32x4(i32x4_add(i32x4_shl(high[half], 7), low[half]));
                let scale = f32x4_mul(scale, f32x4_splat(x_scale));
                totals[half] = f32x4_add(f32x4_mul(sum, scale), totals[half]);
            }
        }
        for half in 0..2 {
            v128_store(to.add(4 * half).cast(), totals[half]);
        }
    }
}
