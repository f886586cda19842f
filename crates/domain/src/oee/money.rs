//! Losses in money. Full value V = planned / ideal cycle × value of a good unit; lost to A = (1−A)·V, to P = A(1−P)·V,
//! to Q = AP(1−Q)·V, so that they sum to (1−OEE)·V to the last minor unit.

use super::figures::Figures;
use super::product::{Currency, Standard};
use super::ratio::Ratio;
use crate::civil::HOUR_US;
use serde::{Deserialize, Serialize};

/// What an hour of fully productive time is worth, and which of the two ways of counting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How it is counted; boards say so.
    pub mode: Mode,
    /// What it is counted in.
    pub currency: Currency,
    /// Millionths of the minor unit …
    pub millionths: i64,
    /// … for this many microseconds; positive.
    pub per_us: i64,
}

/// What a lost hour costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The contribution of the good parts that were not made.
    LostContribution,
    /// The rate of the machine-hour.
    MachineHour,
}

/// Value and losses in minor units. Full value = good + availability + performance + quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// How it is counted.
    pub mode: Mode,
    /// What it is counted in.
    pub currency: Currency,
    /// All known planned production time, fully productive.
    pub full_value_minor: i64,
    /// What was made good.
    pub good_minor: i64,
    /// Lost to stops and changeovers.
    pub availability_minor: i64,
    /// Lost to speed and micro-stops; negative where the machine ran faster than its ideal cycle.
    pub performance_minor: i64,
    /// Lost to rejects and rework.
    pub quality_minor: i64,
    /// What the time is worth of which nothing is known; neither lost nor earned.
    pub unknown_minor: i64,
}

impl Rate {
    /// Of an hour of the machine, in minor units.
    pub fn machine_hour(currency: Currency, minor_per_hour: i64) -> Self {
        Self { mode: Mode::MachineHour, currency, millionths: minor_per_hour.saturating_mul(1_000_000), per_us: HOUR_US }
    }

    /// Of one product.
    pub fn of_product(standard: &Standard) -> Self {
        let Standard { ideal_cycle_us, value_millionths, currency } = *standard;
        Self { mode: Mode::LostContribution, currency, millionths: value_millionths, per_us: ideal_cycle_us }
    }

    /// Of what was made, in the mix it was made in. Where nothing was made, nothing says which product the lost time was for:
    /// the caller asks the order. `None` also for a mix of currencies, which cannot be added, and where a part has no price.
    pub fn of_mix(figures: &Figures) -> Option<Self> {
        let mut values = figures.value_millionths.iter();
        let (currency, millionths) = values.next()?;
        let one = values.next().is_none() && figures.ideal.total_us > 0;
        let (currency, millionths, per_us) = (*currency, *millionths, figures.ideal.total_us);
        one.then_some(Self { mode: Mode::LostContribution, currency, millionths, per_us })
    }

    /// The worth of a time in minor units, rounded half away from zero.
    pub fn minor(&self, time_us: i64) -> i64 {
        let over = i128::from(time_us).saturating_mul(i128::from(self.millionths));
        rounded(over, i128::from(self.per_us.max(1)).saturating_mul(1_000_000))
    }
}

impl Money {
    /// The losses of sums; `None` where an ideal cycle is missing. Each loss is the difference of two rounded rungs of the
    /// ladder, so the sum is exact and no rounding is left over.
    pub fn of(figures: &Figures, rate: &Rate) -> Option<Self> {
        if figures.counts.without_ideal > 0 {
            return None;
        }
        let (times, ideal) = (&figures.times, &figures.ideal);
        let [full, run, net, good] = [times.known_us(), times.run_us(), ideal.total_us, ideal.good_us].map(|us| rate.minor(us));
        Some(Self {
            mode: rate.mode,
            currency: rate.currency,
            full_value_minor: full,
            good_minor: good,
            availability_minor: full.saturating_sub(run),
            performance_minor: run.saturating_sub(net),
            quality_minor: net.saturating_sub(good),
            unknown_minor: rate.minor(times.unknown_us),
        })
    }

    /// Both together; `None` where currencies or ways of counting differ.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let Self { mode, currency, full_value_minor, good_minor, availability_minor, performance_minor, quality_minor, unknown_minor } =
            *other;
        ((self.mode, self.currency) == (mode, currency)).then(|| Self {
            mode,
            currency,
            full_value_minor: self.full_value_minor.saturating_add(full_value_minor),
            good_minor: self.good_minor.saturating_add(good_minor),
            availability_minor: self.availability_minor.saturating_add(availability_minor),
            performance_minor: self.performance_minor.saturating_add(performance_minor),
            quality_minor: self.quality_minor.saturating_add(quality_minor),
            unknown_minor: self.unknown_minor.saturating_add(unknown_minor),
        })
    }

    /// One point of OEE: V / 100.
    pub fn one_oee_point_minor(&self) -> i64 {
        rounded(i128::from(self.full_value_minor), 100)
    }

    /// One point of availability at today's speed and quality, P·Q·V / 100: the honest "1 % downtime". `None` when nothing ran.
    pub fn one_availability_point_minor(&self, figures: &Figures) -> Option<i64> {
        let (over, under) = Ratio::new(figures.ideal.good_us, figures.times.run_us())?.terms();
        Some(rounded(i128::from(self.full_value_minor).checked_mul(over)?, under.checked_mul(100)?))
    }

    /// What is missing to a target in thousandths of OEE; negative above it.
    pub fn gap_minor(&self, target: u16) -> i64 {
        let wanted = rounded(i128::from(self.full_value_minor).saturating_mul(i128::from(target)), 1000);
        wanted.saturating_sub(self.good_minor)
    }
}

/// Rounded half away from zero, clamped to what fits.
fn rounded(over: i128, under: i128) -> i64 {
    let half = under / 2;
    let up = if over < 0 { over.saturating_sub(half) } else { over.saturating_add(half) };
    let clamped = (up / under.max(1)).clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(clamped).unwrap_or(i64::MAX)
}
