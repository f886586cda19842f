//! `andon oee` with the real binary: worked answers of `vectors.json`, a night in which clocks change, customers, wrong plants.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::board::at;
use common::device::{id, say, state};
use common::{OWNER_AND_CUSTOMER, Plant};
use domain::civil::{HOUR_US, MINUTE_US};
use domain::machine::Said;
use domain::oee::counts::Parts;
use domain::plant::Report;
use serde_json::Value;
use store::Filed;

const MACHINES: &str = r#"
[[calendar]]
id = "early"
shift = [{ name = "Early", hours = "06:00-14:00", breaks = ["13:00-14:00"] }]

[[calendar]]
id = "night"
shift = [{ name = "Night", hours = "22:00-06:00" }]

[[calendar]]
id = "eight"
shift = [{ name = "Early", hours = "06:00-14:00" }]

[[machine]]
id = "mill"
calendar = "early"
ideal_cycle = "1s"
value = "0.50 EUR"
target = [{ oee = 85 }]

[[machine]]
id = "press 2"
calendar = "eight"
customer = "Acme"

[[machine]]
id = "owl"
calendar = "night"

[[reason]]
id = "maintenance"
planned = true

[[reason]]
id = "jam"
"#;

fn config() -> String {
    format!("{OWNER_AND_CUSTOMER}{MACHINES}")
}

fn oee(plant: &Plant, tenant: &str, machine: &str, from: &str, to: &str) -> Value {
    plant.oee(tenant, machine, (from, to), &[])
}

fn close(value: &Value, wanted: f64) {
    assert!((value.as_f64().unwrap() - wanted).abs() < 5.1e-10, "{value} is not {wanted}");
}

#[tokio::test]
async fn the_worksheet_of_vorne() {
    let plant = Plant::without_server(&config()).await;
    assert_eq!(plant.run(&["migrate"]).0, Some(0));
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    let shift = at("2024-03-11T06:00:00+01:00");
    let parts = Parts::of_reject(19_271, 423).unwrap();
    let log = vec![
        state(shift, "STOPPED"),
        state(shift.plus(47 * MINUTE_US), "ACTIVE"),
        say(shift.plus(60 * MINUTE_US), Said::Parts(parts)),
        state(shift.plus(9 * HOUR_US), "STOPPED"),
    ];
    store.append_observations(tenant.id(), &id("mill"), "test", log).await.unwrap();
    let answer = oee(&plant, "default", "mill", "2024-03-11 06:00", "2024-03-11 14:00");
    for (name, wanted) in
        [("availability", 0.888_095_238), ("performance", 0.861_081_323), ("quality", 0.978_049_920), ("oee", 0.747_936_508)]
    {
        close(&answer["ratios"][name], wanted);
    }
    let times = &answer["times_us"];
    let minutes = |name: &str| times[name].as_i64().unwrap() / MINUTE_US;
    assert_eq!(
        ["calendar", "planned", "run", "planned_stop", "unplanned_stop", "unknown", "not_scheduled", "micro_stop"].map(minutes),
        [480, 420, 373, 60, 47, 0, 0, 0]
    );
    assert_eq!(times["by_state"]["STOPPED"].as_i64(), Some(47 * MINUTE_US));
    assert_eq!(times["by_reason"]["unclassified"].as_i64(), Some(47 * MINUTE_US));
    let counts = &answer["counts"];
    assert_eq!(["total", "good", "reject", "stops"].map(|name| counts[name].as_u64().unwrap()), [19_271, 18_848, 423, 1]);
    let money = &answer["money"];
    let lost = ["full_value_minor", "availability_minor", "performance_minor", "quality_minor"].map(|name| money[name].as_i64().unwrap());
    assert_eq!((lost, money["currency"].as_str()), ([1_260_000, 141_000, 155_450, 21_150], Some("EUR")));
    let losses: i64 = answer["losses_us"].as_object().unwrap().values().map(|us| us.as_i64().unwrap()).sum();
    assert_eq!(losses, 420 * MINUTE_US, "losses sum to planned time");
    assert_eq!((answer["from"].as_str(), answer["to"].as_str()), (Some("2024-03-11T05:00:00Z"), Some("2024-03-11T13:00:00Z")));
    for name in ["policy", "as_of", "flags", "intervals", "tenant", "machine"] {
        assert!(!answer[name].is_null(), "{name}");
    }
    // Half of it, in either half of the shift, is not more or less than the whole.
    let halves = [
        oee(&plant, "default", "mill", "2024-03-11 06:00", "2024-03-11 06:20"),
        oee(&plant, "default", "mill", "2024-03-11 06:20", "2024-03-11 14:00"),
    ];
    assert_eq!(halves.iter().map(|half| half["times_us"]["unplanned_stop"].as_i64().unwrap()).sum::<i64>(), 47 * MINUTE_US);
    assert_eq!(halves.map(|half| half["counts"]["stops"].as_i64().unwrap()), [1, 0], "one stop");
    let none = oee(&plant, "default", "mill", "2024-03-11 15:00", "2024-03-11 16:00");
    assert!(none["ratios"]["oee"].is_null() && none["money"]["full_value_minor"] == 0, "{none}");
    let (_, text) =
        plant.run(&["oee", "--tenant", "default", "--machine", "mill", "--from", "2024-03-11 06:00", "--to", "2024-03-11 14:00"]);
    assert!(text.contains("OEE                   74.79 %") && text.contains("19271 made"), "{text}");
}

