//! Instants and half-open ranges, in integer microseconds UTC.

use crate::civil::{DAY_US, Date, HOUR_US, MINUTE_US, SECOND_US};
use serde::{Deserialize, Serialize};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// What stands between the parts of a written instant and its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The text carried `Z` or an offset.
    Instant(Timestamp),
    /// Wall time without a zone, as microseconds on the wall's own clock.
    WallTime(i64),
}

impl Written {
    /// The instant, where one was written.
    pub fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Instant(time) => Some(time),
            Self::WallTime(_) => None,
        }
    }
}

impl Timestamp {
    /// The earliest instant: 4714-11-24 BC, where Postgres' calendar starts.
    pub const MIN: Self = Self(-210_866_803_200_000_000);
    /// The latest instant: the end of AD 294246, the last whole year that fits.
    pub const MAX: Self = Self(9_223_371_244_799_999_999);

    /// The instant, clamped to [`Timestamp::MIN`] … [`Timestamp::MAX`].
    pub const fn from_us(us: i64) -> Self {
        if us < Self::MIN.0 {
            Self::MIN
        } else if us > Self::MAX.0 {
            Self::MAX
        } else {
            Self(us)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// Later by `us` (earlier when negative), clamped to the calendar.
    pub const fn plus(self, us: i64) -> Self {
        Self::from_us(self.0.saturating_add(us))
    }

    /// Microseconds from `earlier` to here, saturating.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC with as many fractional digits as needed (none, 3 or 6): `2024-01-15T00:00:00.351Z`.
    /// Years outside 0000–9999 are written with a sign, as ISO 8601 does: `-0043-03-15T00:00:00Z`.
    pub fn rfc3339(self) -> String {
        format!("{}Z", wall_text(self.0, 'T'))
    }

    /// Reads RFC 3339 or ISO 8601 with an offset, or wall time without one: `2024-01-15`, `2024-01-15 01:00`,
    /// `2024-01-15T01:00:00.123456`. `None` when it is neither, or outside the calendar.
    pub fn parse(text: &str) -> Option<Written> {
        let text = text.trim();
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (date, clock) = match unsigned.find(['T', 't', ' ']) {
            Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at + 1..)?)),
            None => (unsigned, None),
        };
        let mut fields = date.split('-');
        let year_text = fields.next()?;
        let (year, month, day) = (integer(year_text)?, integer(fields.next()?)?, integer(fields.next()?)?);
        if fields.next().is_some() || year_text.len() < 4 || date.len() != year_text.len() + 6 {
            return None;
        }
        let year = if negative { -year } else { year };
        let date = Date::checked(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
        let midnight_us = date.days().checked_mul(DAY_US)?;
        let Some(clock) = clock else { return in_calendar(midnight_us).map(|t| Written::WallTime(t.0)) };
        let zone_at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
        let (clock, zone) = clock.split_at(zone_at);
        let wall_us = midnight_us.checked_add(clock_us(clock)?)?;
        if zone.is_empty() {
            return in_calendar(wall_us).map(|t| Written::WallTime(t.0));
        }
        in_calendar(wall_us.checked_sub(offset_us(zone)?)?).map(Written::Instant)
    }
}

fn in_calendar(us: i64) -> Option<Timestamp> {
    (Timestamp::MIN.0..=Timestamp::MAX.0).contains(&us).then_some(Timestamp(us))
}

fn integer(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn two_digits(text: &str, limit: i64) -> Option<i64> {
    if text.len() != 2 {
        return None;
    }
    integer(text).filter(|n| *n <= limit)
}

/// Reads `hh:mm[:ss[.f…]]`; a leap second reads as the next second, 24:00 as midnight of the next day.
fn clock_us(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let hours = two_digits(parts.next()?, 24)?;
    let minutes = two_digits(parts.next()?, 59)?;
    let (seconds, fraction) = match parts.next() {
        None => (0, 0),
        Some(text) => match text.split_once(['.', ',']) {
            None => (two_digits(text, 60)?, 0),
            Some((seconds, digits)) => (two_digits(seconds, 60)?, fraction_us(digits)?),
        },
    };
    let us = hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US + fraction;
    (us <= DAY_US).then_some(us)
}

/// Digits after the decimal point as microseconds; more than six are cut off.
fn fraction_us(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let six: String = digits.chars().chain("000000".chars()).take(6).collect();
    six.parse().ok()
}

/// Reads `Z`, `±hh:mm`, `±hhmm` or `±hh`.
fn offset_us(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let hours = two_digits(digits.get(..2)?, 23)?;
    let minutes = match digits.get(2..)? {
        "" => 0,
        minutes => two_digits(minutes, 59)?,
    };
    Some(sign * (hours * HOUR_US + minutes * MINUTE_US))
}

/// Wall-clock microseconds as `2024-01-15T00:00:00.351`, with none, three or six fractional digits.
pub(crate) fn wall_text(wall_us: i64, separator: char) -> String {
    let Date { year, month, day } = Date::from_days(wall_us.div_euclid(DAY_US));
    let us = wall_us.rem_euclid(DAY_US);
    let (hours, minutes, seconds) = (us / HOUR_US, us / MINUTE_US % 60, us / SECOND_US % 60);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{year:+05}"),
    };
    let fraction = match us % SECOND_US {
        0 => String::new(),
        us if us % 1_000 == 0 => format!(".{:03}", us / 1_000),
        us => format!(".{us:06}"),
    };
    format!("{year}-{month:02}-{day:02}{separator}{hours:02}:{minutes:02}:{seconds:02}{fraction}")
}

