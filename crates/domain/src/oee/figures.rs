//! What a window holds, in sums: every figure on a board, in a report and in `andon oee` is taken from these.

use super::counts::{Counts, Parts};
use super::evidence::Evidence;
use super::ladder::Times;
use super::policy::POLICY_VERSION;
use super::product::{Currency, Standards};
use super::state::{Category, ReasonId, StateId};
use super::timeline::Timeline;
use crate::TimeRange;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums over a window. Those of two windows, days, machines or products are added, never averaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The rules that they were computed by.
    pub policy: u32,
    /// Time by category.
    pub times: Times,
    /// Parts and stops.
    pub counts: Counts,
    /// Ideal cycle × parts.
    pub ideal: Ideal,
    /// Value of all parts had they been good, in millionths of the minor unit, by currency; parts without a price in [`Currency::NONE`].
    pub value_millionths: BTreeMap<Currency, i64>,
    /// Time in each state as the machine reports it, scheduled or not.
    pub by_state: BTreeMap<StateId, i64>,
    /// Time and stops by category and reason, in that order.
    pub by_reason: Vec<ReasonShare>,
    /// Parts that are not good by what became of them and why, in that order.
    pub rejects: Vec<RejectShare>,
    /// A standstill of this window may still become a stop.
    pub provisional: bool,
}

/// What became of a part that is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fate {
    /// Rejected while running.
    Reject,
    /// Rejected while starting up.
    StartupReject,
    /// Made good later.
    Rework,
}

/// Parts that are not good for one reason. All shares together are all parts that are not good, and their ideal time is what
/// quality loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectShare {
    /// What became of them.
    pub fate: Fate,
    /// `None` where nobody said why.
    pub reason: Option<ReasonId>,
    /// How many.
    pub parts: u64,
    /// Ideal cycle × parts, of those that have one.
    pub ideal_us: i64,
}

/// Ideal times in microseconds: dated ideal cycle × count, product by product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ideal {
    /// Net run time: of all parts.
    pub total_us: i64,
    /// Fully productive time: of good parts.
    pub good_us: i64,
    /// Of rejects of the start-up.
    pub startup_us: i64,
}

/// Time and stops of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonShare {
    /// What the time counts as.
    pub category: Category,
    /// `None` for what nobody has classified, and for breaks of the calendar.
    pub reason: Option<ReasonId>,
    /// How long.
    pub time_us: i64,
    /// How many standstills began to count under this reason here.
    pub stops: u64,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            policy: POLICY_VERSION,
            times: Times::default(),
            counts: Counts::default(),
            ideal: Ideal::default(),
            value_millionths: BTreeMap::new(),
            by_state: BTreeMap::new(),
            by_reason: Vec::new(),
            rejects: Vec::new(),
            provisional: false,
        }
    }
}

impl Figures {
    /// The sums of a window, as far as it is known: what lies after `as_of` is no time at all.
    pub fn of(evidence: &Evidence, timeline: &Timeline, window: TimeRange) -> Self {
        let mut figures = Self::default();
        let Ok(window) = TimeRange::new(window.start(), window.end().min(evidence.known_until())) else { return figures };
        figures.times(timeline, window);
        for span in &evidence.spans {
            let known = TimeRange::new(span.start, span.known_end(evidence.known_until())).ok();
            if let (Some(state), Some(part)) = (span.state, known.and_then(|known| known.overlap(window))) {
                *figures.by_state.entry(state).or_default() += part.length_us();
            }
        }
        figures.parts(evidence, timeline, window);
        figures
    }

    /// Adds the figures of another window, machine or product.
    pub fn add(&mut self, other: &Self) {
        let Self { policy, times, counts, ideal, value_millionths, by_state, by_reason, rejects, provisional } = other;
        self.policy = self.policy.max(*policy);
        self.times.add(times);
        self.counts.add(counts);
        self.ideal.add(*ideal);
        for (currency, value) in value_millionths {
            let sum = self.value_millionths.entry(*currency).or_default();
            *sum = sum.saturating_add(*value);
        }
        for (state, us) in by_state {
            let sum = self.by_state.entry(*state).or_default();
            *sum = sum.saturating_add(*us);
        }
        let mut reasons = shares(&self.by_reason);
        for share in by_reason {
            let sum = reasons.entry((share.category, share.reason)).or_default();
            *sum = (sum.0.saturating_add(share.time_us), sum.1.saturating_add(share.stops));
        }
        self.by_reason = listed(reasons);
        for share in rejects {
            self.rejected(*share);
        }
        self.provisional |= *provisional;
    }

