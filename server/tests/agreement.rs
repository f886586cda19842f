//! The demo plant in a real server: for every machine and window the command, the board's answer, the panel that explains it and
//! the simulator's own truth say the same, to the microsecond and to the last digit.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;
#[path = "../../crates/plant-sim/tests/common/said.rs"]
mod said;

use common::Plant as Andon;
use common::board::{Explained, Window, as_command, without_names};
use domain::board::MachineAnswer;
use domain::civil::{DAY_US, HOUR_US, MINUTE_US};
use domain::machine::Observation;
use domain::oee::ratios::ratio;
use domain::plant::Change;
use domain::zone::Zone;
use domain::{TimeRange, Timestamp, format};
use plant_sim::plant::layout::{MACHINES, SITES};
use plant_sim::plant::{Clocks, Deliveries, Plant};
use said::said;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use store::{Filed, Store, Tenant};

const CONFIG: &str = "[[tenant]]\nid = \"default\"\ntimezone = \"UTC\"\n[[tenant]]\nid = \"acme\"\nof = \"default\"\ncustomer = \"Acme\"\ntimezone = \"Asia/Tokyo\"\n";
/// What the plant lived through: the running week, and what was said before it.
const PAST_US: i64 = 8 * DAY_US;
/// Devices whose clocks run ahead: what they say is known before it holds, so that the running windows have no end of their own.
const AHEAD_US: i64 = 30 * MINUTE_US;
const FIGURES: [&str; 4] = ["oee", "availability", "performance", "quality"];

fn now() -> Timestamp {
    app::clock::now()
}

fn range(start: Timestamp, length_us: i64) -> TimeRange {
    TimeRange::new(start, start.plus(length_us)).unwrap()
}

/// A plant that was opened twelve days ago, so that the improvement of its products lies in the week.
fn plant(now: Timestamp) -> Plant {
    let opened = now.plus(-12 * DAY_US);
    let years = range(now.plus(-400 * DAY_US), 800 * DAY_US);
    Plant::new(11, opened, Clocks(SITES.map(|site| site.zone.parse::<Zone>().unwrap().offsets(years))))
}

/// Tells the store what the devices said, and what people said up to a moment.
async fn live(store: &Store, tenant: &Tenant, plant: &Plant, machine: usize, now: Timestamp) {
    let id = MACHINES[machine].id.parse().unwrap();
    let said = Deliveries::of(plant, machine, now.plus(-PAST_US)).until(now.plus(AHEAD_US));
    let said: Vec<(Option<u64>, Observation)> = said.into_iter().map(|said| (Some(said.number), said.observation)).collect();
    for batch in said.chunks(5_000) {
        store.append_observations(tenant.id(), &id, "gateway", batch.to_vec()).await.unwrap();
    }
    let reports = plant.reports(machine, TimeRange::new(now.plus(-PAST_US), now).unwrap());
    let filed = reports.iter().map(|report| Filed { subject: None, report: Some(report.filed()) }).collect();
    store.file_reports(tenant, &id, "the shift", "seen at the machine", filed).await.unwrap();
}

/// The command about the window of an answer, as it was known when it was given.
fn command(andon: &Andon, tenant: &str, machine: &str, answer: &MachineAnswer, as_of: Timestamp) -> Value {
    let (frame, known_at) = (answer.tile.frame.range, as_of.rfc3339());
    andon.oee(tenant, machine, (&frame.start().rfc3339(), &frame.end().rfc3339()), &["--known-at", &known_at])
}

/// What the panel says against what the command says.
fn same(panel: &Explained, figure: &str, command: &Value, about: &str) {
    let us = |name: &str| command["times_us"][name].as_i64().unwrap();
    let run = ["running", "running slowly", "micro-stop"];
    for (words, name) in [
        (&run[..], "run"),
        (&["micro-stop"], "micro_stop"),
        (&["unplanned stop"], "unplanned_stop"),
        (&["setup"], "setup"),
        (&["planned stop"], "planned_stop"),
    ] {
        assert!(figure == "quality" || panel.us(words) == us(name), "{about}: {words:?} {panel:?} {command}");
    }
    if figure != "quality" {
        assert_eq!((panel.us(&["unknown"]), panel.us(&["not scheduled"])), (us("unknown"), us("not_scheduled")), "{about}");
        assert_eq!(serde_json::to_value(&panel.said).unwrap(), command["times_us"]["by_state"], "{about}");
        let sum = |words: &[&str]| panel.times.iter().filter(|(word, _)| !words.contains(&word.as_str())).map(|(_, us)| us).sum::<i64>();
        assert_eq!((sum(&["all of it"]), panel.us(&["all of it"])), (us("calendar"), us("calendar")), "{about}: the sum is the window");
        let (shown, all) = (panel.lines.iter().map(|line| line.2).sum::<i64>(), sum(&["all of it", "not scheduled"]));
        assert!(if panel.further == 0 { shown == all } else { shown < all }, "{about}: the intervals add up to {shown} of {all}");
        assert!(panel.lines.iter().all(|(start, end, us, _)| end.since(*start) == *us), "{about}");
        assert!(panel.lines.windows(2).all(|two| two[0].1 <= two[1].0), "{about}: in order, and none in another");
    }
    if figure != "availability" {
        let parts: Vec<u64> = panel.parts[2..4].iter().map(|count| count.replace(',', "").parse().unwrap()).collect();
        assert_eq!(
            (parts[0], parts[1]),
            (command["counts"]["total"].as_u64().unwrap(), command["counts"]["good"].as_u64().unwrap()),
            "{about}"
        );
    }
    let value = &command["ratios"][figure];
    let Some((over, under)) = panel.terms.as_ref().map(|_| panel.terms_us()) else {
        assert!(value.is_null() && panel.result == "n/a", "{about}: {panel:?} {value}");
        return;
    };
    let losses = &command["losses_us"];
    let known = us("planned") - us("unknown");
    let terms = match figure {
        "oee" => (losses["fully_productive"].as_i64().unwrap(), known),
        "availability" => (us("run"), known),
        // Run time without what was lost to speed and small stops, and that without what was lost to quality.
        name => {
            let net = us("run") - losses["reduced_speed"].as_i64().unwrap() - losses["minor_stops"].as_i64().unwrap();
            if name == "performance" { (net, us("run")) } else { (losses["fully_productive"].as_i64().unwrap(), net) }
        }
    };
    assert_eq!((over, under), terms, "{about}: {panel:?} {command}");
    match ratio(over, under) {
        None => assert!(value.is_null() && panel.result == "n/a", "{about}: {panel:?} {value}"),
        Some(exact) => {
            let exact: Value = serde_json::from_str(&serde_json::to_string(&exact).unwrap()).unwrap();
            assert_eq!(*value, exact, "{about}: the fraction is the ratio to its last digit");
            assert_eq!(panel.result, format!("{} %", format::number(value.as_f64().unwrap() * 100.0, 4)), "{about}");
        }
    }
}

