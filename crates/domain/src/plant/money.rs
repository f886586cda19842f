//! What lost time is worth on a machine.

use super::Plant;
use crate::machine::MachineId;
use crate::oee::money::Rate;
use crate::oee::product::standard;
use crate::oee::{Evidence, Figures};
use crate::{TimeRange, Timestamp};

impl Plant {
    /// What an hour of a window is worth: the machine's own rate where it has one, else the parts in the mix they were made in.
    /// Where nothing was made, the product that was on the machine when the window ended speaks for the lost time. `None` where
    /// nobody said what anything is worth.
    pub fn money_rate(&self, machine: &MachineId, evidence: &Evidence, figures: &Figures, window: TimeRange) -> Option<Rate> {
        let machine = self.machines.get(machine)?;
        if let Some(rate) = machine.hour_rate(window.start()) {
            return Some(rate).filter(|rate| rate.millionths > 0);
        }
        if figures.counts.parts.total() > 0 {
            return Rate::of_mix(figures).filter(|rate| rate.millionths > 0);
        }
        let last: Timestamp = window.last().min(evidence.known_until());
        let product = evidence.orders.at(last)?;
        standard(&evidence.products, *product, last)
            .filter(|standard| standard.value_millionths > 0)
            .map(|standard| Rate::of_product(&standard))
    }
}
