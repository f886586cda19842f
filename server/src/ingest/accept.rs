//! What is taken from any source, and what is kept aside.

use super::machine::Told;
use domain::{MachineId, Reading, SeriesId, Timestamp};
use store::{LONGEST_NAME_BYTES, Quarantined};

/// Readings, or refused payloads, that are written together.
const TOGETHER: usize = 10_000;
/// Bytes of refused payloads that are held.
const REFUSED_BYTES: usize = 1 << 20;

/// What became of the messages or lines of one write.
#[derive(Debug, Default, PartialEq)]
pub struct Batch {
    /// Ready to be written.
    pub readings: Vec<Reading>,
    /// What was said about machines, in the order of arrival.
    pub told: Vec<(MachineId, Told)>,
    /// Payloads that are no readings, each with its reason.
    pub bad: Vec<Quarantined>,
    /// Values that are no numbers by design, such as texts: senders send them routinely.
    pub ignored: u64,
    refused_bytes: usize,
}

/// Why a text cannot name a series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// No text.
    #[error("the name of the series is empty")]
    Empty,
    /// Too much text.
    #[error("the name of the series has {0} bytes; at most {LONGEST_NAME_BYTES} are taken")]
    Long(usize),
    /// Characters that no address and no database carries.
    #[error("the name of the series holds a control character; remove it")]
    Control,
}

impl Batch {
    /// Takes a reading.
    pub fn take(&mut self, series: &str, time: Timestamp, value: Option<f64>) -> Result<(), BadName> {
        let series = named(series)?;
        self.readings.push(Reading { series, time, value: value.filter(|v| v.is_finite()) });
        Ok(())
    }

    /// Whether it is time to write: memory does not grow with what a sender sends.
    pub fn is_full(&self) -> bool {
        self.readings.len().max(self.bad.len()) >= TOGETHER || self.refused_bytes >= REFUSED_BYTES
    }

    /// Keeps a payload aside.
    pub fn refuse(&mut self, payload: &[u8], reason: impl ToString) {
        self.refused_bytes += payload.len();
        self.bad.push(Quarantined { payload: payload.to_vec(), reason: reason.to_string() });
    }
}

/// The series of a name from outside.
pub fn named(name: &str) -> Result<SeriesId, BadName> {
    if name.len() > LONGEST_NAME_BYTES {
        return Err(BadName::Long(name.len()));
    }
    if name.chars().any(char::is_control) {
        return Err(BadName::Control);
    }
    SeriesId::new(name).ok_or(BadName::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_database_takes() {
        assert!(named("plant/°C/ü").is_ok());
        assert_eq!(named(""), Err(BadName::Empty));
        assert_eq!(named("a\0b"), Err(BadName::Control));
        assert_eq!(named(&"x".repeat(2_001)), Err(BadName::Long(2_001)));
    }

    #[test]
    fn what_is_not_finite_is_a_gap() {
        let mut batch = Batch::default();
        batch.take("a", Timestamp::from_us(0), Some(f64::NAN)).unwrap();
        assert_eq!(batch.readings[0].value, None);
    }
}
