//! The worked answers of `vectors.json` from outside: a plant from a generated file, what its machines say by the JSON endpoint, and
//! every figure that a vector gives by `andon oee --json`, which says what the board says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use common::Plant;
use common::board::{as_command, without_names};
use domain::Timestamp;
use domain::civil::{DAY_US, MINUTE_US, SECOND_US};
use domain::oee::ratios::Ratios;
use serde_json::{Value, json};
use std::fmt::Write;

const HEAD: &str = "timezone = \"UTC\"\n[[tenant]]\nid = \"default\"\n[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n";

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../crates/domain/tests/data/oee_vectors.json")).unwrap()
}

fn vector(group: &str, id: &str) -> Value {
    let vectors = vectors();
    vectors[group].as_array().unwrap().iter().find(|vector| vector["id"] == id).unwrap().clone()
}

/// The day before yesterday: it is over, and no clock of today is a year away from it.
fn day() -> Timestamp {
    Timestamp::from_us((app::clock::now().us().div_euclid(DAY_US) - 2) * DAY_US)
}

/// Microseconds of a vector's time, which names its unit: `down_min`, `run_s`, `planned_h`.
fn us(vector: &Value, name: &str) -> Option<i64> {
    let unit_us = match name.rsplit('_').next().unwrap() {
        "h" => 60 * MINUTE_US,
        "min" => MINUTE_US,
        "s" => SECOND_US,
        _ => panic!("{name} has no unit"),
    };
    vector.get(name).map(|value| (value.as_f64().unwrap() * unit_us as f64).round() as i64)
}

fn clock(us: i64) -> String {
    assert_eq!(us % MINUTE_US, 0, "a shift is planned in minutes");
    format!("{:02}:{:02}", us / MINUTE_US / 60, us / MINUTE_US % 60)
}

/// A machine that begins its day with a stop and then runs to the end of its planned time.
struct Case {
    id: String,
    line: String,
    shift_us: i64,
    breaks_us: i64,
    /// How much of the stop is changeover.
    setup_us: i64,
    down_us: i64,
    ideal_us: i64,
    total: u64,
    good: u64,
    more: &'static str,
}

impl Case {
    /// What a vector says, with times scaled: shifts are planned in minutes.
    fn of(id: &str, vector: &Value, times: i64) -> Self {
        let any = |names: &[&str]| names.iter().find_map(|name| us(vector, name)).map(|us| us * times);
        let planned_us = any(&["planned_production_min", "planned_production_s", "planned_s"]);
        let breaks_us = any(&["breaks_min"]).unwrap_or(0);
        let shift_us = any(&["shift_min"]).or(planned_us).unwrap();
        let down_us = any(&["down_min", "down_s"]).unwrap_or_else(|| planned_us.unwrap() - any(&["run_s"]).unwrap());
        let count = |name: &str| vector.get(name).map(|count| count.as_u64().unwrap());
        let total = count("total").unwrap();
        let good = count("good").unwrap_or_else(|| total - count("reject").unwrap());
        let (id, line) = (id.to_owned(), String::new());
        Self { id, line, shift_us, breaks_us, setup_us: 0, down_us, ideal_us: any(&["ideal_cycle_s"]).unwrap(), total, good, more: "" }
    }

    fn toml(&self, out: &mut String) {
        let Self { id, line, shift_us, breaks_us, ideal_us, more, .. } = self;
        let (end, pause) = (clock(*shift_us), clock(shift_us - breaks_us));
        let breaks = if *breaks_us > 0 { format!("\"{pause}-{end}\"") } else { String::new() };
        writeln!(out, "[[calendar]]\nid = \"{id}\"\nshift = [{{ name = \"Day\", hours = \"00:00-{end}\", breaks = [{breaks}] }}]").unwrap();
        let line = if line.is_empty() { String::new() } else { format!("line = \"{line}\"\n") };
        writeln!(out, "[[machine]]\nid = \"{id}\"\ncalendar = \"{id}\"\n{line}ideal_cycle = \"{ideal_us}us\"\n{more}").unwrap();
    }

