//! Parts of a device: counters that show running totals, and parts said outright, instant by instant.

use super::{Part, Word};
use crate::Timestamp;
use crate::oee::counter::Counter;
use crate::oee::counts::Parts;

/// Counts in the making.
#[derive(Debug)]
pub(super) struct Tally {
    counters: [Counter; 4],
    /// What was counted and is not yet judged: total, good, reject, rework.
    pending: [u64; 4],
    outright: Parts,
    /// Why parts are not good: those of the instant, and those that are counted and not yet judged.
    reason: Option<Word>,
    now: Option<Timestamp>,
    made: Vec<(Timestamp, Parts, Option<Word>)>,
}

impl Tally {
    pub fn new(rolls_over_at: Option<u64>) -> Self {
        let counters = [Counter::new(rolls_over_at); 4];
        Self { counters, pending: [0; 4], outright: Parts::default(), reason: None, now: None, made: Vec::new() }
    }

    /// What the counters show before what follows, where they were not read yet.
    pub fn begin(&mut self, readings: [Option<u64>; 4]) {
        for (counter, reading) in self.counters.iter_mut().zip(readings) {
            counter.last = counter.last.or(reading);
        }
    }

    /// Whatever follows is of this instant; what was said at one instant is judged together.
    pub fn instant(&mut self, time: Timestamp) {
        if self.now != Some(time) {
            self.judge();
            self.now = Some(time);
        }
    }

    pub fn read(&mut self, part: Part, reading: u64) {
        let at = part.place();
        if let Some((counter, pending)) = self.counters.get_mut(at).zip(self.pending.get_mut(at)) {
            *pending = pending.saturating_add(counter.read(reading));
        }
    }

    pub fn add(&mut self, parts: Parts) {
        self.outright.add(parts);
    }

    /// Says why the parts of the instant that are not good are not.
    pub fn because(&mut self, reason: Word) {
        self.reason = Some(reason);
    }

    pub fn made(mut self) -> Vec<(Timestamp, Parts, Option<Word>)> {
        self.judge();
        self.made
    }

    /// A counter of all parts decides how many there are; those of good ones, rejects and rework say which. What they are
    /// ahead of it is judged when it follows.
    fn judge(&mut self) {
        let Some(time) = self.now else { return };
        let mut parts = std::mem::take(&mut self.outright);
        let [total, good, reject, rework] = &mut self.pending;
        let [counts_all, counts_good, ..] = self.counters.each_ref().map(|counter| counter.last.is_some());
        let up_to = |pending: &mut u64, most: u64| {
            let taken = (*pending).min(most);
            *pending -= taken;
            taken
        };
        if counts_all {
            let all = std::mem::take(total);
            let reworked = up_to(rework, all);
            let (fine, bad) = if counts_good {
                let fine = up_to(good, all - reworked);
                *reject = 0;
                (fine, all - reworked - fine)
            } else {
                let bad = up_to(reject, all - reworked);
                (all - reworked - bad, bad)
            };
            parts.add(Parts { good: fine, reject: bad, rework: reworked, startup_reject: 0 });
        } else {
            let [good, reject, rework] = [good, reject, rework].map(std::mem::take);
            parts.add(Parts { good, reject, rework, startup_reject: 0 });
        }
        if parts.total() > 0 {
            self.made.push((time, parts, self.reason.filter(|_| parts.total() > parts.good)));
        }
        // A reason waits for its parts, and for no others.
        let [_, _, reject, rework] = self.pending;
        if reject == 0 && rework == 0 {
            self.reason = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(readings: &[(i64, Part, u64)]) -> Vec<(i64, u64, u64)> {
        let mut tally = Tally::new(Some(1_000));
        for (time, part, reading) in readings {
            tally.instant(Timestamp::from_us(*time));
            tally.read(*part, *reading);
        }
        tally.made().into_iter().map(|(time, parts, _)| (time.us(), parts.good, parts.reject)).collect()
    }

    #[test]
    fn a_reason_is_of_the_parts_of_its_instant_or_of_those_that_wait() {
        let mut tally = Tally::new(None);
        let one = |good, reject| Parts { good, reject, ..Parts::default() };
        tally.instant(Timestamp::from_us(1));
        tally.because(Word(7));
        tally.add(one(2, 1));
        tally.instant(Timestamp::from_us(2));
        tally.add(one(0, 1));
        tally.instant(Timestamp::from_us(3));
        [(Part::Total, 5), (Part::Reject, 0)].into_iter().for_each(|(part, reading)| tally.read(part, reading));
        tally.instant(Timestamp::from_us(4));
        tally.read(Part::Reject, 1);
        tally.because(Word(8));
        tally.instant(Timestamp::from_us(5));
        tally.read(Part::Total, 6);
        tally.instant(Timestamp::from_us(6));
        tally.because(Word(9));
        tally.read(Part::Total, 7);
        let made: Vec<_> = tally.made().into_iter().map(|(time, parts, reason)| (time.us(), parts, reason.map(|word| word.0))).collect();
        let expected = [(1, one(2, 1), Some(7)), (2, one(0, 1), None), (5, one(0, 1), Some(8)), (6, one(1, 0), None)];
        assert_eq!(made, expected, "good parts have no reason");
    }

    #[test]
    fn counters_of_an_instant_are_judged_together() {
        use Part::{Good, Reject, Total};
        assert_eq!(count(&[(1, Total, 5), (1, Reject, 1), (2, Total, 9), (2, Reject, 2), (3, Total, 10)]), [(2, 3, 1), (3, 1, 0)]);
        assert_eq!(count(&[(1, Reject, 1), (1, Total, 5), (2, Reject, 2), (2, Total, 9)]), [(2, 3, 1)]);
        assert_eq!(count(&[(1, Good, 1), (1, Reject, 1), (2, Good, 4), (3, Reject, 3)]), [(2, 3, 0), (3, 0, 2)]);
        assert_eq!(count(&[(1, Total, 10), (1, Good, 10), (2, Total, 15), (2, Good, 13)]), [(2, 3, 2)]);
        assert_eq!(count(&[(1, Total, 998), (2, Total, 3)]), [(2, 5, 0)], "rolled over");
        assert_eq!(count(&[(1, Total, 500), (2, Total, 3)]), [(2, 3, 0)], "reset");
    }
}
