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
mod tests {
    use super::super::tests::numbers;
    use super::*;

    const WIDTH: usize = 96;

    /// The second moments of rows of which neighbours are much alike.
    fn moments() -> Vec<f64> {
        let noise = numbers(7, 200 * (WIDTH + 8));
        let mut matrix = vec![0.0; WIDTH * WIDTH];
        for noise in noise.chunks(WIDTH + 8) {
            let row: Vec<f64> =
                (0..WIDTH).map(|at| noise[at..at + 8].iter().map(|&x| f64::from(x)).sum()).collect();
            for (at, out) in matrix.iter_mut().enumerate() {
                *out += row[at / WIDTH] * row[at % WIDTH];
            }
        }
        matrix
    }

    /// d M dᵀ.
    fn cost(errors: &[f64], matrix: &[f64]) -> f64 {
        let width = errors.len();
        (0..width * width).map(|at| errors[at / width] * matrix[at] * errors[at % width]).sum()
    }

    fn with_floor(mut matrix: Vec<f64>, width: usize, floor: f64) -> Vec<f64> {
        let trace: f64 = (0..width).map(|at| matrix[at * width + at]).sum();
        (0..width).for_each(|at| matrix[at * width + at] += floor * trace / width as f64);
        matrix
    }

    /// The errors that cost least of all numbers before those of which the errors `later` are known, by elimination.
    fn best_before(later: &[f64], matrix: &[f64], width: usize) -> Vec<f64> {
        let count = width - later.len();
        let mut rows: Vec<Vec<f64>> = (0..count)
            .map(|row| {
                let of = |column: usize| matrix[row * width + column];
                let right: f64 = later.iter().enumerate().map(|(at, error)| -of(count + at) * error).sum();
                (0..count).map(of).chain([right]).collect()
            })
            .collect();
        for pivot in 0..count {
            let from = rows[pivot].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|(index, _)| *index != pivot) {
                let times = row[pivot] / from[pivot];
                row.iter_mut().zip(&from).for_each(|(value, from)| *value -= times * from);
            }
        }
        rows.iter().enumerate().map(|(at, row)| row[count] / row[at]).collect()
    }

    #[test]
    fn a_small_row_is_rounded_as_by_hand() {
        // d M dᵀ = 2 d₁² + 4 d₁d₂ + 4 d₂². The second counts most and is rounded first, to 0, off by 0.4. For that the
        // first had better be 0.4 larger, 0.8, which is nearer to 1.
        let metric = Metric::new(&[2.0, 2.0, 2.0, 4.0], 2, 0.0).unwrap();
        assert_eq!(metric.round(&[0.4, 0.4], &[f16::ONE], 2), [1, 0]);
        // Without the second, it is 0.
        assert_eq!(metric.round(&[0.4, 0.0], &[f16::ONE], 2), [0, 0]);
        // The other way round, too.
        let metric = Metric::new(&[4.0, 2.0, 2.0, 2.0], 2, 0.0).unwrap();
        assert_eq!(metric.round(&[0.4, 0.4], &[f16::ONE], 2), [0, 1]);
    }

    /// Each of the integers, from the last on, is nearest to what would cost least after those behind it.
    fn assert_nearest(matrix: &[f64], weights: &[f64], steps: &[f64], integers: &[i8]) {
        let width = weights.len();
        let errors: Vec<f64> =
            (0..width).map(|at| weights[at] - f64::from(integers[at]) * steps[at]).collect();
        for at in (0..width).rev().step_by(5) {
            let best = best_before(&errors[at + 1..], matrix, width);
            let wanted = ((weights[at] - best[at]) / steps[at]).clamp(-127.0, 127.0);
            let off = (wanted - f64::from(integers[at])).abs();
            assert!(off < 0.5 + 1e-6, "at {at}: {} for {wanted}", integers[at]);
        }
    }

    /// Places by their numbers on the diagonal, the smallest first.
    fn order(matrix: &[f64], width: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| matrix[a * (width + 1)].total_cmp(&matrix[b * (width + 1)]));
        order
    }

    #[test]
    fn each_integer_is_nearest_to_what_would_cost_least_after_those_behind_it() {
        let (rows, floor) = (21, 0.02);
        let scales: Vec<f16> = (0..rows * 3).map(|at| f16::from_f32(0.01 + 0.001 * at as f32)).collect();
        let weights = numbers(3, rows * WIDTH);
        let integers = Metric::new(&moments(), WIDTH, floor).unwrap().round(&weights, &scales, 32);
        let order = order(&moments(), WIDTH);
        let floored = &with_floor(moments(), WIDTH, floor);
        let matrix: Vec<f64> = order
            .iter()
            .flat_map(|row| order.iter().map(move |column| floored[row * WIDTH + column]))
            .collect();
        for row in 0..rows {
            let places = || order.iter().map(|column| row * WIDTH + column);
            let weights: Vec<f64> = places().map(|at| weights[at].into()).collect();
            let steps: Vec<f64> = places().map(|at| scales[at / 32].to_f64()).collect();
            let integers: Vec<i8> = places().map(|at| integers[at]).collect();
            assert_nearest(&matrix, &weights, &steps, &integers);
        }
    }

    #[test]
    fn rows_whose_errors_matter_together_are_rounded_as_one_row_under_the_product_of_both_metrics() {
        let (height, width, floor) = (4, 6, 0.05);
        let part = |width: usize| -> Vec<f64> {
            let all = moments();
            (0..width * width).map(|at| all[at / width * WIDTH + at % width]).collect()
        };
        let (of_rows, of_columns) = (part(height), part(width));
        let metrics = [&of_rows, &of_rows].map(|matrix| Metric::new(matrix, height, floor).unwrap());
        let scales = vec![f16::from_f32(0.05); 2 * height * 2];
        let weights = numbers(8, 2 * height * width);
        let integers =
            Metric::new(&of_columns, width, floor).unwrap().round_groups(&metrics, &weights, &scales, 3);

        let (rows, columns) = (order(&of_rows, height), order(&of_columns, width));
        let of_rows = with_floor(of_rows, height, floor);
        let of_columns = with_floor(of_columns, width, floor);
        let places: Vec<(usize, usize)> =
            rows.iter().flat_map(|&row| columns.iter().map(move |&column| (row, column))).collect();
        let matrix: Vec<f64> = places
            .iter()
            .flat_map(|a| places.iter().map(move |b| (a, b)))
            .map(|(a, b)| of_rows[a.0 * height + b.0] * of_columns[a.1 * width + b.1])
            .collect();
        for group in [0, height * width] {
            let at = || places.iter().map(|(row, column)| group + row * width + column);
            let weights: Vec<f64> = at().map(|at| weights[at].into()).collect();
            let integers: Vec<i8> = at().map(|at| integers[at]).collect();
            assert_nearest(&matrix, &weights, &[scales[0].to_f64(); 24], &integers);
        }
        assert_ne!(integers, Metric::new(&part(width), width, floor).unwrap().round(&weights, &scales, 3));
    }

    #[test]
    fn the_errors_cost_less_than_those_of_rounding_to_the_nearest() {
        let weights = numbers(5, 40 * WIDTH);
        let scales = vec![f16::from_f32(1.0 / 127.0); 40 * 3];
        let step = scales[0].to_f64();
        let integers = Metric::new(&moments(), WIDTH, 0.01).unwrap().round(&weights, &scales, 32);
        let matrix = with_floor(moments(), WIDTH, 0.01);
        let (mut shaped, mut nearest) = (0.0, 0.0);
        for (weights, integers) in weights.chunks(WIDTH).zip(integers.chunks(WIDTH)) {
            let errors = |integer: &dyn Fn(usize) -> f64| -> Vec<f64> {
                (0..WIDTH).map(|at| f64::from(weights[at]) - step * integer(at)).collect()
            };
            shaped += cost(&errors(&|at| f64::from(integers[at])), &matrix);
            nearest += cost(&errors(&|at| (f64::from(weights[at]) / step).round()), &matrix);
        }
        assert!(shaped < 0.5 * nearest, "{shaped} and {nearest}");
    }

    #[test]
    fn where_nothing_matters_each_weight_goes_to_the_nearest_and_a_tie_to_the_even_one() {
        let metric = Metric::new(&[0.0; 9], 3, 0.1).unwrap();
        assert_eq!(
            metric.round(&[0.5, 1.5, -0.5, -2.5, 2.501, 300.0], &[f16::ONE; 2], 3),
            [0, 2, 0, -2, 3, 127]
        );
        assert_eq!(metric.round(&[0.5, 1.5, -0.5], &[f16::ZERO], 3), [0, 0, 0]);
    }

    #[test]
    fn what_is_no_metric_is_an_error() {
        for matrix in [[1.0, 0.0, 2.0, 1.0], [1.0, 0.0, f64::NAN, 1.0], [f64::INFINITY, 0.0, 0.0, 1.0]] {
            assert!(Metric::new(&matrix, 2, 0.1).is_err(), "{matrix:?}");
        }
    }
}
