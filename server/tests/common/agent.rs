//! An MTConnect agent of one machine, which streams, forgets and is started again as a test says.

use domain::Timestamp;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happened: time, type of the item, value. Its place from 1 on is its sequence.
pub type Events = Vec<(String, &'static str, String)>;

#[derive(Default)]
pub struct State {
    pub instance: u64,
    /// The oldest sequence in the buffer.
    pub first: usize,
    pub events: Events,
    /// Streams end when it is not theirs any more.
    pub generation: u64,
    asked: Vec<String>,
}

/// An agent of one machine.
#[derive(Clone)]
pub struct Agent {
    pub state: Arc<Mutex<State>>,
    pub address: SocketAddr,
}

impl Agent {
    pub fn new(events: Events) -> Self {
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

    pub fn config(&self) -> String {
        format!("[[machine_source]]\nmachine = \"Mazak01\"\nagent = \"http://{}/Mazak01\"\n", self.address)
    }

    pub fn say(&self, kind: &'static str, value: &str) {
        self.state.lock().unwrap().events.push((now().rfc3339(), kind, value.to_owned()));
    }

    pub fn asked(&self, part: &str) -> usize {
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

pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_us(i64::try_from(since.as_micros()).unwrap())
}
