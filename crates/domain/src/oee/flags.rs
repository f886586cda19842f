//! What a reader must know before trusting a figure.

use super::figures::Figures;
use super::policy::Policy;
use super::product::Currency;
use super::ratio::Ratio;
use crate::plant::Unpriced;
use serde::{Deserialize, Serialize};

/// A doubt about figures. Nothing is mended silently; it is shown as it is, with the flag beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Performance is above 100 %.
    IdealCycleTooLong,
    /// Performance is above 100 % and shown as 100 %, as the policy wants.
    PerformanceCapped,
    /// Without its micro-stops the machine ran faster than its ideal cycle, though performance is below 100 %.
    FasterThanIdeal,
    /// A product that was made has no ideal cycle: performance and OEE are n/a.
    NoIdealCycle,
    /// Something of planned production time is unknown: look at the interval.
    MissingData,
    /// A standstill may still become a stop.
    Provisional,
    /// Parts were reported outside planned production time.
    PartsOutsidePlanned,
    /// Parts were reported and the machine never ran.
    PartsWithoutRun,
    /// Values in several currencies cannot be added.
    MixedCurrencies,
    /// A product without a price, where others have one, leaves no sum of money.
    NoPrice,
    /// An hour rate holds for one part of the window, and prices for another.
    MixedWays,
}

impl Flag {
    /// The flags of sums, in a fixed order.
    pub fn of(figures: &Figures, policy: &Policy) -> Vec<Self> {
        let (times, counts, ideal) = (&figures.times, &figures.counts, &figures.ideal);
        let too_long = Ratio::new(ideal.total_us, times.run_us()).is_some_and(Ratio::above_one);
        let faster = ideal.total_us > times.run_us().saturating_sub(times.micro_stop_us);
        [
            (Self::IdealCycleTooLong, too_long),
            (Self::PerformanceCapped, too_long && policy.cap_performance),
            (Self::FasterThanIdeal, faster && !too_long && times.run_us() > 0),
            (Self::NoIdealCycle, counts.without_ideal > 0),
            (Self::MissingData, times.unknown_us > 0),
            (Self::Provisional, figures.provisional),
            (Self::PartsOutsidePlanned, counts.outside_planned > 0),
            (Self::PartsWithoutRun, counts.parts.total() > 0 && times.run_us() == 0),
            (Self::MixedCurrencies, figures.value_millionths.keys().filter(|currency| **currency != Currency::NONE).count() > 1),
        ]
        .into_iter()
        .filter_map(|(flag, holds)| holds.then_some(flag))
        .collect()
    }

    /// The same with what keeps their money from being summed.
    pub fn with(figures: &Figures, policy: &Policy, unpriced: &Unpriced) -> Vec<Self> {
        let mut flags = Self::of(figures, policy);
        flags.extend(unpriced.flags());
        flags.sort_unstable();
        flags.dedup();
        flags
    }

    /// The sentence beside the figure.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::IdealCycleTooLong => "Performance is above 100 %: the ideal cycle is too long.",
            Self::PerformanceCapped => "Performance is above 100 % and shown as 100 %, as set for this machine.",
            Self::FasterThanIdeal => "Between its micro-stops the machine ran faster than its ideal cycle.",
            Self::NoIdealCycle => "A product has no ideal cycle; set one to see performance and OEE.",
            Self::MissingData => "Some of the planned time is unknown; the interval says what that leaves open.",
            Self::Provisional => "A stop is not yet as long as a stop must be; this figure may change.",
            Self::PartsOutsidePlanned => "Parts were reported outside planned production time; is a shift missing?",
            Self::PartsWithoutRun => "Parts were reported though the machine did not run.",
            Self::MixedCurrencies => "Values in several currencies are not added up.",
            Self::NoPrice => "A product has no price, so no sum of money is shown.",
            Self::MixedWays => "An hour rate held for a part of this window and prices for another; the two are not added up.",
        }
    }
}
