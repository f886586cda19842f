//! The life of a node, message by message.

use super::payload::{Metric, Payload, Value};
use super::*;
use crate::ingest::accept::Batch;
use domain::Timestamp;
use proptest::prelude::*;
use prost::Message;

const NOW_MS: u64 = 1_705_276_800_000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_us(i64::try_from(ms * 1_000).unwrap())
}

fn named(name: &str, alias: u64, datatype: u32, value: Value) -> Metric {
    let (name, alias) = (Some(name.to_owned()), Some(alias));
    Metric { name, alias, datatype: Some(datatype), value: Some(value), ..Metric::default() }
}

fn by_alias(alias: u64, ms: u64, value: Value) -> Metric {
    Metric { alias: Some(alias), timestamp: Some(ms), value: Some(value), ..Metric::default() }
}

fn session(number: u64) -> Metric {
    Metric { name: Some("bdSeq".to_owned()), datatype: Some(8), value: Some(Value::Long(number)), ..Metric::default() }
}

#[derive(Default)]
struct Check {
    host: Host,
}

/// Series, milliseconds after NOW_MS (rounded down), value.
type Row = (String, i64, Option<f64>);

impl Check {
    fn hear(&mut self, topic: &str, ms: u64, seq: Option<u64>, metrics: Vec<Metric>) -> (Vec<Row>, Batch, bool) {
        let bytes = Payload { timestamp: Some(ms), metrics, seq }.encode_to_vec();
        let mut batch = Batch::default();
        let heard = self.host.hear(&Topic::parse(topic).unwrap(), &bytes, false, at(ms), &mut batch);
        let row = |r: &domain::Reading| (r.series.to_string(), r.time.since(at(NOW_MS)).div_euclid(1_000), r.value);
        let mut rows: Vec<Row> = batch.readings.iter().map(row).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        (rows, batch, heard.ask.is_some())
    }

    /// A node with a temperature (alias 1, float) and a text, and a device with a count (alias 2, Int16).
    fn born() -> Self {
        let mut check = Self::default();
        let text = named("state", 3, 12, Value::Text("on".into()));
        let metrics =
            vec![session(7), named("temp", 1, 9, Value::Float(21.5)), text, named("Node Control/Rebirth", 4, 11, Value::Boolean(false))];
        let (rows, batch, ask) = check.hear("spBv1.0/g/NBIRTH/n", NOW_MS, Some(0), metrics);
        assert_eq!((rows, batch.ignored, ask), (vec![row("g/n/temp", 0, 21.5)], 1, false));
        let (rows, _, ask) = check.hear("spBv1.0/g/DBIRTH/n/d", NOW_MS, Some(1), vec![named("count", 2, 2, Value::Int(5))]);
        assert_eq!((rows, ask), (vec![row("g/n/d/count", 0, 5.0)], false));
        check
    }
}

fn row(series: &str, ms: i64, value: f64) -> Row {
    (series.to_owned(), ms, Some(value))
}

fn gap(series: &str, ms: i64) -> Row {
    (series.to_owned(), ms, None)
}

#[test]
fn births_name_what_data_bring_by_alias() {
    let mut check = Check::born();
    let (rows, batch, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 9, Some(2), vec![by_alias(1, NOW_MS + 5, Value::Float(22.0))]);
    assert_eq!((rows, batch.bad.len(), ask), (vec![row("g/n/temp", 5, 22.0)], 0, false));
    let (rows, ..) = check.hear("spBv1.0/g/DDATA/n/d", NOW_MS + 9, Some(3), vec![by_alias(2, NOW_MS + 9, Value::Int(0xffff_fffe))]);
    assert_eq!(rows, vec![row("g/n/d/count", 9, -2.0)]);
    let null = Metric { alias: Some(1), is_null: Some(true), ..Metric::default() };
    let null_text = Metric { alias: Some(3), is_null: Some(true), ..Metric::default() };
    let passing = Metric { is_transient: Some(true), ..by_alias(1, NOW_MS, Value::Float(1.0)) };
    let late = Metric { is_historical: Some(true), ..by_alias(1, NOW_MS - 60_000, Value::Float(20.0)) };
    let (rows, batch, _) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 20, Some(4), vec![null, null_text, passing, late]);
    assert_eq!((rows, batch.ignored), (vec![gap("g/n/temp", 20), row("g/n/temp", -60_000, 20.0)], 2));
}

