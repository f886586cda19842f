//! The proleptic Gregorian calendar as integers: days since 1970-01-01 from and to year, month, day.
//!
//! Own arithmetic because it must hold for every instant that Postgres stores (4714 BC to AD 294246) and
//! because a calendar library would weigh more in the browser than the rest of this crate.
//! Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use serde::{Deserialize, Serialize};

/// Microseconds of one second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds of one minute.
pub const MINUTE_US: i64 = 60 * SECOND_US;
/// Microseconds of one hour.
pub const HOUR_US: i64 = 60 * MINUTE_US;
/// Microseconds of one day of 24 hours.
pub const DAY_US: i64 = 24 * HOUR_US;

/// A calendar date; `year` is astronomical (0 is 1 BC, −43 is 44 BC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Date {
    /// Astronomical year.
    pub year: i64,
    /// 1–12.
    pub month: u32,
    /// 1–31.
    pub day: u32,
}

/// From the first of 1970 on, which was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

impl Date {
    /// The date of a day counted from 1970-01-01.
    pub fn from_days(days: i64) -> Self {
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month: month as u32, day: day as u32 }
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        let Self { year, month, day } = self;
        let year = year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = i64::from((month + 9) % 12);
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// `Sat 21 Nov`.
    pub fn say(self) -> String {
        let weekday = usize::try_from(self.days().rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day));
        format!("{} {} {}", weekday.unwrap_or(&""), self.day, self.month_name().get(..3).unwrap_or_default())
    }

    /// `November`.
    pub fn month_name(self) -> &'static str {
        MONTHS.get((self.month as usize).saturating_sub(1)).unwrap_or(&"")
    }

    /// The date, if the calendar has it: 2024-02-30 is `None`.
    pub fn checked(year: i64, month: u32, day: u32) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year.abs() > 400_000 {
            return None;
        }
        let date = Self { year, month, day };
        (Self::from_days(date.days()) == date).then_some(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        for (year, month, day, days) in [
            (1970, 1, 1, 0),
            (2000, 2, 29, 11_016),
            (2024, 1, 15, 19_737),
            (1969, 12, 31, -1),
            (1, 1, 1, -719_162),
            (-43, 3, 15, -735_160),
            (9999, 12, 31, 2_932_896),
        ] {
            let date = Date { year, month, day };
            assert_eq!((date.days(), Date::from_days(days)), (days, date));
        }
    }

    #[test]
    fn days_that_no_calendar_has() {
        for (year, month, day) in [(2023, 2, 29), (2024, 2, 30), (1900, 2, 29), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0)] {
            assert_eq!(Date::checked(year, month, day), None, "{year}-{month}-{day}");
        }
    }

    proptest! {
        #[test]
        fn every_day_survives_the_round_trip(days in -110_000_000_i64..110_000_000) {
            prop_assert_eq!(Date::from_days(days).days(), days);
        }
    }
}
