//! What if: the figures of a window under other assumptions, in the time of a frame however long the window is.
//!
//! The standstills of the window are gathered once by their length, in steps of a slider. A threshold on such a step then
//! gives exactly the figures that the whole calculation would give; the other assumptions are arithmetic on sums.

use super::evidence::Evidence;
use super::figures::{Figures, ReasonShare};
use super::state::{Category, ReasonId};
use super::timeline::Timeline;
use crate::TimeRange;
use crate::civil::{HOUR_US, SECOND_US};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Thresholds of micro-stops on offer are multiples of this …
pub const STEP_US: i64 = 5 * SECOND_US;
/// … up to this.
pub const LONGEST_US: i64 = HOUR_US;

/// What a window is computed from under any assumptions; small enough to travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// As it was.
    pub figures: Figures,
    /// Its unplanned standstills, micro-stops among them.
    standstills: Vec<Standstills>,
}

/// Standstills of about the same length and of one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Standstills {
    /// Their whole length in steps, rounded down; from one step more on, a threshold makes micro-stops of them.
    steps: u32,
    reason: Option<ReasonId>,
    open: bool,
    /// Their time inside the window.
    time_us: i64,
    /// How many began to count in the window.
    began: u64,
    /// How many began to count under this reason.
    began_so: u64,
    repair_us: i64,
}

/// What is assumed; the default is the window as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumptions {
    /// Ideal cycles of all products in thousandths of what they are.
    pub ideal_thousandths: u32,
    /// Standstills shorter than this are micro-stops; a multiple of [`STEP_US`], at most [`LONGEST_US`].
    pub micro_stop_us: Option<i64>,
    /// A reason that never occurred: its time is spent as the time beside it was.
    pub without: Option<ReasonId>,
    /// So much more planned production time, an extra shift, spent as the planned time of the window was.
    pub extra_us: i64,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self { ideal_thousandths: 1_000, micro_stop_us: None, without: None, extra_us: 0 }
    }
}

/// The figures of a window under assumptions.
pub fn what_if(evidence: &Evidence, timeline: &Timeline, window: TimeRange, assumptions: &Assumptions) -> Figures {
    Basis::of(evidence, timeline, window).figures_if(assumptions)
}

impl Basis {
    /// Gathers a window.
    pub fn of(evidence: &Evidence, timeline: &Timeline, window: TimeRange) -> Self {
        Self::around(Figures::of(evidence, timeline, window), evidence, timeline, window)
    }

    /// The same around the sums of the window, where somebody has them already.
    pub fn around(figures: Figures, evidence: &Evidence, timeline: &Timeline, window: TimeRange) -> Self {
        let mut gathered: BTreeMap<(u32, Option<ReasonId>, bool), Standstills> = BTreeMap::new();
        for segment in timeline.within(window) {
            let standstill = matches!(segment.category, Category::UnplannedStop | Category::MicroStop);
            let (Some(stop), true) = (timeline.stop(segment), standstill) else { continue };
            let steps = u32::try_from(stop.length_us().min(LONGEST_US) / STEP_US).unwrap_or(0);
            let known_end = window.end().min(evidence.known_until());
            let time_us = segment.end.min(known_end).since(segment.start.max(window.start()));
            let begins = window.contains(segment.start);
            let held = gathered.entry((steps, segment.reason, stop.open)).or_insert(Standstills {
                steps,
                reason: segment.reason,
                open: stop.open,
                time_us: 0,
                began: 0,
                began_so: 0,
                repair_us: 0,
            });
            held.time_us = held.time_us.saturating_add(time_us.max(0));
            if begins && segment.opens {
                held.began += 1;
                held.repair_us = held.repair_us.saturating_add(stop.effective_us);
            }
            held.began_so += u64::from(begins && segment.opens_reason);
        }
        Self { figures, standstills: gathered.into_values().collect() }
    }

    /// The figures under assumptions.
    pub fn figures_if(&self, assumptions: &Assumptions) -> Figures {
        let Assumptions { ideal_thousandths, micro_stop_us, without, extra_us } = assumptions;
        let mut figures = self.figures.clone();
        if let Some(threshold_us) = micro_stop_us {
            self.judge(&mut figures, *threshold_us);
        }
        if let Some(reason) = without {
            leave_out(&mut figures, *reason);
        }
        if *ideal_thousandths != 1_000 {
            figures.ideal.scale(i128::from(*ideal_thousandths), 1_000);
        }
        let pace = figures.clone();
        extend(&mut figures, &pace, *extra_us);
        figures
    }

    /// Judges every standstill anew by a threshold.
    fn judge(&self, figures: &mut Figures, threshold_us: i64) {
        let mut shares: BTreeMap<(Category, Option<ReasonId>), (i64, u64)> = BTreeMap::new();
        for share in figures.by_reason.iter().filter(|s| !matches!(s.category, Category::UnplannedStop | Category::MicroStop)) {
            shares.insert((share.category, share.reason), (share.time_us, share.stops));
        }
        let (times, counts) = (&mut figures.times, &mut figures.counts);
        (times.unplanned_stop_us, times.micro_stop_us) = (0, 0);
        (counts.stops, counts.micro_stops, counts.repair_us) = (0, 0, 0);
        figures.provisional = false;
        for Standstills { steps, reason, open, time_us, began, began_so, repair_us } in &self.standstills {
            let micro = i64::from(*steps) * STEP_US < threshold_us.min(LONGEST_US);
            let category = if micro { Category::MicroStop } else { Category::UnplannedStop };
            *times.of(category) += time_us;
            if micro {
                counts.micro_stops += began;
                figures.provisional |= open;
            } else {
                counts.stops += began;
                counts.repair_us = counts.repair_us.saturating_add(*repair_us);
            }
            let share = shares.entry((category, *reason)).or_default();
            *share = (share.0.saturating_add(*time_us), share.1 + began_so);
        }
        let listed = shares.into_iter();
        let share = |((category, reason), (time_us, stops))| ReasonShare { category, reason, time_us, stops };
        figures.by_reason = listed.map(share).collect();
    }
}

