//! AVX2 with fused multiply-add.

use core::arch::x86_64::*;

use super::simd::{Simd, Task};

#[derive(Clone, Copy)]
pub(crate) struct Avx2;

/// Whether this processor has what [`Avx2`] needs.
pub(crate) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// # Safety
/// [`available`] must have said so.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn run(task: impl Task) {
    // SAFETY: the caller's.
    unsafe { task.run::<Avx2>() }
}

// Every function here is inlined into `run`, which has the features that the intrinsics ask for.
impl Simd for Avx2 {
    const LANES: usize = 8;
    const ROWS: usize = 6;
    type Vector = __m256;
    type Integers = __m256i;

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m256 {
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: __m256) {
        unsafe { _mm256_storeu_ps(to, value) }
    }
    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_max_ps(b, a) }
    }
    #[inline(always)]
    unsafe fn mul_add(a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn abs(a: __m256) -> __m256 {
        unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), a) }
    }
    #[inline(always)]
    unsafe fn larger_bits(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b))) }
    }
    #[inline(always)]
    unsafe fn power_of_two(shifted: __m256) -> __m256 {
        unsafe {
            let exponents = _mm256_slli_epi32::<23>(_mm256_castps_si256(shifted));
            _mm256_castsi256_ps(_mm256_add_epi32(exponents, _mm256_set1_epi32(127 << 23)))
        }
    }
    #[inline(always)]
    unsafe fn select_less(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        unsafe { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b)) }
    }
    #[inline(always)]
    unsafe fn integers(value: i32) -> __m256i {
        unsafe { _mm256_set1_epi32(value) }
    }
    #[inline(always)]
    unsafe fn widen(from: *const i8) -> __m256i {
        unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(from.cast())) }
    }
    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> __m256i {
        unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn dot_add(a: __m256i, b: __m256i, sum: __m256i) -> __m256i {
        unsafe { _mm256_add_epi32(_mm256_madd_epi16(a, b), sum) }
    }
    #[inline(always)]
    unsafe fn to_floats(a: __m256i) -> __m256 {
        unsafe { _mm256_cvtepi32_ps(a) }
    }
    #[inline(always)]
    unsafe fn store_pairs(to: *mut i16, stride: usize, a: __m256) {
        unsafe {
            let integers = _mm256_cvtps_epi32(a);
            let pairs = _mm256_packs_epi32(integers, integers);
            // Each half of the register holds its two pairs, twice.
            let halves = [_mm256_castsi256_si128(pairs), _mm256_extracti128_si256::<1>(pairs)];
            for (at, half) in halves.into_iter().enumerate() {
                to.add(2 * at * stride).cast::<i32>().write_unaligned(_mm_extract_epi32::<0>(half));
                to.add((2 * at + 1) * stride).cast::<i32>().write_unaligned(_mm_extract_epi32::<1>(half));
            }
        }
    }
}
