//! Value axes: a range with some air around the data, and round ticks in it.

/// A tick of a value axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the axis' unit.
    pub value: f64,
    /// What stands there.
    pub text: String,
}

/// The range of an axis for data from `low` to `high`: a twentieth of air at both ends; around a single value, half of it.
pub fn padded(low: f64, high: f64) -> (f64, f64) {
    let half_span = high / 2.0 - low / 2.0;
    let air = if half_span > 0.0 {
        half_span / 10.0
    } else if low != 0.0 {
        (low / 2.0).abs().max(f64::MIN_POSITIVE)
    } else {
        1.0
    };
    ((low - air).max(f64::MIN), (high + air).min(f64::MAX))
}

/// Where a value stands between the ends: 0 at `low`, 1 at `high`; beyond them outside of that. Never overflows.
pub fn fraction(value: f64, low: f64, high: f64) -> f64 {
    (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
}

/// About `count` ticks at multiples of 1, 2 or 5 times a power of ten inside `[low, high]`.
pub fn ticks(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let rough = (high / 2.0 - low / 2.0) / count.max(1) as f64 * 2.0;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough * 0.999).unwrap_or(10.0 * power);
    let decimals = usize::try_from(-(step * 1.000_001).log10().floor() as i64).unwrap_or(0).min(12);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    if !step.is_normal() || !(last - first).is_finite() || last - first > 100.0 {
        return Vec::new();
    }
    let count = (last - first).max(-1.0) as i64 + 1;
    (0..count).map(|i| (first + i as f64) * step).map(|value| Tick { value, text: domain::format::number(value, decimals) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(low: f64, high: f64) -> Vec<String> {
        ticks(low, high, 4).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(texts(37.0924, 37.1972), ["37.10", "37.15"]);
        assert_eq!(texts(0.0, 100.0), ["0", "50", "100"]);
        assert_eq!(texts(-1.2, 1.1), ["−1", "0", "1"]);
        assert_eq!(texts(0.023, 0.087), ["0.04", "0.06", "0.08"]);
        assert_eq!(texts(-2.3e7, 4.1e7), ["−20,000,000", "0", "20,000,000", "40,000,000"]);
        assert_eq!(texts(5.0, 5.0), Vec::<String>::new());
    }

    #[test]
    fn a_single_value_gets_air() {
        assert_eq!(padded(5.0, 5.0), (2.5, 7.5));
        assert_eq!(padded(0.0, 0.0), (-1.0, 1.0));
        assert_eq!(padded(0.0, 10.0), (-0.5, 10.5));
    }

    proptest! {
        #[test]
        fn any_two_numbers_make_an_axis(a in any::<f64>(), b in any::<f64>(), count in 1_usize..12) {
            prop_assume!(a.is_finite() && b.is_finite());
            let (low, high) = padded(a.min(b), a.max(b));
            prop_assert!(low.is_finite() && high.is_finite() && low <= high);
            let ticks = ticks(low, high, count);
            prop_assert!(ticks.len() <= 101);
            prop_assert!(ticks.iter().all(|t| t.value.is_finite()));
        }
    }
}
