//! Which errors of a row of weights matter, and the rounding that keeps those small.
//!
//! The errors d of a row, one for each input, cost d M dᵀ. With the second moments of what the row meets as M, that is
//! the mean square of what they change. The integers are chosen from the last to the first, each so that it makes up,
//! as far as M lets it, for the errors of those after it (Babai 1986, "On Lovász' lattice reduction and the nearest
//! lattice point problem"; GPTQ, arXiv 2210.17323, is the same in another order).

use std::ops::Range;

use anyhow::{Result, ensure};
use half::f16;

use super::LARGEST;
use super::product::{Doubles, Rows, share_out};

/// Columns that are computed together.
const BLOCK: usize = 32;
/// Rows that a thread takes at once.
const ROWS: usize = 16;

/// M = L Lᵀ, its rows and columns in the order of its diagonal, the smallest first: where the largest are rounded first,
/// most is left to make up for them.
pub struct Metric {
    width: usize,
    order: Vec<usize>,
    lower: Vec<f64>, // L (width, width); above the diagonal anything
    /// What errors after a block of columns add to it: of each block, L's rows after it, its columns.
    after: Vec<Doubles>,
}

impl Metric {
    /// Of M (width, width), with `floor` times its mean eigenvalue added to all of them: what was never met may be met
    /// yet. Errors when that leaves none above zero, or one isn't finite.
    pub fn new(matrix: &[f64], width: usize, floor: f64) -> Result<Self> {
        let diagonal = |at: usize| matrix[at * width + at];
        let mean = (0..width).map(diagonal).sum::<f64>() / width as f64;
        // Where nothing matters, all errors are alike.
        let floor = if mean == 0.0 { 1.0 } else { floor * mean };
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| diagonal(a).total_cmp(&diagonal(b)));
        let in_order = |row: usize| order.iter().map(move |column| matrix[row * width + column]);
        let mut lower: Vec<f64> = order.iter().flat_map(|&row| in_order(row)).collect();
        lower.iter_mut().step_by(width + 1).for_each(|value| *value += floor);
        let blocks = || (0..width).step_by(BLOCK).map(|start| start..width.min(start + BLOCK));
        for columns in blocks() {
            factor(&mut lower, width, columns)?;
        }
        let after_block = |columns: Range<usize>| {
            let data = lower.get(columns.end * width + columns.start..).unwrap_or_default();
            Doubles::of(Rows { data, stride: width, count: width - columns.end }, columns.len())
        };
        let after = blocks().map(after_block).collect();
        Ok(Self { width, order, lower, after })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The integers of `weights` (rows, width), whose blocks of `block` numbers have these `scales`.
    pub fn round(&self, weights: &[f32], scales: &[f16], block: usize) -> Vec<i8> {
        let mut integers = vec![0; weights.len()];
        share_out(&mut integers, ROWS * self.width, |part, integers| {
            let first = part * ROWS * self.width;
            let (mut wanted, steps) =
                self.in_order(&weights[first..][..integers.len()], &scales[first / block..], block);
            self.round_rows(&mut wanted, &steps, integers);
        });
        integers
    }

    /// The same where the rows' errors matter together, as many rows each as one of the metrics `of_rows` is wide: d
    /// (rows, width) costs the sum of the squares of Kᵀ d L, K Kᵀ being the metric of those rows.
    pub fn round_groups(&self, of_rows: &[Self], weights: &[f32], scales: &[f16], block: usize) -> Vec<i8> {
        let width = self.width;
        let height = of_rows.first().map_or(1, |metric| metric.width);
        let mut integers = vec![0; weights.len()];
        share_out(&mut integers, height * width, |group, integers| {
            let first = group * height * width;
            let (mut wanted, steps) =
                self.in_order(&weights[first..][..integers.len()], &scales[first / block..], block);
            let rows = &of_rows[group];
            for (at, &row) in rows.order.iter().enumerate().rev() {
                let mut carried = vec![0.0; width];
                for (later, &other) in rows.order.iter().enumerate().skip(at + 1) {
                    let factor = rows.lower[later * height + at] / rows.lower[at * height + at];
                    let missed = &wanted[other * width..][..width];
                    carried.iter_mut().zip(missed).for_each(|(sum, missed)| *sum += factor * missed);
                }
                let of_row = row * width..(row + 1) * width;
                let wanted = &mut wanted[of_row.clone()];
                wanted.iter_mut().zip(&carried).for_each(|(wanted, carried)| *wanted += carried);
                self.round_rows(wanted, &steps[of_row.clone()], &mut integers[of_row]);
                wanted.iter_mut().zip(&carried).for_each(|(wanted, carried)| *wanted -= carried);
            }
        });
        integers
    }

