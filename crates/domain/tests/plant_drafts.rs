//! Facts as people write them: what is written is read back, changes are said in the words of the configuration, and what cannot be
//! taken is named with its field.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

use domain::plant::draft::{Draft, PastChange, ShiftRow, WeekRows, rewritten};
use domain::plant::{Difference, Fact, FactKey, Kind};
use domain::zone::Zone;

fn berlin() -> Zone {
    "Europe/Berlin".parse().unwrap()
}

fn key(kind: Kind, id: &str) -> FactKey {
    FactKey { kind, id: id.to_owned() }
}

fn fact(kind: Kind, pairs: &[(&str, &str)]) -> Fact {
    Draft::of_pairs(kind, pairs.iter().copied()).fact(&key(kind, "it"), berlin()).unwrap()
}

const MACHINE: &[(&str, &str)] = &[
    ("name", "Press 1"),
    ("line", "line-1"),
    ("builder", "Mueller"),
    ("model", "P 400"),
    ("type", "press"),
    ("customer", "Acme"),
    ("silence", "2m"),
    ("micro_stop", "3m"),
    ("cap_performance", "true"),
    ("amber_from", "60"),
    ("dialect", "packml"),
    ("states.0.word", "WARMUP"),
    ("states.0.class", "setup"),
    ("modes.0.word", "MANUAL"),
    ("modes.0.class", "planned_stop"),
    ("counters_roll_over_at", "65536"),
    ("standard.0.ideal_cycle", "45s"),
    ("standard.0.value", "3.20 EUR"),
    ("standard.1.from", "2026-07-01"),
    ("standard.1.ideal_cycle", "40s"),
    ("target.0.oee", "80"),
    ("target.0.availability", "88"),
    ("target.0.performance", "93.5"),
    ("target.0.quality", "98"),
    ("place.0.from", "2026-03-01"),
    ("place.0.line", "line-2"),
    ("place.1.from", "2026-07-01 06:00"),
    ("place.1.site", "yard"),
    ("place.1.calendar", "two-shifts"),
    ("hour_rate.0.from", "2026-01-01 06:00"),
    ("hour_rate.0.rate", "120.00 EUR"),
];

const SITE: &[(&str, &str)] = &[
    ("name", "Hamburg"),
    ("timezone", "Europe/Berlin"),
    ("calendar", "three"),
    ("place.0.from", "2027-01-04"),
    ("place.0.calendar", "two"),
    // From then on it has none.
    ("place.1.from", "2027-07-01 06:00"),
];

const LINE: &[(&str, &str)] = &[
    ("name", "Line"),
    ("site", "h"),
    ("constraint", "press-1"),
    ("place.0.from", "2026-12-01"),
    ("place.0.site", "yard"),
    ("place.0.calendar", "two"),
    ("place.0.constraint", "press-2"),
];

const CALENDAR: &[(&str, &str)] = &[
    ("shift.0.name", "Early"),
    ("shift.0.hours", "06:00-14:00"),
    ("shift.0.breaks", "09:00-09:30, 12:00-12:15"),
    ("shift.0.days", "mon-fri"),
    ("shift.1.name", "Night"),
    ("shift.1.hours", "22:00-06:00"),
    ("shift.1.breaks", "02:00-02:30"),
    ("shift.2.name", "Early"),
    ("shift.2.hours", "05:00-13:00"),
    ("shift.2.from", "2026-12-01"),
    ("holidays", "2026-12-25\n2026-12-26"),
    ("extra.0.date", "2026-12-19"),
    ("extra.0.shifts", "Early"),
];

const ROTATION: &[(&str, &str)] = &[
    ("shift.0.name", "Early"),
    ("shift.0.hours", "06:00-14:00"),
    ("shift.1.name", "Late"),
    ("shift.1.hours", "14:00-22:00"),
    ("rotation.0.from", "2026-01-05"),
    ("rotation.0.anchor", "2026-01-07"),
    ("rotation.0.days", "Early; Early, Late; -"),
];

#[test]
fn what_is_written_is_read_back() {
    let reason = [("name", "Tool"), ("names.0.language", "de"), ("names.0.name", "Werkzeug"), ("group", "technical"), ("class", "setup")];
    let product = [("name", "Bracket"), ("words", "O1, x\nO2"), ("standard.0.machine", "p"), ("standard.0.ideal_cycle", "1m30s")];
    let order = [("machine", "p"), ("product", "b"), ("start", "2026-11-20 06:00"), ("quantity", "2000")];
    for (kind, pairs) in [
        (Kind::Machine, MACHINE),
        (Kind::Calendar, CALENDAR),
        (Kind::Calendar, ROTATION),
        (Kind::Reason, &reason),
        (Kind::Product, &product),
        (Kind::Order, &order),
        (Kind::Site, SITE),
        (Kind::Line, LINE),
    ] {
        let fact = fact(kind, pairs);
        let draft = Draft::of(&fact, berlin());
        let mut written = draft.pairs();
        let mut typed: Vec<(String, String)> = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        written.sort();
        typed.sort();
        // The upper limit of a colour is said with the lower one.
        written.retain(|(name, _)| name != "green_from");
        assert_eq!(written, typed);
        assert_eq!(draft.fact(&fact.key(), berlin()), Ok(fact));
    }
}

