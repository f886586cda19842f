//! What the plan expects: parts of an hour or a shift at the target, and what was made of them.

use super::counts::Parts;
use super::evidence::Evidence;
use super::timeline::Timeline;
use crate::civil::HOUR_US;
use crate::plant::Target;
use crate::zone::ZoneOffsets;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// Parts of one hour of the wall's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// The hour, or the part of it that lies in the window.
    pub range: TimeRange,
    /// What was made.
    pub parts: Parts,
    /// What was to be made, in thousandths of a part; nothing where no target is set.
    pub target_thousandths: i64,
}

/// What the calendar plans, whatever happened then.
pub struct Planned<'a> {
    evidence: &'a Evidence,
    timeline: Timeline,
}

impl<'a> Planned<'a> {
    /// The plan of the evidence, also of time that is still to come.
    pub fn of(evidence: &'a Evidence) -> Self {
        let bare = Evidence { plan: evidence.plan.clone(), ..Evidence::default() };
        Self { evidence, timeline: Timeline::of(&bare, &super::Policy::default()) }
    }

    /// Planned production time of a range: shifts without breaks.
    pub fn time_us(&self, range: TimeRange) -> i64 {
        self.pieces(range).map(TimeRange::length_us).sum()
    }

    /// What is to be made in a range at a target in thousandths of OEE, in thousandths of a part. Where the product on the
    /// machine has no ideal cycle nothing can be expected.
    pub fn parts_thousandths(&self, range: TimeRange, target: u16) -> i64 {
        let parts = |piece: TimeRange| {
            let Evidence { orders, products, .. } = self.evidence;
            let mut borders: Vec<Timestamp> =
                orders.changes(piece).chain(products.values().flat_map(|dated| dated.changes(piece))).collect();
            borders.extend([piece.start(), piece.end()]);
            borders.sort_unstable();
            borders
                .windows(2)
                .filter_map(|pair| {
                    Some(
                        i128::from(pair.last()?.since(*pair.first()?)) * 1_000_000
                            / i128::from(self.evidence.ideal_cycle_us(*pair.first()?)?),
                    )
                })
                .sum::<i128>()
        };
        let millionths: i128 = self.pieces(range).map(parts).sum();
        i64::try_from(millionths * i128::from(target) / 1_000_000).unwrap_or(i64::MAX)
    }

    /// The same at targets that hold over parts of a window, in thousandths of OEE. A part without a target wants nothing.
    pub fn wanted_thousandths(&self, range: TimeRange, targets: &[(TimeRange, Option<u16>)]) -> i64 {
        let of = |(part, target): &(TimeRange, Option<u16>)| Some(self.parts_thousandths(part.overlap(range)?, (*target)?));
        targets.iter().filter_map(of).fold(0, i64::saturating_add)
    }

    /// The target of a window: where another one begins to hold inside of it, each weighs as much as its planned time. `None` where
    /// planned time has no target.
    pub fn target(&self, targets: &[(TimeRange, Option<Target>)]) -> Option<Target> {
        let mut planned = targets.iter().map(|(part, target)| (self.time_us(*part), *target)).filter(|(us, _)| *us > 0);
        let all: Vec<(i64, Target)> = match planned.clone().next() {
            // Nothing is planned: what holds at its start.
            None => return targets.first().and_then(|(_, target)| *target),
            Some(_) => planned.by_ref().map(|(us, target)| Some((us, target?))).collect::<Option<_>>()?,
        };
        let mean = |value: &dyn Fn(&Target) -> Option<u16>| {
            let mut sums = (0_i128, 0_i128);
            for (us, target) in &all {
                sums = (sums.0 + i128::from(*us) * i128::from(value(target)?), sums.1 + i128::from(*us));
            }
            u16::try_from((2 * sums.0 + sums.1).checked_div(2 * sums.1)?).ok()
        };
        let factor = |place: usize| mean(&|target| target.factors.and_then(|factors| factors.get(place).copied()));
        let factors = factor(0).zip(factor(1)).zip(factor(2)).map(|((a, p), q)| [a, p, q]);
        Some(Target { oee: mean(&|target| Some(target.oee))?, factors })
    }

    fn pieces(&self, range: TimeRange) -> impl Iterator<Item = TimeRange> {
        let planned = self.timeline.within(range).iter().filter(|segment| segment.category > super::Category::PlannedStop);
        planned.filter_map(move |segment| TimeRange::new(segment.start, segment.end).ok()?.overlap(range))
    }
}

/// The hours of a window on the wall's clock, each with what was made and what was to be made at the targets of its parts.
pub fn hours(evidence: &Evidence, range: TimeRange, zone: &ZoneOffsets, targets: &[(TimeRange, Option<u16>)]) -> Vec<Hour> {
    let planned = Planned::of(evidence);
    let mut hours = Vec::new();
    let mut start = range.start();
    while let Ok(rest) = TimeRange::new(start, range.end()) {
        let into_hour_us = zone.wall_us(start).rem_euclid(HOUR_US);
        let Ok(hour) = TimeRange::new(start, start.plus(HOUR_US - into_hour_us).min(rest.end())) else { break };
        hours.push(Hour { range: hour, parts: Parts::default(), target_thousandths: planned.wanted_thousandths(hour, targets) });
        start = hour.end();
    }
    for made in &evidence.made {
        let place = hours.partition_point(|hour| hour.range.end() <= made.time);
        if let Some(hour) = hours.get_mut(place).filter(|hour| hour.range.contains(made.time)) {
            hour.parts.add(made.parts);
        }
    }
    hours
}
