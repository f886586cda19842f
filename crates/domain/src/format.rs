//! How numbers are written for people: one rule for server and browser, tiles, axes and read-outs.

/// Decimals with which values of a window are shown: enough to tell the parts of their span apart and to show three
/// significant digits of the largest, at most nine.
pub fn decimals(low: f64, high: f64) -> usize {
    let magnitude = low.abs().max(high.abs());
    let of_span = -digits_before_point(high - low);
    let of_value = 2 - digits_before_point(magnitude);
    of_span.max(of_value).clamp(0, 9).unsigned_abs() as usize
}

/// Exponent of the first significant digit: 0 for 1–9.99, −2 for 0.01; large for zero, so that it asks for no decimals.
fn digits_before_point(value: f64) -> i32 {
    if value.is_finite() && value > 0.0 { value.log10().floor() as i32 } else { 99 }
}

/// A number with fixed decimals, thousands separated by commas, a real minus sign. From 10¹⁵ on and below half of the
/// last decimal of nine, in powers of ten: `1.00 × 10^308`.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = value.abs();
    if magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 0.5e-9) {
        let text = format!("{magnitude:.2e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return signed(value, format!("{digits} × 10^{}", exponent.replace('-', "−")));
    }
    let text = format!("{magnitude:.decimals$}");
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let grouped = grouped(whole);
    let text = fraction.map_or(grouped.clone(), |f| format!("{grouped}.{f}"));
    if zero { text } else { signed(value, text) }
}

/// Every digit of a value, for read-outs: the shortest text that reads back as the same number.
pub fn exact(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-6..1e15).contains(&magnitude) {
        signed(value, format!("{magnitude}"))
    } else {
        let text = format!("{magnitude:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        signed(value, format!("{digits} × 10^{}", exponent.replace('-', "−")))
    }
}

/// A count: `12,513`.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A change: `+0.24 %`, `−2.34 %`, `±0 %`; two decimals below ten, one below a hundred.
pub fn percent_change(percent: f64) -> String {
    let magnitude = percent.abs();
    let decimals = if magnitude < 9.995 { 2 } else { usize::from(magnitude < 99.95) };
    let text = number(magnitude, decimals);
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    let sign = match (zero, percent < 0.0) {
        (true, _) => "±",
        (false, true) => "−",
        (false, false) => "+",
    };
    format!("{sign}{text} %")
}

/// The value as CSV and other programs read it: shortest form that reads back as the same number.
pub fn machine(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        format!("{value:?}")
    }
}

fn signed(value: f64, text: String) -> String {
    if value < 0.0 { format!("−{text}") } else { text }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_shown_as_fine_as_their_span() {
        for (low, high, value, text) in [
            (37.0972, 37.1924, 37.1924, "37.19"),
            (7.0697, 7.25, 7.0801, "7.08"),
            (39.727, 40.056, 39.8, "39.8"),
            (0.026, 0.084, 0.056, "0.0560"),
            (0.0, 12_500.0, 12_345.6, "12,346"),
            (-1e308, 1e308, 1e308, "1.00 × 10^308"),
            (-1e-320, 1e308, -1e-320, "−1.00 × 10^−320"),
            (5.0, 5.0, 5.0, "5.00"),
            (0.0, 0.0, -0.0, "0"),
            (-2.0, 1.0, -0.001, "0.00"),
            (1e9, 1e9 + 1.0, 1e9, "1,000,000,000"),
        ] {
            assert_eq!(number(value, decimals(low, high)), text, "{low} {high}");
        }
        assert_eq!(number(f64::NAN, 2), "–");
    }

    #[test]
    fn read_outs_show_every_digit() {
        for (value, text) in [
            (37.0986, "37.0986"),
            (0.026000000000000002, "0.026000000000000002"),
            (-5.0, "−5"),
            (1e308, "1 × 10^308"),
            (-1e-320, "−1 × 10^−320"),
            (0.0, "0"),
        ] {
            assert_eq!(exact(value), text);
        }
    }

    #[test]
    fn counts_and_changes() {
        assert_eq!(
            (count(0).as_str(), count(999).as_str(), count(12_513).as_str(), count(1_234_567).as_str()),
            ("0", "999", "12,513", "1,234,567")
        );
        for (percent, text) in [
            (0.24, "+0.24 %"),
            (-2.341, "−2.34 %"),
            (0.0, "±0.00 %"),
            (-0.001, "±0.00 %"),
            (12.34, "+12.3 %"),
            (1234.5, "+1,234 %"),
            (9.999, "+10.0 %"),
        ] {
            assert_eq!(percent_change(percent), text);
        }
    }

    proptest! {
        #[test]
        fn machines_read_back_what_was_written(value in any::<f64>()) {
            let back: f64 = machine(value).parse().unwrap();
            prop_assert!(back.to_bits() == value.to_bits() || (back.is_nan() && value.is_nan()));
        }

        #[test]
        fn no_number_panics(value in any::<f64>(), low in any::<f64>(), high in any::<f64>()) {
            let _ = (number(value, decimals(low, high)), exact(value), percent_change(value));
        }
    }
}
