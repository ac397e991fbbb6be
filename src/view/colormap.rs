//! Colours of weights. Each map is a colour-blind-safe gradient of the `colorous` crate, walked again so that
//! equal steps of weight are equal steps of colour difference in OKLab: twice the weight looks twice as far
//! from nothing.

use colorous::Gradient;

use super::functions::{cbrt, cos, pow, sin};

/// A gradient and the stretch of it that is used.
pub struct ColorMap {
    pub id: &'static str,
    /// Made for a dark ground: 0 is dark, 1 is bright.
    pub dark: bool,
    gradient: Gradient,
    /// Where on the gradient 0 and 1 lie.
    ends: (f64, f64),
}

/// Every colour map. The first of each ground is the default there.
pub const COLORMAPS: &[ColorMap] = &[
    ColorMap { id: "ink", dark: false, gradient: colorous::BLUE_PURPLE, ends: (0.0, 1.0) },
    ColorMap { id: "ember", dark: true, gradient: colorous::MAGMA, ends: (0.05, 1.0) },
];

impl PartialEq for ColorMap {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// The default colour map on a dark or a light ground.
pub fn for_ground(dark: bool) -> &'static ColorMap {
    COLORMAPS.iter().find(|map| map.dark == dark).unwrap_or(&COLORMAPS[0])
}

/// Steps of a ramp.
pub const STEPS: usize = 256;

/// A colour map's colours at [`STEPS`] evenly spaced weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ramp(Vec<[u8; 3]>);

impl ColorMap {
    /// Walks the gradient in steps of equal colour difference.
    pub fn ramp(&self) -> Ramp {
        const SAMPLES: usize = 1024;
        let at = |fraction: f64| {
            let color = self.gradient.eval_continuous(self.ends.0 + (self.ends.1 - self.ends.0) * fraction);
            [color.r, color.g, color.b]
        };
        let mut lengths = vec![0.0; SAMPLES + 1];
        let mut last = oklab(at(0.0));
        for sample in 1..=SAMPLES {
            // Samples of a few steps each: neighbours often round to the same bytes.
            let next = oklab(at(sample as f64 / SAMPLES as f64));
            lengths[sample] = lengths[sample - 1] + difference(last, next);
            last = next;
        }
        let mut sample = 0;
        let colors = (0..STEPS).map(|step| {
            let wanted = lengths[SAMPLES] * step as f64 / (STEPS - 1) as f64;
            while sample < SAMPLES && lengths[sample] < wanted {
                sample += 1;
            }
            at(sample as f64 / SAMPLES as f64)
        });
        Ramp(colors.collect())
    }
}

impl Ramp {
    /// The colour of `weight` where `end` is the weight of the last colour. Weights beyond either end, and
    /// what is no number, take that end's colour.
    pub fn color(&self, weight: f32, end: f32) -> [u8; 3] {
        let step = weight / end * (STEPS - 1) as f32;
        // Rounded by hand, for the standard library's way is a slow one here. A cast to an integer saturates, and takes
        // NaN to 0.
        let whole = (step as usize).min(STEPS - 1);
        let up = usize::from(step - whole as f32 >= 0.5);
        self.0[(whole + up).min(STEPS - 1)]
    }

    /// The colour of a weight of 0.
    pub fn zero(&self) -> [u8; 3] {
        self.0[0]
    }

    /// Whether it is made for a dark ground.
    pub fn is_dark(&self) -> bool {
        oklab(self.zero())[0] < 0.5
    }
}

/// Colours of signed numbers: paper at 0, orange below, violet above, which no colour blindness confuses. The two ends
/// are equally far from the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diverging {
    pub negative: Ramp,
    pub positive: Ramp,
}

