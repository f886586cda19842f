//! All that is known of a machine: what was seen, what was planned, and what is expected of it.

use super::calendar::Plan;
use super::counts::Made;
use super::product::{Dated, ProductId, Products, standard};
use super::state::Span;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The evidence that figures are computed from, with its corrections already applied ([`super::correction::as_known_at`]).
///
/// For figures that do not depend on the window, it holds every standstill that touches the window *whole*, and the plan
/// from the first instant of those standstills on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// States of the machine and reports of people, in any order.
    pub spans: Vec<Span>,
    /// Parts, in any order.
    pub made: Vec<Made>,
    /// When it was meant to produce.
    pub plan: Plan,
    /// What is expected of its products.
    pub products: Products,
    /// Which product is on the machine from when on.
    pub orders: Dated<ProductId>,
    /// Nothing after this instant is known yet, so nothing after it is counted.
    pub as_of: Option<Timestamp>,
}

impl Evidence {
    /// The ideal cycle of the product that is on the machine at an instant.
    pub fn ideal_cycle_us(&self, time: Timestamp) -> Option<i64> {
        let product = self.orders.at(time)?;
        standard(&self.products, *product, time).map(|standard| standard.ideal_cycle_us)
    }

    /// Up to where things are known: `as_of`, or all of time for evidence that is closed.
    pub fn known_until(&self) -> Timestamp {
        self.as_of.unwrap_or(Timestamp::MAX)
    }
}
