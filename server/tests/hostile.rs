//! What nobody wants to get, from outside: logs, lines on a wire, JSON and reports of people that are wrong in every way. Each is a
//! figure that is right or a sentence that is clear; nothing is lost, and nothing panics.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use common::Plant;
use common::board::{at, without_names};
use domain::Timestamp;
use domain::civil::{DAY_US, MINUTE_US};
use domain::oee::counts::Parts;
use domain::plant::Report;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use store::Filed;

const PLANT: &str = "[[tenant]]\nid = \"default\"\n[ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n\
                     [[machine]]\nid = \"mill\"\nideal_cycle = \"30s\"\ncounters_roll_over_at = 1000\n[[reason]]\nid = \"jam\"\n\
                     [[reason]]\nid = \"maintenance\"\nplanned = true\n";
const OBSERVATIONS: &str = "SELECT count(*) FROM observations";
const QUARANTINE: &str = "SELECT count(*) FROM quarantine";

async fn plant(more: &str) -> Plant {
    Plant::start(&format!("{PLANT}{more}")).await
}

/// Yesterday's noon: no clock of today is a year away from it.
fn noon() -> Timestamp {
    Timestamp::from_us(app::clock::now().us().div_euclid(DAY_US) * DAY_US - DAY_US / 2)
}

fn minute(minutes: i64) -> String {
    noon().plus(minutes * MINUTE_US).rfc3339()
}

/// Command and board about a window, in minutes from noon.
fn both(plant: &Plant, (from, to): (i64, i64)) -> Value {
    let said = without_names(plant.both("default", "mill", (&minute(from), &minute(to))).0);
    let (counts, times) = (&said["counts"], &said["times_us"]);
    let [total, good, reject, rework] = ["total", "good", "reject", "rework"].map(|name| counts[name].as_u64().unwrap());
    assert_eq!(total, good + reject + rework, "never more good parts than parts");
    assert!(times.as_object().unwrap().values().filter_map(Value::as_i64).all(|us| us >= 0), "no time is negative: {times}");
    said
}

fn minutes(said: &Value, names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| said["times_us"]["by_state"][name].as_i64().unwrap_or(0) / MINUTE_US).collect()
}

/// A log with everything that is wrong in logs; which of its lines are bad.
fn log() -> (Vec<u8>, Vec<u64>) {
    let mut log: Vec<Vec<u8>> = Vec::new();
    let mut bad = Vec::new();
    let mut say = |line: &[u8], fails: bool| {
        log.push(line.to_vec());
        bad.extend(fails.then_some(log.len() as u64));
    };
    let at = |minutes: i64, rest: &str| format!("{}|{rest}", minute(minutes)).into_bytes();
    say(&at(-3 * 1_440, "execution|STOPPED"), false);
    say(&at(0, "execution|ACTIVE|part_count|990"), false);
    say(&at(0, "execution|ACTIVE|part_count|990"), false);
    say(&at(10, "part_count|998"), false);
    // Over its end, and set to zero.
    say(&at(20, "part_count|3"), false);
    say(&at(25, "part_count|500"), false);
    say(&at(30, "part_count|2"), false);
    say(&at(31, "part_count|-7"), true);
    say(&at(31, "part_count|many"), true);
    say(&at(31, "part_count|UNAVAILABLE"), false);
    say(&at(40, "execution|INTERRUPTED"), false);
    // It steps back, so it holds from forty on.
    say(&at(35, "execution|READY"), false);
    say(b"2002-01-01T00:00:00Z|execution|ACTIVE", false);
    say(b"9999-12-31T23:59:59Z|execution|ACTIVE", false);
    for _ in 0..500 {
        say(&at(45, "execution|UNAVAILABLE|mode|UNAVAILABLE"), false);
    }
    say(&at(50, "execution|ACTIVE|mode|AUTOMATIC"), false);
    for fault in 0..5_000 {
        say(&at(51, &format!("logic|FAULT|E{fault}|1|HIGH|fault {fault}")), false);
    }
    say(&at(52, "execution|FLYING"), false);
    say(&at(54, "execution|ACTIVE"), false);
    say(b"soon|execution|STOPPED", true);
    say(b"\xff\xfe\x00broken|\xc3\x28|x", true);
    say(&[&at(55, "Xload|")[..], b"\xc3\x28\xff"].concat(), false);
    say(&[&at(55, "execution|")[..], &vec![b'A'; 10 << 20]].concat(), true);
    say(&at(55, &format!("execution|{}", "B".repeat(700))), true);
    say(&at(55, "execution|A\u{7}CTIVE"), true);
    say(&[&at(55, "Xload|")[..], &vec![b'7'; 10 << 20], b"|execution|STOPPED"].concat(), true);
    say(&at(55, "execution"), true);
    say(b"", false);
    say(b"* PING", false);
    say(&at(60, "execution|STOPPED"), false);
    let mut bytes = log.join(&b'\n');
    bytes.extend_from_slice(format!("\n{}|execution|ACT", minute(70)).as_bytes());
    bad.push(log.len() as u64 + 1);
    (bytes, bad)
}

