//! The model of a plant: sites, lines, machines, reasons, products, calendars, orders. Facts are stated one by one, each by an
//! entry that is only ever appended; a [`Plant`] is what holds of them at a moment.

mod change;
mod check;
#[cfg(feature = "zones")]
pub mod draft;
mod fact;
pub mod found;
mod machine;
mod money;
mod names;
mod place;
mod placed;
mod product;
mod reason;
mod report;
mod unpriced;

pub use change::{Change, Difference, FieldChange, Followed, Speaker};
pub use check::{BadPlant, Mistake};
pub use fact::{Fact, FactKey, Kind};
pub use machine::{Counting, Machine, Rate, Target};
pub use money::{PricedPart, Worth};
pub use names::Names;
pub use place::{Line, LinePlace, Place, Site};
pub use placed::{Placed, Rota};
pub use product::{DatedStandard, Order, Product};
pub use reason::Reason;
pub use report::{LONGEST_REPORT_US, Report};
pub use unpriced::Unpriced;

use crate::Timestamp;
use crate::machine::{MachineId, Word, Words};
use crate::oee::calendar::Calendar;
use crate::oee::correction::{Entry, as_known_at};
use crate::oee::{Policy, ProductId, ReasonId, StateId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A plant as it holds at a moment. Numbers of products and reasons are those of the store: they stay the same whatever is added
/// later, so figures of different days may be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plant {
    /// Sites by id.
    pub sites: BTreeMap<String, Site>,
    /// Lines by id.
    pub lines: BTreeMap<String, Line>,
    /// Machines by id.
    pub machines: BTreeMap<MachineId, Machine>,
    /// Reasons and their groups by id.
    pub reasons: BTreeMap<String, Reason>,
    /// Products by id.
    pub products: BTreeMap<String, Product>,
    /// Calendars by id.
    pub calendars: BTreeMap<String, Calendar>,
    /// Orders by id.
    pub orders: BTreeMap<String, Order>,
    /// What devices say, and its numbers.
    pub words: Words,
    /// Numbers of reasons and products.
    numbers: Names,
}

impl Plant {
    /// The plant that these entries make up at a moment; `None` is with all of them. A fact's number is its subject's.
    pub fn of(entries: &[Entry<Fact>], known_at: Option<Timestamp>, words: Words) -> Self {
        let mut plant = Self { words, ..Self::default() };
        let mut subjects = BTreeMap::new();
        for entry in entries {
            if let Some(fact) = &entry.fact {
                subjects.insert(fact.key(), entry.subject);
            }
        }
        for (key, subject) in subjects {
            plant.numbers.number(key, u32::try_from(subject).unwrap_or(u32::MAX));
        }
        for fact in as_known_at(entries, known_at.unwrap_or(Timestamp::MAX)) {
            plant.put(fact.clone());
        }
        plant
    }

    /// The plant of facts as they stand, numbered in their order from 1 on: for what is not stored.
    pub fn of_facts(facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut plant = Self::default();
        for (number, fact) in (1..).zip(facts) {
            plant.numbers.number(fact.key(), number);
            plant.put(fact);
        }
        plant
    }

    /// The fact of a key.
    pub fn fact(&self, key: &FactKey) -> Option<Fact> {
        let id = key.id.clone();
        match key.kind {
            Kind::Site => self.sites.get(&id).map(|site| Fact::Site(id, site.clone())),
            Kind::Line => self.lines.get(&id).map(|line| Fact::Line(id, line.clone())),
            Kind::Machine => {
                let id: MachineId = id.parse().ok()?;
                self.machines.get(&id).map(|machine| Fact::Machine(id, machine.clone()))
            }
            Kind::Reason => self.reasons.get(&id).map(|reason| Fact::Reason(id, reason.clone())),
            Kind::Product => self.products.get(&id).map(|product| Fact::Product(id, product.clone())),
            Kind::Calendar => self.calendars.get(&id).map(|calendar| Fact::Calendar(id, calendar.clone())),
            Kind::Order => self.orders.get(&id).map(|order| Fact::Order(id, order.clone())),
        }
    }

    /// Puts a fact in the place of the one of the same key.
    pub fn put(&mut self, fact: Fact) {
        match fact {
            Fact::Site(id, site) => drop(self.sites.insert(id, site)),
            Fact::Line(id, line) => drop(self.lines.insert(id, line)),
            Fact::Machine(id, machine) => drop(self.machines.insert(id, machine)),
            Fact::Reason(id, reason) => drop(self.reasons.insert(id, reason)),
            Fact::Product(id, product) => drop(self.products.insert(id, product)),
            Fact::Calendar(id, calendar) => drop(self.calendars.insert(id, calendar)),
            Fact::Order(id, order) => drop(self.orders.insert(id, order)),
        }
    }

