//! Parts made: good, rejected, reworked.

use super::product::ProductId;
use super::state::ReasonId;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Parts of a product that were reported at an instant. They belong to the window that holds the instant, so a report on
/// the border of two shifts belongs to the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Made {
    /// When.
    pub time: Timestamp,
    /// What.
    pub product: ProductId,
    /// How many of each kind.
    pub parts: Parts,
    /// Why those of them that are not good are not, where somebody said so.
    pub reason: Option<ReasonId>,
}

/// Numbers of parts by what became of them; together they are the total count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parts {
    /// Good at the first try.
    pub good: u64,
    /// Rejected while running: process defects.
    pub reject: u64,
    /// Rejected while starting up or warming up.
    pub startup_reject: u64,
    /// Made good later; for OEE not good.
    pub rework: u64,
}

/// Why numbers of parts are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More good parts than parts.
    #[error("{good} good parts of {total} made cannot be: correct the total or the good count")]
    GoodAboveTotal {
        /// What was made.
        total: u64,
        /// What is said to be good.
        good: u64,
    },
    /// More rejects than parts.
    #[error("{reject} rejects of {total} parts made cannot be: correct the total or the rejects")]
    RejectAboveTotal {
        /// What was made.
        total: u64,
        /// What is said to be rejected.
        reject: u64,
    },
}

impl Parts {
    /// Of a total and the good ones among it; the rest is rejected.
    pub fn of_good(total: u64, good: u64) -> Result<Self, Refused> {
        let reject = total.checked_sub(good).ok_or(Refused::GoodAboveTotal { total, good })?;
        Ok(Self { good, reject, ..Self::default() })
    }

    /// Of a total and the rejects among it; the rest is good.
    pub fn of_reject(total: u64, reject: u64) -> Result<Self, Refused> {
        let good = total.checked_sub(reject).ok_or(Refused::RejectAboveTotal { total, reject })?;
        Ok(Self { good, reject, ..Self::default() })
    }

    /// All parts.
    pub fn total(&self) -> u64 {
        let Self { good, reject, startup_reject, rework } = *self;
        good.saturating_add(reject).saturating_add(startup_reject).saturating_add(rework)
    }
}

/// Parts and events of a window; they add up over windows, machines and products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Parts by what became of them.
    pub parts: Parts,
    /// Parts of the total that were reported outside planned production time.
    pub outside_planned: u64,
    /// Parts of the total whose product had no ideal cycle then.
    pub without_ideal: u64,
    /// Unplanned stops that began here; a stop that goes on in the next window is not counted again.
    pub stops: u64,
    /// Time in unplanned stop of those that began here, wherever it lies: the numerator of MTTR.
    pub repair_us: i64,
    /// Micro-stops that began here.
    pub micro_stops: u64,
    /// Changeovers that began here.
    pub setups: u64,
}

impl Counts {
    /// Adds the counts of another window or machine.
    pub fn add(&mut self, other: &Self) {
        let Self { parts, outside_planned, without_ideal, stops, repair_us, micro_stops, setups } = other;
        self.parts.add(*parts);
        self.outside_planned = self.outside_planned.saturating_add(*outside_planned);
        self.without_ideal = self.without_ideal.saturating_add(*without_ideal);
        self.stops = self.stops.saturating_add(*stops);
        self.repair_us = self.repair_us.saturating_add(*repair_us);
        self.micro_stops = self.micro_stops.saturating_add(*micro_stops);
        self.setups = self.setups.saturating_add(*setups);
    }
}

impl Parts {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        let Self { good, reject, startup_reject, rework } = other;
        self.good = self.good.saturating_add(good);
        self.reject = self.reject.saturating_add(reject);
        self.startup_reject = self.startup_reject.saturating_add(startup_reject);
        self.rework = self.rework.saturating_add(rework);
    }
}
