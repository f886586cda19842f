//! The demo plant's machines speak by HTTP, and what is stored says what the plant knows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Plant as Andon;
use domain::civil::{DAY_US, HOUR_US};
use domain::oee::{Figures, Policy, Timeline};
use domain::plant::Change;
use domain::zone::Zone;
use domain::{MachineId, TimeRange, Timestamp};
use plant_sim::plant::layout::{MACHINES, SITES};
use plant_sim::plant::{Clocks, Plant};

const CONFIG: &str = "[[tenant]]\nid = \"default\"\n[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n";

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_us(i64::try_from(since.as_micros()).unwrap())
}

/// The plant that `andon simulate plant --seed 5` plays.
fn plant() -> Plant {
    let opened = Timestamp::from_us(1_767_571_200_000_000);
    let years = TimeRange::new(opened, now().plus(400 * DAY_US)).unwrap();
    Plant::new(5, opened, Clocks(SITES.map(|site| site.zone.parse::<Zone>().unwrap().offsets(years))))
}

#[tokio::test]
async fn a_simulated_plant_is_stored_once_and_agrees_with_its_truth() {
    let andon = Andon::start(CONFIG).await;
    let (store, plant) = (andon.store().await, plant());
    let tenant = store.tenant("default").unwrap();
    store.state_facts(&tenant, "Andon", "built", plant.facts().into_iter().map(Change::Set).collect()).await.unwrap();
    let url = andon.url();
    let chosen = ["saw-1", "filler-1"];
    let arguments = ["simulate", "plant", "--url", &url, "--token", "t", "--seed", "5", "--hours", "30", "--once"];
    let arguments: Vec<&str> = arguments.into_iter().chain(chosen.iter().flat_map(|id| ["--machine", id])).collect();
    let (status, said) = andon.run(&arguments);
    assert_eq!(status, Some(0), "{said}");
    let stored = andon.count("SELECT count(*) FROM observations").await;
    assert!(stored > 1_000, "{stored}");
    let (status, said) = andon.run(&arguments);
    assert_eq!(status, Some(0), "{said}");
    let again = andon.count("SELECT count(*) FROM observations").await;
    assert!(again - stored < 50, "what is sent again is known: {stored}, then {again}");

    let window = TimeRange::new(now().plus(-24 * HOUR_US), now().plus(-HOUR_US)).unwrap();
    for (machine, of) in MACHINES.iter().enumerate().filter(|(_, of)| chosen.contains(&of.id)) {
        let id: MachineId = of.id.parse().unwrap();
        let evidence = store.evidence(&tenant, &id, window, None).await.unwrap();
        let figures = Figures::of(&evidence, &Timeline::of(&evidence, &Policy::default()), window);
        let truth = plant.truth(machine, window, now());
        let counts = &figures.counts;
        assert_eq!((figures.times.run_us(), figures.times.planned_us()), (truth.run_us(), truth.planned_us()), "{}", of.id);
        assert_eq!((counts.parts.total(), counts.parts.good, counts.stops), (truth.total(), truth.good, truth.stops), "{}", of.id);
    }
}

#[tokio::test]
async fn what_is_refused_is_said() {
    let andon = Andon::start(CONFIG).await;
    let url = andon.url();
    for (arguments, status, sentence) in [
        (vec!["--url", "andon:8888"], 2, "write it as http://"),
        (vec!["--url", &url, "--machine", "mill"], 2, "it has saw-1"),
        (vec!["--url", &url, "--once"], 1, "a token is missing"),
        (
            vec!["--url", &url, "--once", "--token", "t"],
            1,
            "has no machine `saw-1`; it must have those that are played: add [[machine]] with the ids saw-1, ",
        ),
    ] {
        let arguments: Vec<&str> = ["simulate", "plant"].into_iter().chain(arguments).collect();
        let (code, said) = andon.run(&arguments);
        assert_eq!((code, said.contains(sentence)), (Some(status), true), "{said}");
    }
}
