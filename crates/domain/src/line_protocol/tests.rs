//! Tables of lines, and properties of all lines.

use super::*;
use crate::Timestamp;
use crate::precision::{Precision, UnknownPrecision};
use proptest::prelude::*;
use std::borrow::Cow;

fn parse(line: &str) -> Result<Option<Point<'_>>, LineError> {
    Point::parse(line.as_bytes())
}

fn point(line: &str) -> Point<'_> {
    parse(line).unwrap().unwrap()
}

fn names(line: &str) -> Vec<String> {
    let point = point(line);
    let names = SeriesNames::new(&point);
    point.fields.iter().map(|(field, _)| names.of(field)).collect()
}

#[test]
fn every_kind_of_value() {
    let fields = point("m a=1,b=-1.5e3,c=-3i,d=18446744073709551615u,e=t,f=FALSE,g=\"x\",h=.5,i=+2 17").fields;
    let expected = [
        ("a", Field::Float(1.0)),
        ("b", Field::Float(-1500.0)),
        ("c", Field::Integer(-3)),
        ("d", Field::Unsigned(u64::MAX)),
        ("e", Field::Boolean(true)),
        ("f", Field::Boolean(false)),
        ("g", Field::Text("x".into())),
        ("h", Field::Float(0.5)),
        ("i", Field::Float(2.0)),
    ];
    assert_eq!(fields, expected.map(|(key, value)| (Cow::from(key), value)));
    let numbers: Vec<_> = fields.iter().map(|(_, value)| value.number()).collect();
    assert_eq!(numbers[2..7], [Some(-3.0), Some(1.8446744073709552e19), Some(1.0), Some(0.0), None]);
}

#[test]
fn escapes_quotes_and_spaces() {
    let line = r#"my\ cpu\,x\=\y,t\ a\,g=v\=1,b=c\d  f\ \,\==1,s="a \"b\", c=\\ \n d" -5 "#;
    let point = point(line);
    assert_eq!(point.measurement, "my cpu,x\\=\\y");
    assert_eq!(point.tags, [("t a,g".into(), "v=1".into()), ("b".into(), "c\\d".into())]);
    assert_eq!(point.fields, [("f ,=".into(), Field::Float(1.0)), ("s".into(), Field::Text("a \"b\", c=\\ \\n d".into()))]);
    assert_eq!(point.time, Some(-5));
    assert!(matches!(parse("m,t=1 f=1").unwrap().unwrap().measurement, Cow::Borrowed("m")));
}

#[test]
fn blank_lines_and_comments_are_nothing() {
    for line in ["", "  ", "\r", "\t", "# m f=1", "  # m"] {
        assert_eq!(parse(line), Ok(None), "{line:?}");
    }
    assert_eq!(point("m f=1 7\r").time, Some(7));
    assert_eq!(point(" m f=1").time, None);
}

#[test]
fn mistakes_are_named() {
    for (line, sentence) in [
        (" ,t=1 f=1", "measurement is missing"),
        ("m", "there is no field"),
        ("m,t=1", "there is no field"),
        ("m,t f=1", "the tag at `t f=1`"),
        ("m,t= f=1", "the tag at `t= f=1`"),
        ("m,=1 f=1", "the tag at `=1 f=1`"),
        ("m,t=a=b f=1", "the tag at `t=a=b f=1`"),
        ("m,t=1,t=2 f=1", "the tag `t` stands there twice"),
        ("m f", "the field at `f`"),
        ("m f=1,", "the field at ``"),
        ("m =1", "the field at `=1`"),
        ("m f=", "`` is no value"),
        ("m f=abc", "`abc` is no value"),
        ("m f=inf", "`inf` is no value"),
        ("m f=NaN", "`NaN` is no value"),
        ("m f=0x1F", "`0x1F` is no value"),
        ("m f=1.5i", "`1.5i` is no value"),
        ("m f=9223372036854775808i", "out of range"),
        ("m f=-1u", "out of range"),
        ("m f=1e999", "out of range"),
        ("m f=\"abc", "no closing quote"),
        ("m f=\"abc\"x", "`x` is no value"),
        ("m f=1 now", "`now` is no time"),
        ("m f=1 1 2", "`1 2` is no time"),
        ("m f=1 1.5", "`1.5` is no time"),
        ("m f=1 99999999999999999999", "is no time"),
    ] {
        let error = parse(line).unwrap_err().to_string();
        assert!(error.contains(sentence), "{line}: {error}");
    }
    assert_eq!(Point::parse(b"m f=1 \xff"), Err(LineError::NotUtf8));
    assert!(parse(&format!("m f={}", "9".repeat(999))).unwrap_err().to_string().len() < 200);
}

