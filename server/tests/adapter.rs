//! A live adapter as the real binary hears it, over TCP.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use common::Plant;
use common::machine::{assert_golden, assert_golden_outside, figures, moved, real_day, window, yesterday};
use domain::{TimeRange, Timestamp};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

const ROWS: &str = "SELECT count(*) FROM observations";

/// An adapter that speaks when it is told to.
struct Adapter {
    listener: TcpListener,
}

impl Adapter {
    fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    fn config(&self, more: &str) -> String {
        let address = self.listener.local_addr().unwrap();
        format!("[[machine_source]]\nmachine = \"Mazak01\"\nadapter = \"shdr://{address}\"\n{more}")
    }

    /// The next connection, whose first word is taken.
    fn accept(&self) -> (TcpStream, BufReader<TcpStream>) {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(common::HANGS)).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        assert_eq!(line(&mut reader), "* PING\n");
        (stream, reader)
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_us(i64::try_from(since.as_micros()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_the_real_day_has_its_golden_durations() {
    let Some(text) = real_day() else { return };
    let adapter = Adapter::new();
    let day = yesterday();
    let mut lines = moved(&text, day);
    // The last word, by which it is known that everything was taken: a program that is loaded after the day.
    lines.push(format!("{}|program|LAST", window(day).end().plus(1).rfc3339()));
    let plant = Plant::start(&adapter.config("")).await;
    let (mut stream, _reader) = adapter.accept();
    stream.write_all(format!("* PONG 60000\r\n{}\r\n", lines.join("\r\n")).as_bytes()).unwrap();
    plant.until_count("SELECT count(*) FROM observations o JOIN words w ON w.number = o.product WHERE w.word = 'LAST'", 1).await;
    assert_golden(&plant, "Mazak01", day).await;
    assert_golden_outside(&plant, "Mazak01", day);
    let rows = plant.count(ROWS).await;
    assert!((300..4_000).contains(&rows), "{rows} rows of 100,179 lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_go_on_and_a_loss_is_unknown_time() {
    let adapter = Adapter::new();
    let plant = Plant::start(&adapter.config("alive = \"1s\"\n")).await;
    let (mut stream, mut reader) = adapter.accept();
    let began = now();
    stream.write_all(format!("* PONG 100\n{}|execution|ACTIVE\n", began.rfc3339()).as_bytes()).unwrap();
    for _ in 0..3 {
        assert_eq!(line(&mut reader), "* PING\n");
        stream.write_all(b"* PONG 100\n").unwrap();
    }
    // It falls silent for two heartbeats: the connection is given up, and another one is made.
    let (mut second, _reader) = adapter.accept();
    assert!(plant.log().contains("no sign of life for 0.2 s"), "{}", plant.log());
    let states = "SELECT count(*) FROM observations WHERE breaks";
    plant.until_count(states, 2).await;
    second.write_all(format!("{}|execution|READY\nsoon|execution|ACTIVE\n", now().rfc3339()).as_bytes()).unwrap();
    plant.until_count(states, 3).await;
    plant.until_count("SELECT count(*) FROM quarantine", 1).await;
    let (_, by_state) = figures(&plant, "Mazak01", TimeRange::new(began, began.plus(600_000_000)).unwrap()).await;
    assert_eq!(by_state.keys().map(String::as_str).collect::<Vec<_>>(), ["ACTIVE", "READY"]);
    let known: i64 = by_state.values().sum();
    assert!(known > 0 && known < 600_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_the_database_is_busy_is_not_lost() {
    let adapter = Adapter::new();
    let plant = Plant::start(&adapter.config("")).await;
    let (mut stream, _reader) = adapter.accept();
    let first = now();
    stream.write_all(format!("{}|execution|ACTIVE\n", first.rfc3339()).as_bytes()).unwrap();
    plant.until_count(ROWS, 1).await;
    let lock = plant.lock("observations").await;
    for n in 1..=2_000 {
        let word = if n % 2 == 0 { "ACTIVE" } else { "READY" };
        stream.write_all(format!("{}|execution|{word}\n", first.plus(n).rfc3339()).as_bytes()).unwrap();
    }
    drop(lock);
    plant.until_count(ROWS, 2_001).await;
    assert_eq!(plant.count("SELECT count(DISTINCT at) FROM observations").await, 2_001);
}
