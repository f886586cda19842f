//! The unit of the times of a request, and what they are in microseconds.

use crate::Timestamp;

/// Unit of a written time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Nanoseconds, the protocol's default.
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
}

impl std::str::FromStr for Precision {
    type Err = UnknownPrecision;

    /// Also reads the short names of version 1 of the protocol's interface.
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
