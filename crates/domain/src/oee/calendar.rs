//! Shift calendars: local wall time in, instants out. The length of a shift is the difference of its instants, so the night
//! shift of a night in which clocks change has 7 or 9 hours (7.5 or 8.5 on Lord Howe).

use super::wall::{BadHours, WallRange};
use crate::civil::{DAY_US, Date};
use crate::zone::{Twice, ZoneOffsets};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// A shift as people plan it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftPlan {
    /// `Early`, `Night`.
    pub name: String,
    /// When it works.
    pub hours: WallRange,
    /// Its planned stops, counted from the same midnight: the break of a night shift at two o'clock starts at 26 h.
    pub breaks: Vec<WallRange>,
}

/// The shifts of a cycle of days: 7 for a week, 28 for a four-week rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Day 0 of the cycle; for a week a Monday.
    pub anchor: Date,
    /// The first date it holds for; an earlier rotation holds until the day before.
    pub valid_from: Date,
    /// The shifts of each day of the cycle.
    pub days: Vec<Vec<ShiftPlan>>,
}

/// The calendar of a machine or a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Dated rotations; the one with the latest `valid_from` up to a date holds on it.
    pub rotations: Vec<Rotation>,
    /// Dates with shifts of their own; of two for a date the later in the list holds.
    pub exceptions: Vec<Exception>,
}

/// A date with shifts of its own in place of the rotation's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The local date.
    pub date: Date,
    /// None for a holiday; all of the date's shifts where an extra one is worked.
    pub shifts: Vec<ShiftPlan>,
}

/// A shift on a date, in instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Local date of its start: also the hours after midnight belong to it.
    pub date: Date,
    /// The plan's name.
    pub name: String,
    /// From start to end.
    pub range: TimeRange,
    /// Planned stops inside it.
    pub breaks: Vec<TimeRange>,
}

/// When a machine is meant to produce; the ranges may overlap and touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Shifts.
    pub scheduled: Vec<TimeRange>,
    /// Planned stops that the calendar knows.
    pub breaks: Vec<TimeRange>,
}

impl ShiftPlan {
    /// A shift as people write it: `22:00-06:00` with the breaks `02:00-02:30`.
    pub fn parse(name: &str, hours: &str, breaks: &[&str]) -> Result<Self, BadHours> {
        let hours: WallRange = hours.parse()?;
        let breaks = breaks.iter().map(|text| text.parse::<WallRange>().map(|pause| pause.not_before(hours.start_us())));
        Ok(Self { name: name.to_owned(), hours, breaks: breaks.collect::<Result<_, _>>()? })
    }
}

impl Calendar {
    /// What its shifts are called, each as often as it is planned.
    pub fn shift_names(&self) -> impl Iterator<Item = &str> {
        let days = self.rotations.iter().flat_map(|rotation| &rotation.days).chain(self.exceptions.iter().map(|date| &date.shifts));
        days.flatten().map(|shift| shift.name.as_str())
    }

    /// The same shifts every day.
    pub fn daily(shifts: Vec<ShiftPlan>) -> Self {
        let first = Date { year: -4713, month: 11, day: 24 };
        Self { rotations: vec![Rotation { anchor: first, valid_from: first, days: vec![shifts] }], exceptions: Vec::new() }
    }

    /// The shifts that touch a range, in order of their start. The offsets must hold for the range and two days around it,
    /// as those of `Zone::offsets` do.
    pub fn shifts(&self, range: TimeRange, zone: &ZoneOffsets) -> Vec<Shift> {
        // A shift is at most a day long and begins within its date, so it may have begun two dates before.
        let first = zone.wall_us(range.start()).div_euclid(DAY_US) - 2;
        let last = zone.wall_us(range.end()).div_euclid(DAY_US) + 1;
        let shifts = (first..=last).flat_map(|day| self.plans(day).iter().filter_map(move |plan| shift(plan, day, zone)));
        let mut shifts: Vec<_> = shifts.filter(|shift| shift.range.overlap(range).is_some()).collect();
        shifts.sort_by(|a, b| a.range.start().cmp(&b.range.start()).then_with(|| a.name.cmp(&b.name)));
        shifts
    }

    /// The shifts and breaks that touch a range.
    pub fn plan(&self, range: TimeRange, zone: &ZoneOffsets) -> Plan {
        let mut plan = Plan::default();
        for shift in self.shifts(range, zone) {
            plan.scheduled.push(shift.range);
            plan.breaks.extend(shift.breaks);
        }
        plan
    }

    fn plans(&self, day: i64) -> &[ShiftPlan] {
        let date = Date::from_days(day);
        if let Some(exception) = self.exceptions.iter().rfind(|exception| exception.date == date) {
            return &exception.shifts;
        }
        let rotation = self.rotations.iter().filter(|rotation| rotation.valid_from <= date).max_by_key(|rotation| rotation.valid_from);
        let Some(Rotation { anchor, days, .. }) = rotation else { return &[] };
        let length = i64::try_from(days.len()).unwrap_or(i64::MAX).max(1);
        let at = usize::try_from((day - anchor.days()).rem_euclid(length)).unwrap_or(0);
        days.get(at).map_or(&[], Vec::as_slice)
    }
}

impl Shift {
    /// Its length without its breaks.
    pub fn planned_us(&self) -> i64 {
        let mut breaks = self.breaks.clone();
        breaks.sort_unstable_by_key(|pause| pause.start());
        let (mut planned_us, mut until) = (self.range.length_us(), self.range.start());
        for pause in breaks {
            planned_us -= pause.end().since(pause.start().max(until)).max(0);
            until = until.max(pause.end());
        }
        planned_us
    }
}

impl Plan {
    /// Scheduled all the time, without breaks: a machine without a calendar.
    pub fn always() -> Self {
        Self { scheduled: vec![TimeRange::ALL], breaks: Vec::new() }
    }
}

/// The shift that an instant belongs to: of those that hold it the one that began last, so that a border belongs to the later.
pub fn shift_at(shifts: &[Shift], time: Timestamp) -> Option<&Shift> {
    shifts.iter().filter(|shift| shift.range.contains(time)).max_by_key(|shift| shift.range.start())
}

/// `None` when the clocks skip the whole shift.
fn shift(plan: &ShiftPlan, day: i64, zone: &ZoneOffsets) -> Option<Shift> {
    let at = |us: i64| zone.instant(day.saturating_mul(DAY_US).saturating_add(us), Twice::Earlier);
    let range = TimeRange::new(at(plan.hours.start_us()), at(plan.hours.end_us())).ok()?;
    // A shift ends when the clock on the wall says so, but a break lasts as long as it lasts, also while clocks change.
    let pause = |wall: &WallRange| {
        let start = at(wall.start_us());
        TimeRange::new(start, start.plus(wall.end_us() - wall.start_us())).ok()
    };
    let breaks = plan.breaks.iter().filter_map(pause).filter_map(|pause| pause.overlap(range)).collect();
    Some(Shift { date: Date::from_days(day), name: plan.name.clone(), range, breaks })
}
