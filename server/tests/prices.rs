//! Money that cannot be summed, with the real binary: command, board, page, tables and plant say what has no price, and where one is
//! entered; a plant that never entered any is not asked for them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::board::at;
use common::device::{self, id};
use common::{OWNER_AND_CUSTOMER, Plant};
use domain::civil::MINUTE_US;
use domain::machine::Said;
use domain::oee::counts::Parts;
use serde_json::{Value, json};

const MACHINES: &str = r#"
[[calendar]]
id = "early"
shift = [{ name = "Early", hours = "06:00-14:00" }]

[[machine]]
id = "mill"
calendar = "early"
customer = "Acme"

[[product]]
id = "nut"
name = "Nut <M8>"
standard = [{ ideal_cycle = "1s" NUT }]

[[product]]
id = "bolt"
standard = [{ ideal_cycle = "1s" BOLT }]
"#;

const ENDS: (&str, &str) = ("2026-03-11T05:00:00Z", "2026-03-11T13:00:00Z");

/// A shift in which both products are made, at these prices.
async fn shift(nut: &str, bolt: &str) -> Plant {
    let plant = Plant::start(&format!("{OWNER_AND_CUSTOMER}{}", MACHINES.replace("NUT", nut).replace("BOLT", bolt))).await;
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    plant.until_count("SELECT count(*) FROM plant_entries", 4).await;
    let mut log = vec![device::state(at(ENDS.0), "ACTIVE")];
    for (minute, product) in [(1, "nut"), (200, "bolt")] {
        let time = at(ENDS.0).plus(minute * MINUTE_US);
        log.push(device::say(time, Said::Product(product.to_owned())));
        log.push(device::say(time.plus(MINUTE_US), Said::Parts(Parts { good: 100, ..Parts::default() })));
    }
    log.push(device::state(at(ENDS.1), "STOPPED"));
    store.append_observations(tenant.id(), &id("mill"), "test", log).await.unwrap();
    plant
}

/// What the command says of the shift, which the board and the table say, too.
fn said(plant: &Plant, tenant: &str) -> Value {
    let (said, _) = plant.both(tenant, "mill", ENDS);
    let (status, table) = plant.fetch(&format!("/export/{tenant}/machines/mill/figures.json?from={}&to={}&by=window", ENDS.0, ENDS.1));
    let table: Value = serde_json::from_slice(&table).unwrap();
    assert_eq!((status, &table[0]["flags"], &table[0]["unpriced"]), (200, &said["flags"], &said["unpriced"]));
    json!([said["flags"], said["unpriced"], said["money"].is_null()])
}

/// The doubts of the machine's page.
fn doubts(plant: &Plant, tenant: &str) -> String {
    let page = plant.machine_page(tenant, "mill", &[("from", ENDS.0), ("to", ENDS.1), ("explain", "oee")]);
    page.split_once("<ul id=\"flags\"").map_or_else(String::new, |(_, rest)| rest.split("</ul>").next().unwrap().to_owned())
}

#[tokio::test]
async fn a_product_without_a_price_is_named_with_the_way_to_where_it_is_entered() {
    let plant = shift("", ", value = \"0.50 EUR\"").await;
    for tenant in ["default", "acme"] {
        assert_eq!(said(&plant, tenant), json!([["no_price"], ["nut"], true]), "{tenant}");
    }
    let named = "Without a price: <a href=\"/t/default/model/product/nut\">Nut &lt;M8&gt;</a>.";
    assert!(doubts(&plant, "default").contains(named), "{}", doubts(&plant, "default"));
    assert_eq!(plant.get("/t/default/model/product/nut").status, 200, "there it is entered");
    assert!(doubts(&plant, "acme").contains("Without a price: Nut &lt;M8&gt;."), "who only looks is not sent there");
    let board = plant.get(&format!("/t/default/plant?from={}&to={}", ENDS.0, ENDS.1)).body;
    assert!(board.contains("A product has no price, so no sum of money is shown."), "{board}");
    let (status, text) = plant.run(&["oee", "--tenant", "default", "--machine", "mill", "--from", ENDS.0, "--to", ENDS.1]);
    assert!(status == Some(0) && text.contains("A product has no price") && text.contains("without a price       nut"), "{text}");
}

