//! Signs of life, thinned: as few as silence can be told by, whatever a device sends.

use super::Observation;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A report with its number at its source: the same number of the same source is the same report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Place in a file, sequence of an agent.
    pub number: u64,
    /// The report.
    pub observation: Observation,
}

/// Holds signs of life back that say no more than those before them.
///
/// Of signs that follow each other closely one is kept every `spacing_us`. Where nothing comes for that long, the last sign
/// before the gap is kept, too: so a silence of two spacings and more begins exactly where the device fell silent, and a
/// device that speaks leaves no gap of two spacings.
#[derive(Clone, Debug)]
pub struct Signs {
    spacing_us: i64,
    said: Option<Timestamp>,
    held: Option<Numbered>,
}

impl Signs {
    /// Signs at least `spacing_us` apart.
    pub fn new(spacing_us: i64) -> Self {
        Self { spacing_us, said: None, held: None }
    }

    /// A sign of life.
    pub fn alive(&mut self, sign: Numbered, out: &mut Vec<Numbered>) {
        let stamp = sign.observation.stamp;
        match self.said {
            // Arrival order clamps it to what was said before: it tells nothing new.
            Some(said) if stamp <= said => {}
            Some(said) if stamp.since(said) < self.spacing_us => self.held = Some(sign),
            _ => {
                self.before(stamp, out);
                out.push(sign);
            }
        }
    }

    /// Something that is kept in any case is said at `stamp`.
    pub fn before(&mut self, stamp: Timestamp, out: &mut Vec<Numbered>) {
        if let Some(held) = self.held.take().filter(|held| stamp.since(held.observation.stamp) >= self.spacing_us) {
            out.push(held);
        }
        self.said = Some(self.said.map_or(stamp, |said| said.max(stamp)));
    }

    /// Gives out what is held back.
    pub fn release(&mut self, out: &mut Vec<Numbered>) {
        if let Some(held) = self.held.take() {
            self.said = self.said.max(Some(held.observation.stamp));
            out.push(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Observation, Said};
    use proptest::prelude::*;

    fn sign(us: i64) -> Numbered {
        let stamp = Timestamp::from_us(us);
        Numbered { number: us.unsigned_abs(), observation: Observation { stamp, received: stamp, said: Said::Alive } }
    }

    fn thinned(times: &[i64]) -> Vec<i64> {
        let (mut signs, mut out) = (Signs::new(10), Vec::new());
        times.iter().for_each(|us| signs.alive(sign(*us), &mut out));
        signs.release(&mut out);
        out.iter().map(|kept| kept.observation.stamp.us()).collect()
    }

    #[test]
    fn one_is_kept_every_spacing_and_the_last_before_a_gap() {
        assert_eq!(thinned(&[0, 1, 2, 9, 11, 12, 13, 50, 51]), [0, 11, 13, 50, 51]);
        assert_eq!(thinned(&[0, 5, 3, 5, 4]), [0, 4]);
    }

    proptest! {
        /// The gaps of two spacings and more are the same before and after, with the same ends.
        #[test]
        fn silences_stay_what_they_are(steps in prop::collection::vec(0_i64..40, 1..60)) {
            let times: Vec<i64> = steps.iter().scan(0, |us, step| { *us += step; Some(*us) }).collect();
            let silences = |times: &[i64]| -> Vec<(i64, i64)> {
                times.windows(2).filter(|pair| pair[1] - pair[0] >= 20).map(|pair| (pair[0], pair[1])).collect()
            };
            let kept = thinned(&times);
            prop_assert_eq!(silences(&kept), silences(&times));
            prop_assert!(kept.len() <= times.len());
        }
    }
}
