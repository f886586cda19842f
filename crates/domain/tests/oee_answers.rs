//! The answers of boards say what the figures say: tiles, roll-ups, the list of stops, comparisons.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::board::machine::{Compare, Compared, Detail, MachineAnswer};
use domain::board::plant::{PlantAnswer, Seen};
use domain::board::tile::{STRIPE_PX, Source, Tile};
use domain::board::{Frame, stops};
use domain::civil::{HOUR_US, MINUTE_US, SECOND_US};
use domain::oee::history::change_points;
use domain::oee::{Category, Class, Dated, Evidence, Figures, Flag, ProductId, Ratios, Timeline, rollup};
use domain::plant::{Fact, Line, Machine, Plant, Product, Reason, Target};
use domain::zone::ZoneOffsets;
use domain::{MachineId, TimeRange};
use plant::{because, made, minute, minutes, span, standard};

/// Two machines on a line; reasons 4 (a group) and 5 (in it), product 6.
fn model() -> Plant {
    let machine = |name: &str| Machine {
        name: name.to_owned(),
        line: Some("l".to_owned()),
        targets: vec![(None, Target { oee: 800, factors: None })],
        ..Machine::default()
    };
    let reason = |name: &str, group: Option<&str>| Reason { name: name.to_owned(), group: group.map(str::to_owned), ..Reason::default() };
    Plant::of_facts([
        Fact::Line("l".to_owned(), Line { name: "Line 1".to_owned(), constraint: Some("b".to_owned()), ..Line::default() }),
        Fact::Machine("a".parse().unwrap(), machine("Press 1")),
        Fact::Machine("b".parse().unwrap(), machine("Press 2")),
        Fact::Reason("mechanics".to_owned(), reason("Mechanics", None)),
        Fact::Reason("tool".to_owned(), reason("Tool broken", Some("mechanics"))),
        Fact::Product("p".to_owned(), Product { name: "Bracket".to_owned(), ..Product::default() }),
    ])
}

/// Four hours of shift from zero: an hour of run, 30 minutes for a broken tool, a minute's stop, run, and a stop that lasts from the 170th minute.
fn evidence() -> Evidence {
    let tool = model().reason_id("tool").unwrap().0;
    let product = model().product_id("p").unwrap();
    Evidence {
        spans: vec![
            span(0, 60, Class::Run),
            because(60, 90, Class::Stop, tool),
            span(90, 100, Class::Run),
            span(100, 101, Class::Stop),
            span(101, 170, Class::Run),
            domain::oee::Span { end: None, ..span(170, 171, Class::Stop) },
        ],
        made: [30, 95, 160].map(|at| domain::oee::Made { product, ..made(at, 60, 6) }).to_vec(),
        plan: domain::oee::Plan { scheduled: vec![minutes(-240, 240)], breaks: vec![minutes(200, 220)] },
        products: [(product, Dated::always(standard(30 * SECOND_US)))].into(),
        orders: Dated::always(product),
        as_of: Some(minute(180)),
    }
}

fn frame() -> Frame {
    Frame { range: minutes(0, 240), name: "Early".to_owned(), shift: "Early".to_owned() }
}

