//! Machines together: a plant, a site, a line, or the machines of a customer, in the three ways that are always labelled.

use super::lost::{self, Lost};
use super::tile::Tile;
use crate::natural;
use crate::oee::counts::Counts;
use crate::oee::history::change_points;
use crate::oee::interval::{self, Interval};
use crate::oee::ladder::Times;
use crate::oee::rollup::{self, RollUp};
use crate::oee::{Category, Figures, Flag, Policy, Ratios};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// Machines together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roll {
    /// What it is known by: the id of a site or a line, which two of the same name do not share; empty for machines without.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The id of the site that it stands at; empty where it is at none, or at several.
    pub site_id: String,
    /// How many machines.
    pub machines: u32,
    /// How many of them run, stand, say nothing.
    pub running: u32,
    /// Stopped without being meant to.
    pub stopped: u32,
    /// Of which nothing is known.
    pub unknown: u32,
    /// Of sums.
    pub fleet: Summary,
    /// The mean of the machines' ratios.
    pub mean: Summary,
    /// The machine that limits the line; for a plant, the sums of those of its lines.
    pub constraint: Option<Summary>,
    /// The machines' targets of OEE, weighed by planned time, in thousandths.
    pub target: Option<u16>,
    /// Value and losses by currency and way of counting; machines without a price are in none.
    pub money: Vec<Lost>,
}

/// What one of the three ways says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// A·P·Q and all others.
    pub ratios: Ratios,
    /// What missing data leaves open of the OEE.
    pub interval: Option<Interval>,
    /// What a reader must know beside it, and of how many machines: the doubt about one is a doubt about what it is a part of,
    /// and sums may hide it.
    pub flags: Vec<(Flag, u32)>,
    /// Change of its OEE against the windows before, taken in the same way, in points.
    pub change: Option<f64>,
    /// Time by category of the machines that it speaks of.
    pub times: Times,
    /// Their parts and stops.
    pub counts: Counts,
}

/// By what machines are gathered.
pub(super) struct Group {
    pub id: String,
    pub name: String,
}

/// Machines in groups, in the order of their names.
pub(super) fn by(seen: &[Seen], group: impl Fn(&Tile) -> Group, constraints: &[&str]) -> Vec<Roll> {
    let mut groups: BTreeMap<(String, String), Vec<&Seen>> = BTreeMap::new();
    for machine in seen {
        let Group { id, name } = group(&machine.tile);
        groups.entry((name, id)).or_default().push(machine);
    }
    let mut rolls: Vec<Roll> =
        groups.into_iter().map(|((name, id), machines)| Roll::of(Group { id, name }, &machines, constraints)).collect();
    rolls.sort_by(|a, b| natural::compare(&a.name, &b.name));
    rolls
}

impl Roll {
    pub(super) fn of(Group { id, name }: Group, seen: &[&Seen], constraints: &[&str]) -> Self {
        let policy = Policy::default();
        let all = |figures: &[&Figures]| rollup::fleet(figures.iter().copied(), &policy);
        let mean = |figures: &[&Figures]| rollup::mean(figures.iter().copied(), &policy);
        let speaking: Vec<&Seen> = seen.iter().copied().filter(|seen| constraints.contains(&seen.tile.id.as_str())).collect();
        let site = seen.first().map(|seen| &seen.tile.site_id).filter(|site| seen.iter().all(|seen| seen.tile.site_id == **site));
        let mut roll = Self {
            id,
            name,
            site_id: site.cloned().unwrap_or_default(),
            machines: 0,
            running: 0,
            stopped: 0,
            unknown: 0,
            fleet: Summary::of(seen, all, |sum| interval::oee(&sum.figures, &policy)),
            // Each machine weighs the same in the mean, and so do the ends of what is open of each.
            mean: Summary::of(seen, mean, |_| mean_interval(seen, &policy)),
            constraint: (!speaking.is_empty()).then(|| Summary::of(&speaking, all, |sum| interval::oee(&sum.figures, &policy))),
            target: target(seen),
            money: lost::sums(seen.iter().filter_map(|seen| seen.tile.money)),
        };
        roll.count(seen.iter().map(|seen| &seen.tile));
        roll
    }

    /// Counts its machines, and how many of them run, stand, say nothing.
    pub(super) fn count<'a>(&mut self, tiles: impl Iterator<Item = &'a Tile>) {
        (self.machines, self.running, self.stopped, self.unknown) = (0, 0, 0, 0);
        for tile in tiles {
            self.machines += 1;
            match tile.state.category {
                Category::Run | Category::Slow => self.running += 1,
                Category::UnplannedStop | Category::MicroStop => self.stopped += 1,
                Category::Unknown => self.unknown += 1,
                _ => {}
            }
        }
    }
}

impl Summary {
    fn of(seen: &[&Seen], roll: impl Fn(&[&Figures]) -> RollUp, interval: impl Fn(&RollUp) -> Option<Interval>) -> Self {
        let now = roll(&seen.iter().map(|seen| &seen.figures).collect::<Vec<_>>());
        let before = roll(&seen.iter().filter_map(|seen| seen.before.as_ref()).collect::<Vec<_>>());
        let mut flags: BTreeMap<Flag, u32> = BTreeMap::new();
        for flag in seen.iter().flat_map(|seen| &seen.tile.flags) {
            *flags.entry(*flag).or_default() += 1;
        }
        Self {
            ratios: now.ratios,
            interval: interval(&now).filter(|_| now.figures.times.unknown_us > 0),
            flags: flags.into_iter().collect(),
            change: change_points(now.ratios.oee, before.ratios.oee),
            times: now.figures.times,
            counts: now.figures.counts,
        }
    }
}

/// The means of the least and of the most that each machine can have reached; `None` where that of one cannot be told.
fn mean_interval(seen: &[&Seen], policy: &Policy) -> Option<Interval> {
    let shown = seen.iter().filter(|seen| seen.figures.times.planned_us() > 0);
    let each: Vec<Interval> = shown.map(|seen| interval::oee(&seen.figures, policy)).collect::<Option<_>>()?;
    let mean = |end: fn(&Interval) -> f64| (!each.is_empty()).then(|| each.iter().map(end).sum::<f64>() / each.len() as f64);
    Some(Interval { low: mean(|interval| interval.low)?, high: mean(|interval| interval.high)? })
}

/// What the machines should reach together: each weighs as much as its planned time.
fn target(seen: &[&Seen]) -> Option<u16> {
    let weighed = seen.iter().filter_map(|seen| Some((seen.tile.target?.oee, seen.figures.times.planned_us())));
    let (over, under) =
        weighed.fold((0_i128, 0_i128), |(over, under), (target, us)| (over + i128::from(target) * i128::from(us), under + i128::from(us)));
    u16::try_from((2 * over + under).checked_div(2 * under)?).ok()
}
