//! Parts that people count by hand: added, counted again, found to be bad later; with the form alone, as a browser without a script
//! sends it. Every figure follows, every report is listed and can be taken back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::{Answer, OWNER_AND_CUSTOMER, Plant};
use domain::machine::{Observation, Said};
use domain::oee::counts::Parts;
use domain::time::Written;
use domain::{MachineId, Timestamp};
use serde_json::Value;

const MACHINES: &str = r#"
[[calendar]]
id = "early"
shift = [{ name = "Early", hours = "06:00-14:00" }]

[[machine]]
id = "bench"
name = "Bench & vice"
calendar = "early"
ideal_cycle = "10s"
value = "0.50 EUR"
customer = "Acme"

[[product]]
id = "nut"
name = "Nut <M8>"

[[reason]]
id = "scratch"
name = "Scratched"
rejects = true

[[reason]]
id = "jam"
name = "Jam"
"#;

fn config() -> String {
    format!("{OWNER_AND_CUSTOMER}{MACHINES}")
}

const WINDOW: [&str; 2] = ["2026-03-11T05:00:00Z", "2026-03-11T13:00:00Z"];
const BOARD: &str = "/t/default/machines/bench?from=2026-03-11T05%3A00%3A00Z&to=2026-03-11T13%3A00%3A00Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).and_then(Written::instant).unwrap()
}

/// A shift at a bench that runs; its device counts nothing, or what is asked for: good parts each at a time.
async fn bench(counted: &[(&str, u64)]) -> Plant {
    let plant = Plant::start(&config()).await;
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    plant.until_count("SELECT count(*) FROM plant_entries", 5).await;
    let say = |time: &str, said: Said| (None, Observation { stamp: at(time), received: at(time), said });
    let mut log = vec![say(WINDOW[0], Said::State("ACTIVE".to_owned()))];
    for (time, good) in counted {
        log.push(say(time, Said::Parts(Parts { good: *good, ..Parts::default() })));
    }
    log.push(say("2026-03-11T13:30:00Z", Said::State("STOPPED".to_owned())));
    let id: MachineId = "bench".parse().unwrap();
    store.append_observations(tenant.id(), &id, "test", log).await.unwrap();
    plant
}

fn send(plant: &Plant, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        form.append_pair(name, value);
    }
    let headers = ["Content-Type: application/x-www-form-urlencoded", "Accept: text/html"];
    plant.post(path, &headers, form.finish().as_bytes())
}

/// Sends the form from the board of the shift; where its sender is led.
fn report(plant: &Plant, fields: &[(&str, &str)]) -> String {
    let mine = [("tenant", "default"), ("machine", "bench"), ("back", BOARD), ("author", "kim <i>")];
    let answer = send(plant, "/api/parts/report", &[&mine, fields].concat());
    assert_eq!(answer.status, 303, "{fields:?}: {} {}", answer.head, answer.body);
    let there = answer.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    there.trim().strip_suffix("#parts").unwrap().to_owned()
}

fn page(plant: &Plant, path: &str) -> String {
    let answer = plant.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.head);
    answer.body
}

/// Good, rejected, reworked and all parts, as the command says them.
fn counts(plant: &Plant) -> [u64; 4] {
    let answer: Value = plant.oee("default", "bench", (WINDOW[0], WINDOW[1]), &[]);
    ["good", "reject", "rework", "total"].map(|name| answer["counts"][name].as_u64().unwrap())
}

#[tokio::test]
async fn parts_of_a_bench_without_a_counter_are_counted_by_hand_and_taken_back() {
    let plant = bench(&[]).await;
    let form = page(&plant, &format!("{BOARD}&log=parts"));
    assert!(form.contains("action=\"/api/parts/report\"") && form.contains("Nut &lt;M8&gt;") && form.contains("Scratched"), "{form}");
    assert!(form.contains("name=\"from\" value=\"2026-03-11T06:00:00\"") && form.contains("Europe/Berlin"), "on the clock of the wall");
    let parts = form.split("<form class=\"parts\"").nth(1).unwrap();
    assert!(!parts.contains("value=\"jam\""), "what is said of stops is no reason of parts");
    let made =
        [("what", "made"), ("at", "2026-03-11T08:30"), ("total", "120"), ("good", "117"), ("reason", "scratch"), ("remark", "tray 7")];
    let there = report(&plant, &made);
    assert_eq!(counts(&plant), [117, 3, 0, 120]);
    let filed = page(&plant, &there);
    assert!(filed.contains("117 of them good") && filed.contains("Filed."), "{filed}");
    assert!(filed.contains("08:00–09:00: 120 made, 117 good"), "in the hour of the wall's clock: {filed}");
    let listed = page(&plant, &format!("{BOARD}&log=corrections"));
    assert!(listed.contains("117 good, 3 rejected, because of <b>Scratched</b> at 03-11 08:30:00"), "{listed}");
    assert!(listed.contains("kim &lt;i&gt;") && listed.contains("counted by hand: tray 7"));
    // Counted again: the whole shift had fewer.
    let recount = [("what", "recount"), ("from", "2026-03-11T06:00"), ("to", "2026-03-11T14:00"), ("good", "100"), ("rework", "4")];
    let again = report(&plant, &recount);
    assert_eq!(counts(&plant), [100, 0, 4, 104]);
    // That count stands for all of the time: what is added within it would be counted for nothing, and is not taken.
    let late = |at: &'static str| [("what", "made"), ("at", at), ("good", "7")];
    let refused = page(&plant, &report(&plant, &late("2026-03-11T13:59")));
    let sentence = "what was made from 2026-03-11 06:00 to 2026-03-11 14:00 was counted again, and that count stands for all of it";
    assert!(refused.contains("role=\"alert\">Not filed: ") && refused.contains(sentence), "{refused}");
    assert!(report(&plant, &late("2026-03-11T14:00")).contains("filed="), "right after it they are");
    assert_eq!(counts(&plant), [100, 0, 4, 104]);
    // The button that takes it back is a plain form, too.
    let subject = again.split("filed=").nth(1).unwrap();
    let offered = page(&plant, &again);
    assert!(offered.contains(&format!("name=\"undo\" value=\"{subject}\"")), "{offered}");
    let undo = send(&plant, "/api/stops/report", &[("tenant", "default"), ("machine", "bench"), ("undo", subject), ("back", BOARD)]);
    assert!(undo.status == 302 || undo.status == 303, "{}", undo.head);
    assert_eq!(counts(&plant), [117, 3, 0, 120]);
}

