//! Time axes: ticks at round wall times of the plant's zone, from milliseconds to millennia.

use domain::civil::{DAY_US, Date, HOUR_US, MINUTE_US, SECOND_US};
use domain::zone::{Twice, ZoneOffsets};
use domain::{TimeRange, Timestamp};

/// A tick of a time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeTick {
    /// Where.
    pub time: Timestamp,
    /// What stands there.
    pub text: String,
    /// Whether the label stays when there is room for half of them only.
    pub strong: bool,
}

/// Most labels that an axis asks for at full width.
const MOST: i64 = 9;

#[derive(Clone, Copy)]
enum Step {
    Us(i64),
    Days(i64),
    Months(i64),
}

/// Steps in order of length, with it.
fn steps() -> impl Iterator<Item = (Step, i64)> {
    let small = [1, 2, 5, 10, 20, 50, 100, 200, 500].into_iter();
    let us = small.clone().chain(small.map(|ms| ms * 1_000));
    let seconds = [1, 2, 5, 10, 15, 30].into_iter();
    let clock = seconds.clone().map(|s| s * SECOND_US).chain(seconds.map(|m| m * MINUTE_US));
    let hours = [1, 2, 3, 6, 12].into_iter().map(|h| h * HOUR_US);
    let days = [1, 2, 7, 14].into_iter().map(|d| (Step::Days(d), d * DAY_US));
    let months = [1, 2, 3, 6].into_iter().map(|m| (Step::Months(m), m * 30 * DAY_US));
    let years = (0..6).flat_map(|power| [1, 2, 5].map(|n| n * 10_i64.pow(power))).map(|y| (Step::Months(12 * y), 365 * y * DAY_US));
    us.chain(clock).chain(hours).map(|us| (Step::Us(us), us)).chain(days).chain(months).chain(years)
}

/// Round wall times inside the range, at most about nine.
pub fn ticks(range: TimeRange, zone: &ZoneOffsets) -> Vec<TimeTick> {
    let length_us = range.length_us();
    let Some((step, _)) = steps().find(|(_, us)| length_us / us <= MOST) else { return Vec::new() };
    let (start, end) = (zone.wall_us(range.start()), zone.wall_us(range.last()));
    let walls: Vec<(i64, i64)> = match step {
        Step::Us(us) => numbered(start.div_euclid(us), end.div_euclid(us)).map(|n| (n, n * us)).collect(),
        Step::Days(days) => {
            // Weeks begin on Mondays: 1970-01-05 was one.
            let shift = if days % 7 == 0 { 4 } else { 0 };
            let number = |wall: i64| (wall.div_euclid(DAY_US) - shift).div_euclid(days);
            numbered(number(start), number(end)).map(|n| (n, (n * days + shift) * DAY_US)).collect()
        }
        Step::Months(months) => {
            let number = |wall: i64| {
                let Date { year, month, .. } = Date::from_days(wall.div_euclid(DAY_US));
                (year * 12 + i64::from(month) - 1).div_euclid(months)
            };
            let wall = |n: i64| {
                Date { year: (n * months).div_euclid(12), month: (n * months).rem_euclid(12) as u32 + 1, day: 1 }
                    .days()
                    .saturating_mul(DAY_US)
            };
            numbered(number(start), number(end)).map(|n| (n, wall(n))).collect()
        }
    };
    let tick =
        |(number, wall): (i64, i64)| TimeTick { time: zone.instant(wall, Twice::Earlier), text: text(wall, step), strong: number % 2 == 0 };
    let mut ticks: Vec<TimeTick> = walls.into_iter().map(tick).filter(|tick| range.contains(tick.time)).collect();
    // In the hour that the clocks skip, several wall times are one instant.
    ticks.dedup_by_key(|tick| tick.time);
    ticks
}

fn numbered(first: i64, last: i64) -> impl Iterator<Item = i64> {
    first..=last.min(first.saturating_add(2 * MOST))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month_name(month: u32) -> &'static str {
    MONTHS.get((month as usize).saturating_sub(1)).copied().unwrap_or("")
}

