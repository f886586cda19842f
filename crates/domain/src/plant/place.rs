//! Where machines stand, and from when on.

use super::Plant;
use super::machine::Machine;
use crate::oee::calendar::{Calendar, Shift};
use crate::zone::ZoneOffsets;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// What it is called.
    pub name: String,
    /// IANA name of its zone; the tenant's where not given.
    pub zone: Option<String>,
    /// The calendar of its machines.
    pub calendar: Option<String>,
}

/// Machines that make one thing one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub site: Option<String>,
    /// The calendar of its machines.
    pub calendar: Option<String>,
    /// The machine that limits what can leave the line, which speaks for it in the roll-up by line.
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

/// What a machine is part of at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed<'a> {
    /// Its line with its id.
    pub line: Option<(&'a str, &'a Line)>,
    /// Its own site or its line's, with its id.
    pub site: Option<(&'a str, &'a Site)>,
    /// Its own calendar, its line's or its site's; `None` is planned all the time.
    pub calendar: Option<&'a Calendar>,
}

/// The calendars of a machine one after the other, over all of time: a shift ends where another place of the machine begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rota<'a>(Vec<(TimeRange, Option<&'a Calendar>)>);

impl Machine {
    /// The instants at which it changes its place, in order.
    pub fn moves(&self) -> Vec<Timestamp> {
        let mut moves: Vec<Timestamp> = self.places.iter().map(|(from, _)| *from).collect();
        moves.sort_unstable();
        moves.dedup();
        moves
    }

    /// A stretch, cut where it changes its place.
    pub fn cut(&self, whole: TimeRange) -> Vec<TimeRange> {
        cut(whole, self.moves())
    }

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

    /// The calendars of its own at any time, with where it stands by them.
    pub fn own<'a>(&'a self, plant: &'a Plant) -> impl Iterator<Item = (&'a str, Option<(&'a str, &'a Site)>)> {
        let times = [Timestamp::MIN].into_iter().chain(self.moves());
        times.filter_map(|time| Some((self.names(time)[2]?, plant.placed(self, time).site)))
    }

    /// Line, site and calendar as they are named for an instant.
    pub(super) fn names(&self, time: Timestamp) -> [Option<&str>; 3] {
        let begun = self.places.iter().filter(|(from, _)| *from <= time).max_by_key(|(from, _)| *from);
        match begun {
            Some((_, Place { line, site, calendar })) => [line, site, calendar],
            None => [&self.line, &self.site, &self.calendar],
        }
        .map(Option::as_deref)
    }
}

impl Plant {
    /// What a machine is part of at an instant.
    pub fn placed<'a>(&'a self, machine: &'a Machine, time: Timestamp) -> Placed<'a> {
        let [line, site, calendar] = machine.names(time);
        let line = line.and_then(|id| self.lines.get_key_value(id)).map(|(id, line)| (id.as_str(), line));
        let of_line = || line.and_then(|(_, line)| line.site.as_deref());
        let site = site.or_else(of_line).and_then(|id| self.sites.get_key_value(id)).map(|(id, site)| (id.as_str(), site));
        let of_line = || line.and_then(|(_, line)| line.calendar.as_deref());
        let of_site = || site.and_then(|(_, site)| site.calendar.as_deref());
        let calendar = calendar.or_else(of_line).or_else(of_site).and_then(|id| self.calendars.get(id));
        Placed { line, site, calendar }
    }

    /// The places of a machine one after the other, over all of time.
    pub fn places<'a>(&'a self, machine: &'a Machine) -> Vec<(TimeRange, Placed<'a>)> {
        machine.cut(TimeRange::ALL).into_iter().map(|part| (part, self.placed(machine, part.start()))).collect()
    }

    /// The calendars of a machine one after the other.
    pub fn rota<'a>(&'a self, machine: &'a Machine) -> Rota<'a> {
        Rota(self.places(machine).into_iter().map(|(part, placed)| (part, placed.calendar)).collect())
    }
}

impl<'a> Rota<'a> {
    /// One calendar for all of time.
    pub fn always(calendar: &'a Calendar) -> Self {
        Self(vec![(TimeRange::ALL, Some(calendar))])
    }

    /// Whether there is a calendar at any time.
    pub fn plans(&self) -> bool {
        self.0.iter().any(|(_, calendar)| calendar.is_some())
    }

    /// The shifts that touch a range, in order of their start, as [`Calendar::shifts`] finds them.
    pub fn shifts(&self, range: TimeRange, zone: &ZoneOffsets) -> Vec<Shift> {
        let mut shifts = Vec::new();
        for (held, calendar) in &self.0 {
            let (Some(calendar), Some(part)) = (calendar, range.overlap(*held)) else { continue };
            shifts.extend(calendar.shifts(part, zone).into_iter().filter_map(|shift| shift.within(*held)));
        }
        shifts
    }
}

impl Shift {
    /// The part of it that lies in a stretch.
    fn within(self, held: TimeRange) -> Option<Self> {
        let Self { date, name, range, breaks } = self;
        let range = range.overlap(held)?;
        Some(Self { date, name, range, breaks: breaks.into_iter().filter_map(|pause| pause.overlap(range)).collect() })
    }
}

/// A stretch, cut at those of the instants that lie inside it.
pub(super) fn cut(whole: TimeRange, at: impl IntoIterator<Item = Timestamp>) -> Vec<TimeRange> {
    let inside = |time: &Timestamp| whole.start() < *time && *time < whole.end();
    let mut borders: Vec<Timestamp> = at.into_iter().filter(inside).chain([whole.start(), whole.end()]).collect();
    borders.sort_unstable();
    borders.dedup();
    borders.windows(2).filter_map(|pair| TimeRange::new(*pair.first()?, *pair.last()?).ok()).collect()
}