fn expected(said: &Value) {
    let found = minutes(said, &["ACTIVE", "READY", "INTERRUPTED", "UNAVAILABLE", "FLYING", "STOPPED"]);
    assert_eq!(found, [40 + 2 + 6, 5, 0, 5, 2, 30], "{said}");
    // 8 up to 998, 5 over the end of a thousand, 497 more, and 2 after it was set to zero.
    assert_eq!(said["counts"]["total"].as_u64(), Some(8 + 5 + 497 + 2), "{said}");
    let unknown = said["times_us"]["unknown"].as_i64().unwrap() / MINUTE_US;
    assert_eq!(unknown, 5, "a word that nobody knows is one of a later version: whatever it is, the machine does not produce");
}

#[tokio::test]
async fn a_log_that_is_wrong_in_every_way() {
    let plant = plant("").await;
    let (mut bytes, bad) = log();
    let file = plant.folder.path().join("log.txt");
    let import = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        plant.run(&["import", "shdr", "--tenant", "default", "--machine", "mill", "--key", "reason=logic", &file.display().to_string()])
    };
    let (status, said) = import(&bytes);
    assert_eq!((status, said.contains(&format!("{} lines could not be read", bad.len()))), (Some(1), true), "{said}");
    for (place, line) in bad.iter().enumerate() {
        assert!(place >= 10 || said.contains(&format!("line {line}: ")), "line {line}: {}", &said[..said.len().min(3_000)]);
    }
    assert!(said.contains("; 2 with a wrong clock are in quarantine"), "{said}");
    assert_eq!(plant.count(QUARANTINE).await, 2);
    expected(&both(&plant, (0, 90)));
    let rows = plant.count(OBSERVATIONS).await;
    assert!(rows > 5_000, "{rows} rows: each of the faults is kept");
    // The half line becomes a whole one, and the log goes on after it.
    bytes.extend_from_slice(format!("IVE\n{}|execution|STOPPED\n", minute(80)).as_bytes());
    let (status, said) = import(&bytes);
    assert_eq!((status, said.contains("imported 2 observations of 2 lines")), (Some(0), true), "{said}");
    assert_eq!(plant.count(OBSERVATIONS).await, rows + 2);
    assert_eq!(minutes(&both(&plant, (0, 90)), &["ACTIVE", "STOPPED"]), [58, 20]);
    let (_, said) = import(&bytes);
    assert!(said.contains("imported 0 observations"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wire_that_is_wrong_in_every_way() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!(
        "[[machine_source]]\nmachine = \"mill\"\nadapter = \"shdr://{}\"\nkeys = {{ reason = \"logic\" }}\n",
        listener.local_addr().unwrap()
    );
    let plant = plant(&source).await;
    let (mut stream, _) = listener.accept().unwrap();
    let mut line = String::new();
    BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
    let (bytes, bad) = log();
    stream.write_all(b"* PONG 60000\n").unwrap();
    // In pieces that end anywhere.
    for piece in bytes.chunks(70_001) {
        stream.write_all(piece).unwrap();
        stream.flush().unwrap();
    }
    stream
        .write_all(format!("\n{}|execution|ACTIVE\n{}|program|END\n{}|execution|HAL", minute(85), minute(88), minute(89)).as_bytes())
        .unwrap();
    drop(stream);
    plant
        .until_count("SELECT count(*) FROM observations o JOIN words w ON w.number = o.product WHERE w.word = 'END' AND o.kind = 13", 1)
        .await;
    // A live adapter is heard now, so a stamp of three days ago is no wrong clock; two others are. The half line before the next
    // one is whole by its end: it says a word that nobody knows.
    let said = both(&plant, (0, 85));
    let found = minutes(&said, &["ACTIVE", "READY", "INTERRUPTED", "UNAVAILABLE", "FLYING", "STOPPED", "ACT"]);
    assert_eq!(found, [48, 5, 0, 5, 2, 10, 15], "{said}");
    assert_eq!(said["counts"]["total"].as_u64(), Some(512));
    // A clock of another millennium does not keep the loss of the connection from being said.
    plant.until_count("SELECT count(*) FROM observations WHERE kind = 1", 1).await;
    // But for the half line, each bad line is there, and two wrong clocks.
    plant.until_count(QUARANTINE, bad.len() as i64 - 1 + 2).await;
    assert!(!plant.log().contains("panicked"), "{}", plant.log());
}

#[tokio::test]
async fn entries_that_are_wrong_in_every_way() {
    let plant = plant("").await;
    let post = |body: &[u8]| plant.post("/api/v2/machines/mill/observations", &["Authorization: Token t"], body);
    let entries = [
        json!({"number": 1, "time": minute(0), "state": "ACTIVE", "total": 990, "good": 990}),
        json!({"number": 1, "time": minute(0), "state": "ACTIVE", "total": 990, "good": 990}),
        json!({"number": 2, "time": minute(5), "total": -1}),
        json!({"number": 3, "time": minute(5), "total": 1.5}),
        json!({"number": 4, "time": "yesterday", "state": "STOPPED"}),
        json!({"number": 5, "time": "1999-01-01T00:00:00Z", "state": "STOPPED"}),
        json!({"number": 6, "time": minute(10), "state": "x".repeat(501)}),
        json!({"number": 7, "time": minute(10), "state": "A\u{0}B"}),
        json!({"number": 8, "time": minute(10), "parts": {"good": -3}}),
        json!({"number": 9, "time": minute(10), "parts": {"good": u64::MAX}}),
        json!({"number": 10, "time": minute(10), "parts": {"gut": 1}}),
        // More good parts than parts: the counter of all of them decides.
        json!({"number": 11, "time": minute(20), "total": 5, "good": 30}),
        json!({"number": 12, "time": minute(30), "state": "STOPPED", "reason": "<script>alert(1)</script>"}),
        json!({"number": 13, "time": minute(40), "state": "ACTIVE"}),
        json!(null),
        json!([]),
        json!("ACTIVE"),
    ];
    let answer = post(json!({"origin": "plc", "observations": entries}).to_string().as_bytes());
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer.status, 400, "{said}");
    let places: Vec<u64> = said["errors"].as_array().unwrap().iter().map(|error| error["index"].as_u64().unwrap()).collect();
    assert_eq!(places, [2, 3, 4, 6, 7, 8, 9, 10, 14, 15, 16], "{said}");
    // Three things of the first entry, two of the eleventh, two of the twelfth, one of the last.
    assert_eq!((said["stored"].as_u64(), said["known"].as_u64(), said["refused"].as_u64()), (Some(8), Some(3), Some(1)), "{said}");
    assert_eq!(plant.count(QUARANTINE).await, 12);
    let figures = both(&plant, (0, 60));
    assert_eq!(minutes(&figures, &["ACTIVE", "STOPPED"]), [50, 10], "{figures}");
    assert_eq!((figures["counts"]["total"].as_u64(), figures["counts"]["good"].as_u64()), (Some(15), Some(15)), "{figures}");
    for figure in ["oee", "availability"] {
        let (from, to) = (minute(0), minute(60));
        let page = plant.machine_page("default", "mill", &[("from", &from), ("to", &to), ("explain", figure)]);
        assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert(1)"), "a word of a device is text");
    }
    for (body, status) in [
        (&b""[..], 400),
        (b"\xff\xfe", 400),
        (b"{\"observations\": [", 400),
        (b"{\"origin\": 7, \"observations\": []}", 400),
        (b"[[[[[[]]]]]]", 400),
        (b"null", 400),
    ] {
        let answer = post(body);
        assert_eq!(answer.status, status, "{}: {}", String::from_utf8_lossy(body), answer.body);
    }
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    assert_eq!(post(&deep).status, 400);
    let long = format!("[{{\"state\": \"{}\"}}]", "x".repeat(20 << 20));
    assert_eq!(post(long.as_bytes()).status, 413);
    assert_eq!(both(&plant, (0, 60)), figures, "nothing of that changed a figure");
    assert!(!plant.log().contains("panicked"), "{}", plant.log());
}

