//! How long evidence takes: two hundred machines for a shift, and one machine for a year of half a million observations, read
//! the first time and while they live; how many appends a second several senders get done.
//! Prints a line of JSON each; minima stand beside medians, because other work disturbs the latter.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may fail by panicking, and prints what it found")]

use domain::civil::{DAY_US, HOUR_US, SECOND_US};
use domain::machine::{Observation, Said};
use domain::oee::counts::Parts;
use domain::oee::{Figures, Policy, Timeline};
use domain::plant::{Change, Fact, Machine};
use domain::{MachineId, TimeRange, Timestamp};
use std::time::{Duration, Instant, SystemTime};
use store::local::LocalPostgres;
use store::{ReadCost, Settings, Store, Target};

const MACHINES: i64 = 200;
const YEAR: i64 = 500_000;
const RUNS: usize = 25;
/// How many send at the same time, and for how long.
const SENDERS: usize = 8;
const SENDING: Duration = Duration::from_secs(4);

fn say(at: Timestamp, said: Said) -> (Option<u64>, Observation) {
    (None, Observation { stamp: at, received: at, said })
}

fn part(at: Timestamp) -> (Option<u64>, Observation) {
    say(at, Said::Parts(Parts { good: 1, ..Parts::default() }))
}

/// A part every half minute, a stop every ten.
fn life(end: Timestamp, length_us: i64) -> Vec<(Option<u64>, Observation)> {
    let start = end.plus(-length_us);
    let step = |step: i64| {
        let at = start.plus(step * 30 * SECOND_US);
        match step % 20 {
            0 => say(at, Said::State("STOPPED".into())),
            2 => say(at, Said::State("ACTIVE".into())),
            _ => part(at),
        }
    };
    (0..length_us / (30 * SECOND_US)).map(step).collect()
}

fn connected(target: &Target) -> Store {
    let store = Store::new(Settings::without_configuration(domain::zone::Zone::UTC));
    tokio::spawn(store.clone().supervise());
    store.connect(target.clone());
    store
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_us(since_1970.as_micros().try_into().unwrap())
}

fn print(what: &str, cost: ReadCost, mut reading: Vec<Duration>, mut computing: Vec<Duration>) {
    reading.sort_unstable();
    computing.sort_unstable();
    let ms = |times: &[Duration], at: usize| times.get(at).copied().unwrap_or_default().as_secs_f64() * 1e3;
    let of = |times: &[Duration]| {
        let (min, median, max) = (ms(times, 0), ms(times, times.len() / 2), ms(times, times.len() - 1));
        format!("{{\"min\":{min:.2},\"median\":{median:.2},\"max\":{max:.2}}}")
    };
    let (statements, rows, runs) = (cost.statements, cost.rows, reading.len());
    println!(
        "{{\"what\":\"{what}\",\"statements\":{statements},\"rows\":{rows},\"runs\":{runs},\"read_ms\":{},\"figures_ms\":{}}}",
        of(&reading),
        of(&computing)
    );
}

/// Reads often: by a store that remembers nothing where `cold`; else some of the machines say something before each time.
async fn measure(what: &str, target: &Target, machines: &[MachineId], range: TimeRange, cold: bool) {
    let mut store = connected(target);
    assert!(store.wait_until_up(Duration::from_secs(10)).await);
    let tenant = store.tenants().next().unwrap();
    let (mut reading, mut computing, mut cost) = (Vec::new(), Vec::new(), ReadCost::default());
    let runs = if cold { RUNS / 2 } else { RUNS + 1 };
    for run in 0..runs {
        if cold {
            store = connected(target);
            assert!(store.wait_until_up(Duration::from_secs(10)).await);
            // The connection and the plant are there in a server that runs; so is the plan of the statement.
            store
                .evidences(&tenant, machines.get(..1).unwrap(), TimeRange::new(range.start(), range.start().plus(1)).unwrap(), None)
                .await
                .unwrap();
        } else {
            for machine in machines.iter().skip(run).step_by(40) {
                store.append_observations(tenant.id(), machine, "bench", vec![part(now())]).await.unwrap();
            }
        }
        let began = Instant::now();
        let (found, read) = store.evidences_with_cost(&tenant, machines, range, None).await.unwrap();
        let (read_for, began) = (began.elapsed(), Instant::now());
        for machine in &found {
            let timeline = Timeline::of(&machine.evidence, &Policy::default());
            std::hint::black_box(Figures::of(&machine.evidence, &timeline, range));
        }
        if cold || run > 0 {
            (cost, _) = (read, computing.push(began.elapsed()));
            reading.push(read_for);
        }
    }
    print(what, cost, reading, computing);
}

/// Senders that each append one observation after the other, each to machines of its own.
async fn appending(target: &Target, machines: &[MachineId]) {
    let store = connected(target);
    assert!(store.wait_until_up(Duration::from_secs(10)).await);
    let tenant = store.tenants().next().unwrap();
    let began = Instant::now();
    let sending = (0..SENDERS).map(|sender| {
        let (store, tenant) = (store.clone(), tenant.id().clone());
        let own: Vec<MachineId> = machines.iter().skip(sender).step_by(SENDERS).cloned().collect();
        tokio::spawn(async move {
            let mut appended = 0_u64;
            for machine in own.iter().cycle() {
                if began.elapsed() > SENDING {
                    break;
                }
                store.append_observations(&tenant, machine, "bench", vec![part(now())]).await.unwrap();
                appended += 1;
            }
            appended
        })
    });
    let mut appended = 0;
    for sender in sending.collect::<Vec<_>>() {
        appended += sender.await.unwrap();
    }
    println!("{{\"what\":\"appends a second, {SENDERS} senders\",\"per_second\":{:.0}}}", appended as f64 / began.elapsed().as_secs_f64());
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalPostgres::start(folder.path()).await.unwrap();
    let target = Target::local(&local.connection(), "bench");
    store::demo::create_database(&target, "bench").await.unwrap();
    let store = connected(&target);
    assert!(store.wait_until_up(Duration::from_secs(10)).await);
    let tenant = store.tenants().next().unwrap();
    let machines: Vec<MachineId> = (0..MACHINES).map(|number| format!("m{number}").parse().unwrap()).collect();
    let year: MachineId = "year".parse().unwrap();
    let facts = machines.iter().chain([&year]).map(|id| Change::Set(Fact::Machine(id.clone(), Machine::default())));
    store.state_facts(&tenant, "bench", "", facts.collect()).await.unwrap();
    let end = now();
    for machine in &machines {
        store.append_observations(tenant.id(), machine, "bench", life(end, 2 * DAY_US)).await.unwrap();
    }
    let length_us = YEAR * 30 * SECOND_US;
    for part in life(end, length_us).chunks(10_000) {
        store.append_observations(tenant.id(), &year, "bench", part.to_vec()).await.unwrap();
    }
    let shift = TimeRange::new(end.plus(-8 * HOUR_US), end.plus(HOUR_US)).unwrap();
    measure("200 machines, a shift, the first time", &target, &machines, shift, true).await;
    measure("200 machines, a shift, while 5 of them speak", &target, &machines, shift, false).await;
    let whole = TimeRange::new(end.plus(-length_us), end.plus(HOUR_US)).unwrap();
    let year = std::slice::from_ref(&year);
    measure("one machine, 500,000 observations, the first time", &target, year, whole, true).await;
    measure("one machine, 500,000 observations, while it lives", &target, year, whole, false).await;
    appending(&target, &machines).await;
    local.stop().await.unwrap();
}
