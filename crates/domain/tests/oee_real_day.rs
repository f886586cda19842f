//! One real machine day: the golden durations of its log, to the microsecond. Skipped where the day is not beside the checkout.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod plant;

use domain::oee::log::{Event, Log, Reading};
use domain::oee::{Category, Evidence, Figures, Plan, Policy, StateId, Timeline, field};
use domain::time::Written;
use domain::{TimeRange, Timestamp};
use std::path::Path;
use std::process::Command;

const STATES: [&str; 6] = ["UNAVAILABLE", "STOPPED", "READY", "ACTIVE", "INTERRUPTED", "FEED_HOLD"];
const GOLDEN_US: [i64; 6] = [51_603_651_114, 9_768_789_106, 3_460_478_396, 13_521_795_246, 8_027_652_138, 17_634_000];

fn instant(text: &str) -> Timestamp {
    match Timestamp::parse(text) {
        Some(Written::Instant(time)) => time,
        other => panic!("{text}: {other:?}"),
    }
}

/// The execution events of the log in the order of its lines; a line is `time|key|value[|key|value…]`.
fn events(text: &str, day: Timestamp) -> Vec<Event> {
    let lines = text.lines().enumerate().filter_map(|(line, text)| {
        let mut fields = text.split('|');
        let stamp = fields.next()?;
        let fields: Vec<&str> = fields.collect();
        let [_, execution] = *fields.chunks(2).find(|pair| pair[0] == "execution")? else { return None };
        let id = STATES.iter().position(|state| *state == execution).unwrap_or_else(|| panic!("{execution}"));
        let state = Some((StateId(id as u32), field::mtconnect(execution, None)));
        Some(Event { sequence: line as u64, stamp: instant(stamp), received: day, state })
    });
    lines.collect()
}

#[test]
fn a_real_day_has_its_golden_durations() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mtconnect/Mazak01-20170622-20170623.txt.xz");
    let unpacked = Command::new("xz").arg("-dc").arg(&log).output().ok().filter(|output| output.status.success());
    let Some(unpacked) = unpacked else {
        eprintln!("skipped: {} or the program xz is not there", log.display());
        return;
    };
    let text = String::from_utf8(unpacked.stdout).unwrap();
    let window = TimeRange::new(instant("2017-06-22T00:00:00Z"), instant("2017-06-23T00:00:00Z")).unwrap();
    let log = Log::read(events(&text, window.start()), Reading::default(), window.end());
    assert_eq!(log.refused, []);
    let begins = log.spans.iter().filter(|span| span.state == Some(StateId(3)) && window.contains(span.start)).count();
    assert_eq!(begins, 58);

    let evidence = Evidence { spans: log.spans, plan: Plan::always(), as_of: Some(window.end()), ..Evidence::default() };
    let timeline = Timeline::of(&evidence, &Policy::default());
    let figures = Figures::of(&evidence, &timeline, window);
    let by_state: Vec<i64> = (0..6).map(|id| figures.by_state[&StateId(id)]).collect();
    assert_eq!(by_state, GOLDEN_US);
    let mut times = figures.times;
    assert_eq!((*times.of(Category::Run), *times.of(Category::Unknown)), (GOLDEN_US[3], GOLDEN_US[0]));
    assert_eq!(times.unplanned_stop_us + times.micro_stop_us, GOLDEN_US[1] + GOLDEN_US[2] + GOLDEN_US[4] + GOLDEN_US[5]);
    assert_eq!(times.calendar_us(), window.length_us());
}
