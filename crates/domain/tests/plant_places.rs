//! Rule 13 of where machines stand: a machine that moves, or gets another calendar, from a date on keeps its past.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod plant;

use domain::board::roll::{Roll, Seen};
use domain::board::tile::Source;
use domain::board::{Frame, Period, PlantAnswer};
use domain::machine::reading::evidence;
use domain::machine::{Observation, Said};
use domain::oee::calendar::{Calendar, ShiftPlan};
use domain::oee::counts::Parts;
use domain::oee::{Category, Evidence, Figures, Policy, Timeline};
use domain::plant::{BadPlant, Fact, Line, LinePlace, Machine, Mistake, Place, Plant as Model, Site};
use domain::zone::ZoneOffsets;
use domain::{MachineId, TimeRange, Timestamp};
use plant::{minute, minutes, standard};
use proptest::prelude::*;

/// Minutes of a day.
const DAY: i64 = 1_440;
/// Midnight at which the machine moves, in minutes.
const MOVE: i64 = 10 * DAY;

fn daily(hours: &str, breaks: &[&str]) -> Calendar {
    Calendar::daily(vec![ShiftPlan::parse("Shift", hours, breaks).unwrap()])
}

fn place(line: Option<&str>, site: Option<&str>, calendar: Option<&str>) -> Place {
    let [line, site, calendar] = [line, site, calendar].map(|id| id.map(str::to_owned));
    Place { line, site, calendar }
}

fn id(text: &str) -> MachineId {
    text.parse().unwrap()
}

/// A machine `mill` that is moved from `one`, which works at night, to `two`, which works by day; `saw` stays in `two`.
fn model(places: Vec<(Timestamp, Place)>) -> Model {
    let line = |calendar: &str, constraint: &str| Line {
        name: calendar.to_uppercase(),
        site: Some("hall".into()),
        calendar: Some(calendar.into()),
        constraint: Some(constraint.into()),
        places: Vec::new(),
    };
    let mill = Machine { line: Some("one".into()), standards: vec![(None, standard(30_000_000))], places, ..Machine::default() };
    Model::of_facts([
        Fact::Calendar("night".into(), daily("22:00-06:00", &["02:00-02:30"])),
        Fact::Calendar("day".into(), daily("06:00-14:00", &[])),
        Fact::Site("hall".into(), Site { name: "Hall".into(), ..Site::default() }),
        Fact::Site("yard".into(), Site { name: "Yard".into(), calendar: Some("day".into()), ..Site::default() }),
        Fact::Line("one".into(), line("night", "mill")),
        Fact::Line("two".into(), line("day", "saw")),
        Fact::Machine(id("saw"), Machine { line: Some("two".into()), places: Vec::new(), ..mill.clone() }),
        Fact::Machine(id("mill"), mill),
    ])
}

fn moved() -> Model {
    model(vec![(minute(MOVE), place(Some("two"), None, None))])
}

fn at(time: i64, said: Said) -> Observation {
    Observation { stamp: minute(time), received: minute(time), said }
}

/// It runs most of the time and makes a part every two minutes.
fn log(days: std::ops::Range<i64>) -> Vec<Observation> {
    let words = ["ACTIVE", "STOPPED", "ACTIVE", "READY"];
    let hour = |hour: i64| {
        let state = at(hour * 60, Said::State(words[usize::try_from(hour % 4).unwrap()].to_owned()));
        let made = (0..30).map(move |n| at(hour * 60 + 2 * n + 1, Said::Parts(Parts { good: 1, ..Parts::default() })));
        std::iter::once(state).chain(made)
    };
    (days.start * 24..days.end * 24).flat_map(hour).collect()
}

fn known(model: &Model, machine: &str, range: TimeRange) -> Evidence {
    let days = range.start().us() / minute(DAY).us() - 1..range.end().us() / minute(DAY).us() + 2;
    evidence(model, &id(machine), &log(days), &[], (range, &ZoneOffsets::utc()), minute(100 * DAY))
}

fn figures(model: &Model, machine: &str, range: TimeRange) -> Figures {
    let evidence = known(model, machine, range);
    Figures::of(&evidence, &Timeline::of(&evidence, &Policy::default()), range)
}