fn with<T>(id: &str, evidence: &Evidence, look: impl FnOnce(&Source<'_>) -> T) -> T {
    let (plant, id): (_, MachineId) = (model(), id.parse().unwrap());
    let machine = &plant.machines[&id];
    let timeline = Timeline::of(evidence, &machine.policy());
    look(&Source { plant: &plant, id: &id, machine, evidence, timeline: &timeline, zone: &ZoneOffsets::utc(), language: "", latest: false })
}

#[test]
fn a_tile_says_what_the_figures_say() {
    let evidence = evidence();
    let before = Figures::default();
    let (tile, figures) = with("a", &evidence, |source| Tile::of(source, frame(), Some(&before)));
    assert_eq!(figures, with("a", &evidence, |s| Figures::of(s.evidence, s.timeline, frame().range)));
    assert_eq!(tile.ratios, Ratios::of(&figures, &domain::oee::Policy::default()));
    assert_eq!((tile.change, tile.rating.is_some()), (None, true), "nothing was planned before, so there is no change to speak of");
    assert_eq!((tile.state.category, tile.state.since, tile.state.provisional), (Category::UnplannedStop, Some(minute(170)), false));
    assert_eq!((tile.good, tile.total, tile.product.as_deref()), (162, 180, Some("Bracket")));
    // 220 planned minutes of two parts each, at 80 %.
    assert_eq!((tile.planned, tile.unexplained), (Some(352), 1));
    assert!(tile.runs.iter().all(|run| run.end_px <= STRIPE_PX) && tile.runs.iter().any(|run| run.category == Category::MicroStop));
    assert_eq!(tile.spark.len(), 12, "twelve sixteenths of the shift are over");
    let money = tile.money.unwrap();
    assert_eq!(money.lost_minor(), money.availability_minor + money.performance_minor + money.quality_minor);
}

#[test]
fn parts_of_the_line_in_a_tile_are_figures_of_their_windows() {
    let evidence = evidence();
    let (tile, _) = with("a", &evidence, |source| Tile::of(source, frame(), None));
    let step_us = frame().range.length_us() / 16 + 1;
    for (place, point) in (0_i64..).zip(&tile.spark) {
        let part = TimeRange::new(minute(0).plus(place * step_us), minute(0).plus((place + 1) * step_us)).unwrap();
        let figures = with("a", &evidence, |s| Figures::of(s.evidence, s.timeline, part));
        assert_eq!(*point, Ratios::of(&figures, &domain::oee::Policy::default()).oee, "part {place}");
    }
}

#[test]
fn a_plant_is_the_sum_of_its_machines() {
    let (one, other) = (evidence(), Evidence { spans: vec![span(0, 240, Class::Unknown)], ..evidence() });
    let seen: Vec<Seen> = [("b", &other), ("a", &one)]
        .map(|(id, evidence)| {
            let (tile, figures) = with(id, evidence, |source| Tile::of(source, frame(), None));
            Seen { tile, figures: figures.clone(), before: Some(figures) }
        })
        .to_vec();
    let policy = domain::oee::Policy::default();
    let fleet = rollup::fleet(seen.iter().map(|seen| &seen.figures), &policy);
    let constraint = Ratios::of(&seen[0].figures, &policy);
    let answer = PlantAnswer::of(&model(), seen, minute(180));
    assert_eq!(answer.tiles.iter().map(|tile| tile.name.as_str()).collect::<Vec<_>>(), ["Press 1", "Press 2"]);
    let all = &answer.all;
    assert_eq!((all.machines, all.stopped, all.unknown, all.running), (2, 1, 1, 0));
    assert_eq!((all.fleet, all.constraint, all.target), (fleet.ratios, Some(constraint), Some(800)));
    assert_eq!((all.times, all.counts), (fleet.figures.times, fleet.figures.counts));
    assert_eq!(all.change, change_points(fleet.ratios.oee, fleet.ratios.oee), "the windows before were the same");
    assert_eq!((answer.lines.len(), answer.lines[0].name.as_str(), answer.lines[0].fleet), (1, "Line 1", fleet.ratios));
    assert!(answer.customers.is_empty());
    assert!(answer.tiles[1].interval.is_some() && answer.tiles[1].flags.contains(&Flag::MissingData), "silence leaves an interval");
}

#[test]
fn stops_are_listed_whole_with_what_they_cost() {
    let evidence = evidence();
    let list = |micro| with("a", &evidence, |source| stops::of(source, frame().range, &source.worth(frame().range), micro, 2));
    let (listed, further) = list(false);
    let row = |stop: &stops::Stop| (stop.start, stop.end, stop.open, stop.category, stop.time_us / MINUTE_US);
    let expected =
        [(minute(170), minute(180), true, Category::UnplannedStop, 10), (minute(60), minute(90), false, Category::UnplannedStop, 30)];
    assert_eq!((listed.iter().map(row).collect::<Vec<_>>(), further), (expected.to_vec(), 0));
    assert_eq!((listed[0].reason, listed[1].reason), (None, model().reason_id("tool")));
    // A part of 30 s is worth 50 minor units: a minute of standing costs 100.
    assert_eq!((listed[0].lost_minor, listed[1].lost_minor), (Some(1_000), Some(3_000)));
    let (listed, further) = list(true);
    assert_eq!((listed[1].category, further), (Category::MicroStop, 1), "the third does not fit");
}

#[test]
fn a_machine_answer_holds_what_its_board_adds_up() {
    let evidence = evidence();
    let ask = |compare| {
        with("a", &evidence, |source| {
            let earlier = Frame { range: minutes(-240, 0), name: "Night".to_owned(), shift: "Night".to_owned() };
            let past = [earlier, frame()].map(|frame| (frame.clone(), source.sums(frame.range)));
            let others = vec![Compared::of("Other", Some("b".to_owned()), &past[0].1, &source.policy())];
            let detail = Detail { average: 2, windows: 9, explain: true, micro: false, compare, pixels: 1_000 };
            MachineAnswer::of(source, frame(), &past, others, &detail)
        })
    };
    let answer = ask(Compare::Products);
    assert_eq!(answer.basis.figures, with("a", &evidence, |s| Figures::of(s.evidence, s.timeline, frame().range)));
    assert_eq!((answer.past.len(), answer.past[0].average, answer.hours.len()), (2, None, 4));
    assert_eq!(answer.hours.iter().map(|hour| hour.parts.total()).sum::<u64>(), 180);
    assert_eq!(answer.reasons.iter().map(|r| (r.group.as_str(), r.name.as_str())).collect::<Vec<_>>(), [("Mechanics", "Tool broken")]);
    assert_eq!(answer.compared[0].times, answer.basis.figures.times, "one product was on it all the time");
    assert_eq!(answer.compared[0].name, "Bracket");
    let explanation = answer.explanation.unwrap();
    assert_eq!(explanation.makings[0].product, ProductId(model().product_id("p").unwrap().0));
    assert_eq!(explanation.time_us(|category| category == Category::UnplannedStop), answer.basis.figures.times.unplanned_stop_us);
    assert!(answer.exact && answer.view.length_us() == 12 * HOUR_US);
    for (compare, name) in [(Compare::Before, "Night"), (Compare::Machines, "Other"), (Compare::Shifts, "Early")] {
        assert_eq!(ask(compare).compared[0].name, name);
    }
}
