//! Every worked answer of the vectors: published worksheets, event logs, implausible counts, gaps, overlaps, money, DST nights.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::civil::{DAY_US, MINUTE_US, SECOND_US};
use domain::oee::counter::Counter;
use domain::oee::counts::Parts;
use domain::oee::money::{Money, Rate};
use domain::oee::policy::WORLD_CLASS;
use domain::oee::{Class, Evidence, Figures, Flag, Made, Policy, Ratios, interval, rollup};
use domain::{TimeRange, Timestamp};
use plant::{PART, at_us, machine, minutes, span, standard, us};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/oee_vectors.json")).unwrap()
}

fn number(vector: &Value, name: &str) -> f64 {
    vector[name].as_f64().unwrap_or_else(|| panic!("{name} in {vector}"))
}

fn optional(vector: &Value, name: &str) -> Option<f64> {
    vector.get(name).map(|value| value.as_f64().unwrap())
}

/// Exact to the digits that are given.
fn check(what: &str, got: Option<f64>, vector: &Value, name: &str, digits: i32) {
    if let Some(wanted) = optional(vector, name) {
        let got = got.unwrap_or_else(|| panic!("{what}: {name} is n/a"));
        assert!((got - wanted).abs() <= 0.500_001 * 10f64.powi(-digits), "{what}: {name} is {got}, not {wanted}");
    }
}

fn check_ratios(what: &str, figures: &Figures, vector: &Value, digits: i32) {
    let ratios = Ratios::of(figures, &Policy::default());
    check(what, ratios.availability, vector, "availability", digits);
    check(what, ratios.performance, vector, "performance", digits);
    check(what, ratios.quality, vector, "quality", digits);
    check(what, ratios.oee, vector, "oee", digits);
}

fn range_us(start: i64, end: i64) -> TimeRange {
    TimeRange::new(at_us(start), at_us(end)).unwrap()
}

fn running(start: i64, end: i64, class: Class) -> domain::oee::Span {
    domain::oee::Span { start: at_us(start), end: Some(at_us(end)), class, state: None, reason: None, corrects: false }
}

/// A planned time that begins with a stop of all the down time, then runs.
fn simple(planned_us: i64, down_us: i64, ideal_us: i64, parts: Parts) -> Figures {
    let mut spans = vec![running(down_us, planned_us, Class::Run)];
    if down_us > 0 {
        spans.push(running(0, down_us, Class::Stop));
    }
    let mut evidence = machine(range_us(0, planned_us), ideal_us, spans);
    evidence.made.push(Made { time: at_us(down_us), product: PART, parts, reason: None });
    plant::figures(&evidence, range_us(0, planned_us))
}

fn parts(vector: &Value) -> Parts {
    let total = vector["total"].as_u64().unwrap();
    match vector.get("good") {
        Some(good) => Parts::of_good(total, good.as_u64().unwrap()).unwrap(),
        None => Parts::of_reject(total, vector["reject"].as_u64().unwrap()).unwrap(),
    }
}

/// V1's day: breaks in the calendar, 47 minutes down of which the first `setup_min` are changeover, in a shift of 480.
fn worksheet(vector: &Value, setup_min: i64) -> Evidence {
    let minutes_of = |name| number(vector, name) as i64;
    let (shift, breaks, down) = (minutes_of("shift_min"), minutes_of("breaks_min"), minutes_of("down_min"));
    let mut evidence = machine(minutes(0, shift), us(number(vector, "ideal_cycle_s")), vec![span(down, shift, Class::Run)]);
    evidence.spans.push(span(setup_min, down, Class::Stop));
    if setup_min > 0 {
        evidence.spans.push(span(0, setup_min, Class::Setup));
    }
    evidence.plan.breaks.push(minutes(shift - breaks, shift));
    evidence.made.push(Made { time: plant::minute(down), product: PART, parts: parts(vector), reason: None });
    evidence
}

#[test]
fn counts_of_worksheets() {
    let vectors = vectors();
    for vector in vectors["counts"].as_array().unwrap() {
        let name = vector["id"].as_str().unwrap();
        let figures = if vector.get("shift_min").is_some() {
            plant::figures(&worksheet(vector, 0), minutes(0, number(vector, "shift_min") as i64))
        } else {
            let (planned_us, down_us) = (us(number(vector, "planned_production_s")), us(number(vector, "down_s")));
            simple(planned_us, down_us, us(number(vector, "ideal_cycle_s")), parts(vector))
        };
        check_ratios(name, &figures, vector, 9);
        check(name, Some(figures.times.planned_us() as f64 / MINUTE_US as f64), vector, "planned_production_min", 9);
        check(name, Some(figures.times.run_us() as f64 / MINUTE_US as f64), vector, "run_min", 9);
    }
}

