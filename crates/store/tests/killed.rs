//! The writer and Postgres are killed, twenty times each, while readings come in: what was acknowledged is there, once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may fail by panicking")]

mod common;

use common::cluster::Cluster;
use common::open;
use common::tiers::check;
use domain::{Reading, SeriesId, TenantId, Timestamp};
use sqlx::Row;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::local::Connection;
use store::{IngestSettings, Settings, SpillSettings, Store, Target, Written};

const ROUNDS: usize = 20;
const LANES: [&str; 3] = ["steady", "repeated", "late"];
/// 2024-01-31T23:00:00Z: a month ends on the way.
const START_S: i64 = 1_706_742_000;

fn settings(spill: &Path) -> Settings {
    let spill = Some(SpillSettings { directory: spill.to_owned(), limit_bytes: 64 << 20 });
    Settings { ingest: IngestSettings { spill, ..IngestSettings::default() }, ..Settings::without_configuration("UTC".parse().unwrap()) }
}

/// The time of a lane's reading; the last lane swaps neighbours so that every second reading is late.
fn second(lane: usize, n: i64) -> i64 {
    START_S + if lane == 2 { n ^ 1 } else { n }
}

fn reading(lane: usize, n: i64) -> Reading {
    Reading::new(SeriesId::new(LANES[lane]).unwrap(), Timestamp::from_us(second(lane, n) * 1_000_000), n as f64)
}

/// Readings of every lane that were acknowledged: all before this number. What was acknowledged is printed at once.
#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    next: [i64; 3],
    written: usize,
    spilled: usize,
}

impl Acknowledged {
    fn all(&self) -> usize {
        self.written + self.spilled
    }
}

/// The process that is killed: writes for ever, each lane the next batch once the one before is acknowledged.
#[tokio::test]
#[ignore = "started by the test below"]
async fn writer_process() {
    let Ok(arguments) = std::env::var("ANDON_TEST_WRITER") else { return };
    let arguments: Vec<&str> = arguments.split('\n').collect();
    let place = Connection {
        socket_dir: arguments[0].into(),
        port: arguments[1].parse().unwrap(),
        user: arguments[2].to_owned(),
        password: arguments[3].to_owned(),
    };
    let store = Store::new(settings(Path::new(arguments[4])));
    tokio::spawn(store.clone().supervise());
    store.connect(Target::local(&place, Cluster::DATABASE));
    let lanes = (0..LANES.len()).map(|lane| {
        let (ingest, mut next) = (store.ingest(), arguments[5 + lane].parse::<i64>().unwrap());
        async move {
            for round in 0_i64.. {
                let end = next + [1, 20, 7, 600, 50][(round % 5) as usize];
                let from = if lane == 1 { (next - 30).max(0) } else { next };
                let Written { spilled, .. } =
                    ingest.write(&TenantId::default_tenant(), (from..end).map(|n| reading(lane, n)).collect()).await.unwrap();
                next = end;
                let line = format!("\nacknowledged {lane} {next} {spilled}\n");
                std::io::stdout().write_all(line.as_bytes()).unwrap();
                std::io::stdout().flush().unwrap();
                // Otherwise the outages are longer than what lies between them.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    futures::future::join_all(lanes).await;
}

fn start_writer(place: &Connection, spill: &Path, acknowledged: &Arc<Mutex<Acknowledged>>) -> Child {
    let [a, b, c] = acknowledged.lock().unwrap().next;
    let Connection { socket_dir, port, user, password } = place;
    let arguments = format!("{}\n{port}\n{user}\n{password}\n{}\n{a}\n{b}\n{c}", socket_dir.display(), spill.display());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["writer_process", "--exact", "--ignored", "--nocapture"])
        .env("ANDON_TEST_WRITER", arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdout, acknowledged) = (child.stdout.take().unwrap(), acknowledged.clone());
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let words: Vec<&str> = line.split(' ').collect();
            let ["acknowledged", lane, next, spilled] = words.as_slice() else { continue };
            let mut acknowledged = acknowledged.lock().unwrap();
            acknowledged.next[lane.parse::<usize>().unwrap()] = next.parse().unwrap();
            if *spilled == "true" { acknowledged.spilled += 1 } else { acknowledged.written += 1 }
        }
    });
    child
}

async fn more(acknowledged: &Arc<Mutex<Acknowledged>>, reached: impl Fn(&Acknowledged) -> bool) {
    for _ in 0..3_000 {
        if reached(&acknowledged.lock().unwrap()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no more acknowledgements: {:?}", acknowledged.lock().unwrap());
}

#[tokio::test]
async fn what_was_acknowledged_is_there_once_after_forty_kills() {
    let mut cluster = Cluster::start().await;
    let spill = tempfile::tempdir().unwrap();
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let mut writer = start_writer(&cluster.place, spill.path(), &acknowledged);
    for round in 0..ROUNDS {
        // First with the database, so that commits are hit, then without it, so that the spill file is.
        let before = *acknowledged.lock().unwrap();
        more(&acknowledged, |now| now.written >= before.written + 4 + round % 5).await;
        cluster.kill();
        more(&acknowledged, |now| now.spilled >= before.spilled + 2 + round % 3).await;
        if round % 2 == 0 {
            // The writer is killed while it spills …
            writer.kill().unwrap();
            writer.wait().unwrap();
            cluster.start_again().await;
        } else {
            // … or while it brings what it spilled into the database.
            cluster.start_again().await;
            writer.kill().unwrap();
            writer.wait().unwrap();
        }
        writer = start_writer(&cluster.place, spill.path(), &acknowledged);
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What the last writer printed may still be on its way to us; it counts, but it need not.
    let last = *acknowledged.lock().unwrap();
    let (store, _) = open(settings(spill.path()), cluster.target()).await;
    let ingest = store.ingest();
    ingest.write(&TenantId::default_tenant(), vec![Reading::new(SeriesId::new("end").unwrap(), Timestamp::from_us(0), 0.0)]).await.unwrap();
    for _ in 0..600 {
        if !ingest.status().behind {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!ingest.status().behind, "{:?}", ingest.status());
    let mut owner = cluster.owner().await;
    let sql =
        "SELECT s.name, extract(epoch FROM r.time)::bigint, r.value FROM andon.readings r JOIN andon.series s USING (tenant_id, series_id)";
    let mut stored: HashMap<(String, i64), Vec<f64>> = HashMap::new();
    for row in sqlx::query(sql).fetch_all(&mut owner).await.unwrap() {
        stored.entry((row.get(0), row.get(1))).or_default().push(row.get(2));
    }
    let (mut lost, mut twice) = (0, 0);
    for (lane, name) in LANES.iter().enumerate() {
        for n in 0..last.next[lane] {
            match stored.get(&((*name).to_owned(), second(lane, n))).map(Vec::as_slice) {
                Some([value]) if *value == n as f64 => {}
                Some([_, _, ..]) => twice += 1,
                _ => lost += 1,
            }
        }
    }
    let rows: i64 = last.next.iter().sum();
    println!("{rows} readings in {} writes acknowledged, {} of them spilled; lost {lost}, twice {twice}", last.all(), last.spilled);
    assert_eq!((lost, twice), (0, 0), "{last:?}");
    assert!(rows > 5_000 && last.written > ROUNDS && last.spilled > ROUNDS, "{last:?}");
    let (tiered, tail) = check(&mut owner).await;
    assert_eq!(tiered + tail, stored.values().map(Vec::len).sum::<usize>());
    assert!(tiered > 1_000, "{tiered} of them in tiers");
    cluster.stop().await;
}
