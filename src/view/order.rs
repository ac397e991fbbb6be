//! Numbers in order, and between bounds. Every kind of sorting is 4 kB of the page's program, and the standard clamp,
//! whose panic writes its bounds, 13 kB.

/// Sorts numbers with whose they are: the largest first, equal ones in the order that they have.
pub fn largest_first(numbers: &mut [(f32, usize)]) {
    // By eight bits after eight, from the last ones on (radix sort). What is larger has fewer of these bits.
    let place = |number: f32, shift: u32| {
        let bits = number.to_bits();
        let key = if bits >> 31 == 0 { !bits & 0x7fff_ffff } else { bits };
        (key >> shift) as usize & 0xff
    };
    let mut sorted = numbers.to_vec();
    for shift in [0, 8, 16, 24] {
        let mut starts = [0; 257];
        for &(number, _) in &*numbers {
            starts[place(number, shift) + 1] += 1;
        }
        for at in 1..257 {
            starts[at] += starts[at - 1];
        }
        for &number in &*numbers {
            let start = &mut starts[place(number.0, shift)];
            sorted[*start] = number;
            *start += 1;
        }
        numbers.copy_from_slice(&sorted);
    }
}

/// The largest of numbers that are not negative, without so many that are larger; 0 where there are fewer.
pub fn nth_largest(numbers: &[f32], larger: usize) -> f32 {
    // Such numbers are in the order of their bits, which are found eight at a time (radix selection).
    let (mut found, mut before) = (0, larger);
    for shift in [24, 16, 8, 0] {
        let mut counts = [0; 256];
        for number in numbers {
            let unlike = (number.max(0.0).to_bits() ^ found) >> shift;
            if unlike < 256 {
                counts[unlike as usize] += 1;
            }
        }
        let mut digit = 255;
        while digit > 0 && counts[digit] <= before {
            before -= counts[digit];
            digit -= 1;
        }
        found |= (digit as u32) << shift;
    }
    f32::from_bits(found)
}

/// `number`, or the bound that it lies beyond; `low` for what is no number, and `high` where that is below `low`.
pub fn clamped(number: f64, low: f64, high: f64) -> f64 {
    number.max(low).min(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_stay_in_their_order() {
        let mut numbers = [(0.5, 0), (0.9, 1), (0.5, 2), (0.9, 3), (0.1, 4)];
        largest_first(&mut numbers);
        assert_eq!(numbers.map(|(_, whose)| whose), [1, 3, 0, 2, 4]);
    }

    #[test]
    fn numbers_of_any_sign_and_size_are_sorted() {
        let mut numbers: Vec<(f32, usize)> = (0..2000)
            .map(|at| (((at * 7919) % 1009) as f32 * 1e-3 - 0.4) * 10_f32.powi(at % 9 - 4))
            .zip(0..)
            .collect();
        numbers.extend([(0.0, 2000), (-0.0, 2001), (f32::INFINITY, 2002), (f32::MIN, 2003)]);
        let mut wanted = numbers.clone();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        largest_first(&mut numbers);
        assert_eq!(numbers, wanted);
    }

    #[test]
    fn the_nth_largest_is_where_sorting_would_put_it() {
        let numbers: Vec<f32> = (0..3000).map(|at| ((at * 7919) % 1009) as f32 / 1009.0 - 0.01).collect();
        let mut sorted: Vec<f32> = numbers.iter().map(|number| number.max(0.0)).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        for (larger, wanted) in sorted.into_iter().enumerate() {
            assert_eq!(nth_largest(&numbers, larger), wanted, "{larger}");
        }
        assert_eq!(nth_largest(&numbers, 3000), 0.0);
        assert_eq!(nth_largest(&[], 0), 0.0);
    }

    #[test]
    fn bounds_hold_whatever_comes() {
        assert_eq!([-1.0, 0.3, 2.0].map(|number| clamped(number, 0.0, 1.0)), [0.0, 0.3, 1.0]);
        assert_eq!(clamped(f64::NAN, 0.0, 1.0), 0.0);
        assert_eq!(clamped(0.5, 1.0, 0.0), 0.0);
    }
}
