//! One line by itself: a command, or a time and what was seen then.

use super::fields::fields;
use super::items::{Item, items};
use crate::Timestamp;
use crate::time::Written;

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// The other side asks for a sign of life: `* PING`.
    Ping,
    /// A sign of life, and how often there will be one: `* PONG 10000`.
    Pong {
        /// In milliseconds.
        heartbeat_ms: Option<u64>,
    },
    /// Anything else that is said about the adapter or the device, and an empty line.
    Command,
    /// What was seen.
    Data(Data<'a>),
}

/// What was seen at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// The device's clock; `None` where the line leaves the time to whoever receives it.
    pub stamp: Option<Timestamp>,
    /// In the order of the line.
    pub items: Vec<Item<'a>>,
}

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Its first field.
    #[error("`{0}` is no time; a line is time|key|value, the time as 2026-01-31T06:00:00.123Z")]
    Time(String),
    /// A time alone.
    #[error("it has a time and nothing else; a line is time|key|value")]
    Empty,
    /// A key that has no value.
    #[error("nothing stands behind `{0}`; a line is time|key|value, with as many values as keys")]
    NoValue(String),
}

impl<'a> Line<'a> {
    /// Reads a line without its end. A time may carry how long something lasted (`…Z@100.5`), which is passed over.
    pub fn parse(text: &'a str) -> Result<Self, BadLine> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if let Some(command) = text.strip_prefix('*') {
            let mut words = command.split_whitespace();
            return Ok(match words.next() {
                Some("PING") => Self::Ping,
                Some("PONG") => Self::Pong { heartbeat_ms: words.next().and_then(|ms| ms.parse().ok()) },
                _ => Self::Command,
            });
        }
        if text.is_empty() {
            return Ok(Self::Command);
        }
        let fields = fields(text);
        let Some((first, rest)) = fields.split_first() else { return Err(BadLine::Empty) };
        let stamp = if first.is_empty() { Some(None) } else { stamp(first).map(Some) };
        // Without a time the fields come in pairs.
        let (stamp, seen) = match stamp {
            Some(stamp) => (stamp, rest),
            None if fields.len().is_multiple_of(2) => (None, fields.as_slice()),
            None => return Err(BadLine::Time(first.chars().take(40).collect())),
        };
        if seen.is_empty() {
            return Err(BadLine::Empty);
        }
        Ok(Self::Data(Data { stamp, items: items(seen)? }))
    }
}

/// A time, in UTC where it names no zone.
fn stamp(text: &str) -> Option<Timestamp> {
    let time = text.split_once('@').map_or(text, |(time, _duration)| time);
    // A date alone is more likely a value.
    if !time.contains(['T', 't', ' ']) {
        return None;
    }
    match Timestamp::parse(time)? {
        Written::Instant(time) => Some(time),
        Written::WallTime(us) => Some(Timestamp::from_us(us)),
    }
}
