//! Functions of numbers that a browser has of its own: the standard library's are a twentieth of the page's program, and
//! its reader of decimals another.

#[cfg(target_arch = "wasm32")]
pub use js_sys::Math::{cbrt, cos, exp, log as ln, log10, pow, sin};
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;

/// The binary logarithm of a number above 0 that is not among the very smallest, to seven digits; in a tenth of the time that
/// the standard library's takes here, for 512 tokens ask for 262,144.
pub fn log2(number: f32) -> f32 {
    const SQRT_2: u32 = 0x3fb5_04f3;
    // number = 2^power * rest, and the rest is between the roots of 1/2 and 2.
    let up = number.to_bits() + (0x3f80_0000 - (SQRT_2 - 0x80_0000));
    let power = (up >> 23) as i32 - 127;
    let rest = f32::from_bits((up & 0x7f_ffff) + (SQRT_2 - 0x80_0000));
    // ln x = 2 artanh((x - 1) / (x + 1))
    let ratio = (rest - 1.0) / (rest + 1.0);
    let square = ratio * ratio;
    let series = 1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0 + square / 9.0)));
    power as f32 + 2.0 * std::f32::consts::LOG2_E * ratio * series
}

/// A number that someone wrote, with a dot for its decimals; NaN where it is none.
#[cfg(target_arch = "wasm32")]
pub fn read(text: &str) -> f64 {
    match text.trim() {
        // Which JavaScript takes for 0.
        "" => f64::NAN,
        text => wasm_bindgen::JsValue::from_str(text).unchecked_into_f64(),
    }
}

/// The shortest decimal that the same `f32` is read from.
#[cfg(target_arch = "wasm32")]
pub fn shortest(number: f32) -> String {
    let exact = f64::from(number);
    // Nine digits tell any two apart (IEEE 754).
    let shorter = (1..9).find_map(|digits| {
        let text = js_sys::Number::from(exact).to_precision(digits).ok()?;
        let rounded = js_sys::Number::parse_float(&String::from(text));
        (rounded as f32 == number).then_some(rounded)
    });
    let nine = || {
        js_sys::Number::from(exact)
            .to_precision(9)
            .map(|text| js_sys::Number::parse_float(&String::from(text)))
    };
    decimal(shorter.or_else(|| nine().ok()).unwrap_or(exact))
}

/// A number as JavaScript writes it, in full.
#[cfg(target_arch = "wasm32")]
pub fn decimal(number: f64) -> String {
    js_sys::Number::from(number).to_string_with_radix(10).map_or_else(|_| String::new(), Into::into)
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    pub fn cbrt(number: f64) -> f64 {
        number.cbrt()
    }

    pub fn cos(radians: f64) -> f64 {
        radians.cos()
    }

    pub fn exp(number: f64) -> f64 {
        number.exp()
    }

    pub fn ln(number: f64) -> f64 {
        number.ln()
    }

    pub fn log10(number: f64) -> f64 {
        number.log10()
    }

    pub fn pow(base: f64, exponent: f64) -> f64 {
        base.powf(exponent)
    }

    pub fn sin(radians: f64) -> f64 {
        radians.sin()
    }

    pub fn read(text: &str) -> f64 {
        text.trim().parse().unwrap_or(f64::NAN)
    }

    /// The shortest decimal that the same `f32` is read from.
    pub fn shortest(number: f32) -> String {
        number.to_string()
    }

    /// A number in full.
    pub fn decimal(number: f64) -> String {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn logarithms_are_those_of_the_standard_library() {
        let mut number = 1.3e-38_f32;
        while number < 1e30 {
            let (found, wanted) = (super::log2(number), number.log2());
            assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "{number}: {found}, {wanted}");
            number *= 1.0137;
        }
    }
}