#[tokio::test]
async fn reports_that_overlap_and_touch_the_edge() {
    let plant = plant("").await;
    let entries = [json!({"time": minute(0), "state": "ACTIVE", "total": 0}), json!({"time": minute(240), "state": "READY", "total": 60})];
    let answer = plant.post("/api/v2/machines/mill/observations", &["Authorization: Token t"], json!(entries).to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let store = plant.store().await;
    let (tenant, mill) = (store.tenant("default").unwrap(), "mill".parse().unwrap());
    let time = |minutes: i64| at(&minute(minutes));
    let stop = |start, end: Option<i64>, reason: Option<&str>| Report::Stop {
        start: time(start),
        end: end.map(time),
        reason: reason.map(str::to_owned),
    };
    let file =
        async |report: Report| store.file_reports(&tenant, &mill, "kim", "seen", vec![Filed { subject: None, report: Some(report) }]).await;
    for report in [
        stop(-60, Some(30), Some("jam")),
        stop(20, Some(50), None),
        stop(40, Some(45), Some("maintenance")),
        stop(50, Some(60), Some("jam")),
        stop(170, Some(200), Some("jam")),
        stop(179, Some(300), None),
        Report::Made { time: time(180), product: None, parts: Parts { good: 3, ..Parts::default() }, reason: None },
        Report::Made {
            time: time(179),
            product: Some("nothing has a standard".into()),
            parts: Parts { good: 1, ..Parts::default() },
            reason: None,
        },
    ] {
        let filed = file(report.clone()).await;
        // A product that is not there is refused, with the mend.
        assert_eq!(filed.is_ok(), !matches!(report, Report::Made { product: Some(_), .. }), "{filed:?}");
    }
    for report in [stop(10, Some(10), None), stop(10, Some(5), None), stop(0, Some(60 * 24 * 40), None), stop(0, Some(9), Some("gremlins"))]
    {
        assert!(file(report.clone()).await.is_err(), "{report:?} is no report");
    }
    let said = both(&plant, (0, 180));
    let us = |name: &str| said["times_us"][name].as_i64().unwrap() / MINUTE_US;
    // From the edge to the hour it stood, five minutes of it as planned; and the last ten.
    assert_eq!((us("planned_stop"), us("unplanned_stop"), us("run"), us("planned")), (5, 55 + 10, 110, 175), "{said}");
    assert_eq!(said["counts"]["total"], 0, "what is made on the border belongs to the later window");
    let parts: Vec<Value> = [(0, 60), (60, 180), (0, 40), (40, 180)].into_iter().map(|window| both(&plant, window)).collect();
    for name in ["run", "unplanned_stop", "planned_stop", "planned", "unknown"] {
        let of = |at: usize| parts[at]["times_us"][name].as_i64().unwrap();
        assert_eq!((of(0) + of(1), of(2) + of(3)), (us(name) * MINUTE_US, us(name) * MINUTE_US), "{name}");
    }
}
