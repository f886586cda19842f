//! A fact about a plant, and what it is about.

use super::{Line, Machine, Order, Product, Reason, Site};
use crate::machine::MachineId;
use crate::oee::calendar::Calendar;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What somebody states about a plant: the id of a thing and all that holds of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "facts are a few hundred at most, and a box would be in the way of all who write one")]
pub enum Fact {
    /// A place with its zone.
    Site(String, Site),
    /// A line of machines.
    Line(String, Line),
    /// A machine.
    Machine(MachineId, Machine),
    /// A reason to stand, or a group of reasons.
    Reason(String, Reason),
    /// A product with its dated standards.
    Product(String, Product),
    /// A shift calendar.
    Calendar(String, Calendar),
    /// An order on a machine.
    Order(String, Order),
}

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactKey {
    /// What kind of thing.
    pub kind: Kind,
    /// Which.
    pub id: String,
}

/// The kinds of things that facts are about, those first that others refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Fact::Calendar`].
    Calendar,
    /// [`Fact::Site`].
    Site,
    /// [`Fact::Line`].
    Line,
    /// [`Fact::Product`].
    Product,
    /// [`Fact::Machine`].
    Machine,
    /// [`Fact::Reason`].
    Reason,
    /// [`Fact::Order`].
    Order,
}

impl Fact {
    /// What it is about.
    pub fn key(&self) -> FactKey {
        let (kind, id) = match self {
            Self::Site(id, _) => (Kind::Site, id.as_str()),
            Self::Line(id, _) => (Kind::Line, id.as_str()),
            Self::Machine(id, _) => (Kind::Machine, id.as_str()),
            Self::Reason(id, _) => (Kind::Reason, id.as_str()),
            Self::Product(id, _) => (Kind::Product, id.as_str()),
            Self::Calendar(id, _) => (Kind::Calendar, id.as_str()),
            Self::Order(id, _) => (Kind::Order, id.as_str()),
        };
        FactKey { kind, id: id.to_owned() }
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Calendar, Self::Site, Self::Line, Self::Product, Self::Machine, Self::Reason, Self::Order];

    /// The word of it, in the store and in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Site => "site",
            Self::Line => "line",
            Self::Product => "product",
            Self::Machine => "machine",
            Self::Reason => "reason",
            Self::Order => "order",
        }
    }
}

impl fmt::Display for FactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.word(), self.id)
    }
}
