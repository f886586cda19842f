//! What devices say, in a real Postgres: order of arrival, repetition, wrong clocks, and what reading costs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::machines::{append, facts, figures, good, id, machine, minute, range, said, set, state, state_facts, whole_figures};
use domain::civil::{DAY_US, MINUTE_US, SECOND_US};
use domain::machine::{Observation, Part, Said};
use domain::oee::Category;
use domain::plant::{Fact, Machine};
use domain::{TimeRange, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::AssertSqlSafe;
use store::{Appended, MachineChange};

async fn count(database: &mut Database, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut database.owner).await.unwrap()
}

#[tokio::test]
async fn a_batch_that_comes_again_changes_nothing() {
    let mut database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    let log = [
        state(0, "ACTIVE"),
        good(1, 2),
        said(minute(1).plus(10 * SECOND_US), Said::Alive),
        said(minute(2), Said::Parts(domain::oee::counts::Parts { good: 1, reject: 2, startup_reject: 3, rework: 4 })),
        state(3, "STOPPED"),
        said(minute(3).plus(SECOND_US), Said::Alive),
    ];
    let batch: Vec<(Option<u64>, Observation)> = (10..).map(Some).zip(log).collect();
    let all = Appended { stored: 6, ..Appended::default() };
    let none = Appended { known: 6, ..Appended::default() };
    let mill = id("mill");
    let append = |origin: &'static str, batch: &[(Option<u64>, Observation)]| {
        let (store, tenant, mill, batch) = (store.clone(), tenant.clone(), mill.clone(), batch.to_vec());
        async move { store.append_observations(tenant.id(), &mill, origin, batch).await.unwrap() }
    };
    assert_eq!(append("file a", &batch).await, all);
    let before = figures(&store, &tenant, "mill", range(0, 10)).await;
    let rows = "SELECT count(*) FROM andon.observations";
    assert_eq!(count(&mut database, rows).await, 7, "parts of four kinds are four rows, signs of life none");
    assert_eq!(append("file a", &batch).await, none);
    assert_eq!(append("file a", &batch[2..]).await, Appended { known: 4, ..none });
    let twice = [batch.clone(), batch.clone()].concat();
    assert_eq!(append("file a", &twice).await, Appended { known: 12, ..none });
    assert_eq!(count(&mut database, rows).await, 7);
    let after = figures(&store, &tenant, "mill", range(0, 10)).await;
    // The stop goes on, so its length is that of now; everything else is the same.
    assert_eq!((after.times, after.counts.parts, after.by_state), (before.times, before.counts.parts, before.by_state));
    assert_eq!((before.counts.parts.good, before.counts.parts.reject, before.counts.parts.rework), (3, 2, 4));
    assert_eq!(append("file b", &batch[4..5]).await, Appended { stored: 1, ..Appended::default() }, "another sender's numbers are its own");
}

#[tokio::test]
async fn rule_12_arrival_is_the_order_and_wrong_clocks_wait_in_the_quarantine() {
    let mut database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    // The stamp of STOPPED steps back: it holds from READY's time on, and READY has no time at all.
    append(&store, &tenant, "mill", vec![state(0, "ACTIVE"), state(10, "READY")]).await;
    append(&store, &tenant, "mill", vec![state(8, "STOPPED"), said(minute(12), Said::Alive), state(11, "ACTIVE")]).await;
    let wrong = Observation { stamp: minute(0).plus(-9 * 366 * DAY_US), ..state(13, "STOPPED") };
    let long = state(13, &"x".repeat(2_000));
    let total = said(minute(13), Said::Total { part: Part::Total, reading: u64::MAX });
    let appended = append(&store, &tenant, "mill", vec![wrong, long, total, state(14, "ACTIVE")]).await;
    assert_eq!(appended, Appended { stored: 1, known: 0, refused: 3 });
    assert_eq!(count(&mut database, "SELECT count(*) FROM andon.quarantine WHERE source = 'machine mill'").await, 3);
    assert_eq!(count(&mut database, "SELECT count(*) FROM andon.quarantine WHERE reason LIKE '%set the device%'").await, 1);
    let figures = figures(&store, &tenant, "mill", range(0, 15)).await;
    let by_state: Vec<i64> = figures.by_state.values().map(|us| us / MINUTE_US).collect();
    let plant = store.plant(&tenant, None).await.unwrap();
    let names: Vec<&str> = figures.by_state.keys().map(|state| plant.words.state(*state).unwrap()).collect();
    // A sign of life came at 12, so ACTIVE, stamped 11, holds from then on.
    let mut found: Vec<(&str, i64)> = names.into_iter().zip(by_state).collect();
    found.sort_unstable();
    assert_eq!(found, [("ACTIVE", 13), ("STOPPED", 2)]);
}

