//! The windows of boards: shifts, days, weeks and months of the plant's calendar, or any range; and the window before.

use crate::civil::{DAY_US, Date};
use crate::oee::calendar::Shift;
use crate::plant::Rota;
use crate::window::{self, Anchors, BadWindow, WindowSpec};
use crate::zone::{Twice, ZoneOffsets};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest window of a board, in days: a year and what a year is compared with at its edges. More would be read and computed
/// for minutes.
pub const MOST_DAYS: i64 = 400;

/// What a window is a window of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Period {
    /// A shift of the machine's calendar; a day where it has none.
    #[default]
    Shift,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// From start to end, also what of it is still to come.
    pub range: TimeRange,
    /// `Early, Sat 21 Nov`.
    pub name: String,
    /// The shift's name alone; empty for all others.
    pub shift: String,
}

/// The window that an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Asked {
    /// Of which kind.
    pub period: Period,
    /// How many before the running one.
    pub back: u32,
    /// Exactly this range instead, its ends as [`WindowSpec`] reads them: the first instant, and the first instant after.
    pub range: Option<(String, String)>,
    /// As it was known at this moment, written like an end of a window; `None` as it is known now.
    pub known: Option<String>,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Shift, Self::Day, Self::Week, Self::Month];

    /// Its word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shift => "shift",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// How far back so many of them may reach: as far as offsets of the zone must be known. Plants that work one shift a
    /// week are shown what fits.
    pub fn reach_us(self, count: u32) -> i64 {
        let days = match self {
            Self::Shift => 14,
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
        };
        let shifts = if self == Self::Shift { 2 } else { days };
        (i64::from(count) * shifts + days + 2) * DAY_US
    }

    /// The last `count` that began up to `now`, the oldest first; the last one is running or, between two shifts, over.
    pub fn frames(self, rota: &Rota<'_>, zone: &ZoneOffsets, now: Timestamp, count: u32) -> Vec<Frame> {
        let most = usize::try_from(count).unwrap_or(usize::MAX);
        if let (Self::Shift, true, Ok(reached)) = (self, rota.plans(), TimeRange::new(now.plus(-self.reach_us(count)), now.plus(1))) {
            let shifts = rota.shifts(reached, zone).into_iter().filter(|shift| shift.range.start() <= now);
            let mut frames: Vec<Frame> = shifts.map(Frame::from).collect();
            frames.drain(..frames.len().saturating_sub(most));
            if !frames.is_empty() {
                return frames;
            }
        }
        let today = zone.wall_us(now).div_euclid(DAY_US);
        let frame = |back: u32| {
            let (first, after, name) = self.dates(today, i64::from(back));
            let midnight = |day: i64| zone.instant(day.saturating_mul(DAY_US), Twice::Earlier);
            Some(Frame { range: TimeRange::new(midnight(first), midnight(after)).ok()?, name, shift: String::new() })
        };
        (0..count).rev().filter_map(frame).collect()
    }

    /// Those that a range holds, the parts of others cut to it. What lies between two shifts is in none.
    pub fn within(self, rota: &Rota<'_>, zone: &ZoneOffsets, range: TimeRange) -> Vec<Frame> {
        let frames = match (self, rota.plans()) {
            (Self::Shift, true) => rota.shifts(range, zone).into_iter().map(Frame::from).collect(),
            _ => {
                let shortest_days = match self {
                    Self::Shift | Self::Day => 1,
                    Self::Week => 7,
                    Self::Month => 28,
                };
                let count = range.length_us() / (shortest_days * DAY_US) + 3;
                self.frames(&Rota::default(), zone, range.last(), u32::try_from(count).unwrap_or(u32::MAX))
            }
        };
        frames.into_iter().filter_map(|frame| Some(Frame { range: frame.range.overlap(range)?, ..frame })).collect()
    }

    /// First day and first day after of the one that is `back` before that of a day, and its name.
    fn dates(self, today: i64, back: i64) -> (i64, i64, String) {
        match self {
            Self::Shift | Self::Day => {
                let day = today - back;
                (day, day + 1, Date::from_days(day).say())
            }
            Self::Week => {
                // 1970-01-05 was a Monday.
                let monday = (today - 4).div_euclid(7) * 7 + 4 - 7 * back;
                (monday, monday + 7, format!("Week from {}", Date::from_days(monday).say()))
            }
            Self::Month => {
                let Date { year, month, .. } = Date::from_days(today);
                let first = |number: i64| Date { year: number.div_euclid(12), month: number.rem_euclid(12) as u32 + 1, day: 1 };
                let number = year * 12 + i64::from(month) - 1 - back;
                let name = first(number);
                (name.days(), first(number + 1).days(), format!("{} {}", name.month_name(), name.year))
            }
        }
    }
}

