//! The frozen rule of OEE about shifts: their dates, lengths and borders.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::TimeRange;
use domain::civil::{DAY_US, Date, HOUR_US, MINUTE_US, SECOND_US};
use domain::oee::Made;
use domain::oee::calendar::{Calendar, Exception, Rotation, ShiftPlan, shift_at};
use domain::oee::counts::Parts;
use domain::zone::Zone;
use plant::{PART, at_us, figures, machine, us};

#[test]
fn rule_09_shift_dates_lengths_and_borders() {
    let early = ShiftPlan::parse("Early", "06:00-14:00", &[]).unwrap();
    let night = ShiftPlan::parse("Night", "22:00-06:00", &["02:00-02:30", "23:00-23:15"]).unwrap();
    let mut calendar = Calendar::daily(vec![early.clone(), night.clone()]);
    let date = |month, day| Date { year: 2026, month, day };
    let midnight = |month, day| at_us(date(month, day).days() * DAY_US);
    let range = TimeRange::new(midnight(3, 27), midnight(3, 31)).unwrap();
    let zone = "Europe/Berlin".parse::<Zone>().unwrap().offsets(range);
    let shifts = calendar.shifts(range, &zone);
    let of = |day, name: &str| shifts.iter().find(|s| s.date == date(3, day) && s.name == name).unwrap();
    assert_eq!([27, 28, 29].map(|day| of(day, "Night").range.length_us() / HOUR_US), [8, 7, 8]);
    // On the 29th clocks go from 02:00 to 03:00: the break at two is the half hour after three.
    let pause = of(28, "Night").breaks[0];
    assert_eq!((zone.date_time(pause.start()).as_str(), pause.length_us()), ("2026-03-29 03:00:00", 30 * MINUTE_US));
    assert_eq!(of(28, "Night").breaks.len(), 2);
    // Six o'clock belongs to the early shift only; three in the night to the date before.
    assert_eq!(shift_at(&shifts, of(29, "Early").range.start()).unwrap().name, "Early");
    let three = of(28, "Night").range.end().plus(-3 * HOUR_US);
    assert_eq!(shift_at(&shifts, three).unwrap().date, date(3, 28));
    // Parts that are reported on the border count in the later shift only.
    let border = of(28, "Night").range.end();
    let mut evidence = machine(range, SECOND_US, Vec::new());
    evidence.made.push(Made { time: border, product: PART, parts: Parts::of_good(3, 3).unwrap(), reason: None });
    let totals = [of(28, "Night").range, of(29, "Early").range].map(|window| figures(&evidence, window).counts.parts.total());
    assert_eq!(totals, [0, 3]);

    // Holidays and extra shifts, and a rotation that holds from a date on.
    calendar.exceptions.push(Exception { date: date(3, 28), shifts: Vec::new() });
    calendar.rotations.push(Rotation { anchor: date(3, 30), valid_from: date(3, 30), days: vec![vec![early], vec![night]] });
    let names: Vec<_> = calendar
        .shifts(TimeRange::new(midnight(3, 28), midnight(4, 1)).unwrap(), &zone)
        .into_iter()
        .map(|s| (s.date.day, s.name))
        .collect();
    let wanted = [(27, "Night"), (29, "Early"), (29, "Night"), (30, "Early"), (31, "Night")].map(|(day, name)| (day, name.to_owned()));
    assert_eq!(names, wanted);
    let text = serde_json::to_string(&calendar).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
}

#[test]
fn a_break_lasts_as_long_as_it_lasts_while_clocks_change() {
    let night = ShiftPlan::parse("Night", "22:00-06:00", &["02:30-03:00"]).unwrap();
    let calendar = Calendar::daily(vec![night]);
    let zone = "Europe/Berlin".parse::<Zone>().unwrap();
    for (month, day, hours) in [(3, 28, 7), (10, 24, 9), (11, 2, 8)] {
        let midnight = Date { year: 2026, month, day }.days() * DAY_US;
        let range = TimeRange::new(at_us(midnight), at_us(midnight + 2 * DAY_US)).unwrap();
        let shifts = calendar.shifts(range, &zone.offsets(range));
        let shift = shifts.iter().find(|shift| shift.date.day == day).unwrap();
        let breaks: Vec<i64> = shift.breaks.iter().map(|pause| pause.length_us()).collect();
        assert_eq!((shift.range.length_us() / HOUR_US, breaks), (hours, vec![30 * MINUTE_US]), "{month}-{day}");
    }
}

#[test]
fn shifts_of_nights_in_which_clocks_change() {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("data/oee_vectors.json")).unwrap();
    for vector in vectors["shift_lengths"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap();
        let calendar = Calendar::daily(vec![ShiftPlan::parse("Night", text("shift"), &[]).unwrap()]);
        let Some(domain::time::Written::WallTime(midnight_us)) = domain::Timestamp::parse(text("start_date")) else { panic!("{vector}") };
        let around = TimeRange::new(at_us(midnight_us - 2 * DAY_US), at_us(midnight_us + 3 * DAY_US)).unwrap();
        let offsets = text("zone").parse::<Zone>().unwrap().offsets(around);
        let shifts = calendar.shifts(around, &offsets);
        let found: Vec<_> = shifts.iter().filter(|shift| shift.date.days() * DAY_US == midnight_us).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].range.length_us(), us(vector["hours"].as_f64().unwrap() * 3600.0), "{vector}");
    }
}