#[test]
fn series_have_one_name_each() {
    assert_eq!(names("cpu usage=1"), ["cpu.usage"]);
    assert_eq!(names("cpu,host=b,core=0 usage=1,idle=2"), ["cpu.usage{core=0,host=b}", "cpu.idle{core=0,host=b}"]);
    assert_eq!(names("cpu,core=0,host=b idle=2"), ["cpu.idle{core=0,host=b}"]);
    assert_eq!(names(r"a.b,t=x}\,y c.d{=1"), [r"a.b.c\.d\{{t=x\}\,y}"]);
}

#[test]
fn times_of_every_precision() {
    for (text, written, us) in [
        ("ns", 1_705_276_800_351_000_999, 1_705_276_800_351_000),
        ("ns", -1, -1),
        ("us", 5, 5),
        ("ms", -5, -5_000),
        ("s", 1_705_276_800, 1_705_276_800_000_000),
    ] {
        assert_eq!(text.parse::<Precision>().unwrap().timestamp(written), Some(Timestamp::from_us(us)));
    }
    assert_eq!(Precision::Seconds.timestamp(i64::MAX), None);
    assert_eq!(Precision::Microseconds.timestamp(i64::MIN), None);
    assert_eq!("h".parse::<Precision>(), Err(UnknownPrecision("h".to_owned())));
}

/// All lines of a text that comes in pieces of `piece` bytes, too long ones as `None`.
fn lines(text: &[u8], piece: usize) -> Vec<(u64, Option<Vec<u8>>)> {
    let (mut lines, mut found) = (Lines::default(), Vec::new());
    for part in text.chunks(piece.max(1)) {
        lines.push(part);
        while let Some((number, line)) = lines.next(false) {
            found.push((number, line.ok().map(<[u8]>::to_vec)));
        }
    }
    while let Some((number, line)) = lines.next(true) {
        found.push((number, line.ok().map(<[u8]>::to_vec)));
    }
    found
}

#[test]
fn lines_end_where_they_should() {
    let whole = |number, text: &str| (number, Some(text.as_bytes().to_vec()));
    for piece in [1, 3, 1000] {
        assert_eq!(lines(b"a f=1\nb f=2", piece), [whole(1, "a f=1"), whole(2, "b f=2")]);
        assert_eq!(lines(b"a f=\"x\ny\\\"\nz\",g=1\nb", piece), [whole(1, "a f=\"x\ny\\\"\nz\",g=1"), whole(4, "b")]);
        assert_eq!(lines(b"a\"b f=1\n# \"\n\nc", piece), [whole(1, "a\"b f=1"), whole(2, "# \""), whole(3, ""), whole(4, "c")]);
        assert_eq!(lines(b"a,\\\\ k=\"v f=1\nb \"f=1", piece), [whole(1, "a,\\\\ k=\"v f=1"), whole(2, "b \"f=1")]);
        assert_eq!(lines(b"a f=\"x\nb f=2\nc f=3\n", piece), [whole(1, "a f=\"x"), whole(2, "b f=2"), whole(3, "c f=3")]);
    }
}

#[test]
fn a_line_that_is_too_long_is_passed_over() {
    let mut text = b"a f=1\nb f=".to_vec();
    text.extend(std::iter::repeat_n(b'1', 3 * LONGEST_LINE));
    text.extend_from_slice(b"\nc f=3\n");
    for piece in [1000, LONGEST_LINE, text.len()] {
        assert_eq!(lines(&text, piece), [(1, Some(b"a f=1".to_vec())), (2, None), (3, Some(b"c f=3".to_vec()))], "{piece}");
    }
    let endless = vec![b'x'; 2 * LONGEST_LINE];
    assert_eq!(lines(&endless, 5000), [(1, None)]);
}