fn year_text(year: i64) -> String {
    if year <= 0 { format!("{} BC", 1 - year) } else { year.to_string() }
}

fn text(wall_us: i64, step: Step) -> String {
    let Date { year, month, day } = Date::from_days(wall_us.div_euclid(DAY_US));
    let us = wall_us.rem_euclid(DAY_US);
    let (hours, minutes, seconds) = (us / HOUR_US, us / MINUTE_US % 60, us / SECOND_US % 60);
    match step {
        Step::Months(months) if months % 12 == 0 => year_text(year),
        Step::Months(_) if month == 1 => year_text(year),
        Step::Months(_) => month_name(month).to_owned(),
        Step::Days(_) => format!("{day} {}", month_name(month)),
        Step::Us(_) if us == 0 => format!("{day} {}", month_name(month)),
        Step::Us(step_us) if step_us >= MINUTE_US => format!("{hours:02}:{minutes:02}"),
        Step::Us(step_us) if step_us >= SECOND_US => format!("{hours:02}:{minutes:02}:{seconds:02}"),
        Step::Us(step_us) if step_us >= 1_000 => format!("{minutes:02}:{seconds:02}.{:03}", us % SECOND_US / 1_000),
        Step::Us(_) => format!("{seconds:02}.{:06}", us % SECOND_US),
    }
}

/// Says a range for people: `15 Jan 2024, 00:00–06:00 UTC`, with seconds where they matter. Its last instant is part of it.
pub fn say(range: TimeRange, zone: &ZoneOffsets) -> String {
    said((range.start(), range.last()), false, zone)
}

/// The same where the end is what it goes up to; one at midnight is the 24:00 of the day before.
pub fn say_until(range: TimeRange, zone: &ZoneOffsets) -> String {
    said((range.start(), range.end()), true, zone)
}

