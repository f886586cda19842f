//! Corrections of people arrive in any order: whatever is about different things comes to the same figures, now and as known at any
//! moment. About one thing the later filed wins, by design, so each thing's own entries keep their order here; so do recounts of
//! parts that overlap, which have a test of their own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Database;
use common::machines::{append, facts, figures_at, good, id, machine, minute, range, state, state_facts, whole_figures};
use domain::civil::SECOND_US;
use domain::machine::Observation;
use domain::oee::counts::Parts;
use domain::oee::{Evidence, Figures};
use domain::plant::{Fact, Report};
use domain::{TimeRange, Timestamp};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use store::{Filed, Store, Tenant};

const MACHINES: [&str; 3] = ["first", "second", "third"];
const MINUTES: i64 = 600;

/// What is done about one thing, in its own order.
#[derive(Clone, Debug)]
enum Step {
    /// The first word about it, or another one in its place.
    Say(Report),
    /// The same by a tap, which names the start of a stop and no report.
    Tap(Report),
    TakeBack,
    Undo,
}

/// One thing as it was said on one machine: its number there, and every entry.
#[derive(Clone, Default)]
struct Thing {
    subject: Option<u64>,
    entries: Vec<Option<Report>>,
}

impl Thing {
    fn held(&self) -> Option<&Report> {
        self.entries.last()?.as_ref()
    }

    /// The model of what a step does, which is all that the store may do.
    fn take(&mut self, step: &Step) {
        match step {
            Step::Say(report) | Step::Tap(report) => self.entries.push(Some(report.clone())),
            Step::TakeBack => self.entries.push(None),
            Step::Undo if self.held().is_some() => {
                let before = self.entries.len().checked_sub(2).and_then(|place| self.entries[place].clone());
                self.entries.push(before);
            }
            Step::Undo => {}
        }
    }
}

/// A report of the kind of a thing. Starts of reasons are the thing's own, or they would be about the same stop.
fn report(random: &mut ChaCha8Rng, kind: usize, place: i64) -> Report {
    let own = |minutes: i64| minute(minutes).plus(place * SECOND_US);
    let start = own(random.random_range(0..MINUTES));
    let end = (random.random_range(0..3) > 0).then(|| start.plus(random.random_range(1..7_200) * SECOND_US));
    let reason = ["jam", "changeover", "maintenance"][random.random_range(0..3)].to_owned();
    let product = (random.random_range(0..2) > 0).then(|| "bolt".to_owned());
    let parts = Parts { good: random.random_range(0..20), reject: random.random_range(0..4), ..Parts::default() };
    match kind {
        0 => Report::Reason { start, end, reason },
        1 => Report::Stop { start, end: end.or(Some(start.plus(SECOND_US))), reason: (place % 2 == 0).then_some(reason) },
        2 => Report::Comment { start, end, text: "the belt".to_owned() },
        3 => Report::Made { time: start, product, parts, reason: (place % 2 == 0).then_some(reason) },
        // Each of them counts a stretch of its own.
        _ => Report::Recount { start: own(place * 40), end: own(place * 40 + random.random_range(1..39)), product, parts, reason: None },
    }
}

/// What is done about some things.
fn steps(random: &mut ChaCha8Rng) -> Vec<Vec<Step>> {
    let of_thing = |(place, kind): (i64, usize), random: &mut ChaCha8Rng| {
        let first = report(random, kind, place);
        let (mut steps, mut held) = (vec![Step::Say(first.clone())], Some(first));
        for _ in 0..random.random_range(0..4) {
            steps.push(match (random.random_range(0..4), &held) {
                (0, _) => Step::TakeBack,
                (1, _) => Step::Undo,
                (2, Some(Report::Reason { start, .. })) => Step::Tap(Report::Reason { start: *start, end: None, reason: "jam".to_owned() }),
                _ => Step::Say(report(random, kind, place)),
            });
            let mut thing = Thing::default();
            steps.iter().for_each(|step| thing.take(step));
            held = thing.held().cloned();
        }
        steps
    };
    (0..10_i64).zip((0..5).cycle()).map(|of| of_thing(of, random)).collect()
}

