//! Products of matrices, the same to the last bit on every machine.
//!
//! Each sum is taken from its first term to its last, each product rounded before it is added. Vectors and threads
//! only share out the sums among themselves, so it doesn't matter which or how many there are.

use std::ops::{Add, Mul};
use std::sync::Mutex;
use std::thread;

pub trait Number: Copy + Default + Send + Sync + Add<Output = Self> + Mul<Output = Self> {}
impl Number for f32 {}
impl Number for f64 {}

/// A matrix (count, columns) that is part of one with `stride` numbers from row to row.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    pub data: &'a [T],
    pub stride: usize,
    pub count: usize,
}

impl<'a, T> Rows<'a, T> {
    /// A whole matrix.
    pub fn whole(data: &'a [T], columns: usize) -> Self {
        Self { data, stride: columns, count: data.len() / columns }
    }

    fn row(&self, row: usize, columns: usize) -> &'a [T] {
        &self.data[row * self.stride..][..columns]
    }
}

/// A product's right-hand side (inner, columns), in panels of W columns, zeros past the last.
pub struct Panels<T, const W: usize> {
    inner: usize,
    columns: usize,
    data: Vec<[T; W]>, // (panels, inner)
}

/// As many columns as a tile of four rows can have in the registers that every processor has.
pub type Floats = Panels<f32, 8>;
pub type Doubles = Panels<f64, 4>;

/// Rows of a tile.
const TILE: usize = 4;

impl<T: Number, const W: usize> Panels<T, W> {
    /// Of `rows` (inner, columns).
    pub fn of(rows: Rows<'_, T>, columns: usize) -> Self {
        let mut panels = Self::zeros(rows.count, columns);
        for (panel, to) in panels.data.chunks_exact_mut(rows.count.max(1)).enumerate() {
            let within = panel * W..columns.min((panel + 1) * W);
            for (row, to) in to.iter_mut().enumerate() {
                to[..within.len()].copy_from_slice(&rows.row(row, columns)[within.clone()]);
            }
        }
        panels
    }

    /// Of the transpose of `rows` (columns, inner).
    pub fn of_transposed(rows: Rows<'_, T>, inner: usize) -> Self {
        let mut panels = Self::zeros(inner, rows.count);
        for column in 0..rows.count {
            let to = &mut panels.data[column / W * inner..][..inner];
            for (to, &from) in to.iter_mut().zip(rows.row(column, inner)) {
                to[column % W] = from;
            }
        }
        panels
    }

    fn zeros(inner: usize, columns: usize) -> Self {
        Self { inner, columns, data: vec![[T::default(); W]; columns.div_ceil(W) * inner] }
    }

    /// `left` (count, inner) times this, as far as its first `columns` columns; each part of a row of the product goes
    /// to `out` with the row and the first column.
    pub fn multiply(&self, left: Rows<'_, T>, columns: usize, mut out: impl FnMut(usize, usize, &[T])) {
        for column in (0..columns.min(self.columns)).step_by(W) {
            let panel = &self.data[column / W * self.inner..][..self.inner];
            for row in (0..left.count).step_by(TILE) {
                // Past the last row, it is taken again.
                let rows = [0, 1, 2, 3].map(|next| left.row((row + next).min(left.count - 1), self.inner));
                let sums = tile(rows, panel);
                for (next, sums) in sums.iter().enumerate().take(left.count - row) {
                    out(row + next, column, &sums[..W.min(self.columns - column)]);
                }
            }
        }
    }
}

#[inline(always)]
fn tile<T: Number, const W: usize>([a, b, c, d]: [&[T]; TILE], panel: &[[T; W]]) -> [[T; W]; TILE] {
    let mut sums = [[T::default(); W]; TILE];
    for ((((right, &a), &b), &c), &d) in panel.iter().zip(a).zip(b).zip(c).zip(d) {
        for (sums, left) in sums.iter_mut().zip([a, b, c, d]) {
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = *sum + left * right;
            }
        }
    }
    sums
}

/// The first `columns` columns of `data`, which has `stride` numbers a row, as rows.
pub fn transposed(data: &[f32], stride: usize, columns: usize) -> Vec<f32> {
    let count = data.len().div_ceil(stride);
    let mut out = vec![0.0; count * columns];
    for (row, from) in data.chunks(stride).enumerate() {
        for (column, &from) in from.iter().take(columns).enumerate() {
            out[column * count + row] = from;
        }
    }
    out
}

/// Cuts `data` into parts of `len` numbers, and gives each with its number to `work`, on all of this machine's threads.
pub fn share_out<T: Send>(data: &mut [T], len: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let parts = Mutex::new(data.chunks_mut(len.max(1)).enumerate());
    let next = || parts.lock().ok().and_then(|mut parts| parts.next());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((index, part)) = next() {
                    work(index, part);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbers;
    use super::*;

    /// Term by term, in order.
    fn plain(left: &[f32], right: &[f32], inner: usize, columns: usize) -> Vec<f32> {
        let mut out = Vec::new();
        for left in left.chunks(inner) {
            for column in 0..columns {
                let mut sum = 0.0;
                for (at, left) in left.iter().enumerate() {
                    sum += left * right[at * columns + column];
                }
                out.push(sum);
            }
        }
        out
    }

    fn product(panels: &Floats, left: &[f32], inner: usize, columns: usize) -> Vec<f32> {
        let mut out = vec![f32::NAN; left.len() / inner * columns];
        panels.multiply(Rows::whole(left, inner), columns, |row, column, sums| {
            out[row * columns + column..][..sums.len()].copy_from_slice(sums);
        });
        out
    }

    #[test]
    fn a_product_has_the_bits_of_its_sums_taken_in_order() {
        for (rows, inner, columns) in [(1, 1, 1), (4, 5, 8), (7, 33, 13), (9, 100, 40)] {
            let (left, right) = (numbers(1, rows * inner), numbers(2, inner * columns));
            let expected = plain(&left, &right, inner, columns);
            let panels = Floats::of(Rows::whole(&right, columns), columns);
            assert_eq!(product(&panels, &left, inner, columns), expected);
            let turned = transposed(&right, columns, columns);
            let panels = Floats::of_transposed(Rows::whole(&turned, inner), inner);
            assert_eq!(product(&panels, &left, inner, columns), expected);
        }
    }

    #[test]
    fn every_part_is_given_out_once() {
        let mut data = vec![0; 1000];
        share_out(&mut data, 7, |index, part| part.iter_mut().for_each(|value| *value += index + 1));
        assert!(data.iter().enumerate().all(|(at, &value)| value == at / 7 + 1), "{data:?}");
    }
}
