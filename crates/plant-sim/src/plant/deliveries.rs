//! The plant as it is lived through: each observation once, in order of arrival, however often somebody asks.

use super::layout::MACHINES;
use super::{Delivery, NUMBERS, Plant};
use domain::Timestamp;
use std::collections::VecDeque;

/// Observations that were not given yet.
#[derive(Clone, Debug)]
pub struct Deliveries {
    plant: Plant,
    machines: Vec<Waiting>,
}

/// A machine's current block.
#[derive(Clone, Debug)]
struct Waiting {
    machine: usize,
    line: usize,
    /// The block after the one that waits here.
    next: i64,
    waiting: VecDeque<Delivery>,
    /// What arrived before is not given.
    from: Timestamp,
    /// Nor what has this number or a smaller one.
    after: Option<u64>,
}

impl Deliveries {
    /// Everything that arrives from an instant on.
    pub fn new(plant: &Plant, from: Timestamp) -> Self {
        Self::some(plant, 0..MACHINES.len(), from)
    }

    /// The same of one machine.
    pub fn of(plant: &Plant, machine: usize, from: Timestamp) -> Self {
        Self::some(plant, machine..machine + 1, from)
    }

    /// Of a machine only what comes after this number, because the rest is known already.
    pub fn after(&mut self, machine: usize, number: u64) {
        for waiting in self.machines.iter_mut().filter(|waiting| waiting.machine == machine) {
            waiting.next = waiting.next.max(i64::try_from(number).unwrap_or(i64::MAX) / NUMBERS);
            waiting.waiting.clear();
            waiting.after = Some(number);
        }
    }

    /// What arrived before `end` and was not given yet; in order of arrival, and so for each machine.
    pub fn until(&mut self, end: Timestamp) -> Vec<Delivery> {
        let mut given = Vec::new();
        for machine in &mut self.machines {
            machine.until(&self.plant, end, &mut given);
        }
        // Stable: what one machine says in an instant stays in its order.
        given.sort_by_key(|delivery| delivery.observation.received);
        given
    }

    fn some(plant: &Plant, machines: impl Iterator<Item = usize>, from: Timestamp) -> Self {
        let waiting = machines.filter_map(|machine| {
            let line = MACHINES.get(machine)?.line;
            // What is said at the end of a block arrives in the next.
            let next = plant.fate.clocks.block_at(line, from) - 1;
            Some(Waiting { machine, line, next, waiting: VecDeque::new(), from, after: None })
        });
        Self { plant: plant.clone(), machines: waiting.collect() }
    }
}

impl Waiting {
    fn until(&mut self, plant: &Plant, end: Timestamp, given: &mut Vec<Delivery>) {
        loop {
            while let Some(delivery) = self.waiting.pop_front_if(|delivery| delivery.observation.received < end) {
                given.push(delivery);
            }
            let begins = plant.fate.clocks.start(self.line, self.next);
            if !self.waiting.is_empty() || begins >= end {
                return;
            }
            let Some(machine) = MACHINES.get(self.machine) else { return };
            self.waiting = plant.block(self.machine, machine, self.next).into();
            let new =
                |delivery: &Delivery| delivery.observation.received >= self.from && self.after.is_none_or(|after| delivery.number > after);
            self.waiting.retain(new);
            self.next += 1;
        }
    }
}
