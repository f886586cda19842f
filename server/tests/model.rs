//! The model of the plant stated by a file and on the board: neither undoes the other, and whatever is refused is said with its mend.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::{Answer, OWNER_AND_CUSTOMER, Plant};

const MACHINES: &str = r#"
[[calendar]]
id = "nights"
shift = [{ name = "Night", hours = "22:00-06:00", breaks = ["02:00-02:30"] }]

[[site]]
id = "hall"
timezone = "Europe/Berlin"
calendar = "nights"

[[site]]
id = "island"
timezone = "Australia/Lord_Howe"
calendar = "nights"

[[machine]]
id = "mill"
name = "the mill"
site = "hall"
customer = "Acme"
silence = "2m"

[[machine]]
id = "secret <press>"
name = "Press & more"

[[product]]
id = "bolt"
standard = [{ ideal_cycle = "45s", value = "3.20 EUR" }]
"#;

fn config() -> String {
    format!("{OWNER_AND_CUSTOMER}{MACHINES}")
}

const MILL: &str = "/t/default/model/machine/mill";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A field that is hidden in the form that files a draft.
fn hidden(page: &str, name: &str) -> String {
    let filing = page.find("class=\"filing\"").unwrap_or_else(|| panic!("nothing to file in {page}"));
    let start = format!("name=\"{name}\" value=\"");
    let at = filing + page[filing..].find(&start).unwrap() + start.len();
    let text = &page[at..at + page[at..].find('"').unwrap()];
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What stands in a field of the form of the mill.
fn field(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let value = at + page[at..].find("value=\"").unwrap() + 7;
    page[value..].split('"').next().unwrap().to_owned()
}

/// Presses the button of a draft.
fn press(plant: &Plant, draft: &str, author: &str, why: &str, more: &str) -> Answer {
    let page = plant.get(draft);
    let field = |name: &str| format!("{name}={}", encoded(&hidden(&page.body, name)));
    let fields = ["tenant", "kind", "id", "draft"].map(field).join("&");
    let body = format!("{fields}&author={}&why={}{more}", encoded(author), encoded(why));
    plant.post("/api/model/file", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes())
}

fn location(answer: &Answer) -> String {
    let line = answer.head.lines().find_map(|line| line.strip_prefix("location: "));
    line.unwrap_or_else(|| panic!("{} {}", answer.head, answer.body)).to_owned()
}

/// The mill of the draft with another silence.
fn silence(text: &str, seen: u64) -> String {
    format!("{MILL}?do=check&seen={seen}&name=the%20mill&site=hall&customer=Acme&silence={text}")
}

/// The number of the last entry about the mill: what its form says that it saw.
fn seen(plant: &Plant) -> u64 {
    let page = plant.get(MILL).body;
    let at = page.find("name=\"seen\" value=\"").unwrap() + 19;
    page[at..].split('"').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_is_filed_on_the_board_survives_a_start_with_the_same_file_and_not_one_with_another() {
    let mut plant = Plant::start(&config()).await;
    plant.until_count("SELECT count(*) FROM plant_entries", 6).await;
    let page = plant.get(&silence("5m", seen(&plant)));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<th scope=\"row\">silence</th><td><del>2m</del></td><td><ins>5m</ins></td>"), "{}", page.body);
    let filed = press(&plant, &silence("5m", seen(&plant)), "kim", "the radio is bad <here>", "");
    assert_eq!((filed.status, location(&filed).as_str()), (303, "/t/default/model/machine/mill?filed=7"));
    let page = plant.get("/t/default/model/machine/mill?filed=7").body;
    assert!(page.contains("Filed. It holds now.") && page.contains("the radio is bad &lt;here&gt;"), "{page}");
    assert_eq!(plant.count("SELECT count(*) FROM plant_entries WHERE author = 'kim' AND fact::text LIKE '%300000000%'").await, 1);

    plant.kill();
    let (status, said) = plant.run(&["check-config"]);
    let stands = "machine `mill` keeps silence 5m and not 2m of the configuration, as said by kim";
    assert!(status == Some(0) && said.contains(&format!("a start leaves in default: {stands}")), "{said}");
    plant.serve();
    plant.until("the log says what stands", |plant| plant.log().contains(stands));
    assert_eq!(field(&plant.get(MILL).body, "silence"), "5m");

    plant.kill();
    std::fs::write(plant.folder.path().join("plant.toml"), config().replace("\"2m\"", "\"3m\"")).unwrap();
    let (_, said) = plant.run(&["check-config"]);
    assert!(said.contains("a start changes in default: machine `mill` is changed: silence 5m \u{2192} 3m"), "{said}");
    assert_eq!(plant.count("SELECT count(*) FROM plant_entries").await, 7, "to check writes nothing");
    plant.serve();
    plant.until("the log says what was replaced", |plant| {
        let log = plant.log();
        log.contains("silence 5m \u{2192} 3m; this replaces what was said by kim on") && log.contains("(the radio is bad <here>)")
    });
    let page = plant.get(MILL).body;
    assert!(field(&page, "silence") == "3m" && page.contains("<b>the configuration</b>"), "{page}");
    let history = plant.get("/t/default/model/history").body;
    assert!(history.contains("<b>kim</b>") && history.contains("machine `mill`</a>"), "{history}");
}

