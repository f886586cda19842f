//! What holds for any evidence: sums are exact, windows add up, order and zoom change nothing, overlaps make no negatives.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::oee::correction::{Entry, as_known_at};
use domain::oee::counts::Parts;
use domain::oee::losses::Losses;
use domain::oee::money::{Money, Rate};
use domain::oee::{
    Category, Class, Dated, Evidence, Figures, Made, Plan, Policy, ProductId, Ratios, ReasonId, Span, StateId, Timeline, interval, ratios,
};
use domain::{TimeRange, Timestamp};
use plant::{at_us, standard};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Evidence lies within these microseconds; the threshold of micro-stops is a tenth.
const LENGTH: i64 = 1_000;

fn policy() -> Policy {
    Policy { micro_stop_us: Some(LENGTH / 10), ..Policy::default() }
}

fn range() -> impl Strategy<Value = TimeRange> {
    (0..LENGTH, 1..LENGTH / 2).prop_map(|(start, length)| TimeRange::new(at_us(start), at_us(start + length)).unwrap())
}

fn span() -> impl Strategy<Value = Span> {
    let class = prop_oneof![
        1 => Just(Class::PlannedStop),
        1 => Just(Class::Setup),
        3 => Just(Class::Stop),
        1 => Just(Class::Unknown),
        1 => Just(Class::Slow),
        3 => Just(Class::Run)
    ];
    let [open, corrects] = [0.1, 0.2].map(prop::bool::weighted);
    (range(), class, option::of(0..3u32), option::of(0..3u32), open, corrects).prop_map(|(range, class, state, reason, open, corrects)| {
        Span {
            start: range.start(),
            end: (!open).then_some(range.end()),
            class,
            state: state.map(StateId),
            reason: reason.map(ReasonId),
            // Corrections are about standing time.
            corrects: corrects && matches!(class, Class::PlannedStop | Class::Setup | Class::Stop),
        }
    })
}

fn made() -> impl Strategy<Value = Made> {
    (0..LENGTH, 0..2u32, 0..20u64, 0..5u64, 0..5u64, 0..5u64).prop_map(|(time, product, good, reject, startup_reject, rework)| Made {
        time: at_us(time),
        product: ProductId(product),
        parts: Parts { good, reject, startup_reject, rework },
        reason: (product == 0).then_some(ReasonId(9)),
    })
}

prop_compose! {
    fn evidence()(spans in vec(span(), 0..12), made in vec(made(), 0..8), scheduled in vec(range(), 0..4), breaks in vec(range(), 0..3),
                  cycles in (1..9i64, 1..9i64, 1..9i64), as_of in option::of(0..2 * LENGTH)) -> Evidence {
        let dated = Dated::always(standard(cycles.1)).from(at_us(LENGTH / 2), standard(cycles.2));
        Evidence {
            spans,
            made,
            plan: Plan { scheduled, breaks },
            products: [(ProductId(0), Dated::always(standard(cycles.0))), (ProductId(1), dated)].into(),
            orders: Dated::always(ProductId(1)),
            as_of: Some(at_us(as_of.unwrap_or(2 * LENGTH))),
        }
    }
}

fn measure(evidence: &Evidence, window: TimeRange) -> Figures {
    Figures::of(evidence, &Timeline::of(evidence, &policy()), window)
}

/// The spans that touch a window, and those that touch these, and so on.
fn connected(evidence: &Evidence, window: TimeRange) -> Vec<Span> {
    let (mut start, mut end) = (window.start(), window.end());
    let touches = |span: &Span, start, end| span.start <= end && span.known_end(evidence.known_until()) >= start;
    loop {
        let before = (start, end);
        for span in evidence.spans.iter().filter(|span| touches(span, before.0, before.1)) {
            start = start.min(span.start);
            end = end.max(span.known_end(evidence.known_until()));
        }
        if before == (start, end) {
            return evidence.spans.iter().filter(|span| touches(span, start, end)).copied().collect();
        }
    }
}

