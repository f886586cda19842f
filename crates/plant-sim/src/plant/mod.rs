//! A plant of twelve machines that produce, break and wait, and what their devices and people tell of it.
//!
//! Everything is drawn per machine and shift, so any stretch of time can be asked for without what was before it, and weeks of
//! history at once agree with living through them.

mod chance;
mod deliveries;
mod facts;
pub mod layout;
mod shift;

mod course;
mod trouble;

mod known;
mod parts;
mod reports;
mod truth;
mod words;

pub use deliveries::Deliveries;
pub use reports::Report;
pub use shift::Clocks;
pub use trouble::SILENCE_US;
pub use truth::Truth;
pub use words::OWN_WORDS;

use course::Course;
use domain::civil::DAY_US;
use domain::machine::Observation;
use domain::plant::Fact;
use domain::{TimeRange, Timestamp};
use layout::{MACHINES, Machine};
use parts::Quality;
use std::collections::BTreeMap;
use trouble::{Broken, Fate};

/// The plant of a seed.
#[derive(Clone, Debug)]
pub struct Plant {
    fate: Fate,
    opened: Timestamp,
}

/// What the device of a machine said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Place in [`MACHINES`].
    pub machine: usize,
    /// The same observation always has the same number, and later ones of the machine have greater ones.
    pub number: u64,
    /// What it said.
    pub observation: Observation,
}

/// A part as the device tells of it.
struct Told {
    time: Timestamp,
    product: usize,
    quality: Quality,
}

/// Observations of a block are fewer than this.
const NUMBERS: i64 = 100_000;

impl Plant {
    /// The plant of a seed, in which products were improved ten days after `opened`. The clocks must hold for every time that is asked for.
    pub fn new(seed: u64, opened: Timestamp, clocks: Clocks) -> Self {
        Self { fate: Fate { seed, clocks }, opened }
    }

    /// From here on some products have another ideal cycle.
    pub fn improved_from(&self) -> Timestamp {
        self.opened.plus(10 * DAY_US)
    }

    /// What its model states: sites, lines, machines, products, calendars, reasons.
    pub fn facts(&self) -> Vec<Fact> {
        facts::facts(self)
    }

    /// What arrived from a machine's device within a range, in order of arrival.
    pub fn observations(&self, machine: usize, arrived: TimeRange) -> Vec<Delivery> {
        let mut deliveries = Deliveries::of(self, machine, arrived.start());
        deliveries.until(arrived.end())
    }

    /// What people said about a machine within a range, in the order in which they said it.
    pub fn reports(&self, machine: usize, recorded: TimeRange) -> Vec<Report> {
        let Some(of) = MACHINES.get(machine) else { return Vec::new() };
        let clocks = &self.fate.clocks;
        // A report is at most a few hours late, and a block has at least seven.
        let blocks = clocks.block_at(of.line, recorded.start()) - 2..=clocks.block_at(of.line, recorded.end());
        let all = blocks.flat_map(|block| reports::reports(&self.fate, machine, of, &self.course(machine, of, block)));
        let mut within: Vec<Report> = all.filter(|report| recorded.contains(report.recorded)).collect();
        within.sort_by_key(|report| (report.recorded, report.start));
        within
    }

    /// What figures of a window must say as far as time has come, see [`Truth`].
    pub fn truth(&self, machine: usize, window: TimeRange, as_of: Timestamp) -> Truth {
        truth::truth(self, machine, window, as_of)
    }

    /// The time of unplanned stops in a window by reason, as far as time has come; `None` is what nobody has classified.
    pub fn reasons(&self, machine: usize, window: TimeRange, as_of: Timestamp) -> BTreeMap<Option<&'static str>, i64> {
        truth::reasons(self, machine, window, as_of)
    }

    /// Whether a machine is the problem of the day that an instant belongs to.
    pub fn bad_day(&self, machine: usize, time: Timestamp) -> bool {
        MACHINES.get(machine).is_some_and(|of| self.fate.bad_day(machine, self.fate.clocks.block_at(of.line, time)))
    }

    fn course(&self, number: usize, machine: &Machine, block: i64) -> Course {
        Course::of(&self.fate, number, machine, block)
    }

    /// What the device of a machine says of a block, in order of arrival.
    fn block(&self, number: usize, machine: &Machine, block: i64) -> Vec<Delivery> {
        let course = self.course(number, machine, block);
        let made = parts::made(&self.fate, number, machine, &course, self.improved_from());
        let observations = words::observations(number, machine, &course, &made);
        let first = u64::try_from(block.saturating_mul(NUMBERS)).unwrap_or(0);
        (first..).zip(observations).map(|(at, observation)| Delivery { machine: number, number: at, observation }).collect()
    }

    /// The parts of a block as the device tells of them: what a broken connection hides is told when it is back.
    fn told(&self, number: usize, machine: &Machine, course: &Course) -> Vec<Told> {
        let told = parts::made(&self.fate, number, machine, course, self.improved_from()).into_iter().map(|made| {
            let hidden = course.outages.iter().find(|outage| outage.kind != Broken::Late && outage.hides(made.time));
            let time = hidden.map_or(made.time, |outage| outage.end);
            Told { time, product: made.product, quality: made.fate }
        });
        told.collect()
    }
}
