//! The model of a plant, people's reports and customers' views, in a real Postgres: nothing is overwritten.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::ask::at;
use common::machines::{
    append, facts, figures, figures_at, good, id, machine, minute, night_in_berlin, range, set, standard, state, state_facts,
};
use domain::civil::{HOUR_US, MINUTE_US};
use domain::oee::calendar::{Calendar, ShiftPlan};
use domain::oee::counts::Parts;
use domain::plant::{Change, Fact, FactKey, Kind, Line, Machine, Place, Report};
use domain::{TimeRange, Timestamp};
use store::{Filed, MachineError, Settings, Store, Tenant, TenantSettings, ViewSettings};

fn filed(report: Report) -> Filed {
    Filed { subject: None, report: Some(report) }
}

fn because(start: i64, end: Option<i64>, reason: &str) -> Report {
    Report::Reason { start: minute(start), end: end.map(minute), reason: reason.to_owned() }
}

async fn file(store: &Store, tenant: &Tenant, reports: Vec<Filed>) -> Vec<u64> {
    store.file_reports(tenant, &id("mill"), "kim", "seen", reports).await.unwrap()
}

/// Something that was recorded after everything before, and before everything after.
async fn moment(store: &Store, tenant: &Tenant) -> Timestamp {
    store.evidence(tenant, &id("mill"), range(0, 1), None).await.unwrap().as_of.unwrap()
}

#[tokio::test]
async fn facts_say_what_changed_and_what_does_not_fit_is_refused() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let state = |changes| store.state_facts(&tenant, "kim", "new mill", changes);
    assert_eq!(state(set(facts())).await.unwrap().len(), 5);
    assert_eq!(state(set(facts())).await.unwrap(), [], "what holds already is not stated again");
    let before = moment(&store, &tenant).await;
    let slower = Machine { micro_stop_us: Some(MINUTE_US), ..machine() };
    let differences = state(vec![Change::Set(Fact::Machine(id("mill"), slower))]).await.unwrap();
    assert_eq!(differences[0].to_string(), "machine `mill` is changed: micro_stop nothing \u{2192} 1m");
    let gone = FactKey { kind: Kind::Reason, id: "jam".into() };
    assert_eq!(state(vec![Change::Remove(gone)]).await.unwrap()[0].to_string(), "reason `jam` is removed");

    let lost = Machine { line: Some("nowhere".into()), ..machine() };
    let refused =
        state(vec![Change::Set(Fact::Machine(id("saw"), lost.clone())), Change::Set(Fact::Line("l".into(), Line::default()))]).await;
    let Err(MachineError::Plant(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.to_string(), "machine `saw`: it refers to line `nowhere`, which is not there; add it, or name another");
    let plant = store.plant(&tenant, None).await.unwrap();
    assert!(plant.lines.is_empty() && !plant.reasons.contains_key("jam"), "all or none");
    let there = vec![Change::Set(Fact::Machine(id("saw"), lost)), Change::Set(Fact::Line("nowhere".into(), Line::default()))];
    assert_eq!(state(there).await.unwrap().len(), 2, "in any order");

    let then = store.plant(&tenant, Some(before)).await.unwrap();
    assert_eq!((then.machines[&id("mill")].micro_stop_us, then.reasons.len(), then.machines.len()), (None, 3, 1));
    assert_eq!(then.reason_id("jam"), store.plant(&tenant, None).await.unwrap().reason_id("jam"), "numbers stay");
}