fn said((first, last): (Timestamp, Timestamp), until: bool, zone: &ZoneOffsets) -> String {
    let (start, end) = (zone.wall_us(first), zone.wall_us(last));
    let midnight = until && end.rem_euclid(DAY_US) == 0;
    let date = |wall: i64| {
        let Date { year, month, day } = Date::from_days(wall.div_euclid(DAY_US));
        format!("{day} {} {}", month_name(month), year_text(year))
    };
    let fine = [start, end].iter().any(|wall| wall.rem_euclid(MINUTE_US) >= SECOND_US) && last.since(first) < 2 * DAY_US;
    let clock = |wall: i64| {
        let us = wall.rem_euclid(DAY_US);
        let clock = format!("{:02}:{:02}", us / HOUR_US, us / MINUTE_US % 60);
        if fine { format!("{clock}:{:02}", us / SECOND_US % 60) } else { clock }
    };
    let (from, to) = (date(start), date(if midnight { end - 1 } else { end }));
    let (begins, mut ends) = (clock(start), clock(end));
    if midnight {
        ends.replace_range(..2, "24");
    }
    if from == to { format!("{from}, {begins}–{ends} {}", zone.name) } else { format!("{from}, {begins} – {to}, {ends} {}", zone.name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Written;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        match Timestamp::parse(text) {
            Some(Written::Instant(t)) => t,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn check(from: &str, to: &str, expected: &[&str]) {
        let range = TimeRange::new(at(from), at(to)).unwrap();
        let texts: Vec<String> = ticks(range, &ZoneOffsets::utc()).into_iter().map(|t| t.text).collect();
        assert_eq!(texts, expected, "{from} … {to}");
    }

    #[test]
    fn ticks_are_round_at_every_scale() {
        check("2024-01-15T00:00:00Z", "2024-01-15T06:00:00Z", &["15 Jan", "01:00", "02:00", "03:00", "04:00", "05:00"]);
        check("2024-01-15T23:59:50Z", "2024-01-16T00:00:10.1Z", &["23:59:50", "23:59:55", "16 Jan", "00:00:05", "00:00:10"]);
        check("2024-01-15T00:00:00.010Z", "2024-01-15T00:00:00.035Z", &["00:00.010", "00:00.015", "00:00.020", "00:00.025", "00:00.030"]);
        check("2024-01-15T00:00:00.000001Z", "2024-01-15T00:00:00.000005Z", &["00.000001", "00.000002", "00.000003", "00.000004"]);
        check("2024-01-10T00:00:00Z", "2024-01-31T00:00:00Z", &["15 Jan", "22 Jan", "29 Jan"]);
        check("2023-06-10T00:00:00Z", "2024-06-10T00:00:00Z", &["Jul", "Sep", "Nov", "2024", "Mar", "May"]);
        check("-0043-03-15T00:00:00Z", "9999-12-31T23:59:59Z", &["1 BC", "2000", "4000", "6000", "8000"]);
    }

    #[test]
    fn ticks_follow_the_plants_clock() {
        let change = (at("2024-03-31T01:00:00Z"), 7200);
        let berlin = ZoneOffsets { name: "Europe/Berlin".into(), initial_s: 3600, changes: vec![change] };
        let range = TimeRange::new(at("2024-03-30T23:00:00Z"), at("2024-03-31T05:00:00Z")).unwrap();
        let found: Vec<_> = ticks(range, &berlin).into_iter().map(|t| (t.time.rfc3339(), t.text)).collect();
        let expected =
            [("23:00", "31 Mar"), ("00:00", "01:00"), ("01:00", "02:00"), ("02:00", "04:00"), ("03:00", "05:00"), ("04:00", "06:00")];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert_eq!(say(range, &berlin), "31 Mar 2024, 00:00:00–06:59:59 Europe/Berlin");
    }

    #[test]
    fn ranges_are_said_shortly() {
        let until = |from, to| say_until(TimeRange::new(at(from), at(to)).unwrap(), &ZoneOffsets::utc());
        assert_eq!(until("2024-01-15T00:00:00Z", "2024-01-15T06:00:00Z"), "15 Jan 2024, 00:00–06:00 UTC");
        assert_eq!(until("2024-01-15T00:00:00Z", "2024-01-16T00:00:00Z"), "15 Jan 2024, 00:00–24:00 UTC");
        assert_eq!(until("2024-01-15T22:00:07Z", "2024-01-17T00:00:00Z"), "15 Jan 2024, 22:00:07 – 16 Jan 2024, 24:00:00 UTC");
        let say = |from, to| say(TimeRange::inclusive(at(from), at(to)).unwrap(), &ZoneOffsets::utc());
        assert_eq!(say("2024-01-15T00:00:00Z", "2024-01-15T06:00:00Z"), "15 Jan 2024, 00:00–06:00 UTC");
        assert_eq!(say("2024-01-15T00:00:05Z", "2024-01-15T00:00:06Z"), "15 Jan 2024, 00:00:05–00:00:06 UTC");
        assert_eq!(say("2024-01-15T00:00:00Z", "2024-02-01T12:00:00Z"), "15 Jan 2024, 00:00 – 1 Feb 2024, 12:00 UTC");
        assert_eq!(say("-0043-03-15T00:00:00Z", "2024-02-01T12:00:00Z"), "15 Mar 44 BC, 00:00 – 1 Feb 2024, 12:00 UTC");
    }

    proptest! {
        #[test]
        fn any_range_has_few_ticks_inside(start in Timestamp::MIN.us()..Timestamp::MAX.us(), power in 0_u32..62) {
            let start = Timestamp::from_us(start);
            let range = TimeRange::inclusive(start, start.plus(1_i64 << power)).unwrap();
            let ticks = ticks(range, &ZoneOffsets::utc());
            prop_assert!(ticks.len() <= 2 * MOST as usize + 1);
            prop_assert!(ticks.iter().all(|t| range.contains(t.time)));
            prop_assert!(ticks.windows(2).all(|t| t[0].time < t[1].time));
        }
    }
}
