//! One agent followed: first what its buffer holds and we do not know yet, then the state of now, then what is new.

use super::choice::Choice;
use super::client::{self, Answer, NoAnswer};
use super::parts::{BadPart, Parts};
use super::streams::{BadStreams, Header, Seen, Streams};
use crate::ingest::machine::clock::DeviceClock;
use crate::ingest::machine::keep::{Keeper, Told};
use crate::ingest::machine::settings::{Address, MachineSource};
use crate::ingest::pause::Pause;
use domain::machine::signs::Signs;
use domain::machine::{Numbered, Observation, Said};
use domain::oee::log;
use std::time::Duration;
use store::{Quarantined, Store};

/// Observations that an agent sends at once.
const COUNT: u32 = 5_000;
/// How often it looks for new ones, and how often it says that there are none, in milliseconds.
const INTERVAL_MS: u64 = 50;
const HEARTBEAT_MS: u64 = 5_000;
/// Between two questions to an agent that does not stream.
const BETWEEN: Duration = Duration::from_millis(500);

/// Listens for ever.
pub async fn listen(source: MachineSource, address: Address, store: Store) {
    let keeper = Keeper::new(&store, source.tenant.clone(), source.machine.clone(), "agent");
    let signs = Signs::new(source.alive_us);
    let mut agent = Agent { source, address, keeper, signs, clock: DeviceClock::default(), known: None, choice: Choice::default() };
    agent.keeper.unheard(&format!("agent {}", agent.address.url)).await;
    let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(30));
    // Once is enough: what it was in before does not hold while nobody hears of it.
    let mut lost = false;
    loop {
        let (heard, ended) = agent.session().await;
        if heard {
            pause.reset();
        }
        if heard || !lost {
            agent.lost(&ended).await;
            lost = true;
        }
        let wait = pause.next();
        tracing::warn!(agent = agent.address.url, machine = %agent.source.machine, error = %ended, "not followed; trying again in {:.1} s", wait.as_secs_f64());
        tokio::time::sleep(wait).await;
    }
}

struct Agent {
    source: MachineSource,
    address: Address,
    keeper: Keeper,
    signs: Signs,
    clock: DeviceClock,
    /// The agent that we followed last, and where to go on with it.
    known: Option<(u64, u64)>,
    /// Where several items say the same, the one that is listened to.
    choice: Choice,
}

/// Where an observation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The agent's buffer: what happened before we came.
    Held,
    /// The state of now.
    Now,
    /// What happens while we listen.
    New,
}

/// Why an agent is not followed any more.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    BadPart(#[from] BadPart),
    #[error(transparent)]
    BadStreams(#[from] BadStreams),
    #[error("the agent was started again")]
    Another,
}

impl Agent {
    /// Follows until something ends it; whether anything was heard, and what ended it.
    async fn session(&mut self) -> (bool, Ended) {
        self.clock.connected(app::clock::now());
        let now = match self.current().await {
            Ok(now) => now,
            Err(ended) => return (false, ended),
        };
        tracing::info!(agent = self.address.url, machine = %self.source.machine, instance = now.header.instance, "followed");
        let (choice, several) = Choice::of(&now.items);
        for sentence in several.iter().filter(|_| choice != self.choice) {
            tracing::warn!(agent = self.address.url, machine = %self.source.machine, "{sentence}");
        }
        self.choice = choice;
        let Header { instance, first, next, .. } = now.header;
        let from = self.known.filter(|(known, at)| *known == instance && (first..=next).contains(at)).map_or(first, |(_, at)| at);
        match self.follow(from, now).await {
            Ok(never) => match never {},
            Err(ended) => {
                // What is not held any more must not be asked for again.
                if matches!(ended, Ended::BadStreams(BadStreams::OutOfRange)) {
                    self.known = None;
                }
                (true, ended)
            }
        }
    }

    async fn current(&self) -> Result<Streams, Ended> {
        let text = client::get(&self.address, "current").await?.whole().await?;
        Ok(Streams::parse(&text, &self.source.keys)?)
    }

