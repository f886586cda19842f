//! A board follows machines over its socket: it is told to which of them something happened, asks about those alone, and brings
//! the answer into what it shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a test may say something")]

mod common;

use app::live::wire::{Asked, Told};
use common::Plant;
use common::page::{Page, question};
use domain::civil::{MINUTE_US, SECOND_US};
use domain::oee::Category;
use domain::{MachineId, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

const PLANT: &str = "[[tenant]]\nid = \"default\"\n[[tenant]]\nid = \"acme\"\nof = \"default\"\ncustomer = \"Acme\"\n\
                     [ingest]\ntokens = [{ tenant = \"default\", token = \"t\" }]\n\
                     [[machine]]\nid = \"mill\"\nline = \"l\"\nideal_cycle = \"30s\"\ncustomer = \"Acme\"\n[[machine]]\nid = \"press\"\nline = \"l\"\n[[line]]\nid = \"l\"\n\
                     [[machine]]\nid = \"lathe\"\nline = \"l\"\ncustomer = \"Acme\"\n";

async fn plant() -> Plant {
    let plant = Plant::start(PLANT).await;
    plant.until_count("SELECT count(*) FROM plant_entries WHERE author = 'file'", 4).await;
    plant
}

fn says(plant: &Plant, machine: &str, time: Timestamp, state: &str) {
    let path = format!("/api/v2/machines/{machine}/observations");
    let body = json!([{"time": time.rfc3339(), "state": state}]).to_string();
    let answer = plant.post(&path, &["Authorization: Token t"], body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn ago(minutes: i64) -> Timestamp {
    app::clock::now().plus(-minutes * MINUTE_US)
}

/// The machines that a page is told of next; `None` where it is told to ask for everything.
async fn happened(page: &mut Page) -> Option<Vec<MachineId>> {
    match page.next().await.unwrap() {
        Told::Happened { topic: 0, number: 7, machines } => Some(machines),
        Told::Changed { topic: 0, number: 7 } => None,
        other => panic!("{other:?}"),
    }
}

/// All that a page is told until it is told of a machine by name. At the server's beginning every plant may have changed while it
/// did not listen, and then a page is to ask for everything, whatever else happened: so the machine speaks until it is named.
async fn told_until(plant: &Plant, page: &mut Page, machine: &str) -> BTreeSet<MachineId> {
    let mut told = BTreeSet::new();
    for second in 1..60 {
        says(plant, machine, ago(30).plus(second * SECOND_US), "ACTIVE");
        told.extend(happened(page).await.unwrap_or_default());
        if told.contains(&machine.parse::<MachineId>().unwrap()) {
            return told;
        }
    }
    panic!("{machine} is never named");
}

async fn follow(plant: &Plant, tenant: &str) -> Page {
    let mut page = Page::open(plant).await;
    page.say(&Asked::Machines { topic: 0, number: 7, tenant: tenant.to_owned(), machine: None }).await;
    // Questions are taken in their order: once a later one is answered, this one is taken.
    page.ask(1, question(&[]), false).await;
    while !matches!(page.next().await.unwrap(), Told::Answer { topic: 1, .. }) {}
    page
}

#[tokio::test]
async fn a_page_is_told_to_which_machines_something_happened() {
    let plant = plant().await;
    let mut owner = follow(&plant, "default").await;
    let mut customer = follow(&plant, "acme").await;
    let named = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<BTreeSet<MachineId>>();
    assert_eq!(told_until(&plant, &mut owner, "mill").await, named(&["mill"]));
    assert_eq!(told_until(&plant, &mut customer, "mill").await, named(&["mill"]));
    // The owner is told of the press, and the customer is told of nothing before what happens to its next machine.
    assert!(told_until(&plant, &mut owner, "press").await.contains(&"press".parse().unwrap()));
    let told = told_until(&plant, &mut customer, "lathe").await;
    assert!(told.is_subset(&named(&["mill", "lathe"])), "{told:?}");
    let told = told_until(&plant, &mut owner, "lathe").await;
    assert!(told.is_subset(&named(&["mill", "press", "lathe"])), "{told:?}");
    // Where the plant is another, everything is to be asked for.
    let store = plant.store().await;
    let fact = domain::plant::Fact::Machine("new".parse().unwrap(), domain::plant::Machine::default());
    store
        .state_facts(&store.tenant("default").unwrap(), "somebody", "a new machine", vec![domain::plant::Change::Set(fact)])
        .await
        .unwrap();
    while happened(&mut owner).await.is_some() {}
}

#[tokio::test]
async fn a_newer_answer_about_some_machines_fits_into_one_about_all() {
    let plant = plant().await;
    says(&plant, "mill", ago(30), "ACTIVE");
    says(&plant, "press", ago(30), "ACTIVE");
    let mut whole = plant.plant_answer("default", &[]);
    assert_eq!((whole.all.running, whole.all.stopped, whole.lines[0].running), (2, 0, 2));
    assert_eq!(whole.tiles[1].product, None, "nobody said what it makes");
    says(&plant, "mill", ago(5), "STOPPED");
    let part = plant.plant_answer("default", &[("machines[0]", "mill")]);
    assert_eq!(part.tiles.iter().map(|tile| tile.id.as_str()).collect::<Vec<_>>(), ["mill"]);
    assert!(whole.as_of < part.as_of && whole.take(&part));
    let states: Vec<_> = whole.tiles.iter().map(|tile| (tile.id.as_str(), tile.state.category)).collect();
    assert_eq!(states, [("lathe", Category::Unknown), ("mill", Category::UnplannedStop), ("press", Category::Run)]);
    assert_eq!((whole.all.running, whole.all.stopped, whole.lines[0].running, whole.lines[0].stopped), (1, 1, 1, 1));
    says(&plant, "mill", ago(3), "ACTIVE");
    // Of a window that is over, part and whole say the same to the last digit.
    let (from, to) = (ago(40).rfc3339(), ago(1).rfc3339());
    let window = [("from", from.as_str()), ("to", to.as_str())];
    let over = plant.plant_answer("default", &window);
    let part = plant.plant_answer("default", &[&window[..], &[("machines[0]", "press"), ("machines[1]", "mill")]].concat());
    assert_eq!(part.tiles, over.tiles[1..]);
    let mut taken = over.clone();
    assert!(taken.take(&part));
    assert_eq!(taken, over);
    // Nobody learns of others' machines by naming them.
    let foreign = plant.plant_answer("acme", &[("machines[0]", "press"), ("machines[1]", "nothing")]);
    assert_eq!((foreign.tiles.len(), foreign.all.machines), (0, 0));
    let seen: BTreeSet<String> = plant.plant_answer("acme", &[]).tiles.into_iter().map(|tile| tile.id).collect();
    assert_eq!(seen, ["lathe".to_owned(), "mill".to_owned()].into());
    // An answer about machines that are not among those shown changes nothing.
    let mut small = plant.plant_answer("acme", &window);
    let before = small.clone();
    assert!(!small.take(&over));
    assert_eq!(small, before);
}
