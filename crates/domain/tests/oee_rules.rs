//! The frozen rules of OEE, each with the number that the policy gives it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::civil::{DAY_US, HOUR_US, MINUTE_US, SECOND_US};
use domain::oee::correction::{Entry, as_known_at, latest};
use domain::oee::counter::Counter;
use domain::oee::counts::{Parts, Refused};
use domain::oee::log::{Event, Log, Reading};
use domain::oee::losses::Losses;
use domain::oee::money::{Money, Rate};
use domain::oee::policy::{POLICY_VERSION, Rating};
use domain::oee::product::Currency;
use domain::oee::{
    Category, Class, Dated, Figures, Flag, Made, Policy, ProductId, Ratios, ReasonId, Span, StateId, Timeline, interval, rollup,
};
use domain::{TimeRange, Timestamp};
use plant::{PART, at_us, because, figures, machine, made, minute, minutes, span, standard, state};

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
fn rule_02_ratios_come_from_integers_once() {
    // 298/312 · 26,063.5…: the product of rounded factors would be 68.52 %, the short form is exact.
    let mut evidence =
        machine(minutes(0, 435), 60 * SECOND_US, vec![Span { end: Some(at_us(22_410 * SECOND_US)), ..span(0, 1, Class::Run) }]);
    evidence.spans.push(Span { start: at_us(22_410 * SECOND_US), ..span(0, 435, Class::Stop) });
    evidence.made.push(made(1, 312, 14));
    let ratios = ratios(&figures(&evidence, minutes(0, 435)));
    assert_eq!(ratios.oee, Some(298.0 * 60.0 / 26_100.0));
    let rounded = |ratio: Option<f64>| (ratio.unwrap() * 1e4).round() / 1e4;
    assert!((rounded(ratios.availability) * rounded(ratios.performance) * rounded(ratios.quality) - ratios.oee.unwrap()).abs() > 1e-6);
}

#[test]
fn rule_03_nothing_is_not_zero() {
    let policy = Policy::default();
    let nothing_planned = figures(&machine(minutes(0, 10), SECOND_US, vec![span(0, 60, Class::Run)]), minutes(20, 60));
    let none = ratios(&nothing_planned);
    assert_eq!((none.availability, none.performance, none.quality, none.oee, none.mtbf_us), (None, None, None, None, None));
    assert_eq!((interval::oee(&nothing_planned, &policy), none.utilisation, none.teep), (None, Some(0.0), None));

    let nothing_run = ratios(&figures(&machine(minutes(0, 60), SECOND_US, vec![span(0, 60, Class::Stop)]), minutes(0, 60)));
    assert_eq!(
        (nothing_run.availability, nothing_run.performance, nothing_run.quality, nothing_run.oee),
        (Some(0.0), None, None, Some(0.0))
    );

    let nothing_made = ratios(&figures(&machine(minutes(0, 60), SECOND_US, vec![span(0, 60, Class::Run)]), minutes(0, 60)));
    assert_eq!(
        (nothing_made.performance, nothing_made.quality, nothing_made.oee, nothing_made.scrap_ratio),
        (Some(0.0), None, Some(0.0), None)
    );
    assert_eq!(ratios(&Figures::default()), Ratios::default());
}

#[test]
fn rule_04_above_one_hundred_percent_is_shown_capped_only_when_asked() {
    let mut evidence = machine(minutes(0, 60), 2 * MINUTE_US, vec![span(0, 60, Class::Run)]);
    evidence.made.push(made(5, 45, 9));
    let figures = figures(&evidence, minutes(0, 60));
    let shown = ratios(&figures);
    assert_eq!((shown.performance, shown.quality, shown.oee), (Some(1.5), Some(0.8), Some(1.2)));
    assert_eq!(Flag::of(&figures, &Policy::default()), [Flag::IdealCycleTooLong]);
    let capping = Policy { cap_performance: true, ..Policy::default() };
    let capped = Ratios::of(&figures, &capping);
    assert_eq!((capped.performance, capped.quality, capped.oee), (Some(1.0), Some(0.8), Some(0.8)));
    assert_eq!(Flag::of(&figures, &capping), [Flag::IdealCycleTooLong, Flag::PerformanceCapped]);
    assert_eq!(Losses::of(&figures).unwrap().reduced_speed_us, -30 * MINUTE_US);

    assert_eq!(Parts::of_good(5, 6), Err(Refused::GoodAboveTotal { total: 5, good: 6 }));
    assert_eq!(Parts::of_reject(5, 6), Err(Refused::RejectAboveTotal { total: 5, reject: 6 }));
}

