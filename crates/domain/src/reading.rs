//! A reading: what a source says of one series at one instant, before it is stored.

use crate::series::SeriesId;
use crate::time::Timestamp;

/// One reading. The same series and time twice is one reading: the later one to be written stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which series; a name that is new creates the series.
    pub series: SeriesId,
    /// When.
    pub time: Timestamp,
    /// What, in the series' unit, always finite; `None` is a gap: the source spoke and had no value.
    pub value: Option<f64>,
}

impl Reading {
    /// A reading of any double; NaN and the infinities are gaps.
    pub fn new(series: SeriesId, time: Timestamp, value: f64) -> Self {
        Self { series, time, value: value.is_finite().then_some(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_a_gap() {
        let series = SeriesId::table("a");
        for (value, kept) in [(1.5, Some(1.5)), (f64::NAN, None), (f64::INFINITY, None), (f64::NEG_INFINITY, None), (-0.0, Some(-0.0))] {
            assert_eq!(Reading::new(series.clone(), Timestamp::from_us(0), value).value, kept);
        }
    }
}
