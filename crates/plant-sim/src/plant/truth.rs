//! The plant's own truth: what figures of a window must say, taken from what the plant knows and not from what its devices said.
//!
//! It counts shift by shift with whole standstills and shares no code with `domain::oee`, so that each is a check of the other.

use super::course::{Course, Doing};
use super::layout::{Dialect, MACHINES, Machine};
use super::parts::{Quality, ideal_cycle_us};
use super::trouble::{Broken, SILENCE_US};
use super::{Plant, Told};
use domain::civil::MINUTE_US;
use domain::{TimeRange, Timestamp};

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

/// What can be known of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    Run,
    Slow,
    Setup,
    Stop,
    Nothing,
}

/// A longest stretch of one sight: a standstill is whole in it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    start: Timestamp,
    end: Timestamp,
    sight: Sight,
    /// The length from which on it is a stop, for the product that is on the machine at its start.
    threshold_us: i64,
}

/// Shifts that are looked at on each side of a window: more than any standstill lasts.
const AROUND: i64 = 9;

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
    let clocks = &plant.fate.clocks;
    let (first, last) = (clocks.block_at(machine.line, window.start()), clocks.block_at(machine.line, window.end()));
    let courses: Vec<Course> = (first - AROUND..=last + 1).map(|block| plant.course(number, machine, block)).collect();
    let (mut breaks, mut working) = (Vec::new(), Vec::new());
    for block in courses.iter().map(|course| &course.block).filter(|block| block.worked) {
        let mut from = block.start;
        for pause in &block.breaks {
            working.extend(TimeRange::new(from, pause.start()));
            breaks.push(*pause);
            from = pause.end();
        }
        working.extend(TimeRange::new(from, block.end));
    }
    truth.planned_stop_us = breaks.iter().filter_map(|pause| pause.overlap(window)).map(TimeRange::length_us).sum();
    let working_us: i64 = working.iter().filter_map(|range| range.overlap(window)).map(TimeRange::length_us).sum();
    truth.not_scheduled_us = window.length_us() - truth.planned_stop_us - working_us;
    for seen in seen(plant, machine, &courses, as_of) {
        truth.sight(&seen, window, &working);
    }
    for told in courses.iter().flat_map(|course| plant.told(number, machine, course)).filter(|told| window.contains(told.time)) {
        truth.part(plant, machine, &told, &working);
    }
    truth
}

impl Truth {
    fn sight(&mut self, seen: &Seen, window: TimeRange, working: &[TimeRange]) {
        let Ok(whole) = TimeRange::new(seen.start, seen.end) else { return };
        let counting: Vec<TimeRange> = working.iter().filter_map(|range| range.overlap(whole)).collect();
        let here_us: i64 = counting.iter().filter_map(|range| range.overlap(window)).map(TimeRange::length_us).sum();
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

/// What can be known of the courses, equal neighbours as one, up to where time has come.
fn seen(plant: &Plant, machine: &Machine, courses: &[Course], as_of: Timestamp) -> Vec<Seen> {
    let mut list: Vec<Seen> = Vec::new();
    for course in courses {
        for (start, end, sight) in sights(machine, course) {
            let end = end.min(as_of);
            if start >= end {
                continue;
            }
            match list.last_mut().filter(|last| last.sight == sight) {
                Some(last) => last.end = end,
                None => {
                    let cycle_us = ideal_cycle_us(machine.line, course.product_at(start), start >= plant.improved_from());
                    list.push(Seen { start, end, sight, threshold_us: (3 * cycle_us).max(2 * MINUTE_US) });
                }
            }
        }
    }
    list
}

/// The phases of a block as they can be known: what broken connections hide is cut out.
fn sights(machine: &Machine, course: &Course) -> Vec<(Timestamp, Timestamp, Sight)> {
    let mut cuts: Vec<(Timestamp, Timestamp, Sight)> = Vec::new();
    for outage in &course.outages {
        match outage.kind {
            Broken::Unavailable | Broken::Lost => cuts.push((outage.start, outage.end, Sight::Nothing)),
            Broken::Silent => {
                // What held last is believed until the silence is too long.
                let believed = outage.start.plus(SILENCE_US).min(outage.end);
                let last = course.before(outage.start).map_or(Sight::Nothing, |doing| sight(machine, doing));
                cuts.extend([(outage.start, believed, last), (believed, outage.end, Sight::Nothing)]);
            }
            Broken::Late => {}
        }
    }
    let mut sights = Vec::new();
    for phase in &course.phases {
        let mut from = phase.start;
        for (start, end, _) in cuts.iter().filter(|(start, end, _)| *start < phase.end && phase.start < *end) {
            sights.push((from, *start, sight(machine, phase.doing)));
            from = (*end).max(from);
        }
        sights.push((from, phase.end, sight(machine, phase.doing)));
    }
    sights.extend(cuts);
    sights.retain(|(start, end, _)| start < end);
    sights.sort_by_key(|(start, ..)| *start);
    sights
}

fn sight(machine: &Machine, doing: Doing) -> Sight {
    match doing {
        Doing::Run => Sight::Run,
        Doing::Slow if machine.dialect == Dialect::Words => Sight::Slow,
        Doing::Slow => Sight::Run,
        Doing::Setup => Sight::Setup,
        Doing::Off | Doing::Down(_) | Doing::Pause | Doing::Waiting(_) | Doing::Late | Doing::Minor => Sight::Stop,
    }
}
