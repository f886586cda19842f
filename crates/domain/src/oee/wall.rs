//! Hours on a wall's clock: what a shift and its breaks are planned in.

use crate::civil::{DAY_US, HOUR_US, MINUTE_US};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A stretch of a local day in microseconds after its midnight. It begins on that day or, for a break of a night shift, on the
/// next, lasts at most 24 hours and is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct WallRange {
    start_us: i64,
    end_us: i64,
}

/// Why hours are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` are no hours of a shift; write start and end on the wall's clock, for example 22:00-06:00")]
pub struct BadHours(pub String);

impl WallRange {
    /// From and to, counted from a midnight; an end after 24 h lies on the next day.
    pub fn new(start_us: i64, end_us: i64) -> Result<Self, BadHours> {
        let fits = (0..2 * DAY_US).contains(&start_us) && start_us < end_us && end_us - start_us <= DAY_US;
        if fits { Ok(Self { start_us, end_us }) } else { Err(BadHours(format!("{start_us}-{end_us} us"))) }
    }

    /// First instant on the wall's clock.
    pub fn start_us(self) -> i64 {
        self.start_us
    }

    /// First instant after.
    pub fn end_us(self) -> i64 {
        self.end_us
    }

    /// The same hours on the next day when they begin before `start_us`: a break at two o'clock of a shift that begins at ten.
    pub fn not_before(self, start_us: i64) -> Self {
        let shift_us = if self.start_us < start_us { DAY_US } else { 0 };
        Self::new(self.start_us + shift_us, self.end_us + shift_us).unwrap_or(self)
    }
}

impl std::str::FromStr for WallRange {
    type Err = BadHours;

    /// Reads `22:00-06:00`; equal times are 24 hours.
    fn from_str(text: &str) -> Result<Self, BadHours> {
        let bad = || BadHours(text.to_owned());
        let (start, end) = text.split_once(['-', '\u{2013}']).ok_or_else(bad)?;
        let (start_us, end_us) = clock_us(start).zip(clock_us(end)).ok_or_else(bad)?;
        Self::new(start_us, if end_us <= start_us { end_us + DAY_US } else { end_us }).map_err(|_| bad())
    }
}

impl fmt::Display for WallRange {
    /// Writes what is read back: `22:00-06:00`. Hours that begin on the next day are written as hours of a day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next_day_us = if self.start_us < DAY_US { 0 } else { DAY_US };
        let (start_us, end_us) = (self.start_us - next_day_us, self.end_us - next_day_us);
        let end_us = if end_us > DAY_US { end_us - DAY_US } else { end_us };
        let clock = |us: i64| format!("{:02}:{:02}", us / HOUR_US, us / MINUTE_US % 60);
        write!(f, "{}-{}", clock(start_us), clock(end_us))
    }
}

impl TryFrom<(i64, i64)> for WallRange {
    type Error = BadHours;

    fn try_from((start_us, end_us): (i64, i64)) -> Result<Self, BadHours> {
        Self::new(start_us, end_us)
    }
}

impl From<WallRange> for (i64, i64) {
    fn from(range: WallRange) -> Self {
        (range.start_us, range.end_us)
    }
}

/// Reads `hh:mm`, up to 24:00.
fn clock_us(text: &str) -> Option<i64> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |text: &str| (text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i64>().ok())?;
    let us = digits(hours)? * HOUR_US + digits(minutes).filter(|m| *m < 60)? * MINUTE_US;
    (us <= DAY_US).then_some(us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_as_people_write_them() {
        for (text, start_h, end_h) in
            [("06:00-14:00", 6, 14), ("22:00 - 6:00", 22, 30), ("00:00-24:00", 0, 24), ("6:00\u{2013}6:00", 6, 30)]
        {
            let read: Result<WallRange, _> = text.parse();
            assert_eq!(read, WallRange::new(start_h * HOUR_US, end_h * HOUR_US), "{text}");
            assert_eq!(read.clone().unwrap().to_string().parse(), read, "written and read back");
        }
        for text in ["", "6-14", "25:00-26:00", "06:60-07:00", "06:00", "-1:00-2:00", "24:00-24:30-"] {
            assert!(text.parse::<WallRange>().is_err(), "{text}");
        }
        assert!(WallRange::new(5, 5).is_err() && WallRange::new(0, DAY_US + 1).is_err());
    }
}