#[tokio::test]
async fn to_check_a_configuration_prepares_nothing_in_the_database() {
    let plant = Plant::without_server(&config()).await;
    let (status, said) = plant.run(&["check-config"]);
    assert!(status == Some(0) && said.contains("a start changes in default: machine `mill` is new"), "{said}");
    assert_eq!(plant.count("SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'andon'").await, 0);
    let mut command = plant.andon(&["check-config"]);
    let output = command.env("POSTGRES_PORT", common::free_port().to_string()).env("POSTGRES_HOST", "127.0.0.1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("what a start would change is not known"), "{said}");
}

#[tokio::test]
async fn two_who_change_the_same_thing_are_told_and_lose_nothing() {
    let plant = Plant::start(&config()).await;
    plant.until_count("SELECT count(*) FROM plant_entries", 6).await;
    let first = seen(&plant);
    let draft = silence("5m", first);
    assert_eq!(
        press(&plant, &format!("{MILL}?do=check&seen={first}&name=the%20saw&site=hall&customer=Acme&silence=2m"), "ada", "name", "").status,
        303
    );
    // The older draft keeps the other's name, because it did not touch it.
    let page = plant.get(&draft);
    assert!(
        page.body.contains("Somebody else changed this since you opened it") && page.body.contains("value=\"the saw\""),
        "{}",
        page.body
    );
    assert!(page.body.contains("<b>ada</b>"), "{}", page.body);
    // What was on the screen before the other filed is led back to the draft.
    let body = format!("tenant=default&kind=machine&id=mill&draft={}&author=kim&why=x", encoded(draft.split_once('?').unwrap().1));
    let refused = plant.post("/api/model/file", &[], body.as_bytes());
    let back = location(&refused);
    assert!(refused.status == 303 && back.contains("unfiled=meanwhile") && back.contains("silence=5m"), "{back}");
    assert!(plant.get(&back).body.contains("somebody else changed it meanwhile"));
    assert_eq!(press(&plant, &back, "kim", "radio", "").status, 303);
    let page = plant.get(MILL).body;
    assert_eq!((field(&page, "name"), field(&page, "silence")), ("the saw".to_owned(), "5m".to_owned()));
    // Taking one's own words back is one more entry.
    let taken = press(&plant, &format!("{MILL}?do=back&entry=8"), "kim", "wrong machine", "");
    assert_eq!(location(&taken), format!("{MILL}?filed=9"));
    assert_eq!(field(&plant.get(MILL).body, "silence"), "2m");
    assert_eq!(plant.count("SELECT count(*) FROM plant_entries").await, 9);
}

#[tokio::test]
async fn drafts_that_cannot_be_are_named_with_their_field() {
    let plant = Plant::start(&config()).await;
    plant.until_count("SELECT count(*) FROM plant_entries", 6).await;
    let number = seen(&plant);
    for (address, sentence) in [
        (silence("fast", number), "<b>silence</b>: `fast` is not a length of time"),
        (silence("1s", number), "machine `mill`: silence must be at least 30s"),
        (format!("{MILL}?do=check&line=x"), "machine `mill`: it refers to line `x`, which is not there; add it, or name another"),
        ("/t/default/model/site?do=check&new=1&id=s&timezone=Mars".to_owned(), "`Mars` is no time zone"),
        ("/t/default/model/machine?do=check&new=1&id=mill".to_owned(), "There is one of this id already"),
        ("/t/default/model/machine?do=check&new=1".to_owned(), "It needs an id"),
        ("/t/default/model/calendar/nights?do=remove".to_owned(), "site `hall`: it refers to calendar `nights`, which is not there"),
        ("/t/default/model/calendar/nights?do=check&shift.0.name=N&shift.0.hours=6-14".to_owned(), "are no hours of a shift"),
        ("/t/default/model/calendar/nights?do=look&since=soon&shift.0.name=N&shift.0.hours=06:00-14:00".to_owned(), "`soon` is no date"),
    ] {
        let page = plant.get(&address);
        assert_eq!(page.status, 200, "{address}");
        assert!(page.body.contains(sentence) && !page.body.contains("class=\"filing\""), "{address}: {}", page.body);
    }
    for (path, status) in
        [("/t/default/model/ship", 404), ("/t/default/model/machine/gone", 404), ("/t/default/model/machine/mill?do=back&entry=999", 400)]
    {
        assert_eq!(plant.get(path).status, status, "{path}");
    }
    // Who, why, and that the past is meant.
    let draft = silence("5m", seen(&plant));
    for (author, why, unfiled) in [("", "x", "author"), ("File", "x", "name"), ("kim", " ", "why")] {
        let back = location(&press(&plant, &draft, author, why, ""));
        assert!(back.ends_with(&format!("unfiled={unfiled}")) && back.contains("silence=5m"), "{back}");
        assert!(plant.get(&back).body.contains("Not filed: "), "{back}");
    }
    let bolt = "/t/default/model/product/bolt?do=check&seen=5&standard.0.ideal_cycle=40s&standard.0.value=3.20+EUR";
    assert!(plant.get(bolt).body.contains("This rewrites the past: standard."));
    assert!(location(&press(&plant, bolt, "kim", "typo", "")).contains("unfiled=past"));
    assert_eq!(location(&press(&plant, bolt, "kim", "typo", "&past=yes")), "/t/default/model/product/bolt?filed=7");
    let dated = format!("{}&standard.1.from=2026-12-01&standard.1.ideal_cycle=38s", bolt.replace("seen=5", "seen=7"));
    let page = plant.get(&dated).body;
    assert!(page.contains("standard from 2026-12-01") && !page.contains("rewrites the past"), "{page}");
    assert_eq!(location(&press(&plant, &dated, "kim", "new tool", "")), "/t/default/model/product/bolt?filed=8");
    // Any sign may stand in an id.
    let page = plant.get(&format!("/t/default/model/machine/{}", encoded("secret <press>")));
    assert!(page.status == 200 && page.body.contains("Press &amp; more") && !page.body.contains("<press>"), "{}", page.body);
}

#[tokio::test]
async fn a_calendar_is_previewed_with_its_real_lengths_in_every_zone_that_has_it() {
    let plant = Plant::start(&config()).await;
    plant.until_count("SELECT count(*) FROM plant_entries", 6).await;
    let page = plant.get("/t/default/model/calendar/nights?do=look&shift.0.name=Night&shift.0.hours=22:00-06:00&shift.0.breaks=02:00-02:30&at=2026-03-02").body;
    let of = |zone: &str| {
        let at = page.find(&format!("Shifts in {zone}")).unwrap_or_else(|| panic!("{zone} is missing in {page}"));
        page[at..].split("</section>").next().unwrap().to_owned()
    };
    let row = |of: &str, day: &str| {
        let at = of.rfind(&format!("<th scope=\"row\">{day}</th>")).unwrap_or_else(|| panic!("{day} is missing in {of}"));
        of[at..].split("</tr>").next().unwrap().to_owned()
    };
    let berlin = of("Europe/Berlin");
    assert!(row(&berlin, "Sat 28 Mar").contains("<td>7 h <strong class=\"odd\">not 8 h</strong></td><td>6 h 30 min</td>"), "{berlin}");
    assert!(row(&berlin, "Sat 24 Oct").contains("<td>9 h <strong class=\"odd\">not 8 h</strong></td><td>8 h 30 min</td>"), "{berlin}");
    assert!(row(&berlin, "Mon 2 Mar").contains("<td>22:00–06:00</td><td>8 h</td><td>7 h 30 min</td>"), "{berlin}");
    let island = of("Australia/Lord_Howe");
    assert!(row(&island, "Sat 4 Apr").contains("<td>8 h 30 min <strong"), "{island}");
    assert!(row(&island, "Sat 3 Oct").contains("<td>7 h 30 min <strong"), "{island}");
    // The same while it is typed.
    let body =
        "tenant=default&rest=calendar%2Fnights&search=do%3Dlook%26shift.0.name%3DNight%26shift.0.hours%3D20%3A00-06%3A00%26at%3D2026-03-02";
    let answer = plant.post("/api/model/preview", &["Content-Type: application/x-www-form-urlencoded"], body.as_bytes());
    assert!(
        answer.status == 200 && answer.body.contains("<td>20:00–06:00</td><td>10 h</td>") && answer.body.contains("9 h <strong"),
        "{}",
        answer.body
    );
    // Other hours from a date on leave the weeks before as they are.
    let since = "/t/default/model/calendar/nights?do=check&since=2026-12-01&shift.0.name=Night&shift.0.hours=21:00-06:00";
    let page = plant.get(since).body;
    assert!(page.contains("shift Night from 2026-12-01") && !page.contains("rewrites the past"), "{page}");
}

#[tokio::test]
async fn a_customer_looks_and_another_site_does_not_speak_for_anybody() {
    let plant = Plant::start(&config()).await;
    plant.until_count("SELECT count(*) FROM plant_entries", 6).await;
    let page = plant.get("/t/acme/model");
    assert!(page.status == 200 && page.body.contains(">the mill</a>") && !page.body.contains("Press"), "{}", page.body);
    assert!(!page.body.contains("?new=1") && !page.body.contains("history"), "{}", page.body);
    let page = plant.get("/t/acme/model/machine/mill");
    assert!(page.status == 200 && page.body.contains("<td>2m</td>") && !page.body.contains("<form"), "{}", page.body);
    assert_eq!(plant.get("/t/acme/model/product/bolt").status, 404, "products may be those of others");
    assert!(!plant.get("/t/acme").body.contains("/t/acme/model"), "no way there in the navigation");
    assert!(plant.get("/t/default").body.contains("/t/default/model"));
    for path in [
        "/t/acme/model/machine?new=1",
        "/t/acme/model/machine/mill?do=check&name=Ours",
        "/t/acme/model/machine/mill?do=remove",
        "/t/acme/model/history",
    ] {
        let refused = plant.get(path);
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("ask "), "{path}: {}", refused.body);
    }
    assert_eq!(plant.get("/t/acme/model/machine/secret%20%3Cpress%3E").status, 404);
    let body = b"tenant=acme&kind=machine&id=mill&draft=do%3Dremove%26seen%3D5&author=x&why=y";
    let refused = plant.post("/api/model/file", &[], body);
    assert!(refused.status == 403 && refused.body.contains("ask the owner"), "{}", refused.body);
    let body = b"tenant=default&kind=machine&id=mill&draft=do%3Dremove%26seen%3D4&author=x&why=y";
    let refused = plant.post("/api/model/file", &["Origin: http://elsewhere.example"], body);
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(plant.count("SELECT count(*) FROM plant_entries").await, 6);
}
