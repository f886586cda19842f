//! What is made: products with what is expected of them from a date on, and orders.

use crate::Timestamp;
use crate::machine::MachineId;
use crate::oee::{Dated, Standard};
use serde::{Deserialize, Serialize};

/// A product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// What it is called.
    pub name: String,
    /// What devices call it: programs, part numbers.
    pub words: Vec<String>,
    /// What is expected of it.
    pub standards: Vec<DatedStandard>,
}

/// A standard and where and from when on it holds, until the next of the same machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedStandard {
    /// From when on; `None` is for all of time before the next.
    pub from: Option<Timestamp>,
    /// On which machine; `None` on every one that has none of its own.
    pub machine: Option<MachineId>,
    /// What is expected.
    pub standard: Standard,
}

/// An order: from when on a machine makes a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// On which machine.
    pub machine: MachineId,
    /// Of which product.
    pub product: String,
    /// From when on.
    pub start: Timestamp,
    /// How many good parts are wanted.
    pub quantity: Option<u64>,
}

impl Product {
    /// What is expected of it on a machine: the machine's own standards where there are any.
    pub fn on(&self, machine: &MachineId) -> Dated<Standard> {
        let own = self.standards.iter().any(|dated| dated.machine.as_ref() == Some(machine));
        let held =
            self.standards.iter().filter(|dated| if own { dated.machine.as_ref() == Some(machine) } else { dated.machine.is_none() });
        held.fold(Dated::default(), |all, dated| all.from(dated.from.unwrap_or(Timestamp::MIN), dated.standard))
    }
}