#[tokio::test]
async fn rejects_that_are_found_later_move_parts_and_add_none() {
    let plant = bench(&[("2026-03-11T06:00:00Z", 10), ("2026-03-11T07:00:00Z", 10), ("2026-03-11T08:00:00Z", 4)]).await;
    let found = |to: &'static str, many: &'static str| {
        vec![("what", "found"), ("from", "2026-03-11T06:00"), ("to", to), ("reject", many), ("reason", "scratch")]
    };
    let there = report(&plant, &found("2026-03-11T08:30", "3"));
    assert!(there.contains("filed="), "{there}");
    assert_eq!(counts(&plant), [21, 3, 0, 24]);
    let board = page(&plant, &there);
    for hour in ["07:00–08:00: 10 made, 10 good", "08:00–09:00: 10 made, 7 good", "09:00–10:00: 4 made, 4 good"] {
        assert!(board.contains(hour), "parts stay in their hour: {hour}");
    }
    assert!(board.contains("id=\"rejects\"") && board.contains("Scratched"));
    // A second finding leaves the first as it is.
    report(&plant, &found("2026-03-11T14:00", "5"));
    assert_eq!(counts(&plant), [16, 8, 0, 24]);
    let refused = report(&plant, &found("2026-03-11T14:00", "17"));
    assert!(page(&plant, &refused).contains("Not filed: only 16 good parts of this product were counted in this time"));
    assert_eq!(counts(&plant), [16, 8, 0, 24]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_a_sentence_and_the_form_as_it_was() {
    let plant = bench(&[]).await;
    for (fields, sentence) in [
        (vec![("total", "5"), ("good", "6")], "6 good parts of 5 made cannot be: correct the total or the good count."),
        (vec![("good", "6"), ("at", "now+1h")], "`at=now+1h` is still to come"),
        (vec![("good", "many")], "`many` in good parts is no number of parts"),
        (vec![("good", "6"), ("reject", "1"), ("reason", "<b>")], "there is no reason `&lt;b&gt;`"),
        (vec![("good", "6"), ("product", "bolt")], "there is no product `bolt`"),
        (vec![], "say how many parts"),
    ] {
        let there = report(&plant, &[fields.as_slice(), &[("remark", "\"kept\" & safe")]].concat());
        let back = page(&plant, &there);
        assert!(back.contains("role=\"alert\">Not filed: ") && back.contains(sentence), "{sentence}: {back}");
        assert!(back.contains("value=\"&quot;kept&quot; &amp; safe\"") && back.contains("value=\"kim &lt;i&gt;\""), "nothing is lost");
    }
    assert_eq!(plant.count("SELECT count(*) FROM reports").await, 0);
}

#[tokio::test]
async fn nobody_else_reports_parts_and_nobody_is_led_away() {
    let plant = bench(&[]).await;
    let good = [("good", "5"), ("at", "2026-03-11T08:30")];
    let mine = |tenant, machine, back| [("tenant", tenant), ("machine", machine), ("back", back)];
    let customer = send(&plant, "/api/parts/report", &[&mine("acme", "bench", BOARD)[..], &good].concat());
    assert_eq!(customer.status, 403, "{}", customer.body);
    let page = plant.get("/t/acme/machines/bench?log=parts");
    assert!(page.status == 200 && !page.body.contains("/api/parts/report"), "{}", page.body);
    for (tenant, machine) in [("default", "lathe"), ("nobody", "bench")] {
        let unknown = send(&plant, "/api/parts/report", &[&mine(tenant, machine, BOARD)[..], &good].concat());
        assert_eq!(unknown.status, 404, "{}", unknown.body);
    }
    let headers = ["Content-Type: application/x-www-form-urlencoded", "Origin: http://elsewhere.example"];
    let foreign = plant.post("/api/parts/report", &headers, b"tenant=default&machine=bench&good=5");
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    assert_eq!(plant.count("SELECT count(*) FROM reports").await, 0);
    for back in ["https://elsewhere.example/", "//elsewhere.example", "/t/default/machines/bench?x=\r\nSet-Cookie: a"] {
        let led = send(&plant, "/api/parts/report", &[&mine("default", "bench", back)[..], &good].concat());
        let there = led.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
        assert!(there.starts_with("/t/default/machines/bench?log=parts&filed="), "{there}");
        assert!(!led.head.to_lowercase().contains("set-cookie"), "{}", led.head);
    }
    // What was known at a moment is over: there the form is not.
    let past = plant.get(&format!("{BOARD}&log=parts&known=now-0s"));
    assert!(!past.body.contains("/api/parts/report") || past.status != 200, "{}", past.head);
}
