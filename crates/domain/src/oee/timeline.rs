//! One category for every instant: overlapping evidence resolved once, for all windows alike.

use super::evidence::Evidence;
use super::policy::Policy;
use super::state::{Category, Class, ReasonId, Span};
use super::stop::{Stop, standstills};
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// A stretch of one category inside scheduled time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// First instant.
    pub start: Timestamp,
    /// First instant after.
    pub end: Timestamp,
    /// What it counts as.
    pub category: Category,
    /// Why, when it is known.
    pub reason: Option<ReasonId>,
    /// The standstill that it is a part of, as its place in [`Timeline::stops`]; breaks of the calendar have none.
    pub stop: Option<u32>,
    /// The standstill begins to count here. Counts belong to the window of this instant.
    pub opens: bool,
    /// The standstill begins to count under this reason here.
    pub opens_reason: bool,
}

/// The segments of a machine: in order, without overlaps, up to where things are known. What lies between them is not scheduled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// In order of time.
    pub segments: Vec<Segment>,
    /// Standstills, those of a class in order of time.
    pub stops: Vec<Stop>,
}

/// Claims on an instant, the strongest first: category, with a reason before without, the latest begun, then by number so
/// that the order in which evidence came never matters. Where somebody corrected why it stood, only such claims and the breaks of
/// the calendar are heard.
type Claim = (Category, bool, Reverse<Timestamp>, Option<ReasonId>, Option<u32>, Voice);

/// Who claims.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    Calendar,
    Correction,
    Other,
}

impl Timeline {
    /// Resolves the evidence: a correction wins over what it corrects, planned over unplanned, a reason over none, a stop over silence, silence over running.
    pub fn of(evidence: &Evidence, policy: &Policy) -> Self {
        let as_of = evidence.known_until();
        let threshold_us = |time| policy.micro_stop_us(evidence.ideal_cycle_us(time));
        let mut stops = Vec::new();
        let mut first_of_class = BTreeMap::new();
        for class in [Class::PlannedStop, Class::Setup, Class::Stop] {
            let found = standstills(&evidence.spans, class, as_of, threshold_us);
            first_of_class.insert(class, (stops.len(), found.len()));
            stops.extend(found);
        }
        let mut sweep = Sweep::default();
        for range in &evidence.plan.scheduled {
            sweep.add(range.start(), range.end().min(as_of), None);
        }
        for range in &evidence.plan.breaks {
            let claim = (Category::PlannedStop, true, Reverse(range.start()), None, None, Voice::Calendar);
            sweep.add(range.start(), range.end().min(as_of), Some(claim));
        }
        for span in &evidence.spans {
            let (first, length) = first_of_class.get(&span.class).copied().unwrap_or_default();
            let of_class = stops.get(first..first + length).unwrap_or_default();
            let place = of_class.partition_point(|stop| stop.start <= span.start).checked_sub(1).map(|at| first + at);
            let stop = place.and_then(|place| stops.get(place));
            let number = place.and_then(|place| u32::try_from(place).ok());
            let voice = if span.corrects { Voice::Correction } else { Voice::Other };
            let claim = (category(span, stop), span.reason.is_none(), Reverse(span.start), span.reason, number, voice);
            sweep.add(span.start, span.known_end(as_of), Some(claim));
        }
        let segments = sweep.segments();
        for segment in segments.iter().filter(|segment| segment.category <= Category::MicroStop) {
            if let Some(stop) = segment.stop.and_then(|stop| stops.get_mut(stop as usize)) {
                stop.effective_us = stop.effective_us.saturating_add(segment.end.since(segment.start));
            }
        }
        Self { segments, stops }
    }

    /// The segments that touch a range, whole.
    pub fn within(&self, range: TimeRange) -> &[Segment] {
        let first = self.segments.partition_point(|segment| segment.end <= range.start());
        let last = self.segments.partition_point(|segment| segment.start < range.end());
        self.segments.get(first..last).unwrap_or_default()
    }

    /// The category of an instant.
    pub fn at(&self, time: Timestamp) -> Category {
        self.segment(time).map_or(Category::NotScheduled, |segment| segment.category)
    }

