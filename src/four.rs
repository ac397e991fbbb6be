//! Rows of hundreds of numbers, four at a time: by hand, since the page's program is built for size, without vectors. A
//! rollout takes a fifth of the time by that.
//!
//! Elsewhere than in WebAssembly four numbers are an array, of which a native build makes vectors by itself. Both add up in
//! the same order.

#[cfg(target_arch = "wasm32")]
use std::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_pmax, f32x4_splat, v128, v128_load, v128_store};

/// Four numbers.
#[derive(Clone, Copy)]
#[cfg(target_arch = "wasm32")]
pub struct Four(v128);

#[cfg(target_arch = "wasm32")]
impl Four {
    #[inline(always)]
    pub fn all(number: f32) -> Self {
        Self(f32x4_splat(number))
    }

    #[inline(always)]
    pub fn of(numbers: &[f32; 4]) -> Self {
        // SAFETY: there are four to read; they need not be aligned.
        Self(unsafe { v128_load(numbers.as_ptr().cast()) })
    }

    #[inline(always)]
    pub fn put(self, into: &mut [f32; 4]) {
        // SAFETY: likewise to write.
        unsafe { v128_store(into.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    pub fn times(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    /// The other where it is larger. What is no number is not.
    #[inline(always)]
    pub fn raised(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }
}

/// Four numbers.
#[derive(Clone, Copy)]
#[cfg(not(target_arch = "wasm32"))]
pub struct Four([f32; 4]);

#[cfg(not(target_arch = "wasm32"))]
impl Four {
    pub fn all(number: f32) -> Self {
        Self([number; 4])
    }

    pub fn of(numbers: &[f32; 4]) -> Self {
        Self(*numbers)
    }

    pub fn put(self, into: &mut [f32; 4]) {
        *into = self.0;
    }

    pub fn plus(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }

    pub fn times(self, other: Self) -> Self {
        self.with(other, |one, other| one * other)
    }

    /// The other where it is larger. What is no number is not.
    pub fn raised(self, other: Self) -> Self {
        self.with(other, |one, other| if other > one { other } else { one })
    }

    fn with(self, other: Self, each: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|at| each(self.0[at], other.0[at])))
    }
}

/// Whether the program has room for what is fast. The viewer, which is to be small, keeps to what is plain.
pub const FAST: bool = cfg!(any(feature = "engine", feature = "inspections"));

/// Each of `into` with what is at its place in `row`, as far as both go.
#[inline(always)]
fn each(into: &mut [f32], row: &[f32], four: impl Fn(Four, Four) -> Four, one: impl Fn(f32, f32) -> f32) {
    let count = into.len().min(row.len());
    let (mut rest, mut others) = (&mut into[..count], &row[..count]);
    if FAST {
        let (fours, left) = rest.as_chunks_mut();
        let (other_fours, others_left) = others.as_chunks();
        fours
            .iter_mut()
            .zip(other_fours)
            .for_each(|(into, other)| four(Four::of(into), Four::of(other)).put(into));
        (rest, others) = (left, others_left);
    }
    rest.iter_mut().zip(others).for_each(|(into, other)| *into = one(*into, *other));
}

/// Adds `row` to `sums`.
pub fn add(sums: &mut [f32], row: &[f32]) {
    each(sums, row, Four::plus, |sum, one| sum + one);
}

/// Takes each of `row` that is larger than what is at its place in `most`.
pub fn raise(most: &mut [f32], row: &[f32]) {
    each(most, row, Four::raised, |most, one| if one > most { one } else { most });
}

/// Divides all of `row`.
pub fn divide(row: &mut [f32], by: f32) {
    row.iter_mut().for_each(|one| *one /= by);
}

/// Multiplies all of `row`.
pub fn scale(row: &mut [f32], by: f32) {
    row.iter_mut().for_each(|one| *one *= by);
}

/// In four sums beside each other.
pub fn sum(row: &[f32]) -> f32 {
    let (fours, rest) = row.as_chunks();
    let sums = fours.iter().fold(Four::all(0.0), |sums, four| sums.plus(Four::of(four)));
    let mut lanes = [0.0; 4];
    sums.put(&mut lanes);
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// The largest, 0 where none is larger.
pub fn largest(row: &[f32]) -> f32 {
    let (fours, rest) = if FAST { row.as_chunks() } else { (&[][..], row) };
    let most = fours.iter().fold(Four::all(0.0), |most, four| most.raised(Four::of(four)));
    let mut lanes = [0.0; 4];
    most.put(&mut lanes);
    lanes.iter().chain(rest).fold(0.0, |most, &one| if one > most { one } else { most })
}

/// a b, all (T, T) with T = `size`.
///
/// Eight columns of b at a time lie close together, and meet four rows of a, so that what is read once is used four times.
#[inline(never)]
pub fn product(a: &[f32], b: &[f32], size: usize, product: &mut Vec<f32>) {
    product.clear();
    product.resize(size * size, 0.0);
    if !FAST {
        for (row, sums) in a.chunks_exact(size.max(1)).zip(product.chunks_exact_mut(size.max(1))) {
            for (&weight, other) in row.iter().zip(b.chunks_exact(size)) {
                add_times(sums, other, weight);
            }
        }
        return;
    }
    let mut panel = vec![[0.0; 8]; size]; // (T, 8)
    for column in (0..size).step_by(8) {
        let width = (size - column).min(8);
        for (columns, row) in panel.iter_mut().zip(b.chunks_exact(size)) {
            columns[..width].copy_from_slice(&row[column..column + width]);
        }
        for first in (0..size).step_by(4) {
            // The last row stands in for those that there are not, and comes to the same as often.
            let rows = [first, first + 1, first + 2, first + 3].map(|row| row.min(size - 1) * size);
            let sums = tile(rows.map(|row| &a[row..row + size]), &panel);
            for (row, sums) in rows.into_iter().zip(&sums) {
                product[row + column..row + column + width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

/// Adds `row`, `by` times.
fn add_times(sums: &mut [f32], row: &[f32], by: f32) {
    let (fours, rest) = sums.as_chunks_mut();
    let (others, last) = row.as_chunks();
    for (sums, other) in fours.iter_mut().zip(others) {
        Four::of(sums).plus(Four::of(other).times(Four::all(by))).put(sums);
    }
    rest.iter_mut().zip(last).for_each(|(sum, one)| *sum += one * by);
}

/// Four rows of one factor, eight columns of the other. Written out, since a loop over rows would stay one, and keep the sums
/// in memory.
#[inline(never)]
fn tile([a, b, c, d]: [&[f32]; 4], panel: &[[f32; 8]]) -> [[f32; 8]; 4] {
    let mut sums = [[0.0; 8]; 4];
    let none = Four::all(0.0);
    let (mut a_left, mut b_left, mut c_left, mut d_left) = (none, none, none, none);
    let (mut a_right, mut b_right, mut c_right, mut d_right) = (none, none, none, none);
    for ((((columns, a), b), c), d) in panel.iter().zip(a).zip(b).zip(c).zip(d) {
        let (fours, _) = columns.as_chunks();
        let (left, right) = (Four::of(&fours[0]), Four::of(&fours[1]));
        let (a, b, c, d) = (Four::all(*a), Four::all(*b), Four::all(*c), Four::all(*d));
        a_left = a_left.plus(a.times(left));
        b_left = b_left.plus(b.times(left));
        c_left = c_left.plus(c.times(left));
        d_left = d_left.plus(d.times(left));
        a_right = a_right.plus(a.times(right));
        b_right = b_right.plus(b.times(right));
        c_right = c_right.plus(c.times(right));
        d_right = d_right.plus(d.times(right));
    }
    let halves = [a_left, a_right, b_left, b_right, c_left, c_right, d_left, d_right];
    let (fours, _) = sums.as_flattened_mut().as_chunks_mut();
    fours.iter_mut().zip(halves).for_each(|(sums, half)| half.put(sums));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 7919) % 1009) as f32 / 1009.0 - 0.3).collect()
    }

    #[test]
    fn rows_of_any_length_come_to_what_one_after_the_other_does() {
        for count in 0..14 {
            let (row, other) = (numbers(count), numbers(2 * count)[count..].to_vec());
            let with = |each: fn(f32, f32) -> f32| -> Vec<f32> {
                row.iter().zip(&other).map(|(&one, &other)| each(one, other)).collect()
            };
            let done = |each: fn(&mut [f32], &[f32])| {
                let mut into = row.clone();
                each(&mut into, &other);
                into
            };
            assert_eq!(done(add), with(|one, other| one + other));
            assert_eq!(done(raise), with(f32::max));
            assert_eq!(done(|row, _| divide(row, 3.0)), with(|one, _| one / 3.0));
            assert_eq!(done(|row, _| scale(row, 3.0)), with(|one, _| one * 3.0));
            assert!((sum(&row) - row.iter().sum::<f32>()).abs() < 1e-6);
            assert_eq!(largest(&row), row.iter().fold(0.0, |most: f32, &one| most.max(one)));
        }
        let mut short = [1.0];
        add(&mut short, &[1.0, 2.0]);
        assert_eq!(short, [2.0]);
        assert_eq!(largest(&[f32::NAN, 0.5, -1.0, f32::NAN, f32::NAN, 0.25]), 0.5);
    }

    #[test]
    fn products_of_any_size_are_sums_of_products() {
        for size in 0..11 {
            let (a, b) = (numbers(size * size), numbers(2 * size * size)[size * size..].to_vec());
            let mut found = vec![];
            product(&a, &b, size, &mut found);
            assert_eq!(found.len(), size * size);
            for (place, found) in found.into_iter().enumerate() {
                let (row, column) = (place / size, place % size);
                let wanted: f32 = (0..size).map(|at| a[row * size + at] * b[at * size + column]).sum();
                assert!((found - wanted).abs() < 1e-5, "{size}: {place}");
            }
        }
    }
}
