//! The answers of boards say what the figures say: tiles, roll-ups, the list of stops, comparisons.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::board::PlantAnswer;
use domain::board::machine::{Compare, Compared, Detail, MachineAnswer};
use domain::board::roll::Seen;
use domain::board::tile::{STRIPE_PX, Source, Tile};
use domain::board::{Frame, stops};
use domain::civil::{HOUR_US, MINUTE_US, SECOND_US};
use domain::oee::explain::Explanation;
use domain::oee::history::change_points;
use domain::oee::{Category, Class, Dated, Evidence, Figures, Flag, ProductId, Ratios, Timeline, interval, rollup};
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
            Seen::whole(tile, figures.clone(), Some(figures))
        })
        .to_vec();
    let policy = domain::oee::Policy::default();
    let figures: Vec<Figures> = seen.iter().map(|seen| seen.figures.clone()).collect();
    let fleet = rollup::fleet(&figures, &policy);
    let constraint = Ratios::of(&figures[0], &policy);
    let answer = PlantAnswer::of(&model(), seen, minute(180));
    assert_eq!(answer.tiles.iter().map(|tile| tile.name.as_str()).collect::<Vec<_>>(), ["Press 1", "Press 2"]);
    let all = &answer.all;
    assert_eq!((all.machines, all.stopped, all.unknown, all.running), (2, 1, 1, 0));
    let constrained = all.constraint.as_ref().unwrap();
    assert_eq!((all.fleet.ratios, constrained.ratios, all.target), (fleet.ratios, constraint, Some(800)));
    assert_eq!((all.fleet.times, all.fleet.counts), (fleet.figures.times, fleet.figures.counts));
    assert_eq!((constrained.times, constrained.counts), (figures[0].times, figures[0].counts), "the constraint speaks of itself");
    assert_eq!(all.fleet.change, change_points(fleet.ratios.oee, fleet.ratios.oee), "the windows before were the same");
    assert_eq!((answer.lines.len(), answer.lines[0].name.as_str(), &answer.lines[0].fleet), (1, "Line 1", &all.fleet));
    assert!(answer.customers.is_empty());
    assert!(answer.tiles[1].interval.is_some() && answer.tiles[1].flags.contains(&Flag::MissingData), "silence leaves an interval");
}

#[test]
fn each_way_of_rolling_up_has_its_own_interval_flags_and_change() {
    let gap = Evidence { spans: vec![span(0, 100, Class::Run), span(100, 240, Class::Unknown)], ..evidence() };
    let half = Figures::of(&gap, &Timeline::of(&gap, &domain::oee::Policy::default()), minutes(0, 60));
    let of = |id: &str, evidence: &Evidence, before: &Figures| {
        let (tile, figures) = with(id, evidence, |source| Tile::of(source, frame(), Some(before)));
        Seen::whole(tile, figures, Some(before.clone()))
    };
    let whole = with("a", &evidence(), |source| Figures::of(source.evidence, source.timeline, frame().range));
    let seen = vec![of("a", &evidence(), &whole), of("b", &gap, &half)];
    let policy = domain::oee::Policy::default();
    let oee = |figures: &Figures| Ratios::of(figures, &policy).oee.unwrap();
    let interval = |figures: &Figures| interval::oee(figures, &policy).unwrap();
    let (one, other) = (seen[0].figures.clone(), seen[1].figures.clone());
    let all = PlantAnswer::of(&model(), seen, minute(180)).all;
    // Rule 10, of sums.
    let sum = rollup::fleet([&one, &other], &policy).figures;
    assert_eq!(all.fleet.interval, Some(interval(&sum)));
    let open = all.fleet.interval.unwrap();
    assert!(open.low < oee(&sum) && oee(&sum) < open.high);
    // And of means.
    let mean = all.mean.interval.unwrap();
    assert!((mean.low - (interval(&one).low + interval(&other).low) / 2.0).abs() < 1e-12);
    assert!((mean.high - (interval(&one).high + interval(&other).high) / 2.0).abs() < 1e-12);
    assert_eq!(all.mean.change, change_points(Some((oee(&one) + oee(&other)) / 2.0), Some((oee(&whole) + oee(&half)) / 2.0)));
    assert_ne!(all.mean.change, all.fleet.change);
    assert!(all.fleet.flags.contains(&(Flag::MissingData, 1)) && all.mean.flags == all.fleet.flags);
    // Press 2 limits the line: it alone is in the constraint's figures.
    let constraint = all.constraint.unwrap();
    assert_eq!(constraint.change, change_points(Some(oee(&other)), Some(oee(&half))));
    assert_eq!(constraint.interval, Some(interval(&other)));
}

