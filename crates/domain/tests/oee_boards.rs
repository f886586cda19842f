//! What boards show of a timeline: pixels that hide nothing, sums that are the figures', assumptions that are exact.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::board::only::{Only, counted_word, group_word};
use domain::board::stops;
use domain::board::tile::Source;
use domain::civil::{HOUR_US, SECOND_US};
use domain::oee::counts::Parts;
use domain::oee::explain::{Explanation, Figure};
use domain::oee::figures::ReasonShare;
use domain::oee::history::{change_points, moving_average};
use domain::oee::money::Rate;
use domain::oee::pareto::{By, pareto};
use domain::oee::product::Currency;
use domain::oee::shift_plan::OtherPlan;
use domain::oee::strip::{self, severity};
use domain::oee::target::{Planned, hours};
use domain::oee::what_if::{Assumptions, Basis, STEP_US, what_if};
use domain::oee::{Category, Class, Dated, Evidence, Figures, Made, Plan, Policy, ProductId, Ratios, ReasonId, Span, Timeline, ratios};
use domain::plant::{Fact, Machine, Plant, Reason};
use domain::zone::ZoneOffsets;
use domain::{TimeRange, Timestamp};
use plant::{PART, at_us, because, figures, machine, made, minute, minutes, span, standard};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Evidence lies within so many seconds.
const LENGTH_S: i64 = 1_000;

fn second(s: i64) -> Timestamp {
    at_us(s * SECOND_US)
}

fn range() -> impl Strategy<Value = TimeRange> {
    (0..LENGTH_S, 1..LENGTH_S / 2).prop_map(|(start, length)| TimeRange::new(second(start), second(start + length)).unwrap())
}

fn any_span() -> impl Strategy<Value = Span> {
    let class = prop_oneof![
        1 => Just(Class::PlannedStop), 1 => Just(Class::Setup), 4 => Just(Class::Stop),
        1 => Just(Class::Unknown), 1 => Just(Class::Slow), 3 => Just(Class::Run)
    ];
    (range(), class, option::of(0..3u32), prop::bool::weighted(0.1)).prop_map(|(range, class, reason, open)| Span {
        start: range.start(),
        end: (!open).then_some(range.end()),
        class,
        state: None,
        reason: reason.map(ReasonId),
        corrects: false,
    })
}

fn any_made() -> impl Strategy<Value = Made> {
    (0..LENGTH_S, 0..2u32, 0..20u64, 0..5u64, 0..5u64, 0..5u64).prop_map(|(s, product, good, reject, startup_reject, rework)| Made {
        time: second(s),
        product: ProductId(product),
        parts: Parts { good, reject, startup_reject, rework },
        reason: (product == 0).then_some(ReasonId(9)),
    })
}

/// Reason 2 is in the group 1; what else is heard nobody stated.
fn reasons() -> Plant {
    let of = |group: Option<&str>| Reason { group: group.map(str::to_owned), ..Reason::default() };
    Plant::of_facts([Fact::Reason("technical".to_owned(), of(None)), Fact::Reason("tool".to_owned(), of(Some("technical")))])
}

prop_compose! {
    fn evidence()(spans in vec(any_span(), 0..14), made in vec(any_made(), 0..8), scheduled in vec(range(), 0..4),
                  breaks in vec(range(), 0..3), cycles in (1..9i64, 1..9i64), as_of in LENGTH_S / 2..2 * LENGTH_S) -> Evidence {
        let each = |s: i64| Dated::always(standard(s * SECOND_US));
        Evidence {
            spans,
            made,
            plan: Plan { scheduled, breaks },
            products: [(ProductId(0), each(cycles.0)), (ProductId(1), each(cycles.1))].into(),
            orders: Dated::always(ProductId(1)),
            as_of: Some(second(as_of)),
        }
    }
}

