//! The board of a machine down to its raw events and back in time, with the real binary: a stop is shown as it came in, corrections
//! with what they replaced, and a moment of the past by the same digits as `andon oee --known-at`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use app::api_oee::Page;
use common::board::at;
use common::device::{self, id};
use common::{OWNER_AND_CUSTOMER, Plant};
use domain::Timestamp;
use domain::civil::MINUTE_US;
use domain::machine::{Observation, Said};
use domain::oee::counts::Parts;
use domain::plant::Report;
use serde_json::Value;
use store::Filed;

const MACHINES: &str = r#"
[[calendar]]
id = "early"
shift = [{ name = "Early", hours = "06:00-14:00" }]

[[machine]]
id = "mill"
calendar = "early"
ideal_cycle = "1s"
value = "0.50 EUR"

[[machine]]
id = "sold"
calendar = "early"
customer = "Acme"

[[reason]]
id = "technical"
name = "Technical"
names = { de = "Technik" }

[[reason]]
id = "scratch"
name = "Scratched"
names = { de = "Kratzer" }
rejects = true

[[reason]]
id = "jam"
name = "Material <jam>"
names = { de = "Materialstau" }
group = "technical"
"#;

fn config() -> String {
    format!("{OWNER_AND_CUSTOMER}{MACHINES}")
}

const WINDOW: &str = "from=2026-03-11T05:00:00Z&to=2026-03-11T13:00:00Z";

fn minute(minutes: i64) -> Timestamp {
    at("2026-03-11T05:00:00Z").plus(minutes * MINUTE_US)
}

fn say(minutes: i64, said: Said) -> (Option<u64>, Observation) {
    device::say(minute(minutes), said)
}

fn state(minutes: i64, word: &str) -> (Option<u64>, Observation) {
    device::state(minute(minutes), word)
}

/// A shift with two stops, 60 to 90 and 200 to 230 minutes after its start, on both machines; and a plant around it.
async fn shift() -> (Plant, store::Store, store::Tenant) {
    let plant = Plant::start(&config()).await;
    let store = plant.store().await;
    let tenant = store.tenants().next().unwrap();
    // The server takes the file's plant over beside its first answers.
    plant.until_count("SELECT count(*) FROM plant_entries", 6).await;
    for machine in ["mill", "sold"] {
        let stepped = Observation { stamp: minute(55), received: minute(61), said: Said::Mode("MANUAL \"x\" <b>".to_owned()) };
        let wrong = Observation { stamp: minute(-1_000_000), received: minute(65), said: Said::State("ACTIVE".to_owned()) };
        let parts = Parts { good: 9_000, reject: 1_000, ..Parts::default() };
        let log = vec![
            state(-600, "STOPPED"),
            state(0, "ACTIVE"),
            state(60, "STOPPED"),
            (None, stepped),
            (None, wrong),
            say(61, Said::Mode("AUTOMATIC".to_owned())),
            state(90, "ACTIVE"),
            say(120, Said::Parts(parts)),
            say(120, Said::RejectReason("scratch".to_owned())),
            state(200, "STOPPED"),
            state(230, "ACTIVE"),
            state(700, "STOPPED"),
        ];
        store.append_observations(tenant.id(), &id(machine), "test", log).await.unwrap();
    }
    (plant, store, tenant)
}

async fn file(store: &store::Store, tenant: &store::Tenant, subject: Option<u64>, report: Option<Report>) -> u64 {
    let filed = vec![Filed { subject, report }];
    store.file_reports(tenant, &id("mill"), "Kim <i>", "seen & heard", filed).await.unwrap()[0]
}

fn because(start: i64, end: i64) -> Option<Report> {
    Some(Report::Reason { start: minute(start), end: Some(minute(end)), reason: "jam".to_owned() })
}

fn board(plant: &Plant, tenant: &str, search: &str) -> String {
    let answer = plant.get(&format!("/t/{tenant}/machines/mill?{WINDOW}{search}"));
    assert_eq!(answer.status, 200, "{search}: {}", answer.head);
    answer.body
}

/// The part of a page that is one panel, up to its end.
fn panel<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    let length = page[start..].find("</section>").unwrap();
    &page[start..start + length]
}