#[tokio::test]
async fn a_file_says_what_it_says_other_than_before() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let said = async |facts: Vec<Fact>| {
        let would = store.would_follow_facts(&tenant, "file", facts.clone()).await.unwrap();
        let followed = store.follow_facts(&tenant, "file", "at start", facts).await.unwrap();
        assert_eq!(would, followed, "what is said before is what is done");
        // When it was said is another time in each run.
        let text = |one: &domain::plant::Followed| one.to_string().replace(|sign: char| sign.is_ascii_digit(), "0");
        followed.iter().map(text).collect::<Vec<_>>()
    };
    let entries = async || store.stated(&tenant, None, None, usize::MAX).await.unwrap().len();
    let mill = |name: &str| Fact::Machine(id("mill"), Machine { name: name.into(), ..machine() });
    let line = Fact::Line("l".into(), Line::default());
    assert_eq!(said(vec![mill("A"), line.clone()]).await, ["machine `mill` is new", "line `l` is new"]);
    state_facts(&store, &tenant, vec![mill("B")]).await;
    let stands = "machine `mill` keeps name B and not A of the configuration, as said by test on 0000-00-00T00:00:00Z (the test needs it); the configuration has not changed since it said otherwise";
    assert_eq!(said(vec![mill("A"), line.clone()]).await, [stands], "what somebody changed in the browser stays");
    assert_eq!(entries().await, 3, "and nothing was said");
    let replaced =
        "machine `mill` is changed: name B \u{2192} C; this replaces what was said by test on 0000-00-00T00:00:00Z (the test needs it)";
    assert_eq!(said(vec![mill("C")]).await, ["line `l` is removed", replaced]);
    assert!(said(vec![mill("C")]).await.is_empty());

    // A file that catches up with the browser says so, and is not taken for the old one afterwards.
    state_facts(&store, &tenant, vec![mill("D"), line.clone()]).await;
    let before = entries().await;
    assert!(said(vec![mill("D"), line.clone()]).await.is_empty());
    assert_eq!(entries().await, before + 2);
    state_facts(&store, &tenant, vec![mill("E")]).await;
    store.state_facts(&tenant, "kim", "sold", vec![Change::Remove(line.key())]).await.unwrap();
    let kept = said(vec![mill("D"), line]).await;
    assert!(kept.len() == 2 && kept.iter().all(|one| one.contains("has not changed since")), "{kept:?}");
    assert!(kept[1].starts_with("line `l` stays removed, as said by kim"), "{kept:?}");
}

