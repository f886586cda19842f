//! Two processes on one database, each with what it keeps in memory: whatever is said to one, both show the same board.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::{HANGS, Plant, free_port};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const PLANT: &str = "
[ingest]
anonymous = true

[[machine]]
id = \"mill\"
ideal_cycle = \"60s\"
value = \"2.00 EUR\"

[[reason]]
id = \"jam\"
";

/// The other process.
struct Other {
    child: Child,
    port: u16,
}

impl Other {
    fn serve(plant: &Plant) -> Self {
        let port = free_port();
        let mut command = plant.andon(&["serve"]);
        command.env("ANDON_LISTEN", format!("127.0.0.1:{port}")).env("ANDON_DATA_DIR", plant.folder.path().join("other"));
        let other = Self { child: command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(), port };
        let began = Instant::now();
        while other.get("/health/ready").is_none_or(|answer| !answer.lines().next().is_some_and(|line| line.contains(" 200 "))) {
            assert!(began.elapsed() < HANGS, "the other process does not become ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        other
    }

    fn get(&self, path: &str) -> Option<String> {
        get(&format!("127.0.0.1:{}", self.port), path)
    }
}

/// An answer in one piece, so that a text in it is never cut.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const BOARD: &str = "/t/default/machines/mill?from=2026-01-31T06:00:00Z&to=2026-01-31T14:00:00Z";

/// The figures of a board, as text.
fn figures(page: &str) -> String {
    let from = page.find("<div id=\"cards\"").unwrap_or_else(|| panic!("no figures in {page}"));
    page[from..].split("</div>").next().unwrap().to_owned()
}

fn say(plant: &Plant, entries: &[String]) {
    let body = format!("[{}]", entries.join(","));
    let answer = plant.post("/api/v2/machines/mill/observations?bucket=default", &[], body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn state(clock: &str, word: &str) -> String {
    format!("{{\"time\": \"2026-01-31T{clock}:00Z\", \"state\": \"{word}\"}}")
}

fn total(clock: &str, parts: u32) -> String {
    format!("{{\"time\": \"2026-01-31T{clock}:00Z\", \"total\": {parts}}}")
}

#[tokio::test]
async fn both_show_the_same_whatever_is_said_to_one() {
    let plant = Plant::start(PLANT).await;
    let mut other = Other::serve(&plant);
    let here = || figures(&get(&plant.address(), BOARD).unwrap());
    let mut shown = vec![here()];
    // Both have looked, and keep what they saw; then it changes.
    let mut agree = |other: &Other, what: &str| {
        let now = here();
        assert!(!shown.contains(&now), "{what} changes the figures: {now}");
        plant.until(what, |_| figures(&other.get(BOARD).unwrap()) == now);
        shown.push(now);
    };
    say(&plant, &[state("06:00", "ACTIVE"), total("06:00", 0), total("09:00", 120), state("09:00", "STOPPED"), state("10:00", "ACTIVE")]);
    agree(&other, "the other process shows what was said to this one");
    // What comes late still lies inside of the window.
    say(&plant, &[total("12:00", 200), state("13:00", "STOPPED"), state("13:30", "ACTIVE"), state("15:00", "STOPPED")]);
    agree(&other, "what came late is shown there, too");
    let started = 1_769_850_000_000_000_i64;
    let form = format!("tenant=default&machine=mill&tap={started}~{}%7Cjam", started + 3_600_000_000);
    let filed = plant.post("/api/stops/report", &["Content-Type: application/x-www-form-urlencoded"], form.as_bytes());
    assert_eq!(filed.status, 200, "{}", filed.body);
    let stops = |page: String| page.matches("jam").count();
    plant.until("a reason is shown there, too", |plant| {
        let reasons = stops(other.get(BOARD).unwrap());
        reasons > 0 && reasons == stops(get(&plant.address(), BOARD).unwrap())
    });
    // One that begins anew has nothing in memory.
    drop(std::mem::replace(&mut other, Other::serve(&plant)));
    assert_eq!(figures(&other.get(BOARD).unwrap()), here());
}
