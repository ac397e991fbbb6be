//! Numbers in order, and between bounds. Every kind of sorting is 4 kB of the page's program, and the standard clamp,
//! whose panic writes its bounds, 13 kB.

/// Sorts numbers with whose they are: the largest first, equal ones by whose they are.
pub fn largest_first(numbers: &mut [(f32, usize)]) {
    numbers.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
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
    fn bounds_hold_whatever_comes() {
        assert_eq!([-1.0, 0.3, 2.0].map(|number| clamped(number, 0.0, 1.0)), [0.0, 0.3, 1.0]);
        assert_eq!(clamped(f64::NAN, 0.0, 1.0), 0.0);
        assert_eq!(clamped(0.5, 1.0, 0.0), 0.0);
    }
}