#[tokio::test]
async fn a_stop_leads_to_its_raw_events_in_the_order_of_arrival() {
    let (plant, store, tenant) = shift().await;
    file(&store, &tenant, None, because(60, 90)).await;
    let closed = board(&plant, "default", "");
    let link = "stop=2026-03-11T06%3A00%3A00Z";
    assert!(closed.contains(link) && !closed.contains("id=\"events\""), "each stop of the list is a link to its events");
    let page = board(&plant, "default", &format!("&{link}"));
    let events = panel(&page, "events");
    let rows: Vec<&str> = events.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap().split("<tr").skip(1).collect();
    assert_eq!(rows.len(), 10, "the stop, all before it, and five after it: {events}");
    let places: Vec<u32> = rows.iter().map(|row| row.split("<td>").nth(1).unwrap().split('<').next().unwrap().parse().unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(rows[3].contains("its clock stepped back by 5 min; counts at 03-11 07:00:00"), "{}", rows[3]);
    assert!(rows[3].contains("mode <b>MANUAL &quot;x&quot; &lt;b&gt;</b>"), "words of devices are text: {}", rows[3]);
    assert!(events.contains("Kim &lt;i&gt;") && events.contains("seen &amp; heard") && events.contains("<b>Material &lt;jam&gt;</b>"));
    assert!(events.contains("more than a year away from when it came in"), "what was refused meanwhile: {events}");
    let other = board(&plant, "default", "&stop=2026-03-11T08%3A20%3A00Z");
    assert!(
        panel(&other, "events").contains("Nobody said anything of it") && panel(&other, "events").contains("Everything could be taken")
    );
    let list = board(&plant, "default", "&log=quarantine");
    assert!(panel(&list, "quarantine").contains("more than a year away"), "{list}");
    // A customer sees its machines and no others.
    let own = plant.get(&format!("/t/acme/machines/sold?{WINDOW}&{link}"));
    assert!(own.status == 200 && panel(&own.body, "events").contains("MANUAL"), "{}", own.head);
    let foreign = plant.get(&format!("/t/acme/machines/mill?{WINDOW}&{link}"));
    assert!(foreign.status == 404 && !foreign.body.contains("MANUAL"), "{}", foreign.head);
}

#[tokio::test]
async fn corrections_say_what_they_replaced_and_lead_back_before_them() {
    let (plant, store, tenant) = shift().await;
    let subject = file(&store, &tenant, None, because(60, 90)).await;
    file(&store, &tenant, Some(subject), because(70, 90)).await;
    file(&store, &tenant, Some(subject), None).await;
    let recount =
        Report::Recount { start: minute(100), end: minute(130), product: None, parts: Parts { good: 7, ..Parts::default() }, reason: None };
    file(&store, &tenant, None, Some(recount)).await;
    let page = board(&plant, "default", "&log=corrections");
    let listed = panel(&page, "corrections");
    let rows: Vec<&str> = listed.split("<tbody>").nth(1).unwrap().split("<tr").skip(1).collect();
    assert_eq!(rows.len(), 4, "every entry, the latest first: {listed}");
    assert!(rows[0].contains("recount, 7 good") && rows[0].contains("holds"), "{}", rows[0]);
    assert!(rows[1].contains("<i>taken back</i>") && rows[1].contains("<td>reason <b>Material"), "in place of: {}", rows[1]);
    assert!(rows[2].contains("splits the stop of 03-11 07:00:00") && rows[2].contains("<small>until"), "{}", rows[2]);
    let before = rows[1].split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let past = plant.get(&before);
    assert!(past.status == 200 && past.body.contains("As known at") && past.body.contains("Back to now"), "{before}: {}", past.head);
    let figures = panel(&past.body, "stops");
    assert!(figures.contains("Material &lt;jam&gt;") && !figures.contains("<button class=\"tap\"") && !figures.contains("name=\"reason\""));
    assert!(!panel(&page, "stops").contains("Material &lt;jam&gt;</b>"), "now it is taken back");
    assert_eq!(panel(&past.body, "corrections").matches("as known before this").count(), 2, "what came later is not in it");
}

#[tokio::test]
async fn a_moment_of_the_past_has_the_digits_of_the_command_line() {
    let (plant, store, tenant) = shift().await;
    let window = domain::TimeRange::new(minute(0), minute(480)).unwrap();
    let moment = async || store.evidence(&tenant, &id("mill"), window, None).await.unwrap().as_of.unwrap();
    let first = moment().await;
    file(&store, &tenant, None, Some(Report::Stop { start: minute(300), end: Some(minute(400)), reason: None })).await;
    let second = moment().await;
    let fewer = Report::Recount {
        start: minute(100),
        end: minute(130),
        product: None,
        parts: Parts { good: 5_000, ..Parts::default() },
        reason: None,
    };
    file(&store, &tenant, None, Some(fewer)).await;
    let mut seen = Vec::new();
    for known in [Some(first), Some(second), None] {
        let known = known.map(Timestamp::rfc3339);
        let mut arguments = vec!["oee", "--tenant", "default", "--machine", "mill", "--json"];
        arguments.extend(["--from", "2026-03-11T05:00:00Z", "--to", "2026-03-11T13:00:00Z"]);
        arguments.extend(known.iter().flat_map(|known| ["--known-at", known]));
        let (status, said) = plant.run(&arguments);
        assert_eq!(status, Some(0), "{said}");
        let printed: Value = serde_json::Deserializer::from_str(&said[said.find('{').unwrap()..]).into_iter().next().unwrap().unwrap();
        let search = known.as_ref().map(|known| format!("&known={known}")).unwrap_or_default();
        let bytes = plant.get_bytes(&format!("/api/board/machine?tenant=default&machine=mill&{WINDOW}{search}&average=3&pixels=200"));
        let page: Page = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(serde_json::to_value(page.answer.tile.ratios).unwrap(), printed["ratios"], "{known:?}");
        let (times, counts) = (&page.answer.basis.figures.times, &page.answer.basis.figures.counts);
        assert_eq!(
            [times.run_us(), times.unplanned_stop_us],
            ["run", "unplanned_stop"].map(|name| printed["times_us"][name].as_i64().unwrap())
        );
        assert_eq!([counts.parts.total(), counts.stops], ["total", "stops"].map(|name| printed["counts"][name].as_u64().unwrap()));
        let money = page.answer.tile.money.unwrap();
        assert_eq!(Some(money.full_value_minor - money.good_minor), lost(&printed["money"]));
        seen.push((counts.stops, counts.parts.total()));
        // The plant's tile says the same.
        let plant_page = plant.get(&format!("/t/default/plant?{WINDOW}{search}"));
        assert_eq!(plant_page.body.contains("id=\"known\""), known.is_some());
        let bytes = plant.get_bytes(&format!("/api/board/plant?tenant=default&{WINDOW}{search}"));
        let tiles: domain::board::PlantAnswer = postcard::from_bytes(&bytes).unwrap();
        let tile = tiles.tiles.iter().find(|tile| tile.id == "mill").unwrap();
        assert_eq!((tile.ratios, tile.money), (page.answer.tile.ratios, page.answer.tile.money));
    }
    assert_eq!(seen, [(2, 10_000), (3, 10_000), (3, 5_000)], "what is kept of now is not shown of then");
}

#[tokio::test]
async fn moments_that_cannot_be_are_refused_with_their_mend() {
    let (plant, ..) = shift().await;
    for (known, sentence) in [("noon", "`known=noon` is no point in time"), ("2020-01-01", "it was added to the plant later")] {
        let answer = plant.get(&format!("/t/default/machines/mill?{WINDOW}&known={known}"));
        assert!(answer.status == 400 && answer.body.contains(sentence), "{}: {}", answer.head, answer.body);
    }
    let answer = plant.get(&format!("/t/default/plant?{WINDOW}&known=2020-01-01"));
    assert!(answer.status == 200 && answer.body.contains("Nothing was known of any machine at this moment"), "{}", answer.head);
}

#[tokio::test]
async fn reasons_are_named_in_the_language_of_the_reader_and_parts_have_theirs() {
    let (plant, store, tenant) = shift().await;
    file(&store, &tenant, None, because(60, 90)).await;
    let read = |language: &str| {
        let request = format!("/t/default/machines/mill?{WINDOW}&log=corrections");
        plant.get_with(&request, &[&format!("Accept-Language: {language}")]).body
    };
    for (language, stop, group, part) in [
        ("de-AT,en;q=0.9", "Materialstau", "Technik", "Kratzer"),
        ("en,de;q=0.9", "Material &lt;jam&gt;", "Technical", "Scratched"),
        ("fr", "Material &lt;jam&gt;", "Technical", "Scratched"),
    ] {
        let page = read(language);
        assert!(panel(&page, "stops").contains(&format!("<b>{stop}</b>")), "{language}");
        assert!(panel(&page, "pareto").contains(group) && panel(&page, "corrections").contains(stop), "{language}");
        let rejects = panel(&page, "rejects");
        assert!(rejects.contains(part) && rejects.contains("<td>1,000</td>") && rejects.contains("€ 500.00"), "{language}: {rejects}");
        assert!(!panel(&page, "stops").contains(&format!("scratch\">{part}")), "what is said of parts is not offered for stops");
    }
}

/// Where the links of a part of a page lead, and what they say.
fn links(html: &str) -> Vec<(String, String)> {
    let link = |rest: &str| {
        let (href, said) = rest.split_once("href=\"")?.1.split_once('"')?;
        Some((href.replace("&amp;", "&"), said.split_once('>')?.1.split('<').next()?.to_owned()))
    };
    html.split("<a ").skip(1).filter_map(link).collect()
}

/// The stops of the list, by the moment that each begins.
fn listed(page: &str) -> Vec<String> {
    let rows = panel(page, "stops").split("<tr class=").skip(1);
    rows.map(|row| row.split("stop=").nth(1).unwrap().split(['"', '&']).next().unwrap().replace("%3A", ":")).collect()
}

#[tokio::test]
async fn a_bar_leads_to_its_stops_without_a_script_and_their_file_is_narrowed_alike() {
    let (plant, store, tenant) = shift().await;
    file(&store, &tenant, None, because(60, 90)).await;
    let (first, second) = ("2026-03-11T06:00:00Z", "2026-03-11T08:20:00Z");
    let whole = board(&plant, "default", "&bars=count");
    assert_eq!(listed(&whole), [second, first]);
    let bars = links(panel(&whole, "pareto"));
    let expected = [
        ("Technical", "group%3Atechnical", first),
        ("Material &lt;jam&gt;", "unplanned_stop%3Ajam", first),
        ("No reason yet", "unplanned_stop%3A", second),
    ];
    for (name, only, stop) in expected {
        let (href, _) = bars.iter().find(|(_, said)| said == name).unwrap_or_else(|| panic!("{name} in {bars:?}"));
        assert!(href.contains("bars=count") && href.ends_with(&format!("&only={only}")), "the rest of the address stays: {href}");
        let page = plant.get(href).body;
        assert_eq!(listed(&page), [stop], "{name}");
        // The chip leads back to all, other windows keep the filter, and a bar that is chosen lets go of it.
        let stops = links(panel(&page, "stops"));
        let (all, _) = stops.iter().find(|(_, said)| said == name).unwrap();
        assert_eq!(listed(&plant.get(all).body), [second, first], "{all}");
        let (again, _) = links(panel(&page, "pareto")).into_iter().find(|(_, said)| said == name).unwrap();
        assert!(!again.contains("only="), "{again}");
        let (week, _) = links(&page).into_iter().find(|(_, said)| said == "Week").unwrap();
        assert!(week.contains(&format!("only={only}")), "{week}");
        let (csv, _) = stops.iter().find(|(href, _)| href.contains("/stops.csv?")).unwrap();
        assert!(csv.contains(&format!("only={only}")), "{csv}");
        let rows: Value = serde_json::from_slice(&plant.fetch(&csv.replace(".csv", ".json")).1).unwrap();
        let starts: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["start"].as_str().unwrap()).collect();
        assert_eq!(starts, [stop], "{csv}");
    }
    // A reason of which there is no stop, and what is no reason at all.
    let page = board(&plant, "default", "&only=scratch");
    assert!(listed(&page).is_empty() && panel(&page, "stops").contains("No stops of “Scratched” in this window."));
    for only in ["nobody%3Cb%3E", "group:nobody%3Cb%3E", "setup%3Anobody%3Cb%3E"] {
        let page = board(&plant, "default", &format!("&only={only}"));
        let said = "There is no reason or group “nobody&lt;b&gt;” at this plant";
        assert!(listed(&page).is_empty() && panel(&page, "stops").contains(said), "{only}: {}", panel(&page, "stops"));
        let refused = plant.get(&format!("/export/default/machines/mill/stops.csv?{WINDOW}&only={only}"));
        assert!(refused.status == 400 && refused.body.contains("There is no reason or group “nobody<b>”"), "{}", refused.body);
    }
}

fn lost(money: &Value) -> Option<i64> {
    let part = |name: &str| money[name].as_i64();
    Some(part("availability_minor")? + part("performance_minor")? + part("quality_minor")?)
}
