//! Ratios after ISO 22400-2 and oee.com, each from its sums and none from another rounded one. `None` is n/a.

use super::figures::Figures;
use super::policy::Policy;
use super::ratio::Ratio;
use crate::civil::HOUR_US;
use serde::{Deserialize, Serialize};

/// The ratios of a window, machine or plant. Over time that is known; see [`super::interval`] for what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ratios {
    /// Run / planned.
    pub availability: Option<f64>,
    /// Ideal cycle × total / run.
    pub performance: Option<f64>,
    /// Good / total, weighted by ideal time.
    pub quality: Option<f64>,
    /// Fully productive / planned.
    pub oee: Option<f64>,
    /// Net equipment effectiveness: AUPT / PBT · P · Q.
    pub nee: Option<f64>,
    /// OEE × planned / calendar.
    pub teep: Option<f64>,
    /// OEE × planned / shift time.
    pub ooe: Option<f64>,
    /// Planned / calendar.
    pub utilisation: Option<f64>,
    /// APT / (APT + ADET).
    pub technical_efficiency: Option<f64>,
    /// APT / AUBT.
    pub utilisation_efficiency: Option<f64>,
    /// AUST / AUPT.
    pub setup_ratio: Option<f64>,
    /// Rejects / total.
    pub scrap_ratio: Option<f64>,
    /// Rework / total.
    pub rework_ratio: Option<f64>,
    /// Parts an hour of run time.
    pub throughput_per_h: Option<f64>,
    /// Run time a stop, in microseconds; the number of stops stands in the counts.
    pub mtbf_us: Option<f64>,
    /// Time to repair a stop, in microseconds.
    pub mttr_us: Option<f64>,
}

impl Ratios {
    /// The ratios of sums.
    pub fn of(figures: &Figures, policy: &Policy) -> Self {
        let (times, counts) = (&figures.times, &figures.counts);
        let (total, known_us, run_us) = (counts.parts.total(), times.known_us(), times.run_us());
        let number = |ratio: Option<Ratio>| ratio.map(Ratio::value);
        let oee = oee(figures, policy);
        let scaled = |over_us: i64, under_us: i64| oee.zip(Ratio::new(over_us, under_us)).and_then(|(oee, by)| oee.times(by));
        let speed = speed_and_quality(figures, policy);
        let rejects = counts.parts.reject.saturating_add(counts.parts.startup_reject);
        Self {
            availability: number(availability(figures)),
            performance: number(performance(figures, policy)),
            quality: number(quality(figures)),
            oee: number(oee),
            nee: number(speed.zip(Ratio::new(times.processing_us(), known_us)).and_then(|(speed, busy)| speed.times(busy))),
            teep: number(scaled(times.planned_us(), times.calendar_us())),
            ooe: number(scaled(times.planned_us(), times.planned_us().saturating_add(times.planned_stop_us))),
            utilisation: number(Ratio::new(times.planned_us(), times.calendar_us())),
            technical_efficiency: number(Ratio::new(run_us, run_us.saturating_add(times.unplanned_stop_us))),
            utilisation_efficiency: number(Ratio::new(run_us, known_us)),
            setup_ratio: number(Ratio::new(times.setup_us, times.processing_us())),
            scrap_ratio: number(Ratio::new(rejects, total)),
            rework_ratio: number(Ratio::new(counts.parts.rework, total)),
            throughput_per_h: number(Ratio::new(i128::from(total) * i128::from(HOUR_US), run_us)),
            mtbf_us: number(Ratio::new(run_us, counts.stops)),
            mttr_us: number(Ratio::new(counts.repair_us, counts.stops)),
        }
    }
}

/// The quotient of two sums as a number; `None` when there is nothing to divide by.
pub fn ratio(over: i64, under: i64) -> Option<f64> {
    Ratio::new(over, under).map(Ratio::value)
}

/// Run / planned, of the time that is known.
pub fn availability(figures: &Figures) -> Option<Ratio> {
    Ratio::new(figures.times.run_us(), figures.times.known_us())
}

/// Net run time / run time, as it is: above 100 % means that the ideal cycle is too long. Capped only where the policy says so.
pub fn performance(figures: &Figures, policy: &Policy) -> Option<Ratio> {
    let performance = Ratio::new(figures.ideal.total_us, figures.times.run_us()).filter(|_| figures.counts.without_ideal == 0)?;
    if policy.cap_performance && performance.above_one() { Ratio::new(1, 1) } else { Some(performance) }
}

/// Good / total, weighted by ideal time so that A·P·Q = OEE holds with mixed products. By counts where no part has an ideal cycle.
pub fn quality(figures: &Figures) -> Option<Ratio> {
    let parts = &figures.counts.parts;
    match figures.counts.without_ideal {
        0 => Ratio::new(figures.ideal.good_us, figures.ideal.total_us),
        without if without == parts.total() => Ratio::new(parts.good, parts.total()),
        _ => None,
    }
}

/// P·Q in the short form: fully productive / run.
pub fn speed_and_quality(figures: &Figures, policy: &Policy) -> Option<Ratio> {
    let performance = performance(figures, policy)?;
    match quality(figures) {
        Some(quality) => performance.times(quality),
        // Run time and no part: quality is n/a, and what was produced is nothing.
        None => Ratio::new(0, 1),
    }
}

/// Fully productive / planned, of the time that is known. Planned and never run is 0, not n/a.
pub fn oee(figures: &Figures, policy: &Policy) -> Option<Ratio> {
    let availability = availability(figures)?;
    if figures.counts.without_ideal > 0 {
        return None;
    }
    match speed_and_quality(figures, policy) {
        Some(speed) => availability.times(speed),
        None => Ratio::new(figures.ideal.good_us, figures.times.known_us()),
    }
}
