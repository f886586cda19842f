//! Values as people write them, in the configuration and in forms: lengths of time, dates, money, per cents. What one function
//! reads the one beside it writes.

use crate::machine::Dialect;
use crate::oee::calendar::ShiftPlan;
use crate::oee::product::Currency;
use crate::oee::{Class, Standard};
use crate::time::{Timestamp, Written};
use crate::zone::{Twice, Zone};
use crate::{TimeRange, civil, duration};

/// A sentence about a value: what is wrong with it, and how to mend it.
pub type Bad = String;

/// The classes of states by their words.
pub const CLASSES: [(&str, Class); 6] = [
    ("run", Class::Run),
    ("slow", Class::Slow),
    ("stop", Class::Stop),
    ("setup", Class::Setup),
    ("planned_stop", Class::PlannedStop),
    ("unknown", Class::Unknown),
];

/// The languages of devices by their words.
pub const DIALECTS: [(&str, Dialect); 4] =
    [("mtconnect", Dialect::Mtconnect), ("packml", Dialect::Packml), ("opc", Dialect::Opc), ("words", Dialect::Words)];

/// The threshold of micro-stops; `0s` is none.
pub fn threshold_us(text: &str) -> Result<i64, String> {
    if text.trim() == "0s" { Ok(0) } else { length_us(text) }
}

/// A length of time in microseconds: `45s`.
pub fn length_us(text: &str) -> Result<i64, Bad> {
    duration::parse(text).map_err(|error| error.to_string())
}

/// An instant, or wall time in the plant's zone.
pub fn instant(text: &str, zone: Zone) -> Result<Timestamp, Bad> {
    match Timestamp::parse(text) {
        Some(Written::Instant(time)) => Ok(time),
        Some(Written::WallTime(us)) => Ok(zone.instant(us, Twice::Earlier)),
        None => Err(format!("`{text}` is no point in time; write for example 2026-01-01 or 2026-01-01T06:00:00Z")),
    }
}

/// Writes an instant on the plant's wall, as short as [`instant`] still reads it: `2026-07-01`, `2026-07-01 06:00`.
pub fn write_instant(time: Timestamp, zone: Zone) -> String {
    let offsets = TimeRange::new(time, time.plus(1)).map(|range| zone.offsets(range));
    let Ok(wall) = offsets.map(|offsets| offsets.date_time(time)) else { return time.rfc3339() };
    let shorter = ["00:00:00", ":00"].iter().find_map(|rest| wall.strip_suffix(rest)).unwrap_or(&wall).trim_end();
    // An hour that happens twice has no name of its own on the wall.
    if instant(shorter, zone) == Ok(time) { shorter.to_owned() } else { time.rfc3339() }
}

/// A date: `2026-12-25`.
pub fn date(text: &str) -> Result<civil::Date, Bad> {
    match Timestamp::parse(text) {
        Some(Written::WallTime(us)) if us % civil::DAY_US == 0 => Ok(civil::Date::from_days(us / civil::DAY_US)),
        _ => Err(format!("`{text}` is no date; write for example 2026-12-25")),
    }
}

/// Writes a date.
pub fn write_date(civil::Date { year, month, day }: civil::Date) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// `0.50 EUR` in millionths of the minor unit.
pub fn money(text: &str) -> Result<(i64, Currency), Bad> {
    let bad = || format!("`{text}` is no amount of money; write for example 0.50 EUR");
    let (number, currency) = text.trim().rsplit_once(' ').ok_or_else(bad)?;
    let currency: Currency = currency.parse().map_err(|_| bad())?;
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = minor_digits(currency) + 6;
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > digits {
        return Err(bad());
    }
    format!("{whole}{part:0<digits$}").parse().map(|millionths| (millionths, currency)).map_err(|_| bad())
}

/// Writes an amount, its minor units always: `3.20 EUR`.
pub fn write_money(millionths: i64, currency: Currency) -> String {
    let minor = minor_digits(currency);
    let digits = format!("{millionths:0>width$}", width = minor + 7);
    let (whole, part) = digits.split_at(digits.len().saturating_sub(minor + 6));
    let (minor, rest) = part.split_at(minor);
    let rest = rest.trim_end_matches('0');
    let point = if minor.is_empty() && rest.is_empty() { "" } else { "." };
    format!("{whole}{point}{minor}{rest} {}", currency.as_str())
}

