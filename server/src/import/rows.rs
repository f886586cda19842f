//! The rows of a file as readings, each bad one with its line.

use super::WrongUse;
use super::columns::{Columns, Wanted};
use super::file::{START, digest};
use csv::{ByteRecord, Reader, ReaderBuilder};
use domain::time_format::{NotATime, TimeFormat};
use domain::zone::Zone;
use domain::{Reading, SeriesId, Timestamp};
use std::io::Read;
use store::ImportMark;

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Form {
    /// Which columns.
    pub wanted: Wanted,
    /// The series of every row; `None` where a column names it.
    pub series: Option<SeriesId>,
    /// How times are written.
    pub format: TimeFormat,
    /// Zone of wall times.
    pub zone: Zone,
    /// What stands between two cells.
    pub delimiter: u8,
    /// Decimals stand behind a comma.
    pub decimal_comma: bool,
}

impl Form {
    /// What the database calls the import of a file that begins with `head` and is read in this form. It is kept, so it is
    /// spelled out here: another text for the same form would make imports of before begin anew. Where one of these parts
    /// differs, the same file has other readings, and so another import.
    pub fn key(&self, head: u64) -> String {
        let Self { wanted: Wanted { time, value, series: series_column }, series, format, zone, delimiter, decimal_comma } = self;
        let format = match format {
            TimeFormat::Text => "text".to_owned(),
            TimeFormat::Epoch(precision) => format!("epoch {}", precision.word()),
            TimeFormat::Pattern(pattern) => format!("pattern {pattern}"),
        };
        let form = serde_json::json!([
            ["time", time],
            ["value", value],
            ["series column", series_column],
            ["series", series.as_ref().map(SeriesId::as_str)],
            ["format", format],
            ["zone", zone.name()],
            ["delimiter", delimiter],
            ["decimal comma", decimal_comma],
        ]);
        format!("csv 2 {head:016x} {form}")
    }
}

/// The rows one after the other.
pub struct Rows {
    reader: Reader<Box<dyn Read + Send>>,
    form: Form,
    columns: Columns,
    /// The first row was read to find the columns and is still to be taken.
    first: bool,
    record: ByteRecord,
    before: Option<Timestamp>,
    /// How many rows were taken, and their digest.
    pub mark: ImportMark,
}

/// Why there is no further row, or why a row is no reading.
#[derive(Debug, thiserror::Error)]
pub enum BadRow {
    /// The file cannot be read any more.
    #[error("the file cannot be read further: {0}")]
    Broken(csv::Error),
    /// This row.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// A sentence.
        reason: Reason,
    },
}

/// What is wrong with a row.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// It is too short.
    #[error("it has {0} columns, and column {1} is read")]
    Short(usize, usize),
    /// The time.
    #[error(transparent)]
    Time(#[from] NotATime),
    /// The value.
    #[error("`{0}` is no number")]
    Value(String),
    /// The name.
    #[error("{0}")]
    Name(String),
}

impl Rows {
    /// Looks at the first row.
    pub fn open(bytes: Box<dyn Read + Send>, form: Form) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(form.delimiter).from_reader(bytes);
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(BadRow::Broken)? {
            return Err(WrongUse("the file is empty".to_owned()).into());
        }
        let columns = form.wanted.find(&record, &form.format, form.zone)?;
        let mark = ImportMark { rows: 0, digest: START };
        Ok(Self { reader, form, columns, first: !columns.heading, record, before: None, mark })
    }

    /// The next row; `None` at the end.
    pub fn next(&mut self) -> Option<Result<Reading, BadRow>> {
        if !std::mem::take(&mut self.first) {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(BadRow::Broken(error))),
            }
        }
        let Self { record, mark, .. } = self;
        mark.rows += 1;
        // The lengths of the cells tell `a,bc` from `ab,c`.
        let cells = record.iter().fold(mark.digest, |sum, cell| digest(sum, &(cell.len() as u64).to_le_bytes()));
        mark.digest = digest(cells, record.as_slice());
        let reading = self.reading();
        let line = self.record.position().map_or(0, csv::Position::line);
        Some(reading.map_err(|reason| BadRow::Line { line, reason }))
    }

    fn reading(&mut self) -> Result<Reading, Reason> {
        let Self { record, form, columns, before, .. } = self;
        let cell = |at: usize| record.get(at).map(String::from_utf8_lossy).ok_or(Reason::Short(record.len(), at + 1));
        let time = form.format.read(&cell(columns.time)?, form.zone, *before)?;
        let value = number(&cell(columns.value)?, form.decimal_comma)?;
        let series = match (&form.series, columns.series) {
            (Some(series), _) => series.clone(),
            (None, Some(at)) => crate::ingest::named(plain(&cell(at)?)).map_err(|error| Reason::Name(error.to_string()))?,
            (None, None) => return Err(Reason::Name("nothing names the series".to_owned())),
        };
        *before = Some(time);
        Ok(Reading { series, time, value })
    }
}