fn escaped(text: &str, special: &[char]) -> String {
    text.chars().flat_map(|c| special.contains(&c).then_some('\\').into_iter().chain([c])).collect()
}

fn written(point: &Point<'_>) -> String {
    let key = |text: &str| escaped(text, &[',', '=', ' ']);
    let mut line = escaped(&point.measurement, &[',', ' ']);
    for (name, value) in &point.tags {
        line.push_str(&format!(",{}={}", key(name), key(value)));
    }
    let field = |(name, value): &(Cow<'_, str>, Field<'_>)| match value {
        Field::Float(value) => format!("{}={value:?}", key(name)),
        Field::Integer(value) => format!("{}={value}i", key(name)),
        Field::Unsigned(value) => format!("{}={value}u", key(name)),
        Field::Boolean(value) => format!("{}={value}", key(name)),
        Field::Text(value) => format!("{}=\"{}\"", key(name), escaped(value, &['"', '\\'])),
    };
    line.push_str(&format!(" {}", point.fields.iter().map(field).collect::<Vec<_>>().join(",")));
    line + &point.time.map(|time| format!(" {time}")).unwrap_or_default()
}

/// Any name that the protocol can carry: no line break, no comment, no white space around, no backslash at the end.
fn name() -> impl Strategy<Value = Cow<'static, str>> {
    "[a-zé°,= \\\\\"{}.#]{0,6}[a-z0-9°]".prop_map(|text| Cow::Owned(text.trim_start_matches([' ', '#']).to_owned()))
}

fn value() -> impl Strategy<Value = Field<'static>> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |v| v.is_finite()).prop_map(Field::Float),
        any::<i64>().prop_map(Field::Integer),
        any::<u64>().prop_map(Field::Unsigned),
        any::<bool>().prop_map(Field::Boolean),
        "[a-z\\\\\", =\n#]{0,9}".prop_map(|text| Field::Text(text.into())),
    ]
}

fn any_point() -> impl Strategy<Value = Point<'static>> {
    let tags = proptest::collection::btree_map(name(), name(), 0..4);
    let fields = proptest::collection::vec((name(), value()), 1..4);
    (name(), tags, fields, any::<Option<i64>>()).prop_map(|(measurement, tags, fields, time)| Point {
        measurement,
        tags: tags.into_iter().collect(),
        fields,
        time,
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), piece in 1..50_usize) {
        for (_, line) in lines(&bytes, piece) {
            let _ = Point::parse(&line.unwrap_or_default());
        }
    }

    #[test]
    fn almost_lines_do_not_panic(text in "[mé]{0,2}[,=\\\\ \"tf1i.\n-]{0,30}") {
        for (_, line) in lines(text.as_bytes(), 7) {
            let _ = Point::parse(&line.unwrap_or_default());
        }
    }

    #[test]
    fn what_is_written_is_read_back(points in proptest::collection::vec(any_point(), 1..5), piece in 1..99_usize) {
        let text: String = points.iter().map(|point| written(point) + "\n").collect();
        let found = lines(text.as_bytes(), piece);
        prop_assert_eq!(found.len(), points.len());
        for ((_, line), point) in found.iter().zip(&points) {
            let line = line.clone().unwrap_or_default();
            prop_assert_eq!(&Point::parse(&line).unwrap().unwrap(), point);
        }
    }

    #[test]
    fn two_series_never_share_a_name(
        a in ("[.{},=\\\\a]{1,3}", "[.{},=\\\\a]{1,3}", proptest::option::of(("[{},=\\\\a]{1,3}", "[{},=\\\\a]{1,3}"))),
        b in ("[.{},=\\\\a]{1,3}", "[.{},=\\\\a]{1,3}", proptest::option::of(("[{},=\\\\a]{1,3}", "[{},=\\\\a]{1,3}"))),
    ) {
        let name = |(measurement, field, tag): &(String, String, Option<(String, String)>)| {
            let tags = tag.iter().map(|(key, value)| (key.into(), value.into())).collect();
            let point = Point { measurement: measurement.into(), tags, fields: Vec::new(), time: None };
            SeriesNames::new(&point).of(field)
        };
        prop_assert_eq!(name(&a) == name(&b), a == b);
    }
}
