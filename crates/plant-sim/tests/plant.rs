//! The demo plant: the same however it is asked for, whole at the borders of shifts, and as good and as bad as real plants are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::{at, opened, plant, range};
use domain::civil::{DAY_US, HOUR_US, MINUTE_US};
use domain::machine::Said;
use domain::zone::Zone;
use domain::{TimeRange, Timestamp};
use plant_sim::plant::layout::MACHINES;
use plant_sim::plant::{Deliveries, Truth};
use proptest::prelude::*;

fn far() -> Timestamp {
    at("2027-06-01T00:00:00Z")
}

/// What of a truth adds up over windows.
fn sum(a: Truth, b: Truth) -> Truth {
    Truth {
        not_scheduled_us: a.not_scheduled_us + b.not_scheduled_us,
        planned_stop_us: a.planned_stop_us + b.planned_stop_us,
        setup_us: a.setup_us + b.setup_us,
        unplanned_stop_us: a.unplanned_stop_us + b.unplanned_stop_us,
        micro_stop_us: a.micro_stop_us + b.micro_stop_us,
        unknown_us: a.unknown_us + b.unknown_us,
        slow_us: a.slow_us + b.slow_us,
        producing_us: a.producing_us + b.producing_us,
        stops: a.stops + b.stops,
        repair_us: a.repair_us + b.repair_us,
        micro_stops: a.micro_stops + b.micro_stops,
        setups: a.setups + b.setups,
        good: a.good + b.good,
        reject: a.reject + b.reject,
        startup_reject: a.startup_reject + b.startup_reject,
        rework: a.rework + b.rework,
        outside_planned: a.outside_planned + b.outside_planned,
        ideal_total_us: a.ideal_total_us + b.ideal_total_us,
        ideal_good_us: a.ideal_good_us + b.ideal_good_us,
    }
}

fn oee(truth: &Truth) -> f64 {
    truth.ideal_good_us as f64 / (truth.planned_us() - truth.unknown_us) as f64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_stretch_is_the_sum_of_its_parts(seed in 0_u64..1_000, machine in 0..MACHINES.len(), start_us in 0..30 * DAY_US, cut_us in 1..DAY_US) {
        let (plant, whole) = (plant(seed), range(opened().plus(start_us), DAY_US));
        let (before, after) = (range(whole.start(), cut_us), TimeRange::new(whole.start().plus(cut_us), whole.end()).unwrap_or(range(whole.end(), 1)));
        let mut pieces = plant.observations(machine, before);
        pieces.extend(plant.observations(machine, TimeRange::new(before.end(), whole.end()).unwrap()));
        prop_assert_eq!(plant.observations(machine, whole), pieces);
        let (left, right) = (plant.truth(machine, before, far()), plant.truth(machine, after, far()));
        let all = plant.truth(machine, whole, far());
        prop_assert_eq!(sum(left, right), all);
        prop_assert_eq!(all.calendar_us(), DAY_US);
    }

    #[test]
    fn observations_come_in_order_and_have_their_own_numbers(seed in 0_u64..1_000, machine in 0..MACHINES.len(), start_us in 0..60 * DAY_US) {
        let observations = plant(seed).observations(machine, range(opened().plus(start_us), DAY_US));
        prop_assert!(observations.windows(2).all(|pair| pair[0].number < pair[1].number));
        prop_assert!(observations.windows(2).all(|pair| pair[0].observation.received <= pair[1].observation.received));
        prop_assert!(observations.iter().all(|delivery| delivery.observation.stamp < delivery.observation.received));
        if !MACHINES[machine].flaky {
            prop_assert!(observations.windows(2).all(|pair| pair[0].observation.stamp <= pair[1].observation.stamp));
        }
    }

    #[test]
    fn time_that_has_not_come_is_not_told(seed in 0_u64..100, machine in 0..MACHINES.len(), start_us in 0..30 * DAY_US, known_us in 1..DAY_US) {
        let (plant, window) = (plant(seed), range(opened().plus(start_us), DAY_US));
        let truth = plant.truth(machine, window, window.start().plus(known_us));
        prop_assert_eq!(truth.calendar_us(), known_us);
        prop_assert!(truth.stops <= plant.truth(machine, window, far()).stops);
    }
}

