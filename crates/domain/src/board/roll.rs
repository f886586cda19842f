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
    /// What of it belongs to which line, where that is not all of it to the line of its tile.
    pub in_lines: Vec<Share>,
    /// The same of sites.
    pub at_sites: Vec<Share>,
}

/// What of a machine belongs to a line or a site, as a machine of its own.
#[derive(Clone, Debug)]
pub struct Share {
    /// The machine over the time in which it was there.
    pub seen: Seen,
    /// It was there in the window before alone: it is compared with, and is no part of the window.
    pub gone: bool,
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
pub(super) fn by(
    seen: &[Seen],
    shares: impl Fn(&Seen) -> &[Share],
    group: impl Fn(&Tile) -> Group,
    speaks: impl Fn(&Tile) -> bool,
) -> Vec<Roll> {
    let mut groups: BTreeMap<(String, String), [Vec<&Seen>; 2]> = BTreeMap::new();
    let mut put = |machine, gone: bool, tile| {
        let Group { id, name } = group(tile);
        let [here, left] = groups.entry((name, id)).or_default();
        if gone { left.push(machine) } else { here.push(machine) }
    };
    for machine in seen {
        let shares = shares(machine);
        if shares.is_empty() {
            put(machine, false, &machine.tile);
        }
        shares.iter().for_each(|share| put(&share.seen, share.gone, &share.seen.tile));
    }
    // Where every machine has left there is nothing to say of the window.
    let groups = groups.into_iter().filter(|(_, [here, _])| !here.is_empty());
    let mut rolls: Vec<Roll> = groups.map(|((name, id), [here, left])| Roll::of(Group { id, name }, &here, &left, &speaks)).collect();
    rolls.sort_by(|a, b| natural::compare(&a.name, &b.name));
    rolls
}

impl Roll {
    /// Those that have left count in what is compared with alone.
    pub(super) fn of<'a>(Group { id, name }: Group, seen: &[&'a Seen], left: &[&'a Seen], speaks: impl Fn(&Tile) -> bool) -> Self {
        let policy = Policy::default();
        let all = |figures: &[&Figures]| rollup::fleet(figures.iter().copied(), &policy);
        let mean = |figures: &[&Figures]| rollup::mean(figures.iter().copied(), &policy);
        let speaking = |all: &[&'a Seen]| -> Vec<&'a Seen> { all.iter().copied().filter(|seen| speaks(&seen.tile)).collect() };
        let (constraint, before) = (speaking(seen), speaking(left));
        let site = seen.first().map(|seen| &seen.tile.site_id).filter(|site| seen.iter().all(|seen| seen.tile.site_id == **site));
        let mut roll = Self {
            id,
            name,
            site_id: site.cloned().unwrap_or_default(),
            machines: 0,
            running: 0,
            stopped: 0,
            unknown: 0,
            fleet: Summary::of(seen, left, all, |sum| interval::oee(&sum.figures, &policy)),
            // Each machine weighs the same in the mean, and so do the ends of what is open of each.
            mean: Summary::of(seen, left, mean, |_| mean_interval(seen, &policy)),
            constraint: (!constraint.is_empty())
                .then(|| Summary::of(&constraint, &before, all, |sum| interval::oee(&sum.figures, &policy))),
            target: target(seen),
            money: lost::sums(seen.iter().filter_map(|seen| seen.tile.money)),
        };
        for seen in seen {
            roll.machines += 1;
            roll.like(seen.tile.state.category).into_iter().for_each(|many| *many += 1);
        }
        roll
    }

    /// One of its machines does something else now.
    pub(super) fn turn(&mut self, before: Category, now: Category) {
        self.like(before).into_iter().for_each(|many| *many = many.saturating_sub(1));
        self.like(now).into_iter().for_each(|many| *many += 1);
    }

    /// The number of machines that are counted together with those in a state.
    fn like(&mut self, category: Category) -> Option<&mut u32> {
        match category {
            Category::Run | Category::Slow => Some(&mut self.running),
            Category::UnplannedStop | Category::MicroStop => Some(&mut self.stopped),
            Category::Unknown => Some(&mut self.unknown),
            _ => None,
        }
    }
}

impl Summary {
    fn of(seen: &[&Seen], left: &[&Seen], roll: impl Fn(&[&Figures]) -> RollUp, interval: impl Fn(&RollUp) -> Option<Interval>) -> Self {
        let now = roll(&seen.iter().map(|seen| &seen.figures).collect::<Vec<_>>());
        let before = roll(&seen.iter().chain(left).filter_map(|seen| seen.before.as_ref()).collect::<Vec<_>>());
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
