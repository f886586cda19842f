//! What a device says, as a test writes it: stamped by a clock that is right, and heard at once.

use domain::machine::{Observation, Said};
use domain::{MachineId, Timestamp};

/// Without a number: it is appended as it comes.
pub fn say(time: Timestamp, said: Said) -> (Option<u64>, Observation) {
    (None, Observation { stamp: time, received: time, said })
}

pub fn state(time: Timestamp, word: &str) -> (Option<u64>, Observation) {
    say(time, Said::State(word.to_owned()))
}

pub fn id(text: &str) -> MachineId {
    text.parse().unwrap()
}
