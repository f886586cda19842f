//! The ladder of times after ISO 22400-2: calendar, planned production, run; what each rung loses to the next.

use super::state::Category;
use serde::{Deserialize, Serialize};

/// Time by category in microseconds. They add up to calendar time, over windows and over machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Outside every shift.
    pub not_scheduled_us: i64,
    /// Planned stops inside shifts.
    pub planned_stop_us: i64,
    /// Changeover; AUST, actual unit setup time.
    pub setup_us: i64,
    /// Unplanned stops; ADET, actual unit delay time.
    pub unplanned_stop_us: i64,
    /// Standstills shorter than the threshold: within run time, lost to performance.
    pub micro_stop_us: i64,
    /// Nothing is known.
    pub unknown_us: i64,
    /// Producing at reduced speed.
    pub slow_us: i64,
    /// Producing.
    pub producing_us: i64,
}

impl Times {
    /// All of it.
    pub fn calendar_us(&self) -> i64 {
        self.planned_us().saturating_add(self.not_scheduled_us).saturating_add(self.planned_stop_us)
    }

    /// Planned production time, PBT: shift time minus planned stops. It holds what is unknown, too.
    pub fn planned_us(&self) -> i64 {
        self.known_us().saturating_add(self.unknown_us)
    }

    /// Planned production time of which something is known; AUBT, actual unit busy time.
    pub fn known_us(&self) -> i64 {
        self.run_us().saturating_add(self.setup_us).saturating_add(self.unplanned_stop_us)
    }

    /// Run time, APT: planned production time without unplanned stops, changeover and what is unknown. Micro-stops are within.
    pub fn run_us(&self) -> i64 {
        self.producing_us.saturating_add(self.slow_us).saturating_add(self.micro_stop_us)
    }

    /// Processing time, AUPT = APT + AUST.
    pub fn processing_us(&self) -> i64 {
        self.run_us().saturating_add(self.setup_us)
    }

    /// The time of a category.
    pub fn of(&mut self, category: Category) -> &mut i64 {
        match category {
            Category::NotScheduled => &mut self.not_scheduled_us,
            Category::PlannedStop => &mut self.planned_stop_us,
            Category::Setup => &mut self.setup_us,
            Category::UnplannedStop => &mut self.unplanned_stop_us,
            Category::MicroStop => &mut self.micro_stop_us,
            Category::Unknown => &mut self.unknown_us,
            Category::Slow => &mut self.slow_us,
            Category::Run => &mut self.producing_us,
        }
    }

    /// Adds the times of another window or machine.
    pub fn add(&mut self, other: &Self) {
        let Self { not_scheduled_us, planned_stop_us, setup_us, unplanned_stop_us, micro_stop_us, unknown_us, slow_us, producing_us } =
            *other;
        for (category, us) in [
            (Category::NotScheduled, not_scheduled_us),
            (Category::PlannedStop, planned_stop_us),
            (Category::Setup, setup_us),
            (Category::UnplannedStop, unplanned_stop_us),
            (Category::MicroStop, micro_stop_us),
            (Category::Unknown, unknown_us),
            (Category::Slow, slow_us),
            (Category::Run, producing_us),
        ] {
            let sum = self.of(category);
            *sum = sum.saturating_add(us);
        }
    }
}
