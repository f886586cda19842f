//! What cost most: losses by reason on two levels, the worst first.

use super::figures::{Figures, ReasonShare};
use super::state::{Category, ReasonId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What bars are as long as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// Time.
    #[default]
    Time,
    /// How often.
    Count,
    /// What the time is worth.
    Money,
}

/// One bar, of a group or of a reason within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// How long.
    pub time_us: i64,
    /// How often.
    pub stops: u64,
    /// What the time is worth, in minor units; the time itself where it has no price.
    pub minor: i64,
}

/// The reasons of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group<G> {
    /// Which.
    pub group: G,
    /// All of them together.
    pub bar: Bar,
    /// Each of them, the worst first; `None` for what nobody has given a reason.
    pub reasons: Vec<(Category, Option<ReasonId>, Bar)>,
}

impl Bar {
    /// The length that it is drawn with.
    pub fn measure(&self, by: By) -> i64 {
        match by {
            By::Count => i64::try_from(self.stops).unwrap_or(i64::MAX),
            By::Money => self.minor,
            By::Time => self.time_us,
        }
    }

    fn add(&mut self, share: &ReasonShare, minor: i64) {
        self.time_us = self.time_us.saturating_add(share.time_us);
        self.stops = self.stops.saturating_add(share.stops);
        self.minor = self.minor.saturating_add(minor);
    }
}

/// The losses of a window by group and reason: unplanned stops, micro-stops, changeovers. Planned stops are no losses.
/// Together the bars are exactly the times of these categories. `minor` is what the time of a share is worth.
pub fn pareto<G: Ord + Clone>(
    figures: &Figures,
    by: By,
    minor: impl Fn(&ReasonShare) -> i64,
    group_of: impl Fn(Category, Option<ReasonId>) -> G,
) -> Vec<Group<G>> {
    let mut groups: BTreeMap<G, Group<G>> = BTreeMap::new();
    for share in &figures.by_reason {
        if !matches!(share.category, Category::UnplannedStop | Category::MicroStop | Category::Setup) {
            continue;
        }
        let group = group_of(share.category, share.reason);
        let held = groups.entry(group.clone()).or_insert_with(|| Group { group, bar: Bar::default(), reasons: Vec::new() });
        let (worth, mut bar, reason) = (minor(share), Bar::default(), (share.category, share.reason));
        held.bar.add(share, worth);
        bar.add(share, worth);
        held.reasons.push((reason.0, reason.1, bar));
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    // Sorting is stable, so what weighs the same stays in the order of its keys.
    groups.sort_by_key(|group| Reverse(group.bar.measure(by)));
    for group in &mut groups {
        group.reasons.sort_by_key(|(.., bar)| Reverse(bar.measure(by)));
    }
    groups
}