    /// What the device says, in one of the ways in which devices count.
    fn entries(&self, way: usize) -> Vec<Value> {
        let Self { setup_us, down_us, shift_us, total, good, .. } = *self;
        let (reject, at) = (total - good, |us: i64| day().plus(us).rfc3339());
        let mut entries = Vec::new();
        if setup_us > 0 {
            entries.push(json!({"time": at(0), "state": "WARMUP"}));
        }
        // Counters show something before the day begins; what is said outright needs none.
        entries.push(match way % 3 {
            0 => json!({"time": at(setup_us), "state": "STOPPED"}),
            1 => json!({"time": at(setup_us), "state": "STOPPED", "total": 5, "reject": 2}),
            _ => json!({"time": at(setup_us), "state": "STOPPED", "total": 5, "good": 3}),
        });
        entries.push(json!({"time": at(down_us), "state": "ACTIVE"}));
        let counted_us = down_us + (shift_us - down_us) / 3;
        entries.push(match way % 3 {
            0 => json!({"number": 7, "time": at(counted_us), "parts": {"good": good, "reject": reject}}),
            1 => json!({"time": at(counted_us), "total": total + 5, "reject": reject + 2}),
            _ => json!({"time": at(counted_us), "total": total + 5, "good": good + 3}),
        });
        entries.push(json!({"time": at(shift_us), "state": "READY"}));
        entries
    }

    fn window(&self) -> (String, String) {
        (day().rfc3339(), day().plus(self.shift_us).rfc3339())
    }
}

/// Sends what a machine said; the order of the list is the order of arrival.
fn send(plant: &Plant, machine: &str, entries: &[Value]) {
    let id: String = machine.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = json!({"origin": "vector", "observations": entries}).to_string();
    let answer = plant.post(&format!("/api/v2/machines/{id}/observations"), &["Authorization: Token t"], body.as_bytes());
    assert_eq!(answer.status, 200, "{machine}: {}", answer.body);
    assert!(answer.body.contains("\"refused\":0"), "{machine}: {}", answer.body);
}

/// The command's answer, which must be the board's.
fn answer(plant: &Plant, machine: &str, (from, to): (&str, &str)) -> Value {
    let board = plant.machine_answer("default", machine, &[("from", from), ("to", to)]).unwrap();
    // What lasts grows from question to question, so the command is asked about the board's moment.
    let said = plant.oee("default", machine, (from, to), &["--known-at", &board.as_of.rfc3339()]);
    assert_eq!(without_names(said.clone()), as_command(&board), "{machine}: command and board");
    said
}

/// Exact to the digits that are given.
fn close(what: &str, got: Option<f64>, wanted: &Value, digits: i32) {
    let (got, wanted) = (got.unwrap_or_else(|| panic!("{what} is n/a")), wanted.as_f64().unwrap());
    assert!((got - wanted).abs() <= 0.500_001 * 10_f64.powi(-digits), "{what} is {got}, not {wanted}");
}

/// Every figure of a vector against the answer; what is none is named here, so that nothing is passed over.
fn check(said: &Value, vector: &Value, times: i64, digits: i32) {
    for (name, wanted) in vector.as_object().unwrap() {
        let what = format!("{} of {}", name, vector);
        let time_us = |from: &str| said["times_us"][from].as_i64().unwrap();
        let found_us = match name.as_str() {
            "id" | "name" | "source" | "published" | "rule" | "ideal_cycle_s" => continue,
            "availability" | "performance" | "quality" | "oee" => {
                close(&what, said["ratios"][name].as_f64(), wanted, digits);
                continue;
            }
            "availability_interval" => {
                let found = &said["intervals"]["availability"];
                (0..2).for_each(|end| close(&what, found[end].as_f64(), &wanted[end], digits));
                continue;
            }
            "total" | "good" | "reject" => {
                assert_eq!(said["counts"][name], *wanted, "{what}");
                continue;
            }
            "shift_min" => time_us("calendar"),
            "planned_production_min" | "planned_production_s" | "planned_s" | "planned_h" => time_us("planned"),
            "breaks_min" => time_us("planned_stop"),
            "down_min" | "down_s" => time_us("unplanned_stop") + time_us("setup"),
            "run_min" | "run_s" => time_us("run"),
            "unknown_min" => time_us("unknown"),
            other => panic!("{other} of {vector} is not compared"),
        };
        assert_eq!(found_us, us(vector, name).unwrap() * times, "{what}");
    }
}

