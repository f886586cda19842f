//! The zones of the IANA database, which the server has and the browser does not.

use super::{NotAZone, Twice, ZoneOffsets};
use crate::civil::{DAY_US, SECOND_US};
use crate::time::Timestamp;

/// A zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// The names of all zones, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// The zone's name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The offsets over a range and two days around it, so that wall times near its edges resolve too.
    /// Ranges of more than two centuries get the offset of their start: no chart of that length shows hours.
    pub fn offsets(self, range: crate::TimeRange) -> ZoneOffsets {
        let (start, end) = (range.start().plus(-2 * DAY_US), range.end().plus(2 * DAY_US));
        let initial_s = self.offset_s(start);
        let mut changes = Vec::new();
        if end.since(start) < 200 * 366 * DAY_US {
            let (mut at, mut offset_s) = (start, initial_s);
            while at < end {
                let next = at.plus(14 * DAY_US).min(end);
                let next_s = self.offset_s(next);
                if next_s != offset_s {
                    changes.push((self.change_between(at, next, offset_s), next_s));
                }
                (at, offset_s) = (next, next_s);
            }
        }
        ZoneOffsets { name: self.name().to_owned(), initial_s, changes }
    }

    /// The instant of a wall time of this zone, see [`ZoneOffsets::instant`].
    pub fn instant(self, wall_us: i64, twice: Twice) -> Timestamp {
        let near = Timestamp::from_us(wall_us);
        let around = crate::TimeRange::inclusive(near.plus(-DAY_US), near.plus(DAY_US));
        around.map_or(near, |range| self.offsets(range).instant(wall_us, twice))
    }

    fn change_between(self, mut before: Timestamp, mut after: Timestamp, offset_s: i32) -> Timestamp {
        while after.since(before) > SECOND_US {
            let middle_s = (before.us() / SECOND_US + after.us() / SECOND_US).div_euclid(2);
            let middle = Timestamp::from_us(middle_s * SECOND_US);
            if self.offset_s(middle) == offset_s { before = middle } else { after = middle }
        }
        Timestamp::from_us(after.us().div_euclid(SECOND_US) * SECOND_US)
    }

    /// Offset in seconds; years beyond chrono's calendar (±262,000) count as its edge.
    fn offset_s(self, time: Timestamp) -> i32 {
        use chrono::{Offset, TimeZone};
        let edge = chrono::DateTime::<chrono::Utc>::MAX_UTC;
        let utc = chrono::DateTime::from_timestamp(time.us().div_euclid(SECOND_US), 0).unwrap_or(edge);
        self.0.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc()
    }
}

impl std::str::FromStr for Zone {
    type Err = NotAZone;

    fn from_str(text: &str) -> Result<Self, NotAZone> {
        text.parse().map(Self).map_err(|_| NotAZone(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TimeRange, time::Written};

    fn at(text: &str) -> Timestamp {
        match Timestamp::parse(text) {
            Some(Written::Instant(t)) => t,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn berlin(year: &str) -> ZoneOffsets {
        let range = TimeRange::new(at(&format!("{year}-01-01T00:00:00Z")), at(&format!("{year}-12-31T00:00:00Z"))).unwrap();
        "Europe/Berlin".parse::<Zone>().unwrap().offsets(range)
    }

    #[test]
    fn berlin_changes_its_clocks_twice_a_year() {
        let zone = berlin("2024");
        assert_eq!(zone.initial_s, 3600);
        assert_eq!(zone.changes, vec![(at("2024-03-31T01:00:00Z"), 7200), (at("2024-10-27T01:00:00Z"), 3600)]);
        assert_eq!(zone.date_time(at("2024-03-31T00:59:59Z")), "2024-03-31 01:59:59");
        assert_eq!(zone.date_time(at("2024-03-31T01:00:00Z")), "2024-03-31 03:00:00");
    }

    #[test]
    fn wall_times_that_happen_twice_or_never() {
        let zone = berlin("2024");
        let wall = |text| match Timestamp::parse(text) {
            Some(Written::WallTime(us)) => us,
            other => panic!("{other:?}"),
        };
        let twice = wall("2024-10-27 02:30");
        assert_eq!(zone.instant(twice, Twice::Earlier), at("2024-10-27T00:30:00Z"));
        assert_eq!(zone.instant(twice, Twice::Later), at("2024-10-27T01:30:00Z"));
        assert_eq!(zone.instant(wall("2024-03-31 02:30"), Twice::Earlier), at("2024-03-31T01:30:00Z"));
        assert_eq!(zone.instant(wall("2024-07-01 12:00"), Twice::Later), at("2024-07-01T10:00:00Z"));
    }

    #[test]
    fn zones_hold_for_all_of_time() {
        for name in ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"] {
            let zone: Zone = name.parse().unwrap();
            let offsets = zone.offsets(TimeRange::ALL);
            assert!(offsets.changes.is_empty());
            assert_eq!(offsets.instant(offsets.wall_us(Timestamp::from_us(0)), Twice::Earlier), Timestamp::from_us(0));
        }
        assert_eq!("Mars/Olympus".parse::<Zone>(), Err(NotAZone("Mars/Olympus".to_owned())));
    }
}