    /// Whole rows of `weights`, and each one's scale, in the metric's order.
    fn in_order(&self, weights: &[f32], scales: &[f16], block: usize) -> (Vec<f64>, Vec<f64>) {
        let width = self.width;
        let rows = weights.chunks_exact(width).zip(scales.chunks_exact(width / block));
        rows.flat_map(|(weights, scales)| {
            self.order.iter().map(|&column| (f64::from(weights[column]), scales[column / block].to_f64()))
        })
        .unzip()
    }

    /// The `integers` of some rows, of what is `wanted` in multiples of `steps`; what they miss is left in `wanted`. Both
    /// are in the metric's order, the integers are not.
    fn round_rows(&self, wanted: &mut [f64], steps: &[f64], integers: &mut [i8]) {
        let width = self.width;
        for (block, after) in self.after.iter().enumerate().rev() {
            let columns = block * BLOCK..width.min((block + 1) * BLOCK);
            let mut carried = vec![[0.0; BLOCK]; wanted.len() / width];
            if columns.end < width {
                let later = Rows { data: &wanted[columns.end..], stride: width, count: carried.len() };
                after.multiply(later, columns.len(), |row, column, sums| {
                    carried[row][column..][..sums.len()].copy_from_slice(sums);
                });
            }
            for (row, carried) in carried.iter_mut().enumerate() {
                for column in columns.clone().rev() {
                    let at = row * width + column;
                    let factors = &self.lower[column * width..][columns.start..=column];
                    let place = column - columns.start;
                    let integer = integer_of(wanted[at] + carried[place] / factors[place], steps[at]);
                    integers[row * width + self.order[column]] = integer;
                    wanted[at] -= f64::from(integer) * steps[at];
                    carried.iter_mut().zip(factors).for_each(|(sum, factor)| *sum += wanted[at] * factor);
                }
            }
        }
    }
}

/// The columns `columns` of L, from the diagonal down, where those before are there already.
fn factor(matrix: &mut [f64], width: usize, columns: Range<usize>) -> Result<()> {
    let (start, block) = (columns.start, columns.len());
    let below = &mut matrix[start * width..];
    let before =
        Doubles::of_transposed(Rows { data: &below[..block * width], stride: width, count: block }, start);
    share_out(below, ROWS * width, |_, rows| {
        let mut sums = vec![0.0; rows.len() / width * block];
        before.multiply(Rows::whole(rows, width), block, |row, column, part| {
            sums[row * block + column..][..part.len()].copy_from_slice(part);
        });
        for (row, sums) in rows.chunks_exact_mut(width).zip(sums.chunks_exact(block)) {
            for (value, sum) in row[columns.clone()].iter_mut().zip(sums) {
                *value -= sum;
            }
        }
    });
    let (corner, below) = below.split_at_mut(block * width);
    let mut above = Vec::with_capacity(block * block); // (rows so far, block)
    for (index, row) in corner.chunks_exact_mut(width).enumerate() {
        let row = &mut row[columns.clone()];
        solve(row, &above);
        let pivot = row[index] - row[..index].iter().map(|value| value * value).sum::<f64>();
        ensure!(pivot > 0.0 && pivot.is_finite(), "what it reads has second moments that are no metric");
        row[index] = pivot.sqrt();
        above.extend_from_slice(row);
    }
    share_out(below, ROWS * width, |_, rows| {
        for row in rows.chunks_exact_mut(width) {
            solve(&mut row[columns.clone()], &above);
        }
    });
    Ok(())
}

/// As many numbers of `row` as there are rows `above`, so that those times `row` are what it was.
fn solve(row: &mut [f64], above: &[f64]) {
    for (index, above) in above.chunks_exact(row.len()).enumerate() {
        let sum: f64 = row.iter().zip(&above[..index]).map(|(value, factor)| value * factor).sum();
        row[index] = (row[index] - sum) / above[index];
    }
}

fn integer_of(wanted: f64, step: f64) -> i8 {
    if step == 0.0 {
        return 0;
    }
    // The rounded scale can be a little smaller than the largest weight needs.
    let largest = f64::from(LARGEST);
    (wanted / step).round_ties_even().clamp(-largest, largest) as i8
}

#[cfg(test)]
mod tests;
