//! A machine that moves to another line, a line that moves, a site with another calendar, from a date on: by the file and on the
//! board, in the command and on the plant board, the past stays.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use common::Plant;
use common::board::{as_command, without_names};
use domain::board::PlantAnswer;
use domain::board::roll::Roll;
use domain::civil::MINUTE_US;
use serde_json::Value;

const PLANT: &str = r#"
timezone = "Europe/Berlin"

[[tenant]]
id = "default"

[[calendar]]
id = "nights"
shift = [{ name = "Night", hours = "22:00-06:00" }]

[[calendar]]
id = "days"
shift = [{ name = "Day", hours = "06:00-14:00", breaks = ["09:00-09:30"] }]

[[line]]
id = "l1"
name = "Line 1"
calendar = "nights"

[[line]]
id = "l2"
name = "Line 2"
calendar = "days"

[[machine]]
id = "mill"
line = "l1"
ideal_cycle = "60s"

[[machine]]
id = "saw"
line = "l2"
ideal_cycle = "60s"
"#;

const MILL: &str = "/t/default/model/machine/mill";

/// The mill of the file, moved at midnight in the middle of a night shift.
fn moved() -> String {
    PLANT.replacen("line = \"l1\"\n", "line = \"l1\"\nplace = [{ from = \"2026-03-11\", line = \"l2\" }]\n", 1)
}

/// Both run for days, and stand for an hour now and then.
async fn started() -> Plant {
    started_with(PLANT).await
}

async fn started_with(file: &str) -> Plant {
    let plant = Plant::start(file).await;
    for machine in ["mill", "saw"] {
        let file = plant.folder.path().join(format!("{machine}.txt"));
        let hour = |hour: i64| {
            let time = domain::Timestamp::from_us(1_772_900_000_000_000 / 3_600_000_000 * 3_600_000_000 + hour * 60 * MINUTE_US).rfc3339();
            format!("{time}|execution|{}|part_count|{}\n", if hour % 7 == 0 { "STOPPED" } else { "ACTIVE" }, hour * 30)
        };
        std::fs::write(&file, (0..200).map(hour).collect::<String>()).unwrap();
        let (status, said) = plant.run(&["import", "shdr", "--tenant", "default", "--machine", machine, &file.display().to_string()]);
        assert_eq!(status, Some(0), "{said}");
    }
    plant
}

/// Command and board about a window, which agree.
fn both(plant: &Plant, machine: &str, from: &str, to: &str) -> Value {
    let board = plant.machine_answer("default", machine, &[("from", from), ("to", to)]).unwrap();
    let said = without_names(plant.oee("default", machine, (from, to), &["--known-at", &board.as_of.rfc3339()]));
    assert_eq!(said, as_command(&board), "{machine} {from} {to}");
    said
}

/// What adds up over windows.
fn sums(said: &Value) -> Vec<(String, i64)> {
    let numbers = |name: &str| {
        let fields = said[name].as_object().unwrap().iter();
        fields.filter_map(|(field, value)| Some((format!("{name}.{field}"), value.as_i64()?))).collect::<Vec<_>>()
    };
    ["times_us", "counts"].iter().flat_map(|name| numbers(name)).collect()
}

fn minutes(said: &Value, name: &str) -> i64 {
    said["times_us"][name].as_i64().unwrap() / MINUTE_US
}

fn line(answer: &PlantAnswer, id: &str) -> Option<Roll> {
    answer.lines.iter().find(|roll| roll.id == id).cloned()
}

