//! Windows mean the same everywhere: counted from the first and the last sample, on the clock of the owner's wall, in nights in which
//! clocks change, of one microsecond and of years to come.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use common::Plant;
use common::board::{Window, as_command, at, without_names};
use domain::Timestamp;
use domain::civil::{DAY_US, HOUR_US, MINUTE_US};
use serde_json::{Value, json};

const PLANT: &str = r#"
timezone = "Europe/Berlin"
ingest.tokens = [{ tenant = "default", token = "t" }]

[[tenant]]
id = "default"
timezone = "Europe/Berlin"

[[tenant]]
id = "acme"
of = "default"
customer = "Acme"
timezone = "Asia/Tokyo"

[[calendar]]
id = "night"
shift = [{ name = "Night", hours = "22:00-06:00" }]

[[machine]]
id = "owl"
calendar = "night"
customer = "Acme"
ideal_cycle = "60s"
target = [{ oee = 100 }]

[[machine]]
id = "mute"

[[site]]
id = "island"
timezone = "Australia/Lord_Howe"

[[machine]]
id = "gull"
site = "island"
calendar = "night"
ideal_cycle = "60s"
"#;

async fn plant() -> Plant {
    Plant::start(PLANT).await
}

fn send(plant: &Plant, machine: &str, entries: &[Value]) {
    let path = format!("/api/v2/machines/{machine}/observations");
    let answer = plant.post(&path, &["Authorization: Token t"], json!(entries).to_string().as_bytes());
    assert_eq!((answer.status, answer.body.contains("\"refused\":0")), (200, true), "{}", answer.body);
}

/// A log of an adapter: it is about the days of its own lines, whenever it is read.
fn import(plant: &Plant, machine: &str, lines: &[String]) {
    let file = plant.folder.path().join(format!("{machine}.txt"));
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let (status, said) = plant.run(&["import", "shdr", "--tenant", "default", "--machine", machine, &file.display().to_string()]);
    assert_eq!(status, Some(0), "{said}");
}

/// What the command says, and the board with it.
fn both(plant: &Plant, tenant: &str, machine: &str, from: &str, to: &str) -> Value {
    plant.both(tenant, machine, (from, to)).0
}

fn ends(said: &Value) -> (Timestamp, Timestamp) {
    (at(said["from"].as_str().unwrap()), at(said["to"].as_str().unwrap()))
}

#[tokio::test]
async fn first_and_last_are_counted_from_what_was_heard() {
    let plant = plant().await;
    let morning = Timestamp::from_us((app::clock::now().us().div_euclid(DAY_US) - 3) * DAY_US);
    let hour = |hours: i64| morning.plus(hours * HOUR_US);
    let entry = |hours: i64, rest: &str, value: Value| json!({"time": hour(hours).rfc3339(), rest: value});
    send(&plant, "owl", &[entry(6, "state", json!("ACTIVE")), entry(12, "state", json!("STOPPED")), entry(14, "alive", json!(true))]);
    for (from, to, start, end) in [
        ("last-6h", "last", hour(8), hour(14)),
        ("first", "last", hour(6), hour(14)),
        ("first+1h", "last-30m", hour(7), hour(14).plus(-30 * MINUTE_US)),
        ("last", "last+2h", hour(14), hour(16)),
    ] {
        for tenant in ["default", "acme"] {
            assert_eq!(ends(&both(&plant, tenant, "owl", from, to)), (start, end), "{from} to {to}");
        }
        let plant = plant.plant_answer("default", &[("from", from), ("to", to)]);
        assert!(plant.tiles.iter().all(|tile| (tile.frame.range.start(), tile.frame.range.end()) == (start, end)), "{from} to {to}");
    }
    // Where an end is left out, the other says which.
    let frame = |window: Window<'_>| plant.machine_answer("default", "owl", window).unwrap().tile.frame.range;
    assert_eq!((frame(&[("from", "last-6h")]).start(), frame(&[("from", "last-6h")]).end()), (hour(8), hour(14)));
    assert_eq!(frame(&[("to", "last-1h")]).start(), hour(6));
    let open = plant.machine_answer("default", "owl", &[("from", "first")]).unwrap();
    assert_eq!((open.tile.frame.range.start(), open.tile.frame.range.end()), (hour(6), hour(14)));
    let (since, range) = (hour(10).rfc3339(), frame(&[("from", &hour(10).rfc3339())]));
    assert!(range.start() == hour(10) && range.end() > hour(24), "{since} up to now");

    // Of a machine that never said anything there is neither first nor last.
    let (status, said) = plant.run(&["oee", "--tenant", "default", "--machine", "mute", "--from", "last-6h", "--to", "last"]);
    assert_eq!((status, said.contains("nothing was heard yet that first and last could be counted from")), (Some(2), true), "{said}");
    let refused = plant.machine_answer("default", "mute", &[("from", "first"), ("to", "last")]).unwrap_err().to_string();
    assert!(refused.contains("nothing was heard yet"), "{refused}");
}

