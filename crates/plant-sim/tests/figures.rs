//! The figures of `domain::oee` against the plant's own truth, to the microsecond and to the part, for every machine.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::said::said;
use common::{at, opened, plant, range};
use domain::civil::{DAY_US, HOUR_US, MINUTE_US};
use domain::machine::Observation;
use domain::machine::reading::evidence;
use domain::oee::losses::Losses;
use domain::oee::{Category, Evidence, Figures, Policy, Timeline};
use domain::plant::{Plant as Model, Report};
use domain::zone::Zone;
use domain::{TimeRange, Timestamp};
use plant_sim::plant::Plant;
use plant_sim::plant::layout::{MACHINES, REASONS};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The evidence around a window: what devices said and people reported from five days before it on.
fn seen(plant: &Plant, machine: usize, window: TimeRange, as_of: Timestamp) -> Evidence {
    let model = Model::of_facts(plant.facts());
    let id = MACHINES[machine].id.parse().unwrap();
    let known = TimeRange::new(window.start().plus(-5 * DAY_US), as_of).unwrap();
    let said: Vec<Observation> = plant.observations(machine, known).into_iter().map(|delivery| delivery.observation).collect();
    let reports: Vec<Report> = plant.reports(machine, known).into_iter().map(|report| report.filed()).collect();
    let zone = model.placed(&model.machines[&id], Timestamp::MIN).site.unwrap().1.zone.clone().unwrap().parse::<Zone>().unwrap();
    evidence(&model, &id, &said, &reports.iter().collect::<Vec<_>>(), (known, &zone.offsets(known)), as_of)
}

fn figures(evidence: &Evidence, window: TimeRange) -> Figures {
    Figures::of(evidence, &Timeline::of(evidence, &Policy::default()), window)
}

/// Time of unplanned stops by reason, in the words of the truth.
fn reasons(plant: &Plant, figures: &Figures) -> BTreeMap<Option<&'static str>, i64> {
    let model = Model::of_facts(plant.facts());
    let stops = figures.by_reason.iter().filter(|share| share.category == Category::UnplannedStop && share.time_us > 0);
    let id = |number| REASONS.iter().map(|reason| reason.id).find(|id| model.reason_id(id) == Some(number)).unwrap();
    stops.map(|share| (share.reason.map(id), share.time_us)).collect()
}

#[test]
fn every_machine_agrees_with_its_truth() {
    let plant = plant(42);
    let night = |start: &str, hours| range(at(start), hours * HOUR_US);
    let windows = [
        night("2026-03-28T21:00:00Z", 7),
        night("2026-03-10T05:00:00Z", 8),
        range(at("2026-03-16T23:00:00Z"), 7 * DAY_US),
        range(at("2026-03-21T11:22:33.444555Z"), 3 * DAY_US + 1),
        range(at("2026-10-24T12:00:00Z"), 2 * DAY_US),
        range(at("2026-12-24T00:00:00Z"), 3 * DAY_US),
    ];
    for (machine, of) in MACHINES.iter().enumerate() {
        for window in windows {
            let as_of = window.end().plus(DAY_US);
            let figures = figures(&seen(&plant, machine, window, as_of), window);
            assert_eq!(said(&figures), plant.truth(machine, window, as_of), "{} from {}", of.id, window.start().rfc3339());
            assert_eq!(reasons(&plant, &figures), plant.reasons(machine, window, as_of), "{} from {}", of.id, window.start().rfc3339());
            assert_eq!(Losses::of(&figures).unwrap().sum_us(), figures.times.planned_us());
        }
    }
}

#[test]
fn what_lasts_is_counted_as_far_as_it_is_known() {
    let plant = plant(7);
    for (machine, of) in MACHINES.iter().enumerate().filter(|(_, of)| !of.flaky) {
        for hour in 0..24 {
            // A device's words take up to a fraction of a second to arrive; a quiet instant is one without words under way.
            let as_of = opened().plus(3 * DAY_US + hour * HOUR_US + 17 * MINUTE_US);
            let window = range(as_of.plus(-8 * HOUR_US), DAY_US);
            let said_after = plant.observations(machine, range(as_of, HOUR_US / 3_600));
            if said_after.iter().any(|delivery| delivery.observation.stamp < as_of) {
                continue;
            }
            let figures = figures(&seen(&plant, machine, window, as_of), window);
            assert_eq!(said(&figures), plant.truth(machine, window, as_of), "{} at {}", of.id, as_of.rfc3339());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_window_of_any_plant_agrees(seed in 0_u64..10_000, machine in 0..MACHINES.len(), start_us in 0..300 * DAY_US, length_us in 1..2 * DAY_US) {
        let (plant, window) = (plant(seed), range(opened().plus(start_us), length_us));
        let as_of = window.end().plus(DAY_US);
        let figures = figures(&seen(&plant, machine, window, as_of), window);
        prop_assert_eq!(said(&figures), plant.truth(machine, window, as_of));
        prop_assert_eq!(reasons(&plant, &figures), plant.reasons(machine, window, as_of));
    }
}
