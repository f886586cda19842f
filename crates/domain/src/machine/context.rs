//! What holds of a device between two things that it says.

use super::{Part, Said, Word};
use serde::{Deserialize, Serialize};

/// The last of each kind that a device said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Context {
    /// `None` before its first state, and after the connection was lost.
    pub state: Option<Word>,
    /// Mode.
    pub mode: Option<Word>,
    /// Emergency stop.
    pub emergency_stop: Option<Word>,
    /// Why it stands.
    pub reason: Option<Word>,
    /// What is on it.
    pub product: Option<Word>,
    /// What its counters show: total, good, reject, rework.
    pub readings: [Option<u64>; 4],
}

impl Context {
    /// Takes in what was said. True when it bears on states or on the product, not only on counts and signs of life.
    pub fn take(&mut self, said: &Said<Word>) -> bool {
        let place = match said {
            Said::Alive | Said::Parts(_) | Said::RejectReason(_) => return false,
            // After a lost connection the device has to say its state again.
            Said::Lost => return self.state.take().is_some(),
            Said::Total { part, reading } => {
                if let Some(place) = self.readings.get_mut(part.place()) {
                    *place = Some(*reading);
                }
                return false;
            }
            Said::State(_) => &mut self.state,
            Said::Mode(_) => &mut self.mode,
            Said::EmergencyStop(_) => &mut self.emergency_stop,
            Said::Product(_) => &mut self.product,
            // Also the same one again: it may be that of another standstill.
            Said::Reason(word) => {
                self.reason = Some(*word);
                return true;
            }
        };
        let word = said.word().copied();
        std::mem::replace(place, word) != word
    }
}

impl Part {
    /// Its place among four readings.
    pub fn place(self) -> usize {
        match self {
            Self::Total => 0,
            Self::Good => 1,
            Self::Reject => 2,
            Self::Rework => 3,
        }
    }

    /// All of them, by their places.
    pub const ALL: [Self; 4] = [Self::Total, Self::Good, Self::Reject, Self::Rework];
}
