//! What people say afterwards: why a machine stood whose device cannot know. Some standstills stay unclassified.

use super::chance::{Chance, Topic};
use super::course::Course;
use super::layout::{Dialect, MACHINES, Machine, REASONS, Reason};
use super::trouble::Fate;
use domain::Timestamp;
use domain::civil::MINUTE_US;
use domain::plant;

/// A reason that somebody gave to a standstill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Place in [`MACHINES`].
    pub machine: usize,
    /// When it was given.
    pub recorded: Timestamp,
    /// First instant of the standstill.
    pub start: Timestamp,
    /// First instant after.
    pub end: Timestamp,
    /// The reason.
    pub reason: &'static Reason,
    /// Who gave it.
    pub author: &'static str,
}

impl Report {
    /// As it is filed.
    pub fn filed(&self) -> plant::Report {
        plant::Report::Reason { start: self.start, end: Some(self.end), reason: self.reason.id.to_owned() }
    }
}

/// The people of the shifts.
const AUTHORS: [&str; 6] = ["A. Brandt", "C. Diaz", "E. Fischer", "G. Hall", "J. Kowalski", "M. Nowak"];
/// Standstills that are reported last at least this long.
const WORTH_A_WORD_US: i64 = 4 * MINUTE_US;

/// The reports about failures that begin in a block, in order of their standstills. None is about a time of which nothing is known.
pub fn reports(fate: &Fate, number: usize, machine: &Machine, course: &Course) -> Vec<Report> {
    let mut chance = Chance::new(fate.seed, Topic::Reports, number, course.block.number);
    let mut reports = Vec::new();
    for failure in &course.failures {
        let (told, delay_us, author) = (chance.happens(0.75), chance.minutes(1.0, 20.0), chance.one_of(AUTHORS.len()));
        let clear = course.outages.iter().all(|outage| outage.end <= failure.start || failure.end <= outage.start);
        let worth = failure.end.since(failure.start) >= WORTH_A_WORD_US && machine.dialect != Dialect::PackMl;
        let (Some(reason), Some(author)) = (REASONS.get(failure.reason), AUTHORS.get(author)) else { continue };
        if told && clear && worth && number < MACHINES.len() {
            let recorded = failure.end.plus(delay_us);
            reports.push(Report { machine: number, recorded, start: failure.start, end: failure.end, reason, author });
        }
    }
    reports
}
