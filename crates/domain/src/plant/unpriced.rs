//! Why no sum of money is shown, where somebody did enter prices. A plant that never entered any is not asked for them.

use super::{Machine, Plant, PricedPart};
use crate::machine::MachineId;
use crate::machine::reading::UNSAID;
use crate::oee::product::Standards;
use crate::oee::{Dated, Evidence, Flag, ProductId, Standard};
use serde::{Deserialize, Serialize};

/// What keeps the money of a window from being summed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpriced {
    /// Products without a price that were made, or stood on the machine, in order.
    pub products: Vec<ProductId>,
    /// Parts of the window are counted in several currencies.
    pub currencies: bool,
    /// Parts of the window are counted in several ways.
    pub ways: bool,
}

impl Unpriced {
    /// Of the parts of a window.
    pub(super) fn of(plant: &Plant, id: &MachineId, evidence: &Evidence, parts: &[PricedPart]) -> Self {
        let differ = |a: &PricedPart, b: &PricedPart| match (a.rate, b.rate) {
            (Some(a), Some(b)) => (a.currency != b.currency, a.mode != b.mode),
            _ => (false, false),
        };
        let first = parts.iter().find(|part| part.rate.is_some());
        let against = |part| first.map_or((false, false), |first| differ(first, part));
        Self {
            products: products(plant, id, evidence, parts),
            currencies: parts.iter().any(|part| against(part).0),
            ways: parts.iter().any(|part| against(part).1),
        }
    }

    /// What a reader must be told of it.
    pub fn flags(&self) -> impl Iterator<Item = Flag> {
        let Self { products, currencies, ways } = self;
        let flags = [(Flag::MixedCurrencies, *currencies), (Flag::NoPrice, !products.is_empty()), (Flag::MixedWays, *ways)];
        flags.into_iter().filter_map(|(flag, holds)| holds.then_some(flag))
    }

    /// Adds what keeps the money of another window from being summed.
    pub fn add(&mut self, other: &Self) {
        let Self { products, currencies, ways } = other;
        self.products.extend(products);
        self.products.sort_unstable();
        self.products.dedup();
        self.currencies |= currencies;
        self.ways |= ways;
    }
}

impl Plant {
    /// The ids of products without a price, or the device's words; empty for parts of which nobody says what they are.
    pub fn unpriced_words(&self, unpriced: &Unpriced) -> Vec<String> {
        let word = |product: &ProductId| if *product == UNSAID { String::new() } else { self.product_word(*product) };
        unpriced.products.iter().map(word).collect()
    }
}

fn products(plant: &Plant, id: &MachineId, evidence: &Evidence, parts: &[PricedPart]) -> Vec<ProductId> {
    let without: Vec<&PricedPart> = parts.iter().filter(|part| part.rate.is_none()).collect();
    let machine = plant.machines.get(id);
    if without.is_empty() || !machine.is_some_and(|machine| priced(plant, id, machine)) {
        return Vec::new();
    }
    let mut standards = Standards::of(&evidence.products);
    // What has no ideal cycle has a flag of its own, and no price would help.
    let mut free = |product, time| standards.at(product, time).is_some_and(|standard| standard.value_millionths <= 0);
    let mut found: Vec<ProductId> = Vec::new();
    for part in without {
        let made = evidence.made.iter().filter(|made| part.range.contains(made.time) && made.parts.total() > 0);
        found.extend(made.filter(|made| free(made.product, made.time)).map(|made| made.product));
        if part.figures.counts.parts.total() == 0 && part.figures.times.planned_us() > 0 {
            let last = part.range.last().min(evidence.known_until());
            found.extend(evidence.orders.at(last).copied().filter(|product| free(*product, last)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether anything has a price on a machine: an hour of it, what it makes without a name, a product.
fn priced(plant: &Plant, id: &MachineId, machine: &Machine) -> bool {
    let worth = |standard: &Standard| standard.value_millionths > 0;
    let on_it = |dated: Dated<Standard>| dated.values().any(worth);
    machine.rates.iter().any(|(_, rate)| rate.minor_per_hour > 0)
        || machine.standards.iter().any(|(_, standard)| worth(standard))
        || plant.products.values().any(|product| on_it(product.on(id)))
}
