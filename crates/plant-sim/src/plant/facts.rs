//! The plant as its model states it: what somebody would write into the configuration of this plant.

use super::Plant;
use super::layout::{CHANGEOVER, CLOSED, Dialect, FLAWS, GROUPS, LINES, MACHINES, Machine, REASONS, SHIFTS, SITES};
use super::parts::ideal_cycle_us;
use super::shift::{breaks_min, worked};
use super::trouble::SILENCE_US;
use super::words::OWN_WORDS;
use domain::civil::{DAY_US, Date, HOUR_US, MINUTE_US};
use domain::machine::{self, Mapping};
use domain::oee::calendar::{Calendar, Exception, Rotation, ShiftPlan};
use domain::oee::product::Currency;
use domain::oee::wall::WallRange;
use domain::oee::{Class, Standard};
use domain::plant::{self, DatedStandard, Fact, Rate, Target};
use std::collections::BTreeMap;

/// A Monday, from which weeks are counted.
const MONDAY: Date = Date { year: 2024, month: 1, day: 1 };
/// Years in which the holidays are known.
const YEARS: std::ops::RangeInclusive<i64> = 2020..=2050;
/// What every machine should reach, in thousandths: OEE, and its three factors.
const TARGET: Target = Target { oee: 750, factors: Some([890, 860, 980]) };
/// The machine that is counted in hours, and what its hour costs in minor units.
const BY_THE_HOUR: (&str, i64) = ("tester-4", 9_800);

/// All facts, those first that others refer to.
pub fn facts(of: &Plant) -> Vec<Fact> {
    let calendars = LINES.iter().enumerate().map(|(number, line)| Fact::Calendar(line.id.to_owned(), calendar(number)));
    let sites = SITES.iter().map(|site| {
        let plant = plant::Site { name: site.name.to_owned(), zone: Some(site.zone.to_owned()), ..plant::Site::default() };
        Fact::Site(site.id.to_owned(), plant)
    });
    let mut facts: Vec<Fact> = calendars.chain(sites).collect();
    for (number, line) in LINES.iter().enumerate() {
        let constraint = MACHINES.iter().find(|machine| (machine.line, machine.place) == (number, 1));
        let plant = plant::Line {
            name: line.name.to_owned(),
            site: SITES.get(line.site).map(|site| site.id.to_owned()),
            calendar: Some(line.id.to_owned()),
            constraint: constraint.map(|machine| machine.id.to_owned()),
            ..plant::Line::default()
        };
        facts.push(Fact::Line(line.id.to_owned(), plant));
        facts.extend((0..line.products.len()).filter_map(|place| product(of, number, place)));
    }
    facts.extend(MACHINES.iter().filter_map(|machine| Some(Fact::Machine(machine.id.parse().ok()?, described(machine)))));
    facts.extend(reasons());
    facts
}

fn calendar(line: usize) -> Calendar {
    let shifts = |day: i64| {
        let of_day = |slot: usize| day * 3 + i64::try_from(slot).unwrap_or(0);
        let names = SHIFTS.iter().enumerate().filter(move |(slot, _)| worked(line, of_day(*slot)));
        names.filter_map(move |(slot, name)| shift(line, slot, of_day(slot), name)).collect::<Vec<_>>()
    };
    let days = (MONDAY.days()..MONDAY.days() + 7).map(shifts).collect();
    let rotations = vec![Rotation { anchor: MONDAY, valid_from: Date { year: 2000, ..MONDAY }, days }];
    let closes = LINES.get(line).is_some_and(|line| line.site == 0);
    let (month, day) = CLOSED;
    let closed = YEARS.filter(|_| closes).map(|year| Exception { date: Date { year, month, day }, shifts: Vec::new() });
    Calendar { rotations, exceptions: closed.collect() }
}

fn shift(line: usize, slot: usize, block: i64, name: &str) -> Option<ShiftPlan> {
    let site = SITES.get(LINES.get(line)?.site)?;
    let start_us = site.takes_over_h.get(slot)? * HOUR_US;
    let [first_h, ..] = site.takes_over_h;
    let end_us = site.takes_over_h.get(slot + 1).map_or(first_h * HOUR_US + DAY_US, |hour| hour * HOUR_US);
    let pause = |(after_min, length_min): (i64, i64)| {
        let start_us = start_us + after_min * MINUTE_US;
        WallRange::new(start_us, start_us + length_min * MINUTE_US).ok()
    };
    let breaks = breaks_min(line, block).into_iter().filter_map(pause).collect();
    Some(ShiftPlan { name: name.to_owned(), hours: WallRange::new(start_us, end_us).ok()?, breaks })
}

fn product(of: &Plant, line: usize, place: usize) -> Option<Fact> {
    let product = super::course::product(line, place)?;
    let standard = |from, improved| {
        let ideal_cycle_us = ideal_cycle_us(line, place, improved);
        let value_millionths = product.value_minor * 1_000_000;
        DatedStandard { from, machine: None, standard: Standard { ideal_cycle_us, value_millionths, currency: Currency::EUR } }
    };
    let mut standards = vec![standard(None, false)];
    standards.extend(product.improved_cycle_ms.map(|_| standard(Some(of.improved_from()), true)));
    Some(Fact::Product(product.id.to_owned(), plant::Product { name: product.name.to_owned(), words: Vec::new(), standards }))
}

fn described(machine: &Machine) -> plant::Machine {
    let own_words = OWN_WORDS.iter().map(|(word, class)| ((*word).to_owned(), *class)).collect();
    let mapping = match machine.dialect {
        Dialect::MtConnect => Mapping { dialect: machine::Dialect::Mtconnect, ..Mapping::default() },
        Dialect::PackMl => Mapping { dialect: machine::Dialect::Packml, ..Mapping::default() },
        Dialect::Words => Mapping { dialect: machine::Dialect::Words, states: own_words, ..Mapping::default() },
    };
    let (by_the_hour, minor_per_hour) = BY_THE_HOUR;
    plant::Machine {
        name: machine.name.to_owned(),
        line: LINES.get(machine.line).map(|line| line.id.to_owned()),
        builder: Some(machine.builder.to_owned()),
        model: Some(machine.model.to_owned()),
        machine_type: machine.id.split('-').next().map(str::to_owned),
        customer: machine.customer.map(str::to_owned),
        silence_us: machine.flaky.then_some(SILENCE_US),
        mapping,
        targets: vec![(None, TARGET)],
        rates: if machine.id == by_the_hour { vec![(None, Rate { minor_per_hour, currency: Currency::EUR })] } else { Vec::new() },
        ..plant::Machine::default()
    }
}

fn reasons() -> Vec<Fact> {
    let class = |group: usize| if REASONS.get(CHANGEOVER).is_some_and(|reason| reason.group == group) { Class::Setup } else { Class::Stop };
    let flaws = |group: usize| FLAWS.iter().any(|reason| reason.group == group);
    let named = |id: &str, [english, german]: [&str; 2], group: usize, under: Option<String>| {
        let names = BTreeMap::from([("de".to_owned(), german.to_owned())]);
        let (name, class, rejects) = (english.to_owned(), class(group), flaws(group));
        let reason = plant::Reason { name, names, group: under, class, rejects, ..plant::Reason::default() };
        Fact::Reason(id.to_owned(), reason)
    };
    let groups = GROUPS.iter().enumerate().map(|(group, (id, names))| named(id, *names, group, None));
    let group = |place: usize| GROUPS.get(place).map(|(id, _)| (*id).to_owned());
    groups.chain(REASONS.iter().chain(&FLAWS).map(|reason| named(reason.id, reason.names, reason.group, group(reason.group)))).collect()
}
