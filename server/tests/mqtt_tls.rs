//! Encrypted brokers: a real mosquitto with certificates made here, and why Andon refuses the wrong ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::authority::{Authority, VALID};
use common::mosquitto::{Mosquitto, until_listening};
use common::{Plant, free_port};
use std::path::Path;

/// Lines for mosquitto, which then shows a certificate for this name, valid in these years.
fn listener(authority: &Authority, folder: &Path, host: &str, years: (i32, i32)) -> String {
    let (certificate, key) = authority.signed(host, years);
    std::fs::write(folder.join("broker.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("broker.key"), key.serialize_pem()).unwrap();
    // Mosquitto gives up the rights of root before it reads them.
    for file in ["broker.pem", "broker.key"] {
        std::fs::set_permissions(folder.join(file), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    }
    format!("certfile {0}/broker.pem\nkeyfile {0}/broker.key\n", folder.display())
}

fn config(port: u16, ca: Option<&str>) -> String {
    let ca = ca.map_or_else(String::new, |ca| format!("ca_file = {ca:?}\n"));
    format!("[[mqtt]]\nurl = \"mqtts://localhost:{port}\"\n{ca}[[mqtt.topic]]\nfilter = \"raw/#\"\n")
}

#[tokio::test]
async fn an_encrypted_broker_that_the_authority_vouches_for_is_listened_to() {
    let authority = Authority::new("plant");
    let Some(broker) = Mosquitto::start_with(|folder| listener(&authority, folder, "localhost", VALID)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let ca = authority.file(folder.path(), "ca.pem");
    let plant = Plant::start(&config(broker.port(), Some(&ca))).await;
    until_listening(&plant, 1);
    let clear = broker.client("mosquitto_pub", &["-t", "raw/a", "-m", "1"]).stderr(std::process::Stdio::null()).status().unwrap();
    assert!(!clear.success(), "the broker takes nothing that is not encrypted");
    let publish = ["--cafile", &ca, "-t", "raw/a", "-m", "21.5"];
    assert!(broker.client_of("localhost", "mosquitto_pub", &publish).status().unwrap().success());
    plant.until_readings(1).await;
    assert_eq!(plant.rows("default", "raw/a")[0].1, "21.5");
}

#[tokio::test]
async fn a_certificate_that_is_not_right_is_refused_with_its_reason() {
    let (authority, stranger) = (Authority::new("plant"), Authority::new("stranger"));
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (authority.file(folder.path(), "own.pem"), stranger.file(folder.path(), "other.pem"));
    for (host, years, ca, sentence) in [
        ("localhost", VALID, Some(&other), "the certificates in ca_file do not vouch for it"),
        ("localhost", VALID, None, "no authority that this machine trusts has signed it; name the file of the one that did with ca_file"),
        ("elsewhere", VALID, Some(&own), "it is not for `localhost`; write the name that stands in it into url"),
        ("localhost", (2020, 2021), Some(&own), "it has expired; renew it at the broker"),
        ("localhost", (2080, 2090), Some(&own), "it is not valid yet; set this machine's clock"),
    ] {
        let Some(broker) = Mosquitto::start_with(|folder| listener(&authority, folder, host, years)) else { return };
        let plant = Plant::start(&config(broker.port(), ca.map(String::as_str))).await;
        plant.until("the log says why", |plant| plant.log().contains("not connected; trying again"));
        let log = plant.log();
        assert!(log.contains("the broker's certificate is refused: ") && log.contains(sentence), "{sentence}: {log}");
        assert!(!log.contains("listening to its topics"), "{log}");
    }
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_named_before_anything_is_tried() {
    let plant = Plant::without_server(&config(free_port(), Some("/nowhere/ca.pem"))).await;
    let (status, said) = plant.run(&["check-config"]);
    assert_eq!((status, said.contains("cannot read /nowhere/ca.pem")), (Some(2), true), "{said}");
}
