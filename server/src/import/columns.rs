//! Which columns of a file are read: by name, by position, or by what Andon's own exports call them.

use super::WrongUse;
use csv::ByteRecord;
use domain::time_format::TimeFormat;
use domain::zone::Zone;

/// What was asked for; `None` is to be found.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Name or position, from 1, of the time.
    pub time: Option<String>,
    /// Of the value.
    pub value: Option<String>,
    /// Of the series' names, in a file with several series.
    pub series: Option<String>,
}

/// Positions from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Of the time.
    pub time: usize,
    /// Of the value.
    pub value: usize,
    /// Of the series' name.
    pub series: Option<usize>,
    /// The first row holds names.
    pub heading: bool,
}

impl Wanted {
    /// Finds the columns in the first row. It is a heading when it has the wanted names, or when its time is none.
    pub fn find(&self, first: &ByteRecord, format: &TimeFormat, zone: Zone) -> Result<Columns, WrongUse> {
        let names: Vec<String> = first.iter().map(cell).collect();
        let time = place("--time-column", self.time.as_deref(), &names, |name| name.eq_ignore_ascii_case("time"))?;
        let value = place("--value-column", self.value.as_deref(), &names, is_value)?;
        let series = match &self.series {
            Some(wanted) => Some(place("--series-column", Some(wanted), &names, |_| false)?),
            None => None,
        };
        let named = [Some(time), Some(value), series].into_iter().flatten().any(|place| matches!(place, Place::Named(_)));
        let is_time = |at: usize| names.get(at).is_some_and(|text| format.read(text, zone, None).is_ok());
        let columns = |time, value| Columns { time, value, series: series.and_then(Place::position), heading: named || !is_time(time) };
        match (time.position(), value.position()) {
            (Some(time), Some(value)) => Ok(columns(time, value)),
            // Without any name a file of two columns is time and value.
            (None, None) if is_time(0) => Ok(columns(0, 1)),
            (Some(time), None) if self.time.is_some() && !named => Ok(columns(time, time + 1)),
            (None, _) => Err(missing("time", &names)),
            (_, None) => Err(missing("value", &names)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Named(usize),
    Counted(usize),
    Unknown,
}

impl Place {
    fn position(self) -> Option<usize> {
        match self {
            Self::Named(at) | Self::Counted(at) => Some(at),
            Self::Unknown => None,
        }
    }
}

fn place(option: &str, wanted: Option<&str>, names: &[String], usual: impl Fn(&str) -> bool) -> Result<Place, WrongUse> {
    let Some(wanted) = wanted else {
        return Ok(names.iter().position(|name| usual(name)).map_or(Place::Unknown, Place::Named));
    };
    if let Some(at) = names.iter().position(|name| name == wanted) {
        return Ok(Place::Named(at));
    }
    match wanted.parse::<usize>() {
        Ok(number) if (1..=names.len()).contains(&number) => Ok(Place::Counted(number - 1)),
        _ => Err(WrongUse(format!("{option} `{wanted}`: the file has no such column; it has {}", listed(names)))),
    }
}

fn missing(what: &str, names: &[String]) -> WrongUse {
    WrongUse(format!("the file has no column `{what}`, it has {}; choose one with --{what}-column NAME or POSITION", listed(names)))
}

fn listed(names: &[String]) -> String {
    names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `value`, or `value (°C)` as exports write it.
fn is_value(name: &str) -> bool {
    name.eq_ignore_ascii_case("value") || (name.starts_with("value (") && name.ends_with(')'))
}

/// A cell as text. Some programs put a mark before the first one.
pub fn cell(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_start_matches('\u{feff}').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(wanted: [Option<&str>; 3], first: &[&str]) -> Result<(usize, usize, Option<usize>, bool), String> {
        let [time, value, series] = wanted.map(|name| name.map(str::to_owned));
        let found = Wanted { time, value, series }.find(&ByteRecord::from(first.to_vec()), &TimeFormat::Text, Zone::UTC);
        found.map(|c| (c.time, c.value, c.series, c.heading)).map_err(|e| e.to_string())
    }

    #[test]
    fn columns_are_found_by_name_by_position_or_by_habit() {
        let none = [None; 3];
        assert_eq!(find(none, &["time", "value"]), Ok((0, 1, None, true)));
        assert_eq!(find(none, &["\u{feff}Time", "value (°C)"]), Ok((0, 1, None, true)));
        assert_eq!(find(none, &["2024-01-15T00:00:00Z", "1"]), Ok((0, 1, None, false)));
        assert_eq!(find([None, None, Some("series")], &["time", "series", "name", "unit", "value"]), Ok((0, 4, Some(1), true)));
        assert_eq!(find([Some("ts"), Some("temp"), None], &["id", "temp", "ts"]), Ok((2, 1, None, true)));
        assert_eq!(find([Some("2"), Some("1"), None], &["7", "2024-01-15 00:00"]), Ok((1, 0, None, false)));
        assert_eq!(find([Some("2"), Some("1"), None], &["temp", "ts"]), Ok((1, 0, None, true)));
        assert_eq!(find([None, Some("temp"), None], &["time", "temp"]), Ok((0, 1, None, true)));
    }

    #[test]
    fn mistakes_name_the_columns_that_are_there() {
        let none = [None; 3];
        assert!(find(none, &["a", "b"]).unwrap_err().contains("no column `time`, it has `a`, `b`; choose one with --time-column"));
        assert!(find(none, &["time", "b"]).unwrap_err().contains("no column `value`"));
        assert!(find([Some("x"), None, None], &["time", "value"]).unwrap_err().contains("--time-column `x`"));
        assert!(find([Some("3"), None, None], &["time", "value"]).unwrap_err().contains("--time-column `3`"));
    }
}