#[tokio::test]
async fn overlapping_reports_are_a_union_and_a_customer_sees_the_same() {
    let plant = Plant::without_server(&config()).await;
    assert_eq!(plant.run(&["migrate"]).0, Some(0));
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    let shift = at("2024-03-11T06:00:00+01:00");
    let minute = |minutes: i64| shift.plus(minutes * MINUTE_US);
    store
        .append_observations(tenant.id(), &id("press 2"), "test", vec![state(shift, "ACTIVE"), state(minute(600), "STOPPED")])
        .await
        .unwrap();
    // The command takes the file's plant over before it answers.
    oee(&plant, "default", "press 2", "2024-03-11 06:00", "2024-03-11 14:00");
    let stop = |(start, end): (i64, i64), reason: &str| Filed {
        subject: None,
        report: Some(Report::Stop { start: minute(start), end: Some(minute(end)), reason: Some(reason.to_owned()) }),
    };
    let reports = vec![stop((60, 120), "jam"), stop((90, 150), "jam"), stop((140, 160), "jam"), stop((100, 130), "maintenance")];
    store.file_reports(&tenant, &id("press 2"), "kim", "seen", reports).await.unwrap();
    let answer = oee(&plant, "default", "press 2", "2024-03-11 06:00", "2024-03-11 14:00");
    let minutes = |name: &str| answer["times_us"][name].as_i64().unwrap() / MINUTE_US;
    assert_eq!(["planned", "unplanned_stop", "run", "planned_stop"].map(minutes), [450, 70, 380, 30]);
    close(&answer["ratios"]["availability"], 0.844_444_444);
    let mut seen = oee(&plant, "acme", "press 2", "2024-03-11 06:00", "2024-03-11 14:00");
    assert_eq!(seen["tenant"].take(), "acme");
    assert_eq!((&seen["times_us"], &seen["ratios"]), (&answer["times_us"], &answer["ratios"]));
    let (status, said) = plant.run(&["oee", "--tenant", "acme", "--machine", "mill", "--from", "2024-03-11", "--to", "2024-03-12"]);
    assert!(status == Some(1) && said.contains("there is no machine `mill`"), "{said}");
}

#[tokio::test]
async fn a_night_in_which_clocks_change_has_seven_hours() {
    let plant = Plant::without_server(&config()).await;
    assert_eq!(plant.run(&["migrate"]).0, Some(0));
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    let evening = at("2026-03-28T20:00:00Z");
    store
        .append_observations(tenant.id(), &id("owl"), "test", vec![state(evening, "ACTIVE"), state(evening.plus(20 * HOUR_US), "READY")])
        .await
        .unwrap();
    for (from, to) in [("2026-03-28 22:00", "2026-03-29 06:00"), ("2026-03-28 12:00", "2026-03-29 12:00")] {
        let answer = oee(&plant, "default", "owl", from, to);
        let times = &answer["times_us"];
        assert_eq!((times["planned"].as_i64(), times["run"].as_i64()), (Some(7 * HOUR_US), Some(7 * HOUR_US)), "{from}");
    }
}

