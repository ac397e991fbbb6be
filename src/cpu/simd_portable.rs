//! Arrays of four, which compilers turn into whatever vectors the target always has (SSE2, NEON).

use super::simd::Simd;

#[derive(Clone, Copy)]
pub(crate) struct Portable;

type Vector = [f32; 4];

/// 16-bit integers lie in the low and the high half of each, first and second.
type Integers = [i32; 4];

#[inline(always)]
fn pair(first: i16, second: i16) -> i32 {
    i32::from(first as u16) | i32::from(second) << 16
}

#[inline(always)]
fn zip(a: Vector, b: Vector, with: impl Fn(f32, f32) -> f32) -> Vector {
    [with(a[0], b[0]), with(a[1], b[1]), with(a[2], b[2]), with(a[3], b[3])]
}

impl Simd for Portable {
    const LANES: usize = 4;
    const ROWS: usize = 4;
    type Vector = Vector;
    type Integers = Integers;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Vector {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Vector {
        // SAFETY: the caller's.
        unsafe { from.cast::<Vector>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Vector) {
        // SAFETY: the caller's.
        unsafe { to.cast::<Vector>().write_unaligned(value) }
    }
    #[inline(always)]
    unsafe fn add(a: Vector, b: Vector) -> Vector {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: Vector, b: Vector) -> Vector {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: Vector, b: Vector) -> Vector {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(a: Vector, b: Vector) -> Vector {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn max(a: Vector, b: Vector) -> Vector {
        zip(a, b, |a, b| if a < b { b } else { a })
    }
    #[inline(always)]
    unsafe fn mul_add(a: Vector, b: Vector, c: Vector) -> Vector {
        zip(zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }
    #[inline(always)]
    unsafe fn abs(a: Vector) -> Vector {
        a.map(f32::abs)
    }
    #[inline(always)]
    unsafe fn larger_bits(a: Vector, b: Vector) -> Vector {
        zip(a, b, |a, b| if a.to_bits().cast_signed() < b.to_bits().cast_signed() { b } else { a })
    }
    #[inline(always)]
    unsafe fn power_of_two(shifted: Vector) -> Vector {
        shifted.map(|shifted| f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23)))
    }
    #[inline(always)]
    unsafe fn select_less(a: Vector, b: Vector, yes: Vector, no: Vector) -> Vector {
        let mut out = no;
        for lane in 0..4 {
            if a[lane] < b[lane] {
                out[lane] = yes[lane];
            }
        }
        out
    }
    #[inline(always)]
    unsafe fn integers(value: i32) -> Integers {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn widen(from: *const i8) -> Integers {
        // SAFETY: the caller's.
        let bytes = unsafe { from.cast::<[i8; 8]>().read_unaligned() };
        [0, 2, 4, 6].map(|at| pair(bytes[at].into(), bytes[at + 1].into()))
    }
    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> Integers {
        // SAFETY: the caller's.
        let [first, second] = unsafe { from.cast::<[i16; 2]>().read_unaligned() };
        [pair(first, second); 4]
    }
    #[inline(always)]
    unsafe fn dot_add(a: Integers, b: Integers, sum: Integers) -> Integers {
        let low = |x: i32| i32::from(x as i16);
        let high = |x: i32| x >> 16;
        let mut out = sum;
        for lane in 0..4 {
            out[lane] += low(a[lane]) * low(b[lane]) + high(a[lane]) * high(b[lane]);
        }
        out
    }
    #[inline(always)]
    unsafe fn to_floats(a: Integers) -> Vector {
        a.map(|x| x as f32)
    }
    #[inline(always)]
    unsafe fn store_pairs(to: *mut i16, stride: usize, a: Vector) {
        let rounded = a.map(|x| x.round_ties_even() as i16);
        // SAFETY: the caller's.
        unsafe {
            to.cast::<[i16; 2]>().write_unaligned([rounded[0], rounded[1]]);
            to.add(stride).cast::<[i16; 2]>().write_unaligned([rounded[2], rounded[3]]);
        }
    }
}
