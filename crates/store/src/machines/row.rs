//! An observation as rows, and back: what was said is a kind and a number.

use domain::machine::{Context, Part, Said, Word};
use domain::oee::counts::Parts;

/// Kinds as they are stored. A number that was released never changes its meaning.
const ALIVE: i16 = 0;
const LOST: i16 = 1;
const STATE: i16 = 2;
const MODE: i16 = 3;
const EMERGENCY_STOP: i16 = 4;
const TOTALS: [i16; 4] = [5, 6, 7, 8];
const PARTS: [i16; 4] = [9, 10, 11, 12];
const PRODUCT: i16 = 13;
pub(super) const REASON: i16 = 14;
const REJECT_REASON: i16 = 15;

/// The rows of what was said: one, but for parts one of each kind that there are any of.
pub(super) fn rows(said: &Said<Word>) -> Vec<(i16, i64)> {
    let word = |kind, word: &Word| vec![(kind, i64::from(word.0))];
    match said {
        Said::Alive => vec![(ALIVE, 0)],
        Said::Lost => vec![(LOST, 0)],
        Said::State(state) => word(STATE, state),
        Said::Mode(mode) => word(MODE, mode),
        Said::EmergencyStop(stop) => word(EMERGENCY_STOP, stop),
        Said::Product(product) => word(PRODUCT, product),
        Said::Reason(reason) => word(REASON, reason),
        Said::RejectReason(reason) => word(REJECT_REASON, reason),
        Said::Total { part, reading } => vec![(TOTALS.get(part.place()).copied().unwrap_or(ALIVE), count(*reading))],
        Said::Parts(Parts { good, reject, startup_reject, rework }) => {
            let rows = PARTS.into_iter().zip([good, reject, startup_reject, rework].map(|parts| count(*parts)));
            let some: Vec<(i16, i64)> = rows.filter(|(_, parts)| *parts > 0).collect();
            if some.is_empty() { vec![(ALIVE, 0)] } else { some }
        }
    }
}

/// What a row says; `None` for a kind that a later version has added.
pub(super) fn said(kind: i16, value: i64) -> Option<Said<Word>> {
    let count = value.unsigned_abs();
    let word = || Word(u32::try_from(value).unwrap_or(0));
    Some(match kind {
        ALIVE => Said::Alive,
        LOST => Said::Lost,
        STATE => Said::State(word()),
        MODE => Said::Mode(word()),
        EMERGENCY_STOP => Said::EmergencyStop(word()),
        PRODUCT => Said::Product(word()),
        REASON => Said::Reason(word()),
        REJECT_REASON => Said::RejectReason(word()),
        9 => Said::Parts(Parts { good: count, ..Parts::default() }),
        10 => Said::Parts(Parts { reject: count, ..Parts::default() }),
        11 => Said::Parts(Parts { startup_reject: count, ..Parts::default() }),
        12 => Said::Parts(Parts { rework: count, ..Parts::default() }),
        kind => {
            let part = Part::ALL.into_iter().find(|part| TOTALS.get(part.place()) == Some(&kind))?;
            Said::Total { part, reading: count }
        }
    })
}

/// Whether a kind is that of a counter's reading, or of what is said of the parts that it counts.
pub(super) fn is_reading(kind: i16) -> bool {
    TOTALS.contains(&kind) || kind == REJECT_REASON
}

/// The words of a context as they are stored: state, mode, emergency stop, reason, product; none is 0.
pub(super) fn words(context: &Context) -> [i32; 5] {
    let Context { state, mode, emergency_stop, reason, product, readings: _ } = context;
    [state, mode, emergency_stop, reason, product].map(|word| word.map_or(0, |word| i32::try_from(word.0).unwrap_or(0)))
}

/// A context of what is stored.
pub(super) fn context(words: [i32; 5], readings: [Option<i64>; 4]) -> Context {
    let [state, mode, emergency_stop, reason, product] = words.map(|word| (word > 0).then_some(Word(word.unsigned_abs())));
    Context { state, mode, emergency_stop, reason, product, readings: readings.map(|reading| reading.map(i64::unsigned_abs)) }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_comes_back() {
        let parts = Parts { good: 3, reject: 2, startup_reject: 1, rework: 4 };
        for said_first in [
            Said::Alive,
            Said::Lost,
            Said::State(Word(7)),
            Said::Mode(Word(1)),
            Said::EmergencyStop(Word(2)),
            Said::Product(Word(3)),
            Said::Reason(Word(4)),
            Said::RejectReason(Word(5)),
            Said::Total { part: Part::Total, reading: 12 },
            Said::Total { part: Part::Rework, reading: u64::MAX >> 1 },
        ] {
            let [(kind, value)] = rows(&said_first)[..] else { panic!("{said_first:?}") };
            assert_eq!(said(kind, value), Some(said_first));
        }
        let mut sum = Parts::default();
        for (kind, value) in rows(&Said::Parts(parts)) {
            let Some(Said::Parts(some)) = said(kind, value) else { panic!("{kind}") };
            sum.add(some);
        }
        assert_eq!(sum, parts);
        assert_eq!(said(99, 1), None);
    }
}