    /// From `at` on; `now` is the state that takes its place in the order once its sequence is reached.
    async fn follow(&mut self, mut at: u64, now: Streams) -> Result<std::convert::Infallible, Ended> {
        let instance = now.header.instance;
        let mut now = Some(now);
        loop {
            let query = format!("sample?from={at}&count={COUNT}&interval={INTERVAL_MS}&heartbeat={HEARTBEAT_MS}");
            let mut answer = client::get(&self.address, &query).await?;
            if !answer.endless || !answer.status.is_success() {
                let streams = Streams::parse(&answer.whole().await?, &self.source.keys)?;
                at = self.take(streams, instance, &mut now).await?;
                tokio::time::sleep(BETWEEN).await;
                continue;
            }
            let mut parts = Parts::default();
            loop {
                while let Some(document) = parts.next()? {
                    self.take(Streams::parse(&document, &self.source.keys)?, instance, &mut now).await?;
                }
                parts.push(&piece(&mut answer).await?);
            }
        }
    }

    /// Keeps what a document says; where to go on.
    async fn take(&mut self, streams: Streams, instance: u64, now: &mut Option<Streams>) -> Result<u64, Ended> {
        let Streams { header, seen, items: _, bad } = streams;
        if header.instance != instance {
            return Err(Ended::Another);
        }
        let mut told = Vec::new();
        let state_at = now.as_ref().map_or(u64::MAX, |now| now.header.next);
        let (before, after): (Vec<Seen>, Vec<Seen>) = seen.into_iter().partition(|seen| seen.sequence < state_at);
        self.tell(before, Kind::Held, &mut told);
        if header.next >= state_at
            && let Some(now) = now.take()
        {
            // After a loss the same state has to be said anew, so it has no number that would be known.
            self.tell(now.seen, Kind::Now, &mut told);
        }
        self.tell(after, Kind::New, &mut told);
        let received = app::clock::now();
        let mut signs = Vec::new();
        // Not before the buffer is caught up with: what it holds must not come behind our own time.
        if told.is_empty() && now.is_none() {
            let sign = Observation { stamp: self.clock.surely_at(received), received, said: Said::Alive };
            self.signs.alive(Numbered { number: 0, observation: sign }, &mut signs);
        }
        told.extend(signs.into_iter().map(|sign| (None, sign.observation)));
        let origin = format!("agent {} {instance}", self.address.url);
        let bad = bad
            .into_iter()
            .map(|reason| Quarantined { payload: Vec::new(), reason: format!("machine `{}`: {reason}", self.source.machine) });
        self.keeper.refuse(&origin, bad.collect()).await;
        self.keeper.keep(&origin, told).await;
        self.known = Some((instance, header.next));
        Ok(header.next)
    }

    fn tell(&mut self, seen: Vec<Seen>, kind: Kind, told: &mut Vec<Told>) {
        let received = app::clock::now();
        for seen in seen {
            let left_out = self.choice.leaves_out(&seen);
            let Seen { sequence, stamp, said, item: _ } = seen;
            let said = said.filter(|_| !left_out);
            if kind == Kind::New {
                self.clock.heard(stamp, received);
            }
            // What holds now may have begun years ago, and the agent vouches for it: no sign of a wrong clock.
            let old = kind == Kind::Now && received.since(stamp) > log::Reading::default().absurd_us;
            let stamp = if old { self.clock.at(received) } else { stamp };
            let mut signs = Vec::new();
            let observation = |said| Observation { stamp, received, said };
            match said {
                None if kind == Kind::Now => {}
                None => self.signs.alive(Numbered { number: sequence, observation: observation(Said::Alive) }, &mut signs),
                Some(_) => self.signs.before(stamp, &mut signs),
            }
            told.extend(signs.into_iter().map(|sign| (Some(sign.number), sign.observation)));
            let number = (kind != Kind::Now).then_some(sequence);
            told.extend(said.map(|said| (number, observation(said))));
        }
    }

    /// From the end of the stream on nothing is known; where it ended by silence, from its beginning.
    async fn lost(&self, ended: &Ended) {
        let received = app::clock::now();
        let quiet = if let Ended::NoAnswer(NoAnswer::Late(quiet)) = ended { *quiet } else { Duration::ZERO };
        let quiet_us = i64::try_from(quiet.as_micros()).unwrap_or(0);
        let lost = Observation { stamp: self.clock.at(received).plus(-quiet_us), received, said: Said::Lost };
        self.keeper.keep(&format!("agent {}", self.address.url), vec![(None, lost)]).await;
    }
}

/// More of a stream, whose heartbeats come in time or it is dead.
async fn piece(answer: &mut Answer) -> Result<hyper::body::Bytes, NoAnswer> {
    answer.piece(Duration::from_millis(HEARTBEAT_MS * 2)).await?.ok_or(NoAnswer::Ended)
}
