//! What people report, as spans and parts beside those of the device.

use crate::oee::{Class, Made, ReasonId, Span};
use crate::plant::{LONGEST_REPORT_US, Plant, Report};
use crate::{TimeRange, Timestamp};

/// Adds what reports say about standing time to the spans of a device, which are in order and do not overlap.
pub(super) fn stand(plant: &Plant, reports: &[&Report], spans: &mut Vec<Span>, as_of: Timestamp) {
    let mut reported = Vec::new();
    for report in reports {
        if let Report::Stop { start, end, reason } = report {
            let (reason, class) = reason.as_deref().map_or((None, Class::Stop), |reason| known(plant, reason));
            // Nobody stands for ever because somebody forgot to say that it is over.
            let end = end.or_else(|| Some(start.plus(LONGEST_REPORT_US)).filter(|end| *end <= as_of));
            reported.push(Span { start: *start, end, class, state: None, reason });
        }
    }
    // A reason is said of what was seen to stand; it says nothing about a time of which nothing is known.
    let seen = spans.iter().chain(&reported).filter(|span| span.class != Class::Unknown);
    let standing = standing(seen.copied(), as_of);
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
                    reported.push(Span { start: from, end: until, class, state: None, reason });
                }
            }
        }
    }
    spans.extend(reported);
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
    fn a_reason_says_nothing_about_a_time_of_which_nothing_is_known() {
        let at = Timestamp::from_us;
        let span = |start, end: Option<i64>, class| Span { start: at(start), end: end.map(at), class, state: None, reason: None };
        let mut spans = vec![span(0, Some(10), Class::Run), span(10, Some(25), Class::Stop), span(25, None, Class::Unknown)];
        let jam = Report::Reason { start: at(10), end: None, reason: "jam".to_owned() };
        stand(&Plant::default(), &[&jam], &mut spans, at(100));
        let said: Vec<_> = spans.iter().skip(3).map(|span| (span.start.us(), span.end.map(Timestamp::us), span.class)).collect();
        assert_eq!(said, [(10, Some(25), Class::Stop)]);
    }
}