#[test]
fn living_through_a_day_is_reading_it_at_once() {
    let plant = plant(4);
    let day = range(at("2026-03-20T03:00:00Z"), DAY_US);
    let mut all: Vec<_> = (0..MACHINES.len()).flat_map(|machine| plant.observations(machine, day)).collect();
    all.sort_by_key(|delivery| delivery.observation.received);
    for step_us in [999_999, 61_000_003, 5 * HOUR_US, DAY_US] {
        let (mut deliveries, mut end, mut lived) = (Deliveries::new(&plant, day.start()), day.start(), Vec::new());
        while end < day.end() {
            end = end.plus(step_us).min(day.end());
            lived.extend(deliveries.until(end));
        }
        assert!(lived == all, "steps of {step_us} us");
        assert!(deliveries.until(day.end()).is_empty());
    }
}

#[test]
fn the_model_of_the_plant_fits_together() {
    let facts = plant(1).facts();
    let model = domain::plant::Plant::of_facts(facts.clone());
    model.check().unwrap();
    assert_eq!((model.keys().len(), model.machines.len(), model.lines.len(), model.sites.len()), (facts.len(), 12, 3, 2));
    assert_eq!(model.of_customer("Acme").machines.len(), 1);
}

#[test]
fn the_calendar_has_the_shifts_that_are_worked() {
    let plant = plant(1);
    let model = domain::plant::Plant::of_facts(plant.facts());
    for (start, days) in [("2026-03-20T00:00:00Z", 17), ("2026-10-18T00:00:00Z", 24), ("2026-12-20T00:00:00Z", 10)] {
        let window = range(at(start), days * DAY_US);
        for (number, of) in MACHINES.iter().enumerate() {
            let machine = &model.machines[&of.id.parse().unwrap()];
            let zone = model.placed(machine, window.start()).site.unwrap().1.zone.clone().unwrap().parse::<Zone>().unwrap().offsets(window);
            let plan = model.placed(machine, window.start()).calendar.unwrap().1.plan(window, &zone);
            let within =
                |ranges: &[TimeRange]| ranges.iter().filter_map(|range| range.overlap(window)).map(TimeRange::length_us).sum::<i64>();
            let truth = plant.truth(number, window, far());
            assert_eq!(within(&plan.scheduled), truth.planned_us() + truth.planned_stop_us, "{} {start}", of.id);
            assert_eq!(within(&plan.breaks), truth.planned_stop_us, "{} {start}", of.id);
        }
    }
}

#[test]
fn who_comes_back_hears_what_was_missed() {
    let plant = plant(4);
    let day = range(at("2026-03-20T03:00:00Z"), DAY_US);
    let all = Deliveries::new(&plant, day.start()).until(day.end());
    let heard = &all[..all.len() / 3];
    let mut deliveries = Deliveries::new(&plant, day.start().plus(-DAY_US));
    for machine in 0..MACHINES.len() {
        deliveries
            .after(machine, heard.iter().filter(|delivery| delivery.machine == machine).map(|delivery| delivery.number).max().unwrap());
    }
    assert_eq!(deliveries.until(day.end()), all[all.len() / 3..]);
}

#[test]
fn seeds_and_machines_differ() {
    let day = range(opened(), DAY_US);
    assert_ne!(plant(1).observations(0, day), plant(2).observations(0, day));
    assert_eq!(plant(1).observations(3, day), plant(1).observations(3, day));
    let stops = |machine| plant(1).truth(machine, day, far());
    assert_ne!(stops(1), stops(2));
}

#[test]
fn a_night_without_an_hour_is_an_hour_shorter() {
    let plant = plant(9);
    for (start, end, hours, breaks_min) in [
        ("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z", 7, 45),
        ("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z", 9, 45),
        ("2026-03-27T21:00:00Z", "2026-03-28T05:00:00Z", 8, 45),
    ] {
        let night = TimeRange::new(at(start), at(end)).unwrap();
        let truth = plant.truth(0, night, far());
        assert_eq!(truth.not_scheduled_us, 0, "{start}");
        assert_eq!(truth.planned_us(), hours * HOUR_US - breaks_min * MINUTE_US, "{start}");
        // The minutes on either side belong to shifts, too, so the night is seen by what its devices say at its borders.
        let first = plant.observations(0, range(night.start(), MINUTE_US));
        assert!(first.iter().any(|delivery| delivery.observation.stamp == night.start()), "{start}");
        assert!(plant.observations(0, range(night.end(), MINUTE_US)).iter().any(|delivery| delivery.observation.stamp == night.end()));
    }
}

