//! How a file or a message writes its times.

use crate::precision::Precision;
use crate::time::{Timestamp, Written};
use crate::zone::{Twice, Zone};
use chrono::format::{Item, StrftimeItems};

/// A way to write times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// RFC 3339, or ISO 8601 without an offset as wall time of the zone.
    #[default]
    Text,
    /// A number since 1970-01-01T00:00:00Z.
    Epoch(Precision),
    /// Wall time of the zone after a pattern: `%d.%m.%Y %H:%M:%S`; with `%z` an instant.
    Pattern(String),
}

/// Why a text names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of times; write rfc3339, s, ms, us, ns, or a pattern like %d.%m.%Y %H:%M:%S")]
pub struct UnknownTimeFormat(pub String);

/// Why a text is no time of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATime {
    /// Something else is written there.
    #[error("`{0}` is no time of the format {1}")]
    Other(String, TimeFormat),
    /// Digits where a text is expected.
    #[error("`{0}` is a number; say what it counts: s, ms, us or ns")]
    Number(String),
}

impl TimeFormat {
    /// Reads a time. A wall time that happens twice is the earlier one unless `after` lies between the two: files
    /// are mostly in order, and then the second hour follows the first.
    pub fn read(&self, text: &str, zone: Zone, after: Option<Timestamp>) -> Result<Timestamp, NotATime> {
        let text = text.trim();
        let other = || NotATime::Other(text.to_owned(), self.clone());
        let written = match self {
            Self::Text => Timestamp::parse(text).ok_or_else(|| {
                let number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                if number { NotATime::Number(text.to_owned()) } else { other() }
            })?,
            Self::Epoch(precision) => Written::Instant(precision.read(text).ok_or_else(other)?),
            Self::Pattern(pattern) => by_pattern(pattern, text).ok_or_else(other)?,
        };
        Ok(match written {
            Written::Instant(time) => time,
            Written::WallTime(wall_us) => {
                let earlier = zone.instant(wall_us, Twice::Earlier);
                match after {
                    Some(after) if after > earlier => Some(zone.instant(wall_us, Twice::Later)).filter(|t| *t >= after).unwrap_or(earlier),
                    _ => earlier,
                }
            }
        })
    }
}

fn by_pattern(pattern: &str, text: &str) -> Option<Written> {
    if pattern.contains("%z") || pattern.contains("%:z") {
        let time = chrono::DateTime::parse_from_str(text, pattern).ok()?;
        return Some(Written::Instant(Timestamp::from_us(time.timestamp_micros())));
    }
    let wall = chrono::NaiveDateTime::parse_from_str(text, pattern).ok()?;
    Some(Written::WallTime(wall.and_utc().timestamp_micros()))
}

impl std::str::FromStr for TimeFormat {
    type Err = UnknownTimeFormat;

    fn from_str(text: &str) -> Result<Self, UnknownTimeFormat> {
        let refused = || UnknownTimeFormat(text.to_owned());
        match text {
            "rfc3339" | "text" => Ok(Self::Text),
            pattern if pattern.contains('%') => {
                let known = StrftimeItems::new(pattern).all(|item| !matches!(item, Item::Error));
                if known { Ok(Self::Pattern(pattern.to_owned())) } else { Err(refused()) }
            }
            unit => unit.parse().map(Self::Epoch).map_err(|_| refused()),
        }
    }
}

impl std::fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "rfc3339 (2024-01-15T01:00:00Z, or 2024-01-15 01:00 as wall time)",
            Self::Epoch(precision) => precision.word(),
            Self::Pattern(pattern) => pattern,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &str, text: &str, after: Option<&str>) -> Result<String, String> {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let format: TimeFormat = format.parse().map_err(|e: UnknownTimeFormat| e.to_string())?;
        let after = after.map(|text| TimeFormat::Text.read(text, zone, None).unwrap());
        format.read(text, zone, after).map(Timestamp::rfc3339).map_err(|e| e.to_string())
    }

    #[test]
    fn every_format() {
        for (format, text, expected) in [
            ("rfc3339", "2024-01-15T00:00:00.351Z", "2024-01-15T00:00:00.351Z"),
            ("rfc3339", " 2024-07-15 02:00 ", "2024-07-15T00:00:00Z"),
            ("s", "1705276800.5", "2024-01-15T00:00:00.500Z"),
            ("ms", "1705276800351", "2024-01-15T00:00:00.351Z"),
            ("%d.%m.%Y %H:%M:%S", "15.01.2024 01:00:00", "2024-01-15T00:00:00Z"),
            ("%d.%m.%Y %H:%M:%S%.f", "15.01.2024 01:00:00.25", "2024-01-15T00:00:00.250Z"),
            ("%Y-%m-%d %H:%M %z", "2024-01-15 01:00 +0200", "2024-01-14T23:00:00Z"),
        ] {
            assert_eq!(read(format, text, None).as_deref(), Ok(expected), "{format} {text}");
        }
    }

    #[test]
    fn the_hour_that_happens_twice_goes_on() {
        let wall = "2024-10-27 02:30";
        assert_eq!(read("rfc3339", wall, None).as_deref(), Ok("2024-10-27T00:30:00Z"));
        assert_eq!(read("rfc3339", wall, Some("2024-10-27T00:20:00Z")).as_deref(), Ok("2024-10-27T00:30:00Z"));
        assert_eq!(read("rfc3339", wall, Some("2024-10-27T00:59:00Z")).as_deref(), Ok("2024-10-27T01:30:00Z"));
        assert_eq!(read("rfc3339", wall, Some("2024-10-27T05:00:00Z")).as_deref(), Ok("2024-10-27T00:30:00Z"));
    }

    #[test]
    fn mistakes_are_named() {
        for (format, text, sentence) in [
            ("rfc3339", "1705276800", "say what it counts"),
            ("rfc3339", "yesterday", "`yesterday` is no time of the format rfc3339"),
            ("s", "2024-01-15", "no time of the format s"),
            ("%d.%m.%Y %H:%M", "32.01.2024 00:00", "no time of the format %d.%m.%Y"),
            ("minutes", "1", "`minutes` is no format of times"),
            ("%Q", "1", "`%Q` is no format of times"),
        ] {
            let error = read(format, text, None).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }
}