#[tokio::test]
async fn worksheets_and_roll_ups() {
    let mut cases: Vec<(Case, Value, i64, i32)> = Vec::new();
    for id in ["V1", "V2", "V3"] {
        let vector = vector("counts", id);
        let more = if id == "V1" { "value = \"0.50 EUR\"\ntarget = [{ oee = 85 }]" } else { "" };
        cases.push((Case { more, ..Case::of(id, &vector, 1) }, vector, 1, 9));
    }
    for (id, times) in [("V6", 1), ("V7", 60)] {
        for (number, machine) in vector("roll_up", id)["machines"].as_array().unwrap().iter().enumerate() {
            let case = Case::of(&format!("{id} {number}"), machine, times);
            cases.push((Case { line: id.to_owned(), ..case }, machine.clone(), times, 9));
        }
    }
    // A device counts whole parts, so the 17.9645 of V10 are 179,645 of a ten-thousandth of the ideal cycle.
    let mut fine = vector("implausible", "V10");
    for name in ["total", "good"] {
        fine[name] = json!((fine[name].as_f64().unwrap() * 1e4).round() as u64);
    }
    fine["ideal_cycle_s"] = json!(fine["ideal_cycle_s"].as_f64().unwrap() / 1e4);
    cases.push((Case::of("V10", &fine, 1), fine, 1, 6));

    let mut toml = format!("{HEAD}[[line]]\nid = \"V6\"\nname = \"V6\"\n[[line]]\nid = \"V7\"\nname = \"V7\"\n");
    cases.iter().for_each(|(case, ..)| case.toml(&mut toml));
    let plant = Plant::start(&toml).await;
    for (way, (case, vector, times, digits)) in cases.iter().enumerate() {
        send(&plant, &case.id, &case.entries(way));
        let (from, to) = case.window();
        check(&answer(&plant, &case.id, (&from, &to)), vector, *times, *digits);
    }
    let too_fast = answer(&plant, "V10", (&cases.last().unwrap().0.window().0, &cases.last().unwrap().0.window().1));
    assert_eq!(too_fast["flags"], json!(["ideal_cycle_too_long"]), "shown as it is, and flagged");

    for (id, times) in [("V6", 1_i64), ("V7", 60)] {
        let wanted = vector("roll_up", id);
        let longest = cases.iter().map(|(case, ..)| case).filter(|case| case.line == id).max_by_key(|case| case.shift_us);
        let (from, to) = longest.unwrap().window();
        let board = plant.plant_answer("default", &[("from", &from), ("to", &to)]);
        let roll = board.lines.iter().find(|roll| roll.name == id).unwrap();
        let Ratios { availability, performance, quality, oee, .. } = roll.fleet.ratios;
        for (name, found) in [("availability", availability), ("performance", performance), ("quality", quality), ("oee", oee)] {
            if let Some(wanted) = wanted.get(name) {
                close(&format!("{name} of {id} scaled by {times}"), found, wanted, 9);
            }
        }
        if let Some(wrong) = wanted.get("wrong_mean") {
            close("mean of machines", roll.mean.ratios.oee, wrong, 9);
        }
        if let Some(wrong) = wanted.get("wrong_count_based_quality") {
            assert!((quality.unwrap() - wrong.as_f64().unwrap()).abs() > 1e-3, "weighed by ideal time, not by counts");
        }
    }
    money(&plant, &cases[0].0);
}

