//! What machines say before the plant of the configuration is taken over: nothing of it is lost, whoever says it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::mosquitto::{Mosquitto, until_listening};
use common::{Answer, Plant};
use domain::plant::{Change, Fact, Machine};

const TOKEN: &str = "[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n";
const MILL: &str = "[[machine]]\nid = \"mill\"\n";
const STATES: &str = "SELECT count(*) FROM observations WHERE breaks";

fn post(plant: &Plant, machine: &str) -> Answer {
    plant.post(&format!("/api/v2/machines/{machine}/observations"), &["Authorization: Token t"], b"[{\"state\": \"ACTIVE\"}]")
}

/// Refused for now, with a time to come again.
fn assert_later(answer: &Answer, sentence: &str) {
    let later = answer.status == 503 && answer.head.contains("retry-after: 5") && answer.body.contains(sentence);
    assert!(later, "{sentence}: {} {}", answer.head, answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_of_the_file_is_told_to_come_again_until_the_file_is_taken_over() {
    let mut plant = Plant::without_server(&format!("{TOKEN}{MILL}")).await;
    assert_eq!(plant.run(&["migrate"]).0, Some(0));
    let lock = plant.lock_for_writing("plant_entries").await;
    plant.begin();
    let underway = |plant: &Plant| plant.get("/health/ready").body.contains("the plant of the configuration is being taken over");
    plant.until("the database answers", underway);
    assert_eq!(plant.get("/health/ready").status, 503);
    for machine in ["mill", "typo"] {
        let sentence = format!("is not taken over yet, so nobody knows whether there is a machine `{machine}`; send again");
        assert_later(&post(&plant, machine), &sentence);
    }
    drop(lock);
    plant.until("the file is taken over", |plant| plant.get("/health/ready").status == 200);
    let answer = post(&plant, "mill");
    assert_eq!((answer.status, answer.body.contains("\"stored\":1")), (200, true), "{}", answer.body);
    assert_eq!(post(&plant, "typo").status, 404, "now it is known that there is none");
    assert_eq!(plant.count(STATES).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_about_a_machine_of_the_file_is_not_acknowledged_before() {
    let Some(broker) = Mosquitto::start() else { return };
    // The same message is a reading, whose counter says that it has come.
    let rules = "[[mqtt.topic]]\nfilter = \"cell/+/state\"\nvalue = \"/v\"\n[[mqtt.machine]]\nfilter = \"cell/+/state\"\nmachine = \"{1}\"\nkeys = { state = \"/state\" }\n";
    let mut plant = Plant::without_server(&format!("{MILL}{}", broker.config(rules))).await;
    assert_eq!(plant.run(&["migrate"]).0, Some(0));
    let lock = plant.lock_for_writing("plant_entries").await;
    plant.begin();
    until_listening(&plant, 1);
    broker.publish("cell/mill/state", br#"{"state": "ACTIVE", "v": 1}"#);
    plant.until("the message has come", |plant| plant.metric("andon_ingest_received_total{source=\"mqtt\"}") == Some(1.0));
    plant.kill();
    drop(lock);
    assert_eq!(plant.count(STATES).await, 0);
    plant.serve();
    plant.until_count(STATES, 1).await;
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_fit_is_taken_over_when_the_rest_is_mended() {
    let mut plant = Plant::start(&format!("{TOKEN}[[line]]\nid = \"l1\"\n")).await;
    let store = plant.store().await;
    let tenant = store.tenant("default").unwrap();
    let press = |line: Option<&str>| Machine { line: line.map(|line| line.parse().unwrap()), ..Machine::default() };
    let state = async |line| {
        let change = Change::Set(Fact::Machine("press".parse().unwrap(), press(line)));
        store.state_facts(&tenant, "somebody", "on the board", vec![change]).await.unwrap()
    };
    state(Some("l1")).await;
    plant.kill();
    // The file takes away the line on which the board put a machine.
    std::fs::write(plant.folder.path().join("plant.toml"), format!("{TOKEN}{MILL}")).unwrap();
    plant.serve();
    let ready = plant.get("/health/ready");
    assert!(ready.status == 200 && ready.body.contains("the one of the configuration is refused"), "{}", ready.body);
    assert_later(&post(&plant, "mill"), "the configuration describes the machine `mill`, but does not fit to the plant");
    assert_eq!(post(&plant, "typo").status, 404, "nobody will add it");
    assert_eq!(post(&plant, "press").status, 200, "it is there all the same");
    assert!(plant.log().contains("the plant of the configuration is not taken over"), "{}", plant.log());
    state(None).await;
    plant.until("it is tried again", |plant| post(plant, "mill").status == 200);
    assert_eq!(plant.get("/health/ready").body, "ready\n");
}

#[tokio::test]
async fn without_a_database_nobody_is_told_that_there_is_no_machine() {
    let mut plant = Plant::without_server(&format!("{TOKEN}{MILL}")).await;
    plant.serve_without_database();
    for machine in ["mill", "typo"] {
        assert_later(&post(&plant, machine), "send again");
    }
}