#[test]
fn roll_ups_of_sums() {
    let vectors = vectors();
    let policy = Policy::default();
    for vector in vectors["roll_up"].as_array().unwrap() {
        let name = vector["id"].as_str().unwrap();
        let machines: Vec<Figures> = vector["machines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|machine| {
                let planned_s =
                    optional(machine, "planned_production_s").unwrap_or_else(|| number(machine, "planned_production_min") * 60.0);
                let down_s = optional(machine, "run_s").map_or_else(|| number(machine, "down_min") * 60.0, |run_s| planned_s - run_s);
                let figures = simple(us(planned_s), us(down_s), us(number(machine, "ideal_cycle_s")), parts(machine));
                check_ratios(name, &figures, machine, 9);
                figures
            })
            .collect();
        let fleet = rollup::fleet(&machines, &policy);
        check_ratios(name, &fleet.figures, vector, 9);
        assert_eq!((fleet.machines as usize, fleet.ratios), (machines.len(), Ratios::of(&fleet.figures, &policy)));
        let mean = rollup::mean(&machines, &policy).ratios.oee;
        check(name, mean, vector, "wrong_mean", 9);
        // What the vector calls wrong must not come out of the fleet.
        assert!(optional(vector, "wrong_mean").is_none_or(|wrong| (fleet.ratios.oee.unwrap() - wrong).abs() > 0.01));
        assert!(optional(vector, "wrong_count_based_quality").is_none_or(|wrong| (fleet.ratios.quality.unwrap() - wrong).abs() > 0.01));
    }
}

#[test]
fn an_event_log_with_running_totals() {
    let vector = &vectors()["event_log"][0];
    let at = |text: &Value| match Timestamp::parse(&format!("1970-01-01 {}", text.as_str().unwrap().trim_end_matches('Z'))) {
        Some(domain::time::Written::WallTime(us)) => us,
        other => panic!("{other:?}"),
    };
    let end_us = at(&vector["window"][1]);
    // Planned are 8 h, the log is of the first 4: what is left is as if it stood.
    let planned_us = us(number(vector, "planned_h") * 3600.0);
    let states = vector["states"].as_array().unwrap();
    let borders: Vec<i64> = states.iter().map(|state| at(&state[0])).chain([end_us]).collect();
    let mut evidence =
        machine(range_us(0, planned_us), us(number(vector, "ideal_cycle_s")), vec![running(end_us, planned_us, Class::Stop)]);
    let (mut total, mut reject) = (Counter::default(), Counter::default());
    for (place, state) in states.iter().enumerate() {
        let class = if state[1] == "running" { Class::Run } else { Class::Stop };
        evidence.spans.push(running(borders[place], borders[place + 1], class));
        let made = total.read(vector["cumulative_total"][place].as_u64().unwrap());
        let rejected = reject.read(vector["cumulative_reject"][place].as_u64().unwrap());
        evidence.made.push(Made {
            time: at_us(borders[place]),
            product: PART,
            parts: Parts::of_reject(made, rejected).unwrap(),
            reason: None,
        });
    }
    let figures = plant::figures(&evidence, range_us(0, planned_us));
    assert_eq!(figures.times.run_us(), us(number(vector, "run_s")));
    check_ratios("V8", &figures, vector, 9);
}

#[test]
fn performance_above_one_hundred_percent_is_shown_and_flagged() {
    let vector = &vectors()["implausible"][0];
    // The source counts fractions of parts; in ten-thousandths of a part and of the cycle they are integers.
    let count = |name| (number(vector, name) * 1e4).round() as u64;
    let (planned_us, run_us) = (us(number(vector, "planned_s")), us(number(vector, "run_s")));
    let ideal_us = us(number(vector, "ideal_cycle_s")) / 10_000;
    let figures = simple(planned_us, planned_us - run_us, ideal_us, Parts::of_good(count("total"), count("good")).unwrap());
    check_ratios("V10", &figures, vector, 6);
    assert_eq!(Flag::of(&figures, &Policy::default()), [Flag::IdealCycleTooLong]);
}

#[test]
fn a_gap_is_an_interval() {
    let vector = &vectors()["gaps"][0];
    let minutes_of = |name| number(vector, name) as i64;
    let (planned, down, unknown) = (minutes_of("planned_production_min"), minutes_of("down_min"), minutes_of("unknown_min"));
    let spans = vec![span(0, down, Class::Stop), span(down + unknown, planned, Class::Run)];
    let figures = plant::figures(&machine(minutes(0, planned), SECOND_US, spans), minutes(0, planned));
    let interval = interval::availability(&figures).unwrap();
    for (got, wanted) in [(interval.low, &vector["availability_interval"][0]), (interval.high, &vector["availability_interval"][1])] {
        assert!((got - wanted.as_f64().unwrap()).abs() < 5.1e-10, "{got} {wanted}");
    }
    let known = Ratios::of(&figures, &Policy::default()).availability.unwrap();
    assert!(interval.low < known && known < interval.high);
}