#[test]
fn rule_13_a_place_holds_from_its_date_on_and_what_was_before_stays() {
    let (model, before) = (moved(), model(Vec::new()));
    let mill = &model.machines[&id("mill")];
    let of = |time| model.placed(mill, minute(time)).line.map(|(id, _)| id);
    assert_eq!([of(0), of(MOVE - 1), of(MOVE), of(90 * DAY)], [Some("one"), Some("one"), Some("two"), Some("two")]);
    assert_eq!(model.places(mill).len(), 2);
    // Windows before the date are those of a plant in which it never moved.
    for window in [minutes(3 * DAY, 4 * DAY), minutes(MOVE - 3 * DAY, MOVE)] {
        assert_eq!(figures(&model, "mill", window), figures(&before, "mill", window));
    }
    assert_ne!(figures(&model, "mill", minutes(MOVE, MOVE + DAY)), figures(&before, "mill", minutes(MOVE, MOVE + DAY)));
    assert_eq!(figures(&model, "mill", minutes(MOVE + DAY, MOVE + 3 * DAY)), figures(&model, "saw", minutes(MOVE + DAY, MOVE + 3 * DAY)));
    // What holds since ever is stated without a date, and a plant that was stored without places has none.
    let stored = r#"{"name": "Mill", "line": "one", "calendar": "day"}"#;
    let stored: Machine = serde_json::from_str(stored).unwrap();
    assert_eq!((stored.places.len(), stored.line_at(Timestamp::MIN)), (0, Some("one")));
}

#[test]
fn a_shift_that_goes_on_elsewhere_ends_where_the_machine_leaves() {
    let model = moved();
    let rota = model.rota(&model.machines[&id("mill")]);
    let around = minutes(MOVE - DAY, MOVE + DAY);
    let shifts = rota.shifts(around, &ZoneOffsets::utc());
    let said: Vec<_> = shifts.iter().map(|shift| (shift.range, shift.breaks.len())).collect();
    let night = minutes(MOVE - DAY - 120, MOVE - DAY + 360);
    assert_eq!(said, [(night, 1), (minutes(MOVE - 120, MOVE), 0), (minutes(MOVE + 360, MOVE + 840), 0)]);
    // Boards have a window for each of them, and the figures plan just that much.
    let frames = Period::Shift.frames(&rota, &ZoneOffsets::utc(), minute(MOVE + 400), 3);
    assert_eq!(frames.iter().map(|frame| frame.range).collect::<Vec<_>>(), said.iter().map(|(range, _)| *range).collect::<Vec<_>>());
    let planned = |range| figures(&model, "mill", range).times.planned_us();
    assert_eq!(planned(minutes(MOVE - 120, MOVE + 360)), minutes(0, 120).length_us(), "not the four hours after midnight");
    assert_eq!(planned(around), minutes(0, 360 - 30 + 120 + 480).length_us());
}