/// Whether everything that happened up to an instant was said by then, by devices and by people.
fn is_quiet(plant: &Plant, machine: usize, since: Timestamp, time: Timestamp) -> bool {
    let late = plant.observations(machine, range(time, HOUR_US));
    let reports = TimeRange::new(since, time).map(|between| plant.reports(machine, between)).unwrap_or_default();
    late.iter().all(|late| late.observation.stamp >= time) && reports.is_empty()
}

struct Looked<'a> {
    andon: &'a Andon,
    plant: &'a Plant,
    /// When people were listened to last.
    heard: Timestamp,
    /// Windows that were held against the truth.
    true_ones: &'a AtomicUsize,
}

impl Looked<'_> {
    fn window(&self, machine: usize, pairs: Window<'_>, figures: &[&str]) {
        let Self { andon, plant, heard, true_ones } = self;
        let of = &MACHINES[machine];
        let about = format!("{} {pairs:?}", of.id);
        let began = Instant::now();
        let answer = loop {
            let answer = andon.machine_answer("default", of.id, pairs).unwrap();
            if is_quiet(plant, machine, *heard, answer.as_of) {
                let truth = plant.truth(machine, answer.tile.frame.range, answer.as_of);
                assert_eq!(said(&answer.basis.figures), truth, "{about} as of {}", answer.as_of.rfc3339());
                true_ones.fetch_add(1, Ordering::Relaxed);
                break answer;
            }
            // A connection that is down may tell what happened much later; any other device tells it at once.
            if of.flaky || began.elapsed() > common::HANGS {
                break answer;
            }
        };
        let known = without_names(command(andon, "default", of.id, &answer, answer.as_of));
        assert_eq!(known, as_command(&answer), "{about}");
        assert_ne!(known["times_us"]["planned"].as_i64(), None);
        for figure in figures {
            let panel = andon.explained("default", of.id, pairs, figure);
            // A window that is over says the same at any later moment.
            let over = answer.tile.frame.range.end() <= answer.as_of;
            let command = if over { known.clone() } else { without_names(command(andon, "default", of.id, &answer, panel.as_of)) };
            same(&panel, figure, &command, &format!("{figure} of {about}"));
        }
        if of.customer == Some("Acme") {
            let seen = andon.machine_answer("acme", of.id, pairs).unwrap();
            assert_eq!(seen.tile.frame, answer.tile.frame, "{about}: a customer looks through the same window");
            let seen_at = without_names(command(andon, "acme", of.id, &seen, answer.as_of));
            assert_eq!(seen_at, known, "{about}: a customer sees the same figures");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_machine_says_the_same_everywhere() {
    let andon = Andon::start(CONFIG).await;
    let began = now();
    let (store, plant) = (andon.store().await, plant(began));
    let tenant = store.tenant("default").unwrap();
    let changes: Vec<Change> = plant.facts().into_iter().map(Change::Set).collect();
    store.state_facts(&tenant, "Andon", "built", changes).await.unwrap();
    futures::future::join_all((0..MACHINES.len()).map(|machine| live(&store, &tenant, &plant, machine, began))).await;
    eprintln!("{} observations after {:?}", andon.count("SELECT count(*) FROM observations").await, now().since(began));
    let true_ones = AtomicUsize::new(0);
    let looked = Looked { andon: &andon, plant: &plant, heard: began, true_ones: &true_ones };
    std::thread::scope(|scope| {
        for half in 0..2 {
            let looked = &looked;
            scope.spawn(move || {
                for machine in (half..MACHINES.len()).step_by(2) {
                    looked.window(machine, &[], &["oee"]);
                    looked.window(machine, &[("back", "1")], &FIGURES);
                    looked.window(machine, &[("period", "day"), ("back", "1")], &["oee", "performance"]);
                    looked.window(machine, &[("period", "week")], &["availability"]);
                }
            });
        }
    });
    let most = 4 * MACHINES.len();
    let held = true_ones.load(Ordering::Relaxed);
    assert!(held + 4 >= most, "{held} of {most} windows were held against the truth: all but those of a broken connection");
}