#[tokio::test]
async fn a_plant_without_prices_is_not_asked_for_them_and_currencies_are_not_added() {
    let plant = shift("", "").await;
    assert_eq!(said(&plant, "default"), json!([[], [], true]));
    assert_eq!(doubts(&plant, "default"), "");
    let plant = shift(", value = \"1.00 USD\"", ", value = \"0.50 EUR\"").await;
    assert_eq!(said(&plant, "default"), json!([["mixed_currencies"], [], true]));
    assert!(doubts(&plant, "default").contains("Values in several currencies are not added up."));
    let plant = shift(", value = \"1.00 EUR\"", ", value = \"0.50 EUR\"").await;
    assert_eq!(said(&plant, "default"), json!([[], [], false]));
}

/// Machines at these hour rates that each run for so many minutes of the shift, and make nothing.
async fn standing(machines: &[(&str, &str, i64)]) -> Plant {
    let machine = |(id, rate, _): &(&str, &str, i64)| {
        let rate = if rate.is_empty() { String::new() } else { format!("hour_rate = [{{ rate = \"{rate}\" }}]\n") };
        format!("[[machine]]\nid = \"{id}\"\ncalendar = \"early\"\nideal_cycle = \"1s\"\n{rate}")
    };
    let calendar = MACHINES.split("\n[[machine]]").next().unwrap();
    let machines_of = machines.iter().map(machine).collect::<String>();
    let plant = Plant::start(&format!("{OWNER_AND_CUSTOMER}{calendar}\n{machines_of}")).await;
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    plant.until_count("SELECT count(*) FROM plant_entries", i64::try_from(machines.len()).unwrap() + 1).await;
    for (name, _, minutes) in machines {
        let (start, end) = (at(ENDS.0), at(ENDS.1));
        let parts = Parts { good: u64::try_from(minutes * 60).unwrap(), ..Parts::default() };
        let log = vec![
            device::state(start, "ACTIVE"),
            device::say(start.plus(MINUTE_US), Said::Parts(parts)),
            device::state(start.plus(minutes * MINUTE_US), "STOPPED"),
            device::state(end, "ACTIVE"),
        ];
        store.append_observations(tenant.id(), &id(name), "test", log).await.unwrap();
    }
    plant
}

/// The tiles of the plant's page in their order, and what its first order is called.
fn ordered(plant: &Plant, search: &str) -> (Vec<String>, String) {
    let page = plant.get(&format!("/t/default/plant?from={}&to={}{search}", ENDS.0, ENDS.1)).body;
    let tiles = page.split("<a id=\"m-").skip(1).map(|tile| tile.split('"').next().unwrap().to_owned()).collect();
    let orders = page.split_once("aria-label=\"Order\"").map_or("", |(_, rest)| rest);
    let first = orders.split("</a>").next().unwrap().rsplit('>').next().unwrap();
    (tiles, first.to_owned())
}

#[tokio::test]
async fn losses_are_compared_in_money_only_where_it_is_of_one_kind() {
    // Most time is lost by a2, most money by a10; the other two lost the same.
    let lost = |other: &'static str| [("a10", "1000 EUR", 400), ("a2", "10 EUR", 100), ("b", other, 300), ("a1", other, 300)];
    let names = |list: [&str; 4]| list.map(str::to_owned).to_vec();
    let plant = standing(&lost("20 EUR")).await;
    assert_eq!(ordered(&plant, ""), (names(["a10", "a2", "a1", "b"]), "By lost money".to_owned()));
    assert_eq!(ordered(&plant, "&order=name").0, names(["a1", "a2", "a10", "b"]));
    // A yen is no euro: 20,000 of them are not more than 63 of these.
    for other in ["5000 JPY", "20 USD"] {
        let plant = standing(&lost(other)).await;
        assert_eq!(ordered(&plant, ""), (names(["a2", "a1", "b", "a10"]), "By lost time".to_owned()), "{other}");
        assert_eq!(ordered(&plant, "&order=state").0, names(["a2", "a1", "b", "a10"]), "in the same state the same holds");
    }
    let plant = standing(&lost("")).await;
    assert_eq!(ordered(&plant, ""), (names(["a10", "a2", "a1", "b"]), "By lost money".to_owned()), "what has no price stands last");
}
