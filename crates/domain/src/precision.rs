//! The unit of a time that is written as a number, and what the number is in microseconds.

use crate::Timestamp;

/// Unit of a written time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Nanoseconds, the default of the line protocol.
    #[default]
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}

/// Why a text is no precision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no precision; write ns, us, ms or s")]
pub struct UnknownPrecision(pub String);

impl Precision {
    /// Its name, as it is read back.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
        }
    }

    /// The instant of a written time; `None` outside the calendar. Nanoseconds are cut to the microsecond before, so that
    /// two points of one microsecond are one reading, the later written.
    pub fn timestamp(self, written: i64) -> Option<Timestamp> {
        let us = match self {
            Self::Nanoseconds => written.div_euclid(1_000),
            Self::Microseconds => written,
            Self::Milliseconds => written.checked_mul(1_000)?,
            Self::Seconds => written.checked_mul(1_000_000)?,
        };
        (Timestamp::MIN.us()..=Timestamp::MAX.us()).contains(&us).then(|| Timestamp::from_us(us))
    }

    /// Reads `1705276800` or `1705276800.351`; digits beyond the microsecond are cut off.
    pub fn read(self, text: &str) -> Option<Timestamp> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let written = self.timestamp(whole.parse().ok()?)?;
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = match self {
            Self::Nanoseconds | Self::Microseconds => 0,
            Self::Milliseconds => 3,
            Self::Seconds => 6,
        };
        let fraction_us = fraction.bytes().chain(std::iter::repeat(b'0')).take(digits).fold(0, |sum, b| sum * 10 + i64::from(b - b'0'));
        Some(written.plus(if whole.starts_with('-') { -fraction_us } else { fraction_us }))
    }
}

impl std::str::FromStr for Precision {
    type Err = UnknownPrecision;

    /// Also reads the short names of version 1 of the line protocol's interface.
    fn from_str(text: &str) -> Result<Self, UnknownPrecision> {
        match text {
            "ns" | "n" => Ok(Self::Nanoseconds),
            "us" | "u" | "µ" | "µs" => Ok(Self::Microseconds),
            "ms" => Ok(Self::Milliseconds),
            "s" => Ok(Self::Seconds),
            _ => Err(UnknownPrecision(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_and_without_a_fraction() {
        for (precision, text, us) in [
            ("s", "1705276800", Some(1_705_276_800_000_000)),
            ("s", "1705276800.351", Some(1_705_276_800_351_000)),
            ("s", "-1.5", Some(-1_500_000)),
            ("s", "-0.25", Some(-250_000)),
            ("ms", "1705276800351.1234", Some(1_705_276_800_351_123)),
            ("us", "7.9", Some(7)),
            ("ns", "1999", Some(1)),
            ("s", "1e9", None),
            ("s", "1.x", None),
            ("s", "", None),
            ("s", "9223372036854775807", None),
        ] {
            let precision: Precision = precision.parse().unwrap();
            assert_eq!(precision.read(text).map(Timestamp::us), us, "{text}");
        }
    }
}
