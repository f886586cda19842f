//! From a real broker to a window: topics, Sparkplug B, and what is lost when everything is killed (nothing).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::machine::introduce;
use common::mosquitto::{Mosquitto, until_listening};
use common::{Plant, free_port};
use std::process::Stdio;

const JSON: &str =
    "[[mqtt.topic]]\nfilter = \"plant/+/+/value\"\nseries = \"{1}/{2}\"\nvalue = \"/v\"\ntime = \"/ts\"\ntime_format = \"ms\"\n";

fn messages(from: i64, count: i64) -> String {
    (from..from + count).map(|n| format!("{{\"ts\":{},\"v\":{n}}}\n", 1_705_276_800_000 + n)).collect()
}

fn rows(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(time, value)| ((*time).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn topics_become_series_and_what_cannot_is_kept() {
    let Some(broker) = Mosquitto::start() else { return };
    let plain = "[[mqtt.topic]]\nfilter = \"raw/#\"\n";
    let plant = Plant::start(&broker.config(&format!("{JSON}{plain}"))).await;
    until_listening(&plant, 1);
    broker.publish("plant/press/4/value", b"{\"ts\": 1705276800351, \"v\": 21.5}");
    broker.publish("plant/press/4/value", b"{\"ts\": 1705276801000, \"v\": null}");
    broker.publish("plant/press/4/value", b"21.5 bar");
    broker.publish("plant/press/4/value", b"{\"ts\": \"soon\", \"v\": 1}");
    broker.publish("raw/a", b"on");
    broker.publish("raw/b/c", b"7");
    plant.until_readings(3).await;
    let expected = rows(&[("2024-01-15T00:00:00.351Z", "21.5"), ("2024-01-15T00:00:01Z", "")]);
    assert_eq!(plant.rows("default", "press/4"), expected);
    assert_eq!(plant.rows("default", "raw/b/c")[0].1, "7.0");
    let name = format!("mqtt mqtt://127.0.0.1:{}", broker.port());
    let kept = format!(
        "SELECT count(*) FROM quarantine WHERE source = '{name}' AND reason LIKE 'topic `%' AND payload IN ('21.5 bar', 'on', '{{\"ts\": \"soon\", \"v\": 1}}')"
    );
    plant.until("the counters count", |plant| plant.get("/metrics").body.contains("andon_ingest_malformed_total{source=\"mqtt\"} 3"));
    assert_eq!(plant.count(&kept).await, 3);
    assert!(plant.get("/metrics").body.contains("andon_ingest_written_total{source=\"mqtt\"} 3"));
}

#[tokio::test]
async fn nothing_is_lost_when_andon_or_the_broker_is_killed() {
    let Some(mut broker) = Mosquitto::start() else { return };
    let mut plant = Plant::start(&broker.config(JSON)).await;
    until_listening(&plant, 1);
    broker.publish_lines("plant/a/b/value", &messages(0, 300));
    // Somewhere in the middle: some are stored, some are on their way, none may be acknowledged that is not stored.
    plant.kill();
    broker.publish_lines("plant/a/b/value", &messages(300, 300));
    plant.serve();
    plant.until_readings(600).await;
    until_listening(&plant, 2);
    broker.end();
    broker.run();
    until_listening(&plant, 3);
    broker.publish_lines("plant/a/b/value", &messages(600, 300));
    plant.until_readings(900).await;
    assert_eq!(plant.count("SELECT count(DISTINCT value) FROM readings").await, 900);
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 0);
}

#[tokio::test]
async fn a_message_is_acknowledged_when_it_is_stored_and_not_before() {
    let Some(broker) = Mosquitto::start() else { return };
    let mut plant = Plant::start(&broker.config(JSON)).await;
    until_listening(&plant, 1);
    broker.publish_lines("plant/a/b/value", &messages(0, 1));
    plant.until_readings(1).await;
    let lock = plant.lock_readings().await;
    broker.publish_lines("plant/a/b/value", &messages(1, 15));
    let first_alone = "andon_ingest_received_total{source=\"mqtt\"} 1\n";
    let received = |plant: &Plant| !plant.get("/metrics").body.contains(first_alone);
    plant.until("some of them are to be stored", received);
    // Time enough for an acknowledgement that must not be sent.
    (0..20).for_each(|_| assert!(received(&plant)));
    plant.kill();
    drop(lock);
    plant.serve();
    plant.until_readings(16).await;
}

#[tokio::test]
async fn a_broker_that_is_away_stops_nothing_else() {
    let nobody = format!("[[mqtt]]\nurl = \"mqtt://127.0.0.1:{}\"\n{JSON}", free_port());
    let plant = Plant::start(&format!("[ingest]\nanonymous = true\n{nobody}")).await;
    plant.until("the log says so", |plant| plant.log().contains("not connected; trying again"));
    assert_eq!(plant.post("/api/v2/write?bucket=default", &[], b"m f=1 1").status, 204);
}

/// Sparkplug's payloads, written here byte by byte, so that a mistake in our reading of the format cannot hide.
mod proto {
    pub fn number(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    pub fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
        [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
    }

    pub fn double(field: u64, value: f64) -> Vec<u8> {
        [varint(field << 3 | 1), value.to_le_bytes().to_vec()].concat()
    }

    fn varint(mut value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
        out
    }

    /// Time in milliseconds after the start of the test's day, metrics, place.
    pub fn payload(ms: u64, metrics: &[Vec<u8>], seq: Option<u64>) -> Vec<u8> {
        let metrics: Vec<u8> = metrics.iter().flat_map(|metric| bytes(2, metric)).collect();
        [number(1, 1_705_276_800_000 + ms), metrics, seq.map(|seq| number(3, seq)).unwrap_or_default()].concat()
    }

    pub fn session(n: u64) -> Vec<u8> {
        [bytes(1, b"bdSeq"), number(4, 8), number(11, n)].concat()
    }
}

#[tokio::test]
async fn a_node_that_dies_while_andon_is_away_leaves_gaps_too() {
    use proto::{bytes, double, number, payload, session};
    let Some(broker) = Mosquitto::start() else { return };
    let mut plant = Plant::start(&broker.config("sparkplug = true\n")).await;
    until_listening(&plant, 1);
    let metric = |name: &str, alias: u64| [bytes(1, name.as_bytes()), number(2, alias), number(4, 10), double(13, 21.5)].concat();
    broker.publish("spBv1.0/g/NBIRTH/n", &payload(0, &[session(3), metric("a", 1), metric("b", 2)], Some(0)));
    broker.publish("spBv1.0/g/NBIRTH/nn", &payload(0, &[session(3), metric("a", 1)], Some(0)));
    plant.until_readings(3).await;
    plant.kill();
    broker.publish("spBv1.0/g/NDEATH/n", &payload(0, &[session(3)], None));
    plant.serve();
    plant.until_readings(5).await;
    let silent = rows(&[("2024-01-15T00:00:00Z", "21.5"), ("2024-01-15T00:00:00.000001Z", "")]);
    for series in ["g/n/a", "g/n/b"] {
        assert_eq!(plant.rows("default", series), silent, "{series} ends where it was last heard");
    }
    // The same death once more, to an Andon that knows nothing of the first.
    plant.kill();
    broker.publish("spBv1.0/g/NDEATH/n", &payload(0, &[session(3)], None));
    broker.publish("spBv1.0/g/NBIRTH/nn", &payload(1_000, &[session(3), metric("a", 1)], Some(0)));
    plant.serve();
    plant.until_readings(6).await;
    assert_eq!(plant.rows("default", "g/n/a"), silent);
    assert_eq!(plant.rows("default", "g/nn/a").len(), 2, "another node lives on");
}

#[tokio::test]
async fn a_sparkplug_node_is_born_speaks_and_dies() {
    use proto::{bytes, double, number, payload, session};
    let Some(broker) = Mosquitto::start() else { return };
    let plant = Plant::start(&broker.config("sparkplug = true\n")).await;
    until_listening(&plant, 1);
    let commands =
        broker.client("mosquitto_sub", &["-t", "spBv1.0/g/NCMD/n", "-C", "1", "-W", "30"]).stdout(Stdio::piped()).spawn().unwrap();
    // A stranger speaks: nobody knows what alias 1 is.
    let by_alias = |value: f64| [number(2, 1), double(13, value)].concat();
    plant.until("the node is asked for its birth", |plant| {
        // Again and again, because the listener to commands may come later than the first question.
        broker.publish("spBv1.0/g/NDATA/n", &payload(0, &[by_alias(1.0)], Some(9)));
        std::thread::sleep(std::time::Duration::from_millis(50));
        plant.log().contains("asking the node to be born again")
    });
    let birth = [session(3), [bytes(1, b"temp"), number(2, 1), number(4, 10), double(13, 21.5)].concat()];
    broker.publish("spBv1.0/g/NBIRTH/n", &payload(0, &birth, Some(0)));
    let count = [bytes(1, b"in/count"), number(2, 2), number(4, 3), number(10, 0xffff_fffe)].concat();
    broker.publish("spBv1.0/g/DBIRTH/n/d", &payload(1, &[count], Some(1)));
    broker.publish("spBv1.0/g/NDATA/n", &payload(1_000, &[by_alias(22.25)], Some(2)));
    broker.publish("spBv1.0/g/DDEATH/n/d", &payload(2_000, &[], Some(3)));
    broker.publish("spBv1.0/g/NDEATH/n", &payload(0, &[session(2)], None));
    broker.publish("spBv1.0/g/NDATA/n", &payload(3_000, &[by_alias(23.0)], Some(4)));
    broker.publish("spBv1.0/g/NDEATH/n", &payload(0, &[session(3)], None));
    plant.until_readings(6).await;
    let device = rows(&[("2024-01-15T00:00:00.001Z", "-2.0"), ("2024-01-15T00:00:02Z", "")]);
    assert_eq!(plant.rows("default", "g/n/d/in/count"), device);
    let node = plant.rows("default", "g/n/temp");
    let spoken = rows(&[("2024-01-15T00:00:00Z", "21.5"), ("2024-01-15T00:00:01Z", "22.25"), ("2024-01-15T00:00:03Z", "23.0")]);
    assert_eq!(&node[..3], spoken.as_slice());
    assert_eq!(node[3..], rows(&[("2024-01-15T00:00:03.000001Z", "")]), "the death leaves a gap right after the last word");
    // The node lost a message: it is asked once more, and now somebody listens for sure.
    broker.publish("spBv1.0/g/NBIRTH/n", &payload(4_000, &birth, Some(0)));
    plant.until("the node is asked again", |plant| {
        broker.publish("spBv1.0/g/NDATA/n", &payload(5_000, &[], Some(77)));
        std::thread::sleep(std::time::Duration::from_millis(200));
        plant.log().matches("asking the node to be born again").count() >= 2
    });
    let command = commands.wait_with_output().unwrap().stdout;
    assert!(command.windows(20).any(|part| part == b"Node Control/Rebirth"), "{command:?}");
    assert!(plant.get("/metrics").body.contains("andon_sparkplug_nodes_alive"));
}

/// Milliseconds after the start of the test's day, now: what machines say is not believed when it is years old.
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap() - 1_705_276_800_000
}

const STATES: &str = "SELECT count(*) FROM observations WHERE breaks";

#[tokio::test(flavor = "multi_thread")]
async fn topics_tell_of_machines() {
    let Some(broker) = Mosquitto::start() else { return };
    let rules = "[[mqtt.machine]]\nfilter = \"cell/+/state\"\nmachine = \"{1}\"\n\
                 [[mqtt.machine]]\nfilter = \"plc/+\"\nmachine = \"{1}\"\nkeys = { state = \"/s\", total = \"/n\" }\n";
    let mut plant = Plant::start(&broker.config(rules)).await;
    introduce(&plant, "mill").await;
    until_listening(&plant, 1);
    broker.publish("cell/mill/state", br#"{"state": "ACTIVE"}"#);
    broker.publish("plc/mill", br#"{"s": "STOPPED", "n": 12}"#);
    broker.publish("plc/mill", br#"{"s": "STOPPED", "n": -1}"#);
    broker.publish("plc/typo", br#"{"s": "ACTIVE"}"#);
    plant
        .until_count("SELECT count(*) FROM quarantine WHERE reason LIKE '%is no count%' OR reason LIKE 'there is no machine `typo`%'", 2)
        .await;
    plant.until_count(STATES, 2).await;
    assert_eq!(plant.count("SELECT max(total) FROM observations").await, 12);
    // What is said while nobody listens is kept by the broker, for it was not acknowledged.
    plant.kill();
    broker.publish("cell/mill/state", br#"{"state": "READY"}"#);
    plant.serve();
    plant.until_count(STATES, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nodes_death_loses_its_machine() {
    use proto::{bytes, number, payload, session};
    let Some(broker) = Mosquitto::start() else { return };
    let rule =
        "sparkplug = true\n[[mqtt.machine]]\nsparkplug = \"g/n/+\"\nmachine = \"{1}\"\nkeys = { state = \"State\", good = \"Good\" }\n";
    let plant = Plant::start(&broker.config(rule)).await;
    introduce(&plant, "mill").await;
    until_listening(&plant, 1);
    let state = |word: &str| [bytes(1, b"State"), number(2, 1), number(4, 12), bytes(15, word.as_bytes())].concat();
    let good = |count: u64| [bytes(1, b"Good"), number(2, 2), number(4, 8), number(11, count)].concat();
    let historical = |word: &str| [state(word), number(5, 1)].concat();
    let began = now_ms();
    broker.publish("spBv1.0/g/NBIRTH/n", &payload(began, &[session(3)], Some(0)));
    broker.publish("spBv1.0/g/DBIRTH/n/mill", &payload(began, &[state("Execute"), good(5)], Some(1)));
    broker.publish("spBv1.0/g/DDATA/n/mill", &payload(now_ms(), &[good(7)], Some(2)));
    broker.publish("spBv1.0/g/DDATA/n/mill", &payload(began - 60_000, &[historical("Held")], Some(3)));
    broker.publish("spBv1.0/g/NDEATH/n", &payload(0, &[session(3)], None));
    plant.until_count(STATES, 2).await;
    assert_eq!(plant.count("SELECT max(good) FROM observations").await, 7);
    plant.until_count("SELECT count(*) FROM quarantine WHERE reason LIKE 'it was kept back%'", 1).await;
    // Born again: the same state holds again, though it is the same.
    broker.publish("spBv1.0/g/NBIRTH/n", &payload(now_ms(), &[session(4)], Some(0)));
    broker.publish("spBv1.0/g/DBIRTH/n/mill", &payload(now_ms(), &[state("Execute"), good(7)], Some(1)));
    plant.until_count(STATES, 3).await;
    assert_eq!(plant.count("SELECT count(DISTINCT state) FROM observations WHERE state > 0").await, 1);
}