#[tokio::test]
async fn whoever_saw_an_older_entry_is_told_and_history_says_who() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let mill = |name: &str| Change::Set(Fact::Machine(id("mill"), Machine { name: name.into(), ..machine() }));
    let key = mill("").key();
    let seen = store.last_stated(&tenant, &key).await.unwrap();
    assert_eq!(seen, 0);
    store.state_seen(&tenant, "kim", "new", mill("A"), seen).await.unwrap();
    let first = store.last_stated(&tenant, &key).await.unwrap();
    // Something else that changes is no matter.
    state_facts(&store, &tenant, vec![Fact::Line("l".into(), Line::default())]).await;
    store.state_seen(&tenant, "kim", "shorter", mill("B"), first).await.unwrap();
    let refused = store.state_seen(&tenant, "ada", "longer", mill("C"), first).await.unwrap_err();
    assert!(matches!(&refused, MachineError::Meanwhile(about) if *about == key), "{refused}");
    assert!(refused.to_string().contains("somebody else changed machine `mill` meanwhile"), "{refused}");
    let said = |stated: &store::Stated| (stated.by.author.clone(), stated.by.why.clone(), stated.difference.to_string());
    let of_mill = store.stated(&tenant, Some(&key), None, 10).await.unwrap();
    let kim = |why: &str, what: &str| ("kim".to_owned(), why.to_owned(), what.to_owned());
    assert_eq!(
        of_mill.iter().map(said).collect::<Vec<_>>(),
        [kim("shorter", "machine `mill` is changed: name A \u{2192} B"), kim("new", "machine `mill` is new")]
    );
    let all = store.stated(&tenant, None, None, 2).await.unwrap();
    assert_eq!(all.iter().map(|stated| stated.number).collect::<Vec<_>>(), [3, 2]);
    let older = store.stated(&tenant, None, Some(2), 2).await.unwrap();
    assert_eq!(older.iter().map(|stated| stated.number).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn stops_get_reasons_are_split_and_taken_back() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    append(&store, &tenant, "mill", vec![state(0, "ACTIVE"), state(4, "STOPPED"), state(64, "ACTIVE"), state(66, "STOPPED")]).await;
    let minutes = async |window: TimeRange| {
        let figures = figures(&store, &tenant, "mill", window).await;
        let plant = store.plant(&tenant, None).await.unwrap();
        let share = |share: &domain::oee::figures::ReasonShare| {
            (share.reason.and_then(|reason| plant.reason(reason).map(str::to_owned)), share.time_us / MINUTE_US, share.stops)
        };
        (
            figures.by_reason.iter().map(share).collect::<Vec<_>>(),
            figures.times.setup_us / MINUTE_US,
            figures.times.planned_stop_us / MINUTE_US,
        )
    };
    let jam = Some("jam".to_owned());
    let day = range(0, 65);
    assert_eq!(minutes(day).await, (vec![(None, 60, 1)], 0, 0));
    // One reason of the whole stop, said while only its start was known, reaches to its end and not into the run after it.
    let subjects = file(&store, &tenant, vec![filed(because(10, None, "jam"))]).await;
    assert_eq!(minutes(day).await.0, [(None, 6, 1), (jam.clone(), 54, 1)]);
    let whole = Filed { subject: Some(subjects[0]), report: Some(because(0, Some(65), "jam")) };
    file(&store, &tenant, vec![whole]).await;
    assert_eq!(minutes(day).await.0, [(jam.clone(), 60, 1)], "also what ran is not made a stop");
    // Split in two, one of them planned.
    let first = moment(&store, &tenant).await;
    let parts =
        vec![Filed { subject: Some(subjects[0]), report: Some(because(4, Some(24), "jam")) }, filed(because(24, Some(64), "maintenance"))];
    let split = file(&store, &tenant, parts).await;
    assert_eq!(minutes(day).await, (vec![(Some("maintenance".into()), 40, 1), (jam.clone(), 20, 1)], 0, 40));
    // Any window agrees: the standstill is whole, however much of it is shown.
    assert_eq!(minutes(range(20, 30)).await, (vec![(Some("maintenance".into()), 6, 1), (jam.clone(), 4, 0)], 0, 6));
    let as_known = figures_at(&store, &tenant, "mill", day, Some(first)).await;
    assert_eq!((as_known.times.planned_stop_us, as_known.times.unplanned_stop_us), (0, 60 * MINUTE_US), "as known before");
    // Undone in bulk: both subjects go back to what they were.
    store.undo_reports(&tenant, &id("mill"), "kim", "wrong", &split).await.unwrap();
    assert_eq!(minutes(day).await.0, [(jam.clone(), 60, 1)]);
    let taken = Filed { subject: Some(subjects[0]), report: None };
    file(&store, &tenant, vec![taken, filed(because(5, Some(9), "changeover"))]).await;
    assert_eq!(minutes(day).await, (vec![(Some("changeover".into()), 4, 1), (None, 56, 1)], 4, 0));
    let entries = store.report_entries(&tenant, &id("mill"), day).await.unwrap();
    assert_eq!(entries.len(), 8, "nothing was overwritten");
    assert!(entries.iter().all(|entry| entry.author == "kim") && entries.iter().any(|entry| entry.why == "wrong"));
    for (report, sentence) in [
        (because(9, Some(9), "jam"), "must end after it begins"),
        (because(0, Some(40 * 1_440), "jam"), "no longer than 31 days"),
        (because(0, None, "weather"), "no such reason"),
    ] {
        let error = store.file_reports(&tenant, &id("mill"), "kim", "", vec![filed(report)]).await.unwrap_err();
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn people_report_stops_and_parts_that_no_device_saw() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    append(
        &store,
        &tenant,
        "mill",
        vec![state(0, "ACTIVE"), good(10, 10), good(20, 10), state(60, "STOPPED"), state(90, "ACTIVE"), state(91, "ACTIVE")],
    )
    .await;
    let stop = Report::Stop { start: minute(40), end: Some(minute(60)), reason: Some("jam".into()) };
    let recount = Report::Recount {
        start: minute(5),
        end: minute(20),
        product: None,
        parts: Parts { good: 7, reject: 3, ..Parts::default() },
        reason: None,
    };
    let made = Report::Made { time: minute(30), product: Some("bolt".into()), parts: Parts { good: 1, ..Parts::default() }, reason: None };
    let comment = Report::Comment { start: minute(40), end: None, text: "the belt".into() };
    file(&store, &tenant, [stop, recount, made, comment].map(filed).into()).await;
    let figures = figures(&store, &tenant, "mill", range(50, 70)).await;
    assert_eq!((figures.times.unplanned_stop_us, figures.counts.stops), (20 * MINUTE_US, 0), "it began before the window");
    let figures = common::machines::figures(&store, &tenant, "mill", range(0, 91)).await;
    assert_eq!((figures.counts.stops, figures.counts.repair_us), (1, 50 * MINUTE_US), "what touches is one stop");
    assert_eq!((figures.counts.parts.good, figures.counts.parts.reject), (18, 3));
    assert_eq!(figures.ideal.total_us, (10 + 10) * 30_000_000 + 10_000_000, "the machine's own standard, and the product's");
}

#[tokio::test]
async fn rule_13_standards_are_dated_and_products_have_their_own() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let dated = Machine { standards: vec![(None, standard(30)), (Some(minute(60)), standard(20))], ..machine() };
    state_facts(&store, &tenant, [facts(), vec![Fact::Machine(id("mill"), dated)]].concat()).await;
    let product = |at, word: &str| common::machines::said(minute(at), domain::machine::Said::Product(word.into()));
    append(
        &store,
        &tenant,
        "mill",
        vec![state(0, "ACTIVE"), good(10, 1), good(70, 1), product(80, "O1234"), good(90, 1), product(95, "new"), good(99, 1)],
    )
    .await;
    let ideal = async |from, to| figures(&store, &tenant, "mill", range(from, to)).await.ideal.total_us / 1_000_000;
    assert_eq!([ideal(0, 60).await, ideal(60, 75).await, ideal(85, 92).await, ideal(95, 100).await], [30, 20, 10, 20]);
}

