//! One real machine day through the reader of adapter lines: the golden durations, to the microsecond. Skipped where the
//! day is not beside the checkout.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use domain::machine::shdr::ShdrReader;
use domain::machine::{Keys, Said};
use domain::oee::log::{Event, Log, Reading};
use domain::oee::{StateId, field};
use domain::{TimeRange, Timestamp};
use std::path::Path;
use std::process::Command;

const STATES: [&str; 6] = ["UNAVAILABLE", "STOPPED", "READY", "ACTIVE", "INTERRUPTED", "FEED_HOLD"];
const GOLDEN_US: [i64; 6] = [51_603_651_114, 9_768_789_106, 3_460_478_396, 13_521_795_246, 8_027_652_138, 17_634_000];
/// 2017-06-22 in UTC.
const DAY: (i64, i64) = (1_498_089_600_000_000, 1_498_176_000_000_000);

#[test]
fn a_real_day_through_the_reader_has_its_golden_durations() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mtconnect/Mazak01-20170622-20170623.txt.xz");
    let unpacked = Command::new("xz").arg("-dc").arg(&log).output().ok().filter(|output| output.status.success());
    let Some(unpacked) = unpacked else {
        eprintln!("SKIPPED: {} or the program xz is not there", log.display());
        return;
    };
    let text = String::from_utf8(unpacked.stdout).unwrap();
    let window = TimeRange::new(Timestamp::from_us(DAY.0), Timestamp::from_us(DAY.1)).unwrap();
    let mut reader = ShdrReader::new(Keys::default(), None, 10_000_000);
    let mut seen = Vec::new();
    for (line, text) in text.lines().enumerate() {
        reader.read(line as u64 + 1, text, window.start(), &mut seen).unwrap();
    }
    let signs = seen.iter().filter(|n| n.observation.said == Said::Alive).count();
    assert!(seen.len() < 4_000 && signs > 100, "{} observations, {signs} of them signs of life, of 100,179 lines", seen.len());
    let mut numbers: Vec<u64> = seen.iter().map(|n| n.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), seen.len(), "each has a number of its own");

    let mut events = Vec::new();
    for (sequence, n) in seen.iter().enumerate() {
        let state = match &n.observation.said {
            Said::State(word) => {
                let id = STATES.iter().position(|state| state == word).unwrap_or_else(|| panic!("{word}"));
                Some((StateId(id as u32), field::mtconnect(word, None)))
            }
            _ => None,
        };
        events.push(Event { sequence: sequence as u64, stamp: n.observation.stamp, received: n.observation.received, state });
    }
    let log = Log::read(events, Reading::default(), window.end());
    assert_eq!(log.refused, []);
    let mut by_state = [0; 6];
    for span in &log.spans {
        let (start, end) = (span.start.max(window.start()), span.end.unwrap_or(window.end()).min(window.end()));
        by_state[span.state.unwrap().0 as usize] += end.since(start).max(0);
    }
    assert_eq!(by_state, GOLDEN_US);
    let begins = log.spans.iter().filter(|span| span.state == Some(StateId(3)) && window.contains(span.start)).count();
    assert_eq!(begins, 58);
}
