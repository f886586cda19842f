//! A window beside others: the one before, the shifts and products of a machine, other machines.

use super::period::Frame;
use super::tile::{Source, Sums};
use crate::oee::counts::Counts;
use crate::oee::ladder::Times;
use crate::oee::money::Money;
use crate::oee::{Policy, ProductId, Ratios};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a machine is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// The window before.
    #[default]
    Before,
    /// The shifts of its past windows against each other.
    Shifts,
    /// The products of the window against each other.
    Products,
    /// Other machines in the same window.
    Machines,
}

/// One of those that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What it is called.
    pub name: String,
    /// The machine, where it is another.
    pub machine: Option<String>,
    /// Of how many windows these are the sums.
    pub windows: u32,
    /// Its ratios.
    pub ratios: Ratios,
    /// Its times.
    pub times: Times,
    /// Its counts.
    pub counts: Counts,
    /// Its money.
    pub money: Option<Money>,
}

impl Compared {
    /// A line of a comparison: one window, counted by the prices that held in it.
    pub fn of(name: &str, machine: Option<String>, sums: &Sums, policy: &Policy) -> Self {
        let Sums { figures, money, unpriced: _ } = sums;
        let (name, ratios) = (name.to_owned(), Ratios::of(figures, policy));
        Self { name, machine, windows: 1, ratios, times: figures.times, counts: figures.counts, money: *money }
    }
}

impl Sums {
    /// Adds another window; money that cannot be added is none.
    pub fn add(&mut self, other: &Self) {
        let nothing = |sums: &Self| sums.figures.times.planned_us() == 0 && sums.figures.counts.parts.total() == 0;
        self.money = match (self.money, other.money) {
            (held, _) if nothing(other) => held,
            (_, new) if nothing(self) => new,
            (held, new) => held.zip(new).and_then(|(held, new)| {
                self.unpriced.currencies |= held.currency != new.currency;
                self.unpriced.ways |= held.mode != new.mode;
                held.plus(&new)
            }),
        };
        self.figures.add(&other.figures);
        self.unpriced.add(&other.unpriced);
    }
}

/// The windows of the past by the name of their shift, each by its own prices.
pub(super) fn shifts(past: &[(Frame, Sums)], policy: &Policy) -> Vec<Compared> {
    let mut all: BTreeMap<&str, (u32, Sums)> = BTreeMap::new();
    for (frame, sums) in past.iter().filter(|(frame, _)| !frame.shift.is_empty()) {
        let (windows, held) = all.entry(&frame.shift).or_default();
        *windows += 1;
        held.add(sums);
    }
    all.into_iter().map(|(name, (windows, sums))| Compared { windows, ..Compared::of(name, None, &sums, policy) }).collect()
}

/// The window cut where another product came on, and added up by product.
pub(super) fn products(source: &Source<'_>, window: TimeRange, policy: &Policy) -> Vec<Compared> {
    let orders = &source.evidence.orders;
    let mut borders: Vec<Timestamp> = orders.changes(window).collect();
    borders.push(window.end());
    let (mut start, mut all): (_, BTreeMap<Option<ProductId>, Sums>) = (window.start(), BTreeMap::new());
    for border in borders {
        if let Ok(part) = TimeRange::new(start, border) {
            all.entry(orders.at(start).copied()).or_default().add(&source.sums(part));
        }
        start = border;
    }
    let compared = |(product, sums): (Option<ProductId>, Sums)| {
        let name = product.map_or_else(|| "No product".to_owned(), |product| source.product(product));
        Compared::of(&name, None, &sums, policy)
    };
    all.into_iter().map(compared).collect()
}