/// Months of a machine that does everything a machine may do.
fn life(seed: u64, minutes: i64) -> Vec<Observation> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let states = ["ACTIVE", "ACTIVE", "ACTIVE", "STOPPED", "READY", "INTERRUPTED", "UNAVAILABLE"];
    let (mut log, mut at, mut total, mut reject) = (Vec::new(), minute(0), 5_u64, 0_u64);
    // Now and then it says for long that it stands, more often than a reader looks back at first.
    let mut stands = 0;
    while at < minute(minutes) {
        stands = if random.random_range(0..200) == 0 { 80 } else { stands - 1 };
        let states = if stands > 0 { &states[3..5] } else { &states[..] };
        let saying = match random.random_range(0..23) {
            0..6 => Said::State(states[random.random_range(0..states.len())].to_owned()),
            6 => Said::Mode(["AUTOMATIC", "AUTOMATIC", "MANUAL"][random.random_range(0..3)].to_owned()),
            7 => Said::EmergencyStop(["ARMED", "ARMED", "TRIGGERED"][random.random_range(0..3)].to_owned()),
            8 => Said::Reason(["E17", "changeover", "E99", ""][random.random_range(0..4)].to_owned()),
            22 => Said::RejectReason(["E17", "scratch", ""][random.random_range(0..3)].to_owned()),
            9 => Said::Product(["O1234", "O999", "bolt"][random.random_range(0..3)].to_owned()),
            10 => Said::Lost,
            11..15 => Said::Alive,
            15 => Said::Parts(domain::oee::counts::Parts { good: 1, reject: 1, ..Default::default() }),
            _ => {
                total = if random.random_range(0..30) == 0 { 0 } else { total + random.random_range(0..3) };
                Said::Total { part: Part::Total, reading: total }
            }
        };
        let counts = matches!(saying, Said::Total { .. });
        log.push(said(at, saying));
        if counts {
            reject += u64::from(random.random_range(0..4) == 0);
            log.push(said(at, Said::Total { part: Part::Reject, reading: reject }));
        }
        let step_us = [SECOND_US / 3, 20 * SECOND_US, 90 * SECOND_US, 7 * MINUTE_US][random.random_range(0..4)];
        at = at.plus(random.random_range(0..step_us) - step_us / 20);
    }
    log
}

/// A stop of a planned kind, a lost connection, and then so many words of standing that a reader may begin with the loss.
#[tokio::test]
async fn rule_08_a_lost_connection_is_no_beginning() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    let mut log = vec![
        state(0, "ACTIVE"),
        state(60, "STOPPED"),
        said(minute(60), Said::Reason("changeover".to_owned())),
        said(minute(90), Said::Lost),
    ];
    log.extend((0..40).map(|n| state(120 + n, if n % 2 == 0 { "STOPPED" } else { "READY" })));
    log.push(state(200, "ACTIVE"));
    append(&store, &tenant, "mill", log).await;
    let whole = figures(&store, &tenant, "mill", range(119, 200)).await;
    for first in 120..200 {
        let [before, after] = [range(119, first), range(first, 200)].map(|window| figures(&store, &tenant, "mill", window));
        let (mut sum, after) = (before.await, after.await);
        sum.add(&after);
        assert_eq!((sum.times, &sum.by_reason), (whole.times, &whole.by_reason), "split at {first}");
    }
}

#[tokio::test]
async fn every_window_agrees_with_the_whole_log() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let silent = Machine { silence_us: Some(5 * MINUTE_US), ..machine() };
    state_facts(&store, &tenant, [facts(), vec![Fact::Machine(id("mill"), silent)]].concat()).await;
    let log = life(7, 3_000);
    for part in log.chunks(97) {
        append(&store, &tenant, "mill", part.to_vec()).await;
    }
    let plant = store.plant(&tenant, None).await.unwrap();
    let as_of = store.evidence(&tenant, &id("mill"), range(0, 1), None).await.unwrap().as_of.unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut sum, all) = (domain::oee::Figures::default(), range(-60, 3_060));
    let mut borders: Vec<Timestamp> =
        (0..60).map(|_| minute(random.random_range(-60..3_060)).plus(random.random_range(0..MINUTE_US))).collect();
    borders.extend([all.start(), all.end()]);
    borders.sort_unstable();
    for pair in borders.windows(2) {
        let Ok(window) = TimeRange::new(pair[0], pair[1]) else { continue };
        let found = figures(&store, &tenant, "mill", window).await;
        let wanted = whole_figures(&plant, "mill", &log, &[], window, as_of);
        assert_eq!(comparable(&found), comparable(&wanted), "{window:?}");
        sum.add(&found);
    }
    let whole = figures(&store, &tenant, "mill", all).await;
    assert_eq!(comparable(&sum), comparable(&whole), "the parts of a window are the window");
    assert!(whole.counts.stops > 5 && whole.counts.micro_stops > 5 && whole.counts.setups > 5, "{:?}", whole.counts);
    assert!(whole.rejects.iter().any(|share| share.reason.is_some()) && whole.rejects.iter().any(|share| share.reason.is_none()));
    assert!(whole.counts.parts.good > 100 && whole.counts.parts.reject > 10 && whole.times.unknown_us > 0);
}

