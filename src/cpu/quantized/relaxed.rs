//! The 8-bit dot products of WebAssembly's relaxed SIMD, four inputs at a time.
//!
//! i32x4.relaxed_dot_i8x16_i7x16_add is the same everywhere as long as its second operand stays below 128. So x, which
//! is rounded to 14 bits, is made positive by adding 8192 and cut into two parts of 7 bits, and what was added is taken
//! off again by what a block's sum begins with: Σ w x = 128 (Σ w high - 64 Σ w) + Σ w low. The high parts are summed first,
//! then the low ones, in the same registers, so that a tile of twelve sums fits into the sixteen that a browser has.

use core::arch::wasm32::*;

use super::{LARGEST_BLOCK, Operands};
use crate::cpu::simd::{SHIFT, Simd};

/// What x is rounded to, and how many of them one number takes.
pub(super) type Integer = u8;
pub(super) const PARTS: usize = 2;
/// Inputs that one instruction takes.
pub(super) const GROUP: usize = 4;
/// Vectors in a panel's row.
pub(super) const VECTORS: usize = 6;
/// Of the sum of the high parts.
pub(super) const START: Option<fn(&[i8]) -> i32> =
    Some(|block| -64 * block.iter().map(|&value| i32::from(value)).sum::<i32>());

/// Floats in a panel's row.
const WIDTH: usize = 4 * VECTORS;

/// Rows of a tile.
pub(super) fn tile_rows<S: Simd>() -> usize {
    2
}

/// Rounds a block of a row, times `up`, into row `r` of its part of a tile (high and low, block/4, rows, 4).
///
/// # Safety
/// The block's length is a multiple of 4; the tile has room for `rows` rows, which are more than `r`.
#[inline(always)]
pub(super) unsafe fn round<S: Simd>(block: &[f32], up: f32, tile: &mut [Integer], r: usize, rows: usize) {
    // SAFETY: vectors within the block; its groups lie within the tile.
    unsafe {
        let mut to = tile.as_mut_ptr().add(4 * r);
        let to_low = rows * block.len();
        for from in block.chunks_exact(4) {
            let scaled = f32x4_mul(v128_load(from.as_ptr().cast()), f32x4_splat(up));
            let positive =
                i32x4_sub(f32x4_add(scaled, f32x4_splat(SHIFT)), i32x4_splat(SHIFT.to_bits() as i32 - 8192));
            let low = v128_and(positive, i32x4_splat(127));
            let shorts = i16x8_narrow_i32x4(i32x4_shr(positive, 7), low);
            let bytes = u8x16_narrow_i16x8(shorts, shorts);
            v128_store32_lane::<0>(bytes, to.cast());
            v128_store32_lane::<1>(bytes, to.add(to_low).cast());
            to = to.add(4 * rows);
        }
    }
}

/// The sums of R rows, at most 2, by a panel's columns, as (R, W).
///
/// # Safety
/// The operands are whole, and `to` has room.
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const R: usize>(operands: &Operands<'_>, to: *mut f32) {
    debug_assert!(R <= 2 && S::LANES == 4 && operands.block <= LARGEST_BLOCK);
    // SAFETY: the caller's; this build is loaded only where there is relaxed SIMD.
    unsafe {
        match R {
            1 => rows::<1>(operands, to),
            _ => rows::<2>(operands, to),
        }
    }
}

/// Adds the products of a block's rows (groups, R, 4) and columns (groups, W, 4) to `$sums`, (R, VECTORS) of four.
///
/// Written out, without pointers to move, and with a way out after each group, since the compiler reorders what lies
/// between two branches: it would load a whole block's columns before it uses them, for which no processor has registers.
macro_rules! add_products {
    ($sums:ident, $rows:ident, $columns:ident, $groups:ident: $($group:literal)*) => {
        'products: {
            $(
                let parts: [v128; R] =
                    std::array::from_fn(|r| v128_load32_splat($rows.add(4 * (R * $group + r)).cast()));
                for vector in 0..VECTORS {
                    let column = v128_load($columns.add(4 * (WIDTH * $group + 4 * vector)).cast());
                    for r in 0..R {
                        $sums[r][vector] = i32x4_relaxed_dot_i8x16_i7x16_add(column, parts[r], $sums[r][vector]);
                    }
                }
                if $groups == $group + 1 {
                    break 'products;
                }
            )*
        }
    };
}

// A function of its own, as that of floats.
#[target_feature(enable = "relaxed-simd")]
#[inline(never)]
unsafe fn rows<const R: usize>(operands: &Operands<'_>, to: *mut f32) {
    let groups = operands.block / GROUP;
    // SAFETY: the caller's.
    unsafe {
        let mut totals = [[f32x4_splat(0.0); VECTORS]; R];
        let (mut x, mut values) = (operands.x.as_ptr(), operands.values.as_ptr());
        let blocks = operands.scales.chunks_exact(WIDTH).zip(operands.starts.chunks_exact(WIDTH));
        for ((scales, starts), x_scales) in blocks.zip(operands.x_scales.chunks_exact(R)) {
            let starts = std::array::from_fn(|vector| v128_load(starts.as_ptr().add(4 * vector).cast()));
            let mut sums: [[v128; VECTORS]; R] = [starts; R];
            add_products!(sums, x, values, groups: 0 1 2 3 4 5 6 7);
            sums = sums.map(|sums| sums.map(|sum| i32x4_shl(sum, 7)));
            x = x.add(GROUP * R * groups);
            // Or the compiler keeps columns for this, in memory, where they are anyway.
            values = std::hint::black_box(values);
            add_products!(sums, x, values, groups: 0 1 2 3 4 5 6 7);
            x = x.add(GROUP * R * groups);
            values = values.add(GROUP * WIDTH * groups);
            for vector in 0..VECTORS {
                let scale = v128_load(scales.as_ptr().add(4 * vector).cast());
                for r in 0..R {
                    let scale = f32x4_mul(scale, f32x4_splat(x_scales[r]));
                    let sum = f32x4_mul(f32x4_convert_i32x4(sums[r][vector]), scale);
                    totals[r][vector] = f32x4_add(sum, totals[r][vector]);
                }
            }
        }
        for (r, totals) in totals.iter().enumerate() {
            for (vector, &total) in totals.iter().enumerate() {
                v128_store(to.add(WIDTH * r + 4 * vector).cast(), total);
            }
        }
    }
}
