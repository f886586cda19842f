//! The frozen rules of OEE about categories, stops and the events of devices; the numbers are the policy's.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::civil::{DAY_US, MINUTE_US, SECOND_US};
use domain::oee::counter::Counter;
use domain::oee::log::{Event, Log, Reading};
use domain::oee::{Category, Class, Figures, Flag, Policy, Ratios, ReasonId, Span, StateId, Timeline};
use domain::{TimeRange, Timestamp};
use plant::{at_us, because, figures, machine, minute, minutes, span, state};

fn ratios(figures: &Figures) -> Ratios {
    Ratios::of(figures, &Policy::default())
}

fn categories(spans: Vec<Span>, breaks: Vec<TimeRange>) -> Vec<(Category, Option<u32>, i64, i64)> {
    let mut evidence = machine(minutes(0, 100), SECOND_US, spans);
    evidence.plan.breaks = breaks;
    let timeline = Timeline::of(&evidence, &Policy::default());
    let minute_of = |time: Timestamp| time.us() / MINUTE_US;
    timeline.segments.iter().map(|s| (s.category, s.reason.map(|r| r.0), minute_of(s.start), minute_of(s.end))).collect()
}

#[test]
fn rule_01_one_category_an_instant_by_precedence() {
    let all = vec![
        state(-10, 120, Class::Run, 1),
        span(10, 90, Class::Slow),
        span(15, 85, Class::Unknown),
        span(20, 80, Class::Stop),
        because(30, 70, Class::Stop, 7),
        span(40, 60, Class::PlannedStop),
    ];
    let expected = vec![
        (Category::Run, None, 0, 10),
        (Category::Slow, None, 10, 15),
        (Category::Unknown, None, 15, 20),
        (Category::UnplannedStop, None, 20, 30),
        (Category::UnplannedStop, Some(7), 30, 40),
        (Category::PlannedStop, None, 40, 60),
        (Category::UnplannedStop, Some(7), 60, 70),
        (Category::UnplannedStop, None, 70, 80),
        (Category::Unknown, None, 80, 85),
        (Category::Slow, None, 85, 90),
        (Category::Run, None, 90, 100),
    ];
    assert_eq!(categories(all, Vec::new()), expected);
    // Silence is neither run nor stop; a micro-stop beats running; a break of the calendar beats all inside the shift.
    let few = vec![span(0, 50, Class::Run), span(10, 11, Class::Stop)];
    let expected = vec![
        (Category::Run, None, 0, 10),
        (Category::MicroStop, None, 10, 11),
        (Category::Run, None, 11, 30),
        (Category::PlannedStop, None, 30, 40),
        (Category::Run, None, 40, 50),
        (Category::Unknown, None, 50, 100),
    ];
    assert_eq!(categories(few, vec![minutes(30, 40)]), expected);
    let evidence = machine(minutes(0, 100), SECOND_US, vec![span(-50, 200, Class::Stop)]);
    assert_eq!(Timeline::of(&evidence, &Policy::default()).at(minute(100)), Category::NotScheduled);
}

#[test]
fn rule_06_overlaps_are_a_union_and_planned_wins() {
    let spans = vec![
        span(0, 100, Class::Stop),
        because(10, 60, Class::Stop, 1),
        because(20, 70, Class::Stop, 2),
        span(50, 80, Class::PlannedStop),
        span(0, 100, Class::Run),
    ];
    let figures = figures(&machine(minutes(0, 100), SECOND_US, spans), minutes(0, 100));
    assert_eq!(figures.times.planned_us(), 70 * MINUTE_US);
    assert_eq!(figures.times.unplanned_stop_us, 70 * MINUTE_US);
    assert_eq!((figures.times.run_us(), figures.times.unknown_us, figures.counts.stops), (0, 0, 1));
}

