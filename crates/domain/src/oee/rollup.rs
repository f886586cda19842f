//! Many machines as one figure, in three ways that are always labelled, because they differ.

use super::figures::Figures;
use super::policy::Policy;
use super::ratios::Ratios;
use serde::{Deserialize, Serialize};

/// How machines are rolled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mode {
    /// Sums of times and ideal times: what the machines together made of their planned time.
    Fleet,
    /// The constraint machine speaks for its line.
    Line,
    /// The mean of the machines' ratios, each machine weighing the same.
    Mean,
}

/// A figure of many machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollUp {
    /// How it was made.
    pub mode: Mode,
    /// How many machines it speaks of; in a mean those whose OEE is not n/a.
    pub machines: u32,
    /// What is shown.
    pub ratios: Ratios,
    /// The sums beneath it: of the constraint in a line, of all machines otherwise.
    pub figures: Figures,
}

/// Sums, never means: A·P·Q = OEE holds also for mixed products and machines.
pub fn fleet<'a>(machines: impl IntoIterator<Item = &'a Figures>, policy: &Policy) -> RollUp {
    let (mut figures, mut count) = (Figures::default(), 0);
    for machine in machines {
        figures.add(machine);
        count += 1;
    }
    RollUp { mode: Mode::Fleet, machines: count, ratios: Ratios::of(&figures, policy), figures }
}

/// The line as its constraint machine, the one that limits what can leave the line.
pub fn line(constraint: &Figures, policy: &Policy) -> RollUp {
    RollUp { mode: Mode::Line, machines: 1, ratios: Ratios::of(constraint, policy), figures: constraint.clone() }
}

/// The plain means of availability, performance, quality and OEE; the other ratios are n/a, because means of them mean nothing.
pub fn mean<'a>(machines: impl IntoIterator<Item = &'a Figures>, policy: &Policy) -> RollUp {
    let (mut figures, mut all) = (Figures::default(), Vec::new());
    for machine in machines {
        figures.add(machine);
        all.push(Ratios::of(machine, policy));
    }
    let ratios = Ratios {
        availability: mean_of(&all, |ratios| ratios.availability),
        performance: mean_of(&all, |ratios| ratios.performance),
        quality: mean_of(&all, |ratios| ratios.quality),
        oee: mean_of(&all, |ratios| ratios.oee),
        ..Ratios::default()
    };
    let machines = u32::try_from(all.iter().filter(|ratios| ratios.oee.is_some()).count()).unwrap_or(u32::MAX);
    RollUp { mode: Mode::Mean, machines, ratios, figures }
}

fn mean_of(all: &[Ratios], ratio: impl Fn(&Ratios) -> Option<f64>) -> Option<f64> {
    let known: Vec<f64> = all.iter().filter_map(ratio).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
