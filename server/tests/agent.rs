//! An MTConnect agent as the real binary follows it: over HTTP, streaming, with a buffer, restarts and losses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use common::Plant;
use common::machine::{DAY, assert_golden, figures, moved, real_day, window, yesterday};
use domain::{TimeRange, Timestamp};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happened: time, type of the item, value. Its place from 1 on is its sequence.
type Events = Vec<(String, &'static str, String)>;

#[derive(Default)]
struct State {
    instance: u64,
    /// The oldest sequence in the buffer.
    first: usize,
    events: Events,
    /// Streams end when it is not theirs any more.
    generation: u64,
    asked: Vec<String>,
}

/// An agent of one machine.
#[derive(Clone)]
struct Agent {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

impl Agent {
    fn new(events: Events) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = State { instance: 7, first: 1, events, ..State::default() };
        let agent = Self { state: Arc::new(Mutex::new(state)), address: listener.local_addr().unwrap() };
        let serving = agent.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let agent = serving.clone();
                thread::spawn(move || agent.answer(stream.unwrap()));
            }
        });
        agent
    }

    fn config(&self) -> String {
        format!("[[machine_source]]\nmachine = \"Mazak01\"\nagent = \"http://{}/Mazak01\"\n", self.address)
    }

    fn say(&self, kind: &'static str, value: &str) {
        self.state.lock().unwrap().events.push((now().rfc3339(), kind, value.to_owned()));
    }

    fn asked(&self, part: &str) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|asked| asked.contains(part)).count()
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut request = String::new();
        reader.read_line(&mut request).unwrap();
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            line.clear();
        }
        let path = request.split(' ').nth(1).unwrap().to_owned();
        self.state.lock().unwrap().asked.push(path.clone());
        let head = |kind: &str| format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
        if path == "/Mazak01/current" {
            let document = self.current();
            stream.write_all(format!("{}{document}", head("text/xml")).as_bytes()).unwrap();
            return;
        }
        let from = path.split("from=").nth(1).unwrap().split('&').next().unwrap().parse::<usize>().unwrap();
        let (generation, known) = {
            let state = self.state.lock().unwrap();
            (state.generation, (state.first..=state.events.len() + 1).contains(&from))
        };
        if !known {
            let refusal = "<MTConnectError><Header/><Errors><Error errorCode=\"OUT_OF_RANGE\">from</Error></Errors></MTConnectError>";
            stream.write_all(format!("{}{refusal}", head("text/xml")).as_bytes()).unwrap();
            return;
        }
        stream.write_all(head("multipart/x-mixed-replace;boundary=b").as_bytes()).unwrap();
        let mut at = from;
        let mut quiet = 0;
        while self.state.lock().unwrap().generation == generation {
            let next = self.state.lock().unwrap().events.len() + 1;
            if next > at || quiet >= 50 {
                let document = self.sample(at, next);
                let part = format!("--b\r\nContent-type: text/xml\r\nContent-length: {}\r\n\r\n{document}\r\n", document.len());
                if stream.write_all(part.as_bytes()).is_err() {
                    return;
                }
                (at, quiet) = (next, 0);
            }
            quiet += 1;
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The last of each item.
    fn current(&self) -> String {
        let state = self.state.lock().unwrap();
        let mut last = BTreeMap::new();
        for (place, (_, kind, _)) in state.events.iter().enumerate() {
            last.insert(*kind, place + 1);
        }
        let mut sequences: Vec<usize> = last.into_values().collect();
        sequences.sort_unstable();
        document(&state, &sequences)
    }

    fn sample(&self, from: usize, next: usize) -> String {
        let state = self.state.lock().unwrap();
        // Out of order, as components stand in a document.
        document(&state, &(from..next).rev().collect::<Vec<_>>())
    }
}