#[test]
fn lines_of_the_same_name_at_two_sites_are_two() {
    let mut plant = model();
    for site in ["ulm", "bonn"] {
        plant.sites.insert(site.to_owned(), domain::plant::Site { name: site.to_uppercase(), ..Default::default() });
        let line = Line { name: "Line 1".to_owned(), site: Some(site.to_owned()), ..Default::default() };
        plant.lines.insert(format!("{site}-1"), line);
    }
    let seen = [("a", "ulm-1"), ("b", "bonn-1")].map(|(id, line)| {
        let id: MachineId = id.parse().unwrap();
        plant.machines.get_mut(&id).unwrap().line = Some(line.to_owned());
        let (machine, evidence) = (&plant.machines[&id], evidence());
        let timeline = Timeline::of(&evidence, &machine.policy());
        let zone = ZoneOffsets::utc();
        let source =
            Source { plant: &plant, id: &id, machine, evidence: &evidence, timeline: &timeline, zone: &zone, language: "", latest: false };
        let (tile, figures) = Tile::of(&source, frame(), None);
        Seen::whole(tile, figures, None)
    });
    let answer = PlantAnswer::of(&plant, seen.to_vec(), minute(180));
    let named = |rolls: &[domain::board::roll::Roll]| -> Vec<String> {
        rolls.iter().map(|roll| format!("{} {} {} {}", roll.id, roll.name, roll.site_id, roll.machines)).collect()
    };
    assert_eq!(named(&answer.lines), ["bonn-1 Line 1 · BONN bonn 1", "ulm-1 Line 1 · ULM ulm 1"]);
    assert_eq!(named(&answer.sites), ["bonn BONN bonn 1", "ulm ULM ulm 1"]);
    assert_eq!((answer.all.site_id.as_str(), answer.all.machines), ("", 2));
}

#[test]
fn stops_are_listed_whole_with_what_they_cost() {
    let evidence = evidence();
    let list = |micro, before| {
        let listed = stops::Listed { micro, only: None, before, most: 2 };
        with("a", &evidence, |source| stops::of(source, frame().range, &source.worth(frame().range), listed))
    };
    let (listed, further) = list(false, None);
    let row = |stop: &stops::Stop| (stop.start, stop.end, stop.open, stop.category, stop.time_us / MINUTE_US);
    let expected =
        [(minute(170), minute(180), true, Category::UnplannedStop, 10), (minute(60), minute(90), false, Category::UnplannedStop, 30)];
    assert_eq!((listed.iter().map(row).collect::<Vec<_>>(), further), (expected.to_vec(), 0));
    assert_eq!((listed[0].reason, listed[1].reason), (None, model().reason_id("tool")));
    // A part of 30 s is worth 50 minor units: a minute of standing costs 100.
    assert_eq!((listed[0].lost_minor, listed[1].lost_minor), (Some(1_000), Some(3_000)));
    let (listed, further) = list(true, None);
    assert_eq!((listed[1].category, further), (Category::MicroStop, 1), "the third does not fit");
    let (older, further) = list(true, Some(listed[1].start));
    assert_eq!((older.iter().map(row).collect::<Vec<_>>(), further), (expected[1..].to_vec(), 0), "it is on the next page");
}

#[test]
fn a_machine_answer_holds_what_its_board_adds_up() {
    let evidence = evidence();
    let ask = |compare| {
        with("a", &evidence, |source| {
            let earlier = Frame { range: minutes(-240, 0), name: "Night".to_owned(), shift: "Night".to_owned() };
            let past = [earlier, frame()].map(|frame| (frame.clone(), source.sums(frame.range)));
            let others = vec![Compared::of("Other", Some("b".to_owned()), &past[0].1, &source.policy())];
            let detail = Detail { average: 2, windows: 9, explain: true, micro: false, only: None, older: None, compare, pixels: 1_000 };
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
    let explanation = with("a", &evidence, |s| Explanation::of(s.evidence, s.timeline, frame().range, 9));
    assert_eq!(explanation.makings[0].product, ProductId(model().product_id("p").unwrap().0));
    assert_eq!(explanation.time_us(|category| category == Category::UnplannedStop), answer.basis.figures.times.unplanned_stop_us);
    assert!(answer.exact && answer.view.length_us() == 12 * HOUR_US);
    for (compare, name) in [(Compare::Before, "Night"), (Compare::Machines, "Other"), (Compare::Shifts, "Early")] {
        assert_eq!(ask(compare).compared[0].name, name);
    }
}

#[test]
fn an_answer_takes_over_what_is_newer_of_some_machines() {
    let stopped = evidence();
    let running = Evidence { spans: vec![span(0, 240, Class::Run)], ..evidence() };
    let of = |id: &str, evidence: &Evidence| {
        let (tile, figures) = with(id, evidence, |source| Tile::of(source, frame(), None));
        Seen { tile, figures, before: None, in_lines: Vec::new(), at_sites: Vec::new() }
    };
    let mut shown = PlantAnswer::of(&model(), vec![of("a", &stopped), of("b", &stopped)], minute(180));
    let (sums, as_of) = (shown.all.fleet.clone(), shown.as_of);
    let newer = PlantAnswer::of(&model(), vec![of("b", &running)], minute(181));
    assert!(shown.take(&newer));
    assert_eq!((&shown.tiles[0].state.category, &shown.tiles[1]), (&Category::UnplannedStop, &newer.tiles[0]));
    for roll in [&shown.all, &shown.sites[0], &shown.lines[0]] {
        assert_eq!((roll.machines, roll.running, roll.stopped, roll.unknown), (2, 1, 1, 0), "{}", roll.name);
    }
    assert_eq!((&shown.all.fleet, shown.as_of), (&sums, as_of), "the sums are of their moment");
    // Of another plant nothing is taken, not even the half that would fit.
    let mut other = PlantAnswer::of(&model(), vec![of("a", &running)], minute(181));
    let before = other.clone();
    assert!(!other.take(&shown));
    assert_eq!(other, before);
}