    /// Takes a fact away.
    pub fn remove(&mut self, key: &FactKey) {
        match key.kind {
            Kind::Site => drop(self.sites.remove(&key.id)),
            Kind::Line => drop(self.lines.remove(&key.id)),
            Kind::Machine => self.machines.retain(|id, _| id.as_str() != key.id),
            Kind::Reason => drop(self.reasons.remove(&key.id)),
            Kind::Product => drop(self.products.remove(&key.id)),
            Kind::Calendar => drop(self.calendars.remove(&key.id)),
            Kind::Order => drop(self.orders.remove(&key.id)),
        }
    }

    /// The keys of all facts.
    pub fn keys(&self) -> Vec<FactKey> {
        fn of<'a>(kind: Kind, ids: impl Iterator<Item = &'a str>) -> impl Iterator<Item = FactKey> {
            ids.map(move |id| FactKey { kind, id: id.to_owned() })
        }
        of(Kind::Site, self.sites.keys().map(String::as_str))
            .chain(of(Kind::Line, self.lines.keys().map(String::as_str)))
            .chain(of(Kind::Machine, self.machines.keys().map(MachineId::as_str)))
            .chain(of(Kind::Reason, self.reasons.keys().map(String::as_str)))
            .chain(of(Kind::Product, self.products.keys().map(String::as_str)))
            .chain(of(Kind::Calendar, self.calendars.keys().map(String::as_str)))
            .chain(of(Kind::Order, self.orders.keys().map(String::as_str)))
            .collect()
    }

    /// The same plant with the machines of one customer only, and the places, calendars and orders of those. Products and reasons
    /// stay, so that the figures of a machine are the same for whoever looks at it.
    pub fn of_customer(mut self, customer: &str) -> Self {
        self.machines.retain(|_, machine| machine.customer.as_deref() == Some(customer));
        let Self { machines, lines, sites, orders, .. } = &mut self;
        orders.retain(|_, order| machines.contains_key(&order.machine));
        lines.retain(|id, _| machines.values().any(|machine| machine.lines().any(|line| line == id)));
        let of_machine = |id: &str| machines.values().any(|machine| machine.sites().any(|site| site == id));
        sites.retain(|id, _| of_machine(id) || lines.values().any(|line| line.sites().any(|site| site == id)));
        let of_machines: BTreeSet<&str> = self.machines.values().flat_map(|machine| self.calendars_of(machine)).collect();
        let others: Vec<String> = self.calendars.keys().filter(|id| !of_machines.contains(id.as_str())).cloned().collect();
        others.iter().for_each(|id| drop(self.calendars.remove(id)));
        self
    }

    /// What may be adjusted for a machine.
    pub fn policy(&self, machine: &MachineId) -> Policy {
        self.machines.get(machine).map_or_else(Policy::default, Machine::policy)
    }

    /// The number of a product.
    pub fn product_id(&self, id: &str) -> Option<ProductId> {
        self.numbers.of(Kind::Product, id).map(ProductId)
    }

    /// The number of a reason.
    pub fn reason_id(&self, id: &str) -> Option<ReasonId> {
        self.numbers.of(Kind::Reason, id).map(ReasonId)
    }

    /// The id of a product; `None` for one that only devices name.
    pub fn product(&self, number: ProductId) -> Option<&str> {
        self.numbers.id(Kind::Product, number.0)
    }

    /// The id of a reason; `None` for one that only devices name.
    pub fn reason(&self, number: ReasonId) -> Option<&str> {
        self.numbers.id(Kind::Reason, number.0)
    }

    /// What to call a reason where nobody's language is known: its id, or the device's word.
    pub fn reason_word(&self, number: ReasonId) -> String {
        let word = || self.words.text(Word::of_unknown(number.0)?);
        self.reason(number).or_else(word).map_or_else(|| format!("reason {}", number.0), str::to_owned)
    }

    /// What the device called a state.
    pub fn state_word(&self, state: StateId) -> String {
        self.words.state(state).map_or_else(|| format!("state {}", state.0), str::to_owned)
    }

    /// The same of a product.
    pub fn product_word(&self, number: ProductId) -> String {
        let word = || self.words.text(Word::of_unknown(number.0)?);
        self.product(number).or_else(word).map_or_else(|| format!("product {}", number.0), str::to_owned)
    }
}