#[test]
fn every_type_of_number() {
    for (datatype, value, expected) in [
        (1, Value::Int(0xff), -1.0),
        (1, Value::Int(0xffff_ff80), -128.0),
        (2, Value::Int(0xffff), -1.0),
        (3, Value::Int(u32::MAX), -1.0),
        (4, Value::Long(u64::MAX), -1.0),
        (4, Value::Long(1 << 62), 4_611_686_018_427_387_904.0),
        (5, Value::Int(255), 255.0),
        (6, Value::Int(65_535), 65_535.0),
        (7, Value::Int(u32::MAX), 4_294_967_295.0),
        (7, Value::Long(4_294_967_295), 4_294_967_295.0),
        (8, Value::Long(u64::MAX), 1.8446744073709552e19),
        (9, Value::Float(0.5), 0.5),
        (10, Value::Double(-1e300), -1e300),
        (11, Value::Boolean(true), 1.0),
    ] {
        let metric = named("m", 1, datatype, value);
        assert_eq!(metric.number(None), Some(Some(expected)), "{metric:?}");
    }
    assert_eq!(named("m", 1, 13, Value::Long(5)).number(None), None, "a date is no number");
    assert_eq!(Metric { datatype: Some(9), ..Metric::default() }.number(None), Some(None));
}

#[test]
fn a_death_leaves_gaps_and_not_zeros() {
    let mut check = Check::born();
    let (rows, _, ask) = check.hear("spBv1.0/g/DDEATH/n/d", NOW_MS + 50, Some(2), Vec::new());
    assert_eq!((rows, ask), (vec![gap("g/n/d/count", 50)], false));
    let (rows, ..) = check.hear("spBv1.0/g/NDEATH/n", NOW_MS + 60, None, vec![session(6)]);
    assert_eq!((rows, check.host.alive()), (Vec::new(), 1), "the death of an older session means nothing");
    let (rows, ..) = check.hear("spBv1.0/g/NDEATH/n", NOW_MS + 70, None, vec![session(7)]);
    assert_eq!((rows, check.host.alive()), (vec![gap("g/n/temp", 70)], 0));
    let (rows, _, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 80, Some(3), vec![by_alias(1, NOW_MS + 80, Value::Float(1.0))]);
    assert_eq!((rows, ask), (Vec::new(), true), "the dead do not speak; who does is asked for a birth");
}

#[test]
fn a_death_that_waited_leaves_its_gap_before_what_came_later() {
    let hour_ms = 3_600_000;
    for (sent, expected_us) in [(None, 1), (Some(NOW_MS - 9), 1), (Some(NOW_MS + 50), 50_000)] {
        let mut check = Check::born();
        let bytes = Payload { timestamp: sent, metrics: vec![session(7)], seq: None }.encode_to_vec();
        let mut batch = Batch::default();
        check.host.hear(&Topic::parse("spBv1.0/g/NDEATH/n").unwrap(), &bytes, false, at(NOW_MS + hour_ms), &mut batch);
        let gaps: Vec<i64> = batch.readings.iter().filter(|r| r.value.is_none()).map(|r| r.time.since(at(NOW_MS))).collect();
        assert_eq!(gaps, [expected_us; 2], "{sent:?}");
    }
}

#[test]
fn a_lost_message_asks_for_a_birth_and_guesses_nothing() {
    let mut check = Check::born();
    let stray = vec![
        by_alias(1, NOW_MS + 9, Value::Float(3.0)),
        Metric { name: Some("temp".into()), ..by_alias(1, NOW_MS + 9, Value::Float(3.0)) },
    ];
    let (rows, batch, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 9, Some(4), stray);
    assert_eq!((rows, ask), (vec![row("g/n/temp", 9, 3.0)], true), "a name stands for itself");
    assert!(batch.bad[0].reason.contains("alias 1 is not known for sure"), "{:?}", batch.bad);
    let (_, batch, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 10, Some(5), vec![by_alias(1, NOW_MS + 10, Value::Float(3.0))]);
    assert_eq!((batch.bad.len(), ask), (1, false), "asked a moment ago");
    let (_, _, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 6_000, Some(6), vec![by_alias(1, NOW_MS, Value::Float(3.0))]);
    assert!(ask, "asked again after a while");
    // The birth says what is true now; what the device did in between is not known.
    let (rows, _, ask) =
        check.hear("spBv1.0/g/NBIRTH/n", NOW_MS + 6_100, Some(0), vec![session(7), named("temp", 9, 9, Value::Float(4.0))]);
    assert_eq!((rows, ask), (vec![gap("g/n/d/count", 0), gap("g/n/temp", 9), row("g/n/temp", 6_100, 4.0)], false));
    let (rows, batch, _) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + 6_200, Some(1), vec![by_alias(9, NOW_MS + 6_200, Value::Float(5.0))]);
    assert_eq!((rows, batch.bad.len()), (vec![row("g/n/temp", 6_200, 5.0)], 0));
}

