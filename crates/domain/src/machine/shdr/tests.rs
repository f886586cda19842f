//! Lines of every kind that adapters write.

use super::*;
use crate::Timestamp;
use crate::machine::keys::{Keys, Names};
use crate::machine::{Part, Said};
use proptest::prelude::*;

/// 2017-06-22T08:27:25Z
const AT: Timestamp = Timestamp::from_us(1_498_120_045_000_000);

fn data(line: &str) -> (Option<i64>, Vec<(String, String)>) {
    let Line::Data(Data { stamp, items }) = Line::parse(line).unwrap() else { panic!("{line} is no data") };
    let shown = |item: Item<'_>| {
        let name = item.device.map_or(item.key.clone(), |device| format!("{device}→{}", item.key));
        let value = match item.value {
            Value::Plain(value) => value.into_owned(),
            Value::Condition { level, code, text } => format!("{level}/{code}/{text}"),
            Value::Message { code, text } => format!("message {code}/{text}"),
            Value::Asset => "asset".to_owned(),
        };
        (name, value)
    };
    (stamp.map(|stamp| stamp.since(AT)), items.into_iter().map(shown).collect())
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn times_of_every_kind() {
    for (time, us) in [
        ("2017-06-22T08:27:25.585Z", Some(585_000)),
        ("2017-06-22T08:27:25Z", Some(0)),
        ("2017-06-22T08:27:25.585113Z", Some(585_113)),
        ("2017-06-22T08:27:25.585", Some(585_000)),
        ("2017-06-22T10:27:25+02:00", Some(0)),
        ("2017-06-22T08:27:25.5Z@100.25", Some(500_000)),
        ("", None),
    ] {
        assert_eq!(data(&format!("{time}|execution|ACTIVE")), (us, pairs(&[("execution", "ACTIVE")])), "{time}");
    }
    assert_eq!(data("execution|ACTIVE|mode|AUTO"), (None, pairs(&[("execution", "ACTIVE"), ("mode", "AUTO")])));
}

