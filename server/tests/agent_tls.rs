//! An MTConnect agent behind TLS, as the real binary follows it, and why it refuses the wrong certificates.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::agent::{Agent, Events};
use common::authority::{Authority, VALID, in_front};
use common::{Plant, free_port};
use tokio::net::TcpListener;

fn config(address: &str, ca: Option<&str>) -> String {
    let ca = ca.map_or_else(String::new, |ca| format!("ca_file = {ca:?}\n"));
    format!("[[machine_source]]\nmachine = \"Mazak01\"\nagent = \"{address}/Mazak01\"\n{ca}")
}

const STATES: &str = "SELECT count(*) FROM observations WHERE breaks";

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_agent_that_the_authority_vouches_for_is_followed() {
    let (authority, agent) = (Authority::new("plant"), Agent::new(Events::new()));
    agent.say("Execution", "ACTIVE");
    let port = in_front(agent.address, &authority, "localhost", VALID).await;
    let folder = tempfile::tempdir().unwrap();
    let ca = authority.file(folder.path(), "ca.pem");
    let plant = Plant::start(&config(&format!("https://localhost:{port}"), Some(&ca))).await;
    plant.until_count(STATES, 1).await;
    // The stream goes on: what happens now comes through it.
    agent.say("Execution", "STOPPED");
    plant.until_count(STATES, 2).await;
    assert!(plant.log().contains("followed") && !plant.log().contains("not followed"), "{}", plant.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_right_is_refused_with_its_reason() {
    let (authority, stranger) = (Authority::new("plant"), Authority::new("stranger"));
    let agent = Agent::new(Events::new());
    agent.say("Execution", "ACTIVE");
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (authority.file(folder.path(), "own.pem"), stranger.file(folder.path(), "other.pem"));
    for (host, years, ca, sentence) in [
        ("localhost", VALID, Some(&other), "the certificates in ca_file do not vouch for it"),
        ("localhost", VALID, None, "no authority that this machine trusts has signed it; name the file of the one that did with ca_file"),
        ("elsewhere", VALID, Some(&own), "it is not for `localhost`; write the name that stands in it into agent"),
        ("localhost", (2020, 2021), Some(&own), "it has expired; renew it at the agent"),
        ("localhost", (2080, 2090), Some(&own), "it is not valid yet; set this machine's clock"),
    ] {
        let port = in_front(agent.address, &authority, host, years).await;
        let plant = Plant::start(&config(&format!("https://localhost:{port}"), ca.map(String::as_str))).await;
        plant.until("the log says why", |plant| plant.log().contains("not followed; trying again"));
        let log = plant.log();
        assert!(log.contains("the agent's certificate is refused: ") && log.contains(sentence), "{sentence}: {log}");
        assert_eq!(plant.count("SELECT count(*) FROM observations WHERE kind <> 1").await, 0, "nothing was asked");
    }
    assert_eq!(agent.asked(""), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_scheme_is_said_in_both_directions() {
    let (authority, agent) = (Authority::new("plant"), Agent::new(Events::new()));
    let folder = tempfile::tempdir().unwrap();
    let ca = authority.file(folder.path(), "ca.pem");
    let port = in_front(agent.address, &authority, "localhost", VALID).await;
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let deaf = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
    });
    for (address, ca, sentence) in [
        (format!("http://localhost:{port}"), None, "what answers speaks no HTTP; where the way is encrypted, write https:// into agent"),
        (format!("https://localhost:{deaf}"), Some(&ca), "the agent speaks no TLS at this port"),
    ] {
        let plant = Plant::start(&config(&address, ca.map(String::as_str))).await;
        plant.until("the log says why", |plant| plant.log().contains("not followed; trying again"));
        assert!(plant.log().contains(sentence), "{sentence}: {}", plant.log());
    }
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_named_before_anything_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate\n").unwrap();
    for (file, sentence) in
        [("/nowhere/ca.pem", "cannot read /nowhere/ca.pem"), (&empty.display().to_string(), "there is no certificate in it")]
    {
        let plant = Plant::without_server(&config(&format!("https://localhost:{}", free_port()), Some(file))).await;
        let (status, said) = plant.run(&["check-config"]);
        assert_eq!((status, said.contains(sentence)), (Some(2), true), "{said}");
    }
}
