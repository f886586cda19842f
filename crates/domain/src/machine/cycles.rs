//! Parts of machines whose counters stay at zero: a part is made when a cycle ends in good order.

use crate::oee::counts::Parts;

/// Counts the steps from ACTIVE to READY or PROGRAM_COMPLETED. A cycle that is interrupted, stopped or lost is no part by
/// itself; where it goes on, its end is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cycles {
    active: bool,
}

impl Cycles {
    /// The parts that a state's word completes.
    pub fn enter(&mut self, word: &str) -> Parts {
        let is = |one: &str| word.eq_ignore_ascii_case(one);
        let ended = self.active && (is("READY") || is("PROGRAM_COMPLETED"));
        self.active = is("ACTIVE");
        Parts { good: u64::from(ended), ..Parts::default() }
    }

    /// The connection broke: how the cycle went on nobody knows.
    pub fn lost(&mut self) {
        self.active = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_active_until_ready() {
        let count = |words: &[&str]| {
            let mut cycles = Cycles::default();
            words.iter().map(|word| cycles.enter(word).good).sum::<u64>()
        };
        assert_eq!(count(&["READY", "ACTIVE", "READY", "ACTIVE", "ACTIVE", "program_completed", "READY"]), 2);
        assert_eq!(count(&["ACTIVE", "FEED_HOLD", "READY"]), 0);
        assert_eq!(count(&["ACTIVE", "FEED_HOLD", "ACTIVE", "READY"]), 1);
        assert_eq!(count(&["ACTIVE", "UNAVAILABLE", "READY"]), 0);
        let mut cycles = Cycles::default();
        cycles.enter("ACTIVE");
        cycles.lost();
        assert_eq!(cycles.enter("READY").good, 0);
    }
}
