//! Functions of plain arithmetic: the standard library's differ from machine to machine.

/// Of `scores` times `scale`, in their place.
pub fn softmax(scores: &mut [f32], scale: f64) {
    let largest = f64::from(scores.iter().fold(f32::NEG_INFINITY, |largest, &score| largest.max(score)));
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        let power = exp((f64::from(*score) - largest) * scale);
        sum += power;
        *score = power as f32;
    }
    scores.iter_mut().for_each(|score| *score = (f64::from(*score) / sum) as f32);
}

/// x/2 (1 + erf(x/√2)), with the error function as in Abramowitz & Stegun 7.1.26, |error| <= 1.5e-7.
pub fn gelu(x: f32) -> f32 {
    let x = f64::from(x);
    let a = x.abs() * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let poly = ((((1.061_405_429 * t - 1.453_152_027) * t + 1.421_413_741) * t - 0.284_496_736) * t
        + 0.254_829_592)
        * t;
    let tail = poly * exp(-a * a);
    (0.5 * x * if x < 0.0 { tail } else { 2.0 - tail }) as f32
}

/// eˣ for x up to 0, within 1e-13 of its value; 0 below -708. The standard library's differs from machine to machine.
fn exp(x: f64) -> f64 {
    if x < -708.0 {
        return 0.0;
    }
    let n = (x * std::f64::consts::LOG2_E).round_ties_even();
    let r = x - n * std::f64::consts::LN_2;
    // The Taylor series to r¹²; |r| <= ln 2 / 2.
    let sum = (1..=12).rev().fold(1.0, |sum, term| 1.0 + sum * r / f64::from(term));
    sum * f64::from_bits(((n as i64 + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_gelu_are_those_of_the_standard_library_and_the_literature() {
        for step in 0..70_000 {
            let x = -f64::from(step) / 100.0;
            assert!((exp(x) - x.exp()).abs() <= 1e-13 * x.exp(), "exp({x}) = {}", exp(x));
        }
        assert_eq!((exp(0.0), exp(-800.0)), (1.0, 0.0));
        // Of the error function at 0.5, 1 and 2 in tables: 0.5204998778, 0.8427007929, 0.9953222650.
        for (a, erf) in [(0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)] {
            let x = a * std::f64::consts::SQRT_2;
            assert!((f64::from(gelu(x as f32)) - x / 2.0 * (1.0 + erf)).abs() < 3e-7 * x, "{x}");
            assert!((f64::from(gelu(-x as f32)) + x / 2.0 * (1.0 - erf)).abs() < 3e-7 * x, "-{x}");
        }
    }
}