#[test]
fn items_of_every_kind() {
    for (rest, expected) in [
        ("a|1|b|2", vec![("a", "1"), ("b", "2")]),
        ("a|", vec![("a", "")]),
        (" a | x y ", vec![("a", "x y")]),
        ("mill:execution|READY", vec![("mill→execution", "READY")]),
        ("travel|Normal||||", vec![("travel", "Normal//")]),
        ("travel|FAULT|207|1|HIGH|Over|", vec![]),
        ("travel|FAULT|207|1|HIGH|Overtravel", vec![("travel", "FAULT/207/Overtravel")]),
        ("a|NORMAL|execution|ACTIVE|c|2", vec![("a", "NORMAL"), ("execution", "ACTIVE"), ("c", "2")]),
        ("msg|CHG_INSRT|Change inserts", vec![("msg", "message CHG_INSRT/Change inserts")]),
        (r#"a|"x\|y"|b|"\|""#, vec![("a", "x|y"), ("b", "|")]),
        (r#"a|"plain"|b|C:\"#, vec![("a", "\"plain\""), ("b", r"C:\")]),
        (r#"a|"open|b|2"#, vec![("a", "\"open"), ("b", "2")]),
        ("@ASSET@|KSSP300R.1|CuttingTool|<CuttingTool/>", vec![("@ASSET@", "asset")]),
    ] {
        let line = format!("2017-06-22T08:27:25Z|{rest}");
        if expected.is_empty() {
            assert!(matches!(Line::parse(&line), Err(BadLine::NoValue(_))), "{rest}");
        } else {
            assert_eq!(data(&line), (Some(0), pairs(&expected)), "{rest}");
        }
    }
}

#[test]
fn commands_are_no_data() {
    for (line, expected) in [
        ("* PING", Line::Ping),
        ("* PONG 10000", Line::Pong { heartbeat_ms: Some(10_000) }),
        ("* PONG", Line::Pong { heartbeat_ms: None }),
        ("* shdrVersion: 2", Line::Command),
        ("", Line::Command),
        ("  \r", Line::Command),
    ] {
        assert_eq!(Line::parse(line), Ok(expected), "{line}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (line, sentence) in [
        ("soon|execution|ACTIVE", "`soon` is no time"),
        ("2017-06-22T08:27:25Z", "nothing else"),
        ("2017-06-22|x|1", "`2017-06-22` is no time"),
        ("2017-06-22T08:27:25Z|a|1|b|2|c", "nothing stands behind `c`"),
        ("2017-13-22T08:27:25Z|a|1", "is no time"),
    ] {
        let error = Line::parse(line).unwrap_err().to_string();
        assert!(error.contains(sentence), "{line}: {error}");
    }
}

fn said(reader: &mut ShdrReader, lines: &[&str]) -> Vec<(u64, Said)> {
    let mut out = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let _ = reader.read(number as u64, line, AT, &mut out);
    }
    out.into_iter().map(|n| (n.number, n.observation.said)).collect()
}

#[test]
fn lines_become_observations_with_numbers_of_their_own() {
    let mut reader = ShdrReader::new(Keys { reason: Names::of(&["logic"]), ..Keys::default() }, Some("mill".into()), 10_000_000);
    let lines = [
        "2017-06-22T08:27:25Z|Xabs|1.5",
        "2017-06-22T08:27:26Z|Xabs|1.6",
        "2017-06-22T08:27:26Z|mill:execution|ACTIVE|PartCountAct|3",
        "2017-06-22T08:27:26Z|lathe:execution|STOPPED",
        "2017-06-22T08:27:27Z|@ASSET@|T1|CuttingTool|--multiline--X1",
        "2017-06-22T08:27:27Z|execution|STOPPED",
        "--multiline--X1",
        "2017-06-22T08:27:28Z|Xabs|UNAVAILABLE",
        "2017-06-22T08:28:28Z|logic|Fault|E7|||door open",
        "2017-06-22T08:28:29Z|part_count|-1|execution|READY",
        "2002-01-01T00:00:00Z|execution|ACTIVE",
        "2002-01-01T00:00:00Z|Xabs|1",
        "2017-06-22T08:29:00Z|Xabs|1",
    ];
    let expected = [
        (0, Said::Alive),
        (2_049, Said::State("ACTIVE".into())),
        (2_050, Said::Total { part: Part::Total, reading: 3 }),
        // The sign of the asset's line was held back and ends a silence.
        (4_096, Said::Alive),
        (8_193, Said::Reason("E7".into())),
        (9_218, Said::State("READY".into())),
        (10_241, Said::State("ACTIVE".into())),
        (12_288, Said::Alive),
    ];
    assert_eq!(said(&mut reader, &lines), expected);
    assert_eq!(reader.newest().map(|newest| newest.since(AT)), Some(95_000_000));
    assert!(
        reader.read(0, "2017-06-22T08:28:29Z|part_count|-1", AT, &mut Vec::new()).unwrap_err().to_string().contains("`part_count`: `-1`")
    );
}

#[test]
fn an_asset_without_its_end_does_not_swallow_the_log() {
    let mut assets = Assets::default();
    assert!(!assets.hold("t|@ASSET@|1|T|--multiline--Z"));
    let line = "x".repeat(1 << 20);
    let held = std::iter::from_fn(|| Some(assets.hold(&line))).take(20).take_while(|held| *held).count();
    assert_eq!(held, 5);
}

proptest! {
    /// Whatever comes over the wire is read or refused, never a panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~|\\\\\"\\n:@*é]{0,80}") {
        let _ = Line::parse(&text);
        let _ = Line::parse(&format!("2017-06-22T08:27:25Z|{text}"));
    }

    /// Values without quotes come back as they were written.
    #[test]
    fn pairs_are_read_back(pairs in prop::collection::vec(("[a-z]{1,8}", "[A-Za-z0-9 .-]{0,12}"), 1..6)) {
        prop_assume!(pairs.len() != 3 || !["normal", "warning", "fault", "unavailable"].contains(&pairs[0].1.to_lowercase().as_str()));
        let text: String = pairs.iter().map(|(key, value)| format!("|{key}|{value}")).collect();
        let expected: Vec<(String, String)> = pairs.iter().map(|(key, value)| (key.clone(), value.trim().to_owned())).collect();
        prop_assert_eq!(data(&format!("2017-06-22T08:27:25Z{text}")).1, expected);
    }
}