/// Money of V1: what the command says, and what the board says of points.
fn money(plant: &Plant, case: &Case) {
    let (wanted, (from, to)) = (&vectors()["money_on_V1"], case.window());
    let said = answer(plant, &case.id, (&from, &to));
    let minor = |name: &str| said["money"][format!("{name}_minor")].as_i64().unwrap();
    let unit_minor = (wanted["value_per_good_unit"].as_f64().unwrap() * 100.0) as i64;
    let mut sum = 0;
    for name in ["availability", "performance", "quality"] {
        sum += minor(name);
        assert_eq!(minor(name), wanted["lost_units"][name].as_i64().unwrap() * unit_minor, "{name}");
        close(name, Some(minor(name) as f64 / 100.0), &wanted["lost_money"][name], 2);
    }
    assert_eq!(sum, wanted["lost_units"]["sum"].as_i64().unwrap() * unit_minor);
    close("lost", Some(sum as f64 / 100.0), &wanted["lost_money"]["sum"], 2);
    close("a point", Some(minor("one_oee_point") as f64 / 100.0), &wanted["one_oee_point"], 2);
    let point = &wanted["one_availability_point_at_todays_speed_and_quality"];
    close("a point of availability", Some(minor("one_availability_point") as f64 / 100.0), point, 2);
    let gap = &wanted["gap_to_85_percent"];
    close("gap", Some(minor("to_target") as f64 / 100.0), &gap["money"], 2);
    assert_eq!(minor("to_target") / unit_minor, gap["units"].as_i64().unwrap());
    close("gap", Some(85.0 - said["ratios"]["oee"].as_f64().unwrap() * 100.0), &gap["points"], 4);
    let page = plant.machine_page("default", &case.id, &[("from", &from), ("to", &to)]);
    for sentence in ["one OEE point = € 126.00", "one point of availability = € 106.11", "€ 3,176</p>", "of € 12,600"] {
        assert!(page.contains(sentence), "{sentence}");
    }
}

#[tokio::test]
async fn changeovers_gaps_event_logs_and_what_needs_people() {
    let v1 = vector("counts", "V1");
    let more = &vectors()["more_kpis_on_V1"];
    let changed = Case {
        setup_us: more["setup_min_of_the_47"].as_i64().unwrap() * MINUTE_US,
        more: "states = { WARMUP = \"setup\" }",
        ..Case::of("V1", &v1, 1)
    };
    let v12 = vector("gaps", "V12");
    let mut with_parts = v12.clone();
    with_parts["total"] = json!(0);
    with_parts["good"] = json!(0);
    let gap = Case { ideal_us: SECOND_US, ..Case::of("V12", &with_ideal(with_parts), 1) };
    let mut toml = HEAD.to_owned();
    changed.toml(&mut toml);
    gap.toml(&mut toml);
    toml.push_str("[[calendar]]\nid = \"V8\"\nshift = [{ name = \"Day\", hours = \"00:00-08:00\" }]\n[[machine]]\nid = \"V8\"\ncalendar = \"V8\"\nideal_cycle = \"30s\"\n");
    let plant = Plant::start(&toml).await;

    send(&plant, "V1", &changed.entries(0));
    let (from, to) = changed.window();
    let shift = answer(&plant, "V1", (&from, &to));
    check(&shift, &v1, 1, 9);
    assert_eq!(shift["times_us"]["setup"].as_i64(), Some(changed.setup_us));
    for (name, ratio) in [
        ("nee_index", "nee"),
        ("technical_efficiency", "technical_efficiency"),
        ("utilisation_efficiency", "utilisation_efficiency"),
        ("setup_ratio", "setup_ratio"),
    ] {
        close(name, shift["ratios"][ratio].as_f64(), &more[name], if name == "technical_efficiency" { 4 } else { 5 });
    }
    let whole = answer(&plant, "V1", (&from, &day().plus(DAY_US).rfc3339()));
    close("TEEP", whole["ratios"]["teep"].as_f64(), &more["teep_24h"], 6);
    close("utilisation", whole["ratios"]["utilisation"].as_f64(), &more["utilisation_24h"], 6);

    // Half an hour without a connection in the middle of running.
    let at = |us: i64| day().plus(us).rfc3339();
    let lost_us = gap.down_us + 53 * MINUTE_US;
    let entries = [
        json!({"time": at(0), "state": "STOPPED"}),
        json!({"time": at(gap.down_us), "state": "ACTIVE"}),
        json!({"time": at(lost_us), "lost": true}),
        json!({"time": at(lost_us + us(&v12, "unknown_min").unwrap()), "state": "ACTIVE"}),
        json!({"time": at(gap.shift_us), "state": "READY"}),
    ];
    send(&plant, "V12", &entries);
    let (from, to) = gap.window();
    let said = answer(&plant, "V12", (&from, &to));
    check(&said, &v12, 1, 9);
    assert!(said["flags"].as_array().unwrap().contains(&json!("missing_data")), "{said}");

    event_log(&plant);
    // V13 is about reports of people that overlap: a device is in one state at a time, so the endpoint of devices cannot say it. It
    // is told by reports in `oee.rs`. The world-class ratios of the vectors are limits, not figures of a machine.
}

