//! A machine: who built it, where it stands, how its device is read, and what is expected of it.

use super::place::Place;
use super::placed::cut;
use crate::machine::Mapping;
use crate::oee::policy::Limits;
use crate::oee::product::Currency;
use crate::oee::{Policy, Standard, money};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// What it is called.
    pub name: String,
    /// The line that it is part of, until its first other place.
    pub line: Option<String>,
    /// Where it stands, when it is part of no line.
    pub site: Option<String>,
    /// Who built it.
    pub builder: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its type, as reasons name it: `mill`.
    pub machine_type: Option<String>,
    /// Who owns it, for a builder with customers.
    pub customer: Option<String>,
    /// When it is meant to produce, where that is not its line's or site's calendar.
    pub calendar: Option<String>,
    /// After so long without a sign of life its state is unknown; `None` for a device that speaks only of changes.
    pub silence_us: Option<i64>,
    /// Standstills shorter than this are micro-stops; `None` takes max(2 min, 3 × ideal cycle).
    pub micro_stop_us: Option<i64>,
    /// Shows a performance above 100 % as 100 %, with a flag.
    pub cap_performance: bool,
    /// Where the colours of its OEE begin; `None` takes 65 % and 85 %.
    pub limits: Option<Limits>,
    /// What its device's words mean.
    pub mapping: Mapping,
    /// How its parts are counted.
    pub counting: Counting,
    /// What is expected of a product that has no standard of its own, from when on.
    pub standards: Vec<(Option<Timestamp>, Standard)>,
    /// What it should reach, from when on.
    pub targets: Vec<(Option<Timestamp>, Target)>,
    /// What an hour of it costs, from when on; without one, money is the contribution of the good parts that were not made.
    pub rates: Vec<(Option<Timestamp>, Rate)>,
    /// Where it stands from when on, after the line, site and calendar above.
    pub places: Vec<(Timestamp, Place)>,
}

/// How a device's counters are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counting {
    /// The count after which its counters go on at zero, as 65 536; `None` when they never roll over.
    pub rolls_over_at: Option<u64>,
    /// The device counts nothing: each time that it stops running and is ready again, a part was made.
    pub by_cycles: bool,
}

/// What a machine should reach, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// OEE.
    pub oee: u16,
    /// Availability, performance, quality, where they are set.
    pub factors: Option<[u16; 3]>,
}

/// What an hour of a machine costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// In minor units.
    pub minor_per_hour: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl Machine {
    /// What may be adjusted for its figures.
    pub fn policy(&self) -> Policy {
        let standard = Policy::default();
        let limits = self.limits.unwrap_or(standard.limits);
        Policy { micro_stop_us: self.micro_stop_us, cap_performance: self.cap_performance, limits }
    }

    /// What it should reach at an instant.
    pub fn target(&self, time: Timestamp) -> Option<Target> {
        held(&self.targets, time).copied()
    }

    /// What it should reach over a window, cut where another target begins to hold.
    pub fn targets(&self, window: TimeRange) -> Vec<(TimeRange, Option<Target>)> {
        let parts = cut(window, self.targets.iter().filter_map(|(from, _)| *from));
        parts.into_iter().map(|part| (part, self.target(part.start()))).collect()
    }

    /// What an hour of it costs at an instant; `None` counts money by the parts that were not made.
    pub fn hour_rate(&self, time: Timestamp) -> Option<money::Rate> {
        held(&self.rates, time).map(|rate| money::Rate::machine_hour(rate.currency, rate.minor_per_hour))
    }
}

/// The value that holds at an instant; of those from one date on the later in the list.
fn held<T>(dated: &[(Option<Timestamp>, T)], time: Timestamp) -> Option<&T> {
    let begun = dated.iter().filter(|(from, _)| from.is_none_or(|from| from <= time));
    begun.max_by_key(|(from, _)| *from).map(|(_, value)| value)
}
