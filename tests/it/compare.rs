//! The one comparison that every numeric test rests on, and proofs that it can fail.

/// The largest difference, or what is wrong: another length, a number that is not finite, a difference over `bound`.
pub fn compare(got: &[f32], expected: &[f64], bound: impl Fn(usize) -> f64) -> Result<f64, String> {
    if got.len() != expected.len() {
        return Err(format!("{} numbers, expected {}", got.len(), expected.len()));
    }
    let mut largest = 0.0;
    for (index, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let difference = (f64::from(got) - expected).abs();
        if difference.is_nan() || difference > bound(index) {
            return Err(format!("[{index}]: {got}, expected {expected}, off by {difference:e}"));
        }
        largest = f64::max(largest, difference);
    }
    Ok(largest)
}

/// Panics with `what` unless all are within `bound`.
#[track_caller]
pub fn assert_close(what: &str, got: &[f32], expected: &[f64], bound: f64) {
    if let Err(why) = compare(got, expected, |_| bound) {
        panic!("{what}: {why}");
    }
}

#[test]
fn the_comparison_fails_on_corrupted_data_nan_and_another_length() {
    let expected = [0.25, 0.5, 0.25];
    let within = |_| 2e-5;
    assert!(compare(&[0.25, 0.500_01, 0.25], &expected, within).is_ok());
    assert!(compare(&[0.25, 0.500_03, 0.25], &expected, within).is_err());
    assert!(compare(&[0.25, f32::NAN, 0.25], &expected, within).is_err());
    assert!(compare(&[0.25, f32::INFINITY, 0.25], &expected, within).is_err());
    assert!(compare(&[0.25, 0.5], &expected, within).is_err());
    assert!(compare(&[0.25; 3], &[0.25, f64::NAN, 0.25], within).is_err());
}