#[test]
fn a_birth_that_was_asked_for_breaks_no_line() {
    let mut check = Check::born();
    let (rows, ..) = check.hear("spBv1.0/g/NBIRTH/n", NOW_MS + 100, Some(0), vec![session(7), named("temp", 1, 9, Value::Float(1.0))]);
    assert_eq!(rows, vec![row("g/n/temp", 100, 1.0)]);
    let (rows, ..) = check.hear("spBv1.0/g/NDEATH/n", NOW_MS + 200, None, vec![session(7)]);
    assert_eq!(rows, vec![gap("g/n/d/count", 200), gap("g/n/temp", 200)], "the device that did not come back ends with its node");
}

#[test]
fn the_place_of_a_message_runs_from_0_to_255() {
    let mut check = Check::born();
    for seq in 2..600 {
        let (_, _, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + seq, Some(seq % 256), Vec::new());
        assert!(!ask, "{seq}");
    }
}

#[test]
fn what_a_broker_hands_over_twice_is_no_gap() {
    let mut check = Check::born();
    for seq in [2, 2, 3, 3, 3, 4] {
        let said = vec![by_alias(1, NOW_MS + seq, Value::Float(1.0))];
        let (rows, batch, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS + seq, Some(seq), said);
        let time = i64::try_from(seq).unwrap();
        assert_eq!((rows, batch.bad.len(), ask), (vec![row("g/n/temp", time, 1.0)], 0, false), "{seq}");
    }
}

#[test]
fn strangers_are_asked_who_they_are() {
    let mut check = Check::default();
    let (rows, batch, ask) = check.hear("spBv1.0/g/NDATA/n", NOW_MS, Some(17), vec![by_alias(1, NOW_MS, Value::Float(1.0))]);
    assert_eq!((rows.len(), batch.bad.len(), ask), (0, 1, true));
    let mut check = Check::born();
    let (_, batch, ask) = check.hear("spBv1.0/g/DDATA/n/other", NOW_MS, Some(2), vec![by_alias(1, NOW_MS, Value::Float(1.0))]);
    assert_eq!((batch.bad.len(), ask), (1, true));
    let command = Payload::decode(&*rebirth(at(NOW_MS))).unwrap();
    assert_eq!(command.metrics[0].name.as_deref(), Some("Node Control/Rebirth"));
    assert_eq!(command.metrics[0].value, Some(Value::Boolean(true)));
}

#[test]
fn topics_that_concern_us() {
    for topic in [
        "spBv1.0/STATE/host",
        "spBv1.0/g/NCMD/n",
        "spBv1.0/g/NBIRTH/n/d",
        "spBv1.0/g/DDATA/n",
        "spBv1.0/g",
        "a/b/NDATA/c",
        "spBv1.0//NDATA/n",
    ] {
        assert_eq!(Topic::parse(topic), None, "{topic}");
    }
    let topic = Topic::parse("spBv1.0/g/DDATA/n/d").unwrap();
    assert_eq!((topic.series(Some("d"), "a/b"), topic.node.command_topic()), ("g/n/d/a/b".to_owned(), "spBv1.0/g/NCMD/n".to_owned()));
}

proptest! {
    #[test]
    fn no_payload_panics(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let mut check = Check::born();
        for topic in ["spBv1.0/g/NBIRTH/n", "spBv1.0/g/NDATA/n", "spBv1.0/g/DDATA/n/d", "spBv1.0/g/NDEATH/n"] {
            let mut batch = Batch::default();
            check.host.hear(&Topic::parse(topic).unwrap(), &bytes, false, at(NOW_MS), &mut batch);
        }
    }
}