impl From<Shift> for Frame {
    fn from(Shift { date, name, range, .. }: Shift) -> Self {
        Self { range, name: format!("{name}, {}", date.say()), shift: name }
    }
}

impl Asked {
    /// The moment as known at which everything is shown; `None` is now. One that is still to come is now as well.
    pub fn known_at(&self, instant: &dyn Fn(i64, Twice) -> Timestamp, now: Timestamp) -> Result<Option<Timestamp>, BadWindow> {
        let Some(known) = self.known.as_deref() else { return Ok(None) };
        let moment = window::moment("known", known, Anchors { now, extent: None }, instant)?;
        Ok(Some(moment).filter(|moment| *moment < now))
    }

    /// The window and the one before it, which changes are counted against. Ends that cannot be read are refused, and windows
    /// of more than [`MOST_DAYS`].
    pub fn frames(&self, rota: &Rota<'_>, zone: &ZoneOffsets, now: Timestamp) -> Result<(Frame, Option<Frame>), BadWindow> {
        if let Some((from, to)) = &self.range {
            let anchors = Anchors { now, extent: None };
            let spec = WindowSpec::parse(Some(from), Some(to))?;
            let both = spec.resolve(anchors, &|wall_us, twice| zone.instant(wall_us, twice))?;
            // As `andon oee` takes it: two windows side by side share no instant.
            let range = TimeRange::new(both.start(), both.last())?;
            if range.length_us() > MOST_DAYS * DAY_US {
                return Err(BadWindow::TooLong { days: range.length_us().saturating_add(DAY_US - 1) / DAY_US, most: MOST_DAYS });
            }
            let before = TimeRange::new(range.start().plus(-range.length_us()), range.start()).ok();
            let frame = |range| Frame { range, name: String::new(), shift: String::new() };
            return Ok((frame(range), before.map(frame)));
        }
        let mut frames = self.period.frames(rota, zone, now, self.back.saturating_add(2));
        let last = frames.len().saturating_sub(usize::try_from(self.back).unwrap_or(usize::MAX).saturating_add(1));
        frames.truncate(last + 1);
        let shown = frames.pop().unwrap_or(Frame { range: day_before(now), name: String::new(), shift: String::new() });
        Ok((shown, frames.pop()))
    }
}

