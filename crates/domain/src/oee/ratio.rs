//! A ratio of two integers, kept exact until somebody reads it.

use serde::{Deserialize, Serialize};

/// `over / under`, with `under` positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    over: i128,
    under: i128,
}

impl Ratio {
    /// The ratio in lowest terms; `None` (n/a) when there is nothing to divide by, so that no NaN and no false 0 % appears.
    pub fn new(over: impl Into<i128>, under: impl Into<i128>) -> Option<Self> {
        let (over, under) = (over.into(), under.into());
        if under <= 0 {
            return None;
        }
        let shared = greatest_common(over.unsigned_abs(), under.unsigned_abs());
        let shared = i128::try_from(shared).ok().filter(|shared| *shared > 0)?;
        Some(Self { over: over / shared, under: under / shared })
    }

    /// Both terms.
    pub fn terms(self) -> (i128, i128) {
        (self.over, self.under)
    }

    /// The product; `None` beyond 128 bits, which takes longer than the age of the earth.
    pub fn times(self, other: Self) -> Option<Self> {
        // Crosswise in lowest terms first, so that what fits in the end fits on the way.
        let (a, b) = (Self::new(self.over, other.under)?, Self::new(other.over, self.under)?);
        Self::new(a.over.checked_mul(b.over)?, a.under.checked_mul(b.under)?)
    }

    /// Above 1.
    pub fn above_one(self) -> bool {
        self.over > self.under
    }

    /// As a number: the only place where a figure becomes floating.
    pub fn value(self) -> f64 {
        self.over as f64 / self.under as f64
    }
}

fn greatest_common(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
