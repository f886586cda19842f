//! The host's side: follows births, data and deaths of every node, and asks for a birth where it lost the thread.

use super::node::{Node, Scope};
use super::payload::{Payload, Value, instant};
use super::topic::{Kind, NodeName, Topic};
use crate::ingest::accept::{BadName, Batch};
use crate::ingest::mqtt::machine::MachineRule;
use domain::Timestamp;
use domain::machine::keys::BadValue;
use domain::machine::{Keys, MachineId, Observation, Said};
use prost::Message;
use std::collections::HashMap;

/// All nodes of one broker. It lives in memory: after a start, each node is asked to be born again when it speaks.
#[derive(Debug, Default)]
pub struct Host {
    nodes: HashMap<NodeName, Node>,
    machines: Vec<MachineRule>,
}

/// What is to be done beside writing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Ask this node to be born again.
    pub ask: Option<NodeName>,
}

/// Why a metric means nothing.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("alias {0} is not known for sure: a birth or a message is missing, so the node was asked to be born again")]
    Alias(u64),
    #[error("a metric has neither name nor alias")]
    Nameless,
    #[error(transparent)]
    Name(BadName),
    #[error("`{0}`: {1}")]
    Value(String, BadValue),
    #[error("it was kept back while the node was alone; what a machine was in then cannot be put before what was said since")]
    Historical,
}

impl Host {
    /// A host that knows which nodes and devices are machines.
    pub fn new(machines: Vec<MachineRule>) -> Self {
        Self { nodes: HashMap::new(), machines }
    }

    /// Takes a message; readings, gaps and what could not be understood go into the batch. `again`: the broker says that it
    /// may have sent the message before.
    pub fn hear(&mut self, topic: &Topic, bytes: &[u8], again: bool, now: Timestamp, batch: &mut Batch) -> Heard {
        let payload = match Payload::decode(bytes) {
            Ok(payload) => payload,
            Err(error) => {
                batch.refuse(bytes, format!("this is no Sparkplug payload: {error}"));
                return Heard::default();
            }
        };
        let Self { nodes, machines } = self;
        let node = nodes.entry(topic.node.clone()).or_default();
        match (topic.kind, &topic.device) {
            (Kind::Birth, None) => born(node, topic, &payload, now, machines, batch),
            (Kind::Death, None) => {
                // Sent by the broker in the node's name, its time may be that of the connection, before the node's last word.
                // Our clock says nothing: what was said after the death may wait behind it since long.
                let session = session(&payload);
                if session.is_none() || node.session.is_none() || session == node.session {
                    end(node, topic, payload.timestamp.map(instant), now, machines, batch);
                }
                return Heard::default();
            }
            (kind, device) => {
                node.check_order(payload.seq, again);
                let scope = node.scopes.entry(device.clone()).or_default();
                match kind {
                    Kind::Birth => scope.learn(&payload.metrics),
                    Kind::Death => {
                        let time = Some(payload.timestamp.map_or(now, instant));
                        take_loss(machines, topic, device.as_deref(), scope.last_word(time), now, batch);
                        let gaps = scope.die(time);
                        take_gaps(topic, device.as_deref(), gaps, batch);
                    }
                    Kind::Data => {}
                }
            }
        }
        if topic.kind != Kind::Death
            && let Err(reason) = read(node, topic, &payload, now, machines, batch)
        {
            batch.refuse(bytes, reason);
        }
        let unborn = topic.kind == Kind::Data && node.scopes.get(&topic.device).is_none_or(|scope| !scope.alive);
        let ask = (!node.alive || !node.in_order || unborn) && node.ask(now);
        Heard { ask: ask.then(|| topic.node.clone()) }
    }

    /// The node that died before this host ever heard of it: which series it fed, only the store knows. Its machine is lost.
    pub fn stranger_died(&self, topic: &Topic, now: Timestamp, batch: &mut Batch) -> Option<NodeName> {
        let died = topic.kind == Kind::Death && topic.device.is_none();
        let stranger = died && !self.nodes.contains_key(&topic.node);
        if stranger {
            take_loss(&self.machines, topic, None, now, now, batch);
        }
        stranger.then(|| topic.node.clone())
    }

    /// How many nodes are alive.
    pub fn alive(&self) -> usize {
        self.nodes.values().filter(|node| node.alive).count()
    }
}