    /// The same for many instants that mostly come in order: each is looked for first where the one before was found.
    pub fn looked_up(&self) -> impl FnMut(Timestamp) -> Category + '_ {
        let mut held: Option<&Segment> = None;
        move |time| {
            if held.is_none_or(|segment| time < segment.start || segment.end <= time) {
                held = self.segment(time);
            }
            held.map_or(Category::NotScheduled, |segment| segment.category)
        }
    }

    fn segment(&self, time: Timestamp) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.start <= time);
        after.checked_sub(1).and_then(|at| self.segments.get(at)).filter(|segment| time < segment.end)
    }

    /// The standstill of a segment.
    pub fn stop(&self, segment: &Segment) -> Option<&Stop> {
        segment.stop.and_then(|stop| self.stops.get(stop as usize))
    }
}

fn category(span: &Span, stop: Option<&Stop>) -> Category {
    match span.class {
        Class::PlannedStop => Category::PlannedStop,
        Class::Setup => Category::Setup,
        Class::Stop if stop.is_some_and(|stop| stop.micro) => Category::MicroStop,
        Class::Stop => Category::UnplannedStop,
        Class::Unknown => Category::Unknown,
        Class::Slow => Category::Slow,
        Class::Run => Category::Run,
    }
}

/// Beginnings and ends of schedule (`None`) and claims, swept in order of time.
#[derive(Default)]
struct Sweep(Vec<(Timestamp, bool, Option<Claim>)>);

impl Sweep {
    fn add(&mut self, start: Timestamp, end: Timestamp, claim: Option<Claim>) {
        if start < end {
            self.0.push((start, true, claim));
            self.0.push((end, false, claim));
        }
    }

    fn segments(self) -> Vec<Segment> {
        let Self(mut borders) = self;
        // Stable, because evidence mostly comes in order, and runs that are in order already are only merged.
        borders.sort_by_key(|(time, ..)| *time);
        let mut open = Open::default();
        let mut segments = Vec::new();
        for group in borders.chunk_by(|a, b| a.0 == b.0) {
            let Some((time, ..)) = group.first() else { continue };
            open.until(*time, &mut segments);
            for (_, begins, claim) in group {
                open.change(*claim, *begins);
            }
        }
        segments
    }
}

/// A reason that may be none.
#[derive(Clone, Copy)]
struct Reason(Option<ReasonId>);

/// What is claimed between two borders.
#[derive(Default)]
struct Open {
    since: Option<Timestamp>,
    scheduled: u32,
    /// In order; mostly one or two, so a list is faster than a tree.
    claims: Vec<Claim>,
    /// How many of them are corrections.
    corrections: u32,
    /// The reason that each standstill began to count under; most have no other.
    first: Vec<Option<Reason>>,
    further: HashSet<(u32, Option<ReasonId>)>,
}

impl Open {
    fn change(&mut self, claim: Option<Claim>, begins: bool) {
        if claim.is_some_and(|(.., voice)| voice == Voice::Correction) {
            self.corrections = if begins { self.corrections.saturating_add(1) } else { self.corrections.saturating_sub(1) };
        }
        match (claim, begins) {
            (None, true) => self.scheduled = self.scheduled.saturating_add(1),
            (None, false) => self.scheduled = self.scheduled.saturating_sub(1),
            (Some(claim), true) => self.claims.insert(self.claims.partition_point(|held| *held < claim), claim),
            (Some(claim), false) => {
                if let Ok(place) = self.claims.binary_search(&claim) {
                    self.claims.remove(place);
                }
            }
        }
    }

    fn until(&mut self, end: Timestamp, segments: &mut Vec<Segment>) {
        let Some(start) = self.since.replace(end).filter(|_| self.scheduled > 0) else { return };
        let heard = |(.., voice): &&Claim| self.corrections == 0 || *voice != Voice::Other;
        let strongest = self.claims.iter().find(heard).copied();
        let (category, reason, stop) =
            strongest.map_or((Category::Unknown, None, None), |(category, _, _, reason, stop, _)| (category, reason, stop));
        if let Some(last) = segments.last_mut()
            && (last.end, last.category, last.reason, last.stop) == (start, category, reason, stop)
        {
            last.end = end;
            return;
        }
        let (opens, opens_reason) = stop.map_or((false, false), |stop| self.opens(stop, reason));
        segments.push(Segment { start, end, category, reason, stop, opens, opens_reason });
    }

    /// Whether a standstill begins to count at all, and under this reason.
    fn opens(&mut self, stop: u32, reason: Option<ReasonId>) -> (bool, bool) {
        let place = stop as usize;
        if self.first.len() <= place {
            self.first.resize(place + 1, None);
        }
        match self.first.get_mut(place) {
            Some(Some(first)) => (false, first.0 != reason && self.further.insert((stop, reason))),
            Some(first) => (first.replace(Reason(reason)).is_none(), true),
            None => (false, false),
        }
    }
}
