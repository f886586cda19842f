//! The demo plant's machines speak by HTTPS to an Andon behind TLS; who is not vouched for hears nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Plant;
use common::authority::{Authority, VALID, in_front};

const CONFIG: &str = "[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n[[machine]]\nid = \"saw-1\"\n";

/// Plays two hours of a machine to a port; the command's outcome.
fn play(plant: &Plant, url: &str, more: &[&str]) -> (Option<i32>, String) {
    let arguments = ["simulate", "plant", "--url", url, "--token", "t", "--hours", "2", "--once", "--machine", "saw-1"];
    plant.run(&[&arguments, more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_andon_that_the_authority_vouches_for_hears_all_of_it() {
    let (plant, authority, folder) = (Plant::start(CONFIG).await, Authority::new("plant"), tempfile::tempdir().unwrap());
    let ca = authority.file(folder.path(), "ca.pem");
    plant.until_count("SELECT count(*) FROM plant_entries", 1).await;
    let port = in_front(plant.address().parse().unwrap(), &authority, "localhost", VALID).await;
    let (status, said) = play(&plant, &format!("https://localhost:{port}"), &["--ca-file", &ca]);
    assert_eq!(status, Some(0), "{said}");
    let stored = plant.count("SELECT count(*) FROM observations").await;
    assert!(stored > 10 && said.contains("observations of the plant are at https://localhost"), "{stored}: {said}");
    // The same without encryption is the same plant.
    let (status, said) = play(&plant, &plant.url(), &[]);
    assert_eq!(status, Some(0), "{said}");
    assert!(plant.count("SELECT count(*) FROM observations").await - stored < stored, "what is sent again is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_not_right_is_refused_with_its_mend() {
    let plant = Plant::start(CONFIG).await;
    let (authority, stranger, folder) = (Authority::new("plant"), Authority::new("stranger"), tempfile::tempdir().unwrap());
    let (own, other) = (authority.file(folder.path(), "own.pem"), stranger.file(folder.path(), "other.pem"));
    let behind = plant.address().parse().unwrap();
    let good = in_front(behind, &authority, "localhost", VALID).await;
    let named_else = in_front(behind, &authority, "elsewhere", VALID).await;
    let expired = in_front(behind, &authority, "localhost", (2020, 2021)).await;
    let empty = folder.path().join("empty.pem").display().to_string();
    std::fs::write(&empty, "no certificate\n").unwrap();
    let https = |port: u16| format!("https://localhost:{port}");
    for (url, ca, status, sentence) in [
        (https(good), Some(&other), 1, "the other Andon's certificate is refused: the certificates in --ca-file do not vouch for it"),
        (https(good), None, 1, "no authority that this machine trusts has signed it; name the file of the one that did with --ca-file"),
        (https(named_else), Some(&own), 1, "it is not for `localhost`; write the name that stands in it into --url"),
        (https(expired), Some(&own), 1, "it has expired; renew it at the other Andon"),
        (plant.url().replace("http://", "https://"), Some(&own), 1, "the other Andon speaks no TLS at this port"),
        (format!("http://localhost:{good}"), None, 1, "what answers speaks no HTTP; where the way is encrypted, write https:// into --url"),
        (plant.url(), Some(&own), 2, "--ca-file needs an encrypted way: --url https://host"),
        (https(good), Some(&empty), 2, "there is no certificate in it"),
        (https(good), Some(&"/nowhere/ca.pem".to_owned()), 2, "cannot read /nowhere/ca.pem"),
        ("ftp://andon".to_owned(), None, 2, "write it as http://host:8888, or https://host where the way is encrypted"),
    ] {
        let more: Vec<&str> = ca.iter().flat_map(|ca| ["--ca-file", ca.as_str()]).collect();
        let (code, said) = play(&plant, &url, &more);
        assert_eq!((code, said.contains(sentence)), (Some(status), true), "{sentence}: {said}");
    }
    assert_eq!(plant.count("SELECT count(*) FROM observations").await, 0, "nobody heard anything");
}
