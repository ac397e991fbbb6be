//! Functions of numbers that a browser has of its own: the standard library's are a twentieth of the page's program, and
//! its reader of decimals another.

#[cfg(target_arch = "wasm32")]
pub use js_sys::Math::{cbrt, cos, exp, log as ln, log10, pow, sin};
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;

/// A number that someone wrote, with a dot for its decimals; NaN where it is none.
#[cfg(target_arch = "wasm32")]
pub fn read(text: &str) -> f64 {
    match text.trim() {
        // Which JavaScript takes for 0.
        "" => f64::NAN,
        text => wasm_bindgen::JsValue::from_str(text).unchecked_into_f64(),
    }
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
}
