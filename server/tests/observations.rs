//! What machines say as JSON over HTTP: taken once, refused by its place in the list, and nothing for machines that are not there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use common::Plant;
use common::machine::{figures, introduce};
use domain::{TimeRange, Timestamp};

const CONFIG: &str = "[[tenant]]\nid = \"default\"\n[[tenant]]\nid = \"b\"\n[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }, { tenant = \"b\", token = \"u\" }]\n";
const PATH: &str = "/api/v2/machines/Mill%201/observations";
const TOKEN: &str = "Authorization: Token t";

fn time(s: i64) -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_us((i64::try_from(since.as_secs()).unwrap() / 3_600 - 2) * 3_600_000_000 + s * 1_000_000)
}

fn entry(number: i64, s: i64, rest: &str) -> String {
    format!("{{\"number\": {number}, \"time\": \"{}\", {rest}}}", time(s).rfc3339())
}

#[tokio::test]
async fn entries_are_taken_once_and_refused_by_their_place() {
    let plant = Plant::start(CONFIG).await;
    introduce(&plant, "Mill 1").await;
    let entries = [
        entry(1, 0, "\"state\": \"ACTIVE\", \"mode\": \"AUTOMATIC\", \"total\": 10"),
        entry(2, 600, "\"state\": \"STOPPED\", \"total\": 17, \"reason\": \"jam\""),
        entry(3, 900, "\"state\": \"ACTIVE\", \"parts\": {\"good\": 2, \"reject\": 1}"),
        entry(4, 1_200, "\"lost\": true"),
    ];
    let body = format!("{{\"origin\": \"plc\", \"observations\": [{}]}}", entries.join(","));
    for expected in ["{\"known\":0,\"refused\":0,\"stored\":9}", "{\"known\":9,\"refused\":0,\"stored\":0}"] {
        let answer = plant.post(PATH, &[TOKEN], body.as_bytes());
        assert_eq!((answer.status, answer.body.as_str()), (200, expected), "{}", answer.head);
    }
    let window = TimeRange::new(time(0), time(1_800)).unwrap();
    let (figures, by_state) = figures(&plant, "Mill 1", window).await;
    assert_eq!(by_state.into_iter().collect::<Vec<_>>(), [("ACTIVE".to_owned(), 900_000_000), ("STOPPED".to_owned(), 300_000_000)]);
    let made = figures.counts.parts.total();
    assert_eq!(made, 10, "seven by the counter and three said outright");

    let bad =
        format!("[{}, {{\"state\": true}}, {}, {{}}]", entry(5, 1_300, "\"state\": \"READY\""), entry(6, -800_000_000, "\"alive\": true"));
    let answer = plant.post(PATH, &[TOKEN], bad.as_bytes());
    assert_eq!(answer.status, 400);
    let said: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((said["stored"].as_u64(), said["refused"].as_u64()), (Some(1), Some(1)), "{said}");
    let places: Vec<u64> = said["errors"].as_array().unwrap().iter().map(|error| error["index"].as_u64().unwrap()).collect();
    assert_eq!(places, [1, 3]);
    assert!(said["message"].as_str().unwrap().contains("2 of 4 entries were refused"), "{said}");
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 3);
}

#[tokio::test]
async fn entries_come_alone_in_lines_and_as_other_programs_write_them() {
    let plant = Plant::start(CONFIG).await;
    introduce(&plant, "Mill 1").await;
    let line = |number, s, state: &str| entry(number, s, &format!("\"state\": \"{state}\""));
    let lines = format!("{}\n{}\n\n{}\n", line(2, 600, "STOPPED"), line(3, 900, "ACTIVE"), line(4, 1_200, "READY"));
    for (body, stored) in
        [(line(1, 0, "ACTIVE"), 1), (lines.clone(), 3), (lines, 0), (format!("\u{feff}[{}]", line(5, 1_500, "ACTIVE")), 1)]
    {
        let answer = plant.post(PATH, &[TOKEN], body.as_bytes());
        assert_eq!((answer.status, answer.body.contains(&format!("\"stored\":{stored}"))), (200, true), "{}", answer.body);
    }
    let (_, by_state) = figures(&plant, "Mill 1", TimeRange::new(time(0), time(1_800)).unwrap()).await;
    let expected = [("ACTIVE", 1_200), ("READY", 300), ("STOPPED", 300)].map(|(state, s)| (state.to_owned(), s * 1_000_000));
    assert_eq!(by_state.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_cannot_be_taken_is_named() {
    let plant = Plant::start(CONFIG).await;
    introduce(&plant, "Mill 1").await;
    let one = b"[{\"state\": \"run\"}]";
    for (path, headers, body, status, sentence) in [
        (PATH, vec![], &one[..], 401, "a token is missing"),
        (PATH, vec!["Authorization: Token x"], one, 401, "not known"),
        (PATH, vec!["Authorization: Token u"], one, 404, "there is no machine `Mill 1`"),
        ("/api/v2/machines/Mill%202/observations", vec![TOKEN], one, 404, "there is no machine `Mill 2`"),
        (PATH, vec![TOKEN], b"{", 400, "the body is"),
        (PATH, vec![TOKEN], b"{\"observation\": []}", 400, "unknown field `observation`"),
        (PATH, vec![TOKEN], b"{\"origin\": \"plc\", \"entries\": []}", 400, "unknown field `entries`"),
        (PATH, vec![TOKEN], b"", 400, "the body is empty"),
        (PATH, vec![TOKEN], b"{\"state\": \"run\"}\n{\"state\"", 400, "line 2"),
        (PATH, vec![TOKEN], b"{\"origin\": \"\", \"observations\": []}", 400, "origin names who sends"),
        (PATH, vec![TOKEN], b"[]", 200, "\"stored\":0"),
    ] {
        let answer = plant.post(path, &headers, body);
        assert_eq!((answer.status, answer.body.contains(sentence)), (status, true), "{path}: {}", answer.body);
    }
    assert_eq!(plant.count("SELECT count(*) FROM observations").await, 0);
}