#[test]
fn a_calendar_from_a_date_on_leaves_the_time_before_as_it_was() {
    let Fact::Calendar(_, calendar) = fact(Kind::Calendar, CALENDAR) else { panic!() };
    let zone = berlin();
    let first = |date: &str| {
        let start = domain::plant::draft::value::instant(date, zone).unwrap();
        let range = domain::TimeRange::new(start.plus(4 * 3_600_000_000), start.plus(20 * 3_600_000_000)).unwrap();
        let shifts = calendar.shifts(range, &zone.offsets(range));
        shifts.iter().map(|shift| format!("{} {}", shift.name, zone.offsets(range).date_time(shift.range.start()))).collect::<Vec<_>>()
    };
    assert_eq!(first("2026-11-30"), ["Night 2026-11-29 22:00:00", "Early 2026-11-30 06:00:00"]);
    assert_eq!(first("2026-12-02"), ["Early 2026-12-02 05:00:00"]);
    assert_eq!(first("2026-12-25"), [""; 0]);
    assert_eq!(first("2026-12-19"), ["Early 2026-12-19 05:00:00"], "the shift as it is then");
}

#[test]
fn changes_are_said_in_the_words_of_the_configuration() {
    let before = fact(Kind::Machine, MACHINE);
    let mut draft = Draft::of(&before, berlin());
    draft.put("micro_stop", "");
    draft.push("standard", [("from", "2026-12-01".to_owned()), ("ideal_cycle", "38s".to_owned())]);
    let after = draft.fact(&before.key(), berlin()).unwrap();
    let difference = Difference::of(before.key(), Some(before.clone()), Some(after.clone()), berlin()).unwrap();
    assert_eq!(
        difference.to_string(),
        "machine `it` is changed: micro_stop 3m → nothing; standard from 2026-12-01 nothing → ideal_cycle 38s"
    );
    let today = domain::civil::Date { year: 2026, month: 11, day: 22 };
    let past = rewritten(&before, &after, berlin(), today);
    assert!(matches!(past.as_slice(), [PastChange::Undated(change)] if change.field == "micro_stop"), "{past:?}");
    // A machine that moves keeps its past; that it never moved, or was elsewhere always, is said of the past as well.
    let mut draft = Draft::of(&before, berlin());
    draft.push("place", [("from", "2026-12-01".to_owned()), ("line", "line-3".to_owned())]);
    let moved = draft.fact(&before.key(), berlin()).unwrap();
    let difference = Difference::of(before.key(), Some(before.clone()), Some(moved.clone()), berlin()).unwrap();
    assert_eq!(difference.to_string(), "machine `it` is changed: place from 2026-12-01 nothing → line line-3");
    assert_eq!(rewritten(&before, &moved, berlin(), today), []);
    assert!(matches!(rewritten(&moved, &before, berlin(), today).as_slice(), [PastChange::Rewritten(_)]));
    draft.put("line", "line-9");
    let elsewhere = rewritten(&moved, &draft.fact(&before.key(), berlin()).unwrap(), berlin(), today);
    assert!(matches!(elsewhere.as_slice(), [PastChange::Undated(change)] if change.field == "line"), "{elsewhere:?}");
    let mut cells = Draft::of(&before, berlin()).rows("standard").to_vec();
    cells[0].insert("ideal_cycle".to_owned(), "44s".to_owned());
    let mut draft = Draft::of(&before, berlin());
    draft.take_rows("standard", cells);
    let past = rewritten(&before, &draft.fact(&before.key(), berlin()).unwrap(), berlin(), today);
    assert!(
        matches!(past.as_slice(), [PastChange::Rewritten(change)] if change.to_string() == "standard ideal_cycle 45s, value 3.20 EUR → ideal_cycle 44s, value 3.20 EUR"),
        "{past:?}"
    );
}

#[test]
fn a_date_of_a_calendar_bears_on_itself() {
    let before = fact(Kind::Calendar, CALENDAR);
    let past = |pairs: &[(&str, &str)], day: u32| {
        let mut draft = Draft::of(&before, berlin());
        pairs.iter().for_each(|(name, text)| draft.put(name, *text));
        let after = draft.fact(&before.key(), berlin()).unwrap();
        rewritten(&before, &after, berlin(), domain::civil::Date { year: 2026, month: 12, day }).len()
    };
    let without_the_first = [("holidays", "2026-12-26")];
    let one_more = [("holidays", "2026-12-10\n2026-12-25\n2026-12-26")];
    assert_eq!([past(&without_the_first, 24), past(&without_the_first, 26), past(&one_more, 9), past(&one_more, 11)], [0, 1, 0, 1]);
}

