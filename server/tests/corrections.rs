//! What people say of a stop holds, whatever the device said of it, through the form of the board: another reason, another kind, a
//! part of it, and all of it taken back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Plant;
use common::board::at;
use common::device::{id, say, state};
use domain::Timestamp;
use domain::civil::MINUTE_US;
use domain::machine::Said;
use serde_json::{Value, json};

const PLANT: &str = r#"
[[tenant]]
id = "default"

[[machine]]
id = "mill"
ideal_cycle = "60s"

[[reason]]
id = "jam"

[[reason]]
id = "tool"

[[reason]]
id = "cleaning"
planned = true
"#;

fn minute(minutes: i64) -> Timestamp {
    at("2026-03-11T05:00:00Z").plus(minutes * MINUTE_US)
}

/// The device stands for two hours in the middle of six, for a reason or none.
async fn stood(because: Option<&str>) -> Plant {
    let plant = Plant::start(PLANT).await;
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    plant.until_count("SELECT count(*) FROM plant_entries", 4).await;
    let mut log = vec![state(minute(0), "ACTIVE"), state(minute(120), "STOPPED")];
    log.extend(because.map(|reason| say(minute(120), Said::Reason(reason.to_owned()))));
    log.extend([state(minute(240), "ACTIVE"), state(minute(360), "STOPPED")]);
    store.append_observations(tenant.id(), &id("mill"), "test", log).await.unwrap();
    plant
}

/// Files the form of the stop, and returns the subjects of what was filed.
fn form(plant: &Plant, fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let stop = format!("{}~{}", minute(120).us(), minute(240).us());
    for (name, value) in [("tenant", "default"), ("machine", "mill"), ("stops[0]", &stop), ("back", "/t/default/machines/mill")] {
        form.append_pair(name, value);
    }
    for (name, value) in fields {
        form.append_pair(name, value);
    }
    let headers = ["Content-Type: application/x-www-form-urlencoded", "Accept: text/html"];
    let answer = plant.post("/api/stops/report", &headers, form.finish().as_bytes());
    let there =
        answer.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{} {}", answer.head, answer.body));
    there.split("filed=").nth(1).unwrap_or_default().trim().to_owned()
}

/// Minutes by reason, and how many stops there were.
fn said(plant: &Plant) -> (Value, u64) {
    let (from, to) = (minute(0).rfc3339(), minute(360).rfc3339());
    let said = plant.oee("default", "mill", (&from, &to), &[]);
    let reasons = said["times_us"]["by_reason"].as_object().unwrap().iter();
    (
        reasons.map(|(reason, us)| (reason.clone(), json!(us.as_i64().unwrap() / MINUTE_US))).collect(),
        said["counts"]["stops"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn another_reason_holds_instead_of_that_of_the_device() {
    // Whichever of the two was added to the plant first.
    for (device, person) in [("jam", "tool"), ("tool", "jam"), ("jam", "cleaning"), ("cleaning", "jam")] {
        let plant = stood(Some(device)).await;
        assert_eq!(said(&plant).0, json!({ device: 120 }));
        let filed = form(&plant, &[("reason", person)]);
        assert_eq!(said(&plant).0, json!({ person: 120 }), "{device} {person}");
        form(&plant, &[("undo", &filed)]);
        assert_eq!(said(&plant).0, json!({ device: 120 }));
    }
}

#[tokio::test]
async fn a_part_of_a_stop_has_the_reason_that_it_was_given() {
    for (whole, part, stops) in [("jam", "tool", 1), ("cleaning", "jam", 1), ("jam", "cleaning", 1), ("tool", "jam", 1)] {
        let plant = stood(None).await;
        form(&plant, &[("reason", whole)]);
        let split = form(&plant, &[("reason", part), ("at", "45m")]);
        assert_eq!(said(&plant), (json!({ whole: 45, part: 75 }), stops), "{whole} {part}");
        form(&plant, &[("undo", &split)]);
        assert_eq!(said(&plant).0, json!({ whole: 120 }));
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_with_a_sentence() {
    let plant = stood(None).await;
    let stop = format!("{}~{}", minute(120).us(), minute(240).us());
    for (field, value) in [("text", "a%00b"), ("author", "x%00"), ("text", "%1b%5b1m")] {
        let body = format!("tenant=default&machine=mill&stops%5B0%5D={stop}&reason=jam&{field}={value}");
        let answer = plant.post("/api/stops/report", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes());
        assert!(answer.body.contains("hold no control characters"), "{field}={value}: {} {}", answer.head, answer.body);
        assert!(answer.status == 400, "{}", answer.head);
    }
    let named = plant.get("/t/default/model/machine/mill?do=check&name=a%00b&standard.0.ideal_cycle=60s");
    assert!(
        named.status == 200 && named.body.contains("its name is longer than 200 characters or holds control characters"),
        "{}",
        named.body
    );
    assert_eq!(plant.count("SELECT count(*) FROM reports").await, 0);
}

/// What stands in an address is a text wherever it is shown, in the head, too.
#[tokio::test]
async fn names_lead_nobody_away() {
    let plant = Plant::start(&format!(
        "{PLANT}[[machine]]\nid = \"odd\"\nname = \"</title><meta http-equiv=refresh content='0;url=/x'><title>\"\n"
    ))
    .await;
    plant.until_count("SELECT count(*) FROM plant_entries", 5).await;
    let odd = "%3C%2Ftitle%3E%3Cmeta%20http-equiv=refresh%20content=%220;url=http:%2F%2Felsewhere.example%22%3E";
    for path in [
        "machines/odd",
        &format!("machines/{odd}"),
        &format!("model/machine/{odd}"),
        "model/machine/odd",
        &format!("plant?site={odd}&line={odd}"),
        odd,
    ] {
        let page = plant.get(&format!("/t/default/{path}"));
        assert!(
            !page.body.contains("<meta http-equiv=\"refresh\"") && !page.body.contains("<meta http-equiv=refresh"),
            "{path}: {}",
            page.body
        );
        assert_eq!(page.body.matches("</title>").count(), 1, "{path}");
    }
    let title = plant.get("/t/default/machines/odd").body;
    assert!(title.contains("<title>&lt;/title&gt;&lt;meta "), "{title}");
}