#[test]
fn rule_11_what_is_corrected_is_as_it_was_corrected_whatever_the_device_said() {
    let corrected = |class, reason| Span { corrects: true, ..because(20, 40, class, reason) };
    let by_reason = |spans: Vec<Span>| {
        let mut evidence = machine(minutes(0, 100), SECOND_US, spans);
        evidence.plan.breaks = vec![minutes(35, 40)];
        let figures = figures(&evidence, minutes(0, 100));
        let shares = figures.by_reason.iter().map(|share| (share.category, share.reason.map(|reason| reason.0), share.time_us / MINUTE_US));
        (shares.collect::<Vec<_>>(), figures.counts.stops)
    };
    let broken = (Category::PlannedStop, None, 5);
    // A reason by another, also by one with a higher number, and a planned stop by one that was not planned, but for the break.
    for (device, said) in [(1, 2), (2, 1)] {
        let spans = vec![span(0, 100, Class::Run), because(20, 40, Class::Stop, device), corrected(Class::Stop, said)];
        assert_eq!(by_reason(spans), (vec![broken, (Category::UnplannedStop, Some(said), 15)], 1));
    }
    let spans = vec![because(20, 40, Class::PlannedStop, 1), span(0, 100, Class::Run), corrected(Class::Stop, 2)];
    assert_eq!(by_reason(spans), (vec![broken, (Category::UnplannedStop, Some(2), 15)], 1));
    // It remains one stop where a part of it is called something else.
    let spans = vec![because(10, 60, Class::Stop, 1), span(0, 100, Class::Run), corrected(Class::Setup, 2)];
    let said = vec![broken, (Category::Setup, Some(2), 15), (Category::UnplannedStop, Some(1), 30)];
    assert_eq!(by_reason(spans), (said, 1));
}

#[test]
fn rule_07_a_stop_across_a_border_is_split_for_sums_and_one_for_counts() {
    let mut evidence = machine(minutes(0, 100), SECOND_US, vec![span(0, 200, Class::Run), because(40, 130, Class::Stop, 3)]);
    evidence.plan.scheduled = vec![minutes(0, 50), minutes(50, 90), minutes(110, 200)];
    evidence.plan.breaks = vec![minutes(60, 70)];
    let [early, late, next] = [minutes(0, 50), minutes(50, 110), minutes(110, 200)].map(|window| figures(&evidence, window));
    assert_eq!([&early, &late, &next].map(|f| f.times.unplanned_stop_us / MINUTE_US), [10, 30, 20]);
    assert_eq!([&early, &late, &next].map(|f| f.counts.stops), [1, 0, 0]);
    // MTTR is that of the whole stop, where it began.
    assert_eq!((ratios(&early).mttr_us, ratios(&late).mttr_us), (Some((60 * MINUTE_US) as f64), None));
    let pareto = |f: &Figures| {
        f.by_reason.iter().filter(|s| s.reason == Some(ReasonId(3))).map(|s| (s.time_us / MINUTE_US, s.stops)).collect::<Vec<_>>()
    };
    assert_eq!([&early, &late, &next].map(pareto), [vec![(10, 1)], vec![(30, 0)], vec![(20, 0)]]);
}

