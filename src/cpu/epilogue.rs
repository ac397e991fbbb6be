//! What is done to a product's sums on their way out.

use super::functions::gelu_erf;
use super::simd::Simd;

/// Done to the sum at (row, column) of a product.
pub(super) trait Epilogue: Copy {
    /// # Safety
    /// As for [`Simd`]; the vector's columns all lie within the product.
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, row: usize, column: usize) -> S::Vector;
    /// The same for one sum, where a whole vector would stick out of the product.
    ///
    /// # Safety
    /// As for [`Simd`].
    unsafe fn scalar<S: Simd>(&self, sum: f32, row: usize, column: usize) -> f32;
}

/// As it is.
#[derive(Clone, Copy)]
pub(super) struct Nothing;

impl Epilogue for Nothing {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, _row: usize, _column: usize) -> S::Vector {
        sums
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, _row: usize, _column: usize) -> f32 {
        sum
    }
}

/// Times a constant.
#[derive(Clone, Copy)]
pub(super) struct Scale(pub(super) f32);

impl Epilogue for Scale {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, _row: usize, _column: usize) -> S::Vector {
        // SAFETY: the caller's.
        unsafe { S::mul(sums, S::splat(self.0)) }
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, _row: usize, _column: usize) -> f32 {
        sum * self.0
    }
}

/// GELU with the error function.
#[derive(Clone, Copy)]
pub(super) struct Gelu;

impl Epilogue for Gelu {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, _row: usize, _column: usize) -> S::Vector {
        // SAFETY: the caller's.
        unsafe { gelu_erf::<S>(sums) }
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, _row: usize, _column: usize) -> f32 {
        // SAFETY: the caller's.
        unsafe { S::first(gelu_erf::<S>(S::splat(sum))) }
    }
}

/// Plus the same place of a matrix, `stride` floats from row to row.
#[derive(Clone, Copy)]
pub(super) struct Residual<'a> {
    pub(super) rows: &'a [f32],
    pub(super) stride: usize,
}

impl Epilogue for Residual<'_> {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, row: usize, column: usize) -> S::Vector {
        // SAFETY: the vector's columns lie within the product, hence within the residual's row.
        unsafe { S::add(sums, S::load(self.rows.as_ptr().add(row * self.stride + column))) }
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, row: usize, column: usize) -> f32 {
        sum + self.rows[row * self.stride + column]
    }
}

/// Plus a dense layer's bias (O), then something else.
#[derive(Clone, Copy)]
pub(super) struct BiasAnd<'a, E> {
    pub(super) bias: &'a [f32],
    pub(super) then: E,
}

impl<E: Epilogue> Epilogue for BiasAnd<'_, E> {
    #[inline(always)]
    unsafe fn vector<S: Simd>(&self, sums: S::Vector, row: usize, column: usize) -> S::Vector {
        // SAFETY: the vector's columns lie within the product, hence within the bias.
        unsafe {
            let biased = S::add(sums, S::load(self.bias.as_ptr().add(column)));
            self.then.vector::<S>(biased, row, column)
        }
    }

    #[inline(always)]
    unsafe fn scalar<S: Simd>(&self, sum: f32, row: usize, column: usize) -> f32 {
        // SAFETY: the caller's.
        unsafe { self.then.scalar::<S>(sum + self.bias[column], row, column) }
    }
}
