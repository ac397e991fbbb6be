// GELU with the error function, x/2 (1 + erf(x/√2)) (Hendrycks & Gimpel 2016, arXiv 1606.08415, section 2).
//
// WGSL has no erf. This is Abramowitz & Stegun 7.1.26, |error| <= 1.5e-7 in exact arithmetic, which is below
// one unit in the last place of the 32-bit numbers around 1.

fn erf(x: vec4<f32>) -> vec4<f32> {
    let a = abs(x);
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - poly * exp(-a * a));
}

fn gelu_erf(x: vec4<f32>) -> vec4<f32> {
    return 0.5 * x * (1.0 + erf(x * 0.7071067811865476));
}
