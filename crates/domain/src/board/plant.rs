//! A plant at a glance: its machines, and what they come to together and line by line.

use super::tile::Tile;
use crate::Timestamp;
use crate::natural;
use crate::oee::counts::Counts;
use crate::oee::history::change_points;
use crate::oee::ladder::Times;
use crate::oee::money::Money;
use crate::oee::policy::POLICY_VERSION;
use crate::oee::{Category, Figures, Policy, Ratios, rollup};
use crate::plant::Plant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All machines of a tenant in their windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlantAnswer {
    /// Nothing after this instant is in it.
    pub as_of: Timestamp,
    /// The rules that it was computed by.
    pub policy: u32,
    /// By name.
    pub tiles: Vec<Tile>,
    /// All of them together.
    pub all: Roll,
    /// By line, in the order of the plant.
    pub lines: Vec<Roll>,
    /// By customer and model, where machines have customers.
    pub customers: Vec<Roll>,
}

/// Machines together, in the three ways that differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roll {
    /// Of what.
    pub name: String,
    /// How many machines.
    pub machines: u32,
    /// How many of them run, stand, say nothing.
    pub running: u32,
    /// Stopped without being meant to.
    pub stopped: u32,
    /// Of which nothing is known.
    pub unknown: u32,
    /// Fleet: of sums.
    pub fleet: Ratios,
    /// Mean of the machines' ratios.
    pub mean: Ratios,
    /// The machine that limits the line; for a plant, the sums of those of its lines.
    pub constraint: Option<Ratios>,
    /// Change of the fleet's OEE against the windows before, in points.
    pub change: Option<f64>,
    /// The machines' targets of OEE, weighed by planned time, in thousandths.
    pub target: Option<u16>,
    /// Time by category.
    pub times: Times,
    /// Parts and stops.
    pub counts: Counts,
    /// Value and losses; `None` where currencies or ways of counting differ.
    pub money: Option<Money>,
}

/// A machine with the sums behind its tile, and those of the window before.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What is shown.
    pub tile: Tile,
    /// Its sums.
    pub figures: Figures,
    /// Those of the window before.
    pub before: Option<Figures>,
}

impl PlantAnswer {
    /// The answer of these machines.
    pub fn of(plant: &Plant, mut seen: Vec<Seen>, as_of: Timestamp) -> Self {
        seen.sort_by(|a, b| natural::compare(&a.tile.name, &b.tile.name).then_with(|| a.tile.id.cmp(&b.tile.id)));
        let constraints: Vec<&str> = plant.lines.values().filter_map(|line| line.constraint.as_deref()).collect();
        let all = Roll::of("All machines", &seen.iter().collect::<Vec<_>>(), &constraints);
        let lines = by(&seen, |tile| tile.line.clone(), &constraints);
        let customers =
            by(&seen, |tile| [tile.customer.as_str(), tile.model.as_str()].join(" · ").trim_matches([' ', '·']).to_owned(), &[]);
        let customers = if seen.iter().any(|seen| !seen.tile.customer.is_empty()) { customers } else { Vec::new() };
        Self { as_of, policy: POLICY_VERSION, tiles: seen.into_iter().map(|seen| seen.tile).collect(), all, lines, customers }
    }
}

/// Machines in groups, in the order of their names.
fn by(seen: &[Seen], name: impl Fn(&Tile) -> String, constraints: &[&str]) -> Vec<Roll> {
    let mut groups: BTreeMap<String, Vec<&Seen>> = BTreeMap::new();
    for machine in seen {
        groups.entry(name(&machine.tile)).or_default().push(machine);
    }
    groups.iter().map(|(name, machines)| Roll::of(name, machines, constraints)).collect()
}

impl Roll {
    fn of(name: &str, seen: &[&Seen], constraints: &[&str]) -> Self {
        let policy = Policy::default();
        let fleet = rollup::fleet(seen.iter().map(|seen| &seen.figures), &policy);
        let before = rollup::fleet(seen.iter().filter_map(|seen| seen.before.as_ref()), &policy);
        let speaking: Vec<_> = seen.iter().filter(|seen| constraints.contains(&seen.tile.id.as_str())).map(|seen| &seen.figures).collect();
        let constraint = (!speaking.is_empty()).then(|| rollup::fleet(speaking, &policy).ratios);
        let many = |holds: fn(Category) -> bool| {
            u32::try_from(seen.iter().filter(|seen| holds(seen.tile.state.category)).count()).unwrap_or(u32::MAX)
        };
        let figures = fleet.figures;
        Self {
            name: name.to_owned(),
            machines: many(|_| true),
            running: many(|category| matches!(category, Category::Run | Category::Slow)),
            stopped: many(|category| matches!(category, Category::UnplannedStop | Category::MicroStop)),
            unknown: many(|category| category == Category::Unknown),
            fleet: fleet.ratios,
            mean: rollup::mean(seen.iter().map(|seen| &seen.figures), &policy).ratios,
            constraint,
            change: change_points(fleet.ratios.oee, before.ratios.oee),
            target: target(seen),
            times: figures.times,
            counts: figures.counts,
            money: money(seen),
        }
    }
}

/// What the machines should reach together: each weighs as much as its planned time.
fn target(seen: &[&Seen]) -> Option<u16> {
    let weighed = seen.iter().filter_map(|seen| Some((seen.tile.target?.oee, seen.figures.times.planned_us())));
    let (over, under) =
        weighed.fold((0_i128, 0_i128), |(over, under), (target, us)| (over + i128::from(target) * i128::from(us), under + i128::from(us)));
    u16::try_from((2 * over + under).checked_div(2 * under)?).ok()
}

/// The sum of all that is money, where it can be summed.
fn money(seen: &[&Seen]) -> Option<Money> {
    let mut sums = seen.iter().filter_map(|seen| seen.tile.money);
    let first = sums.next()?;
    sums.try_fold(first, |sum, one| sum.plus(&one))
}