/// The steps from some places on to others, thing by thing in a random order; each thing keeps its own.
fn shuffled(random: &mut ChaCha8Rng, steps: &[Vec<Step>], part: impl Fn(usize) -> std::ops::Range<usize>) -> Vec<(usize, Step)> {
    let mut turns: Vec<usize> = steps.iter().enumerate().flat_map(|(thing, _)| part(thing).map(move |_| thing)).collect();
    turns.shuffle(random);
    let mut next: Vec<usize> = (0..steps.len()).map(|thing| part(thing).start).collect();
    let mut take = |thing: usize| {
        next[thing] += 1;
        (thing, steps[thing][next[thing] - 1].clone())
    };
    turns.into_iter().map(&mut take).collect()
}

/// Does a step in the store, and in the model.
async fn file(store: &Store, tenant: &Tenant, name: &str, thing: &mut Thing, (number, step): (usize, &Step)) {
    let filed = |subject, report| async move {
        store.file_reports(tenant, &id(name), "kim", "seen", vec![Filed { subject, report }]).await.unwrap()[0]
    };
    let subject = match step {
        Step::Say(report) => filed(thing.subject, Some(report.clone())).await,
        Step::Tap(report) => filed(None, Some(report.clone())).await,
        Step::TakeBack => filed(thing.subject, None).await,
        Step::Undo => {
            // What is undone for another cause is undone once more.
            store.undo_reports(tenant, &id(name), "kim", &format!("undo {number}"), &[thing.subject.unwrap()]).await.unwrap();
            thing.subject.unwrap()
        }
    };
    assert!(thing.subject.is_none_or(|known| known == subject), "{step:?} is about the same thing");
    thing.subject = Some(subject);
    thing.take(step);
}

fn log() -> Vec<Observation> {
    let words =
        (0..).step_by(7).take_while(|at| *at < MINUTES).zip(["ACTIVE", "STOPPED", "ACTIVE", "READY", "UNAVAILABLE"].into_iter().cycle());
    let states = words.flat_map(|(at, word)| [state(at, word), good(at + 1, u64::from(word == "ACTIVE") * 6)]);
    states.chain([state(MINUTES, "ACTIVE")]).collect()
}

/// Figures of some windows by the model alone.
async fn expected(store: &Store, tenant: &Tenant, things: &[Thing], windows: &[TimeRange]) -> Vec<Figures> {
    let plant = store.plant(tenant, None).await.unwrap();
    let reports: Vec<_> = things.iter().filter_map(Thing::held).collect();
    let of = |window: &TimeRange| whole_figures(&plant, MACHINES[0], &log(), &reports, *window, minute(1_000_000));
    windows.iter().map(of).collect()
}

async fn found(store: &Store, tenant: &Tenant, name: &str, windows: &[TimeRange], known_at: Option<Timestamp>) -> Vec<Figures> {
    let mut all = Vec::new();
    for window in windows {
        all.push(figures_at(store, tenant, name, *window, known_at).await);
    }
    all
}

/// Everything that is recorded from here on is recorded later.
async fn moment(store: &Store, tenant: &Tenant) -> Timestamp {
    store.evidence(tenant, &id(MACHINES[0]), range(0, 1), None).await.unwrap().as_of.unwrap()
}