/// The last 24 hours: where the calendar is so odd that it has no day.
fn day_before(now: Timestamp) -> TimeRange {
    TimeRange::new(now.plus(-DAY_US), now).unwrap_or(TimeRange::ALL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::HOUR_US;
    use crate::oee::calendar::{Calendar, ShiftPlan};

    fn berlin() -> ZoneOffsets {
        // The clocks of 2026 in Berlin: an hour forward on 29 March and back on 25 October, each at 01:00 UTC.
        let changes = [(1_774_746_000_000_000, 7_200), (1_792_890_000_000_000, 3_600)];
        let changes = changes.map(|(change, offset_s)| (Timestamp::from_us(change), offset_s)).to_vec();
        ZoneOffsets { name: "Europe/Berlin".to_owned(), initial_s: 3_600, changes }
    }

    fn three_shifts() -> Calendar {
        let shift = |name: &str, hours: &str| ShiftPlan::parse(name, hours, &[]).unwrap();
        Calendar::daily(vec![shift("Early", "06:00-14:00"), shift("Late", "14:00-22:00"), shift("Night", "22:00-06:00")])
    }

    fn at(text: &str) -> Timestamp {
        match Timestamp::parse(text) {
            Some(crate::time::Written::Instant(time)) => time,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_night_of_the_change_has_seven_hours() {
        let frames = Period::Shift.frames(&Rota::always(&three_shifts()), &berlin(), at("2026-03-29T00:30:00Z"), 3);
        let said: Vec<_> = frames.iter().map(|frame| (frame.name.as_str(), frame.range.length_us() / HOUR_US)).collect();
        assert_eq!(said, [("Early, Sat 28 Mar", 8), ("Late, Sat 28 Mar", 8), ("Night, Sat 28 Mar", 7)]);
    }

    #[test]
    fn a_border_belongs_to_the_later_shift_and_back_counts_shifts() {
        let now = at("2026-01-10T05:00:00Z");
        let asked = |back| Asked { back, ..Asked::default() }.frames(&Rota::always(&three_shifts()), &berlin(), now).unwrap();
        assert_eq!((asked(0).0.name.as_str(), asked(0).1.unwrap().name.as_str()), ("Early, Sat 10 Jan", "Night, Fri 9 Jan"));
        assert_eq!(asked(1).0.name, "Night, Fri 9 Jan");
        assert_eq!(asked(3).0.range.end(), asked(2).0.range.start());
    }

    #[test]
    fn days_weeks_and_months_are_the_walls() {
        for (period, name, hours) in [
            (Period::Day, "Sun 29 Mar", 23),
            (Period::Week, "Week from Mon 23 Mar", 7 * 24 - 1),
            (Period::Month, "March 2026", 31 * 24 - 1),
            (Period::Shift, "Sun 29 Mar", 23),
        ] {
            let (frame, before) =
                Asked { period, ..Asked::default() }.frames(&Rota::default(), &berlin(), at("2026-03-29T12:00:00Z")).unwrap();
            assert_eq!((frame.name.as_str(), frame.range.length_us() / HOUR_US), (name, hours));
            assert_eq!(before.unwrap().range.end(), frame.range.start());
        }
    }

    #[test]
    fn a_range_holds_whole_windows_and_parts_of_those_at_its_ends() {
        let range = |from: &str, to: &str| TimeRange::new(at(from), at(to)).unwrap();
        let held = |period: Period, calendar: Option<&Calendar>, range| -> Vec<(String, i64)> {
            let rota = calendar.map_or_else(Rota::default, Rota::always);
            let frames = period.within(&rota, &berlin(), range);
            frames.iter().map(|frame| (frame.name.clone(), frame.range.length_us() / HOUR_US)).collect()
        };
        let said = |expected: &[(&str, i64)]| expected.iter().map(|(name, hours)| ((*name).to_owned(), *hours)).collect::<Vec<_>>();
        let night = range("2026-03-28T19:00:00Z", "2026-03-29T05:00:00Z");
        let shifts = said(&[("Late, Sat 28 Mar", 2), ("Night, Sat 28 Mar", 7), ("Early, Sun 29 Mar", 1)]);
        assert_eq!(held(Period::Shift, Some(&three_shifts()), night), shifts);
        assert_eq!(held(Period::Day, Some(&three_shifts()), night), said(&[("Sat 28 Mar", 4), ("Sun 29 Mar", 6)]));
        assert_eq!(held(Period::Shift, None, night), said(&[("Sat 28 Mar", 4), ("Sun 29 Mar", 6)]));
        let year = range("2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z");
        assert_eq!(held(Period::Month, None, year).len(), 12);
        assert_eq!(held(Period::Week, None, year).iter().map(|(_, hours)| hours).sum::<i64>(), 365 * 24);
        // Between two shifts there is none.
        let early = Calendar::daily(vec![ShiftPlan::parse("Early", "06:00-14:00", &[]).unwrap()]);
        assert_eq!(held(Period::Shift, Some(&early), range("2026-01-10T14:00:00Z", "2026-01-10T20:00:00Z")), []);
    }

    #[test]
    fn a_moment_is_read_like_an_end_of_a_window_and_never_lies_ahead() {
        let now = at("2026-03-29T12:00:00Z");
        let wall = |wall_us: i64, twice| berlin().instant(wall_us, twice);
        let known = |text: &str| Asked { known: Some(text.to_owned()), ..Asked::default() }.known_at(&wall, now);
        assert_eq!(known("2026-03-28T10:00:00Z"), Ok(Some(at("2026-03-28T10:00:00Z"))));
        assert_eq!(known("2026-03-28 10:00"), Ok(Some(at("2026-03-28T09:00:00Z"))), "wall time of the plant");
        assert_eq!((known("now-1h"), known("now+1h")), (Ok(Some(at("2026-03-29T11:00:00Z"))), Ok(None)));
        assert_eq!(Asked::default().known_at(&wall, now), Ok(None));
        assert!(known("yesterday").unwrap_err().to_string().contains("`known=yesterday`"));
    }

    #[test]
    fn a_range_is_compared_with_as_much_before_it() {
        let range = Some(("2026-01-10T06:00:00Z".to_owned(), "2026-01-10T08:00:00Z".to_owned()));
        let (frame, before) = Asked { range, ..Asked::default() }.frames(&Rota::default(), &berlin(), at("2026-02-01T00:00:00Z")).unwrap();
        assert_eq!((frame.range.length_us(), before.unwrap().range.start()), (2 * HOUR_US, at("2026-01-10T04:00:00Z")));
        let bad = Asked { range: Some(("soon".to_owned(), "now".to_owned())), ..Asked::default() };
        assert!(bad.frames(&Rota::default(), &berlin(), at("2026-02-01T00:00:00Z")).is_err());
        let of = |days: i64| {
            let range = Some((format!("now-{days}d"), "now".to_owned()));
            Asked { range, ..Asked::default() }.frames(&Rota::default(), &berlin(), at("2026-02-01T00:00:00Z"))
        };
        assert!(of(400).is_ok());
        assert_eq!(of(401), Err(BadWindow::TooLong { days: 401, most: 400 }));
    }
}