#[tokio::test]
async fn walls_are_the_owners_and_nights_have_the_hours_that_they_have() {
    let plant = plant().await;
    let lines = |night: &str, hours: &[i64]| -> Vec<String> {
        let start = at(night);
        let mut lines = vec![format!("{}|execution|ACTIVE|part_count|0", start.rfc3339())];
        lines.extend(hours.iter().map(|hour| format!("{}|part_count|{}", start.plus(hour * HOUR_US - 1).rfc3339(), hour * 50)));
        lines.push(format!("{}|execution|READY", start.plus(12 * HOUR_US).rfc3339()));
        lines
    };
    let spring = lines("2026-03-28T20:00:00Z", &[2, 3, 4, 5, 6, 7, 8, 9]);
    let autumn = lines("2026-10-24T18:00:00Z", &[3, 4, 5, 6, 7, 8, 9, 10]);
    import(&plant, "owl", &spring.into_iter().chain(autumn).collect::<Vec<_>>());
    let today = app::clock::now().us().div_euclid(DAY_US);
    for (evening, morning, hours) in [("2026-03-28", "2026-03-29", 7_i64), ("2026-10-24", "2026-10-25", 9), ("2026-10-23", "2026-10-24", 8)]
    {
        let (from, to) = (format!("{evening} 22:00"), format!("{morning} 06:00"));
        let said = both(&plant, "default", "owl", &from, &to);
        let us = |name: &str| said["times_us"][name].as_i64().unwrap();
        assert_eq!((us("calendar"), us("planned")), (hours * HOUR_US, hours * HOUR_US), "{evening}");
        // A customer on the other side of the world reads the same wall.
        let seen = both(&plant, "acme", "owl", &from, &to);
        assert_eq!(without_names(seen), without_names(said.clone()), "{evening}");
        // The shift itself, as the board steps back to it: one night a day.
        let date = at(&format!("{evening}T00:00:00Z")).us() / DAY_US;
        let back = (0..4).map(|more| (today - date - 2 + more).max(0).to_string());
        let frames = back.map(|back| plant.machine_answer("default", "owl", &[("back", &back)]).unwrap());
        let night = frames.into_iter().find(|answer| answer.tile.frame.range.start() == ends(&said).0).unwrap();
        assert_eq!(as_command(&night), without_names(said.clone()), "{}", night.tile.frame.name);
        let hour_by_hour: Vec<i64> = night.hours.iter().map(|hour| hour.range.length_us()).collect();
        assert_eq!(hour_by_hour, vec![HOUR_US; usize::try_from(hours).unwrap()], "{evening}");
        assert_eq!(night.tile.planned, Some(u64::try_from(hours * 60).unwrap()), "a part a minute, in every minute");
        assert_eq!(night.basis.figures.times.planned_us(), hours * HOUR_US, "what-if starts from it");
        let panel = plant.explained("default", "owl", &[("from", &from), ("to", &to)], "availability");
        assert_eq!((panel.us(&["all of it"]), panel.terms_us().1), (hours * HOUR_US, us("planned") - us("unknown")), "{evening}");
    }
    let said = both(&plant, "default", "owl", "2026-03-28 22:00", "2026-03-29 06:00");
    assert_eq!((said["times_us"]["run"].as_i64(), said["counts"]["total"].as_u64()), (Some(7 * HOUR_US), Some(400)));
    // Lord Howe moves its clocks by half an hour.
    for (evening, morning, half_hours) in [("2026-04-04", "2026-04-05", 17), ("2026-10-03", "2026-10-04", 15)] {
        let said = both(&plant, "default", "gull", &format!("{evening} 22:00"), &format!("{morning} 06:00"));
        assert_eq!(said["times_us"]["planned"].as_i64(), Some(half_hours * 30 * MINUTE_US), "{evening}");
        let answer =
            plant.machine_answer("default", "gull", &[("from", said["from"].as_str().unwrap()), ("to", said["to"].as_str().unwrap())]);
        let lengths = answer.unwrap().hours.iter().map(|hour| hour.range.length_us()).sum::<i64>();
        assert_eq!(lengths, half_hours * 30 * MINUTE_US, "its hours");
    }
}

