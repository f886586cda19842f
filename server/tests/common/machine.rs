//! The real machine day, and what the store makes of it.

use super::Plant;
use domain::oee::{Figures, Policy, Timeline};
use domain::time::Written;
use domain::{MachineId, TimeRange, Timestamp};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Microseconds of each state on the day, known from elsewhere.
pub const GOLDEN_US: [(&str, i64); 6] = [
    ("ACTIVE", 13_521_795_246),
    ("FEED_HOLD", 17_634_000),
    ("INTERRUPTED", 8_027_652_138),
    ("READY", 3_460_478_396),
    ("STOPPED", 9_768_789_106),
    ("UNAVAILABLE", 51_603_651_114),
];
const DAY_US: i64 = 86_400_000_000;
/// 2017-06-22 in days since 1970.
pub const DAY: i64 = 17_339;

/// The log as it is stored; `None`, and a sentence, where it is not beside the checkout.
pub fn real_day_file() -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/mtconnect/Mazak01-20170622-20170623.txt.xz");
    if !file.is_file() {
        eprintln!("SKIPPED: {} is not there", file.display());
        return None;
    }
    Some(file)
}

/// Its lines.
pub fn real_day() -> Option<String> {
    let file = std::fs::File::open(real_day_file()?).unwrap();
    let mut text = String::new();
    lzma_rust2::XzReader::new(file, true).read_to_string(&mut text).unwrap();
    Some(text)
}

/// The same lines, moved to another day.
pub fn moved(text: &str, day: i64) -> Vec<String> {
    let line = |line: &str| {
        let (stamp, rest) = line.split_once('|').unwrap();
        let Some(Written::Instant(stamp)) = Timestamp::parse(stamp) else { panic!("{line}") };
        format!("{}|{rest}", stamp.plus((day - DAY) * DAY_US).rfc3339())
    };
    text.lines().map(line).collect()
}

/// Yesterday in UTC, so that it is over.
pub fn yesterday() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() / 86_400 - 1
}

/// A whole day in UTC.
pub fn window(day: i64) -> TimeRange {
    TimeRange::new(Timestamp::from_us(day * DAY_US), Timestamp::from_us((day + 1) * DAY_US)).unwrap()
}

/// Figures of a machine as every reader gets them, with the microseconds of each state by its word.
pub async fn figures(plant: &Plant, machine: &str, window: TimeRange) -> (Figures, BTreeMap<String, i64>) {
    let store = plant.store().await;
    let tenant = store.tenant("default").unwrap();
    let machine: MachineId = machine.parse().unwrap();
    let evidence = store.evidence(&tenant, &machine, window, None).await.unwrap();
    let words = store.plant(&tenant, None).await.unwrap();
    let timeline = Timeline::of(&evidence, &Policy::default());
    let figures = Figures::of(&evidence, &timeline, window);
    let by_state = figures.by_state.iter().map(|(state, us)| (words.words.state(*state).unwrap_or("?").to_owned(), *us)).collect();
    (figures, by_state)
}

/// Asserts the golden durations of the day.
pub async fn assert_golden(plant: &Plant, machine: &str, day: i64) {
    let (_, by_state) = figures(plant, machine, window(day)).await;
    let golden: BTreeMap<String, i64> = GOLDEN_US.iter().map(|(state, us)| ((*state).to_owned(), *us)).collect();
    assert_eq!(by_state, golden);
}

/// Asserts the same of the command, of the board's answer and of the panel that explains it.
pub fn assert_golden_outside(plant: &Plant, machine: &str, day: i64) {
    let golden: BTreeMap<String, i64> = GOLDEN_US.iter().map(|(state, us)| ((*state).to_owned(), *us)).collect();
    assert_eq!(golden.values().sum::<i64>(), DAY_US);
    let (from, to) = (window(day).start().rfc3339(), window(day).end().rfc3339());
    let pairs = [("from", from.as_str()), ("to", to.as_str())];
    let answer = plant.machine_answer("default", machine, &pairs).unwrap();
    let said = plant.oee("default", machine, (&from, &to), &["--known-at", &answer.as_of.rfc3339()]);
    assert_eq!(said["times_us"]["by_state"], serde_json::to_value(&golden).unwrap(), "the command");
    assert_eq!(answer.said.iter().cloned().collect::<BTreeMap<_, _>>(), golden, "the board's answer");
    assert_eq!(super::board::without_names(said.clone()), super::board::as_command(&answer), "every other figure");
    for figure in ["oee", "availability", "performance"] {
        let panel = plant.explained("default", machine, &pairs, figure);
        assert_eq!(panel.said, golden, "the panel of {figure}");
        assert_eq!(panel.us(&["all of it"]), DAY_US);
        // Of what the device says some is setup, by its mode; what is not known is what it does not say.
        assert_eq!(panel.us(&["unknown"]), golden["UNAVAILABLE"], "{figure}");
        let run = said["times_us"]["run"].as_i64().unwrap();
        assert_eq!(panel.us(&["running", "running slowly", "micro-stop"]), run, "{figure}");
    }
}

/// Adds a machine to the plant.
pub async fn introduce(plant: &Plant, machine: &str) {
    let store = plant.store().await;
    let tenant = store.tenant("default").unwrap();
    let fact = domain::plant::Fact::Machine(machine.parse().unwrap(), domain::plant::Machine::default());
    store.state_facts(&tenant, "test", "the test needs it", vec![domain::plant::Change::Set(fact)]).await.unwrap();
}
