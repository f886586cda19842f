//! Lengths of time as people write them: `90s`, `5m`, `1h30m`, `7d`. Inside they are integer microseconds.

use crate::civil::{DAY_US, HOUR_US, MINUTE_US, SECOND_US};

/// Longest length that is accepted: ten thousand years, far inside `i64`.
const LONGEST_US: i64 = 3_652_425 * DAY_US;

const UNITS: [(&str, i64); 7] =
    [("w", 7 * DAY_US), ("d", DAY_US), ("h", HOUR_US), ("m", MINUTE_US), ("s", SECOND_US), ("ms", 1_000), ("us", 1)];

/// Why a text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a length of time; write for example 30s, 5m, 6h, 1h30m or 7d")]
pub struct NotADuration(pub String);

/// Reads a length of time in microseconds; units w, d, h, m (or min), s, ms, us. Zero and negative lengths are refused.
pub fn parse(text: &str) -> Result<i64, NotADuration> {
    let refused = || NotADuration(text.to_owned());
    let mut rest = text.trim();
    let mut total_us = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(refused)?;
        let (number, tail) = rest.split_at(digits);
        let unit_length = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_length);
        let unit = if unit == "min" { "m" } else { unit };
        let unit_us = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, us)| *us).ok_or_else(refused)?;
        let number: i64 = number.parse().map_err(|_| refused())?;
        let part_us = number.checked_mul(unit_us).ok_or_else(refused)?;
        total_us = total_us.checked_add(part_us).filter(|us| *us <= LONGEST_US).ok_or_else(refused)?;
        rest = tail;
    }
    if total_us > 0 { Ok(total_us) } else { Err(refused()) }
}

/// Writes a length so that [`parse`] reads it back: the fewest units that are exact, `90m` never `1.5h`.
pub fn write(length_us: i64) -> String {
    let mut text = String::new();
    let mut rest = length_us.max(0);
    for (unit, unit_us) in UNITS {
        if unit != "w" && rest >= unit_us {
            text.push_str(&format!("{}{unit}", rest / unit_us));
            rest %= unit_us;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Says a length for people: `6 h`, `1 h 30 min`, `250 ms`; at most the two largest units.
pub fn say(length_us: i64) -> String {
    let names = [("d", DAY_US), ("h", HOUR_US), ("min", MINUTE_US), ("s", SECOND_US), ("ms", 1_000), ("µs", 1)];
    let mut parts = Vec::new();
    let mut rest = length_us.max(0);
    for (unit, unit_us) in names {
        if rest >= unit_us && parts.len() < 2 {
            parts.push(format!("{} {unit}", rest / unit_us));
            rest %= unit_us;
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written_back() {
        for (text, us, said) in [
            ("30s", 30 * SECOND_US, "30 s"),
            ("5m", 5 * MINUTE_US, "5 min"),
            ("1h30m", 90 * MINUTE_US, "1 h 30 min"),
            ("7d", 7 * DAY_US, "7 d"),
            ("250ms", 250_000, "250 ms"),
            ("1d1s", DAY_US + SECOND_US, "1 d"),
        ] {
            assert_eq!(parse(text), Ok(us));
            assert_eq!(write(us), text);
            assert_eq!(say(us), said);
        }
        assert_eq!(parse("2w"), parse("14d"));
        assert_eq!(parse("5min"), parse("5m"));
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        for text in ["", "5", "m", "5x", "-5m", "0s", "1.5h", "99999999999999999999s", "999999999999d", "5 m", "５m"] {
            assert_eq!(parse(text), Err(NotADuration(text.to_owned())));
        }
    }
}