fn document(state: &State, sequences: &[usize]) -> String {
    let item = |sequence: &usize| {
        let (time, kind, value) = &state.events[sequence - 1];
        format!("<{kind} dataItemId=\"i\" sequence=\"{sequence}\" timestamp=\"{time}\">{value}</{kind}>")
    };
    let items: String = sequences.iter().map(item).collect();
    format!(
        "<MTConnectStreams><Header creationTime=\"{}\" instanceId=\"{}\" firstSequence=\"{}\" nextSequence=\"{}\"/><Streams>{items}</Streams></MTConnectStreams>",
        now().rfc3339(),
        state.instance,
        state.first,
        state.events.len() + 1,
    )
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_us(i64::try_from(since.as_micros()).unwrap())
}

/// The real day as the agent of that machine told it.
fn day_events(lines: &[String]) -> Events {
    let kinds = [
        ("execution", "Execution"),
        ("mode", "ControllerMode"),
        ("estop", "EmergencyStop"),
        ("PartCountAct", "PartCount"),
        ("program", "Program"),
    ];
    let event = |line: &String| {
        let mut fields = line.split('|');
        let (time, key, value) = (fields.next()?, fields.next()?, fields.next()?);
        let (_, kind) = kinds.iter().find(|(known, _)| *known == key)?;
        Some((time.to_owned(), *kind, value.to_owned()))
    };
    lines.iter().filter_map(event).collect()
}

const STATES: &str = "SELECT count(*) FROM observations WHERE breaks";

#[tokio::test(flavor = "multi_thread")]
async fn the_real_day_out_of_an_agents_buffer_has_its_golden_durations() {
    let Some(text) = real_day() else { return };
    let day = yesterday();
    assert!(day > DAY);
    let mut events = day_events(&moved(&text, day));
    events.push((window(day).end().plus(1).rfc3339(), "Program", "LAST".to_owned()));
    let agent = Agent::new(events);
    let mut plant = Plant::start(&agent.config()).await;
    let last = "SELECT (count(*) > 0)::int::bigint FROM observations o JOIN words w ON w.number = o.product WHERE w.word = 'LAST'";
    plant.until_count(last, 1).await;
    assert_golden(&plant, "Mazak01", day).await;
    // A server that was killed finds its place again: what the buffer still holds is known.
    let numbered = "SELECT count(*) FROM observations WHERE number IS NOT NULL";
    let before = plant.count(numbered).await;
    plant.kill();
    let followed = agent.asked("sample");
    plant.serve();
    plant.until("the agent is followed again", |_| agent.asked("sample") > followed);
    agent.say("Execution", "READY");
    plant.until_count(numbered, before + 1).await;
    assert_golden(&plant, "Mazak01", day).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_is_unknown_time_and_the_same_state_is_said_anew() {
    let agent = Agent::new(Events::new());
    let began = now();
    agent.say("Execution", "ACTIVE");
    let plant = Plant::start(&agent.config()).await;
    plant.until_count(STATES, 1).await;
    // The agent drops the stream and is there again: lost, and active again, though nothing new happened.
    agent.state.lock().unwrap().generation += 1;
    plant.until_count(STATES, 3).await;
    // It is started again: its sequences begin anew, and the state that was the first is the first of another agent.
    {
        let mut state = agent.state.lock().unwrap();
        state.generation += 1;
        state.instance = 8;
        state.events = vec![(now().rfc3339(), "Execution", "READY".to_owned())];
    }
    plant.until_count(STATES, 5).await;
    // It has forgotten what we would have asked for next.
    {
        let mut state = agent.state.lock().unwrap();
        let event = (now().rfc3339(), "Execution", "STOPPED".to_owned());
        state.events.extend(std::iter::repeat_n(event, 9));
        state.first = 8;
        state.generation += 1;
    }
    plant.until_count(STATES, 7).await;
    let window = TimeRange::new(began, began.plus(600_000_000)).unwrap();
    let (_, by_state) = figures(&plant, "Mazak01", window).await;
    assert_eq!(by_state.keys().map(String::as_str).collect::<Vec<_>>(), ["ACTIVE", "READY", "STOPPED"]);
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 0);
}
