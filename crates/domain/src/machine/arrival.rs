//! What is made of an observation when it arrives: its place in time, and whether it can be taken at all.

use super::{Observation, Said, Words};
use crate::Timestamp;
use crate::civil::{DAY_US, SECOND_US};

/// Silence that is longer is noted with the observation that ends it; limits of silence are longer than that.
pub const NOTED_SILENCE_US: i64 = 30 * SECOND_US;
/// Stamps further than this from their arrival are refused.
pub const ABSURD_US: i64 = 366 * DAY_US;

/// How far the observations of a machine have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The time of the last one.
    pub last: Option<Timestamp>,
    /// The last sign of life, at or after the last one.
    pub heard: Option<Timestamp>,
}

/// An observation's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its stamp, or the time of the one before where the stamp steps back.
    pub at: Timestamp,
    /// How long nothing was heard before it, where that is long enough to be noted.
    pub quiet_us: Option<i64>,
}

/// Why an observation is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A plainly wrong clock.
    #[error("its stamp is more than a year away from when it came in; set the device's clock")]
    Clock,
    /// A word that nobody says.
    #[error("its word is longer than {} bytes or holds a zero byte", Words::LONGEST_BYTES)]
    Word,
    /// A number that nothing counts to.
    #[error("its count is larger than 9,223,372,036,854,775,807")]
    Count,
}

impl Arrival {
    /// Takes the next one and says its place; one that is refused leaves no trace.
    pub fn take(&mut self, observation: &Observation) -> Result<Place, Refused> {
        let Observation { stamp, received, said } = observation;
        if stamp.us().abs_diff(received.us()) > ABSURD_US.unsigned_abs() {
            return Err(Refused::Clock);
        }
        if said.word().is_some_and(|word| word.len() > Words::LONGEST_BYTES || word.contains('\0')) {
            return Err(Refused::Word);
        }
        let counts = match said {
            Said::Total { reading, .. } => [*reading, 0, 0, 0],
            Said::Parts(parts) => [parts.good, parts.reject, parts.startup_reject, parts.rework],
            _ => [0; 4],
        };
        if counts.into_iter().any(|count| i64::try_from(count).is_err()) {
            return Err(Refused::Count);
        }
        let at = self.last.map_or(*stamp, |last| last.max(*stamp));
        let quiet_us = self.heard.map(|heard| at.since(heard)).filter(|us| *us > NOTED_SILENCE_US);
        self.last = Some(at);
        self.heard = self.heard.max(Some(at));
        Ok(Place { at, quiet_us })
    }
}