/// Exports put an apostrophe before a text that a spreadsheet would take for a formula.
fn plain(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r'])).unwrap_or(text)
}

/// A number; nothing, NULL, NaN and the infinities are gaps.
fn number(text: &str, decimal_comma: bool) -> Result<Option<f64>, Reason> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("null") {
        return Ok(None);
    }
    let parsed = if decimal_comma { text.replace(',', ".").parse::<f64>() } else { text.parse() };
    let value = parsed.map_err(|_| Reason::Value(text.chars().take(40).collect()))?;
    Ok(value.is_finite().then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let zone = "Europe/Berlin".parse().unwrap();
        let series = SeriesId::new("s");
        Form { wanted: Wanted::default(), series, format: TimeFormat::Text, zone, delimiter: b',', decimal_comma: false }
    }

    fn read(text: &str, form: Form) -> Vec<Result<(String, Option<f64>), String>> {
        let mut rows = Rows::open(Box::new(std::io::Cursor::new(text.to_owned().into_bytes())), form).unwrap();
        let row = |row: Result<Reading, BadRow>| row.map(|r| (r.time.rfc3339(), r.value)).map_err(|e| e.to_string());
        std::iter::from_fn(|| rows.next().map(row)).collect()
    }

    fn good(time: &str, value: f64) -> Result<(String, Option<f64>), String> {
        Ok((time.to_owned(), Some(value)))
    }

    #[test]
    fn rows_with_and_without_a_heading() {
        let expected = [good("2024-01-15T00:00:00.351Z", -1.5), Ok(("2024-01-15T00:00:01Z".to_owned(), None))];
        assert_eq!(read("time,value (°C)\r\n2024-01-15T00:00:00.351Z,-1.5\r\n2024-01-15T00:00:01Z,\r\n", form()), expected);
        assert_eq!(read("2024-01-15T00:00:00.351Z,-1.5\n2024-01-15 01:00:01,NaN", form()), expected);
        let local = Form { delimiter: b';', decimal_comma: true, format: "%d.%m.%Y %H:%M".parse().unwrap(), ..form() };
        assert_eq!(read("time;value\n15.01.2024 01:00;1,5\n", local), [good("2024-01-15T00:00:00Z", 1.5)]);
    }

    #[test]
    fn bad_rows_are_named_by_their_line() {
        let text =
            "time,value\n2024-01-15T00:00:00Z,1\nsoon,2\n2024-01-15T00:00:02Z\n2024-01-15T00:00:03Z,\"x\ny\"\n2024-01-15T00:00:04Z,4\n";
        let found = read(text, form());
        assert_eq!((found.len(), &found[0], &found[4]), (5, &good("2024-01-15T00:00:00Z", 1.0), &good("2024-01-15T00:00:04Z", 4.0)));
        for (row, sentence) in [(1, "line 3: `soon` is no time"), (2, "line 4: it has 1 columns"), (3, "line 5: `x\ny` is no number")] {
            assert!(found[row].as_ref().unwrap_err().contains(sentence), "{:?}", found[row]);
        }
    }

    #[test]
    fn the_key_of_an_import_is_the_same_in_every_build() {
        let key = r#"csv 2 00000000000000ff [["time",null],["value",null],["series column",null],["series","s"],["format","text"],["zone","Europe/Berlin"],["delimiter",44],["decimal comma",false]]"#;
        assert_eq!(form().key(255), key);
        let wanted = |time: &str, value: &str| Wanted { time: Some(time.into()), value: Some(value.into()), series: None };
        let others = [
            Form { wanted: wanted("a\",\"b", "c"), ..form() },
            Form { wanted: wanted("a", "b\",\"c"), ..form() },
            Form { wanted: Wanted { series: Some("c".into()), ..Wanted::default() }, ..form() },
            Form { series: None, ..form() },
            Form { format: "us".parse().unwrap(), ..form() },
            Form { format: "ns".parse().unwrap(), ..form() },
            Form { format: "%s text".parse().unwrap(), ..form() },
            Form { zone: Zone::UTC, ..form() },
            Form { delimiter: b';', ..form() },
            Form { decimal_comma: true, ..form() },
        ];
        let keys: std::collections::HashSet<String> = others.iter().chain([&form()]).map(|form| form.key(255)).collect();
        assert_eq!((keys.len(), keys.contains(&form().key(254))), (others.len() + 1, false));
    }

    #[test]
    fn names_that_an_export_protected_are_themselves_again() {
        for (written, name) in [("'=a", "=a"), ("'-1", "-1"), ("'quoted'", "'quoted'"), ("plain", "plain")] {
            assert_eq!(plain(written), name);
        }
    }
}
