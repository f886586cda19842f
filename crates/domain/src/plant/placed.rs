//! Where a machine stands, when, and by which calendar it is meant to produce there.

use super::Plant;
use super::machine::Machine;
use super::place::{Line, Site};
use crate::oee::calendar::{Calendar, Shift};
use crate::zone::ZoneOffsets;
use crate::{TimeRange, Timestamp};

/// What a machine is part of at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed<'a> {
    /// Its line with its id.
    pub line: Option<(&'a str, &'a Line)>,
    /// Its own site or its line's, with its id.
    pub site: Option<(&'a str, &'a Site)>,
    /// Its own calendar, its line's or its site's, with its id; `None` is planned all the time.
    pub calendar: Option<(&'a str, &'a Calendar)>,
}

/// The calendars of a machine one after the other, over all of time: a shift ends where another place of the machine begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rota<'a>(Vec<(TimeRange, Option<&'a Calendar>)>);

impl Plant {
    /// What a machine is part of at an instant.
    pub fn placed<'a>(&'a self, machine: &'a Machine, time: Timestamp) -> Placed<'a> {
        let [line, site, calendar] = machine.names(time);
        let line = line.and_then(|id| self.lines.get_key_value(id)).map(|(id, line)| (id.as_str(), line));
        let [site_of_line, calendar_of_line, _] = line.map_or([None; 3], |(_, line)| line.names(time));
        let site = site.or(site_of_line).and_then(|id| self.sites.get_key_value(id)).map(|(id, site)| (id.as_str(), site));
        let of_site = || site.and_then(|(_, site)| site.calendar_at(time));
        let calendar = calendar.or(calendar_of_line).or_else(of_site).and_then(|id| self.calendars.get_key_value(id));
        Placed { line, site, calendar: calendar.map(|(id, calendar)| (id.as_str(), calendar)) }
    }

    /// The places of a machine one after the other, over all of time. What its line or its site is said to be from a date on is
    /// another place of its machines.
    pub fn places<'a>(&'a self, machine: &'a Machine) -> Vec<(TimeRange, Placed<'a>)> {
        let mut places: Vec<(TimeRange, Placed<'a>)> = Vec::new();
        for part in cut(TimeRange::ALL, self.changes(machine)) {
            let placed = self.placed(machine, part.start());
            let same = places.last().filter(|(_, before)| before.is_same(&placed));
            match same.and_then(|(before, _)| TimeRange::new(before.start(), part.end()).ok()).zip(places.last_mut()) {
                Some((joined, last)) => last.0 = joined,
                None => places.push((part, placed)),
            }
        }
        places
    }

    /// A stretch, cut where a machine changes its place.
    pub fn cut(&self, machine: &Machine, whole: TimeRange) -> Vec<TimeRange> {
        cut(whole, self.places(machine).into_iter().map(|(held, _)| held.start()))
    }

    /// The calendars of a machine one after the other.
    pub fn rota<'a>(&'a self, machine: &'a Machine) -> Rota<'a> {
        let places = self.places(machine).into_iter();
        Rota(places.map(|(held, placed)| (held, placed.calendar.map(|(_, calendar)| calendar))).collect())
    }

    /// The calendars by which a machine is meant to produce at any time.
    pub fn calendars_of<'a>(&'a self, machine: &'a Machine) -> impl Iterator<Item = &'a str> {
        self.places(machine).into_iter().filter_map(|(_, placed)| placed.calendar.map(|(id, _)| id))
    }

    /// The sites at which a calendar is worked by at any time; `None` is at no site. A site or a line that names it counts before
    /// it has a machine.
    pub fn sites_by(&self, calendar: &str) -> Vec<Option<(&str, &Site)>> {
        let site = |id: &str| self.sites.get_key_value(id).map(|(id, site)| (id.as_str(), site));
        let since = |changes: Vec<Timestamp>| [Timestamp::MIN].into_iter().chain(changes);
        let of_sites = self.sites.iter().filter(|(_, site)| since(site.changes()).any(|time| site.calendar_at(time) == Some(calendar)));
        let of_lines = self.lines.values().flat_map(|line| {
            let named = since(line.changes()).map(|time| line.names(time)).filter(|names| names[1] == Some(calendar));
            named.map(|names| names[0].and_then(site))
        });
        let places = self.machines.values().flat_map(|machine| self.places(machine));
        let of_machines = places.filter(|(_, placed)| placed.calendar.is_some_and(|(id, _)| id == calendar)).map(|(_, placed)| placed.site);
        let mut found: Vec<Option<(&str, &Site)>> = Vec::new();
        for site in of_sites.map(|(id, site)| Some((id.as_str(), site))).chain(of_lines).chain(of_machines) {
            if !found.iter().any(|known| known.map(|(id, _)| id) == site.map(|(id, _)| id)) {
                found.push(site);
            }
        }
        found
    }

    /// The instants at which a machine, a line or a site that it is ever at may become another.
    fn changes(&self, machine: &Machine) -> Vec<Timestamp> {
        let lines: Vec<&Line> = machine.lines().filter_map(|id| self.lines.get(id)).collect();
        let sites = machine.sites().chain(lines.iter().flat_map(|line| line.sites())).filter_map(|id| self.sites.get(id));
        let of_sites = sites.flat_map(Site::changes);
        machine.changes().into_iter().chain(lines.iter().flat_map(|line| line.changes())).chain(of_sites).collect()
    }
}

impl Placed<'_> {
    /// Whether another is the same place with the same calendar.
    fn is_same(&self, other: &Self) -> bool {
        let ids = |placed: &Self| [placed.line.map(|(id, _)| id), placed.site.map(|(id, _)| id), placed.calendar.map(|(id, _)| id)];
        ids(self) == ids(other)
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