fn all() -> TimeRange {
    TimeRange::new(at_us(-LENGTH), at_us(2 * LENGTH)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn losses_sum_to_planned_time(evidence in evidence(), window in range()) {
        let figures = measure(&evidence, window);
        prop_assert_eq!(Losses::of(&figures).unwrap().sum_us(), figures.times.planned_us());
        let known_us = window.end().min(evidence.known_until()).since(window.start()).max(0);
        prop_assert_eq!(figures.times.calendar_us(), known_us);
        let by_reason: i64 = figures.by_reason.iter().map(|share| share.time_us).sum();
        let times = figures.times;
        prop_assert_eq!(by_reason, times.planned_stop_us + times.setup_us + times.unplanned_stop_us + times.micro_stop_us);
    }

    #[test]
    fn a_times_p_times_q_is_fully_productive_by_planned(evidence in evidence(), window in range()) {
        let (figures, policy) = (measure(&evidence, window), policy());
        let short = Ratios::of(&figures, &policy).oee;
        prop_assert_eq!(short.is_some(), figures.times.known_us() > 0);
        let factors = ratios::availability(&figures).zip(ratios::performance(&figures, &policy)).zip(ratios::quality(&figures));
        if let Some(((a, p), q)) = factors {
            let exact = domain::oee::ratio::Ratio::new(figures.ideal.good_us, figures.times.known_us());
            prop_assert_eq!(a.times(p).and_then(|ap| ap.times(q)), exact);
            prop_assert_eq!(ratios::oee(&figures, &policy), exact);
        }
    }

    #[test]
    fn parts_of_a_window_add_up_to_the_window(evidence in evidence(), cuts in vec(-LENGTH..2 * LENGTH, 0..6)) {
        let mut borders: Vec<Timestamp> = cuts.into_iter().map(at_us).chain([all().start(), all().end()]).collect();
        borders.sort();
        borders.dedup();
        let timeline = Timeline::of(&evidence, &policy());
        let mut sum = Figures::default();
        for pair in borders.windows(2) {
            sum.add(&Figures::of(&evidence, &timeline, TimeRange::new(pair[0], pair[1]).unwrap()));
        }
        prop_assert_eq!(sum, Figures::of(&evidence, &timeline, all()));
    }

    #[test]
    fn the_order_of_evidence_does_not_matter(evidence in evidence(), seed in any::<prop::sample::Index>(), window in range()) {
        let mut shuffled = evidence.clone();
        let turn = |length: usize| if length == 0 { 0 } else { seed.index(length) };
        let turns = [turn(shuffled.spans.len()), turn(shuffled.made.len()), turn(shuffled.plan.scheduled.len())];
        shuffled.spans.rotate_left(turns[0]);
        shuffled.spans.reverse();
        shuffled.made.rotate_left(turns[1]);
        shuffled.plan.scheduled.rotate_left(turns[2]);
        shuffled.plan.breaks.reverse();
        prop_assert_eq!(Timeline::of(&shuffled, &policy()), Timeline::of(&evidence, &policy()));
        prop_assert_eq!(measure(&shuffled, window), measure(&evidence, window));
    }

    #[test]
    fn the_order_of_corrections_does_not_matter(
        facts in vec((0..4u64, 0..10i64, option::of(span())), 0..12).prop_flat_map(|facts| (Just(facts.clone()), Just(facts.into_iter().enumerate().collect::<Vec<_>>()).prop_shuffle())),
        moment in 0..10i64,
    ) {
        let (facts, shuffled) = facts;
        let entry = |number: usize, (subject, recorded, fact): (u64, i64, Option<Span>)| {
            Entry { subject, recorded: at_us(recorded), number: number as u64, author: String::new(), why: String::new(), fact }
        };
        let ordered: Vec<_> = facts.into_iter().enumerate().map(|(number, fact)| entry(number, fact)).collect();
        let mut arrived: Vec<_> = shuffled.into_iter().map(|(number, fact)| entry(number, fact)).collect();
        arrived.extend(arrived.clone().into_iter().take(3));
        prop_assert_eq!(as_known_at(&arrived, at_us(moment)), as_known_at(&ordered, at_us(moment)));
        // What is recorded later changes nothing of what was known.
        let early: Vec<_> = ordered.iter().filter(|entry| entry.recorded <= at_us(moment)).cloned().collect();
        prop_assert_eq!(as_known_at(&ordered, at_us(moment)), as_known_at(&early, at_us(moment)));
    }

    #[test]
    fn zoom_changes_no_category(evidence in evidence(), window in range()) {
        let timeline = Timeline::of(&evidence, &policy());
        let wide = Figures::of(&evidence, &timeline, window);
        // The window through the smallest lens: microsecond by microsecond.
        let mut times = domain::oee::ladder::Times::default();
        let end = window.end().min(evidence.known_until());
        for us in window.start().us()..end.us().max(window.start().us()) {
            *times.of(timeline.at(at_us(us))) += 1;
        }
        prop_assert_eq!(times, wide.times);
        // What lies outside of the window and touches none of its standstills does not matter.
        let less = Evidence { spans: connected(&evidence, window), ..evidence.clone() };
        prop_assert_eq!(measure(&less, window), wide);
    }

    #[test]
    fn overlaps_make_no_negatives_and_nothing_above_planned(evidence in evidence(), window in range()) {
        let figures = measure(&evidence, window);
        let mut times = figures.times;
        for category in [Category::NotScheduled, Category::PlannedStop, Category::Setup, Category::UnplannedStop, Category::MicroStop, Category::Unknown, Category::Slow, Category::Run] {
            prop_assert!((0..=window.length_us()).contains(times.of(category)), "{category:?} {times:?}");
        }
        prop_assert!(times.run_us() <= times.planned_us() && times.planned_us() <= times.calendar_us());
        let timeline = Timeline::of(&evidence, &policy());
        for pair in timeline.segments.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start && pair[0].start < pair[0].end);
        }
        for stop in &timeline.stops {
            prop_assert!(0 <= stop.effective_us && stop.effective_us <= stop.length_us());
        }
    }

    #[test]
    fn the_interval_holds_the_value(evidence in evidence(), window in range()) {
        let (figures, policy) = (measure(&evidence, window), policy());
        let shown = Ratios::of(&figures, &policy);
        for (interval, value) in [(interval::availability(&figures), shown.availability), (interval::oee(&figures, &policy), shown.oee)] {
            prop_assert_eq!(interval.is_some(), figures.times.planned_us() > 0);
            if let (Some(interval), Some(value)) = (interval, value) {
                prop_assert!(interval.low <= value && (value <= interval.high || figures.times.run_us() == 0), "{interval:?} {value}");
            }
        }
    }

    #[test]
    fn money_sums_to_the_last_minor_unit(evidence in evidence(), window in range(), millionths in 1..10_000_000_000i64, per_us in 1..1_000i64) {
        let figures = measure(&evidence, window);
        let rate = Rate { millionths, per_us, ..Rate::machine_hour(domain::oee::product::Currency::EUR, 1) };
        let money = Money::of(&figures, &rate).unwrap();
        prop_assert_eq!(money.full_value_minor, money.good_minor + money.availability_minor + money.performance_minor + money.quality_minor);
        prop_assert!(money.availability_minor >= 0 && money.quality_minor >= 0);
    }

    #[test]
    fn figures_survive_their_text(evidence in evidence(), window in range()) {
        let figures = measure(&evidence, window);
        let text = serde_json::to_string(&figures).unwrap();
        prop_assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
        let text = serde_json::to_string(&evidence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    }
}
