//! What is known of one edge node: whether it is there, what its metrics are called, which message comes next.

use super::payload::Metric;
use domain::Timestamp;
use std::collections::{HashMap, HashSet};

/// Least time between two requests for a birth, so that a node that does not obey is not flooded.
const BETWEEN_REQUESTS_US: i64 = 5_000_000;

/// An edge node.
#[derive(Debug, Default)]
pub struct Node {
    /// Its session's number; a death counts only for the session that it names.
    pub session: Option<u64>,
    /// Whether it was born and has not died.
    pub alive: bool,
    /// Whether every message since the birth came, so that an alias means what the birth said.
    pub in_order: bool,
    /// The place of the next message.
    pub next_seq: u64,
    /// The node itself under `None`, its devices under their names.
    pub scopes: HashMap<Option<String>, Scope>,
    asked: Option<Timestamp>,
}

/// The metrics of a node or a device.
#[derive(Debug, Default)]
pub struct Scope {
    /// Whether it was born and has not died.
    pub alive: bool,
    /// The names behind the aliases.
    aliases: HashMap<u64, String>,
    /// Types that the birth gave, by name.
    types: HashMap<String, u32>,
    /// Metrics that have a reading since the last gap.
    open: HashSet<String>,
    newest: Option<Timestamp>,
}

impl Node {
    /// Checks a message's place and goes on from there. A message that came again, whether the broker marks it or not, proves nothing.
    pub fn check_order(&mut self, seq: Option<u64>, again: bool) {
        let Some(seq) = seq.filter(|seq| !again && seq.wrapping_add(1) % 256 != self.next_seq) else { return };
        if seq != self.next_seq {
            self.in_order = false;
        }
        self.next_seq = seq.wrapping_add(1) % 256;
    }

    /// Whether to ask for a birth now; says so at most once in a while.
    pub fn ask(&mut self, now: Timestamp) -> bool {
        let soon = self.asked.is_some_and(|asked| now.since(asked) < BETWEEN_REQUESTS_US && now >= asked);
        if !soon {
            self.asked = Some(now);
        }
        !soon
    }
}

impl Scope {
    /// Forgets what the birth before said; its series stay open.
    pub fn forget(&mut self) {
        self.alive = false;
        self.aliases.clear();
        self.types.clear();
    }

    /// Takes a birth.
    pub fn learn(&mut self, metrics: &[Metric]) {
        self.forget();
        self.alive = true;
        for metric in metrics {
            let Some(name) = &metric.name else { continue };
            self.aliases.extend(metric.alias.map(|alias| (alias, name.clone())));
            self.types.extend(metric.datatype.map(|datatype| (name.clone(), datatype)));
        }
    }

    /// The name of a metric. A name stands for itself; an alias means what the birth said only while no message is missing.
    pub fn name(&self, metric: &Metric, in_order: bool) -> Option<String> {
        match (&metric.name, metric.alias) {
            (Some(name), _) if !name.is_empty() => Some(name.clone()),
            (_, Some(alias)) if in_order && self.alive => self.aliases.get(&alias).cloned(),
            _ => None,
        }
    }

    /// The type that the birth gave.
    pub fn datatype(&self, name: &str) -> Option<u32> {
        self.types.get(name).copied()
    }

    /// Notes that something was said at a time.
    pub fn heard(&mut self, time: Timestamp) {
        self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
    }

    /// Notes a reading.
    pub fn note(&mut self, name: String, time: Timestamp) {
        self.heard(time);
        self.open.insert(name);
    }

    /// The end of what it said, where it ends at `time`, or at its last word; `None` where neither is known.
    pub fn last_word(&self, time: Option<Timestamp>) -> Option<Timestamp> {
        time.max(self.newest)
    }

    /// It is gone: a gap for each of its series, after everything that it said; right after where `time` is not known.
    pub fn die(&mut self, time: Option<Timestamp>) -> Vec<(String, Timestamp)> {
        self.forget();
        let Some(newest) = self.newest else { return Vec::new() };
        let end = newest.plus(1).max(time.unwrap_or(newest));
        self.open.drain().map(|name| (name, end)).collect()
    }
}