#[test]
fn rule_08_a_micro_stop_is_judged_whole_and_late() {
    let policy = Policy::default();
    assert_eq!(policy.micro_stop_us(Some(SECOND_US)), 2 * MINUTE_US);
    assert_eq!(policy.micro_stop_us(Some(MINUTE_US)), 3 * MINUTE_US);
    assert_eq!(Policy { micro_stop_us: Some(7), ..policy }.micro_stop_us(Some(MINUTE_US)), 7);

    let mut evidence = machine(
        minutes(0, 60),
        MINUTE_US,
        vec![span(0, 10, Class::Run), span(10, 13, Class::Stop), span(13, 60, Class::Run), span(20, 22, Class::Stop)],
    );
    // Three minutes are a stop in every window, also in one that shows one of them; two minutes never are.
    let cut = figures(&evidence, minutes(12, 21));
    assert_eq!((cut.times.unplanned_stop_us, cut.times.micro_stop_us), (MINUTE_US, MINUTE_US));
    assert_eq!((cut.counts.stops, cut.counts.micro_stops), (0, 1));
    // Splitting it under two reasons leaves it one standstill.
    evidence.spans.extend([because(10, 11, Class::Stop, 1), because(11, 13, Class::Stop, 2)]);
    let split = figures(&evidence, minutes(0, 60));
    assert_eq!((split.counts.stops, split.times.unplanned_stop_us), (1, 3 * MINUTE_US));

    // So is one that is reported in pieces that only touch.
    evidence.spans = vec![because(10, 11, Class::Stop, 1), because(11, 13, Class::Stop, 2)];
    let pieces = figures(&evidence, minutes(0, 60));
    assert_eq!((pieces.counts.stops, pieces.times.unplanned_stop_us, pieces.times.micro_stop_us), (1, 3 * MINUTE_US, 0));

    // An open one is provisional until it crosses the threshold.
    let mut open = machine(minutes(0, 60), MINUTE_US, vec![span(0, 10, Class::Run), Span { end: None, ..span(10, 11, Class::Stop) }]);
    open.as_of = Some(minute(12));
    let early = figures(&open, minutes(0, 60));
    assert_eq!((early.times.micro_stop_us, early.times.calendar_us(), early.provisional), (2 * MINUTE_US, 12 * MINUTE_US, true));
    assert!(Flag::of(&early, &policy).contains(&Flag::Provisional));
    open.as_of = Some(minute(13));
    let crossed = figures(&open, minutes(0, 60));
    assert_eq!((crossed.times.unplanned_stop_us, crossed.counts.stops, crossed.provisional), (3 * MINUTE_US, 1, false));
}

#[test]
fn rule_12_device_events_in_order_of_arrival() {
    let now = 1_000 * DAY_US;
    let event = |sequence, us: i64, state: u32, class| Event {
        sequence,
        stamp: at_us(now + us),
        received: at_us(now + us),
        state: Some((StateId(state), class)),
    };
    let late = event(3, 40, 2, Class::Run);
    let absurd = Event { stamp: at_us(0), ..event(4, 60, 3, Class::Stop) };
    let events = [
        event(1, 0, 2, Class::Run),
        event(2, 50, 1, Class::Unknown),
        late,
        absurd,
        event(5, 90, 3, Class::Stop),
        event(5, 90, 3, Class::Stop),
        event(6, 95, 3, Class::Stop),
    ];
    let read = |events: &[Event], how| Log::read(events.iter().copied(), how, at_us(now + 200));
    let log = read(&events, Reading::default());
    let spans =
        |log: &Log| log.spans.iter().map(|s| (s.start.us() - now, s.end.map(|e| e.us() - now), s.state.map(|s| s.0))).collect::<Vec<_>>();
    // The stamp of 40 is clamped to 50 and the machine runs on; sorted by stamp it would have been unknown from 50.
    assert_eq!(spans(&log), [(0, Some(50), Some(2)), (50, Some(90), Some(2)), (90, None, Some(3))]);
    assert_eq!(log.refused, [absurd]);
    let mut replayed = events.to_vec();
    replayed.extend(events);
    replayed.reverse();
    let mut first_wins = read(&replayed, Reading::default());
    first_wins.refused.sort_by_key(|e| e.sequence);
    assert_eq!(first_wins, log);
    // Silence is unknown from the machine's limit on, and a sign of life brings the state back.
    let alive = Event { state: None, ..event(7, 150, 0, Class::Run) };
    let silent = read(&[event(1, 0, 2, Class::Run), alive], Reading { silence_us: Some(30), ..Reading::default() });
    assert_eq!(spans(&silent), [(0, Some(30), Some(2)), (30, Some(150), None), (150, Some(180), Some(2)), (180, None, None)]);

    let count = |end, readings: &[u64]| {
        let mut counter = Counter::new(end);
        readings.iter().map(|r| counter.read(*r)).collect::<Vec<_>>()
    };
    assert_eq!(count(None, &[100, 110, 110, 3, 8]), [0, 10, 0, 3, 5]);
    assert_eq!(count(Some(65_536), &[65_530, 4, 60_000, 7]), [0, 10, 59_996, 5_543]);
    assert_eq!(count(Some(65_536), &[20_000, 5]), [0, 5]);
}
