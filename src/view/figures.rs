//! Numbers as the page writes them.

use super::functions::{log10, pow};
use super::words::tr_with;

/// A weight to three decimals; what would round to nothing says so.
pub fn weight(weight: f32) -> String {
    if weight > 0.0 && weight < 0.0005 { "< 0.001".into() } else { fixed(f64::from(weight), 3) }
}

/// A number of either sign to so many decimals, with a true minus.
pub fn signed(number: f64, places: u32) -> String {
    let figures = fixed(number.abs(), places);
    // What rounds to nothing has no sign.
    if number < 0.0 && figures.contains(|digit| matches!(digit, '1'..='9')) {
        format!("−{figures}")
    } else {
        figures
    }
}

/// Milliseconds, to a tenth below ten.
pub fn milliseconds(milliseconds: f64) -> String {
    let places = if milliseconds < 9.95 { 1 } else { 0 };
    fixed(milliseconds, places) + " ms"
}

/// Bytes as megabytes (of 10^6) to a tenth, without the unit.
pub fn megabytes(bytes: f64) -> String {
    fixed(bytes / 1e6, 1)
}

/// `count` and the English noun in the reader's language. Translations are of `{0} token` and `{0} tokens`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    tr_with(&format!("{{0}} {noun}{plural}"), &[&grouped(count)])
}

/// A share of 1 in percent, to a tenth.
pub fn percent(share: f64) -> String {
    fixed(100.0 * share, 1) + " %"
}

/// A number with its thousands apart: 12,345.
pub fn grouped(count: usize) -> String {
    if count < 1000 { count.to_string() } else { format!("{},{:03}", grouped(count / 1000), count % 1000) }
}

/// A number of any size below a million, to two decimals.
pub fn number(number: f32) -> String {
    fixed(f64::from(number), 2)
}

/// A small number by its first digit and its power of ten: 4·10⁻⁵. What is not small is written as a weight.
pub fn scientific(number: f32) -> String {
    if (1e-9..0.001).contains(&number) { to_power(number, f64::round) } else { weight(number) }
}

/// What a number is not larger than, likewise.
pub fn at_most(number: f32) -> String {
    if (1e-9..0.001).contains(&number) {
        to_power(number, f64::ceil)
    } else {
        // Of what a float makes of three decimals, nothing is left over.
        weight((f64::from(number) * 1000.0 - 1e-4).ceil() as f32 / 1000.0)
    }
}

fn to_power(number: f32, whole: fn(f64) -> f64) -> String {
    const POWERS: [&str; 10] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];
    let number = f64::from(number);
    let power = (-log10(number)).ceil();
    let digit = whole(number * pow(10.0, power)) as usize;
    // 9.6 of a power is 1 of the next.
    let (digit, power) = if digit >= 10 { (1, power - 1.0) } else { (digit, power) };
    format!("{digit}·10⁻{}", POWERS[(power as usize).min(9)])
}

/// Integer arithmetic, because the standard formatting of floats would be a tenth of the page's program.
fn fixed(value: f64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let scaled = (value * unit as f64).round() as u64;
    let (whole, part) = (scaled / unit, scaled % unit);
    if places == 0 { whole.to_string() } else { format!("{whole}.{part:0>width$}", width = places as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(weight(0.41249), "0.412");
        assert_eq!(weight(1.0), "1.000");
        assert_eq!(weight(0.0), "0.000");
        assert_eq!(weight(0.0002), "< 0.001");
        assert_eq!(signed(-1.2345, 2), "−1.23");
        assert_eq!(signed(-0.001, 2), "0.00");
        assert_eq!(signed(0.5, 1), "0.5");
        assert_eq!(milliseconds(3.44), "3.4 ms");
        assert_eq!(milliseconds(9.97), "10 ms");
        assert_eq!(milliseconds(123.4), "123 ms");
        assert_eq!(megabytes(12_340_000.0), "12.3");
        assert_eq!(percent(0.4127), "41.3 %");
        assert_eq!(counted(1, "token"), "1 token");
        assert_eq!(counted(12_005, "token"), "12,005 tokens");
        assert_eq!(scientific(4.2e-5), "4·10⁻⁵");
        assert_eq!(scientific(9.7e-5), "1·10⁻⁴");
        assert_eq!(scientific(1e-4), "1·10⁻⁴");
        assert_eq!(scientific(0.25), "0.250");
        assert_eq!(scientific(0.0), "0.000");
    }
}