#[tokio::test]
async fn rule_13_a_machine_that_moves_keeps_its_past_and_can_be_taken_back() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let line = |id: &str, calendar: &str| {
        Fact::Line(id.into(), Line { site: Some("berlin".into()), calendar: Some(calendar.into()), ..Line::default() })
    };
    let days = Calendar::daily(vec![ShiftPlan::parse("Day", "06:00-14:00", &["09:00-09:30"]).unwrap()]);
    let owl = Machine { line: Some("l1".into()), ..machine() };
    let all = vec![Fact::Calendar("days".into(), days), line("l1", "nights"), line("l2", "days"), Fact::Machine(id("owl"), owl.clone())];
    state_facts(&store, &tenant, [night_in_berlin(), all].concat()).await;
    let began = at("2024-03-01T12:00:00Z");
    let run = (0..40).map(|n| {
        common::machines::said(began.plus(n * 12 * HOUR_US), domain::machine::Said::State(["ACTIVE", "STOPPED"][n as usize % 2].into()))
    });
    append(&store, &tenant, "owl", run.collect()).await;
    // Midnight in Berlin, in the middle of a night shift in which it runs: a stop would go on, and be repaired by the other calendar.
    let moves = at("2024-03-10T23:00:00Z");
    let window = |from, to| TimeRange::new(at(from), at(to)).unwrap();
    let (before, after) = (window("2024-03-05T12:00:00Z", "2024-03-10T23:00:00Z"), window("2024-03-10T23:00:00Z", "2024-03-16T12:00:00Z"));
    let across = TimeRange::new(before.start(), after.end()).unwrap();
    let of = async |range, known_at| figures_at(&store, &tenant, "owl", range, known_at).await;
    let (past, stayed) = (of(before, None).await, of(after, None).await);
    let then = store.evidence(&tenant, &id("owl"), across, None).await.unwrap().as_of.unwrap();
    let moved = Machine { places: vec![(moves, Place { line: Some("l2".into()), ..Place::default() })], ..owl };
    let differences = store.state_facts(&tenant, "kim", "new hall", vec![Change::Set(Fact::Machine(id("owl"), moved))]).await.unwrap();
    assert_eq!(differences[0].to_string(), "machine `owl` is changed: place from 2024-03-10 23:00 nothing \u{2192} line l2");
    assert_eq!(of(before, None).await, past, "what was is as it was");
    let now = of(after, None).await;
    // Half of the running night is over; then five days of seven and a half hours, and the sixth day until one o'clock.
    assert_eq!(now.times.planned_us(), (5 * 450 + 390) * MINUTE_US);
    assert_ne!(now, stayed);
    let mut sum = past.clone();
    sum.add(&now);
    assert_eq!(of(across, None).await, sum);
    // As known before, and taken back, it never moved.
    assert_eq!(of(after, Some(then)).await, stayed);
    let key = FactKey { kind: Kind::Machine, id: "owl".into() };
    let history = store.stated(&tenant, Some(&key), None, 9).await.unwrap();
    assert_eq!((history.len(), history[0].by.author.as_str()), (2, "kim"));
    let back = history[1].difference.after.clone().unwrap();
    store.state_seen(&tenant, "ada", "it stays", Change::Set(back), history[0].number).await.unwrap();
    assert_eq!((of(before, None).await, of(after, None).await), (past, stayed));
}

