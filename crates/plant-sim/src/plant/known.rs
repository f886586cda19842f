//! What can be known of a machine's course: what broken connections hide is cut out, and standstills are whole.

use super::Plant;
use super::course::{Course, Doing};
use super::layout::{Dialect, Machine};
use super::parts::ideal_cycle_us;
use super::trouble::{Broken, SILENCE_US};
use domain::civil::MINUTE_US;
use domain::{TimeRange, Timestamp};

/// What is known around a window.
pub struct Known {
    pub courses: Vec<Course>,
    pub seen: Vec<Seen>,
    /// Planned production time, in order.
    pub working: Vec<TimeRange>,
    /// Planned stops of the calendar, in order.
    pub breaks: Vec<TimeRange>,
}

impl Known {
    /// Whole around a window, as far as time has come.
    pub fn of(plant: &Plant, number: usize, machine: &Machine, window: TimeRange, as_of: Timestamp) -> Self {
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
        let seen = seen(plant, machine, &courses, as_of);
        Self { courses, seen, working, breaks }
    }
}

/// What can be known of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Run,
    Slow,
    Setup,
    Stop,
    Nothing,
}

/// A longest stretch of one sight: a standstill is whole in it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub start: Timestamp,
    pub end: Timestamp,
    pub sight: Sight,
    /// The length from which on it is a stop, for the product that is on the machine at its start.
    pub threshold_us: i64,
}

/// Shifts that are looked at on each side of a window: more than any standstill lasts.
const AROUND: i64 = 9;

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
