//! Rule 13 in money: an hour rate, a price or a target that changes inside of a window cuts it there, and the parts are summed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::board::machine::{Compare, Detail, MachineAnswer};
use domain::board::tile::{Source, Tile};
use domain::board::{Frame, priced, stops};
use domain::civil::SECOND_US;
use domain::oee::money::{Mode, Money};
use domain::oee::product::Currency;
use domain::oee::what_if::Assumptions;
use domain::oee::{Class, Dated, Evidence, Figures, Flag, ProductId, Standard, Timeline};
use domain::plant::{DatedStandard, Fact, Machine, Plant, Product, Rate, Target};
use domain::zone::ZoneOffsets;
use domain::{MachineId, TimeRange};
use plant::{PART, machine, made, minute, minutes, span, standard};
use proptest::prelude::*;

/// A hundred minutes: run, a stop from 40 to 60, run. Parts of 6 s.
fn evidence() -> Evidence {
    let spans = vec![span(0, 40, Class::Run), span(40, 60, Class::Stop), span(60, 100, Class::Run)];
    let made = [10, 30, 70, 90].map(|at| made(at, 90, 3)).to_vec();
    Evidence { made, ..machine(minutes(0, 100), 6 * SECOND_US, spans) }
}

fn with<T>(machine: Machine, evidence: &Evidence, look: impl FnOnce(&Source<'_>) -> T) -> T {
    let id: MachineId = "m".parse().unwrap();
    let plant = Plant::of_facts([Fact::Machine(id.clone(), machine)]);
    let (machine, zone) = (&plant.machines[&id], ZoneOffsets::utc());
    let timeline = Timeline::of(evidence, &machine.policy());
    look(&Source { plant: &plant, id: &id, machine, evidence, timeline: &timeline, zone: &zone, language: "", latest: false })
}

fn hourly(rates: &[(Option<i64>, i64)]) -> Machine {
    let rate =
        |(from, minor_per_hour): &(Option<i64>, i64)| (from.map(minute), Rate { minor_per_hour: *minor_per_hour, currency: Currency::EUR });
    Machine { rates: rates.iter().map(rate).collect(), ..Machine::default() }
}

fn money(machine: Machine, evidence: &Evidence, window: TimeRange) -> Option<Money> {
    with(machine, evidence, |source| source.worth(window).money())
}

#[test]
fn rule_13_an_hour_rate_that_changes_cuts_the_window() {
    let evidence = evidence();
    let rates = hourly(&[(None, 6_000), (Some(50), 12_000)]);
    let whole = money(rates.clone(), &evidence, minutes(0, 100)).unwrap();
    let parts = [minutes(0, 50), minutes(50, 100)].map(|part| money(rates.clone(), &evidence, part).unwrap());
    assert_eq!(whole, parts[0].plus(&parts[1]).unwrap());
    assert_eq!((whole.full_value_minor, whole.availability_minor), (5_000 + 10_000, 1_000 + 2_000));
    assert_eq!(whole.full_value_minor, whole.good_minor + whole.availability_minor + whole.performance_minor + whole.quality_minor);
    let rate = with(rates.clone(), &evidence, |source| source.worth(minutes(0, 100)).rate()).unwrap();
    assert_eq!(rate.minor(100 * 60 * SECOND_US), whole.full_value_minor, "the mean is worth as much on the whole");
    // The stop lies half before and half after.
    let listed = with(rates, &evidence, |source| {
        stops::of(
            source,
            minutes(0, 100),
            &source.worth(minutes(0, 100)),
            stops::Listed { micro: false, only: None, before: None, most: 9 },
        )
        .0
    });
    assert_eq!(listed.iter().map(|stop| stop.lost_minor).collect::<Vec<_>>(), [Some(3_000)]);
}

#[test]
fn rule_13_a_price_that_changes_cuts_the_window() {
    let mut evidence = evidence();
    let dearer = Standard { value_millionths: 150_000_000, ..standard(6 * SECOND_US) };
    evidence.products.insert(PART, Dated::always(standard(6 * SECOND_US)).from(minute(50), dearer));
    let whole = money(Machine::default(), &evidence, minutes(0, 100)).unwrap();
    // A stopped minute is ten parts that are not made: ten minutes at 50 and ten at 150.
    assert_eq!(whole.availability_minor, 10 * 10 * 50 + 10 * 10 * 150);
    let one = with(Machine::default(), &evidence, |source| source.worth(minutes(0, 50)).parts.len());
    assert_eq!(one, 1, "a price that changes at the end does not cut");
    // Where a part of the window has no price, nothing is pretended; where nothing is planned in it, nothing is missing.
    let free = Standard { value_millionths: 0, ..standard(6 * SECOND_US) };
    evidence.products.insert(PART, Dated::always(free).from(minute(50), dearer));
    assert_eq!(money(Machine::default(), &evidence, minutes(0, 100)), None);
    evidence.plan.scheduled = vec![minutes(50, 100)];
    evidence.made.retain(|made| made.time >= minute(50));
    assert!(money(Machine::default(), &evidence, minutes(0, 100)).is_some());
    // Ways of counting that differ are not added up.
    let mixed = hourly(&[(Some(70), 6_000)]);
    assert_eq!(money(mixed.clone(), &evidence, minutes(50, 100)), None);
    assert_eq!(money(mixed, &evidence, minutes(75, 100)).unwrap().mode, Mode::MachineHour);
}

#[test]
fn a_product_without_a_price_beside_others_leaves_no_sum_in_any_currency() {
    let mut evidence = evidence();
    let other = ProductId(PART.0 + 1);
    let free = Standard { value_millionths: 0, ..standard(6 * SECOND_US) };
    evidence.products.insert(other, Dated::always(free));
    evidence.made[1].product = other;
    let flags = |evidence: &Evidence| {
        let policy = Machine::default().policy();
        Flag::of(&Figures::of(evidence, &Timeline::of(evidence, &policy), minutes(0, 100)), &policy)
    };
    for currency in ["EUR", "USD"] {
        let priced = Standard { currency: currency.parse().unwrap(), ..standard(6 * SECOND_US) };
        evidence.products.insert(PART, Dated::always(priced));
        assert_eq!(money(Machine::default(), &evidence, minutes(0, 100)), None, "{currency}");
        assert!(money(Machine::default(), &evidence, minutes(40, 100)).is_some(), "the other one was not made then");
        assert_eq!(flags(&evidence), [], "no price is no other currency");
    }
    let dollars = Standard { currency: "USD".parse().unwrap(), ..standard(6 * SECOND_US) };
    evidence.products.insert(other, Dated::always(dollars));
    evidence.products.insert(PART, Dated::always(standard(6 * SECOND_US)));
    assert_eq!(flags(&evidence), [Flag::MixedCurrencies]);
}

/// The flags about money of a tile over the hundred minutes, and what has no price; the plant has these products, numbered from 1 on.
fn doubts(machine: Machine, prices: &[Option<&str>], evidence: &Evidence) -> (Vec<Flag>, Vec<u32>) {
    let id: MachineId = "m".parse().unwrap();
    let price = |price: &Option<&str>| Standard {
        value_millionths: price.map_or(0, |_| 50_000_000),
        currency: price.map_or(Currency::EUR, |currency| currency.parse().unwrap()),
        ..standard(6 * SECOND_US)
    };
    let product = |(number, standard): (usize, Standard)| {
        let standards = vec![DatedStandard { from: None, machine: None, standard }];
        Fact::Product(number.to_string(), Product { standards, ..Product::default() })
    };
    let facts = prices.iter().map(price).enumerate().map(product).chain([Fact::Machine(id.clone(), machine)]);
    let plant = Plant::of_facts(facts);
    let products = prices.iter().map(price).zip(1..).map(|(standard, number)| (ProductId(number), Dated::always(standard)));
    let evidence = Evidence { products: products.collect(), ..evidence.clone() };
    let (machine, zone) = (&plant.machines[&id], ZoneOffsets::utc());
    let timeline = Timeline::of(&evidence, &machine.policy());
    let source =
        Source { plant: &plant, id: &id, machine, evidence: &evidence, timeline: &timeline, zone: &zone, language: "", latest: false };
    let (tile, sums) = (Tile::of(&source, frame(minutes(0, 100)), None).0, source.sums(minutes(0, 100)));
    assert_eq!(tile.money, sums.money);
    assert_eq!(tile.flags, Flag::with(&sums.figures, &machine.policy(), &sums.unpriced));
    assert!(tile.flags.is_empty() || tile.money.is_none(), "{:?}", tile.flags);
    (tile.flags, sums.unpriced.products.iter().map(|product| product.0).collect())
}

#[test]
fn a_product_without_a_price_is_named_where_others_have_one() {
    let mut evidence = evidence();
    evidence.made[1].product = ProductId(2);
    let none = (vec![], vec![]);
    assert_eq!(doubts(Machine::default(), &[Some("EUR"), None], &evidence), (vec![Flag::NoPrice], vec![2]));
    assert_eq!(doubts(Machine::default(), &[None, None, Some("EUR")], &evidence), (vec![Flag::NoPrice], vec![1, 2]));
    assert_eq!(doubts(Machine::default(), &[None, None, None], &evidence), none, "who never entered a price is not asked for one");
    assert_eq!(doubts(Machine::default(), &[Some("EUR"), Some("EUR"), None], &evidence), none, "the third was not made");
    assert_eq!(doubts(Machine::default(), &[Some("EUR"), Some("USD")], &evidence), (vec![Flag::MixedCurrencies], vec![]));
    // By the hour nothing needs a price.
    assert_eq!(doubts(hourly(&[(None, 6_000)]), &[Some("EUR"), None], &evidence), none);
    // Where nothing was made, what stood on the machine speaks for the lost time.
    let (mut lost, on_it) = (evidence.clone(), |product| Dated::always(ProductId(product)));
    lost.made.clear();
    lost.orders = on_it(2);
    assert_eq!(doubts(Machine::default(), &[Some("EUR"), None], &lost), (vec![Flag::NoPrice], vec![2]));
    lost.orders = on_it(1);
    assert_eq!(doubts(Machine::default(), &[Some("EUR"), None], &lost), none);
    lost.orders = on_it(2);
    lost.plan.scheduled.clear();
    assert_eq!(doubts(Machine::default(), &[Some("EUR"), None], &lost), none, "of time that is not planned nothing is lost");
}

#[test]
fn money_that_is_counted_in_two_ways_says_so() {
    let evidence = evidence();
    let both = [Some("EUR")];
    assert_eq!(doubts(hourly(&[(Some(50), 6_000)]), &both, &evidence), (vec![Flag::MixedWays], vec![]));
    assert_eq!(doubts(hourly(&[(Some(50), 6_000)]), &[None], &evidence), (vec![Flag::NoPrice], vec![1]), "before the rate there was none");
    let dollars = |from| (Some(minute(from)), Rate { minor_per_hour: 6_000, currency: "USD".parse().unwrap() });
    let mut rates = hourly(&[(None, 6_000)]);
    rates.rates.push(dollars(50));
    assert_eq!(doubts(rates, &both, &evidence), (vec![Flag::MixedCurrencies], vec![]));
    // Windows that are added say what none of them says alone.
    with(hourly(&[(Some(50), 6_000)]), &evidence, |source| {
        let [mut sum, later] = [minutes(0, 50), minutes(50, 100)].map(|part| source.sums(part));
        assert!(sum.money.is_some() && later.money.is_some() && sum.unpriced == later.unpriced);
        sum.add(&later);
        assert_eq!((sum.money, sum.unpriced.flags().collect::<Vec<_>>()), (None, vec![Flag::MixedWays]));
    });
}

#[test]
fn rule_13_a_target_that_changes_cuts_what_is_wanted_and_none_is_no_hundred_percent() {
    let evidence = evidence();
    let frame = || Frame { range: minutes(0, 100), name: String::new(), shift: String::new() };
    let aims = |targets: &[(Option<i64>, u16)]| {
        let target = |(from, oee): &(Option<i64>, u16)| (from.map(minute), Target { oee: *oee, factors: None });
        Machine { targets: targets.iter().map(target).collect(), ..Machine::default() }
    };
    let look = |machine: Machine| with(machine, &evidence, |source| Tile::of(source, frame(), None).0);
    let changed = look(aims(&[(None, 800), (Some(50), 600)]));
    // A hundred minutes of ten parts each.
    assert_eq!((changed.planned, changed.target.map(|target| target.oee)), (Some(500 * 8 / 10 + 500 * 6 / 10), Some(700)));
    assert_eq!(look(aims(&[(None, 800)])).planned, Some(800));
    let none = look(Machine::default());
    assert_eq!((none.planned, none.target), (None, None));
    assert_eq!(look(aims(&[(Some(50), 600)])).target, None, "half of the window has none");
    let hours = with(Machine::default(), &evidence, |source| {
        let detail = Detail { compare: Compare::Before, pixels: 100, ..Detail::default() };
        MachineAnswer::of(source, frame(), &[], Vec::new(), &detail).hours
    });
    assert!(hours.iter().all(|hour| hour.target_thousandths == 0) && hours.len() == 2);
}

#[test]
fn past_windows_are_counted_by_their_own_prices() {
    let evidence = evidence();
    let rates = hourly(&[(None, 6_000), (Some(50), 12_000)]);
    let frame = |range, name: &str| Frame { range, name: name.to_owned(), shift: name.to_owned() };
    let ask = |compare| {
        with(rates.clone(), &evidence, |source| {
            let past: Vec<_> = [(0, 25), (25, 50), (50, 100)]
                .into_iter()
                .zip(["Early", "Early", "Late"])
                .map(|((from, to), name)| (frame(minutes(from, to), name), source.sums(minutes(from, to))))
                .collect();
            let detail = Detail { compare, windows: 9, pixels: 100, ..Detail::default() };
            MachineAnswer::of(source, frame(minutes(50, 100), "Late"), &past, Vec::new(), &detail)
        })
    };
    let [before] = &ask(Compare::Before).compared[..] else { panic!("one window before") };
    assert_eq!(before.money.unwrap().full_value_minor, 2_500, "25 minutes at what they cost then");
    let shifts = ask(Compare::Shifts).compared;
    let said: Vec<_> = shifts.iter().map(|row| (row.name.as_str(), row.windows, row.money.unwrap().full_value_minor)).collect();
    assert_eq!(said, [("Early", 2, 5_000), ("Late", 1, 10_000)]);
}

proptest! {
    /// Wherever a window is cut, money by hour rates is the same to the rounding of the rungs, and at a change of the rate exactly.
    #[test]
    fn money_adds_up_at_every_change(cut in 1..100i64, rates in (0..50_000i64, 0..50_000i64)) {
        let evidence = evidence();
        let machine = hourly(&[(None, rates.0 + 1), (Some(cut), rates.1 + 1)]);
        let whole = money(machine.clone(), &evidence, minutes(0, 100)).unwrap();
        let parts = [minutes(0, cut), minutes(cut, 100)].map(|part| money(machine.clone(), &evidence, part).unwrap());
        prop_assert_eq!(whole, parts[0].plus(&parts[1]).unwrap());
        let losses = whole.availability_minor + whole.performance_minor + whole.quality_minor;
        prop_assert_eq!(losses, whole.full_value_minor - whole.good_minor);
    }
}

#[test]
fn rule_13_each_part_of_a_window_is_counted_at_its_own_price_also_under_assumptions() {
    let evidence = evidence();
    let rates = hourly(&[(None, 6_000), (Some(50), 12_000)]);
    with(rates, &evidence, |source| {
        let (window, worth) = (minutes(0, 100), source.worth(minutes(0, 100)));
        let parts = priced::of(source, &worth);
        assert_eq!(parts.len(), 2);
        let as_it_was = priced::money(&parts, |part| Money::of(&part.basis.figures, &part.rate));
        assert_eq!(as_it_was, worth.money(), "nothing assumed, nothing changed");
        // Ten minutes of the stop at 60 an hour, ten at 120.
        assert_eq!(priced::minor(&parts, |figures| figures.times.unplanned_stop_us), 3_000);
        assert!(parts.iter().all(|part| part.basis.figures_if(&Assumptions::default()) == part.basis.figures));
        let one = source.worth(minutes(0, 50));
        assert!(priced::of(source, &one).is_empty(), "one price needs no parts");
        let answer = MachineAnswer::of(source, frame(window), &[], Vec::new(), &Detail { pixels: 100, ..Detail::default() });
        assert_eq!(answer.priced, parts);
    });
}

#[test]
fn rule_13_the_windows_of_the_past_keep_their_targets() {
    let evidence = evidence();
    let target = |oee| Target { oee, factors: None };
    let machine = Machine { targets: vec![(None, target(700)), (Some(minute(50)), target(800))], ..Machine::default() };
    with(machine, &evidence, |source| {
        let past = [minutes(0, 25), minutes(25, 75), minutes(75, 100)].map(|range| (frame(range), source.sums(range)));
        let detail = Detail { windows: 9, pixels: 100, ..Detail::default() };
        let answer = MachineAnswer::of(source, frame(minutes(75, 100)), &past, Vec::new(), &detail);
        assert_eq!(answer.past.iter().map(|past| past.target).collect::<Vec<_>>(), [Some(700), Some(750), Some(800)]);
    });
}

fn frame(range: TimeRange) -> Frame {
    Frame { range, name: String::new(), shift: String::new() }
}
