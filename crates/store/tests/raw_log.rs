//! The raw log of a machine, page by page in the order of arrival, and what was refused, in a real Postgres.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::machines::{append, facts, id, machine, minute, range, said, state, state_facts};
use domain::civil::{MINUTE_US, SECOND_US};
use domain::machine::{Observation, Said};
use domain::plant::{Fact, Machine};
use sqlx::AssertSqlSafe;
use store::{LogPlace, MachineError, Quarantined, Settings, Store, Tenant, TenantSettings, ViewSettings};

async fn grown(database: &Database) -> (Store, Tenant, Tenant) {
    let mut settings = Settings::without_configuration("UTC".parse().unwrap());
    let view = ViewSettings { of: "default".parse().unwrap(), customer: "Acme".into() };
    let standard = settings.tenants[0].clone();
    settings.tenants.push(TenantSettings { id: "acme".parse().unwrap(), view: Some(view), owns_found_tables: false, ..standard });
    let (store, builder) = database.store_with(settings).await;
    let sold = Machine { customer: Some("Acme".into()), ..machine() };
    state_facts(&store, &builder, [facts(), vec![Fact::Machine(id("sold"), sold)]].concat()).await;
    let acme = store.tenant("acme").unwrap();
    (store, builder, acme)
}

#[tokio::test]
async fn a_stop_is_shown_as_it_came_in_with_what_was_heard_around_it() {
    let database = Database::new().await;
    let (store, tenant, acme) = grown(&database).await;
    let stepped = Observation { stamp: minute(9), received: minute(11), said: Said::Reason("E17".into()) };
    let before = (0..8).map(|at| said(minute(at), Said::Mode(format!("mode {at}")))).collect();
    append(&store, &tenant, "mill", before).await;
    append(&store, &tenant, "mill", vec![state(10, "STOPPED"), stepped, state(20, "ACTIVE"), state(40, "STOPPED")]).await;
    let page = store.log_page(&tenant, &id("mill"), range(10, 20), None, None).await.unwrap();
    let at: Vec<i64> = page.rows.iter().map(|row| row.at.since(minute(0)) / MINUTE_US).collect();
    assert_eq!((at, page.more), (vec![3, 4, 5, 6, 7, 10, 10, 20, 40], 0), "five before, the stop, and up to five after it");
    assert!(page.rows.is_sorted_by_key(|row| row.sequence));
    let clamped = &page.rows[6];
    assert_eq!((clamped.stamp, clamped.at, clamped.received), (minute(9), minute(10), minute(11)), "a stamp that stepped back");
    assert_eq!((clamped.said.clone(), clamped.origin.as_str()), (Some(Said::Reason("E17".into())), "test"));
    assert_eq!(page.rows[8].quiet_us, Some(20 * MINUTE_US));
    let known = page.rows[7].recorded.plus(-1);
    assert_eq!(store.log_page(&tenant, &id("mill"), range(3, 100), Some(known), None).await.unwrap().rows.len(), 10, "as known then");
    for foreign in ["mill", "none"] {
        let refused = store.log_page(&acme, &id(foreign), range(10, 20), None, None).await;
        assert!(matches!(refused, Err(MachineError::UnknownMachine(_))), "{refused:?}");
        assert!(store.refused_page(&acme, &id(foreign), range(10, 20), None, None).await.is_err());
    }
    assert_eq!(store.log_page(&acme, &id("sold"), range(0, 1), None, None).await.unwrap().rows, []);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_and_say_how_many_more_there_are() {
    let database = Database::new().await;
    let (store, tenant, _) = grown(&database).await;
    // Many of them at the same instant: time alone does not say where a page ended.
    let many = (0..450).map(|at| said(minute(at / 50), Said::Mode(format!("mode {at}")))).collect();
    append(&store, &tenant, "mill", many).await;
    let (mut after, mut seen, mut pages) = (None, Vec::new(), Vec::new());
    loop {
        let page = store.log_page(&tenant, &id("mill"), range(0, 9), None, after).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.sequence));
        pages.push((page.rows.len(), page.more));
        if page.more == 0 {
            break;
        }
        after = page.rows.last().map(|row| LogPlace { at: row.at, sequence: row.sequence });
    }
    assert_eq!(pages, [(200, 250), (200, 50), (50, 0)]);
    assert_eq!(seen, (1..=450).collect::<Vec<i64>>());
}

