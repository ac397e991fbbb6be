//! The operations that take a matrix row by row: softmax and layer normalisation.

use super::functions::exp;
use super::simd::{Simd, Task, dispatch, larger};
use crate::ops::scores::MASKED;

/// Does the same for every vector of a row of `$len` floats: `$n` is the vector's length but for the last one. No
/// function with a closure, which would not be compiled for the instruction set that it is called from.
macro_rules! each {
    ($S:ty, $len:expr, |$at:ident, $n:ident| $body:expr) => {{
        let len = $len;
        let mut $at = 0;
        while $at + <$S>::LANES <= len {
            let $n = <$S>::LANES;
            $body;
            $at += $n;
        }
        if $at < len {
            let $n = len - $at;
            $body;
        }
    }};
}

/// Softmax of each row of `keys` scores, in place. A masked score gets no weight; a row of nothing else is zeros.
pub(super) fn softmax(scores: &mut [f32], keys: usize) {
    dispatch(Softmax { scores, keys });
}

/// (x - mean) / √(variance + ε) · weight + bias, over rows as long as `weight`.
pub(super) fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], epsilon: f32, out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "layer_norm: x and out differ in length");
    assert_eq!(weight.len(), bias.len(), "layer_norm: weight and bias differ in length");
    dispatch(LayerNorm { x, weight, bias, epsilon, out });
}

struct Softmax<'a> {
    scores: &'a mut [f32],
    keys: usize,
}

impl Task for Softmax<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for row in self.scores.chunks_exact_mut(self.keys) {
            // SAFETY: the instruction set is the caller's.
            unsafe {
                let mut largest = S::splat(MASKED);
                each!(S, row.len(), |at, n| largest = S::max(largest, load::<S>(row, at, n, MASKED)));
                let largest = S::reduce(largest, larger);
                // Of nothing but masked scores, that e to the power of them is 0, too.
                let shift = S::splat(if largest < 0.5 * MASKED { 0.0 } else { largest });
                let mut sum = S::splat(0.0);
                each!(S, row.len(), |at, n| {
                    // Of MASKED this is 0; NaN stays NaN.
                    let raised = exp::<S>(S::sub(load::<S>(row, at, n, MASKED), shift));
                    store::<S>(row, at, n, raised);
                    sum = S::add(sum, raised);
                });
                let sum = S::reduce(sum, |a, b| a + b);
                let scale = S::splat(if sum == 0.0 { 0.0 } else { 1.0 / sum });
                each!(S, row.len(), |at, n| {
                    let raised = load::<S>(row, at, n, 0.0);
                    store::<S>(row, at, n, S::mul(raised, scale));
                });
            }
        }
    }
}

struct LayerNorm<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    epsilon: f32,
    out: &'a mut [f32],
}

impl Task for LayerNorm<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let width = self.weight.len();
        for (x, out) in self.x.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            // SAFETY: the instruction set is the caller's.
            unsafe {
                let mut sum = S::splat(0.0);
                each!(S, width, |at, n| sum = S::add(sum, load::<S>(x, at, n, 0.0)));
                let mean = S::reduce(sum, |a, b| a + b) / width as f32;
                // Around the mean, in a second pass: Σx² - mean² loses digits.
                let mut squares = S::splat(0.0);
                each!(S, width, |at, n| {
                    let centred = S::sub(load::<S>(x, at, n, mean), S::splat(mean));
                    squares = S::mul_add(centred, centred, squares);
                });
                let variance = S::reduce(squares, |a, b| a + b) / width as f32;
                let scale = S::splat(1.0 / (variance + self.epsilon).sqrt());
                each!(S, width, |at, n| {
                    let centred = S::sub(load::<S>(x, at, n, 0.0), S::splat(mean));
                    let weight = load::<S>(self.weight, at, n, 0.0);
                    let bias = load::<S>(self.bias, at, n, 0.0);
                    store::<S>(out, at, n, S::mul_add(S::mul(centred, scale), weight, bias));
                });
            }
        }
    }
}

/// `n` floats from `at`, the lanes past them `fill`.
#[inline(always)]
unsafe fn load<S: Simd>(row: &[f32], at: usize, n: usize, fill: f32) -> S::Vector {
    // SAFETY: a whole vector lies within the row; a part is copied first.
    unsafe {
        if n == S::LANES {
            S::load(row.as_ptr().add(at))
        } else {
            let mut lanes = [fill; 16];
            lanes[..n].copy_from_slice(&row[at..at + n]);
            S::load(lanes.as_ptr())
        }
    }
}

/// The first `n` lanes to `at`.
#[inline(always)]
unsafe fn store<S: Simd>(row: &mut [f32], at: usize, n: usize, value: S::Vector) {
    // SAFETY: as for `load`.
    unsafe {
        if n == S::LANES {
            S::store(row.as_mut_ptr().add(at), value);
        } else {
            let mut lanes = [0.0; 16];
            S::store(lanes.as_mut_ptr(), value);
            row[at..at + n].copy_from_slice(&lanes[..n]);
        }
    }
}
