//! A machine of which nothing is heard is neither running nor down: on its tile, its board and in the command, with the interval of
//! what can have been. It comes back, and a server that was killed says what it said before.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use common::Plant;
use common::board::without_names;
use domain::Timestamp;
use domain::board::{MachineAnswer, Tile};
use domain::civil::MINUTE_US;
use domain::oee::Category;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

const PLANT: &str = "[[tenant]]\nid = \"default\"\n[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n\
                     [[machine]]\nid = \"mill\"\nsilence = \"2m\"\nideal_cycle = \"30s\"\n[[machine]]\nid = \"press\"\nideal_cycle = \"30s\"\n";

fn send(plant: &Plant, entries: &[Value]) {
    let answer = plant.post("/api/v2/machines/mill/observations", &["Authorization: Token t"], json!(entries).to_string().as_bytes());
    assert_eq!((answer.status, answer.body.contains("\"refused\":0")), (200, true), "{}", answer.body);
}

/// Command and board about a window, without the moment that they are of.
fn both(plant: &Plant, machine: &str, (from, to): (Timestamp, Timestamp)) -> (Value, MachineAnswer) {
    let (said, board) = plant.both("default", machine, (&from.rfc3339(), &to.rfc3339()));
    (without_names(said), board)
}

fn tile(plant: &Plant, machine: &str, window: &[(&str, &str)]) -> Tile {
    plant.plant_answer("default", window).tiles.into_iter().find(|tile| tile.id == machine).unwrap()
}

#[tokio::test]
async fn silence_is_neither_running_nor_down_and_survives_a_kill() {
    let mut plant = Plant::start(PLANT).await;
    let now = app::clock::now();
    let ago = |minutes: i64| now.plus(-minutes * MINUTE_US);
    send(
        &plant,
        &[
            json!({"time": ago(30).rfc3339(), "state": "ACTIVE", "total": 0}),
            json!({"time": ago(20).rfc3339(), "state": "STOPPED"}),
            json!({"time": ago(16).rfc3339(), "state": "ACTIVE", "total": 6}),
            json!({"time": ago(12).rfc3339(), "alive": true, "total": 12}),
        ],
    );
    // From ten minutes ago on nothing is known: two minutes of silence were still believed.
    let window = (ago(30), ago(2));
    let (said, board) = both(&plant, "mill", window);
    let us = |name: &str| said["times_us"][name].as_i64().unwrap();
    // Two minutes of running and eight of nothing, two of standing and two of nothing, and so on.
    assert_eq!(
        [us("calendar"), us("run"), us("unplanned_stop"), us("unknown")],
        [28, 6, 2, 20].map(|minutes| minutes * MINUTE_US),
        "{said}"
    );
    let interval = &said["intervals"]["oee"];
    let oee = said["ratios"]["oee"].as_f64().unwrap();
    assert!(interval[0].as_f64().unwrap() < oee && oee < interval[1].as_f64().unwrap(), "{said}");
    assert!(said["flags"].as_array().unwrap().contains(&json!("missing_data")), "{said}");
    assert_eq!((board.tile.state.category, board.tile.state.since), (Category::Unknown, Some(ago(10))));
    let (from, to) = (window.0.rfc3339(), window.1.rfc3339());
    let shown = tile(&plant, "mill", &[("from", &from), ("to", &to)]);
    assert_eq!((shown.state.category, shown.interval), (Category::Unknown, board.tile.interval));
    assert!(shown.runs.last().is_some_and(|run| run.category == Category::Unknown), "its stripe ends with nothing");
    // The running window says the same of now.
    let answer = plant.plant_answer("default", &[("period", "day")]);
    let all = (answer.all.running, answer.all.stopped, answer.all.unknown);
    assert_eq!(all, (0, 0, 2), "the other one never said a word");
    assert_eq!(tile(&plant, "mill", &[("period", "day")]).state.since, Some(ago(10)));
    let never = tile(&plant, "press", &[("period", "day")]);
    assert_eq!((never.state.since, never.product), (None, None), "since when nothing is known of it is not known either");
    let home = plant.get("/t/default").body;
    for (machine, open) in [("mill", ">unknown</span>"), ("press", "n/a <small>0–100 % possible</small>")] {
        let card = home.split("<li>").find(|card| card.contains(&format!("href=\"/t/default/machines/{machine}\"")));
        assert!(card.is_some_and(|card| card.contains(open)), "{machine} at a glance: {home}");
    }
    let page = plant.machine_page("default", "mill", &[("from", &from), ("to", &to)]);
    assert!(page.contains(">unknown") && page.contains("% possible"), "state and interval stand on the page");

    plant.kill();
    plant.serve();
    let (again, after) = both(&plant, "mill", window);
    assert_eq!(again, said, "a killed server says what it said before");
    // What nobody knows goes on to now, so the last stretch is longer.
    let but_the_last = |answer: &MachineAnswer| answer.stretches[..answer.stretches.len() - 1].to_vec();
    assert_eq!(but_the_last(&after), but_the_last(&board));
    assert_eq!((after.stops, after.hours, after.tile.runs), (board.stops, board.hours, board.tile.runs));
    // It comes back, and what was not known stays so.
    send(&plant, &[json!({"time": app::clock::now().rfc3339(), "state": "ACTIVE", "total": 13})]);
    assert_eq!(both(&plant, "mill", window).0, said);
    let back = tile(&plant, "mill", &[("period", "day")]);
    assert_eq!(back.state.category, Category::Run);
    assert!(!plant.log().contains("panicked"));
}

/// While nobody listens nothing is heard, whatever the device did: also where no limit of silence is set.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_did_not_hear_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("[[machine_source]]\nmachine = \"press\"\nadapter = \"shdr://{}\"\n", listener.local_addr().unwrap());
    let mut plant = Plant::start(&format!("{PLANT}{source}")).await;
    let accept = || {
        let (stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "* PING\n");
        stream
    };
    let now = app::clock::now();
    let hour_ago = now.plus(-60 * MINUTE_US);
    let mut stream = accept();
    write!(stream, "* PONG 60000\n{}|execution|ACTIVE\n", hour_ago.rfc3339()).unwrap();
    plant.until_count("SELECT count(*) FROM observations WHERE breaks", 1).await;
    plant.kill();
    drop(stream);
    plant.serve();
    let mut stream = accept();
    write!(stream, "* PONG 60000\n{}|execution|ACTIVE\n", now.rfc3339()).unwrap();
    plant.until_count("SELECT count(*) FROM observations WHERE breaks", 3).await;
    let (said, _) = both(&plant, "press", (hour_ago, now));
    let us = |name: &str| said["times_us"][name].as_i64().unwrap();
    assert_eq!((us("run"), us("unknown")), (0, 60 * MINUTE_US), "nothing was heard after its first word: {said}");
    // A pause as short as a new version takes is none; a device whose clock runs ahead makes it as short as can be.
    writeln!(stream, "{}|execution|READY", now.plus(10 * MINUTE_US).rfc3339()).unwrap();
    plant.until_count("SELECT count(*) FROM observations WHERE breaks", 4).await;
    plant.kill();
    plant.serve();
    let mut stream = accept();
    write!(stream, "* PONG 60000\n{}|execution|ACTIVE\n", now.plus(11 * MINUTE_US).rfc3339()).unwrap();
    plant.until_count("SELECT count(*) FROM observations WHERE breaks", 5).await;
    assert_eq!(plant.count("SELECT count(*) FROM observations WHERE kind = 1").await, 1, "one loss");
}
