//! Sites and lines, and what is said of them and of machines from a date on.

use super::machine::Machine;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// What it is called.
    pub name: String,
    /// IANA name of its zone; the tenant's where not given.
    pub zone: Option<String>,
    /// The calendar of its machines, until the first other one.
    pub calendar: Option<String>,
    /// The calendar of its machines from when on, after the one above.
    pub calendars: Vec<(Timestamp, Option<String>)>,
}

/// Machines that make one thing one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// What it is called.
    pub name: String,
    /// Where it stands, until its first other place.
    pub site: Option<String>,
    /// The calendar of its machines.
    pub calendar: Option<String>,
    /// The machine that limits what can leave the line, which speaks for it in the roll-up by line.
    pub constraint: Option<String>,
    /// Where it stands from when on, after the site, calendar and constraint above.
    pub places: Vec<(Timestamp, LinePlace)>,
}

/// Where a line stands from a date on. It says all three anew: what it leaves out the line has no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinePlace {
    /// Its site.
    pub site: Option<String>,
    /// The calendar of its machines, where that is not its site's.
    pub calendar: Option<String>,
    /// The machine that speaks for it.
    pub constraint: Option<String>,
}

/// Where a machine stands from a date on. It says all three anew: what it leaves out the machine has no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The line that it is part of.
    pub line: Option<String>,
    /// Where it stands, when it is part of no line.
    pub site: Option<String>,
    /// When it is meant to produce, where that is not its line's or site's calendar.
    pub calendar: Option<String>,
}

impl Site {
    /// The calendar that it names for an instant.
    pub fn calendar_at(&self, time: Timestamp) -> Option<&str> {
        begun(&self.calendars, time).unwrap_or(&self.calendar).as_deref()
    }

    /// The instants at which it gets another calendar, in order.
    pub fn changes(&self) -> Vec<Timestamp> {
        dates(&self.calendars)
    }
}

impl Line {
    /// The site that it names for an instant.
    pub fn site_at(&self, time: Timestamp) -> Option<&str> {
        self.names(time)[0]
    }

    /// The machine that speaks for it at an instant.
    pub fn constraint_at(&self, time: Timestamp) -> Option<&str> {
        self.names(time)[2]
    }

    /// Every site that it names for any time.
    pub fn sites(&self) -> impl Iterator<Item = &str> {
        let later = self.places.iter().filter_map(|(_, place)| place.site.as_deref());
        self.site.as_deref().into_iter().chain(later)
    }

    /// The instants at which it changes its place, in order.
    pub fn changes(&self) -> Vec<Timestamp> {
        dates(&self.places)
    }

    /// Site, calendar and constraint as they are named for an instant.
    pub(super) fn names(&self, time: Timestamp) -> [Option<&str>; 3] {
        match begun(&self.places, time) {
            Some(LinePlace { site, calendar, constraint }) => [site, calendar, constraint],
            None => [&self.site, &self.calendar, &self.constraint],
        }
        .map(Option::as_deref)
    }
}

impl Machine {
    /// Every line that it is part of at any time.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let later = self.places.iter().filter_map(|(_, place)| place.line.as_deref());
        self.line.as_deref().into_iter().chain(later)
    }

    /// Every site that it names for any time.
    pub fn sites(&self) -> impl Iterator<Item = &str> {
        let later = self.places.iter().filter_map(|(_, place)| place.site.as_deref());
        self.site.as_deref().into_iter().chain(later)
    }

    /// The line that it names for an instant.
    pub fn line_at(&self, time: Timestamp) -> Option<&str> {
        self.names(time)[0]
    }

    /// The instants at which it changes its place, in order.
    pub fn changes(&self) -> Vec<Timestamp> {
        dates(&self.places)
    }

    /// Line, site and calendar as they are named for an instant.
    pub(super) fn names(&self, time: Timestamp) -> [Option<&str>; 3] {
        match begun(&self.places, time) {
            Some(Place { line, site, calendar }) => [line, site, calendar],
            None => [&self.line, &self.site, &self.calendar],
        }
        .map(Option::as_deref)
    }
}

/// What was last said to hold from a date on that has come.
fn begun<T>(dated: &[(Timestamp, T)], time: Timestamp) -> Option<&T> {
    dated.iter().filter(|(from, _)| *from <= time).max_by_key(|(from, _)| *from).map(|(_, said)| said)
}

fn dates<T>(dated: &[(Timestamp, T)]) -> Vec<Timestamp> {
    let mut dates: Vec<Timestamp> = dated.iter().map(|(from, _)| *from).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}
