//! WebAssembly's fixed-width SIMD.

use core::arch::wasm32::*;

use super::simd::{SHIFT, Simd};

#[derive(Clone, Copy)]
pub(crate) struct Simd128;

impl Simd for Simd128 {
    const LANES: usize = 4;
    const ROWS: usize = 4;
    type Vector = v128;
    type Integers = v128;

    #[inline(always)]
    unsafe fn splat(value: f32) -> v128 {
        f32x4_splat(value)
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> v128 {
        // SAFETY: the caller's.
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: v128) {
        // SAFETY: the caller's.
        unsafe { v128_store(to.cast(), value) }
    }
    #[inline(always)]
    unsafe fn add(a: v128, b: v128) -> v128 {
        f32x4_add(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: v128, b: v128) -> v128 {
        f32x4_sub(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: v128, b: v128) -> v128 {
        f32x4_mul(a, b)
    }
    #[inline(always)]
    unsafe fn div(a: v128, b: v128) -> v128 {
        f32x4_div(a, b)
    }
    #[inline(always)]
    unsafe fn max(a: v128, b: v128) -> v128 {
        f32x4_pmax(a, b)
    }
    #[inline(always)]
    unsafe fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }
    #[inline(always)]
    unsafe fn abs(a: v128) -> v128 {
        f32x4_abs(a)
    }
    #[inline(always)]
    unsafe fn larger_bits(a: v128, b: v128) -> v128 {
        i32x4_max(a, b)
    }
    #[inline(always)]
    unsafe fn power_of_two(shifted: v128) -> v128 {
        i32x4_add(i32x4_shl(shifted, 23), i32x4_splat(127 << 23))
    }
    #[inline(always)]
    unsafe fn select_less(a: v128, b: v128, yes: v128, no: v128) -> v128 {
        v128_bitselect(yes, no, f32x4_lt(a, b))
    }
    #[inline(always)]
    unsafe fn integers(value: i32) -> v128 {
        i32x4_splat(value)
    }
    #[inline(always)]
    unsafe fn widen(from: *const i8) -> v128 {
        // SAFETY: the caller's.
        unsafe { i16x8_load_extend_i8x8(from) }
    }
    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> v128 {
        // SAFETY: the caller's.
        unsafe { v128_load32_splat(from.cast()) }
    }
    #[inline(always)]
    unsafe fn dot_add(a: v128, b: v128, sum: v128) -> v128 {
        i32x4_add(i32x4_dot_i16x8(a, b), sum)
    }
    #[inline(always)]
    unsafe fn to_floats(a: v128) -> v128 {
        f32x4_convert_i32x4(a)
    }
    #[inline(always)]
    unsafe fn store_pairs(to: *mut i16, stride: usize, a: v128) {
        let integers = i32x4_sub(f32x4_add(a, f32x4_splat(SHIFT)), f32x4_splat(SHIFT));
        let pairs = i16x8_narrow_i32x4(integers, integers);
        // SAFETY: the caller's.
        unsafe {
            v128_store32_lane::<0>(pairs, to.cast());
            v128_store32_lane::<1>(pairs, to.add(stride).cast());
        }
    }
}
