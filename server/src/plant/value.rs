//! Values as the file writes them: lengths of time, dates, money, per cents.

use domain::oee::calendar::ShiftPlan;
use domain::oee::product::Currency;
use domain::oee::{Class, Standard};
use domain::time::Written;
use domain::zone::{Twice, Zone};
use domain::{Timestamp, duration};

/// A sentence about a value.
pub type Bad = String;

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

pub fn date(text: &str) -> Result<domain::civil::Date, Bad> {
    match Timestamp::parse(text) {
        Some(Written::WallTime(us)) if us % domain::civil::DAY_US == 0 => Ok(domain::civil::Date::from_days(us / domain::civil::DAY_US)),
        _ => Err(format!("`{text}` is no date; write for example 2026-12-25")),
    }
}

/// `0.50 EUR` in millionths of the minor unit.
pub fn money(text: &str) -> Result<(i64, Currency), Bad> {
    let bad = || format!("`{text}` is no amount of money; write for example 0.50 EUR");
    let (number, currency) = text.trim().rsplit_once(' ').ok_or_else(bad)?;
    let currency: Currency = currency.parse().map_err(|_| bad())?;
    let minor_digits = match currency.as_str() {
        "JPY" | "KRW" | "CLP" | "VND" | "ISK" => 0,
        "KWD" | "BHD" | "OMR" | "TND" | "JOD" => 3,
        _ => 2,
    };
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = minor_digits + 6;
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > digits {
        return Err(bad());
    }
    format!("{whole}{part:0<digits$}").parse().map(|millionths| (millionths, currency)).map_err(|_| bad())
}

/// Per cent as thousandths.
pub fn thousandths(percent: f64) -> Result<u16, Bad> {
    let value = (percent * 10.0).round();
    if (0.0..=1_000.0).contains(&value) { Ok(value as u16) } else { Err(format!("{percent} is no share; write per cent from 0 to 100")) }
}

pub fn class(text: &str) -> Result<Class, Bad> {
    let classes = [
        ("run", Class::Run),
        ("slow", Class::Slow),
        ("stop", Class::Stop),
        ("setup", Class::Setup),
        ("planned_stop", Class::PlannedStop),
        ("unknown", Class::Unknown),
    ];
    let found = classes.into_iter().find(|(word, _)| *word == text).map(|(_, class)| class);
    found.ok_or_else(|| format!("`{text}` is no class; write run, slow, stop, setup, planned_stop or unknown"))
}

pub fn standard(ideal_cycle: &str, value: Option<&str>) -> Result<Standard, Bad> {
    let (value_millionths, currency) = value.map_or(Ok((0, Currency::EUR)), money)?;
    Ok(Standard { ideal_cycle_us: length_us(ideal_cycle)?, value_millionths, currency })
}

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
        }
        for text in ["", "EUR", "1", "1 euro", "-1 EUR", "1.000000001 EUR", "1,5 EUR"] {
            assert!(money(text).unwrap_err().contains("0.50 EUR"), "{text}");
        }
        assert_eq!((thousandths(85.0), thousandths(99.9)), (Ok(850), Ok(999)));
        assert!(thousandths(101.0).is_err() && class("fast").is_err() && date("2026-13-01").is_err());
    }
}
