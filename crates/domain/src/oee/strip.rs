//! The timeline as pixels. A stop is never hidden, however far away one looks from: the worst state of a pixel wins, and
//! whatever touches a pixel is in it.

use super::ladder::Times;
use super::state::{Category, ReasonId};
use super::timeline::Timeline;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// Pixels of one category, `[start_px, end_px)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// First pixel.
    pub start_px: u32,
    /// First pixel after; at least one further.
    pub end_px: u32,
    /// The worst of what lies in each of them.
    pub category: Category,
}

/// A stretch of time of one category, as it travels to a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// First instant.
    pub start: Timestamp,
    /// First instant after.
    pub end: Timestamp,
    /// What it counts as.
    pub category: Category,
    /// Why, when it is known.
    pub reason: Option<ReasonId>,
    /// Beginning of the standstill that it is a part of.
    pub stop: Option<Timestamp>,
}

/// Categories in the order of a legend.
pub const LEGEND: [Category; 8] = [
    Category::Run,
    Category::Slow,
    Category::UnplannedStop,
    Category::MicroStop,
    Category::Setup,
    Category::PlannedStop,
    Category::Unknown,
    Category::NotScheduled,
];

/// How much a category wants to be seen: of those in one pixel the highest is drawn.
pub fn severity(category: Category) -> u8 {
    match category {
        Category::UnplannedStop => 7,
        Category::MicroStop => 6,
        Category::Unknown => 5,
        Category::Setup => 4,
        Category::PlannedStop => 3,
        Category::Slow => 2,
        Category::Run => 1,
        Category::NotScheduled => 0,
    }
}

/// The pixels of a range that is `pixels` wide: in order, without overlaps. Pixels in which nothing is scheduled, or about
/// which nothing can be known yet, have none. The stretches must not overlap; their order does not matter.
pub fn runs(stretches: impl IntoIterator<Item = (Timestamp, Timestamp, Category)>, range: TimeRange, pixels: u32) -> Vec<Run> {
    let mut worst: Vec<Option<Category>> = vec![None; pixels as usize];
    let pixel = |time: Timestamp| {
        let px = i128::from(time.since(range.start())) * i128::from(pixels) / i128::from(range.length_us());
        usize::try_from(px).unwrap_or(0)
    };
    for (start, end, category) in stretches {
        let Ok(seen) = TimeRange::new(start.max(range.start()), end.min(range.end())) else { continue };
        if category == Category::NotScheduled {
            continue;
        }
        for held in worst.get_mut(pixel(seen.start())..=pixel(seen.last())).unwrap_or_default() {
            if held.is_none_or(|held| severity(held) < severity(category)) {
                *held = Some(category);
            }
        }
    }
    let mut runs: Vec<Run> = Vec::new();
    for (px, category) in (0_u32..).zip(worst) {
        let Some(category) = category else { continue };
        match runs.last_mut().filter(|run| (run.end_px, run.category) == (px, category)) {
            Some(run) => run.end_px = px + 1,
            None => runs.push(Run { start_px: px, end_px: px + 1, category }),
        }
    }
    runs
}

/// The pixels of a timeline.
pub fn of(timeline: &Timeline, range: TimeRange, pixels: u32) -> Vec<Run> {
    runs(timeline.within(range).iter().map(|segment| (segment.start, segment.end, segment.category)), range, pixels)
}

/// What a browser needs to draw and to name a range: its segments, whole, or, where there are more than `most`, the pixels
/// of the range as stretches without reasons.
pub fn stretches(timeline: &Timeline, range: TimeRange, most: usize, pixels: u32) -> Vec<Stretch> {
    let segments = timeline.within(range);
    if segments.len() <= most {
        let stretch = |segment: &super::timeline::Segment| Stretch {
            start: segment.start,
            end: segment.end,
            category: segment.category,
            reason: segment.reason,
            stop: timeline.stop(segment).map(|stop| stop.start),
        };
        return segments.iter().map(stretch).collect();
    }
    let border = |px: u32| {
        let us = i128::from(range.length_us()) * i128::from(px) / i128::from(pixels.max(1));
        range.start().plus(i64::try_from(us).unwrap_or(0))
    };
    let run = |run: Run| {
        let Run { start_px, end_px, category } = run;
        Stretch { start: border(start_px), end: border(end_px), category, reason: None, stop: None }
    };
    of(timeline, range, pixels).into_iter().map(run).collect()
}

/// Time by category, in the order of a legend, without those that there are none of.
pub fn totals(times: &Times) -> Vec<(Category, i64)> {
    let mut times = *times;
    LEGEND.into_iter().map(|category| (category, *times.of(category))).filter(|(_, us)| *us > 0).collect()
}
