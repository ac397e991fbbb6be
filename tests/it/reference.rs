//! Each operation in plain loops over f64. Shares no code with the kernels.

/// out (rows, outputs) = x Wᵀ + bias, x (rows, inputs), weight (outputs, inputs).
pub fn linear(x: &[f64], weight: &[f64], bias: &[f64], inputs: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for row in x.chunks_exact(inputs) {
        for (output, weights) in weight.chunks_exact(inputs).enumerate() {
            let mut sum = bias[output];
            for (a, b) in row.iter().zip(weights) {
                sum += a * b;
            }
            out.push(sum);
        }
    }
    out
}

/// x Φ(x), with erf from its Taylor series near 0 and a continued fraction far from it.
pub fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x / 2f64.sqrt()))
}

fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a < 3.0 {
        // 2/√π Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n+1))
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    // erfc(a) = exp(-a²)/√π · 1/(a + (1/2)/(a + 1/(a + (3/2)/(a + ...))))
    let mut fraction = a;
    for n in (1..200).rev() {
        fraction = a + f64::from(n) / 2.0 / fraction;
    }
    x.signum() * (1.0 - (-a * a).exp() / std::f64::consts::PI.sqrt() / fraction)
}

/// Softmax of one row; what `seen` leaves out gets nothing, and when it leaves out all, so does everything.
pub fn softmax(row: &[f64], seen: impl Fn(usize) -> bool) -> Vec<f64> {
    let seen: Vec<bool> = (0..row.len()).map(seen).collect();
    let largest = row.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(x, _)| *x).fold(f64::MIN, f64::max);
    let raised: Vec<f64> =
        row.iter().zip(&seen).map(|(x, seen)| if *seen { (x - largest).exp() } else { 0.0 }).collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|x| if sum == 0.0 { 0.0 } else { x / sum }).collect()
}

/// (x - mean) / √(variance + ε) · weight + bias of each row.
pub fn layer_norm(x: &[f64], weight: &[f64], bias: &[f64], epsilon: f64) -> Vec<f64> {
    let mut out = Vec::new();
    for row in x.chunks_exact(weight.len()) {
        let count = row.len() as f64;
        let mean = row.iter().sum::<f64>() / count;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        for (d, x) in row.iter().enumerate() {
            out.push((x - mean) / (variance + epsilon).sqrt() * weight[d] + bias[d]);
        }
    }
    out
}

#[test]
fn the_reference_erf_has_the_tabulated_values() {
    // Abramowitz & Stegun, table 7.1.
    for (x, expected) in [(0.0, 0.0), (0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)]
    {
        assert!((erf(x) - expected).abs() < 1e-10);
        assert!((erf(-x) + expected).abs() < 1e-10);
    }
    assert!((erf(2.999_999) - erf(3.000_001)).abs() < 1e-9);
}
