//! What people report, as spans and parts beside those of the device.

use crate::oee::{Class, Made, ReasonId, Span};
use crate::plant::{LONGEST_REPORT_US, Plant, Report};
use crate::{TimeRange, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Adds what reports say about standing time to the spans of a device, which are in order and do not overlap. What is said of
/// why it stood corrects what the device said; where several say so of one instant, the one that begins last does, which is how a
/// part of a stop gets a reason of its own.
pub(super) fn stand(plant: &Plant, reports: &[&Report], spans: &mut Vec<Span>, as_of: Timestamp) {
    let mut reported = Vec::new();
    for report in reports {
        if let Report::Stop { start, end, reason } = report {
            let (reason, class) = reason.as_deref().map_or((None, Class::Stop), |reason| known(plant, reason));
            // Nobody stands for ever because somebody forgot to say that it is over.
            let end = end.or_else(|| Some(start.plus(LONGEST_REPORT_US)).filter(|end| *end <= as_of));
            reported.push(Span { start: *start, end, class, state: None, reason, corrects: false });
        }
    }
    // A reason is said of what was seen to stand; it says nothing about a time of which nothing is known.
    let seen = spans.iter().chain(&reported).filter(|span| span.class != Class::Unknown);
    let standing = standing(seen.copied(), as_of);
    let mut corrections = Vec::new();
    for report in reports {
        if let Report::Reason { start, end, reason } = report {
            let (reason, class) = known(plant, reason);
            let first = standing.partition_point(|(_, until)| until.is_some_and(|until| until <= *start));
            let rest = standing.get(first..).unwrap_or_default();
            // Without an end it is said of the standstill that holds its start.
            let most = if end.is_some() { usize::MAX } else { 1 };
            for (from, until) in rest.iter().take(most).filter(|(from, _)| end.is_some() || from <= start) {
                let (from, until) = (*from.max(start), [*until, *end].into_iter().flatten().min());
                if until.is_none_or(|until| from < until) {
                    corrections.push(Correction { said: (*start, *end), from, until, class, reason });
                }
            }
        }
    }
    reported.extend(resolved(corrections));
    spans.extend(reported);
}

/// What somebody said of a stretch of standing time, as a part of what it was said of.
struct Correction {
    said: (Timestamp, Option<Timestamp>),
    from: Timestamp,
    until: Option<Timestamp>,
    class: Class,
    reason: Option<ReasonId>,
}

/// Corrections without overlaps: the one that was said of a later beginning holds, of those the one that was said of less, then by
/// what they say, so that the order in which they came never matters.
fn resolved(mut corrections: Vec<Correction>) -> Vec<Span> {
    let end = |time: Option<Timestamp>| time.unwrap_or(Timestamp::MAX);
    corrections.sort_by_key(|one| (Reverse(one.said.0), end(one.said.1), one.class, one.reason));
    let places = corrections.iter().enumerate();
    let mut borders: Vec<(Timestamp, usize)> = places.flat_map(|(place, one)| [(one.from, place), (end(one.until), place)]).collect();
    borders.sort_unstable();
    let (mut spans, mut open) = (Vec::<Span>::new(), BTreeSet::new());
    for pair in borders.windows(2) {
        let [(start, place), (until, _)] = pair else { continue };
        if !open.remove(place) {
            open.insert(*place);
        }
        let Some(held) = open.first().and_then(|place| corrections.get(*place)).filter(|_| start < until) else { continue };
        let until = (*until < Timestamp::MAX).then_some(*until);
        match spans.last_mut().filter(|last| (last.end, last.class, last.reason) == (Some(*start), held.class, held.reason)) {
            Some(last) => last.end = until,
            None => spans.push(Span { start: *start, end: until, class: held.class, state: None, reason: held.reason, corrects: true }),
        }
    }
    spans
}

/// Adds the parts that people counted, and puts their recounts in the place of what was counted.
pub(super) fn count(
    plant: &Plant,
    reports: &[&Report],
    made: &mut Vec<Made>,
    product: impl Fn(Option<&str>, Timestamp) -> crate::oee::ProductId,
) {
    let named = |reason: &Option<String>| reason.as_deref().and_then(|reason| plant.reason_id(reason));
    for report in reports {
        if let Report::Made { time, product: of, parts, reason } = report {
            made.push(Made { time: *time, product: product(of.as_deref(), *time), parts: *parts, reason: named(reason) });
        }
    }
    for report in reports {
        if let Report::Recount { start, end, product: of, parts, reason } = report
            && let Ok(range) = TimeRange::new(*start, *end)
        {
            let recounted = product(of.as_deref(), *start);
            made.retain(|made| !range.contains(made.time) || (of.is_some() && made.product != recounted));
            made.push(Made { time: *start, product: recounted, parts: *parts, reason: named(reason) });
        }
    }
}

/// Where a machine stands by any evidence: stretches that neither overlap nor touch, in order; the last may be open.
pub(super) fn standing(spans: impl Iterator<Item = Span>, as_of: Timestamp) -> Vec<(Timestamp, Option<Timestamp>)> {
    let mut spans: Vec<Span> = spans.filter(|span| !matches!(span.class, Class::Run | Class::Slow) && span.start < as_of).collect();
    spans.sort_unstable_by_key(|span| span.start);
    let mut standing: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
    for span in spans {
        match standing.last_mut().filter(|(_, end)| end.is_none_or(|end| span.start <= end)) {
            Some((_, end)) => *end = end.and_then(|held| span.end.map(|end| end.max(held))),
            None => standing.push((span.start, span.end)),
        }
    }
    standing
}

fn known(plant: &Plant, reason: &str) -> (Option<ReasonId>, Class) {
    (plant.reason_id(reason), plant.reasons.get(reason).map_or(Class::Stop, |reason| reason.class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_what_was_given_a_reason_has_the_reason_that_it_was_given() {
        let at = Timestamp::from_us;
        let said = |start, end: Option<i64>, reason| Correction {
            said: (at(start), end.map(at)),
            from: at(start),
            until: end.map(at),
            class: if reason == 9 { Class::PlannedStop } else { Class::Stop },
            reason: Some(ReasonId(reason)),
        };
        let of = |all: Vec<Correction>| -> Vec<(i64, Option<i64>, u32)> {
            resolved(all).iter().map(|span| (span.start.us(), span.end.map(Timestamp::us), span.reason.unwrap().0)).collect()
        };
        // Planned or not: what is said of less is said more exactly.
        assert_eq!(of(vec![said(0, Some(100), 9), said(60, Some(100), 1)]), [(0, Some(60), 9), (60, Some(100), 1)]);
        assert_eq!(of(vec![said(60, None, 1), said(0, None, 9)]), [(0, Some(60), 9), (60, None, 1)]);
        assert_eq!(
            of(vec![said(0, Some(100), 1), said(0, Some(40), 2), said(20, Some(30), 3)]),
            [(0, Some(20), 2), (20, Some(30), 3), (30, Some(40), 2), (40, Some(100), 1)]
        );
        assert_eq!(of(vec![said(0, Some(10), 1), said(10, Some(20), 1), said(30, Some(40), 1)]), [(0, Some(20), 1), (30, Some(40), 1)]);
        assert_eq!(of(vec![said(0, Some(10), 2), said(0, Some(10), 1)]), of(vec![said(0, Some(10), 1), said(0, Some(10), 2)]));
    }

    #[test]
    fn a_reason_says_nothing_about_a_time_of_which_nothing_is_known() {
        let at = Timestamp::from_us;
        let span =
            |start, end: Option<i64>, class| Span { start: at(start), end: end.map(at), class, state: None, reason: None, corrects: false };
        let mut spans = vec![span(0, Some(10), Class::Run), span(10, Some(25), Class::Stop), span(25, None, Class::Unknown)];
        let jam = Report::Reason { start: at(10), end: None, reason: "jam".to_owned() };
        stand(&Plant::default(), &[&jam], &mut spans, at(100));
        let said: Vec<_> = spans.iter().skip(3).map(|span| (span.start.us(), span.end.map(Timestamp::us), span.class)).collect();
        assert_eq!(said, [(10, Some(25), Class::Stop)]);
    }
}
