//! Parts of a device: counters that show running totals, and parts said outright, instant by instant.

use super::{Part, Word};
use crate::Timestamp;
use crate::oee::counter::Counter;
use crate::oee::counts::Parts;
use std::collections::VecDeque;

/// How many readings of the counter of all parts another counter may be ahead of it. What it does not follow in then is refused: more
/// good parts than parts are none. So what waits is told by the last readings alone, and a window that begins with
/// those says what the whole log says.
const WAITS: u64 = 8;

/// Counts in the making.
#[derive(Debug)]
pub(super) struct Tally {
    counters: [Counter; 4],
    /// What all parts were counted by and is not yet judged.
    total: u64,
    /// Good, reject, rework: what was counted and is not yet judged.
    ahead: [Ahead; 3],
    /// How often the counter of all parts was read, an instant at a time.
    turn: u64,
    /// It was read at this instant.
    read_total: bool,
    outright: Parts,
    /// Why parts are not good: those of the instant, and those that are counted and not yet judged.
    reason: Option<Word>,
    now: Option<Timestamp>,
    made: Vec<(Timestamp, Parts, Option<Word>)>,
}

/// What a counter is ahead of that of all parts, by the turn it was counted in, the oldest first.
#[derive(Debug, Default)]
struct Ahead(VecDeque<(u64, u64)>);

impl Tally {
    pub fn new(rolls_over_at: Option<u64>) -> Self {
        let counters = [Counter::new(rolls_over_at); 4];
        let ahead = [Ahead::default(), Ahead::default(), Ahead::default()];
        Self {
            counters,
            total: 0,
            ahead,
            turn: 0,
            read_total: false,
            outright: Parts::default(),
            reason: None,
            now: None,
            made: Vec::new(),
        }
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
        let [total, good, reject, rework] = &mut self.counters;
        let [good_ahead, reject_ahead, rework_ahead] = &mut self.ahead;
        let (counter, ahead) = match part {
            Part::Total => {
                self.total = self.total.saturating_add(total.read(reading));
                self.read_total = true;
                return;
            }
            Part::Good => (good, good_ahead),
            Part::Reject => (reject, reject_ahead),
            Part::Rework => (rework, rework_ahead),
        };
        ahead.add(self.turn, counter.read(reading));
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
        let [good, reject, rework] = &mut self.ahead;
        let [counts_all, counts_good, ..] = self.counters.each_ref().map(|counter| counter.last.is_some());
        if counts_all {
            let all = std::mem::take(&mut self.total);
            let reworked = rework.take(all);
            let (fine, bad) = if counts_good {
                let fine = good.take(all - reworked);
                reject.clear();
                (fine, all - reworked - fine)
            } else {
                let bad = reject.take(all - reworked);
                (all - reworked - bad, bad)
            };
            parts.add(Parts { good: fine, reject: bad, rework: reworked, startup_reject: 0 });
        } else {
            let [good, reject, rework] = [good, reject, rework].map(|ahead| ahead.take(u64::MAX));
            parts.add(Parts { good, reject, rework, startup_reject: 0 });
        }
        if std::mem::take(&mut self.read_total) {
            self.turn += 1;
            let turn = self.turn;
            self.ahead.iter_mut().for_each(|ahead| ahead.refuse(turn));
        }
        if parts.total() > 0 {
            self.made.push((time, parts, self.reason.filter(|_| parts.total() > parts.good)));
        }
        // A reason waits for its parts, and for no others.
        let [_, reject, rework] = &self.ahead;
        if reject.0.is_empty() && rework.0.is_empty() {
            self.reason = None;
        }
    }
}

impl Ahead {
    fn add(&mut self, turn: u64, count: u64) {
        match self.0.back_mut() {
            _ if count == 0 => {}
            Some((of, held)) if *of == turn => *held = held.saturating_add(count),
            _ => self.0.push_back((turn, count)),
        }
    }

    /// Takes so many out, or all there are: the latest first, because what is old may be ahead by mistake, and then what came
    /// after it must not wait in its place.
    fn take(&mut self, most: u64) -> u64 {
        let mut taken = 0;
        while taken < most
            && let Some((_, held)) = self.0.back_mut()
        {
            let now = (*held).min(most - taken);
            (*held, taken) = (*held - now, taken + now);
            self.0.pop_back_if(|(_, held)| *held == 0);
        }
        taken
    }

    fn refuse(&mut self, turn: u64) {
        while self.0.front().is_some_and(|(of, _)| turn - of >= WAITS) {
            self.0.pop_front();
        }
    }

    fn clear(&mut self) {
        self.0.clear();
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
    fn rule_4_more_good_parts_than_parts_are_refused_and_hide_no_reject() {
        use Part::{Good, Total};
        // The good ones were counted on after a restart in which all others were reset: forty too many.
        let mut readings = vec![(0, Total, 500), (0, Good, 460), (1, Total, 2), (1, Good, 502)];
        readings.extend((2..100).flat_map(|time| [(time, Total, time as u64 + 1), (time, Good, 501 + time as u64 * 9 / 10)]));
        let counted = count(&readings);
        let good: u64 = counted.iter().filter(|(time, ..)| *time > 20).map(|(_, good, _)| good).sum();
        let reject: u64 = counted.iter().filter(|(time, ..)| *time > 20).map(|(.., reject)| reject).sum();
        assert_eq!((good, reject), (71, 8));
    }

    #[test]
    fn what_waits_is_told_by_the_last_readings_alone() {
        let mut random = 7_u64;
        let mut below = move |most: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % most
        };
        for _ in 0..200 {
            let (mut readings, mut shown) = (Vec::new(), [900_u64, 100, 50]);
            for time in 0..200_i64 {
                for (part, shown) in [Part::Total, Part::Good, Part::Rework].into_iter().zip(&mut shown) {
                    // Resets and rolling over, each counter for itself, are what parts them.
                    *shown = if below(40) == 0 { below(1_000) } else { (*shown + below(4)) % 1_000 };
                    if below(4) > 0 {
                        readings.push((time * 2 + i64::from(part == Part::Good), part, *shown));
                    }
                }
            }
            let whole = count(&readings);
            let cut = readings.len() / 2;
            let from = readings[cut].0;
            let late = |counted: &[(i64, u64, u64)]| counted.iter().filter(|(time, ..)| *time > from).copied().collect::<Vec<_>>();
            assert_eq!(late(&count(&readings[cut - 64..])), late(&whole));
        }
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