impl Diverging {
    /// On `paper`, light or dark, a straight line in OKLab to either end, so that equal steps are equally different.
    pub fn on(paper: [u8; 3]) -> Self {
        let zero = oklab(paper);
        let (negative, positive) = if zero[0] < 0.5 {
            ([0xef, 0x98, 0x49], [0xab, 0xae, 0xff])
        } else {
            ([0x96, 0x4d, 0x09], [0x59, 0x53, 0xb5])
        };
        let line = |end: [u8; 3]| {
            let end = oklab(end);
            let at = |step: usize| {
                let share = step as f64 / (STEPS - 1) as f64;
                srgb(std::array::from_fn(|axis| zero[axis] + (end[axis] - zero[axis]) * share))
            };
            Ramp((0..STEPS).map(at).collect())
        };
        Self { negative: line(negative), positive: line(positive) }
    }

    /// The colour of `value` where `end` and `-end` have the last colours.
    pub fn color(&self, value: f32, end: f32) -> [u8; 3] {
        if value < 0.0 { self.negative.color(-value, end) } else { self.positive.color(value, end) }
    }
}

/// A colour for each of `count` heads: hues evenly spaced in OKLCH, so that none repeats, and neighbours of unlike
/// lightness, so that they are told apart by eyes that see fewer hues, too.
pub fn head_colors(count: usize, dark: bool) -> Vec<[u8; 3]> {
    // From here the first eight differ most to eyes that lack red or green cones (Machado et al. 2009).
    const FIRST_HUE: f64 = 250.0;
    let (lightness, most): (&[f64], _) =
        if dark { (&[0.62, 0.8, 0.71, 0.89], 0.17) } else { (&[0.42, 0.64, 0.53], 0.14) };
    let color = |index: usize| {
        let hue = (FIRST_HUE + 360.0 * index as f64 / count as f64).to_radians();
        let lightness = lightness[index % lightness.len()];
        // The most colour that a screen can show at this lightness.
        let mut chroma = most;
        loop {
            let light = light([lightness, chroma * cos(hue), chroma * sin(hue)]);
            if chroma <= 0.0 || light.iter().all(|part| (0.0..=1.0).contains(part)) {
                return light.map(byte);
            }
            chroma -= 0.005;
        }
    };
    (0..count).map(color).collect()
}

/// WCAG 2 contrast ratio of two colours, from 1 to 21.
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |color: [u8; 3]| {
        let [r, g, b] = color.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    };
    let (a, b) = (luminance(a), luminance(b));
    if a > b { a / b } else { b / a }
}

/// sRGB bytes to OKLab (Ottosson 2020).
pub fn oklab(rgb: [u8; 3]) -> [f64; 3] {
    let [r, g, b] = rgb.map(linear);
    let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    [
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    ]
}

/// OKLab to sRGB bytes; what lies outside of sRGB is cut off at its edge.
pub fn srgb(lab: [f64; 3]) -> [u8; 3] {
    light(lab).map(byte)
}

/// An sRGB byte to linear light, 0 to 1.
pub fn linear(byte: u8) -> f64 {
    let value = f64::from(byte) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { pow((value + 0.055) / 1.055, 2.4) }
}