/// A node's birth: a new session, or the same one said again. Where the end of the one before, or anything since its birth,
/// was missed, what it fed is unknown from its last word on.
fn born(node: &mut Node, topic: &Topic, payload: &Payload, now: Timestamp, machines: &[MachineRule], batch: &mut Batch) {
    let session = session(payload);
    if node.alive && (node.session != session || !node.in_order) {
        end(node, topic, None, now, machines, batch);
    }
    node.scopes.values_mut().for_each(Scope::forget);
    node.scopes.entry(None).or_default().learn(&payload.metrics);
    node.session = session;
    node.alive = true;
    node.in_order = true;
    node.next_seq = payload.seq.unwrap_or(0).wrapping_add(1) % 256;
}

fn end(node: &mut Node, topic: &Topic, time: Option<Timestamp>, now: Timestamp, machines: &[MachineRule], batch: &mut Batch) {
    node.alive = false;
    for (device, scope) in &mut node.scopes {
        if scope.alive {
            take_loss(machines, topic, device.as_deref(), scope.last_word(time), now, batch);
        }
        take_gaps(topic, device.as_deref(), scope.die(time), batch);
    }
}

/// The machine of a node or of a device of it.
fn machine_of<'m>(machines: &'m [MachineRule], topic: &Topic, device: Option<&str>) -> Option<(MachineId, &'m Keys)> {
    let name = device.map_or_else(|| topic.node.to_string(), |device| format!("{}/{device}", topic.node));
    machines.iter().find_map(|rule| rule.metrics(&name))
}

/// The machine is lost from a time on.
fn take_loss(machines: &[MachineRule], topic: &Topic, device: Option<&str>, stamp: Timestamp, received: Timestamp, batch: &mut Batch) {
    if let Some((machine, _)) = machine_of(machines, topic, device) {
        batch.told.push((machine, (None, Observation { stamp, received, said: Said::Lost })));
    }
}

fn take_gaps(topic: &Topic, device: Option<&str>, gaps: Vec<(String, Timestamp)>, batch: &mut Batch) {
    for (metric, time) in gaps {
        // A name that was refused at birth has no series that could end.
        let _ = batch.take(&topic.series(device, &metric), time, None);
    }
}

/// Takes the metrics that mean something; the error is why one of the others does not.
fn read(
    node: &mut Node,
    topic: &Topic,
    payload: &Payload,
    now: Timestamp,
    machines: &[MachineRule],
    batch: &mut Batch,
) -> Result<(), Lost> {
    let machine = machine_of(machines, topic, topic.device.as_deref());
    let in_order = node.in_order && node.alive;
    let mut result = Ok(());
    let Some(scope) = node.scopes.get_mut(&topic.device) else { return result };
    for metric in &payload.metrics {
        let Some(name) = scope.name(metric, in_order) else {
            result = Err(metric.alias.map_or(Lost::Nameless, Lost::Alias));
            continue;
        };
        if is_control(&name) {
            continue;
        }
        let stamp = metric.timestamp.or(payload.timestamp).map_or(now, instant);
        if let Some((machine, keys)) = &machine {
            let historical = metric.is_historical == Some(true);
            match keys.said(&name, &metric.word(scope.datatype(&name))) {
                Ok(Some(_)) if historical => result = Err(Lost::Historical),
                Ok(_) if historical => {}
                Ok(said) => {
                    scope.heard(stamp);
                    let said = said.unwrap_or(Said::Alive);
                    batch.told.push((machine.clone(), (None, Observation { stamp, received: now, said })));
                }
                Err(error) => result = Err(Lost::Value(name.clone(), error)),
            }
        }
        let value = metric.number(scope.datatype(&name)).filter(|_| metric.is_transient != Some(true));
        let Some(value) = value else {
            batch.ignored += 1;
            continue;
        };
        match batch.take(&topic.series(topic.device.as_deref(), &name), stamp, value) {
            Ok(()) => scope.note(name, stamp),
            Err(error) => result = Err(Lost::Name(error)),
        }
    }
    result
}

/// The session that a birth opens and a death closes.
fn session(payload: &Payload) -> Option<u64> {
    let metric = payload.metrics.iter().find(|metric| metric.name.as_deref() == Some("bdSeq"))?;
    match metric.value {
        Some(Value::Int(number)) => Some(u64::from(number)),
        Some(Value::Long(number)) => Some(number),
        _ => None,
    }
}

/// What the protocol itself uses is no measurement.
fn is_control(metric: &str) -> bool {
    metric == "bdSeq" || metric.starts_with("Node Control/") || metric.starts_with("Device Control/")
}
