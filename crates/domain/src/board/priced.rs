//! A window whose prices change inside of it, part by part: each part is counted at what held in it, also in the browser.

use super::tile::Source;
use crate::oee::figures::Figures;
use crate::oee::money::{Money, Rate};
use crate::oee::what_if::Basis;
use crate::plant::Worth;
use serde::{Deserialize, Serialize};

/// Most parts that travel; a window with more of them is counted at the mean of its prices.
const MOST: usize = 24;

/// A part over which one price holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// Its sums, and what they would be under other assumptions.
    pub basis: Basis,
    /// What its time is worth.
    pub rate: Rate,
}

/// The parts of a window; none where it has one price, where a part has no price, or where they are counted in different ways.
pub fn of(source: &Source<'_>, worth: &Worth) -> Vec<Priced> {
    if !(2..=MOST).contains(&worth.parts.len()) || worth.rate().is_none() {
        return Vec::new();
    }
    let part = |part: &crate::plant::PricedPart| {
        let basis = Basis::around(part.figures.clone(), source.evidence, source.timeline, part.range);
        Some(Priced { basis, rate: part.rate? })
    };
    worth.parts.iter().map(part).collect::<Option<_>>().unwrap_or_default()
}

/// What a time of each part is worth together, in minor units: exact, because each is counted at its own price.
pub fn minor(parts: &[Priced], time_us: impl Fn(&Figures) -> i64) -> i64 {
    parts.iter().fold(0, |sum, part| sum.saturating_add(part.rate.minor(time_us(&part.basis.figures))))
}

/// Value and losses of parts under assumptions: `money` makes them of the figures and the rate of one.
pub fn money(parts: &[Priced], money: impl Fn(&Priced) -> Option<Money>) -> Option<Money> {
    parts.iter().map(money).reduce(|sum, part| sum?.plus(&part?)).flatten()
}