/// A role that may only read gets its figures, of the plant as it was stated before.
#[tokio::test]
async fn a_role_that_may_only_read_gets_its_figures() {
    let plant = Plant::without_server(&config()).await;
    assert_eq!(plant.run(&["migrate"]).0, Some(0));
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    let evening = at("2026-03-28T20:00:00Z");
    store.append_observations(tenant.id(), &id("owl"), "test", vec![state(evening, "ACTIVE")]).await.unwrap();
    let window = ("2026-03-28 22:00", "2026-03-29 06:00");
    let before = oee(&plant, "default", "owl", window.0, window.1);
    // The role of the test owns everything, so the table itself refuses what a reader's role would be refused.
    plant
        .execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE insufficient_privilege; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON plant_entries EXECUTE FUNCTION refuse()",
        )
        .await;
    std::fs::write(plant.folder.path().join("plant.toml"), config().replace("22:00-06:00", "22:00-05:00")).unwrap();
    let mut after = oee(&plant, "default", "owl", window.0, window.1);
    after["as_of"] = before["as_of"].clone();
    assert_eq!(after, before, "what could not be stated does not hold");
}

#[tokio::test]
async fn plants_that_cannot_be_are_named_with_their_mend() {
    let plant = Plant::without_server("").await;
    for (text, sentence) in [
        ("[[machine]]\nid = \"a\"\nlien = \"x\"", "unknown field `lien`"),
        ("[[machine]]\nid = \"a\"\nline = \"x\"", "machine `a`: it refers to line `x`, which is not there; add it, or name another"),
        ("[[machine]]\nid = \"a\"\n[[machine]]\nid = \"a\"", "stands there twice"),
        ("[[machine]]\nid = \"a\"\nideal_cycle = \"fast\"", "machine `a`: `fast` is not a length of time"),
        ("[[machine]]\nid = \"a\"\nideal_cycle = \"1s\"\nvalue = \"1 euro\"", "is no amount of money"),
        ("[[machine]]\nid = \"a\"\nsilence = \"1s\"", "silence must be at least 30s"),
        ("[[machine]]\nid = \"a\"\ntenant = \"x\"", "there is no tenant `x`"),
        ("[[site]]\nid = \"s\"\ntimezone = \"Mars\"", "`Mars` is no time zone"),
        ("[[calendar]]\nid = \"c\"\nshift = [{ name = \"s\", hours = \"6-14\" }]", "are no hours of a shift"),
        ("[[tenant]]\nid = \"a\"\nof = \"b\"", "needs both"),
        ("[[tenant]]\nid = \"a\"\nof = \"b\"\ncustomer = \"c\"", "which is no tenant with a plant of its own"),
    ] {
        std::fs::write(plant.folder.path().join("plant.toml"), text).unwrap();
        let (status, said) = plant.run(&["check-config"]);
        assert!(status == Some(2) && said.contains(sentence), "{text}: {said}");
    }
    std::fs::write(plant.folder.path().join("plant.toml"), config()).unwrap();
    let (status, said) = plant.run(&["check-config"]);
    assert!(status == Some(0) && said.contains("3 calendars, 3 machines, 2 reasons"), "{said}");
}

/// What the document shows is what the program takes.
#[test]
fn the_plant_of_the_document_is_taken() {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/plant.md")).unwrap();
    let lines = document.lines().skip_while(|line| !line.starts_with("    timezone"));
    let toml: Vec<&str> =
        lines.take_while(|line| line.is_empty() || line.starts_with("    ")).map(|line| line.get(4..).unwrap_or("")).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plant.toml");
    std::fs::write(&file, toml.join("\n")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_andon"));
    let output = command.args(["check-config", "--config"]).arg(&file).env_remove("DATABASE_URL").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(toml.len() > 50, "the document has lost its plant");
}