#[tokio::test]
async fn a_window_across_a_move_is_the_sum_of_its_parts() {
    let mut plant = started().await;
    let (before, after) = (("2026-03-09 12:00", "2026-03-11 00:00"), ("2026-03-11 00:00", "2026-03-13 12:00"));
    let past = both(&plant, "mill", before.0, before.1);
    let stayed = both(&plant, "mill", after.0, after.1);
    plant.kill();
    std::fs::write(plant.folder.path().join("plant.toml"), moved()).unwrap();
    let (status, said) = plant.run(&["check-config"]);
    let change = "a start changes in default: machine `mill` is changed: place from 2026-03-11 nothing \u{2192} line l2";
    assert!(status == Some(0) && said.contains(change), "{said}");
    plant.serve();

    let known = |value: &Value| (sums(value), value["ratios"].clone());
    assert_eq!(known(&both(&plant, "mill", before.0, before.1)), known(&past), "what was is as it was");
    let now = both(&plant, "mill", after.0, after.1);
    // A night of eight hours and the two before midnight; then two days and a half by the other calendar.
    assert_eq!([minutes(&past, "planned"), minutes(&now, "planned")], [480 + 120, 2 * 450 + 330]);
    assert_ne!(known(&now), known(&stayed));
    let whole = both(&plant, "mill", before.0, after.1);
    let together: Vec<_> = sums(&past).into_iter().zip(sums(&now)).map(|((name, a), (_, b))| (name, a + b)).collect();
    assert_eq!(sums(&whole), together);

    // On the plant board each line has what was made in it.
    let of = |(from, to): (&str, &str)| plant.plant_answer("default", &[("from", from), ("to", to)]);
    let (across, late) = (of((before.0, after.1)), of(after));
    let planned = |roll: &Roll| roll.fleet.times.planned_us() / MINUTE_US;
    let saw = both(&plant, "saw", before.0, after.1);
    let one = line(&across, "l1").unwrap();
    assert_eq!((one.machines, planned(&one), planned(&line(&across, "l2").unwrap())), (1, 600, 1_230 + minutes(&saw, "planned")));
    assert_eq!(planned(&across.all), minutes(&whole, "planned") + minutes(&saw, "planned"));
    assert!(line(&late, "l1").is_none() && line(&late, "l2").unwrap().machines == 2);
    // Its shifts are those of the calendar that held.
    let shown = |back: &str| plant.machine_answer("default", "mill", &[("period", "shift"), ("back", back)]).unwrap().tile.frame.name;
    assert!(shown("0").starts_with("Day, ") && shown("400").starts_with("Night, "), "{} {}", shown("0"), shown("400"));
    let page = plant.get("/t/default/plant?from=2026-03-09T12:00&to=2026-03-13T12:00&order=line");
    assert!(page.status == 200 && page.body.contains("Line 1") && page.body.contains("Line 2"), "{}", page.body);
}

#[tokio::test]
async fn a_move_is_filed_on_the_board_and_taken_back() {
    let plant = started().await;
    let page = plant.get(MILL).body;
    assert!(page.contains("Other places") && page.contains("name=\"place.0.from\""), "{page}");
    let past = both(&plant, "mill", "2026-03-09 12:00", "2026-03-11 00:00");
    let seen = plant.count("SELECT max(number) FROM plant_entries WHERE id = 'mill'").await;
    let draft = format!("{MILL}?do=check&seen={seen}&line=l1&standard.0.ideal_cycle=60s&place.0.from=2026-03-11&place.0.line=l2");
    let page = plant.get(&draft).body;
    assert!(page.contains("<th scope=\"row\">place from 2026-03-11</th><td><del>nothing</del></td><td><ins>line l2</ins></td>"), "{page}");
    assert!(!page.contains("rewrites the past") && !page.contains("Without a date"), "{page}");
    let file = |draft: &str| {
        let draft: String = draft.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!("tenant=default&kind=machine&id=mill&author=kim&why=new+hall&past=yes&draft={draft}");
        plant.post("/api/model/file", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes())
    };
    let filed = file(draft.split_once('?').unwrap().1);
    let entry = filed.head.split("?filed=").nth(1).unwrap_or_else(|| panic!("{} {}", filed.head, filed.body));
    let entry = entry.split_whitespace().next().unwrap().to_owned();
    assert_eq!(both(&plant, "mill", "2026-03-09 12:00", "2026-03-11 00:00")["times_us"], past["times_us"]);
    assert_eq!(minutes(&both(&plant, "mill", "2026-03-12 00:00", "2026-03-13 00:00"), "planned"), 450);
    let machines = plant.get("/t/default/model/machine").body;
    assert!(machines.contains("<td>Line 2</td>") && !machines.contains("<td>Line 1</td>"), "where they are now: {machines}");
    // A place that says nothing of where it is would take it out of the plant's lines unseen.
    let nowhere = plant.get(&draft.replace("place.0.line=l2", "place.0.calendar=days")).body;
    assert!(nowhere.contains("names neither a line nor a site"), "{nowhere}");
    let history = plant.get(MILL).body;
    assert!(history.contains("place from 2026-03-11") && history.contains("new hall"), "{history}");
    // Taken back, it never moved; that rewrites what was made since, and is said to.
    let back = format!("do=back&entry={entry}&seen={entry}");
    assert!(plant.get(&format!("{MILL}?{back}")).body.contains("This rewrites the past: place from 2026-03-11."));
    assert_eq!(file(&back).status, 303);
    assert_eq!(minutes(&both(&plant, "mill", "2026-03-12 00:00", "2026-03-13 00:00"), "planned"), 480);
}

