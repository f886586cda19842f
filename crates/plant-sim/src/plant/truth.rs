//! The plant's own truth: what figures of a window must say, taken from what the plant knows and not from what its devices said.
//!
//! It counts shift by shift with whole standstills and shares no code with `domain::oee`, so that each is a check of the other.

use super::course::{Course, Doing};
use super::known::{Known, Seen, Sight};
use super::layout::{Dialect, MACHINES, Machine, REASONS};
use super::parts::{Quality, ideal_cycle_us};
use super::reports::reports;
use super::{Plant, Told};
use domain::{TimeRange, Timestamp};
use std::collections::BTreeMap;

/// What a window holds, in microseconds and counts; the names are those of oee.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Outside every shift.
    pub not_scheduled_us: i64,
    /// Breaks and maintenance of the calendar.
    pub planned_stop_us: i64,
    /// Changeovers.
    pub setup_us: i64,
    /// Standstills from the threshold on.
    pub unplanned_stop_us: i64,
    /// Shorter standstills.
    pub micro_stop_us: i64,
    /// Nobody knows.
    pub unknown_us: i64,
    /// Producing at reduced speed.
    pub slow_us: i64,
    /// Producing.
    pub producing_us: i64,
    /// Unplanned stops that began to count here.
    pub stops: u64,
    /// Their whole time.
    pub repair_us: i64,
    /// Micro-stops that began to count here.
    pub micro_stops: u64,
    /// Changeovers that began to count here.
    pub setups: u64,
    /// Good parts.
    pub good: u64,
    /// Rejects while running.
    pub reject: u64,
    /// Rejects of the start-up, where the device can tell.
    pub startup_reject: u64,
    /// Parts made good later.
    pub rework: u64,
    /// Parts told outside planned production time.
    pub outside_planned: u64,
    /// Ideal time of all parts.
    pub ideal_total_us: i64,
    /// Ideal time of good parts.
    pub ideal_good_us: i64,
}

impl Truth {
    /// All time together.
    pub fn calendar_us(&self) -> i64 {
        self.not_scheduled_us + self.planned_stop_us + self.planned_us()
    }

    /// Planned production time.
    pub fn planned_us(&self) -> i64 {
        self.setup_us + self.unplanned_stop_us + self.run_us() + self.unknown_us
    }

    /// Run time: micro-stops are within.
    pub fn run_us(&self) -> i64 {
        self.micro_stop_us + self.slow_us + self.producing_us
    }

    /// All parts.
    pub fn total(&self) -> u64 {
        self.good + self.reject + self.startup_reject + self.rework
    }
}

/// The truth of a machine's window as far as time has come; `as_of` lies in no stretch whose events arrive late.
pub fn truth(plant: &Plant, number: usize, window: TimeRange, as_of: Timestamp) -> Truth {
    let mut truth = Truth::default();
    let Some(machine) = MACHINES.get(number) else { return truth };
    let Ok(window) = TimeRange::new(window.start(), window.end().min(as_of)) else { return truth };
    let known = Known::of(plant, number, machine, window, as_of);
    truth.planned_stop_us = length_us(&known.breaks, window);
    truth.not_scheduled_us = window.length_us() - truth.planned_stop_us - length_us(&known.working, window);
    for seen in &known.seen {
        truth.sight(seen, window, &known.working);
    }
    let told = known.courses.iter().flat_map(|course| plant.told(number, machine, course));
    for told in told.filter(|told| window.contains(told.time)) {
        truth.part(plant, machine, &told, &known.working);
    }
    truth
}

