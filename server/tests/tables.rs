//! What boards show as files, with the real binary: the digits of `andon oee --json`, whole windows without gaps, cells that are no
//! formulae, and nothing of machines that a reader does not see.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::board::at;
use common::{OWNER_AND_CUSTOMER, Plant};
use domain::civil::{HOUR_US, MINUTE_US};
use domain::machine::{Observation, Said};
use domain::oee::counts::Parts;
use domain::plant::Report;
use domain::{MachineId, Timestamp};
use serde_json::{Value, json};
use store::Filed;

const MACHINES: &str = r#"
[[calendar]]
id = "two"
shift = [
  { name = "Early", hours = "06:00-14:00", breaks = ["09:00-09:30"] },
  { name = "Late", hours = "14:00-22:00", breaks = ["18:00-18:30"] },
]

[[line]]
id = "line-1"
name = "Line 1"

[[machine]]
id = "mill/1"
name = "=Mill, \"one\""
line = "line-1"
calendar = "two"
target = [{ oee = 80 }]

[[machine]]
id = "sold"
calendar = "two"
customer = "Acme"
ideal_cycle = "1m"
hour_rate = [{ rate = "60 USD" }]

[[product]]
id = "nut"
words = ["O1"]
standard = [
  { ideal_cycle = "30s", value = "1.00 EUR" },
  { from = "2026-03-12", ideal_cycle = "30s", value = "2.00 EUR" },
]

[[product]]
id = "bolt"
standard = [{ ideal_cycle = "60s", value = "3.00 EUR" }]

[[reason]]
id = "technical"
name = "Technical"

[[reason]]
id = "jam"
name = "@Jam"
group = "technical"
"#;

fn config() -> String {
    format!("{OWNER_AND_CUSTOMER}{MACHINES}")
}

/// Two days, in UTC: 11 March 2026 06:00 to 13 March 06:00 in Berlin.
const WINDOW: &str = "from=2026-03-11T05:00:00Z&to=2026-03-13T05:00:00Z";

fn minute(minutes: i64) -> Timestamp {
    at("2026-03-11T05:00:00Z").plus(minutes * MINUTE_US)
}

/// Two days of two machines: stops of all lengths, over a shift and over midnight, silence, two products, parts outside of shifts.
async fn days() -> (Plant, store::Store, store::Tenant) {
    let plant = Plant::start(&config()).await;
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    plant.until_count("SELECT count(*) FROM plant_entries", 8).await;
    for machine in ["mill/1", "sold"] {
        let mut log = Vec::new();
        let mut say = |minutes: i64, said: Said| {
            let time = minute(minutes);
            log.push((None, Observation { stamp: time, received: time, said }));
        };
        say(-60, Said::State("ACTIVE".to_owned()));
        say(-60, Said::Product("O1".to_owned()));
        for minutes in (0..2 * 24 * 60).step_by(10) {
            if minutes == 700 {
                say(minutes, Said::Product("bolt".to_owned()));
            }
            match minutes % 300 {
                30 => say(minutes, Said::State("STOPPED".to_owned())),
                50 | 110 => say(minutes, Said::State("ACTIVE".to_owned())),
                100 => say(minutes, Said::State("INTERRUPTED".to_owned())),
                200 => {
                    say(minutes, Said::State("STOPPED".to_owned()));
                    say(minutes + 1, Said::State("ACTIVE".to_owned()));
                }
                250 if minutes > 1_000 => say(minutes, Said::Lost),
                290 => say(minutes, Said::State("ACTIVE".to_owned())),
                _ => {}
            }
            say(minutes + 5, Said::Parts(Parts { good: 8, reject: u64::from(minutes % 70 == 0), ..Parts::default() }));
        }
        say(3_000, Said::State("STOPPED".to_owned()));
        let id: MachineId = machine.parse().unwrap();
        store.append_observations(tenant.id(), &id, "test", log).await.unwrap();
    }
    (plant, store, tenant)
}

fn file(plant: &Plant, path: &str) -> String {
    let (status, body) = plant.fetch(path);
    let text = String::from_utf8(body).unwrap();
    assert_eq!(status, 200, "{path}: {text}");
    text
}