#[test]
fn rule_05_roll_up_sums_and_weights_quality_by_ideal_time() {
    let policy = Policy::default();
    let slow = ProductId(2);
    let mut one = machine(minutes(0, 60), SECOND_US, vec![span(0, 60, Class::Run)]);
    one.products.insert(slow, Dated::always(standard(60 * SECOND_US)));
    one.made.push(made(5, 600, 0));
    one.made.push(Made { time: minute(30), product: slow, parts: Parts::of_reject(40, 20).unwrap() });
    let mixed = figures(&one, minutes(0, 60));
    let r = ratios(&mixed);
    assert_eq!((r.performance, r.quality, r.oee), (Some(50.0 / 60.0), Some(0.6), Some(0.5)));

    let down = figures(&machine(minutes(0, 30), SECOND_US, vec![span(0, 30, Class::Stop)]), minutes(0, 60));
    let (fleet, line, mean) =
        (rollup::fleet([&mixed, &down], &policy), rollup::line(&down, &policy), rollup::mean([&mixed, &down], &policy));
    assert_eq!((fleet.mode, fleet.ratios.oee, fleet.machines), (rollup::Mode::Fleet, Some(30.0 / 90.0), 2));
    assert_eq!((line.mode, line.ratios.oee), (rollup::Mode::Line, Some(0.0)));
    assert_eq!((mean.mode, mean.ratios.oee, mean.ratios.performance), (rollup::Mode::Mean, Some(0.25), Some(50.0 / 60.0)));
    // A machine without plan is n/a and no zero in the mean.
    assert_eq!(rollup::mean([&mixed, &Figures::default()], &policy).ratios.oee, Some(0.5));
    assert_eq!(rollup::mean([&mixed, &Figures::default()], &policy).machines, 1);
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

#[cfg(feature = "zones")]
#[test]
fn rule_09_shift_dates_lengths_and_borders() {
    use domain::civil::Date;
    use domain::oee::calendar::{Calendar, Exception, Rotation, ShiftPlan, shift_at};
    let early = ShiftPlan::parse("Early", "06:00-14:00", &[]).unwrap();
    let night = ShiftPlan::parse("Night", "22:00-06:00", &["02:00-02:30", "23:00-23:15"]).unwrap();
    let mut calendar = Calendar::daily(vec![early.clone(), night.clone()]);
    let date = |month, day| Date { year: 2026, month, day };
    let midnight = |month, day| at_us(date(month, day).days() * DAY_US);
    let range = TimeRange::new(midnight(3, 27), midnight(3, 31)).unwrap();
    let zone = "Europe/Berlin".parse::<domain::zone::Zone>().unwrap().offsets(range);
    let shifts = calendar.shifts(range, &zone);
    let of = |day, name: &str| shifts.iter().find(|s| s.date == date(3, day) && s.name == name).unwrap();
    assert_eq!([27, 28, 29].map(|day| of(day, "Night").range.length_us() / HOUR_US), [8, 7, 8]);
    // On the 29th clocks go from 02:00 to 03:00: the break at two is the half hour after three.
    let pause = of(28, "Night").breaks[0];
    assert_eq!((zone.date_time(pause.start()).as_str(), pause.length_us()), ("2026-03-29 03:00:00", 30 * MINUTE_US));
    assert_eq!(of(28, "Night").breaks.len(), 2);
    // Six o'clock belongs to the early shift only; three in the night to the date before.
    assert_eq!(shift_at(&shifts, of(29, "Early").range.start()).unwrap().name, "Early");
    let three = of(28, "Night").range.end().plus(-3 * HOUR_US);
    assert_eq!(shift_at(&shifts, three).unwrap().date, date(3, 28));
    // Parts that are reported on the border count in the later shift only.
    let border = of(28, "Night").range.end();
    let mut evidence = machine(range, SECOND_US, Vec::new());
    evidence.made.push(Made { time: border, product: PART, parts: Parts::of_good(3, 3).unwrap() });
    let totals = [of(28, "Night").range, of(29, "Early").range].map(|window| figures(&evidence, window).counts.parts.total());
    assert_eq!(totals, [0, 3]);

    // Holidays and extra shifts, and a rotation that holds from a date on.
    calendar.exceptions.push(Exception { date: date(3, 28), shifts: Vec::new() });
    calendar.rotations.push(Rotation { anchor: date(3, 30), valid_from: date(3, 30), days: vec![vec![early], vec![night]] });
    let names: Vec<_> = calendar
        .shifts(TimeRange::new(midnight(3, 28), midnight(4, 1)).unwrap(), &zone)
        .into_iter()
        .map(|s| (s.date.day, s.name))
        .collect();
    let wanted = [(27, "Night"), (29, "Early"), (29, "Night"), (30, "Early"), (31, "Night")].map(|(day, name)| (day, name.to_owned()));
    assert_eq!(names, wanted);
    let text = serde_json::to_string(&calendar).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
}

#[test]
fn rule_10_missing_data_makes_an_interval() {
    let policy = Policy::default();
    let mut evidence =
        machine(minutes(0, 100), 6 * SECOND_US, vec![span(0, 60, Class::Run), span(60, 80, Class::Stop), span(90, 95, Class::Unknown)]);
    evidence.made.push(made(30, 500, 50));
    let figures = figures(&evidence, minutes(0, 100));
    assert_eq!(figures.times.unknown_us, 20 * MINUTE_US);
    let (a, oee) = (interval::availability(&figures).unwrap(), interval::oee(&figures, &policy).unwrap());
    assert_eq!((a.low, a.high, ratios(&figures).availability), (0.6, 0.8, Some(0.75)));
    assert_eq!((oee.low, oee.high, ratios(&figures).oee), (0.45, 0.6, Some(45.0 / 80.0)));
    assert_eq!(Flag::of(&figures, &policy), [Flag::MissingData]);
    // All silent: the value is n/a and the interval is everything.
    let silent = plant::figures(&machine(minutes(0, 100), SECOND_US, Vec::new()), minutes(0, 100));
    let open = interval::oee(&silent, &policy).unwrap();
    assert_eq!((ratios(&silent).oee, open.low, open.high), (None, 0.0, 1.0));
    assert_eq!(Losses::of(&silent).unwrap().sum_us(), silent.times.planned_us());
}

#[test]
fn rule_11_corrections_are_appended_and_the_past_can_be_asked() {
    let entry = |number, recorded, subject, fact| Entry {
        subject,
        recorded: minute(recorded),
        number,
        author: "Kim".to_owned(),
        why: "wrong reason".to_owned(),
        fact,
    };
    let entries = [
        entry(1, 10, 1, Some("jam")),
        entry(2, 20, 1, Some("no material")),
        entry(3, 20, 2, Some("tool")),
        entry(4, 30, 1, None),
        entry(5, 40, 1, Some("jam")),
    ];
    let known = |at| as_known_at(&entries, minute(at)).into_iter().copied().collect::<Vec<_>>();
    assert_eq!(
        [known(9), known(10), known(20), known(30), known(40)],
        [vec![], vec!["jam"], vec!["no material", "tool"], vec!["tool"], vec!["jam", "tool"]]
    );
    assert_eq!((latest(&entries, minute(35))[&1].number, latest(&entries, minute(35))[&1].author.as_str()), (4, "Kim"));
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
    assert_eq!(spans(&log), [(0, Some(90), Some(2)), (90, None, Some(3))]);
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

#[test]
fn rule_13_ideal_cycles_and_prices_are_dated() {
    let mut evidence = machine(minutes(0, 100), 0, vec![span(0, 100, Class::Run)]);
    evidence.made = vec![made(10, 100, 0), made(60, 100, 0)];
    let old = Dated::default().from(minute(-1000), standard(6 * SECOND_US));
    evidence.products.insert(PART, old.clone());
    let (month, before) = (minutes(0, 50), figures(&evidence, minutes(0, 50)));
    evidence.products.insert(PART, old.from(minute(50), standard(12 * SECOND_US)));
    assert_eq!(figures(&evidence, month), before);
    assert_eq!(figures(&evidence, minutes(50, 100)).ideal.total_us, 1200 * SECOND_US);
    assert_eq!((before.policy, POLICY_VERSION), (1, 1));
    // Before its first standard a product has no ideal cycle; nothing is guessed.
    evidence.products.insert(PART, Dated::default().from(minute(50), standard(SECOND_US)));
    let unknown = figures(&evidence, minutes(0, 100));
    assert_eq!((ratios(&unknown).performance, ratios(&unknown).oee, Losses::of(&unknown)), (None, None, None));
    assert!(Flag::of(&unknown, &Policy::default()).contains(&Flag::NoIdealCycle));
}

#[test]
fn rule_14_rework_is_not_good() {
    let mut evidence = machine(minutes(0, 100), 6 * SECOND_US, vec![span(0, 100, Class::Run)]);
    evidence.made.push(Made { time: minute(1), product: PART, parts: Parts { good: 700, reject: 100, startup_reject: 50, rework: 150 } });
    let figures = figures(&evidence, minutes(0, 100));
    let r = ratios(&figures);
    assert_eq!((r.quality, r.oee, r.scrap_ratio, r.rework_ratio), (Some(0.7), Some(0.7), Some(0.15), Some(0.15)));
    let losses = Losses::of(&figures).unwrap();
    assert_eq!((losses.process_defects_us, losses.startup_rejects_us), (250 * 6 * SECOND_US, 50 * 6 * SECOND_US));
}

#[test]
fn money_counts_in_labelled_modes_and_one_currency() {
    let mut evidence = machine(minutes(0, 60), SECOND_US, vec![span(0, 45, Class::Run), span(45, 60, Class::Stop)]);
    let day = figures(&evidence, minutes(0, 60));
    assert_eq!(Rate::of_mix(&day), None);
    let hour = Money::of(&day, &Rate::machine_hour(Currency::EUR, 9_000)).unwrap();
    assert_eq!((hour.full_value_minor, hour.availability_minor, hour.performance_minor, hour.quality_minor), (9_000, 2_250, 6_750, 0));
    let other = ProductId(2);
    let swiss = domain::oee::Standard { currency: "CHF".parse().unwrap(), ..standard(SECOND_US) };
    evidence.products.insert(other, Dated::always(swiss));
    evidence.made = vec![made(1, 10, 0), Made { product: other, ..made(2, 10, 0) }];
    let mixed = figures(&evidence, minutes(0, 60));
    assert_eq!(Rate::of_mix(&mixed), None);
    assert!(Flag::of(&mixed, &Policy::default()).contains(&Flag::MixedCurrencies));
    assert!("euro".parse::<Currency>().is_err());
}

#[test]
fn colours_have_limits() {
    let limits = Policy::default().limits;
    assert_eq!(
        [0.0, 0.649, 0.65, 0.849, 0.85, 1.2].map(|r| limits.rating(r)),
        [Rating::Red, Rating::Red, Rating::Amber, Rating::Amber, Rating::Green, Rating::Green]
    );
}