#[tokio::test]
async fn windows_that_nobody_would_ask_for() {
    let plant = plant().await;
    let noon = Timestamp::from_us((app::clock::now().us().div_euclid(DAY_US) - 1) * DAY_US + 12 * HOUR_US);
    let time = |us: i64| noon.plus(us).rfc3339();
    send(&plant, "owl", &[json!({"time": time(0), "state": "ACTIVE"}), json!({"time": time(HOUR_US), "state": "STOPPED"})]);
    send(&plant, "gull", &[json!({"time": time(HOUR_US), "state": "READY", "total": 1})]);
    // One microsecond.
    let said = both(&plant, "default", "owl", &time(HOUR_US - 1), &time(HOUR_US));
    assert_eq!((said["times_us"]["calendar"].as_i64(), said["times_us"]["by_state"]["ACTIVE"].as_i64()), (Some(1), Some(1)));
    let said = both(&plant, "default", "owl", &time(HOUR_US), &time(HOUR_US + 1));
    assert_eq!(said["times_us"]["by_state"], json!({"STOPPED": 1}), "what stands on a border belongs to the later window");
    // Years to come, and a time before everything.
    for (from, to) in
        [("now+1h", "now+9h"), ("2099-01-01T00:00:00Z", "2099-01-02T00:00:00Z"), ("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z")]
    {
        if from.starts_with("now") {
            // Two moments are two windows; each of them is empty.
            let said = plant.oee("default", "owl", (from, to), &[]);
            let board = plant.machine_answer("default", "owl", &[("from", from), ("to", to)]).unwrap();
            assert_eq!((said["times_us"]["calendar"].as_i64(), board.basis.figures.times.calendar_us()), (Some(0), 0));
            assert!(said["ratios"]["oee"].is_null() && board.tile.ratios.oee.is_none());
        } else {
            let said = both(&plant, "default", "owl", from, to);
            assert!(said["ratios"]["oee"].is_null() && said["counts"]["total"] == 0, "{said}");
        }
    }
    // A machine that never said a word has planned time of which nothing is known.
    let said = both(&plant, "default", "mute", &time(0), &time(HOUR_US));
    let us = |name: &str| said["times_us"][name].as_i64();
    assert_eq!((us("planned"), us("unknown"), &said["ratios"]["oee"]), (Some(HOUR_US), Some(HOUR_US), &Value::Null));
    assert_eq!(said["intervals"]["availability"], json!([0.0, 1.0]));
    // What is no window is said, with its mend.
    for (from, to, sentence) in [
        (time(HOUR_US), time(0), "swap from and to"),
        (time(0), time(0), "swap from and to"),
        ("soon".into(), time(0), "is no point in time"),
        (time(0), "2026-13-45".into(), "is no point in time"),
    ] {
        let (status, said) = plant.run(&["oee", "--tenant", "default", "--machine", "owl", "--from", &from, "--to", &to]);
        assert_eq!((status, said.contains(sentence)), (Some(2), true), "{from} to {to}: {said}");
        let refused = plant.machine_answer("default", "owl", &[("from", &from), ("to", &to)]).unwrap_err().to_string();
        assert!(refused.contains(sentence) && !refused.contains("500"), "{from} to {to}: {refused}");
    }
    assert!(!plant.log().contains("panicked"), "{}", plant.log());
}