/// Figures without the numbers of words, which a log that is read without a store numbers otherwise.
fn comparable(figures: &domain::oee::Figures) -> String {
    let domain::oee::Figures { times, counts, ideal, value_millionths, by_state, by_reason, rejects, provisional, policy: _ } = figures;
    let mut states: Vec<i64> = by_state.values().copied().collect();
    states.sort_unstable();
    let mut reasons: Vec<(Category, i64, u64)> = by_reason.iter().map(|share| (share.category, share.time_us, share.stops)).collect();
    reasons.sort_unstable();
    let mut rejects: Vec<_> = rejects.iter().map(|share| (share.fate, share.parts, share.ideal_us, share.reason.is_some())).collect();
    rejects.sort_unstable();
    format!("{times:?} {counts:?} {ideal:?} {value_millionths:?} {states:?} {reasons:?} {rejects:?} {provisional}")
}

#[tokio::test]
async fn a_shift_costs_the_same_however_long_the_history_is() {
    let mut database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    let minutes = 6 * 1_440;
    let mut log = Vec::new();
    for at in 0..minutes {
        log.push(state(at, if at % 10 < 8 { "ACTIVE" } else { "STOPPED" }));
        log.push(good(at, 1));
    }
    let mill = id("mill");
    let mut costs = Vec::new();
    for (day, part) in log.chunks(2 * 1_440).enumerate() {
        append(&store, &tenant, "mill", part.to_vec()).await;
        let end = (day as i64 + 1) * 1_440 - 5;
        let (_, cost) = store.evidences_with_cost(&tenant, std::slice::from_ref(&mill), range(end - 480, end), None).await.unwrap();
        costs.push(cost);
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    assert_eq!(costs[0].statements, 2);
    assert!((960..1_100).contains(&costs[0].rows), "{costs:?}");
    // A weekend that stands, with a sign of life every ten seconds, is one step back.
    append(&store, &tenant, "mill", vec![state(minutes, "STOPPED")]).await;
    let alive: Vec<Observation> = (0..18_000).map(|i| said(minute(minutes).plus(i * 10 * SECOND_US), Said::Alive)).collect();
    append(&store, &tenant, "mill", alive).await;
    assert_eq!(count(&mut database, "SELECT count(*) FROM andon.observations").await, 2 * minutes + 1);
    let end = minutes + 3_000;
    let (found, cost) = store.evidences_with_cost(&tenant, std::slice::from_ref(&mill), range(end - 480, end), None).await.unwrap();
    assert!(cost.rows < 60, "{cost:?}");
    let stop =
        found[0].evidence.spans.iter().find(|span| span.start <= minute(end - 480) && span.end.is_none_or(|e| e >= minute(end))).unwrap();
    assert_eq!(stop.start, minute(minutes - 2), "the standstill is whole");
}

#[tokio::test]
async fn changes_are_heard_here_and_in_other_processes() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let (other, _) = database.store().await;
    let (mut here, mut there) = (store.machine_changes(), other.machine_changes());
    let first = there.recv().await.unwrap();
    assert_eq!((first.machine, first.range), (None, TimeRange::ALL), "what was missed before listening");
    store.state_facts(&tenant, "test", "", set(facts())).await.unwrap();
    append(&store, &tenant, "mill", vec![state(0, "ACTIVE"), state(5, "STOPPED")]).await;
    // What was said last holds until something else is.
    let touched = TimeRange::new(minute(0), Timestamp::MAX).unwrap();
    let expected = MachineChange { tenant: tenant.id().clone(), machine: Some(id("mill")), range: touched };
    loop {
        let change = here.recv().await.unwrap();
        if change.machine.is_some() {
            assert_eq!(change, expected);
            break;
        }
    }
    assert_eq!(there.recv().await.unwrap().machine, None, "the plant");
    assert_eq!(there.recv().await.unwrap(), expected);
}