/// A stretch of time that is never empty and never reversed: `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    start: Timestamp,
    end: Timestamp,
}

/// Why two instants make no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the window ends ({last}) before it starts ({first}); swap from and to", first = .0.rfc3339(), last = .1.rfc3339())]
pub struct Reversed(pub Timestamp, pub Timestamp);

impl TimeRange {
    /// All of time.
    pub const ALL: Self = Self { start: Timestamp::MIN, end: Timestamp::MAX };

    /// `[start, end)`; the error when it would hold no instant.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, Reversed> {
        if start < end { Ok(Self { start, end }) } else { Err(Reversed(start, end)) }
    }

    /// Both ends inside, as people write windows: `[first, last]` = `[first, last + 1 µs)`.
    pub fn inclusive(first: Timestamp, last: Timestamp) -> Result<Self, Reversed> {
        if first > last {
            return Err(Reversed(first, last));
        }
        let last = last.min(Timestamp(Timestamp::MAX.0 - 1));
        Self::new(first.min(last), last.plus(1))
    }

    /// The first instant inside.
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// The last instant inside, one microsecond before the end.
    pub const fn last(self) -> Timestamp {
        Timestamp(self.end.0 - 1)
    }

    /// Length in microseconds, at least one (saturating for all of time).
    pub const fn length_us(self) -> i64 {
        self.end.since(self.start)
    }

    /// Whether the instant lies inside.
    pub fn contains(self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }

    /// What both ranges hold; `None` when they share no instant.
    pub fn overlap(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(text: &str) -> Option<i64> {
        match Timestamp::parse(text)? {
            Written::Instant(t) => Some(t.us()),
            Written::WallTime(_) => None,
        }
    }

    #[test]
    fn instants_are_written_and_read_back() {
        for (text, us) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-01-15T00:00:00.351Z", 1_705_276_800_351_000),
            ("2024-01-15T00:00:10.123456Z", 1_705_276_810_123_456),
            ("1969-12-31T23:59:59.999Z", -1_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
            ("-0043-03-15T00:00:00Z", -63_517_824_000_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
            ("+10000-01-01T00:00:00Z", 253_402_300_800_000_000),
        ] {
            assert_eq!(Timestamp::from_us(us).rfc3339(), text);
            assert_eq!(instant(text), Some(us), "{text}");
        }
    }

    #[test]
    fn offsets_leap_seconds_and_midnight() {
        for (text, same) in [
            ("2024-01-15T02:00:00+02:00", "2024-01-15T00:00:00Z"),
            ("2024-01-14T19:30:00-0430", "2024-01-15T00:00:00Z"),
            ("2024-01-15t02:00:00+02", "2024-01-15T00:00:00z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2024-01-14T24:00:00Z", "2024-01-15T00:00:00Z"),
            ("2024-01-15T00:00:00.1234567Z", "2024-01-15T00:00:00.123456Z"),
        ] {
            assert_eq!(instant(text), instant(same), "{text}");
            assert!(instant(text).is_some());
        }
    }

    #[test]
    fn wall_time_has_no_zone() {
        for (text, wall) in [
            ("2024-01-15", 1_705_276_800_000_000),
            ("2024-01-15 01:00", 1_705_280_400_000_000),
            ("2024-01-15T01:00:00.5", 1_705_280_400_500_000),
        ] {
            assert_eq!(Timestamp::parse(text), Some(Written::WallTime(wall)));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "now",
            "2024",
            "2024-01",
            "2024-1-5",
            "2024-02-30",
            "2024-01-15T",
            "2024-01-15T25:00Z",
            "2024-01-15T24:01Z",
            "2024-01-15T12:60Z",
            "2024-01-15T12:00:00.Z",
            "2024-01-15T12:00:00+25:00",
            "2024-01-15T12:00:00+",
            "999999-01-01",
            "15.01.2024",
            "2024-01-15T12:00:00Zjunk",
            "2024-01-15T12:0０Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_are_never_empty_or_reversed() {
        let (a, b) = (Timestamp::from_us(1), Timestamp::from_us(5));
        assert_eq!(TimeRange::new(b, a), Err(Reversed(b, a)));
        assert_eq!(TimeRange::new(a, a), Err(Reversed(a, a)));
        assert_eq!(TimeRange::inclusive(b, a), Err(Reversed(b, a)));
        assert_eq!(TimeRange::inclusive(a, a).map(TimeRange::length_us), Ok(1));
        assert_eq!(TimeRange::inclusive(Timestamp::MAX, Timestamp::MAX).map(TimeRange::length_us), Ok(1));
        assert!(TimeRange::ALL.length_us() > 0);
    }

    proptest! {
        #[test]
        fn every_instant_survives_its_text(us in Timestamp::MIN.us()..=Timestamp::MAX.us()) {
            prop_assert_eq!(instant(&Timestamp::from_us(us).rfc3339()), Some(us));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
        }

        #[test]
        fn almost_instants_do_not_panic(text in "[-+]?[0-9]{1,7}-[0-9]{1,3}-[0-9]{1,3}[T ][0-9:.]{0,20}[Z+-]?[0-9:]{0,6}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
