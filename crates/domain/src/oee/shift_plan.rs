//! What if another shift plan held: what both plans plan is what it was, exactly; what the other leaves out is gone with its parts; and
//! what it adds is spent as the planned time of the window was, because nobody knows what people and machines would have done.

use super::calendar::Plan;
use super::evidence::Evidence;
use super::figures::Figures;
use super::policy::Policy;
use super::target::Planned;
use super::timeline::Timeline;
use super::what_if::{Assumptions, Basis, extend};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// A window under another shift plan; small enough to travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherPlan {
    /// What the plan is called.
    pub name: String,
    /// Planned production time that it adds to what both plan.
    pub more_us: i64,
    /// What both plan.
    kept: Basis,
}

impl OtherPlan {
    /// The window under a plan, which must hold the window.
    pub fn of(name: &str, evidence: &Evidence, policy: &Policy, window: TimeRange, other: &Plan) -> Self {
        let both = Plan {
            scheduled: common(&evidence.plan.scheduled, &other.scheduled),
            breaks: evidence.plan.breaks.iter().chain(&other.breaks).copied().collect(),
        };
        let worked = |plan: &Plan, time: Timestamp| plan.scheduled.iter().any(|shift| shift.contains(time));
        // What was made in time that one of the two leaves out went with that time, or comes with it.
        let made = evidence.made.iter().filter(|made| worked(&evidence.plan, made.time) == worked(other, made.time));
        let held = Evidence { plan: both, made: made.copied().collect(), ..evidence.clone() };
        let planned_us = |plan: &Plan| {
            let known = TimeRange::new(window.start(), window.end().min(evidence.known_until()));
            let bare = Evidence { plan: plan.clone(), ..Evidence::default() };
            known.map_or(0, |known| Planned::of(&bare).time_us(known))
        };
        let more_us = planned_us(other).saturating_sub(planned_us(&held.plan)).max(0);
        let timeline = Timeline::of(&held, policy);
        Self { name: name.to_owned(), more_us, kept: Basis::of(&held, &timeline, window) }
    }

    /// The figures under this plan and further assumptions; `was` is the window as it was planned.
    pub fn figures_if(&self, was: &Basis, assumptions: &Assumptions) -> Figures {
        let as_planned = Assumptions { extra_us: 0, ..assumptions.clone() };
        let mut figures = self.kept.figures_if(&as_planned);
        extend(&mut figures, &was.figures_if(&as_planned), self.more_us.saturating_add(assumptions.extra_us));
        figures
    }
}

/// What lies in ranges of both lists.
fn common(one: &[TimeRange], other: &[TimeRange]) -> Vec<TimeRange> {
    one.iter().flat_map(|held| other.iter().filter_map(|range| held.overlap(*range))).collect()
}