fn minor_digits(currency: Currency) -> usize {
    match currency.as_str() {
        "JPY" | "KRW" | "CLP" | "VND" | "ISK" => 0,
        "KWD" | "BHD" | "OMR" | "TND" | "JOD" => 3,
        _ => 2,
    }
}

/// Per cent as thousandths.
pub fn thousandths(percent: f64) -> Result<u16, Bad> {
    let value = (percent * 10.0).round();
    if (0.0..=1_000.0).contains(&value) { Ok(value as u16) } else { Err(format!("{percent} is no share; write per cent from 0 to 100")) }
}

/// Per cent as somebody typed them.
pub fn percent(text: &str) -> Result<u16, Bad> {
    let number = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let number: f64 = number.parse().map_err(|_| format!("`{text}` is no share; write per cent from 0 to 100"))?;
    thousandths(number)
}

/// Writes thousandths as per cent: `80`, `99.9`.
pub fn write_percent(thousandths: u16) -> String {
    let (whole, part) = (thousandths / 10, thousandths % 10);
    if part == 0 { whole.to_string() } else { format!("{whole}.{part}") }
}

/// A class by its word.
pub fn class(text: &str) -> Result<Class, Bad> {
    let found = CLASSES.into_iter().find(|(word, _)| *word == text).map(|(_, class)| class);
    found.ok_or_else(|| format!("`{text}` is no class; write run, slow, stop, setup, planned_stop or unknown"))
}

/// The word of a class.
pub fn class_word(class: Class) -> &'static str {
    CLASSES.into_iter().find(|(_, known)| *known == class).map_or("unknown", |(word, _)| word)
}

/// The language of a device by its word.
pub fn dialect(text: &str) -> Result<Dialect, Bad> {
    let found = DIALECTS.into_iter().find(|(word, _)| *word == text).map(|(_, dialect)| dialect);
    found.ok_or_else(|| format!("`{text}` is no dialect; write mtconnect, packml, opc or words"))
}

/// The word of it.
pub fn dialect_word(dialect: Dialect) -> &'static str {
    DIALECTS.into_iter().find(|(_, known)| *known == dialect).map_or("mtconnect", |(word, _)| word)
}

/// What is expected of a product.
pub fn standard(ideal_cycle: &str, value: Option<&str>) -> Result<Standard, Bad> {
    let (value_millionths, currency) = value.map_or(Ok((0, Currency::EUR)), money)?;
    Ok(Standard { ideal_cycle_us: length_us(ideal_cycle)?, value_millionths, currency })
}

/// A shift by its name, hours and breaks.
pub fn shift(name: &str, hours: &str, breaks: &[String]) -> Result<ShiftPlan, Bad> {
    let breaks: Vec<&str> = breaks.iter().map(String::as_str).collect();
    ShiftPlan::parse(name, hours, &breaks).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_to_the_millionth_of_a_cent() {
        for (text, millionths, currency) in [
            ("0.50 EUR", 50_000_000, "EUR"),
            ("1200 JPY", 1_200_000_000, "JPY"),
            ("0.00000001 EUR", 1, "EUR"),
            ("1.5 KWD", 1_500_000_000, "KWD"),
        ] {
            let (found, of) = money(text).unwrap();
            assert_eq!((found, of.as_str()), (millionths, currency), "{text}");
            assert_eq!(money(&write_money(found, of)), Ok((found, of)), "{text}");
        }
        for text in ["", "EUR", "1", "1 euro", "-1 EUR", "1.000000001 EUR", "1,5 EUR"] {
            assert!(money(text).unwrap_err().contains("0.50 EUR"), "{text}");
        }
        assert_eq!((thousandths(85.0), thousandths(99.9)), (Ok(850), Ok(999)));
        assert!(thousandths(101.0).is_err() && class("fast").is_err() && date("2026-13-01").is_err());
        assert_eq!((percent("99,9 %"), write_percent(999), write_percent(850)), (Ok(999), "99.9".to_owned(), "85".to_owned()));
    }

    #[test]
    fn instants_are_written_as_they_are_read() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        for text in ["2026-07-01", "2026-07-01 06:00", "2026-01-01 06:00:07", "2026-10-25T01:30:00Z"] {
            assert_eq!(write_instant(instant(text, berlin).unwrap(), berlin), text);
        }
        assert_eq!(write_date(date("2026-12-05").unwrap()), "2026-12-05");
    }
}
