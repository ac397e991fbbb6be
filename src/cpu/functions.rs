//! exp and GELU on vectors.

use super::simd::{SHIFT, Simd};

/// eˣ for x up to 88, within 2 units in the last place; 0 below -87, which is where 32-bit floats run out.
///
/// # Safety
/// The machine has `S`'s instruction set.
#[inline(always)]
pub(super) unsafe fn exp<S: Simd>(x: S::Vector) -> S::Vector {
    // SAFETY: the caller's; arithmetic only.
    unsafe { S::select_less(x, S::splat(LOWEST), S::splat(0.0), exp_of_low::<S>(x)) }
}

/// Where e to the power of it is still an ordinary 32-bit float.
const LOWEST: f32 = -87.0;

/// eˣ for x up to 88, within 2 units in the last place; what it is at -87 for all below. NaN is e⁻⁸⁷ or NaN.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody & Waite 1980, chapter 6), and a polynomial for eʳ.
///
/// # Safety
/// The machine has `S`'s instruction set.
#[inline(always)]
unsafe fn exp_of_low<S: Simd>(x: S::Vector) -> S::Vector {
    // SAFETY: the caller's; arithmetic only.
    unsafe {
        let clamped = S::max(x, S::splat(LOWEST));
        let shifted = S::mul_add(clamped, S::splat(std::f32::consts::LOG2_E), S::splat(SHIFT));
        let n = S::sub(shifted, S::splat(SHIFT));
        // ln 2 in two parts, the first short enough that n times it is exact.
        let r = S::mul_add(n, S::splat(-0.693_359_4), clamped);
        let r = S::mul_add(n, S::splat(2.121_944_4e-4), r);
        // The Taylor series to r⁷; the next term is below 6e-9.
        let mut sum = S::splat(1.0 / 5040.0);
        for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            sum = S::mul_add(sum, r, S::splat(coefficient));
        }
        S::mul(sum, S::power_of_two(shifted))
    }
}

/// GELU with the error function, x/2 (1 + erf(x/√2)) (Hendrycks & Gimpel 2016, arXiv 1606.08415, section 2).
///
/// erf a = 1 - p(t) e^(-a²) for a >= 0, after Abramowitz & Stegun 7.1.26, |error| <= 1.5e-7, as
/// `shaders/shared/gelu.wgsl` has it; with a = |x|/√2 that makes max(x, 0) - |x|/2 · p(t) e^(-a²), for either sign.
///
/// # Safety
/// The machine has `S`'s instruction set.
#[inline(always)]
pub(super) unsafe fn gelu_erf<S: Simd>(x: S::Vector) -> S::Vector {
    // SAFETY: the caller's; arithmetic only.
    unsafe {
        let size = S::abs(x);
        let a = S::mul(size, S::splat(std::f32::consts::FRAC_1_SQRT_2));
        let t = S::div(S::splat(1.0), S::mul_add(a, S::splat(0.327_591_1), S::splat(1.0)));
        let mut poly = S::splat(1.061_405_4);
        for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
            poly = S::mul_add(poly, t, S::splat(coefficient));
        }
        let tail = S::mul(S::mul(poly, t), exp_of_low::<S>(S::mul(S::sub(S::splat(0.0), a), a)));
        S::sub(S::max(x, S::splat(0.0)), S::mul(S::mul(size, S::splat(0.5)), tail))
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Simd, Task, dispatch};
    use super::*;

    /// One vector of each: `exp` and `gelu_erf` of x in every lane.
    struct Both<'a>(f32, &'a mut (f32, f32));
    impl Task for Both<'_> {
        #[inline(always)]
        unsafe fn run<S: Simd>(self) {
            unsafe {
                let x = S::splat(self.0);
                *self.1 = (S::reduce(exp::<S>(x), f32::max), S::reduce(gelu_erf::<S>(x), f32::max));
            }
        }
    }

    fn both(x: f32) -> (f32, f32) {
        let mut out = (0.0, 0.0);
        dispatch(Both(x, &mut out));
        out
    }

    #[test]
    fn exp_is_within_2_ulp_of_the_exact_value() {
        for step in -8699..8800 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(both(x).0) - exact).abs() / (exact * f64::from(f32::EPSILON));
            assert!(error < 2.0, "exp({x}) is off by {error} ulp");
        }
    }

    #[test]
    fn exp_of_very_negative_numbers_is_zero_and_of_nan_is_nan() {
        assert_eq!(both(-88.0).0, 0.0);
        assert_eq!(both(-2.0e4).0, 0.0);
        assert_eq!(both(f32::NEG_INFINITY).0, 0.0);
        assert!(both(f32::NAN).1.is_nan());
    }
}