#[test]
fn what_cannot_be_taken_is_named_with_its_field() {
    for (kind, pairs, field, sentence) in [
        (Kind::Machine, &[("silence", "fast")] as &[_], "silence", "`fast` is not a length of time"),
        (Kind::Machine, &[("standard.0.from", "2026-01-01")], "standard.0.ideal_cycle", "is missing in this row"),
        (Kind::Machine, &[("target.0.oee", "80"), ("target.0.quality", "98")], "target.0.oee", "or none of them"),
        (Kind::Machine, &[("target.0.oee", "80"), ("target.1.oee", "85")], "target.1.from", "say from when on this one holds"),
        (Kind::Machine, &[("place.0.line", "l")], "place.0.from", "say from when on that holds"),
        (
            Kind::Machine,
            &[("place.0.from", "2026-01-01"), ("place.1.from", "2026-01-01")],
            "place.1.from",
            "say from when on this one holds",
        ),
        (Kind::Machine, &[("target.0.oee", "180")], "target.0.oee", "write per cent from 0 to 100"),
        (Kind::Machine, &[("states.0.word", "X"), ("states.0.class", "fast")], "states.0.class", "is no class"),
        (Kind::Line, &[("place.0.site", "yard")], "place.0.from", "say from when on that holds"),
        (Kind::Site, &[("place.0.from", "2026-01-01"), ("place.1.from", "2026-01-01")], "place.1.from", "say from when on this one holds"),
        (Kind::Site, &[("timezone", "Mars")], "timezone", "no time zone"),
        (Kind::Calendar, &[("shift.0.name", "E"), ("shift.0.hours", "6-14")], "shift.0.hours", "are no hours of a shift"),
        (Kind::Calendar, &[("shift.0.hours", "06:00-14:00")], "shift.0.name", "needs a name"),
        (Kind::Calendar, &[("holidays", "christmas")], "holidays", "is no date"),
        (Kind::Calendar, &[("extra.0.date", "2026-01-01"), ("extra.0.shifts", "Late")], "extra.0.shifts", "there is no shift `Late`"),
        (Kind::Order, &[("machine", "m"), ("product", "p")], "start", "is missing"),
        (Kind::Order, &[("machine", "m"), ("product", "p"), ("start", "now"), ("quantity", "1")], "start", "no point in time"),
    ] {
        let wrong = Draft::of_pairs(kind, pairs.iter().copied()).fact(&key(kind, "it"), berlin()).unwrap_err();
        assert!(wrong.iter().any(|wrong| wrong.field == field && wrong.sentence.contains(sentence)), "{pairs:?}: {wrong:?}");
    }
}

#[test]
fn two_who_change_a_thing_at_once_keep_both_changes() {
    let draft = |pairs: &[(&str, &str)]| Draft::of_pairs(Kind::Machine, pairs.iter().copied());
    let base = draft(&[("name", "A"), ("line", "l"), ("silence", "1m"), ("standard.0.ideal_cycle", "45s")]);
    let mine = draft(&[("name", "B"), ("line", "l"), ("silence", "3m"), ("standard.0.ideal_cycle", "45s")]);
    let now = draft(&[("name", "A"), ("line", "k"), ("silence", "2m"), ("standard.0.ideal_cycle", "40s")]);
    let (merged, both) = mine.on(Kind::Machine, &base, &now);
    assert_eq!(merged, draft(&[("name", "B"), ("line", "k"), ("silence", "3m"), ("standard.0.ideal_cycle", "40s")]));
    assert_eq!(both, ["silence"]);
}

#[test]
fn days_of_a_file_may_be_first_and_last() {
    let of = |days: &[&str]| {
        let days = days.iter().map(|day| (*day).to_owned()).collect();
        let shift = ShiftRow { name: "Day".into(), hours: "06:00-14:00".into(), breaks: Vec::new(), days, from: None };
        WeekRows { shifts: vec![shift], rotations: Vec::new(), holidays: Vec::new(), extra: Vec::new() }.calendar()
    };
    assert_eq!(of(&["mon-wed", "Fri"]).unwrap(), of(&["mon", "tue", "wed", "fri"]).unwrap());
    assert_eq!(of(&["sat-mon"]).unwrap(), of(&["sun", "mon", "sat"]).unwrap());
    let wrong = of(&["mon-tag"]).unwrap_err();
    assert!(wrong[0].sentence.contains("`mon-tag` is no day of the week"), "{wrong:?}");
}
