//! Where the pages of the model are.

use crate::address::{board, segment};
use domain::plant::{FactKey, Kind};

/// What follows the board in an address.
pub enum Where<'a> {
    Overview,
    History,
    Kind(Kind),
    Thing(Kind, &'a str),
    Nowhere,
}

/// The place that the rest of an address names. An id may hold any sign, so all that follows the kind belongs to it.
pub fn at(rest: &str) -> Where<'_> {
    let (first, id) = rest.split_once('/').map_or((rest, None), |(first, id)| (first, Some(id)));
    match (first, id, Kind::ALL.into_iter().find(|kind| kind.word() == first)) {
        ("", None, _) => Where::Overview,
        ("history", None, _) => Where::History,
        (_, None, Some(kind)) => Where::Kind(kind),
        (_, Some(id), Some(kind)) => Where::Thing(kind, id),
        _ => Where::Nowhere,
    }
}

pub fn overview(tenant: &str) -> String {
    board(tenant, "model")
}

pub fn history(tenant: &str) -> String {
    format!("{}/history", overview(tenant))
}

pub fn kind(tenant: &str, kind: Kind) -> String {
    format!("{}/{}", overview(tenant), kind.word())
}

pub fn new(tenant: &str, of: Kind) -> String {
    format!("{}?new=1", kind(tenant, of))
}

pub fn thing(tenant: &str, key: &FactKey) -> String {
    format!("{}/{}", kind(tenant, key.kind), segment(&key.id))
}

/// What things of a kind are called together.
pub fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Calendar => "Calendars",
        Kind::Site => "Sites",
        Kind::Line => "Lines",
        Kind::Product => "Products",
        Kind::Machine => "Machines",
        Kind::Reason => "Reasons",
        Kind::Order => "Orders",
    }
}

/// The kinds in the order in which somebody looks for them.
pub const ORDER: [Kind; 7] = [Kind::Machine, Kind::Line, Kind::Site, Kind::Calendar, Kind::Product, Kind::Reason, Kind::Order];
/// Those of them that belong to the machines of one customer: products, reasons and shifts may be those of others.
pub const OF_CUSTOMER: [Kind; 4] = [Kind::Machine, Kind::Line, Kind::Site, Kind::Order];
