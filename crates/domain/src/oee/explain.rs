//! What a percentage is made of: every interval and every count behind it, and their sums.

use super::counts::Parts;
use super::evidence::Evidence;
use super::product::{ProductId, standard};
use super::state::{Category, ReasonId};
use super::timeline::Timeline;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is explained: a ratio of two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Figure {
    /// Fully productive / planned and known.
    Oee,
    /// Run / planned and known.
    Availability,
    /// Net run time / run.
    Performance,
    /// Fully productive / net run time.
    Quality,
}

/// An interval of the window, as far as it lies inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// First instant.
    pub start: Timestamp,
    /// First instant after.
    pub end: Timestamp,
    /// What it counts as.
    pub category: Category,
    /// Why, when it is known.
    pub reason: Option<ReasonId>,
}

/// Parts of one product at one ideal cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Making {
    /// What.
    pub product: ProductId,
    /// The ideal cycle that held; `None` where none did, and then neither performance nor OEE can be said.
    pub ideal_cycle_us: Option<i64>,
    /// How many.
    pub parts: Parts,
    /// In how many reports.
    pub reports: u64,
}

/// The evidence behind the four ratios of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// In order of time, at most as many as were asked for.
    pub lines: Vec<Line>,
    /// What the others are together: category, how many, how long.
    pub further: Vec<(Category, u64, i64)>,
    /// By product and ideal cycle.
    pub makings: Vec<Making>,
}

impl Figure {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Oee, Self::Availability, Self::Performance, Self::Quality];

    /// Whether time of a category is in the numerator and in the denominator, where these are times of the clock.
    pub fn holds(self, category: Category) -> (bool, bool) {
        let run = matches!(category, Category::Run | Category::Slow | Category::MicroStop);
        let known = run || matches!(category, Category::Setup | Category::UnplannedStop);
        match self {
            Self::Oee => (false, known),
            Self::Availability => (run, known),
            Self::Performance => (false, run),
            Self::Quality => (false, false),
        }
    }
}

impl Making {
    /// Ideal cycle × parts: net run time.
    pub fn total_us(&self) -> i64 {
        self.times(self.parts.total())
    }

    /// Ideal cycle × good parts: fully productive time.
    pub fn good_us(&self) -> i64 {
        self.times(self.parts.good)
    }

    fn times(&self, parts: u64) -> i64 {
        i64::try_from(parts).unwrap_or(i64::MAX).saturating_mul(self.ideal_cycle_us.unwrap_or(0))
    }
}

impl Explanation {
    /// The intervals and counts of a window, as far as it is known. Lines beyond `most` are summed.
    pub fn of(evidence: &Evidence, timeline: &Timeline, window: TimeRange, most: usize) -> Self {
        let mut explanation = Self::default();
        let Ok(window) = TimeRange::new(window.start(), window.end().min(evidence.known_until())) else { return explanation };
        let mut further: BTreeMap<Category, (u64, i64)> = BTreeMap::new();
        for segment in timeline.within(window) {
            let (start, end) = (segment.start.max(window.start()), segment.end.min(window.end()));
            if explanation.lines.len() < most {
                explanation.lines.push(Line { start, end, category: segment.category, reason: segment.reason });
            } else {
                let sum = further.entry(segment.category).or_default();
                *sum = (sum.0 + 1, sum.1.saturating_add(end.since(start)));
            }
        }
        explanation.further = further.into_iter().map(|(category, (count, us))| (category, count, us)).collect();
        let mut makings: BTreeMap<(ProductId, Option<i64>), Making> = BTreeMap::new();
        for made in evidence.made.iter().filter(|made| window.contains(made.time)) {
            let ideal_cycle_us = standard(&evidence.products, made.product, made.time).map(|standard| standard.ideal_cycle_us);
            let making = makings.entry((made.product, ideal_cycle_us));
            let making = making.or_insert(Making { product: made.product, ideal_cycle_us, parts: Parts::default(), reports: 0 });
            making.parts.add(made.parts);
            making.reports += 1;
        }
        explanation.makings = makings.into_values().collect();
        explanation
    }

    /// Time of all intervals of these categories.
    pub fn time_us(&self, of: impl Fn(Category) -> bool) -> i64 {
        let lines = self.lines.iter().map(|line| (line.category, line.end.since(line.start)));
        let all = lines.chain(self.further.iter().map(|(category, _, us)| (*category, *us)));
        all.filter(|(category, _)| of(*category)).fold(0, |sum, (_, us)| sum.saturating_add(us))
    }

    /// Numerator and denominator of a figure in microseconds: what the lines and counts add up to.
    pub fn terms_us(&self, figure: Figure) -> (i64, i64) {
        let (good_us, total_us) = self
            .makings
            .iter()
            .fold((0_i64, 0_i64), |(good, total), making| (good.saturating_add(making.good_us()), total.saturating_add(making.total_us())));
        let (over_us, under_us) = (self.time_us(|category| figure.holds(category).0), self.time_us(|category| figure.holds(category).1));
        match figure {
            Figure::Oee => (good_us, under_us),
            Figure::Availability => (over_us, under_us),
            Figure::Performance => (total_us, under_us),
            Figure::Quality => (good_us, total_us),
        }
    }
}