/// Takes a reason away. What stood for long runs at today's speed and quality; what stood shortly, as what ran between.
fn leave_out(figures: &mut Figures, reason: ReasonId) {
    let (mut lasting_us, mut micro_us) = (0_i64, 0_i64);
    figures.by_reason.retain(|share| {
        let stands = matches!(share.category, Category::UnplannedStop | Category::MicroStop | Category::Setup);
        if share.reason != Some(reason) || !stands {
            return true;
        }
        let counts = &mut figures.counts;
        match share.category {
            Category::MicroStop => {
                micro_us = micro_us.saturating_add(share.time_us);
                counts.micro_stops = counts.micro_stops.saturating_sub(share.stops);
            }
            Category::Setup => {
                lasting_us = lasting_us.saturating_add(share.time_us);
                counts.setups = counts.setups.saturating_sub(share.stops);
            }
            _ => {
                lasting_us = lasting_us.saturating_add(share.time_us);
                counts.stops = counts.stops.saturating_sub(share.stops);
                counts.repair_us = counts.repair_us.saturating_sub(share.time_us).max(0);
            }
        }
        *figures.times.of(share.category) -= share.time_us;
        false
    });
    let producing_us = figures.times.producing_us.saturating_add(figures.times.slow_us);
    figures.times.producing_us = figures.times.producing_us.saturating_add(micro_us);
    figures.produce(producing_us, micro_us);
    let run_us = figures.times.run_us();
    figures.times.producing_us = figures.times.producing_us.saturating_add(lasting_us);
    figures.produce(run_us, lasting_us);
}

/// Adds planned production time that is spent as that of other figures was, which may be the same. Where nothing was planned in
/// those, nobody knows how, and nothing is added.
pub(super) fn extend(figures: &mut Figures, pace: &Figures, extra_us: i64) {
    let planned_us = pace.times.planned_us();
    if planned_us <= 0 || extra_us <= 0 {
        return;
    }
    let (mut left_us, mut times) = (extra_us, pace.times);
    let share = |value: i64| scaled(value, i128::from(extra_us), i128::from(planned_us));
    for category in [Category::Setup, Category::UnplannedStop, Category::MicroStop, Category::Unknown, Category::Slow] {
        let more = share(*times.of(category));
        let held = figures.times.of(category);
        *held = held.saturating_add(more);
        left_us = left_us.saturating_sub(more);
    }
    // The rest is production, so that no rounding is lost; without any it would be made up.
    let rest = if pace.times.producing_us > 0 { Category::Run } else { Category::UnplannedStop };
    let held = figures.times.of(rest);
    *held = held.saturating_add(left_us);
    figures.times.not_scheduled_us = figures.times.not_scheduled_us.saturating_sub(extra_us).max(0);
    let (parts, of) = (&mut figures.counts.parts, &pace.counts.parts);
    let counts = [&mut parts.good, &mut parts.reject, &mut parts.startup_reject, &mut parts.rework];
    for (count, of) in counts.into_iter().zip([of.good, of.reject, of.startup_reject, of.rework]) {
        *count = count.saturating_add(share(i64::try_from(of).unwrap_or(i64::MAX)).unsigned_abs());
    }
    let (ideal, of) = (&mut figures.ideal, &pace.ideal);
    for (us, of) in [(&mut ideal.total_us, of.total_us), (&mut ideal.good_us, of.good_us), (&mut ideal.startup_us, of.startup_us)] {
        *us = us.saturating_add(share(of));
    }
    for (currency, value) in &pace.value_millionths {
        let held = figures.value_millionths.entry(*currency).or_default();
        *held = held.saturating_add(share(*value));
    }
}

impl Figures {
    /// As many parts more as fit into more time at the pace of some time.
    fn produce(&mut self, time_us: i64, more_us: i64) {
        if time_us <= 0 || more_us <= 0 {
            return;
        }
        let (over, under) = (i128::from(time_us) + i128::from(more_us), i128::from(time_us));
        let parts = &mut self.counts.parts;
        for count in [&mut parts.good, &mut parts.reject, &mut parts.startup_reject, &mut parts.rework] {
            *count = u64::try_from(scaled(i64::try_from(*count).unwrap_or(i64::MAX), over, under)).unwrap_or(*count);
        }
        self.ideal.scale(over, under);
        for value in self.value_millionths.values_mut() {
            *value = scaled(*value, over, under);
        }
    }
}

impl super::figures::Ideal {
    fn scale(&mut self, over: i128, under: i128) {
        let Self { total_us, good_us, startup_us } = self;
        for us in [total_us, good_us, startup_us] {
            *us = scaled(*us, over, under);
        }
    }
}

fn scaled(value: i64, over: i128, under: i128) -> i64 {
    i64::try_from(i128::from(value).saturating_mul(over) / under.max(1)).unwrap_or(i64::MAX)
}
