//! The six big losses (Nakajima): the way from planned production time down to fully productive time.

use super::figures::Figures;
use serde::{Deserialize, Serialize};

/// Where planned production time went, in microseconds. All of it together is planned production time, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Availability: equipment failure, and every other unplanned stop.
    pub failure_us: i64,
    /// Availability: setup and adjustment.
    pub setup_us: i64,
    /// Performance: idling and minor stops.
    pub minor_stops_us: i64,
    /// Performance: reduced speed. Negative where the machine ran faster than its ideal cycle.
    pub reduced_speed_us: i64,
    /// Quality: process defects and rework.
    pub process_defects_us: i64,
    /// Quality: start-up rejects.
    pub startup_rejects_us: i64,
    /// No loss and no gain: nothing is known.
    pub unknown_us: i64,
    /// What is left.
    pub fully_productive_us: i64,
}

impl Losses {
    /// The losses of sums; `None` where an ideal cycle is missing, because lost speed cannot be told from lost parts then.
    pub fn of(figures: &Figures) -> Option<Self> {
        if figures.counts.without_ideal > 0 {
            return None;
        }
        let (times, ideal) = (&figures.times, &figures.ideal);
        Some(Self {
            failure_us: times.unplanned_stop_us,
            setup_us: times.setup_us,
            minor_stops_us: times.micro_stop_us,
            reduced_speed_us: times.run_us().saturating_sub(times.micro_stop_us).saturating_sub(ideal.total_us),
            process_defects_us: ideal.total_us.saturating_sub(ideal.good_us).saturating_sub(ideal.startup_us),
            startup_rejects_us: ideal.startup_us,
            unknown_us: times.unknown_us,
            fully_productive_us: ideal.good_us,
        })
    }

    /// Their sum: planned production time.
    pub fn sum_us(&self) -> i64 {
        let Self {
            failure_us,
            setup_us,
            minor_stops_us,
            reduced_speed_us,
            process_defects_us,
            startup_rejects_us,
            unknown_us,
            fully_productive_us,
        } = *self;
        let availability_us = failure_us.saturating_add(setup_us).saturating_add(unknown_us);
        let quality_us = process_defects_us.saturating_add(startup_rejects_us).saturating_add(fully_productive_us);
        // The lost speed comes last: it may be negative, and then what it is taken from must be there already.
        availability_us.saturating_add(quality_us).saturating_add(minor_stops_us).saturating_add(reduced_speed_us)
    }
}