/// The time of unplanned stops by what devices and people say of them; `None` is what nobody has classified.
pub fn reasons(plant: &Plant, number: usize, window: TimeRange, as_of: Timestamp) -> BTreeMap<Option<&'static str>, i64> {
    let mut times = BTreeMap::new();
    let Some(machine) = MACHINES.get(number) else { return times };
    let Ok(window) = TimeRange::new(window.start(), window.end().min(as_of)) else { return times };
    let known = Known::of(plant, number, machine, window, as_of);
    let given = given(plant, number, machine, &known.courses, as_of);
    for seen in known.seen.iter().filter(|seen| seen.sight == Sight::Stop && seen.end.since(seen.start) >= seen.threshold_us) {
        let Some(here) = TimeRange::new(seen.start, seen.end).ok().and_then(|whole| whole.overlap(window)) else { continue };
        let mut unsaid_us = length_us(&known.working, here);
        for (stretch, reason) in &given {
            let said_us = stretch.overlap(here).map_or(0, |said| length_us(&known.working, said));
            unsaid_us -= said_us;
            *times.entry(Some(*reason)).or_default() += said_us;
        }
        *times.entry(None).or_default() += unsaid_us;
    }
    times.retain(|_, us| *us > 0);
    times
}

/// How much of a range lies in others that do not overlap.
fn length_us(ranges: &[TimeRange], within: TimeRange) -> i64 {
    ranges.iter().filter_map(|range| range.overlap(within)).map(TimeRange::length_us).sum()
}

/// Stretches and the reasons that are given to them. They do not overlap.
fn given(plant: &Plant, number: usize, machine: &Machine, courses: &[Course], as_of: Timestamp) -> Vec<(TimeRange, &'static str)> {
    let mut given = Vec::new();
    if machine.dialect != Dialect::PackMl {
        let reports = courses.iter().flat_map(|course| reports(&plant.fate, number, machine, course));
        for report in reports.filter(|report| report.recorded < as_of) {
            given.extend(TimeRange::new(report.start, report.end).map(|stretch| (stretch, report.reason.id)));
        }
        return given;
    }
    // What the device says last holds until it runs again.
    let mut last = None;
    for phase in courses.iter().flat_map(|course| &course.phases) {
        last = match phase.doing {
            Doing::Run | Doing::Slow => None,
            Doing::Down(reason) | Doing::Waiting(reason) => REASONS.get(reason).map(|reason| reason.id),
            _ => last,
        };
        given.extend(TimeRange::new(phase.start, phase.end).ok().zip(last));
    }
    given
}

impl Truth {
    fn sight(&mut self, seen: &Seen, window: TimeRange, working: &[TimeRange]) {
        let Ok(whole) = TimeRange::new(seen.start, seen.end) else { return };
        let counting: Vec<TimeRange> = working.iter().filter_map(|range| range.overlap(whole)).collect();
        let here_us = length_us(&counting, window);
        let begins = counting.first().is_some_and(|first| window.contains(first.start()));
        match seen.sight {
            Sight::Run => self.producing_us += here_us,
            Sight::Slow => self.slow_us += here_us,
            Sight::Nothing => self.unknown_us += here_us,
            Sight::Setup => {
                self.setup_us += here_us;
                self.setups += u64::from(begins);
            }
            Sight::Stop if whole.length_us() < seen.threshold_us => {
                self.micro_stop_us += here_us;
                self.micro_stops += u64::from(begins);
            }
            Sight::Stop => {
                self.unplanned_stop_us += here_us;
                self.stops += u64::from(begins);
                self.repair_us += if begins { counting.iter().map(|range| range.length_us()).sum() } else { 0 };
            }
        }
    }

    fn part(&mut self, plant: &Plant, machine: &Machine, told: &Told, working: &[TimeRange]) {
        let ideal_us = ideal_cycle_us(machine.line, told.product, told.time >= plant.improved_from());
        self.ideal_total_us += ideal_us;
        self.outside_planned += u64::from(!working.iter().any(|range| range.contains(told.time)));
        match told.quality {
            Quality::Good => {
                self.good += 1;
                self.ideal_good_us += ideal_us;
            }
            // A counter of rejects does not say when they were made.
            Quality::StartupReject if machine.dialect != Dialect::MtConnect => self.startup_reject += 1,
            Quality::Reject | Quality::StartupReject => self.reject += 1,
            Quality::Rework => self.rework += 1,
        }
    }
}
