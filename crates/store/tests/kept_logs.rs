//! What a process keeps of logs: the same evidence with and without it whatever happens, and how little is read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::machines::{append, facts, good, id, machine, minute, range, said, state, state_facts};
use domain::civil::{DAY_US, MINUTE_US, SECOND_US};
use domain::machine::{Observation, Part, Said};
use domain::oee::Evidence;
use domain::plant::{Fact, Machine, Report};
use domain::{MachineId, TimeRange, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::{Filed, MachineChange, Store, Tenant};

/// From an instant on to times that are still to come: what a board of the running window asks.
fn running(start: Timestamp) -> TimeRange {
    TimeRange::new(start, Timestamp::from_us(i64::MAX)).unwrap()
}

/// Evidence without the moment that it was asked at.
async fn evidence(store: &Store, tenant: &Tenant, window: TimeRange) -> Vec<(MachineId, Evidence)> {
    let machines = [id("mill"), id("lathe"), id("mute")];
    let found = store.evidences(tenant, &machines, window, None).await.unwrap();
    found.into_iter().map(|found| (found.machine, Evidence { as_of: None, ..found.evidence })).collect()
}

/// What a machine says next; now and then nothing for long.
fn saying(random: &mut ChaCha8Rng, at: Timestamp, totals: &mut [u64; 2]) -> Observation {
    let said_now = match random.random_range(0..20) {
        0..5 => Said::State(["ACTIVE", "ACTIVE", "STOPPED", "READY", "UNAVAILABLE"][random.random_range(0..5)].to_owned()),
        5 => Said::Mode(["AUTOMATIC", "MANUAL"][random.random_range(0..2)].to_owned()),
        6 => Said::Reason(["E17", "changeover", ""][random.random_range(0..3)].to_owned()),
        7 => Said::Product(["O1234", "O999"][random.random_range(0..2)].to_owned()),
        8 => Said::Lost,
        9..12 => Said::Alive,
        12 => Said::Parts(domain::oee::counts::Parts { good: 2, reject: 1, ..Default::default() }),
        number => {
            let (part, place) = if number % 3 == 0 { (Part::Reject, 1) } else { (Part::Total, 0) };
            totals[place] = if random.random_range(0..40) == 0 { 0 } else { totals[place] + random.random_range(0..3) };
            Said::Total { part, reading: totals[place] }
        }
    };
    said(at, said_now)
}

#[tokio::test]
async fn what_is_kept_says_the_same_as_what_is_read() {
    let database = Database::new().await;
    let (writer, tenant) = database.store().await;
    let (keeper, _) = database.store().await;
    let silent = Machine { silence_us: Some(5 * MINUTE_US), ..machine() };
    let more = ["lathe", "mute"].map(|name| Fact::Machine(id(name), machine()));
    state_facts(&writer, &tenant, [facts(), more.to_vec(), vec![Fact::Machine(id("mill"), silent.clone())]].concat()).await;
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut at, mut totals) = (minute(0), [5, 0]);
    for step in 0..40_i64 {
        // The writer is another process: nobody is told of anything but by what is in the database.
        for name in ["mill", "lathe"] {
            let mut batch = Vec::new();
            for _ in 0..random.random_range(0..60) {
                let pause_us = [SECOND_US, 20 * SECOND_US, 9 * MINUTE_US][random.random_range(0..3)];
                at = at.plus(random.random_range(0..pause_us));
                // Some stamps lie behind those before.
                let stamp = at.plus(-random.random_range(0..30) * SECOND_US);
                batch.push(saying(&mut random, stamp, &mut totals));
            }
            append(&writer, &tenant, name, batch).await;
        }
        match step % 7 {
            2 => {
                let start = at.plus(-random.random_range(0..DAY_US / 4));
                let report = Report::Stop { start, end: Some(start.plus(7 * MINUTE_US)), reason: Some("jam".to_owned()) };
                let filed = vec![Filed { subject: None, report: Some(report) }];
                writer.file_reports(&tenant, &id("mill"), "operator", "test", filed).await.unwrap();
            }
            4 => {
                let silence_us = Some((1 + step % 3) * 2 * MINUTE_US);
                state_facts(&writer, &tenant, vec![Fact::Machine(id("mill"), Machine { silence_us, ..silent.clone() })]).await;
            }
            _ => {}
        }
        let (fresh, _open) = database.store_for_now().await;
        let begun = at.plus(-random.random_range(0..DAY_US / 2));
        let closed = TimeRange::new(begun, begun.plus(random.random_range(1..DAY_US / 8))).unwrap();
        for window in [running(begun), closed, running(minute(0)), running(at), running(at.plus(DAY_US))] {
            let (kept, read) = (evidence(&keeper, &tenant, window).await, evidence(&fresh, &tenant, window).await);
            for ((machine, kept), (_, read)) in kept.into_iter().zip(read) {
                assert_eq!(kept, read, "step {step}, {machine}, {window:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_board_that_looks_again_reads_what_was_said_since() {
    let database = Database::new().await;
    let (writer, tenant) = database.store().await;
    let (store, _) = database.store().await;
    let machines: Vec<MachineId> = (0..20).map(|number| id(&format!("m{number}"))).collect();
    let model = machines.iter().map(|id| Fact::Machine(id.clone(), machine())).collect();
    state_facts(&writer, &tenant, model).await;
    for name in &machines {
        let log = (0..500).flat_map(|at| [state(at, if at % 10 < 8 { "ACTIVE" } else { "STOPPED" }), good(at, 1)]);
        append(&writer, &tenant, name.as_str(), log.collect()).await;
    }
    let cost = async || store.evidences_with_cost(&tenant, &machines, running(minute(20)), None).await.unwrap().1;
    let first = cost().await;
    assert_eq!(first.statements, 2);
    assert!(first.rows > 20 * 960, "{first:?}");
    let again = cost().await;
    assert_eq!((again.statements, again.rows), (2, 20), "the last row of each, by which a log is known");
    append(&writer, &tenant, "m3", vec![good(501, 1), good(502, 1)]).await;
    append(&writer, &tenant, "m7", vec![state(503, "STOPPED")]).await;
    let spoken = cost().await;
    assert_eq!((spoken.statements, spoken.rows), (2, 23));
    assert_eq!(cost().await, again);
    // A narrower window is part of what is kept, a wider one is not.
    let (_, narrow) = store.evidences_with_cost(&tenant, &machines[..2], range(100, 200), None).await.unwrap();
    assert_eq!((narrow.statements, narrow.rows), (2, 2));
    let (_, wide) = store.evidences_with_cost(&tenant, &machines[..1], running(minute(-5)), None).await.unwrap();
    assert_eq!((wide.statements, wide.rows), (2, 1_001));
    let known = Some(Timestamp::from_us(i64::MAX));
    let (_, at_a_moment) = store.evidences_with_cost(&tenant, &machines[..1], running(minute(20)), known).await.unwrap();
    assert!(at_a_moment.rows > 960, "what was known at a moment is not kept");
}

#[tokio::test]
async fn another_log_under_the_same_name_is_read_as_a_whole() {
    let mut database = Database::new().await;
    let (writer, tenant) = database.store().await;
    let (keeper, _) = database.store().await;
    state_facts(&writer, &tenant, [facts(), vec![Fact::Machine(id("lathe"), machine()), Fact::Machine(id("mute"), machine())]].concat())
        .await;
    append(&writer, &tenant, "mill", vec![state(0, "ACTIVE"), good(1, 1), good(2, 1)]).await;
    append(&writer, &tenant, "lathe", vec![state(0, "ACTIVE")]).await;
    let before = evidence(&keeper, &tenant, running(minute(0))).await;
    assert_eq!(before[0].1.made.len(), 2);
    // As after a database was put back to an earlier copy, and the machines went on from there.
    database.run("DELETE FROM andon.observations WHERE at > '2024-03-09 16:00:30+00'").await;
    database.run("DELETE FROM andon.machine_logs WHERE machine = 'lathe'").await;
    append(&writer, &tenant, "mill", vec![good(2, 7), good(3, 1)]).await;
    let (fresh, _) = database.store().await;
    let after = evidence(&keeper, &tenant, running(minute(0))).await;
    assert_eq!(after, evidence(&fresh, &tenant, running(minute(0))).await);
    assert_eq!((after[0].1.made[0].parts.good, after[1].1.spans.len()), (7, 0));
}

#[tokio::test]
async fn what_nobody_told_of_is_found() {
    let mut database = Database::new().await;
    let (writer, tenant) = database.store().await;
    let (other, _) = database.store().await;
    state_facts(&writer, &tenant, facts()).await;
    append(&writer, &tenant, "mill", vec![state(0, "ACTIVE"), good(4, 1)]).await;
    let mut changes = other.machine_changes();
    while changes.recv().await.unwrap().range != TimeRange::ALL {}
    // What a process leaves that ends between its commit and its notice.
    let like = "tenant_id, log_id, origin, stamp, received, kind, value, breaks";
    database
        .run(&format!(
            "INSERT INTO andon.observations ({like}, at, sequence, recorded)
             SELECT {like}, at + interval '1 minute', sequence + 1, clock_timestamp() FROM andon.observations ORDER BY sequence DESC LIMIT 1"
        ))
        .await;
    // What was told of the first words may come as late as that.
    let mut found = changes.recv().await.unwrap();
    while found.range.start() == minute(0) {
        found = changes.recv().await.unwrap();
    }
    let expected = TimeRange::new(minute(4), Timestamp::MAX).unwrap();
    assert_eq!(found, MachineChange { tenant: tenant.id().clone(), machine: Some(id("mill")), range: expected });
    // Once; and what is told of is not found.
    append(&writer, &tenant, "mill", vec![good(6, 1)]).await;
    let told = changes.recv().await.unwrap();
    assert_eq!(told.range.start(), minute(6));
    append(&writer, &tenant, "mill", vec![good(9, 1)]).await;
    assert_eq!(changes.recv().await.unwrap().range.start(), minute(9));
}