#[test]
fn the_plant_is_as_good_and_as_bad_as_real_ones() {
    let plant = plant(42);
    let weeks = range(opened(), 28 * DAY_US);
    for (machine, of) in MACHINES.iter().enumerate() {
        let truth = plant.truth(machine, weeks, far());
        assert!((0.45..0.90).contains(&oee(&truth)), "{}: {:.3} {truth:?}", of.id, oee(&truth));
        assert!(truth.stops > 50 && truth.micro_stops > 300 && truth.setups > 3, "{}: {truth:?}", of.id);
        assert!(truth.reject > 0 && truth.rework > 0, "{}: {truth:?}", of.id);
        assert_eq!(truth.unknown_us > 0, of.flaky, "{}", of.id);
    }
}

#[test]
fn parts_that_nobody_planned_are_made_by_the_odd_machine_alone() {
    for seed in [1, 2, 42] {
        let plant = plant(seed);
        for (machine, of) in MACHINES.iter().enumerate() {
            let truth = plant.truth(machine, range(opened(), 28 * DAY_US), far());
            // What a broken connection kept back is counted when it is there again, which may be in a break.
            assert!(truth.outside_planned == 0 || of.runs_on || of.flaky, "{}: {truth:?}", of.id);
            assert!(truth.outside_planned > 0 || !of.runs_on, "{}: {truth:?}", of.id);
        }
    }
    assert_eq!(MACHINES.iter().filter(|of| of.runs_on || of.flaky).count(), 2);
}

#[test]
fn each_day_has_its_problem() {
    let plant = plant(42);
    let (mut bad, mut usual) = (Vec::new(), Vec::new());
    for day in 0..28 {
        let noon = opened().plus(day * DAY_US + 12 * HOUR_US);
        let of_day: Vec<_> = (0..MACHINES.len()).filter(|machine| plant.bad_day(*machine, noon)).collect();
        assert_eq!(of_day.len(), 1);
        for machine in 0..MACHINES.len() {
            let truth = plant.truth(machine, range(noon.plus(-4 * HOUR_US), 8 * HOUR_US), far());
            if of_day.contains(&machine) { bad.push(truth.unplanned_stop_us) } else { usual.push(truth.unplanned_stop_us) }
        }
    }
    let mean = |list: &[i64]| list.iter().sum::<i64>() / list.len() as i64;
    assert!(mean(&bad) > 2 * mean(&usual), "{} {}", mean(&bad), mean(&usual));
}

#[test]
fn a_broken_connection_is_told_in_four_ways() {
    let plant = plant(42);
    let flaky = MACHINES.iter().position(|machine| machine.flaky).unwrap();
    let said = plant.observations(flaky, range(opened(), 14 * DAY_US));
    let count = |wanted: fn(&Said) -> bool| said.iter().filter(|delivery| wanted(&delivery.observation.said)).count();
    assert!(count(|said| *said == Said::Lost) > 0);
    assert!(count(|said| *said == Said::State("UNAVAILABLE".to_owned())) > 0);
    let late = said.iter().filter(|delivery| delivery.observation.received.since(delivery.observation.stamp) > MINUTE_US).count();
    assert!(late > 0);
    let silent = said.windows(2).filter(|pair| pair[1].observation.stamp.since(pair[0].observation.stamp) > 2 * MINUTE_US);
    assert!(silent.filter(|pair| matches!(pair[0].observation.said, Said::State(_))).count() > 0);
}

#[test]
fn people_give_reasons_to_some_failures() {
    let plant = plant(42);
    let week = range(opened(), 7 * DAY_US);
    let reports = plant.reports(0, week);
    assert!(reports.len() > 5);
    assert!(reports.iter().all(|report| report.end <= report.recorded && week.contains(report.recorded)));
    let mut pieces = plant.reports(0, range(week.start(), 3 * DAY_US));
    pieces.extend(plant.reports(0, range(week.start().plus(3 * DAY_US), 4 * DAY_US)));
    assert_eq!(pieces, reports);
}
