//! How long evidence takes: two hundred machines for a shift, and one machine for a year of half a million observations.
//! Prints medians; run it with an otherwise idle machine.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may fail by panicking, and prints what it found")]

use domain::civil::{DAY_US, HOUR_US, SECOND_US};
use domain::machine::{Observation, Said};
use domain::oee::counts::Parts;
use domain::oee::{Figures, Policy, Timeline};
use domain::plant::{Change, Fact, Machine};
use domain::{MachineId, TimeRange, Timestamp};
use std::time::{Duration, Instant};
use store::local::LocalPostgres;
use store::{Settings, Store, Target};

const END: Timestamp = Timestamp::from_us(1_710_000_000_000_000);
const MACHINES: i64 = 200;

/// A part every half minute, a stop every ten.
fn life(start: Timestamp, length_us: i64) -> Vec<(Option<u64>, Observation)> {
    let say = |at, said| (None, Observation { stamp: at, received: at, said });
    let mut log = Vec::new();
    for step in 0..length_us / (30 * SECOND_US) {
        let at = start.plus(step * 30 * SECOND_US);
        match step % 20 {
            0 => log.push(say(at, Said::State("STOPPED".into()))),
            2 => log.push(say(at, Said::State("ACTIVE".into()))),
            _ => log.push(say(at, Said::Parts(Parts { good: 1, ..Parts::default() }))),
        }
    }
    log
}

async fn measure(what: &str, store: &Store, machines: &[MachineId], range: TimeRange) {
    let tenant = store.tenants().next().unwrap();
    let (mut reading, mut computing, mut rows) = (Vec::new(), Vec::new(), 0);
    for _ in 0..9 {
        let began = Instant::now();
        let (found, cost) = store.evidences_with_cost(&tenant, machines, range, None).await.unwrap();
        reading.push(began.elapsed());
        rows = cost.rows;
        let began = Instant::now();
        for machine in &found {
            let timeline = Timeline::of(&machine.evidence, &Policy::default());
            std::hint::black_box(Figures::of(&machine.evidence, &timeline, range));
        }
        computing.push(began.elapsed());
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    println!("{what}: {rows} rows, evidence {:?}, figures {:?}", median(reading), median(computing));
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalPostgres::start(folder.path()).await.unwrap();
    let target = Target::local(&local.connection(), "bench");
    store::demo::create_database(&target, "bench").await.unwrap();
    let store = Store::new(Settings::without_configuration(domain::zone::Zone::UTC));
    tokio::spawn(store.clone().supervise());
    store.connect(target);
    assert!(store.wait_until_up(Duration::from_secs(10)).await);
    let tenant = store.tenants().next().unwrap();
    let machines: Vec<MachineId> = (0..MACHINES).map(|number| format!("m{number}").parse().unwrap()).collect();
    let year: MachineId = "year".parse().unwrap();
    let facts = machines.iter().chain([&year]).map(|id| Change::Set(Fact::Machine(id.clone(), Machine::default())));
    store.state_facts(&tenant, "bench", "", facts.collect()).await.unwrap();
    for machine in &machines {
        store.append_observations(tenant.id(), machine, "bench", life(END.plus(-2 * DAY_US), 2 * DAY_US)).await.unwrap();
    }
    let length_us = 500_000 * 30 * SECOND_US;
    let log = life(END.plus(-length_us), length_us);
    let began = Instant::now();
    for part in log.chunks(10_000) {
        store.append_observations(tenant.id(), &year, "bench", part.to_vec()).await.unwrap();
    }
    println!("appended {} observations in {:?}", log.len(), began.elapsed());
    let shift = TimeRange::new(END.plus(-8 * HOUR_US), END).unwrap();
    measure("200 machines, a shift", &store, &machines, shift).await;
    let whole = TimeRange::new(END.plus(-length_us), END).unwrap();
    measure("one machine, 500,000 observations", &store, std::slice::from_ref(&year), whole).await;
    local.stop().await.unwrap();
}