#[test]
fn overlapping_reports_are_a_union() {
    let vector = &vectors()["overlap"][0];
    let ranges = |name: &str| -> Vec<(i64, i64)> {
        vector[name].as_array().unwrap().iter().map(|r| (r[0].as_i64().unwrap(), r[1].as_i64().unwrap())).collect()
    };
    let window = number(vector, "window_min") as i64;
    let mut spans = vec![span(0, window, Class::Run)];
    spans.extend(ranges("unplanned_min").into_iter().map(|(start, end)| span(start, end, Class::Stop)));
    let reported = spans.clone();
    spans.extend(ranges("planned_min").into_iter().map(|(start, end)| span(start, end, Class::PlannedStop)));
    let by_report = machine(minutes(0, window), SECOND_US, spans);
    let mut by_calendar = machine(minutes(0, window), SECOND_US, reported);
    by_calendar.plan.breaks = ranges("planned_min").into_iter().map(|(start, end)| minutes(start, end)).collect();
    for evidence in [by_report, by_calendar] {
        let figures = plant::figures(&evidence, minutes(0, window));
        let in_minutes = |us: i64| (us / MINUTE_US) as f64;
        assert_eq!(in_minutes(figures.times.planned_us()), number(vector, "planned_production_min"));
        assert_eq!(in_minutes(figures.times.unplanned_stop_us), number(vector, "unplanned_total_min"));
        assert_eq!(in_minutes(figures.times.run_us()), number(vector, "run_min"));
        assert_eq!(figures.counts.stops, 1);
        check_ratios("V13", &figures, vector, 9);
    }
}

#[test]
fn more_ratios_and_money_of_the_worksheet() {
    let vectors = vectors();
    let (sheet, more, money) = (&vectors["counts"][0], &vectors["more_kpis_on_V1"], &vectors["money_on_V1"]);
    let evidence = worksheet(sheet, number(more, "setup_min_of_the_47") as i64);
    let day = range_us(0, DAY_US);
    let figures = plant::figures(&evidence, day);
    let ratios = Ratios::of(&figures, &Policy::default());
    check("V1", ratios.nee, more, "nee_index", 6);
    check("V1", ratios.technical_efficiency, more, "technical_efficiency", 6);
    check("V1", ratios.utilisation_efficiency, more, "utilisation_efficiency", 6);
    check("V1", ratios.setup_ratio, more, "setup_ratio", 6);
    check("V1", ratios.teep, more, "teep_24h", 6);
    check("V1", ratios.utilisation, more, "utilisation_24h", 6);

    let rate = Rate::of_mix(&figures).unwrap();
    let value = number(money, "value_per_good_unit");
    assert_eq!(rate, Rate { per_us: rate.per_us, millionths: rate.millionths, ..Rate::of_product(&standard(SECOND_US)) });
    let lost = Money::of(&figures, &rate).unwrap();
    let minor = |group: &str, name: &str| us(number(&money[group], name)) / 10_000;
    assert_eq!(lost.availability_minor, minor("lost_money", "availability"));
    assert_eq!(lost.performance_minor, minor("lost_money", "performance"));
    assert_eq!(lost.quality_minor, minor("lost_money", "quality"));
    assert_eq!(lost.full_value_minor - lost.good_minor, minor("lost_money", "sum"));
    for (name, minor) in
        [("availability", lost.availability_minor), ("performance", lost.performance_minor), ("quality", lost.quality_minor)]
    {
        assert_eq!(minor as f64 / 100.0 / value, number(&money["lost_units"], name));
    }
    let cents = |name: &str| (number(money, name) * 100.0).round() as i64;
    assert_eq!(lost.one_oee_point_minor(), cents("one_oee_point"));
    assert_eq!(lost.one_availability_point_minor(&figures), Some(cents("one_availability_point_at_todays_speed_and_quality")));
    let gap = &money["gap_to_85_percent"];
    assert_eq!(lost.gap_minor(850), minor("gap_to_85_percent", "money"));
    assert_eq!(lost.gap_minor(850) as f64 / 100.0 / value, number(gap, "units"));
    check("V1", Some((0.85 - ratios.oee.unwrap()) * 100.0), gap, "points", 4);
}

#[test]
fn world_class_is_what_it_says() {
    let vector = &vectors()["world_class"];
    let [a, p, q] = WORLD_CLASS.map(|thousandths| f64::from(thousandths) / 1000.0);
    assert_eq!((a, p, q), (number(vector, "availability"), number(vector, "performance"), number(vector, "quality")));
    check("world class", Some(a * p * q), vector, "oee", 6);
}