#[tokio::test]
async fn what_was_refused_of_a_machine_is_found_by_when_it_came_in() {
    let database = Database::new().await;
    let (store, tenant, _) = grown(&database).await;
    let wrong = |received: i64| Observation {
        stamp: minute(0).plus(-800 * 86_400 * SECOND_US),
        received: minute(received),
        said: Said::State("ACTIVE".into()),
    };
    append(&store, &tenant, "mill", vec![wrong(5), wrong(50)]).await;
    append(&store, &tenant, "sold", vec![wrong(5)]).await;
    let now = store.evidence(&tenant, &id("mill"), range(0, 1), None).await.unwrap().as_of.unwrap();
    let bad = |reason: &str| Quarantined { payload: b"\xff\"received\":12,".to_vec(), reason: reason.to_owned() };
    let others = vec![bad("machine `mill`: no count"), bad("machine `sold`: no count"), bad("machine `mill 2`: no count")];
    store.ingest().quarantine(tenant.id(), "http plc", others).await.unwrap();
    let found = store.refused_page(&tenant, &id("mill"), range(0, 10), None, None).await.unwrap();
    assert_eq!((found.rows.len(), found.more), (1, 0), "an import is about its own time");
    assert!(found.rows[0].reason.contains("more than a year away") && found.rows[0].payload.contains("ACTIVE"), "{:?}", found.rows);
    let today = domain::TimeRange::new(now, now.plus(3_600 * SECOND_US)).unwrap();
    let found = store.refused_page(&tenant, &id("mill"), today, None, None).await.unwrap();
    assert_eq!(found.rows.iter().map(|row| (row.reason.as_str(), row.source.as_str())).collect::<Vec<_>>(), [("no count", "http plc")]);
    assert_eq!(store.refused_page(&tenant, &id("mill"), today, Some(now), None).await.unwrap().rows, [], "not known then");
    assert_eq!(store.refused_page(&tenant, &id("mill"), today, None, Some(found.rows[0].id)).await.unwrap().rows, []);
}

/// However much of other machines is in the quarantine, it is not looked at.
#[tokio::test]
async fn what_was_refused_of_a_machine_is_found_by_an_index() {
    let mut database = Database::new().await;
    let (store, tenant, _) = grown(&database).await;
    let rows = "INSERT INTO andon.quarantine (tenant_id, source, reason, payload)
                SELECT 'default', CASE WHEN n % 2 = 0 THEN 'machine m' || n % 999 ELSE 'http' END,
                       CASE WHEN n % 2 = 0 THEN 'odd' ELSE 'machine `m' || n % 999 || '`: odd' END, 'x' FROM generate_series(1, 50000) n;
                INSERT INTO andon.quarantine (tenant_id, source, reason, payload) VALUES ('default', 'machine mill', 'odd', 'x'),
                       ('default', 'http', 'machine `mill`: odd', 'x'), ('default', 'http', 'machine `mill 2`: odd', 'x');
                ANALYZE andon.quarantine";
    database.run(rows).await;
    let scans = async |database: &mut Database, sql: &str| -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut database.owner).await.unwrap()
    };
    let whole = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'quarantine'";
    let index = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'quarantine_of_machine'";
    let before = scans(&mut database, whole).await;
    let found = store.refused_page(&tenant, &id("mill"), domain::TimeRange::ALL, None, None).await.unwrap();
    assert_eq!((found.rows.len(), found.more), (2, 0));
    // Postgres counts with a delay.
    let began = std::time::Instant::now();
    while scans(&mut database, index).await == 0 {
        assert!(began.elapsed().as_secs() < 30, "the index was not used");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(scans(&mut database, whole).await, before);
}