fn policy(threshold_us: i64) -> Policy {
    Policy { micro_stop_us: Some(threshold_us), ..Policy::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_strip_hides_no_stop_and_invents_none(evidence in evidence(), window in range(), pixels in 1..300u32) {
        let timeline = Timeline::of(&evidence, &policy(100 * SECOND_US));
        let runs = strip::of(&timeline, window, pixels);
        prop_assert!(runs.iter().all(|run| run.start_px < run.end_px && run.end_px <= pixels));
        prop_assert!(runs.windows(2).all(|pair| pair[0].end_px <= pair[1].start_px));
        let at = |px: u32| runs.iter().find(|run| (run.start_px..run.end_px).contains(&px)).map(|run| run.category);
        for px in 0..pixels {
            let touched = timeline.within(window).iter().filter(|segment| {
                let (start, end) = (segment.start.max(window.start()), segment.end.min(window.end()));
                let pixel = |time: Timestamp| time.since(window.start()) * i64::from(pixels) / window.length_us();
                pixel(start) <= i64::from(px) && i64::from(px) <= pixel(end.plus(-1))
            });
            let worst = touched.map(|segment| segment.category).max_by_key(|category| severity(*category));
            prop_assert_eq!(at(px), worst, "pixel {}", px);
        }
        for segment in timeline.within(window).iter().filter(|segment| segment.category == Category::UnplannedStop) {
            let pixel = (segment.start.max(window.start()).since(window.start()) * i64::from(pixels) / window.length_us()) as u32;
            prop_assert_eq!(at(pixel), Some(Category::UnplannedStop), "every stop has its pixel");
        }
    }

    #[test]
    fn rejects_by_reason_are_all_that_is_not_good_and_what_quality_loses(evidence in evidence(), window in range()) {
        let timeline = Timeline::of(&evidence, &policy(100 * SECOND_US));
        let figures = Figures::of(&evidence, &timeline, window);
        let parts = figures.counts.parts;
        prop_assert_eq!(figures.rejects.iter().map(|share| share.parts).sum::<u64>(), parts.total() - parts.good);
        let lost_us = figures.ideal.total_us - figures.ideal.good_us;
        prop_assert_eq!(figures.rejects.iter().map(|share| share.ideal_us).sum::<i64>(), lost_us);
        prop_assert!(figures.rejects.windows(2).all(|pair| (pair[0].fate, pair[0].reason) < (pair[1].fate, pair[1].reason)));
    }

    #[test]
    fn stretches_of_segments_draw_the_same_strip(evidence in evidence(), window in range(), pixels in 1..300u32, most in 0..20usize) {
        let timeline = Timeline::of(&evidence, &policy(100 * SECOND_US));
        let stretches = strip::stretches(&timeline, window, most, pixels);
        prop_assert!(stretches.len() <= most.max(pixels as usize));
        let drawn = strip::runs(stretches.iter().map(|s| (s.start, s.end, s.category)), window, pixels);
        let direct = strip::of(&timeline, window, pixels);
        if stretches.len() <= most && timeline.within(window).len() <= most {
            prop_assert_eq!(drawn, direct);
        } else {
            let stops = |runs: &[strip::Run]| runs.iter().filter(|run| run.category == Category::UnplannedStop).count();
            prop_assert!(stops(&drawn) >= 1 || stops(&direct) == 0);
        }
    }

    #[test]
    fn bars_sum_to_the_losses(evidence in evidence(), window in range()) {
        let figures = Figures::of(&evidence, &Timeline::of(&evidence, &policy(100 * SECOND_US)), window);
        let groups = pareto(&figures, By::Time, |share| share.time_us, |_, reason| reason.map(|reason| reason.0 / 2));
        let times = figures.times;
        let all: i64 = groups.iter().map(|group| group.bar.time_us).sum();
        prop_assert_eq!(all, times.unplanned_stop_us + times.micro_stop_us + times.setup_us);
        for group in &groups {
            prop_assert_eq!(group.reasons.iter().map(|(.., bar)| bar.time_us).sum::<i64>(), group.bar.time_us);
            prop_assert_eq!(group.reasons.iter().map(|(.., bar)| bar.stops).sum::<u64>(), group.bar.stops);
            prop_assert!(group.reasons.windows(2).all(|pair| pair[0].2.time_us >= pair[1].2.time_us));
        }
        prop_assert!(groups.windows(2).all(|pair| pair[0].bar.time_us >= pair[1].bar.time_us));
        let by_count = pareto(&figures, By::Count, |share| share.time_us, |_, reason| reason);
        prop_assert!(by_count.windows(2).all(|pair| pair[0].bar.stops >= pair[1].bar.stops));
    }

    /// Whoever follows a bar sees the stops that it is made of, and no others.
    #[test]
    fn the_stops_of_a_bar_are_as_long_as_it(evidence in evidence(), window in range()) {
        let (plant, id, machine, zone) = (reasons(), "m".parse().unwrap(), Machine::default(), ZoneOffsets::utc());
        let timeline = Timeline::of(&evidence, &machine.policy());
        let source =
            Source { plant: &plant, id: &id, machine: &machine, evidence: &evidence, timeline: &timeline, zone: &zone, language: "", latest: false };
        let listed_us = |word: &str| {
            let only = Only::of(word);
            let listed = stops::Listed { micro: false, only: Some(&only), before: None, most: usize::MAX };
            stops::of(&source, window, &source.worth(window), listed).0.iter().map(|stop| stop.time_us).sum::<i64>()
        };
        let group_of = |category: Category, reason: Option<ReasonId>| {
            reason.map_or_else(|| counted_word(category, ""), |reason| group_word(&source.group_id(reason)))
        };
        for group in pareto(&Figures::of(&evidence, &timeline, window), By::Time, |share| share.time_us, group_of) {
            prop_assert_eq!(listed_us(&group.group), group.bar.time_us, "{}", group.group);
            for (category, reason, bar) in group.reasons {
                let id = reason.map_or_else(String::new, |reason| plant.reason_word(reason));
                prop_assert_eq!(listed_us(&counted_word(category, &id)), bar.time_us, "{:?} {}", category, id);
            }
        }
    }

    #[test]
    fn an_explanation_sums_to_its_figure(evidence in evidence(), window in range(), most in 0..30usize) {
        let timeline = Timeline::of(&evidence, &policy(100 * SECOND_US));
        let figures = Figures::of(&evidence, &timeline, window);
        let explanation = Explanation::of(&evidence, &timeline, window, most);
        prop_assert!(explanation.lines.len() <= most);
        let policy = policy(100 * SECOND_US);
        let shown = Ratios::of(&figures, &policy);
        for (figure, expected) in [
            (Figure::Oee, shown.oee), (Figure::Availability, shown.availability),
            (Figure::Performance, shown.performance), (Figure::Quality, shown.quality),
        ] {
            let (over_us, under_us) = explanation.terms_us(figure);
            let found = ratios::ratio(over_us, under_us);
            prop_assert_eq!(found, expected, "{:?}", figure);
        }
        for category in strip::LEGEND {
            let mut times = figures.times;
            if category != Category::NotScheduled {
                prop_assert_eq!(explanation.time_us(|held| held == category), *times.of(category));
            }
        }
    }

    #[test]
    fn another_threshold_gives_what_the_calculation_gives(evidence in evidence(), window in range(), before in 0..60i64, steps in 0..60i64) {
        let timeline = Timeline::of(&evidence, &policy(before * STEP_US));
        let assumed = Assumptions { micro_stop_us: Some(steps * STEP_US), ..Assumptions::default() };
        let found = what_if(&evidence, &timeline, window, &assumed);
        let expected = Figures::of(&evidence, &Timeline::of(&evidence, &policy(steps * STEP_US)), window);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_assumption_changes_nothing(evidence in evidence(), window in range()) {
        let timeline = Timeline::of(&evidence, &policy(100 * SECOND_US));
        let found = Basis::of(&evidence, &timeline, window).figures_if(&Assumptions::default());
        prop_assert_eq!(found, Figures::of(&evidence, &timeline, window));
    }

    #[test]
    fn assumptions_move_time_and_make_none(evidence in evidence(), window in range(), reason in 0..3u32, extra_s in 0..900i64) {
        let timeline = Timeline::of(&evidence, &policy(100 * SECOND_US));
        let basis = Basis::of(&evidence, &timeline, window);
        let without = basis.figures_if(&Assumptions { without: Some(ReasonId(reason)), ..Assumptions::default() });
        prop_assert_eq!(without.times.planned_us(), basis.figures.times.planned_us());
        prop_assert!(without.by_reason.iter().all(|share| share.reason != Some(ReasonId(reason)) || share.category == Category::PlannedStop));
        prop_assert!(without.ideal.good_us >= basis.figures.ideal.good_us);
        let extra_us = extra_s * SECOND_US;
        let extended = basis.figures_if(&Assumptions { extra_us, ..Assumptions::default() });
        if basis.figures.times.planned_us() > 0 {
            prop_assert_eq!(extended.times.planned_us(), basis.figures.times.planned_us() + extra_us);
        }
        let times = extended.times;
        prop_assert!([times.setup_us, times.unplanned_stop_us, times.producing_us, times.not_scheduled_us].iter().all(|us| *us >= 0));
    }

    #[test]
    fn another_plan_is_exact_where_it_plans_what_was_planned(evidence in evidence(), window in range(), scheduled in vec(range(), 0..4),
                                                             breaks in vec(range(), 0..3)) {
        let (policy, other) = (policy(100 * SECOND_US), Plan { scheduled, breaks });
        let was = Basis::of(&evidence, &Timeline::of(&evidence, &policy), window);
        let same = OtherPlan::of("same", &evidence, &policy, window, &evidence.plan);
        prop_assert_eq!(same.more_us, 0);
        prop_assert_eq!(same.figures_if(&was, &Assumptions::default()), was.figures.clone(), "the same plan changes nothing");
        // A plan that leaves something out and adds nothing is the whole calculation under that plan.
        let cut = |range: &TimeRange| other.scheduled.iter().filter_map(|held| held.overlap(*range)).collect::<Vec<_>>();
        let less = Plan {
            scheduled: evidence.plan.scheduled.iter().flat_map(cut).collect(),
            breaks: [&evidence.plan.breaks[..], &other.breaks[..]].concat(),
        };
        let found = OtherPlan::of("less", &evidence, &policy, window, &less);
        let worked = |plan: &Plan, time: Timestamp| plan.scheduled.iter().any(|shift| shift.contains(time));
        let mut whole = Evidence { plan: less.clone(), ..evidence.clone() };
        whole.made.retain(|made| worked(&evidence.plan, made.time) == worked(&less, made.time));
        prop_assert_eq!(found.more_us, 0);
        prop_assert_eq!(found.figures_if(&was, &Assumptions::default()), Figures::of(&whole, &Timeline::of(&whole, &policy), window));
        // Whatever it plans, its planned time is what it plans of the known window and what people did not plan otherwise.
        let any = OtherPlan::of("any", &evidence, &policy, window, &other);
        let figures = any.figures_if(&was, &Assumptions::default());
        let mut nothing_added = any.clone();
        nothing_added.more_us = 0;
        let kept = nothing_added.figures_if(&was, &Assumptions::default());
        let added_us = if was.figures.times.planned_us() > 0 { any.more_us } else { 0 };
        prop_assert_eq!(figures.times.planned_us(), kept.times.planned_us() + added_us);
        prop_assert!(figures.counts.parts.good >= kept.counts.parts.good && figures.ideal.good_us >= kept.ideal.good_us);
    }
}

#[test]
fn an_added_shift_is_spent_as_the_planned_time_was() {
    // An hour planned: 45 min run, 15 min stopped; 45 parts of 1 min, 3 of them bad. The other plan works the hour and one more.
    let mut evidence = machine(minutes(0, 60), 60 * SECOND_US, vec![span(0, 45, Class::Run), span(45, 120, Class::Stop)]);
    evidence.made = vec![made(10, 45, 3), made(80, 9, 0)];
    let (policy, window) = (Policy::default(), minutes(0, 120));
    let was = Basis::of(&evidence, &Timeline::of(&evidence, &policy), window);
    let other = Plan { scheduled: vec![minutes(0, 120)], breaks: Vec::new() };
    let plan = OtherPlan::of("two hours", &evidence, &policy, window, &other);
    let found = plan.figures_if(&was, &Assumptions::default());
    assert_eq!((plan.more_us, found.times.planned_us(), found.times.unplanned_stop_us), (HOUR_US, 2 * HOUR_US, HOUR_US / 2));
    // What was made in the added hour without a plan is not counted beside what is assumed of it; it is part of the pace.
    assert_eq!((found.counts.parts.total(), found.counts.parts.good), (45 + 54, 42 + 51));
    let ratios = |figures: &Figures| Ratios::of(figures, &policy).availability;
    assert_eq!(ratios(&found), Some(0.75));
    let both = plan.figures_if(&was, &Assumptions { extra_us: HOUR_US, ..Assumptions::default() });
    assert_eq!((both.times.planned_us(), both.counts.parts.total()), (3 * HOUR_US, 45 + 2 * 54));
}

#[test]
fn without_a_reason_its_time_is_spent_as_the_rest() {
    // 60 min planned: 30 run, 30 stopped for reason 7; 30 parts of 1 min, 27 good.
    let mut evidence = machine(minutes(0, 60), 60 * SECOND_US, vec![span(0, 30, Class::Run), because(30, 60, Class::Stop, 7)]);
    evidence.made = vec![made(10, 30, 3)];
    let timeline = Timeline::of(&evidence, &Policy::default());
    let basis = Basis::of(&evidence, &timeline, minutes(0, 60));
    let found = basis.figures_if(&Assumptions { without: Some(ReasonId(7)), ..Assumptions::default() });
    let found = Ratios::of(&found, &Policy::default());
    assert_eq!((found.availability, found.performance, found.quality, found.oee), (Some(1.0), Some(1.0), Some(0.9), Some(0.9)));
    let slower = basis.figures_if(&Assumptions { ideal_thousandths: 500, ..Assumptions::default() });
    assert_eq!(Ratios::of(&slower, &Policy::default()).performance, Some(0.5));
    let extra = basis.figures_if(&Assumptions { extra_us: HOUR_US, ..Assumptions::default() });
    assert_eq!((extra.counts.parts.total(), extra.times.planned_us()), (60, 2 * HOUR_US));
    assert_eq!(Ratios::of(&extra, &Policy::default()).oee, Some(0.45));
}

#[test]
fn moving_averages_are_of_sums_and_wait_until_they_are_full() {
    let period = |planned: i64, good: u64| {
        let mut evidence = machine(minutes(0, planned), 60 * SECOND_US, vec![span(0, planned, Class::Run)]);
        evidence.made = vec![made(0, good, 0)];
        figures(&evidence, minutes(0, planned))
    };
    let periods = [period(10, 10), period(90, 0), period(100, 50)];
    let found = moving_average(&periods, 2, &Policy::default());
    assert_eq!(found, [None, Some(0.1), Some(50.0 / 190.0)]);
    assert_eq!(moving_average(&periods, 4, &Policy::default()), [None, None, None]);
    assert_eq!(change_points(Some(0.5), Some(0.25)), Some(25.0));
    assert_eq!((change_points(Some(0.5), None), change_points(None, Some(0.5))), (None, None));
}

#[test]
fn hours_stand_on_the_walls_clock_and_expect_what_the_plan_allows() {
    let mut evidence = machine(minutes(0, 180), 60 * SECOND_US, vec![span(0, 180, Class::Run)]);
    evidence.plan.breaks = vec![minutes(70, 100)];
    evidence.products.insert(PART, Dated::always(standard(60 * SECOND_US)).from(minute(150), standard(30 * SECOND_US)));
    evidence.made = vec![made(59, 5, 0), made(60, 7, 1), made(300, 9, 0)];
    let berlin = ZoneOffsets { initial_s: 1_800, ..ZoneOffsets::utc() };
    let found = hours(&evidence, minutes(0, 150), &berlin, &[(minutes(0, 150), Some(500))]);
    let row = |hour: &domain::oee::target::Hour| (hour.range, hour.parts.total(), hour.target_thousandths);
    let expected = [(minutes(0, 30), 0, 15_000), (minutes(30, 90), 12, 20_000), (minutes(90, 150), 0, 25_000)];
    assert_eq!(found.iter().map(row).collect::<Vec<_>>(), expected);
    let planned = Planned::of(&evidence);
    assert_eq!(planned.time_us(minutes(0, 180)), 150 * 60 * SECOND_US);
    assert_eq!(planned.parts_thousandths(minutes(0, 180), 1_000), 180_000, "half a minute a part from the 150th on");
}

#[test]
fn money_orders_by_what_time_was_worth() {
    let evidence = machine(minutes(0, 60), SECOND_US, vec![because(0, 10, Class::Stop, 1), because(20, 50, Class::Stop, 2)]);
    let ordered = |dearer: Option<u32>| {
        let (rate, dear) = (Rate::machine_hour(Currency::EUR, 6_000), Rate::machine_hour(Currency::EUR, 60_000));
        let worth = |share: &ReasonShare| if share.reason.map(|reason| reason.0) == dearer { dear } else { rate }.minor(share.time_us);
        let groups = pareto(&figures(&evidence, minutes(0, 60)), By::Money, worth, |_, reason| reason.unwrap().0);
        groups.iter().map(|group| (group.group, group.bar.measure(By::Money), group.bar.measure(By::Count))).collect::<Vec<_>>()
    };
    assert_eq!(ordered(None), [(2, 3_000, 1), (1, 1_000, 1)]);
    assert_eq!(ordered(Some(1)), [(1, 10_000, 1), (2, 3_000, 1)], "the shorter one cost more");
}