fn with_ideal(mut vector: Value) -> Value {
    vector["ideal_cycle_s"] = json!(1);
    vector
}

/// V8 asks for four hours and divides by eight planned ones: after its window the machine stands for the rest of its shift.
fn event_log(plant: &Plant) {
    let v8 = vector("event_log", "V8");
    let list = |name: &str| v8[name].as_array().unwrap().clone();
    let at = |text: &str| {
        let (hours, minutes) = text.trim_end_matches('Z').split_once(':').unwrap();
        day().plus((hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap()) * MINUTE_US).rfc3339()
    };
    let mut entries: Vec<Value> = Vec::new();
    for (place, state) in list("states").iter().enumerate() {
        let word = if state[1] == "running" { "ACTIVE" } else { "STOPPED" };
        let (total, reject) = (&v8["cumulative_total"][place], &v8["cumulative_reject"][place]);
        entries.push(json!({"time": at(state[0].as_str().unwrap()), "state": word, "total": total, "reject": reject}));
    }
    entries.push(json!({"time": at(v8["window"][1].as_str().unwrap()), "state": "STOPPED"}));
    send(plant, "V8", &entries);
    let said = answer(plant, "V8", (&day().rfc3339(), &day().plus(us(&v8, "planned_h").unwrap()).rfc3339()));
    let mut figures = v8.clone();
    ["window", "states", "cumulative_total", "cumulative_reject"]
        .iter()
        .for_each(|name| drop(figures.as_object_mut().unwrap().remove(*name)));
    check(&said, &figures, 1, 9);
    assert_eq!((said["counts"]["total"].as_u64(), said["counts"]["reject"].as_u64()), (Some(240), Some(4)), "from the first reading on");
}

#[tokio::test]
async fn shifts_of_nights_in_which_clocks_change() {
    let vectors = vectors();
    let nights = vectors["shift_lengths"].as_array().unwrap();
    let mut toml = HEAD.to_owned();
    for (place, night) in nights.iter().enumerate() {
        let (zone, hours) = (&night["zone"], &night["shift"]);
        write!(
            toml,
            "[[site]]\nid = \"s{place}\"\ntimezone = {zone}\ncalendar = \"c{place}\"\n[[calendar]]\nid = \"c{place}\"\n\
             shift = [{{ name = \"Night\", hours = {hours} }}]\n[[machine]]\nid = \"m{place}\"\nsite = \"s{place}\"\n"
        )
        .unwrap();
    }
    let plant = Plant::start(&toml).await;
    for (place, night) in nights.iter().enumerate() {
        let date = night["start_date"].as_str().unwrap();
        let (before, day) = date.rsplit_once('-').unwrap();
        let after = format!("{before}-{:02}", day.parse::<u32>().unwrap() + 1);
        let hours_us = (night["hours"].as_f64().unwrap() * 60.0) as i64 * MINUTE_US;
        for (from, to) in [(format!("{date} 22:00"), format!("{after} 06:00")), (format!("{date} 12:00"), format!("{after} 12:00"))] {
            let said = answer(&plant, &format!("m{place}"), (&from, &to));
            let us = |name: &str| said["times_us"][name].as_i64();
            assert_eq!((us("planned"), us("unknown")), (Some(hours_us), Some(hours_us)), "{night}: nobody knows what it did");
        }
    }
}