#[tokio::test]
async fn rule_9_a_night_in_which_clocks_change_has_seven_hours() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, night_in_berlin()).await;
    let began = at("2026-03-28T20:00:00Z");
    let run = |at, word: &str| common::machines::said(at, domain::machine::Said::State(word.into()));
    append(&store, &tenant, "owl", vec![run(began, "ACTIVE"), run(began.plus(12 * HOUR_US), "STOPPED")]).await;
    for (from, to, hours) in [
        ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 7),
        ("2026-03-27T12:00:00Z", "2026-03-28T12:00:00Z", 8),
        ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 9),
    ] {
        let range = TimeRange::new(at(from), at(to)).unwrap();
        let figures = figures(&store, &tenant, "owl", range).await;
        let times = figures.times;
        // Without a word of the machine the time is unknown where it is past, and not yet there where it is to come.
        let planned_us = if times.calendar_us() == 24 * HOUR_US { times.planned_us() } else { hours * HOUR_US };
        assert_eq!(planned_us, hours * HOUR_US, "{from}");
        let evidence = store.evidence(&tenant, &id("owl"), range, None).await.unwrap();
        assert!(
            evidence.plan.scheduled.iter().any(|shift| shift.length_us() == hours * HOUR_US && range.contains(shift.start())),
            "{from}"
        );
    }
}

#[tokio::test]
async fn a_customer_sees_its_machines_and_no_others() {
    let database = Database::new().await;
    let mut settings = Settings::without_configuration("UTC".parse().unwrap());
    let view = ViewSettings { of: "default".parse().unwrap(), customer: "Acme".into() };
    let acme = TenantSettings {
        id: "acme".parse().unwrap(),
        name: "Acme".into(),
        view: Some(view),
        owns_found_tables: false,
        ..settings.tenants[0].clone()
    };
    settings.tenants.push(acme);
    let (store, builder) = database.store_with(settings).await;
    let acme = store.tenant("acme").unwrap();
    let sold = Machine { customer: Some("Acme".into()), ..machine() };
    state_facts(&store, &builder, [facts(), vec![Fact::Machine(id("sold"), sold)]].concat()).await;
    for machine in ["mill", "sold"] {
        append(&store, &builder, machine, vec![state(0, "ACTIVE"), good(5, 1), state(60, "STOPPED"), state(80, "ACTIVE")]).await;
    }
    assert_eq!(store.plant(&acme, None).await.unwrap().machines.keys().collect::<Vec<_>>(), [&id("sold")]);
    assert_eq!(store.plant(&builder, None).await.unwrap().machines.len(), 2);
    assert_eq!(figures(&store, &acme, "sold", range(0, 90)).await, figures(&store, &builder, "sold", range(0, 90)).await);
    for foreign in ["mill", "none"] {
        let refused = store.evidence(&acme, &id(foreign), range(0, 90), None).await;
        assert!(matches!(refused, Err(MachineError::UnknownMachine(_))), "{refused:?}");
        assert!(store.evidences(&acme, &[id("sold"), id(foreign)], range(0, 90), None).await.is_err());
        assert!(store.report_entries(&acme, &id(foreign), range(0, 90)).await.is_err());
    }
    let refused = |result: Result<(), MachineError>| assert!(matches!(result, Err(MachineError::OnlyLooks)), "{result:?}");
    refused(store.state_facts(&acme, "x", "", set(facts())).await.map(drop));
    refused(store.file_reports(&acme, &id("sold"), "x", "", vec![filed(because(60, None, "jam"))]).await.map(drop));
    refused(store.undo_reports(&acme, &id("sold"), "x", "", &[1]).await);
    refused(store.append_observations(acme.id(), &id("sold"), "x", Vec::new()).await.map(drop));
}

#[tokio::test]
async fn the_past_is_asked_as_it_was_known() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    state_facts(&store, &tenant, facts()).await;
    let nothing = moment(&store, &tenant).await;
    append(&store, &tenant, "mill", vec![state(0, "ACTIVE"), state(30, "STOPPED")]).await;
    let some = moment(&store, &tenant).await;
    append(&store, &tenant, "mill", vec![state(40, "ACTIVE"), state(50, "STOPPED")]).await;
    let run = async |known_at| figures_at(&store, &tenant, "mill", range(0, 60), known_at).await.times.run_us() / MINUTE_US;
    assert_eq!([run(Some(nothing)).await, run(Some(some)).await, run(None).await], [0, 30, 40]);
}
