//! A live SHDR adapter. We take the agent's part: connect, say `* PING`, read lines. Reading and writing into the database go on
//! beside each other; when the queue between them is full, nothing is read, and the adapter waits.

use super::clock::DeviceClock;
use super::keep::{Keeper, without_numbers};
use super::lines::{LONGEST_BYTES, Lines};
use super::settings::{Address, MachineSource};
use crate::ingest::pause::Pause;
use domain::Timestamp;
use domain::machine::shdr::{Line, ShdrReader};
use domain::machine::{Observation, Said};
use std::io;
use std::time::Duration;
use store::{Quarantined, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Lines that wait for the database.
const QUEUE: usize = 16_384;
/// Lines that are written together.
const TOGETHER: usize = 2_000;
/// So much is kept of a line that is too long.
const KEPT_BYTES: usize = 1_000;
const CONNECT: Duration = Duration::from_secs(10);
/// An adapter that knows no heartbeat may be quiet for so long.
const LONGEST_QUIET: Duration = Duration::from_secs(600);

/// A line, and when it came.
type Came = (String, Timestamp);

/// Listens for ever.
pub async fn listen(source: MachineSource, address: Address, store: Store) {
    let keeper = Keeper::new(&store, source.tenant.clone(), source.machine.clone(), "adapter");
    let mut adapter = Adapter { origin: format!("shdr {}", address.url), source, address, keeper, clock: DeviceClock::default() };
    adapter.keeper.unheard(&adapter.origin).await;
    let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(30));
    // Once is enough: what it was in before does not hold while nobody hears of it.
    let mut lost = false;
    loop {
        let began = Instant::now();
        let (connected, ended) = adapter.session().await;
        // An adapter that takes connections and drops them at once is none.
        if connected && began.elapsed() > Duration::from_secs(5) {
            pause.reset();
        }
        if connected || !lost {
            adapter.lost(&ended).await;
            lost = true;
        }
        let wait = pause.next();
        tracing::warn!(adapter = adapter.address.url, machine = %adapter.source.machine, error = %ended, "not connected; trying again in {:.0} s", wait.as_secs_f64().ceil());
        tokio::time::sleep(wait).await;
    }
}

struct Adapter {
    source: MachineSource,
    address: Address,
    /// What the store calls the source.
    origin: String,
    keeper: Keeper,
    clock: DeviceClock,
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it does not answer within {} s", CONNECT.as_secs())]
    NoAnswer,
    #[error("the adapter closed the connection")]
    Closed,
    #[error("no sign of life for {:.1} s", .0.as_secs_f64())]
    Quiet(Duration),
}

impl Adapter {
    /// One connection from its start to its end; whether there was one, and why it ended.
    async fn session(&mut self) -> (bool, Ended) {
        let Address { host, port, .. } = &self.address;
        let stream = match timeout(CONNECT, TcpStream::connect((host.as_str(), *port))).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return (false, error.into()),
            Err(_) => return (false, Ended::NoAnswer),
        };
        tracing::info!(adapter = self.address.url, machine = %self.source.machine, "connected");
        self.clock.connected(app::clock::now());
        let (sender, lines) = mpsc::channel(QUEUE);
        let (ended, ()) = tokio::join!(receive(stream, sender), self.work(lines));
        (true, ended)
    }

    /// Writes what comes until the connection is gone and the queue is empty.
    async fn work(&mut self, mut lines: mpsc::Receiver<Came>) {
        let mut reader = ShdrReader::new(self.source.keys.clone(), self.source.device.clone(), self.source.alive_us);
        let spacing = Duration::from_micros(self.source.alive_us.unsigned_abs());
        let mut together = Vec::new();
        // The first answer says that there are heartbeats at all; what the device knows comes with it.
        let mut data_since_pong = true;
        loop {
            let mut told = Vec::new();
            let mut bad = Vec::new();
            match timeout(spacing, lines.recv_many(&mut together, TOGETHER)).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(_) => reader.held(&mut told),
            }
            for (text, received) in together.drain(..) {
                if text.len() >= LONGEST_BYTES {
                    let reason =
                        format!("machine `{}`: a line of more than {LONGEST_BYTES} bytes, which no adapter writes", self.source.machine);
                    bad.push(Quarantined { reason, payload: text.into_bytes().into_iter().take(KEPT_BYTES).collect() });
                    continue;
                }
                match reader.read(0, &text, received, &mut told) {
                    // A heartbeat is a sign of life where nothing else is; its time is ours, so it comes second.
                    Ok(Line::Pong { .. }) if !std::mem::take(&mut data_since_pong) => {
                        reader.alive(self.clock.surely_at(received), received, &mut told)
                    }
                    Ok(Line::Data(data)) => {
                        data_since_pong = true;
                        data.stamp.into_iter().for_each(|stamp| self.clock.heard(stamp, received));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        bad.push(Quarantined { reason: format!("machine `{}`: {error}", self.source.machine), payload: text.into_bytes() })
                    }
                }
            }
            self.keeper.refuse(&self.origin, bad).await;
            self.keeper.keep(&self.origin, without_numbers(told)).await;
        }
        let mut told = Vec::new();
        reader.held(&mut told);
        self.keeper.keep(&self.origin, without_numbers(told)).await;
    }

    /// From the end of the connection on nothing is known; where it ended by silence, from its beginning.
    async fn lost(&self, ended: &Ended) {
        let received = app::clock::now();
        let quiet = if let Ended::Quiet(quiet) = ended { *quiet } else { Duration::ZERO };
        let quiet_us = i64::try_from(quiet.as_micros()).unwrap_or(0);
        let lost = Observation { stamp: self.clock.at(received).plus(-quiet_us), received, said: Said::Lost };
        self.keeper.keep(&self.origin, vec![(None, lost)]).await;
    }
}

/// Hands lines on until the connection ends; asks for signs of life as often as the adapter promises them.
async fn receive(stream: TcpStream, sender: mpsc::Sender<Came>) -> Ended {
    let _ = stream.set_nodelay(true);
    let (mut read, mut write) = stream.into_split();
    let mut lines = Lines::default();
    let mut heartbeat: Option<Duration> = None;
    let mut heard = Instant::now();
    let mut ping_at = heard;
    loop {
        if Instant::now() >= ping_at {
            if let Err(error) = write.write_all(b"* PING\n").await {
                return error.into();
            }
            ping_at = Instant::now() + heartbeat.unwrap_or(LONGEST_QUIET);
        }
        let longest = heartbeat.map_or(LONGEST_QUIET, |heartbeat| heartbeat * 2);
        match timeout_at(ping_at.min(heard + longest), read.read_buf(&mut lines.bytes)).await {
            Ok(Ok(0)) => return Ended::Closed,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return error.into(),
            Err(_) if heard.elapsed() >= longest => return Ended::Quiet(longest),
            Err(_) => continue,
        }
        let received = app::clock::now();
        for line in lines.take() {
            if let Some(promised) = promised(&line) {
                heartbeat = Some(promised);
                ping_at = ping_at.min(Instant::now() + promised);
            }
            if sender.send((line, received)).await.is_err() {
                return Ended::Closed;
            }
        }
        // After the queue had room: the time that we kept it waiting is not the adapter's silence.
        heard = Instant::now();
    }
}

/// How often an adapter promises a sign of life, kept within reason.
fn promised(line: &str) -> Option<Duration> {
    if !line.starts_with('*') {
        return None;
    }
    match Line::parse(line) {
        Ok(Line::Pong { heartbeat_ms: Some(ms) }) => Some(Duration::from_millis(ms.clamp(100, 600_000))),
        _ => None,
    }
}
