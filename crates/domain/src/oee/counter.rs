//! Counters of devices as parts made: what is read is a running total that may be reset or roll over.

use serde::{Deserialize, Serialize};

/// A running total, read after read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The count after which the device goes on at zero, as 65 536; `None` when it never rolls over.
    pub rolls_over_at: Option<u64>,
    /// The last reading.
    pub last: Option<u64>,
}

impl Counter {
    /// A counter that was never read.
    pub fn new(rolls_over_at: Option<u64>) -> Self {
        Self { rolls_over_at, last: None }
    }

    /// How many were counted since the reading before; 0 for the first, because nobody knows since when it counts.
    ///
    /// A smaller reading is a roll-over when the way over the end is shorter than half the counter, and a reset to zero
    /// otherwise: then what is read was counted since. Reading the same twice counts nothing.
    pub fn read(&mut self, reading: u64) -> u64 {
        let Some(last) = self.last.replace(reading) else { return 0 };
        if reading >= last {
            return reading - last;
        }
        match self.rolls_over_at {
            Some(end) if last < end => {
                let over_the_end = end - last + reading;
                if over_the_end < end / 2 { over_the_end } else { reading }
            }
            _ => reading,
        }
    }
}