    fn times(&mut self, timeline: &Timeline, window: TimeRange) {
        let mut reasons = Reasons::new();
        let mut scheduled_us = 0;
        for segment in timeline.within(window) {
            let (start, end) = (segment.start.max(window.start()), segment.end.min(window.end()));
            let length_us = end.since(start);
            scheduled_us += length_us;
            *self.times.of(segment.category) += length_us;
            let stop = timeline.stop(segment);
            self.provisional |= stop.is_some_and(|stop| stop.provisional() && segment.category == Category::MicroStop);
            let begins = window.contains(segment.start);
            if segment.opens && begins {
                match segment.category {
                    Category::UnplannedStop => {
                        self.counts.stops += 1;
                        self.counts.repair_us += stop.map_or(0, |stop| stop.effective_us);
                    }
                    Category::MicroStop => self.counts.micro_stops += 1,
                    Category::Setup => self.counts.setups += 1,
                    _ => {}
                }
            }
            if segment.category <= Category::MicroStop {
                let share = reasons.entry((segment.category, segment.reason)).or_default();
                *share = (share.0 + length_us, share.1 + u64::from(segment.opens_reason && begins));
            }
        }
        self.times.not_scheduled_us = window.length_us() - scheduled_us;
        self.by_reason = listed(reasons);
    }

    fn parts(&mut self, evidence: &Evidence, timeline: &Timeline, window: TimeRange) {
        // Half a million parts of a year mostly come one after the other.
        let (mut category, mut standards) = (timeline.looked_up(), Standards::of(&evidence.products));
        for made in evidence.made.iter().filter(|made| window.contains(made.time)) {
            let total = made.parts.total();
            self.counts.parts.add(made.parts);
            let standard = standards.at(made.product, made.time);
            let Parts { good: _, reject, startup_reject, rework } = made.parts;
            for (fate, parts) in [(Fate::Reject, reject), (Fate::StartupReject, startup_reject), (Fate::Rework, rework)] {
                let each_us = standard.map_or(0, |standard| standard.ideal_cycle_us);
                let ideal_us = i64::try_from(parts).unwrap_or(i64::MAX).saturating_mul(each_us);
                self.rejected(RejectShare { fate, reason: made.reason, parts, ideal_us });
            }
            if category(made.time) <= Category::PlannedStop {
                self.counts.outside_planned = self.counts.outside_planned.saturating_add(total);
            }
            let Some(standard) = standard else {
                self.counts.without_ideal = self.counts.without_ideal.saturating_add(total);
                continue;
            };
            let times = |parts: u64, each: i64| i64::try_from(parts).unwrap_or(i64::MAX).saturating_mul(each);
            self.ideal.add(Ideal {
                total_us: times(total, standard.ideal_cycle_us),
                good_us: times(made.parts.good, standard.ideal_cycle_us),
                startup_us: times(made.parts.startup_reject, standard.ideal_cycle_us),
            });
            let currency = if standard.value_millionths == 0 { Currency::NONE } else { standard.currency };
            let value = self.value_millionths.entry(currency).or_default();
            *value = value.saturating_add(times(total, standard.value_millionths));
        }
    }
}

impl Figures {
    /// Adds parts that are not good; the list stays in its order.
    fn rejected(&mut self, share: RejectShare) {
        if share.parts == 0 {
            return;
        }
        match self.rejects.binary_search_by_key(&(share.fate, share.reason), |held| (held.fate, held.reason)) {
            Ok(place) => {
                if let Some(held) = self.rejects.get_mut(place) {
                    held.parts = held.parts.saturating_add(share.parts);
                    held.ideal_us = held.ideal_us.saturating_add(share.ideal_us);
                }
            }
            Err(place) => self.rejects.insert(place, share),
        }
    }
}

impl Ideal {
    fn add(&mut self, other: Self) {
        let Self { total_us, good_us, startup_us } = other;
        self.total_us = self.total_us.saturating_add(total_us);
        self.good_us = self.good_us.saturating_add(good_us);
        self.startup_us = self.startup_us.saturating_add(startup_us);
    }
}

type Reasons = BTreeMap<(Category, Option<ReasonId>), (i64, u64)>;

fn shares(list: &[ReasonShare]) -> Reasons {
    list.iter().map(|share| ((share.category, share.reason), (share.time_us, share.stops))).collect()
}

fn listed(reasons: Reasons) -> Vec<ReasonShare> {
    reasons.into_iter().map(|((category, reason), (time_us, stops))| ReasonShare { category, reason, time_us, stops }).collect()
}