/// OKLab to linear light; outside 0 to 1 where no screen can show it (Ottosson 2020).
fn light([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let l = (lightness + 0.3963377774 * a + 0.2158037573 * b).powi(3);
    let m = (lightness - 0.1055613458 * a - 0.0638541728 * b).powi(3);
    let s = (lightness - 0.0894841775 * a - 1.2914855480 * b).powi(3);
    [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
}

/// Linear light to an sRGB byte.
fn byte(light: f64) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value = if light <= 0.0031308 { 12.92 * light } else { 1.055 * pow(light, 1.0 / 2.4) - 0.055 };
    (255.0 * value).round() as u8
}

fn difference(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_goes_one_way_only() {
        for map in COLORMAPS {
            let lightness: Vec<_> = map.ramp().0.iter().map(|&color| oklab(color)[0]).collect();
            let sign = if map.dark { 1.0 } else { -1.0 };
            // A byte is worth about 0.004 of lightness.
            assert!(lightness.windows(2).all(|pair| (pair[1] - pair[0]) * sign > -0.004), "{}", map.id);
            assert!((lightness[STEPS - 1] - lightness[0]) * sign > 0.6, "{}", map.id);
        }
    }

    #[test]
    fn equal_steps_of_weight_are_equal_steps_of_color() {
        for map in COLORMAPS {
            let colors: Vec<_> = map.ramp().0.iter().step_by(15).map(|&color| oklab(color)).collect();
            let steps: Vec<_> = colors.windows(2).map(|pair| difference(pair[0], pair[1])).collect();
            let mean = steps.iter().sum::<f64>() / steps.len() as f64;
            for step in steps {
                assert!((step / mean - 1.0).abs() < 0.2, "{}: {step} of {mean}", map.id);
            }
        }
    }

    #[test]
    fn weights_beyond_the_ends_take_the_end_colors() {
        let ramp = COLORMAPS[0].ramp();
        assert_eq!(ramp.color(-1.0, 1.0), ramp.zero());
        assert_eq!(ramp.color(f32::NAN, 1.0), ramp.zero());
        assert_eq!(ramp.color(2.0, 1.0), ramp.0[STEPS - 1]);
        assert_eq!(ramp.color(0.25, 0.5), ramp.color(0.5, 1.0));
    }

    #[test]
    fn each_ground_has_its_default() {
        assert!(for_ground(true).dark && !for_ground(false).dark);
    }

    #[test]
    fn equal_steps_of_signed_numbers_are_equally_different_and_both_ends_equally_far() {
        for map in COLORMAPS {
            let paper = map.ramp().zero();
            let colors = Diverging::on(paper);
            assert_eq!(colors.color(0.0, 1.0), paper);
            let far = [1.0, -1.0].map(|end| {
                let at = |step: i32| oklab(colors.color(end * step as f32 / 15.0, 1.0));
                let steps: Vec<_> = (0..15).map(|step| difference(at(step), at(step + 1))).collect();
                let mean = steps.iter().sum::<f64>() / 15.0;
                assert!(steps.iter().all(|step| (step / mean - 1.0).abs() < 0.2), "{}: {steps:?}", map.id);
                difference(at(0), at(15))
            });
            assert!((far[0] / far[1] - 1.0).abs() < 0.03, "{}: {far:?}", map.id);
        }
    }

    #[test]
    fn colours_come_back_from_oklab() {
        for color in [[0, 0, 0], [255, 255, 255], [18, 52, 86], [255, 0, 170]] {
            assert_eq!(srgb(oklab(color)), color);
        }
    }

    /// What eyes without red cones and without green cones see of linear light (Machado et al. 2009, severity 1).
    const EYES: [[[f64; 3]; 3]; 3] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ];

    /// The least difference of two of `colors`, as `eye` sees them.
    fn least_difference(colors: &[[u8; 3]], eye: [[f64; 3]; 3]) -> f64 {
        let seen: Vec<_> = colors
            .iter()
            .map(|color| {
                let light = color.map(linear);
                oklab(eye.map(|row| byte(row.iter().zip(light).map(|(part, light)| part * light).sum())))
            })
            .collect();
        let pairs = seen.iter().enumerate().flat_map(|(at, a)| seen[..at].iter().map(|b| difference(*a, *b)));
        pairs.fold(9.0, f64::min)
    }

    #[test]
    fn no_two_heads_look_alike() {
        for dark in [false, true] {
            for count in 1..=8 {
                for eye in EYES {
                    let least = least_difference(&head_colors(count, dark), eye);
                    assert!(least > 0.035, "{count} heads, dark {dark}: {least}");
                }
            }
            for (count, apart) in [(12, 0.08), (36, 0.03), (72, 0.015)] {
                let least = least_difference(&head_colors(count, dark), EYES[0]);
                assert!(least > apart, "{count} heads, dark {dark}: {least}");
            }
        }
    }

    #[test]
    fn heads_stand_out_from_the_paper() {
        for dark in [false, true] {
            let paper = for_ground(dark).ramp().zero();
            for color in head_colors(72, dark) {
                assert!(contrast(color, paper) >= 3.0, "{color:?}");
            }
        }
    }
}
