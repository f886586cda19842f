//! What missing data leaves open: between "unknown was all down" and "unknown was all run at today's speed and quality".

use super::figures::Figures;
use super::policy::Policy;
use super::ratio::Ratio;
use super::ratios::speed_and_quality;
use serde::{Deserialize, Serialize};

/// The least and the most that a ratio can have been. The value over known time lies within.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Unknown was all down.
    pub low: f64,
    /// Unknown was all run.
    pub high: f64,
}

/// The interval of availability; `None` when nothing was planned.
pub fn availability(figures: &Figures) -> Option<Interval> {
    let (low, high) = bounds(figures)?;
    Some(Interval { low: low.value(), high: high.value() })
}

/// The interval of OEE; `None` when nothing was planned, or where an ideal cycle is missing.
pub fn oee(figures: &Figures, policy: &Policy) -> Option<Interval> {
    let (low, high) = bounds(figures)?;
    if figures.counts.without_ideal > 0 {
        return None;
    }
    let (low, high) = match speed_and_quality(figures, policy) {
        Some(speed) => (low.times(speed)?, high.times(speed)?),
        // Nothing known ran, so today's speed is not known either: the most is that all of the rest was fully productive.
        None => {
            let (good_us, planned_us) = (i128::from(figures.ideal.good_us), i128::from(figures.times.planned_us()));
            (Ratio::new(good_us, planned_us)?, Ratio::new(good_us + i128::from(figures.times.unknown_us), planned_us)?)
        }
    };
    Some(Interval { low: low.value(), high: high.value() })
}

fn bounds(figures: &Figures) -> Option<(Ratio, Ratio)> {
    let times = &figures.times;
    let most_us = i128::from(times.run_us()) + i128::from(times.unknown_us);
    Ratio::new(times.run_us(), times.planned_us()).zip(Ratio::new(most_us, times.planned_us()))
}