fn rows(plant: &Plant, path: &str) -> Vec<Value> {
    let Value::Array(rows) = serde_json::from_str(&file(plant, path)).unwrap() else { panic!("{path} is no list") };
    rows
}

/// Cells of CSV, quotes undone.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.push(signs.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            sign => cell.push(sign),
        }
    }
    assert!(row.is_empty() && cell.is_empty(), "the last line has an end");
    rows
}

fn us(row: &Value, from: &str, to: &str) -> i64 {
    at(row[to].as_str().unwrap()).since(at(row[from].as_str().unwrap()))
}

/// Every way to a value that is no object, but for the two lists of words.
fn leaves(value: &Value, way: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(object) if !way.ends_with("by_state") && !way.ends_with("by_reason") => {
            for (name, value) in object {
                leaves(value, &if way.is_empty() { name.clone() } else { format!("{way}.{name}") }, found);
            }
        }
        value => found.push((way.to_owned(), value.clone())),
    }
}

const MILL: &str = "/export/default/machines/mill%2F1";

#[tokio::test]
async fn figures_of_each_shift_have_the_digits_of_the_command() {
    let (plant, ..) = days().await;
    let shifts = rows(&plant, &format!("{MILL}/figures.json?{WINDOW}"));
    let named: Vec<_> = shifts.iter().map(|row| row["window"].as_str().unwrap()).collect();
    // Something was made in both nights, which are in no shift.
    let expected = ["Early, Wed 11 Mar", "Late, Wed 11 Mar", "", "Early, Thu 12 Mar", "Late, Thu 12 Mar", ""];
    assert_eq!(named, expected);
    let sum = |name: &str| shifts.iter().map(|row| row.pointer(name).and_then(Value::as_i64).unwrap()).sum::<i64>();
    let whole = plant.oee("default", "mill/1", ("2026-03-11T05:00:00Z", "2026-03-13T05:00:00Z"), &[]);
    for name in ["/times_us/planned", "/times_us/calendar", "/times_us/unknown", "/counts/total", "/counts/stops"] {
        assert_eq!(Some(sum(name)), whole.pointer(name).and_then(Value::as_i64), "{name} adds up");
    }
    assert!(sum("/times_us/unknown") > 0 && sum("/counts/stops") > 3);
    for row in &shifts {
        let mut row = row.clone();
        let ends = [row["from"].clone(), row["to"].clone()].map(|end| end.as_str().unwrap().to_owned());
        let mut said = plant.oee("default", "mill/1", (&ends[0], &ends[1]), &[]);
        for name in ["as_of", "shift", "window"] {
            row.as_object_mut().unwrap().remove(name);
            said.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(row, said);
    }
    // A column for each of them, and the same digits in it.
    let table = cells(&file(&plant, &format!("{MILL}/figures.csv?{WINDOW}")));
    assert_eq!(table.len(), shifts.len() + 1);
    for (cells, row) in table[1..].iter().zip(&shifts) {
        let mut leaves_of = Vec::new();
        leaves(row, "", &mut leaves_of);
        for (way, value) in leaves_of {
            let column = table[0].iter().position(|name| *name == way).unwrap_or_else(|| panic!("no column {way}"));
            let said = match value {
                Value::Null => String::new(),
                Value::String(text) => text,
                Value::Array(list) => list.iter().map(|one| one.to_string().replace('"', "")).collect::<Vec<_>>().join(" "),
                other => other.to_string(),
            };
            assert!(way == "as_of" || cells[column] == said, "{way}: {} {said}", cells[column]);
        }
    }
}

#[tokio::test]
async fn filters_leave_the_shift_or_the_product_and_add_up_to_the_whole() {
    let (plant, ..) = days().await;
    let total = |search: &str| -> i64 {
        let rows = rows(&plant, &format!("{MILL}/figures.json?{WINDOW}{search}"));
        rows.iter().map(|row| row["counts"]["total"].as_i64().unwrap()).sum()
    };
    let whole = total("&by=window");
    assert_eq!((total(""), total("&by=day"), total("&by=month")), (whole, whole, whole));
    let (nut, bolt) = (total("&product=nut"), total("&product=bolt"));
    assert!(nut > 0 && bolt > 0, "{nut} {bolt}");
    assert_eq!(nut + bolt, whole);
    let shifts = rows(&plant, &format!("{MILL}/figures.json?{WINDOW}&shift=Early"));
    assert_eq!(shifts.iter().map(|row| row["shift"].as_str().unwrap()).collect::<Vec<_>>(), ["Early", "Early"]);
    assert_eq!(total("&shift=Early&product=nut") + total("&shift=Early&product=bolt"), total("&shift=Early"));
    for (filter, sentence) in [
        ("shift=Night", "`shift=Night` is no shift of this machine; write Early or Late."),
        ("product=screw", "`product=screw` is unknown"),
    ] {
        let refused = plant.get(&format!("{MILL}/figures.json?{WINDOW}&{filter}"));
        assert!(refused.status == 400 && refused.body.contains(sentence), "{} {}", refused.status, refused.body);
    }
    // However the window is cut, what is left away stays away.
    for by in ["window", "day", "week"] {
        assert_eq!(total(&format!("&by={by}&shift=Early")), total("&shift=Early"), "{by}");
        assert_eq!(total(&format!("&by={by}&shift=Late&product=nut")), total("&shift=Late&product=nut"), "{by}");
    }
    let night = rows(&plant, &format!("{MILL}/states.json?{WINDOW}&shift=Late"));
    assert_eq!(night.iter().map(|row| us(row, "start", "end")).sum::<i64>(), 2 * 8 * HOUR_US);
    let refused = plant.get(&format!("{MILL}/figures.csv?{WINDOW}&by=year"));
    assert!(refused.status == 400 && refused.body.contains("`by=year` is unknown; write shift, day"), "{}", refused.body);
}

#[tokio::test]
async fn states_are_the_window_and_stops_are_those_of_the_board() {
    let (plant, store, tenant) = days().await;
    let id: MachineId = "mill/1".parse().unwrap();
    let report = |report| Filed { subject: None, report: Some(report) };
    let (start, end) = (minute(30), Some(minute(50)));
    let said = vec![
        report(Report::Reason { start, end, reason: "jam".to_owned() }),
        report(Report::Comment { start, end, text: "=seen, \"heard\"".to_owned() }),
    ];
    store.file_reports(&tenant, &id, "Kim", "said at the machine", said).await.unwrap();
    let states = rows(&plant, &format!("{MILL}/states.json?{WINDOW}"));
    assert!(states.windows(2).all(|pair| pair[0]["end"] == pair[1]["start"]), "no gaps, no overlaps");
    assert_eq!(
        (states[0]["start"].as_str(), states.last().unwrap()["end"].as_str()),
        (Some("2026-03-11T05:00:00Z"), Some("2026-03-13T05:00:00Z"))
    );
    let time = |category: &str| -> i64 {
        states.iter().filter(|row| row["category"] == category).map(|row| row["time_us"].as_i64().unwrap()).sum()
    };
    let whole = plant.oee("default", "mill/1", ("2026-03-11T05:00:00Z", "2026-03-13T05:00:00Z"), &[]);
    for category in ["planned_stop", "unplanned_stop", "micro_stop", "unknown", "not_scheduled"] {
        assert_eq!(Some(time(category)), whole["times_us"][category].as_i64(), "{category}");
    }
    let window = [("from", "2026-03-11T05:00:00Z"), ("to", "2026-03-13T05:00:00Z"), ("micro", "true")];
    let board = plant.machine_answer("default", "mill/1", &window).unwrap();
    let stops = rows(&plant, &format!("{MILL}/stops.json?{WINDOW}&micro=1"));
    let listed: Vec<_> = stops.iter().map(|row| (row["start"].clone(), row["planned_us"].as_i64(), row["lost_minor"].as_i64())).collect();
    let shown = board.stops.iter().rev().map(|stop| (json!(stop.start.rfc3339()), Some(stop.time_us), stop.lost_minor));
    assert_eq!(listed, shown.collect::<Vec<_>>());
    let fewer = rows(&plant, &format!("{MILL}/stops.json?{WINDOW}"));
    assert!(fewer.len() < stops.len() && fewer.iter().all(|row| row["category"] != "micro_stop"));
    let jam = fewer.iter().find(|row| row["reason_id"] == "jam").unwrap();
    for (name, value) in
        [("reason", "@Jam"), ("group", "Technical"), ("reason_by", "Kim"), ("reason_why", "said at the machine"), ("comment_by", "Kim")]
    {
        assert_eq!(jam[name], value, "{name}");
    }
    assert_eq!((us(jam, "start", "end"), jam["duration_us"].as_i64()), (20 * MINUTE_US, Some(20 * MINUTE_US)));
    // No cell of the table is the start of a formula.
    let table = cells(&file(&plant, &format!("{MILL}/stops.csv?{WINDOW}")));
    let column = |name: &str| table[0].iter().position(|known| known == name).unwrap();
    let row = table.iter().find(|row| row[column("reason_id")] == "jam").unwrap();
    assert_eq!((row[column("reason")].as_str(), row[column("comment")].as_str()), ("'@Jam", "'=seen, \"heard\""));
    // Reasons add up to the times, also in money, and say who pays which price.
    let reasons = rows(&plant, &format!("{MILL}/reasons.json?{WINDOW}"));
    let sum = |category: &str| -> i64 {
        reasons.iter().filter(|row| row["category"] == category).map(|row| row["time_us"].as_i64().unwrap()).sum()
    };
    assert_eq!(Some(sum("unplanned_stop")), whole["times_us"]["unplanned_stop"].as_i64());
    assert!(reasons.iter().any(|row| row["reason_id"] == "jam" && row["lost_minor"].as_i64().unwrap() > 0 && row["currency"] == "EUR"));
}

#[tokio::test]
async fn hours_and_observations_are_all_that_was_made_and_heard() {
    let (plant, ..) = days().await;
    let whole = plant.oee("default", "mill/1", ("2026-03-11T05:00:00Z", "2026-03-13T05:00:00Z"), &[]);
    let hours = rows(&plant, &format!("{MILL}/hours.json?{WINDOW}"));
    assert_eq!(hours.len(), 48);
    assert!(hours.iter().all(|row| us(row, "from", "to") == HOUR_US));
    let sum = |name: &str| hours.iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((Some(sum("total")), Some(sum("good"))), (whole["counts"]["total"].as_i64(), whole["counts"]["good"].as_i64()));
    assert!(hours[0]["target"].as_f64().unwrap() > 0.0 && hours[17]["target"].is_null(), "nobody wants parts at night");
    let heard = rows(&plant, &format!("{MILL}/observations.json?{WINDOW}"));
    let counted = plant.count(
        "SELECT count(*) FROM observations o JOIN machine_logs l USING (tenant_id, log_id) WHERE l.machine = 'mill/1'
         AND at >= '2026-03-11T05:00:00Z' AND at < '2026-03-13T05:00:00Z'",
    );
    assert_eq!(i64::try_from(heard.len()).unwrap(), counted.await);
    assert!(heard.windows(2).all(|pair| pair[0]["sequence"].as_i64() < pair[1]["sequence"].as_i64()), "in the order of arrival");
    let good: i64 = heard.iter().filter_map(|row| row["good"].as_i64()).sum();
    assert_eq!(Some(good), whole["counts"]["good"].as_i64());
    assert!(heard.iter().any(|row| row["said"] == "state" && row["word"] == "INTERRUPTED"));
    let refused = plant.get(&format!("{MILL}/observations.csv?{WINDOW}&product=nut"));
    assert_eq!(refused.status, 400, "{}", refused.body);
}

#[tokio::test]
async fn a_plant_is_a_row_for_each_machine_that_its_reader_sees() {
    let (plant, ..) = days().await;
    let machines = rows(&plant, &format!("/export/default/plant.json?{WINDOW}"));
    assert_eq!(machines.iter().map(|row| row["machine"].as_str().unwrap()).collect::<Vec<_>>(), ["mill/1", "sold"]);
    for row in &machines {
        let said = plant.oee("default", row["machine"].as_str().unwrap(), ("2026-03-11T05:00:00Z", "2026-03-13T05:00:00Z"), &[]);
        for (name, value) in said.as_object().unwrap().iter().filter(|(name, _)| *name != "as_of") {
            assert_eq!(row[name], *value, "{name}");
        }
    }
    assert_eq!((&machines[1]["money"]["currency"], &machines[1]["customer"]), (&json!("USD"), &json!("Acme")));
    let answer = plant.get(&format!("/export/default/plant.csv?{WINDOW}&line=line-1"));
    assert!(answer.head.contains("attachment; filename=\"andon-") && answer.head.contains("plant-20260311t050000z"), "{}", answer.head);
    let table = cells(&file(&plant, &format!("/export/default/plant.csv?{WINDOW}&line=line-1")));
    assert_eq!((table.len(), table[1][2].as_str()), (2, "'=Mill, \"one\""), "one line, and no formula");
    assert_eq!(plant.get("/export/default/plant.csv?line=nowhere").status, 404);
    // A customer sees its machines and no others, whatever it asks for.
    let own = rows(&plant, &format!("/export/acme/plant.json?{WINDOW}"));
    assert_eq!(own.iter().map(|row| row["machine"].as_str().unwrap()).collect::<Vec<_>>(), ["sold"]);
    for name in ["figures", "reasons", "stops", "states", "hours", "observations"] {
        let foreign = plant.get(&format!("/export/acme/machines/mill%2F1/{name}.csv?{WINDOW}"));
        assert_eq!(foreign.status, 404, "{name}: {}", foreign.body);
        assert_eq!(plant.get(&format!("/export/acme/machines/sold/{name}.csv?{WINDOW}")).status, 200, "{name}");
        for format in ["csv", "json"] {
            let named = plant.get(&format!("{MILL}/{name}.{format}?{WINDOW}")).head;
            assert!(named.contains(&format!("filename=\"andon-mill-1-{name}-20260311t050000z-")), "a name that any system takes: {named}");
        }
    }
    for (path, status) in
        [("/machines/mill%2F1/money.csv", 404), ("/machines/mill%2F1/stops.xlsx", 404), ("/machines/lathe/stops.csv", 404)]
    {
        assert_eq!(plant.get(&format!("/export/default{path}")).status, status, "{path}");
    }
    assert_eq!(plant.get("/export/nobody/plant.csv").status, 404);
}

#[tokio::test]
async fn files_show_what_was_known_at_a_moment() {
    let (plant, store, tenant) = days().await;
    let window = domain::TimeRange::new(minute(0), minute(2_880)).unwrap();
    let id: MachineId = "mill/1".parse().unwrap();
    let known = store.evidence(&tenant, &id, window, None).await.unwrap().as_of.unwrap().rfc3339();
    let stop = Report::Stop { start: minute(120), end: Some(minute(180)), reason: Some("jam".to_owned()) };
    store.file_reports(&tenant, &id, "Kim", "", vec![Filed { subject: None, report: Some(stop) }]).await.unwrap();
    let stops = |search: &str| rows(&plant, &format!("{MILL}/stops.json?{WINDOW}{search}"));
    assert!(stops("").iter().any(|row| row["reason_id"] == "jam"));
    assert!(!stops(&format!("&known={known}")).iter().any(|row| row["reason_id"] == "jam"), "it was said later");
    let sum = |search: &str| rows(&plant, &format!("{MILL}/figures.json?{WINDOW}&by=window{search}"))[0]["times_us"].clone();
    let ends = ("2026-03-11T05:00:00Z", "2026-03-13T05:00:00Z");
    assert_eq!(sum(&format!("&known={known}")), plant.oee("default", "mill/1", ends, &["--known-at", &known])["times_us"]);
    assert_ne!(sum(""), sum(&format!("&known={known}")));
}
