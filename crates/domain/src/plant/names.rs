//! Numbers of reasons and products, both ways.

use super::fact::{FactKey, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which number is which reason or product, also of those that are no longer there: old evidence may name them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    reasons: Both,
    products: Both,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Both {
    numbers: BTreeMap<String, u32>,
    ids: BTreeMap<u32, String>,
}

impl Names {
    /// Gives a key its number; only those of reasons and products are kept.
    pub fn number(&mut self, key: FactKey, number: u32) {
        let FactKey { kind, id } = key;
        if let Some(both) = self.both_mut(kind) {
            both.ids.insert(number, id.clone());
            both.numbers.insert(id, number);
        }
    }

    /// The number of an id.
    pub fn of(&self, kind: Kind, id: &str) -> Option<u32> {
        self.both(kind)?.numbers.get(id).copied()
    }

    /// The id of a number.
    pub fn id(&self, kind: Kind, number: u32) -> Option<&str> {
        self.both(kind)?.ids.get(&number).map(String::as_str)
    }

    fn both(&self, kind: Kind) -> Option<&Both> {
        match kind {
            Kind::Reason => Some(&self.reasons),
            Kind::Product => Some(&self.products),
            _ => None,
        }
    }

    fn both_mut(&mut self, kind: Kind) -> Option<&mut Both> {
        match kind {
            Kind::Reason => Some(&mut self.reasons),
            Kind::Product => Some(&mut self.products),
            _ => None,
        }
    }
}
