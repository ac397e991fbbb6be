//! Entropy and divergence of attention's rows, in bits.
//!
//! Written so that compilers turn the loops into vector instructions: a text of 512 tokens has 19 million weights.

use crate::alignment::Alignment;

/// Sums kept side by side, because compilers do not reorder floats.
const LANES: usize = 8;

/// -Σ p log₂ p of a distribution.
pub fn entropy(row: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|&p| p * log2(p)).sum();
    for chunk in chunks {
        for (sum, &p) in sums.iter_mut().zip(chunk) {
            *sum += p * log2(p);
        }
    }
    // A row with one weight of 1 is 0, not -0.
    (-(sums.iter().sum::<f32>() + rest)).max(0.0)
}

/// The Jensen-Shannon divergence of two distributions of the same length, in bits, from 0 (the same) to 1 (nothing in
/// common): ½ Σ p log₂(p/m) + ½ Σ q log₂(q/m) with m = (p + q)/2 (Lin 1991, "Divergence measures based on the Shannon
/// entropy", equation 4.1). Exactly 0 where the two are equal.
pub fn jensen_shannon(p: &[f32], q: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (p_chunks, q_chunks) = (p.chunks_exact(LANES), q.chunks_exact(LANES));
    let rest = p_chunks.remainder().iter().zip(q_chunks.remainder());
    let rest: f32 = rest.map(|(&p, &q)| divergence(p, q)).sum();
    for (p, q) in p_chunks.zip(q_chunks) {
        for ((sum, &p), &q) in sums.iter_mut().zip(p).zip(q) {
            *sum += divergence(p, q);
        }
    }
    (sums.iter().sum::<f32>() + rest).clamp(0.0, 1.0)
}

/// How far each of a layer's maps moved from `before` (H, T, T) to `after` (H, T', T'): (H).
pub fn movements(before: &[f32], after: &[f32], heads: usize, alignment: &Alignment) -> Vec<f32> {
    let Alignment { pairs, only_before, only_after } = alignment;
    let (t, u) = (pairs.len() + only_before.len(), pairs.len() + only_after.len());
    let (mut p, mut q) = (vec![0.0; pairs.len() + 1], vec![0.0; pairs.len() + 1]);
    let mut of_head = |head: usize| {
        let mut sum = 0.0;
        for &(i, j) in pairs {
            let (p_row, q_row) = (&before[(head * t + i) * t..][..t], &after[(head * u + j) * u..][..u]);
            for ((p, q), &(i, j)) in p.iter_mut().zip(&mut q).zip(pairs) {
                (*p, *q) = (p_row[i], q_row[j]);
            }
            p[pairs.len()] = only_before.iter().map(|&at| p_row[at]).sum();
            q[pairs.len()] = only_after.iter().map(|&at| q_row[at]).sum();
            sum += f64::from(jensen_shannon(&p, &q));
        }
        (sum / pairs.len().max(1) as f64) as f32
    };
    (0..heads).map(&mut of_head).collect()
}

/// One term of the Jensen-Shannon divergence.
#[inline(always)]
fn divergence(p: f32, q: f32) -> f32 {
    // What is left of a row that was summed in floats may be a little below nothing.
    let (p, q) = (p.max(0.0), q.max(0.0));
    // Nothing is divided by 0 where both are 0.
    let m = (0.5 * (p + q)).max(f32::MIN_POSITIVE);
    0.5 * (p * log2(p / m) + q * log2(q / m))
}

/// log₂ x for x >= 0, to a few of the last bits of a 32-bit float; exactly 0 at 1, and about -127 at 0, where it is only
/// ever multiplied by 0.
#[inline(always)]
fn log2(x: f32) -> f32 {
    // x = 2ⁿ m with m from √½ to √2, and ln m = 2 artanh((m - 1) / (m + 1)), by its series.
    const SQRT_HALF: i32 = 0x3f35_04f3;
    let bits = x.to_bits() as i32;
    // Of -0, which a sum may be, as of 0: whatever comes of it is multiplied by nothing.
    let n = bits.wrapping_sub(SQRT_HALF) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(n << 23) as u32);
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let series = 1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0 + square * (1.0 / 7.0 + square / 9.0)));
    n as f32 + s * series * (2.0 * std::f32::consts::LOG2_E)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_that_of_f64() {
        let mut x = 1.0e-30f32;
        while x < 10.0 {
            let exact = f64::from(x).log2();
            let bound = 2e-7 * exact.abs().max(0.01);
            assert!((f64::from(log2(x)) - exact).abs() < bound, "log2({x}) = {}, not {exact}", log2(x));
            x *= 1.001;
        }
        assert_eq!(log2(1.0), 0.0);
    }

    #[test]
    fn entropy_of_certainty_is_nothing_and_of_equal_shares_the_logarithm_of_their_number() {
        assert_eq!(entropy(&[0.0, 1.0, 0.0]).to_bits(), 0);
        for keys in [1, 2, 16, 100] {
            let even = vec![1.0 / keys as f32; keys];
            assert!((entropy(&even) - (keys as f32).log2()).abs() < 2e-6, "{keys}");
        }
    }

    #[test]
    fn divergence_is_nothing_for_the_same_one_for_the_disjoint_and_symmetric() {
        let (p, q): (Vec<f32>, Vec<f32>) =
            (0..100).map(|i| (((i * 37) % 100) as f32, (i % 7) as f32)).unzip();
        let sums = (p.iter().sum::<f32>(), q.iter().sum::<f32>());
        let p: Vec<f32> = p.iter().map(|x| x / sums.0).collect();
        let q: Vec<f32> = q.iter().map(|x| x / sums.1).collect();
        assert_eq!(jensen_shannon(&p, &p), 0.0);
        assert_eq!(jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]), 1.0);
        assert_eq!(jensen_shannon(&p, &q), jensen_shannon(&q, &p));
        let exact: f64 = (p.iter().zip(&q))
            .map(|(&p, &q)| (f64::from(p), f64::from(q), f64::from(p + q) / 2.0))
            .map(|(p, q, m)| {
                0.5 * (if p > 0.0 { p * (p / m).log2() } else { 0.0 }
                    + if q > 0.0 { q * (q / m).log2() } else { 0.0 })
            })
            .sum();
        assert!((f64::from(jensen_shannon(&p, &q)) - exact).abs() < 1e-6);
    }
}