#[tokio::test]
async fn lines_and_sites_are_dated_by_the_file_and_on_the_board() {
    let hall = "[[site]]\nid = \"hall\"\ncalendar = \"nights\"\n\n[[line]]\nid = \"l1\"\nsite = \"hall\"\n";
    let file =
        PLANT.replacen("[[line]]\nid = \"l1\"\n", hall, 1).replacen("name = \"Line 1\"\ncalendar = \"nights\"\n", "name = \"Line 1\"\n", 1);
    let mut plant = started_with(&file).await;
    let planned = |plant: &Plant, from: &str, to: &str| minutes(&both(plant, "mill", from, to), "planned");
    let past = both(&plant, "mill", "2026-03-09 12:00", "2026-03-11 00:00");
    assert_eq!([minutes(&past, "planned"), planned(&plant, "2026-03-12 00:00", "2026-03-13 00:00")], [480 + 120, 480]);
    plant.kill();
    let dated =
        file.replacen("calendar = \"nights\"\n", "calendar = \"nights\"\nplace = [{ from = \"2026-03-11\", calendar = \"days\" }]\n", 1);
    std::fs::write(plant.folder.path().join("plant.toml"), dated).unwrap();
    let (status, said) = plant.run(&["check-config"]);
    let change = "a start changes in default: site `hall` is changed: place from 2026-03-11 nothing \u{2192} calendar days";
    assert!(status == Some(0) && said.contains(change), "{said}");
    plant.serve();
    assert_eq!(both(&plant, "mill", "2026-03-09 12:00", "2026-03-11 00:00"), past, "what was is as it was");
    assert_eq!(planned(&plant, "2026-03-12 00:00", "2026-03-13 00:00"), 450);
    let answer = plant.plant_answer("default", &[("from", "2026-03-09 12:00"), ("to", "2026-03-13 12:00")]);
    assert_eq!((answer.sites.len(), answer.lines.len()), (2, 2), "the saw is at no site");
    assert!(plant.get("/t/default/model/site").body.contains("<td>days</td>"), "the calendar that it has now");

    // The line gets the nights back on the board, for its machines alone.
    let page = plant.get("/t/default/model/line/l1").body;
    assert!(page.contains("Other places") && page.contains("name=\"place.0.constraint\""), "{page}");
    let seen = plant.count("SELECT max(number) FROM plant_entries WHERE id = 'l1'").await;
    let draft = format!(
        "seen={seen}&name=Line+1&site=hall&place.0.from=2026-03-12&place.0.site=hall&place.0.calendar=nights&place.0.constraint=mill"
    );
    let page = plant.get(&format!("/t/default/model/line/l1?do=check&{draft}")).body;
    let told = "<th scope=\"row\">place from 2026-03-12</th><td><del>nothing</del></td><td><ins>site hall, calendar nights, constraint mill</ins></td>";
    assert!(page.contains(told) && !page.contains("rewrites the past") && !page.contains("Without a date"), "{page}");
    let draft: String = format!("do=check&{draft}").bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("tenant=default&kind=line&id=l1&author=kim&why=nights+again&past=yes&draft={draft}");
    assert_eq!(plant.post("/api/model/file", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes()).status, 303);
    assert_eq!(planned(&plant, "2026-03-11 00:00", "2026-03-12 00:00"), 450);
    assert_eq!(planned(&plant, "2026-03-13 00:00", "2026-03-14 00:00"), 480);
    assert_eq!(both(&plant, "mill", "2026-03-09 12:00", "2026-03-11 00:00"), past);
    let now = plant.plant_answer("default", &[("from", "2026-03-12 00:00"), ("to", "2026-03-13 00:00")]);
    assert!(line(&now, "l1").unwrap().constraint.is_some() && line(&answer, "l1").unwrap().constraint.is_none());
    let nowhere = plant.get("/t/default/model/line/l1?do=check&name=Line+1&site=hall&place.0.from=2026-03-12&place.0.calendar=nights").body;
    assert!(nowhere.contains("names no site"), "{nowhere}");
}
