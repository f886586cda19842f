//! CSV that programs read back exactly and spreadsheets cannot be tricked by.

use domain::{Series, Timestamp, format};
use store::ExportRow;

/// A text cell: quoted where needed, and never the start of a formula.
pub fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = if formula { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

/// A value: the shortest text that reads back as the same number; empty for NULL.
pub fn value(value: Option<f64>) -> String {
    value.map_or_else(String::new, format::machine)
}

/// Heading of one series: `time,value (°C)`.
pub fn heading(series: &Series) -> String {
    let value = if series.unit.is_empty() { "value".to_owned() } else { format!("value ({})", series.unit) };
    format!("time,{}\r\n", cell(&value))
}

/// Heading of several series in long form.
pub const LONG_HEADING: &str = "time,series,name,unit,value\r\n";

/// One row of one series.
pub fn row(row: &ExportRow) -> String {
    format!("{},{}\r\n", row.time.rfc3339(), value(row.value))
}

/// One row in long form.
pub fn long_row(row: &ExportRow, series: &Series) -> String {
    let Series { id, name, unit, .. } = series;
    format!("{},{},{},{},{}\r\n", row.time.rfc3339(), cell(id.as_str()), cell(name), cell(unit), value(row.value))
}

/// Heading of a series at a resolution.
pub fn reduced_heading(series: &Series) -> String {
    let unit = if series.unit.is_empty() { String::new() } else { format!(" ({})", series.unit) };
    let columns = ["value", "min", "max"].map(|name| cell(&format!("{name}{unit}")));
    format!("time,{},count\r\n", columns.join(","))
}

/// The samples of one stretch of time: start, mean, minimum, maximum, count.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    start: Timestamp,
    sum: f64,
    min: f64,
    max: f64,
    count: u64,
}

impl Stretch {
    /// An empty stretch.
    pub fn new(start: Timestamp) -> Self {
        Self { start, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, count: 0 }
    }

    /// Where it starts.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Takes a finite value.
    pub fn push(&mut self, value: f64) {
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.count += 1;
    }

    /// Its row; nothing when it holds no sample.
    pub fn row(&self) -> String {
        let Self { start, sum, min, max, count } = self;
        if *count == 0 {
            return String::new();
        }
        let numbers = [sum / *count as f64, *min, *max].map(format::machine);
        format!("{},{},{count}\r\n", start.rfc3339(), numbers.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_safe_in_spreadsheets() {
        for (text, safe) in [
            ("Temperature", "Temperature"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=a,b", "\"'=a,b\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), safe);
        }
    }

    #[test]
    fn values_read_back_exactly() {
        for (number, text) in [
            (Some(37.1), "37.1"),
            (Some(0.026000000000000002), "0.026000000000000002"),
            (Some(1e308), "1e308"),
            (Some(-1e-320), "-1e-320"),
            (Some(f64::NAN), "NaN"),
            (Some(f64::NEG_INFINITY), "-Infinity"),
            (None, ""),
        ] {
            assert_eq!(value(number), text);
        }
    }
}
