//! The frozen rules of OEE about ratios, roll-ups, corrections and dates, each with the number that the policy gives it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::civil::{MINUTE_US, SECOND_US};
use domain::oee::correction::{Entry, as_known_at, latest};
use domain::oee::counts::{Parts, Refused};
use domain::oee::losses::Losses;
use domain::oee::money::{Money, Rate};
use domain::oee::policy::{POLICY_VERSION, Rating};
use domain::oee::product::Currency;
use domain::oee::{Class, Dated, Figures, Flag, Made, Policy, ProductId, Ratios, Span, interval, rollup};
use plant::{PART, at_us, figures, machine, made, minute, minutes, span, standard};

fn ratios(figures: &Figures) -> Ratios {
    Ratios::of(figures, &Policy::default())
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
    one.made.push(Made { time: minute(30), product: slow, parts: Parts::of_reject(40, 20).unwrap(), reason: None });
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
fn rule_13_ideal_cycles_and_prices_are_dated() {
    let mut evidence = machine(minutes(0, 100), 0, vec![span(0, 100, Class::Run)]);
    evidence.made = vec![made(10, 100, 0), made(60, 100, 0)];
    let old = Dated::default().from(minute(-1000), standard(6 * SECOND_US));
    evidence.products.insert(PART, old.clone());
    let (month, before) = (minutes(0, 50), figures(&evidence, minutes(0, 50)));
    evidence.products.insert(PART, old.from(minute(50), standard(12 * SECOND_US)));
    assert_eq!(figures(&evidence, month), before);
    assert_eq!(figures(&evidence, minutes(50, 100)).ideal.total_us, 1200 * SECOND_US);
    assert_eq!((before.policy, POLICY_VERSION), (2, 2));
    // Before its first standard a product has no ideal cycle; nothing is guessed.
    evidence.products.insert(PART, Dated::default().from(minute(50), standard(SECOND_US)));
    let unknown = figures(&evidence, minutes(0, 100));
    assert_eq!((ratios(&unknown).performance, ratios(&unknown).oee, Losses::of(&unknown)), (None, None, None));
    assert!(Flag::of(&unknown, &Policy::default()).contains(&Flag::NoIdealCycle));
}

#[test]
fn rule_14_rework_is_not_good() {
    let mut evidence = machine(minutes(0, 100), 6 * SECOND_US, vec![span(0, 100, Class::Run)]);
    evidence.made.push(Made {
        time: minute(1),
        product: PART,
        parts: Parts { good: 700, reject: 100, startup_reject: 50, rework: 150 },
        reason: None,
    });
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
