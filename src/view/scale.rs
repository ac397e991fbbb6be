//! From a number to a colour, and what the colours' ends stand for.

use super::colormap::Ramp;
use super::figures::{counted, grouped, percent, weight};
use super::functions::log10;
use super::order::nth_largest;
use super::words::tr_with;
use crate::four::largest;

/// What the far end of the colours stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// 1, all of a row.
    #[default]
    Unit,
    /// The largest number of the map that is painted.
    MapMax,
    /// The number that 99 of 100 in the map that is painted do not exceed. What does takes the last colour too.
    Small,
    /// The largest number of the map, and the first colour a 10,000th of it: equal steps of colour are equal factors.
    Log,
}

/// Every scale with its name in addresses. The first is the default.
pub const SCALES: &[(Scale, &str)] =
    &[(Scale::Unit, "unit"), (Scale::MapMax, "max"), (Scale::Small, "small"), (Scale::Log, "log")];

/// The last colour of [`Scale::Log`] stands for so many times what the first does.
const LOG_RANGE: f32 = 1e4;
/// Powers of ten in it.
const DECADES: f32 = 4.0;

impl Scale {
    /// Its name in addresses.
    pub fn id(self) -> &'static str {
        SCALES.iter().find(|(scale, _)| *scale == self).map_or("unit", |(_, id)| id)
    }

    /// The number that the last colour stands for in a map of `weights`; 1 where they are all zero.
    pub fn end(self, weights: &[f32]) -> f32 {
        let end = match self {
            Self::Unit => 1.0,
            Self::MapMax | Self::Log => largest(weights),
            Self::Small => match bound_of_most(weights) {
                0.0 => largest(weights),
                bound => bound,
            },
        };
        if end > 0.0 { end } else { 1.0 }
    }

    /// The number that the first colour stands for where the last one stands for `end`.
    pub fn begin(self, end: f32) -> f32 {
        if self == Self::Log { end / LOG_RANGE } else { 0.0 }
    }
}

/// How the numbers of one map are coloured.
#[derive(Clone, Copy, Debug)]
pub struct Shading<'a> {
    pub ramp: &'a Ramp,
    /// The number of the last colour.
    pub end: f32,
    pub scale: Scale,
    /// What is smaller is left out.
    pub threshold: f32,
}

impl Shading<'_> {
    pub fn color(&self, weight: f32) -> [u8; 3] {
        self.ramp.color(self.share(weight), 1.0)
    }

    /// How far along the colours a number lies, from 0 to 1.
    pub fn share(&self, weight: f32) -> f32 {
        let share = match self.scale {
            _ if weight < self.threshold => 0.0,
            Scale::Log if weight > 0.0 => log10(f64::from(weight / self.end)) as f32 / DECADES + 1.0,
            Scale::Log => 0.0,
            _ => weight / self.end,
        };
        share.clamp(0.0, 1.0)
    }
}

/// How many numbers are below the threshold, and how much of the sum; None where there is no threshold.
pub fn left_out(numbers: &[f32], threshold: f32) -> Option<String> {
    if threshold <= 0.0 {
        return None;
    }
    let below: Vec<f32> = numbers.iter().copied().filter(|&number| number < threshold).collect();
    let all: f32 = numbers.iter().sum();
    let share = if all > 0.0 { below.iter().sum::<f32>() / all } else { 0.0 };
    Some(tr_with(
        "{0} of {1} below the threshold of {2} are left out, {3} of the sum.",
        &[
            &grouped(below.len()),
            &counted(numbers.len(), "number"),
            &weight(threshold),
            &percent(f64::from(share)),
        ],
    ))
}

/// The least weight that at least 99 of 100 do not exceed.
fn bound_of_most(weights: &[f32]) -> f32 {
    nth_largest(weights, weights.len() / 100)
}

#[cfg(test)]
mod tests {
    use super::super::colormap::COLORMAPS;
    use super::*;

    #[test]
    fn the_far_end_of_a_map_of_zeros_is_one() {
        for (scale, _) in SCALES {
            assert_eq!(scale.end(&[0.0, 0.0]), 1.0);
            assert_eq!(scale.end(&[]), 1.0);
        }
        assert_eq!(Scale::MapMax.end(&[0.25, 0.1]), 0.25);
        assert_eq!(Scale::Unit.end(&[0.25, 0.1]), 1.0);
    }

    #[test]
    fn the_scale_of_small_weights_leaves_one_in_a_hundred_above() {
        let mut weights: Vec<f32> = (1..=1000).map(|step| step as f32 / 1000.0).collect();
        weights.reverse();
        assert_eq!(Scale::Small.end(&weights), 0.99);
        assert_eq!(Scale::Small.end(&weights[..10]), 1.0);
        // Where nearly all are nothing, the few that are not set the scale.
        let mut sparse = vec![0.0; 1000];
        sparse[7] = 0.5;
        assert_eq!(Scale::Small.end(&sparse), 0.5);
    }

    #[test]
    fn a_logarithmic_scale_gives_each_power_of_ten_as_much_colour() {
        let ramp = COLORMAPS[0].ramp();
        let shading = Shading { ramp: &ramp, end: 0.5, scale: Scale::Log, threshold: 0.0 };
        for (weight, share) in
            [(0.5, 1.0), (0.05, 0.75), (0.005, 0.5), (5e-5, 0.0), (1e-9, 0.0), (0.0, 0.0), (-1.0, 0.0)]
        {
            assert!((shading.share(weight) - share).abs() < 1e-6, "{weight}");
        }
        assert_eq!(shading.color(f32::NAN), ramp.zero());
    }

    #[test]
    fn what_is_below_the_threshold_is_counted_with_its_share() {
        assert_eq!(left_out(&[0.1, 0.3], 0.0), None);
        let said = left_out(&[0.1, 0.3, 0.2, 0.4], 0.2);
        assert_eq!(
            said.as_deref(),
            Some("1 of 4 numbers below the threshold of 0.200 are left out, 10.0 % of the sum.")
        );
    }

    #[test]
    fn what_is_below_the_threshold_has_the_color_of_nothing() {
        let ramp = COLORMAPS[0].ramp();
        let shading = Shading { ramp: &ramp, end: 1.0, scale: Scale::Unit, threshold: 0.2 };
        assert_eq!(shading.color(0.19), ramp.zero());
        assert_eq!(shading.color(0.2), ramp.color(0.2, 1.0));
    }
}
