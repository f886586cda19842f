//! The rules that may be adjusted, and the version of those that may not.

use crate::civil::MINUTE_US;
use serde::{Deserialize, Serialize};

/// Version of the rules in this folder. It is stored beside every computed figure and raised whenever the same
/// evidence would give another figure.
pub const POLICY_VERSION: u32 = 2;

/// What a plant may adjust for a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Unplanned stops shorter than this are micro-stops; `None` takes max(2 min, 3 × ideal cycle).
    pub micro_stop_us: Option<i64>,
    /// Shows a performance above 100 % as 100 %. Never silent: the figures carry [`super::Flag::PerformanceCapped`].
    pub cap_performance: bool,
    /// From what value on an OEE is amber and green.
    pub limits: Limits,
}

/// Limits of the colours of a ratio, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Below this it is red.
    pub amber_from: u16,
    /// From this on it is green.
    pub green_from: u16,
}

/// The word beside a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rating {
    /// Below the lower limit.
    Red,
    /// Between the limits.
    Amber,
    /// At the upper limit or above.
    Green,
}

/// World class in thousandths: availability, performance, quality.
pub const WORLD_CLASS: [u16; 3] = [900, 950, 999];

impl Default for Policy {
    fn default() -> Self {
        Self { micro_stop_us: None, cap_performance: false, limits: Limits { amber_from: 650, green_from: 850 } }
    }
}

impl Policy {
    /// The length from which on a standstill is a stop and no micro-stop, for the ideal cycle that held when it began.
    pub fn micro_stop_us(&self, ideal_cycle_us: Option<i64>) -> i64 {
        let by_cycle_us = ideal_cycle_us.unwrap_or(0).saturating_mul(3);
        self.micro_stop_us.unwrap_or_else(|| by_cycle_us.max(2 * MINUTE_US))
    }
}

impl Limits {
    /// The rating of a ratio.
    pub fn rating(self, ratio: f64) -> Rating {
        if ratio < f64::from(self.amber_from) / 1000.0 {
            Rating::Red
        } else if ratio < f64::from(self.green_from) / 1000.0 {
            Rating::Amber
        } else {
            Rating::Green
        }
    }
}