#[tokio::test]
async fn the_order_of_arrival_of_corrections_does_not_matter() {
    for seed in 0..10 {
        let database = Database::new().await;
        let (store, tenant) = database.store().await;
        let machines = MACHINES.map(|name| Fact::Machine(id(name), machine()));
        state_facts(&store, &tenant, [facts(), machines.to_vec()].concat()).await;
        for name in MACHINES {
            append(&store, &tenant, name, log()).await;
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let steps = steps(&mut random);
        let cuts: Vec<usize> = steps.iter().map(|steps| random.random_range(0..=steps.len())).collect();
        let mut windows = vec![range(0, MINUTES)];
        windows.extend((0..3).map(|_| {
            let start = random.random_range(0..MINUTES - 1);
            range(start, random.random_range(start + 1..MINUTES))
        }));
        let (mut halves, mut wholes) = (Vec::new(), Vec::new());
        for name in MACHINES {
            let mut things = vec![Thing::default(); steps.len()];
            let (mut moments, mut number) = (Vec::new(), 0);
            for early in [true, false] {
                let part = |thing: usize| if early { 0..cuts[thing] } else { cuts[thing]..steps[thing].len() };
                for (thing, step) in shuffled(&mut random, &steps, part) {
                    file(&store, &tenant, name, &mut things[thing], (number, &step)).await;
                    number += 1;
                    if name == MACHINES[0] {
                        moments.push((moment(&store, &tenant).await, expected(&store, &tenant, &things, &windows[..1]).await));
                    }
                }
                if early {
                    let expected = expected(&store, &tenant, &things, &windows).await;
                    halves.push((name, moment(&store, &tenant).await, expected));
                }
            }
            // Each prefix of what arrived is what was known then, whatever came later.
            for (moment, expected) in moments {
                assert_eq!(found(&store, &tenant, name, &windows[..1], Some(moment)).await, expected, "seed {seed}, known at {moment:?}");
            }
            assert_eq!(
                found(&store, &tenant, name, &windows, None).await,
                expected(&store, &tenant, &things, &windows).await,
                "seed {seed}"
            );
            wholes.push(found(&store, &tenant, name, &windows, None).await);
        }
        assert!(wholes.iter().all(|figures| *figures == wholes[0]), "seed {seed}: another order is another figure");
        assert_ne!(wholes[0], expected(&store, &tenant, &[], &windows).await, "seed {seed}: they change something");
        for (name, moment, expected) in &halves {
            assert_eq!(found(&store, &tenant, name, &windows, Some(*moment)).await, *expected, "seed {seed}, {name}");
            assert_eq!(*expected, halves[0].2, "seed {seed}: as known at a moment, too");
        }
        read_in_any_pieces(&database, (&store, &tenant), wholes[0].first().unwrap(), &mut random).await;
    }
}

/// The same log says the same to who has followed it, to who reads it afresh, and to who reads it piece by piece.
async fn read_in_any_pieces(database: &Database, (store, tenant): (&Store, &Tenant), whole: &Figures, random: &mut ChaCha8Rng) {
    let (fresh, _) = database.store().await;
    let evidence = async |store: &Store| {
        let found = store.evidence(tenant, &id(MACHINES[1]), range(0, MINUTES), None).await.unwrap();
        Evidence { as_of: None, ..found }
    };
    assert_eq!(evidence(store).await, evidence(&fresh).await);
    let (mut at, mut sum) = (0, Figures::default());
    while at < MINUTES {
        let end = (at + random.random_range(1..200)).min(MINUTES);
        sum.add(&figures_at(&fresh, tenant, MACHINES[2], range(at, end), None).await);
        at = end;
    }
    assert_eq!(sum, *whole);
}

/// Which of two counts of the same parts is right cannot be told from them: it is the one that was filed later.
#[tokio::test]
async fn of_two_recounts_of_the_same_parts_the_later_filed_holds() {
    let database = Database::new().await;
    let (store, tenant) = database.store().await;
    let machines = MACHINES.map(|name| Fact::Machine(id(name), machine()));
    state_facts(&store, &tenant, [facts(), machines.to_vec()].concat()).await;
    let count = |good| Report::Recount {
        start: minute(0),
        end: minute(60),
        product: None,
        parts: Parts { good, ..Parts::default() },
        reason: None,
    };
    for (name, counts) in [(MACHINES[0], [3, 7]), (MACHINES[1], [7, 3])] {
        append(&store, &tenant, name, vec![state(0, "ACTIVE"), good(5, 100), state(60, "STOPPED")]).await;
        for good in counts {
            let filed = Filed { subject: None, report: Some(count(good)) };
            store.file_reports(&tenant, &id(name), "kim", "counted", vec![filed]).await.unwrap();
        }
        let figures = figures_at(&store, &tenant, name, range(0, 60), None).await;
        assert_eq!(figures.counts.parts.good, counts[1], "{name}");
    }
}