#[test]
fn a_place_says_all_three_anew_and_must_say_where() {
    let model_of = |place: Place| model(vec![(minute(MOVE), place)]);
    let check = |place: Place| {
        model_of(place).check().map_err(|BadPlant(mistakes)| mistakes.into_iter().map(|(_, mistake)| mistake).collect::<Vec<_>>())
    };
    assert_eq!(check(place(Some("two"), None, Some("night"))), Ok(()));
    let other = model_of(place(Some("two"), None, Some("night")));
    let planned = |model: &Model, day: i64| figures(model, "mill", minutes(MOVE + day * DAY, MOVE + (day + 1) * DAY)).times.planned_us();
    assert_eq!(planned(&other, 2), minutes(0, 450).length_us(), "its own calendar, not that of the line");
    let yard = model_of(place(None, Some("yard"), None));
    let placed = yard.placed(&yard.machines[&id("mill")], minute(MOVE));
    assert_eq!((placed.line, placed.site.map(|(id, _)| id)), (None, Some("yard")));
    assert_eq!(planned(&yard, 2), minutes(0, 480).length_us(), "the calendar of the site");
    let nowhere = check(place(None, None, Some("day"))).unwrap_err();
    assert!(matches!(nowhere.as_slice(), [Mistake::Nowhere(from, _)] if from.starts_with("1970-01-11")), "{nowhere:?}");
    assert!(matches!(check(place(Some("three"), None, None)).unwrap_err().as_slice(), [Mistake::Dangling(_)]));
    // A customer sees the lines that its machines were ever part of, or windows of the past would have none.
    let mut sold = moved();
    sold.machines.get_mut(&id("mill")).unwrap().customer = Some("Acme".into());
    let seen = sold.of_customer("Acme");
    assert_eq!(seen.lines.keys().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(seen.calendars.keys().collect::<Vec<_>>(), ["day", "night"]);
    // What other machines work by is no business of its.
    let mut stays = model(Vec::new());
    stays.machines.get_mut(&id("mill")).unwrap().customer = Some("Acme".into());
    let seen = stays.of_customer("Acme");
    assert_eq!(seen.calendars.keys().collect::<Vec<_>>(), ["night"]);
}

#[test]
fn rule_13_what_is_said_of_a_line_or_a_site_from_a_date_on_leaves_the_past_of_its_machines() {
    let before = model(Vec::new());
    let planned = |model: &Model, machine: &str, day: i64| {
        figures(model, machine, minutes(MOVE + day * DAY, MOVE + (day + 1) * DAY)).times.planned_us() / minutes(0, 1).length_us()
    };
    // The line works by day from then on, in the yard, and the saw speaks for it.
    let mut line = model(Vec::new());
    let place = LinePlace { site: Some("yard".into()), calendar: None, constraint: Some("saw".into()) };
    line.lines.get_mut("one").unwrap().places.push((minute(MOVE), place));
    assert_eq!(line.check(), Ok(()));
    // Its own line's calendar is not said anew, so that of the site holds; the night that was under way ends at the move.
    assert_eq!([-2, -1, 0, 1].map(|day| planned(&line, "mill", day)), [450, 450, 480, 480]);
    assert_eq!([-2, -1, 0, 1].map(|day| planned(&before, "mill", day)), [450; 4]);
    let window = minutes(MOVE - 3 * DAY, MOVE);
    assert_eq!(figures(&line, "mill", window), figures(&before, "mill", window));
    let one = &line.lines["one"];
    assert_eq!([MOVE - 1, MOVE].map(|at| one.constraint_at(minute(at))), [Some("mill"), Some("saw")]);
    let sites = |model: &Model, window| board(model, window).sites.iter().map(|roll| (roll.id.clone(), roll.machines)).collect::<Vec<_>>();
    let across = minutes(MOVE - DAY, MOVE + DAY);
    assert_eq!(sites(&line, across), [("hall".to_owned(), 2), ("yard".to_owned(), 1)], "the mill was at both");
    assert_eq!(sites(&before, across), [("hall".to_owned(), 2)]);

    // The site works at night from then on.
    let mut site = model(vec![(minute(5 * DAY), place_at("yard"))]);
    assert_eq!([-2, -1, 0, 1].map(|day| planned(&site, "mill", day)), [480; 4]);
    site.sites.get_mut("yard").unwrap().calendars = vec![(minute(MOVE), Some("night".into())), (minute(MOVE + 2 * DAY), None)];
    assert_eq!(site.check(), Ok(()));
    assert_eq!([-2, -1, 0, 1, 2].map(|day| planned(&site, "mill", day)), [480, 480, 450, 450, 1_440]);
    let mill = &site.machines[&id("mill")];
    assert_eq!(site.places(mill).len(), 4);
    // A date on which nothing becomes another is no place of its own, and cuts no shift.
    site.sites.get_mut("yard").unwrap().calendars.insert(0, (minute(MOVE - DAY), Some("day".into())));
    assert_eq!(site.places(&site.machines[&id("mill")]).len(), 4);
    assert_eq!(site.sites_by("night").into_iter().flatten().map(|(id, _)| id).collect::<Vec<_>>(), ["yard", "hall"]);

    // What it refers to is there, and a line that stood somewhere still does.
    let mistakes = |model: &Model| model.check().unwrap_err().0.into_iter().map(|(_, mistake)| mistake).collect::<Vec<_>>();
    site.sites.get_mut("yard").unwrap().calendars.push((minute(90 * DAY), Some("weekend".into())));
    assert!(matches!(mistakes(&site).as_slice(), [Mistake::Dangling(key)] if key.id == "weekend"));
    line.lines.get_mut("one").unwrap().places.push((minute(90 * DAY), LinePlace::default()));
    assert!(matches!(mistakes(&line).as_slice(), [Mistake::Nowhere(_, "no site")]));
    // Facts that were stored before there were dates.
    let stored: Line = serde_json::from_str(r#"{"name": "One", "site": "hall"}"#).unwrap();
    assert_eq!((stored.site_at(Timestamp::MIN), stored.places.len()), (Some("hall"), 0));
}

fn place_at(site: &str) -> Place {
    place(None, Some(site), None)
}

/// The machines of a window on the plant board, with the window before.
fn board(model: &Model, window: TimeRange) -> PlantAnswer {
    let before = TimeRange::new(window.start().plus(-window.length_us()), window.start()).unwrap();
    let all = TimeRange::new(before.start(), window.end()).unwrap();
    let seen = model.machines.iter().map(|(id, machine)| {
        let evidence = known(model, id.as_str(), all);
        let timeline = Timeline::of(&evidence, &machine.policy());
        let zone = ZoneOffsets::utc();
        let source =
            Source { plant: model, id, machine, evidence: &evidence, timeline: &timeline, zone: &zone, language: "", latest: false };
        let parts: Vec<_> = model.cut(machine, before).into_iter().map(|part| (part, Figures::of(&evidence, &timeline, part))).collect();
        Seen::of(&source, Frame { range: window, name: String::new(), shift: String::new() }, Some(&parts))
    });
    PlantAnswer::of(model, seen.collect(), minute(100 * DAY))
}

#[test]
fn what_was_made_counts_to_the_line_that_it_was_made_in() {
    let model = moved();
    let of = |answer: &PlantAnswer, id: &str| -> Option<Roll> { answer.lines.iter().find(|roll| roll.id == id).cloned() };
    let sum = |parts: &[Figures]| {
        let mut sum = Figures::default();
        parts.iter().for_each(|part| sum.add(part));
        sum
    };
    // Two days around the move: a day of the mill belongs to each line.
    let window = minutes(MOVE - DAY, MOVE + DAY);
    let answer = board(&model, window);
    let (one, two) = (of(&answer, "one").unwrap(), of(&answer, "two").unwrap());
    let (early, late) = (figures(&model, "mill", minutes(MOVE - DAY, MOVE)), figures(&model, "mill", minutes(MOVE, MOVE + DAY)));
    let saw = figures(&model, "saw", window);
    assert_eq!((one.fleet.times, one.fleet.counts), (early.times, early.counts));
    let together = sum(&[late.clone(), saw.clone()]);
    assert_eq!((two.fleet.times, two.fleet.counts), (together.times, together.counts));
    assert_eq!(answer.all.fleet.times, sum(&[early.clone(), late, saw]).times, "and nothing twice");
    assert_eq!((one.machines, two.machines, answer.all.machines), (1, 2, 2));
    assert_eq!(one.running + one.stopped + one.unknown, 0, "what it does it does in the other line");
    assert_eq!(
        answer.sites.iter().map(|roll| (roll.id.as_str(), roll.machines)).collect::<Vec<_>>(),
        [("hall", 2)],
        "it stayed at its site"
    );
    assert_eq!(answer.tiles.iter().find(|tile| tile.id == "mill").unwrap().line_id, "two");
    // Each line is spoken for by its own constraint.
    assert_eq!((one.constraint.unwrap().counts, two.constraint.unwrap().counts), (early.counts, figures(&model, "saw", window).counts));

    // A day later line one is empty, and its part of the window before is no part of line two.
    let window = minutes(MOVE, MOVE + DAY);
    let answer = board(&model, window);
    assert!(of(&answer, "one").is_none());
    let two = of(&answer, "two").unwrap();
    let before = figures(&model, "saw", minutes(MOVE - DAY, MOVE));
    let policy = Policy::default();
    let change = |now: &Figures, before: &Figures| {
        let oee = |figures: &Figures| domain::oee::Ratios::of(figures, &policy).oee;
        domain::oee::history::change_points(oee(now), oee(before))
    };
    let now = sum(&[figures(&model, "mill", window), figures(&model, "saw", window)]);
    assert_eq!(two.fleet.change, change(&now, &before));

    // Where one machine stays, the one that left counts in what the line is compared with.
    let mut stays = model.clone();
    stays.machines.insert(id("drill"), Machine { places: Vec::new(), ..model.machines[&id("mill")].clone() });
    let answer = board(&stays, window);
    let one = of(&answer, "one").unwrap();
    let drill = |range| figures(&stays, "drill", range);
    let yesterday = minutes(MOVE - DAY, MOVE);
    assert_eq!((one.machines, one.fleet.times), (1, drill(window).times));
    assert_eq!(one.fleet.change, change(&drill(window), &sum(&[drill(yesterday), figures(&stays, "mill", yesterday)])));
    // Another calendar at the same place cuts nothing.
    let same = board(&self::model(vec![(minute(MOVE), place(Some("one"), None, Some("day")))]), minutes(MOVE - DAY, MOVE + DAY));
    let one = of(&same, "one").unwrap();
    assert_eq!(
        (one.machines, one.running + one.stopped + one.unknown),
        (1, same.tiles.iter().filter(|tile| tile.id == "mill" && tile.state.category != Category::NotScheduled).count() as u32)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_window_across_moves_is_the_sum_of_its_parts(
        moves in proptest::collection::vec((5 * DAY..15 * DAY, 0..4_usize), 0..4),
        start in 4 * DAY..15 * DAY,
        length in 1..4 * DAY,
    ) {
        let places = [place(Some("one"), None, None), place(Some("two"), None, None), place(Some("two"), None, Some("night")), place(None, Some("yard"), None)];
        let moves: Vec<_> = moves.into_iter().map(|(time, number)| (minute(time), places[number].clone())).collect();
        let model = model(moves);
        let window = minutes(start, start + length);
        let mut sum = Figures::default();
        for part in model.cut(&model.machines[&id("mill")], window) {
            sum.add(&figures(&model, "mill", part));
        }
        prop_assert_eq!(sum, figures(&model, "mill", window));
    }
}
