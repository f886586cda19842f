//! The lines of one machine as its observations. Most lines of an adapter are positions and loads: they say no more than
//! that the device is there, and of those signs only as many are kept as silence can be told by.

use super::assets::Assets;
use super::items::{Item, Value};
use super::line::{BadLine, Data, Line};
use crate::Timestamp;
use crate::machine::keys::{BadValue, Keys};
use crate::machine::signs::Signs;
use crate::machine::{Numbered, Observation, Said};
use crate::oee::log;

/// Items of one line that are told apart by their numbers.
const MOST_ITEMS: u64 = 1_024;

/// Reads the lines of an adapter or of its log, in the order in which they came.
#[derive(Clone, Debug)]
pub struct ShdrReader {
    keys: Keys,
    /// Where an adapter speaks for several devices, the one that is meant.
    device: Option<String>,
    signs: Signs,
    assets: Assets,
    newest: Option<Timestamp>,
}

/// Why a line, or an item of it, says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The line.
    #[error(transparent)]
    Line(#[from] BadLine),
    /// An item.
    #[error("`{key}`: {error}")]
    Item {
        /// Its key.
        key: String,
        /// Why.
        error: BadValue,
    },
}

impl ShdrReader {
    /// A reader for the items of one machine; `alive_us` is how far signs of life may lie apart, as [`Signs::new`] has it.
    pub fn new(keys: Keys, device: Option<String>, alive_us: i64) -> Self {
        Self { keys, device, signs: Signs::new(alive_us), assets: Assets::default(), newest: None }
    }

    /// Reads a line that came at `received`. What it says goes into `out`, numbered by the line and its place in it: the same
    /// line of the same file has the same numbers always. Everything else of a line with a bad item is taken.
    pub fn read<'t>(&mut self, number: u64, text: &'t str, received: Timestamp, out: &mut Vec<Numbered>) -> Result<Line<'t>, Refused> {
        if self.assets.hold(text) {
            return Ok(Line::Command);
        }
        let line = Line::parse(text)?;
        if let Line::Data(data) = &line {
            self.take(number, data, received, out)?;
        }
        Ok(line)
    }

    /// The last sign of life where it was held back: for a connection that has become quiet.
    pub fn held(&mut self, out: &mut Vec<Numbered>) {
        self.signs.release(out);
    }

    /// A sign of life that carries no time of the device, at a time of its clock.
    pub fn alive(&mut self, stamp: Timestamp, received: Timestamp, out: &mut Vec<Numbered>) {
        self.signs.alive(Numbered { number: 0, observation: Observation { stamp, received, said: Said::Alive } }, out);
    }

    /// The newest time that the device told, plainly wrong ones left out.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    fn take(&mut self, number: u64, data: &Data<'_>, received: Timestamp, out: &mut Vec<Numbered>) -> Result<(), Refused> {
        let stamp = data.stamp.unwrap_or(received);
        let plausible = stamp.us().abs_diff(received.us()) <= log::Reading::default().absurd_us.unsigned_abs();
        if plausible {
            self.newest = Some(self.newest.map_or(stamp, |newest| newest.max(stamp)));
        }
        let numbered =
            |place: u64, said| Numbered { number: number * MOST_ITEMS + place, observation: Observation { stamp, received, said } };
        let (mut told, mut alive, mut bad) = (false, false, None);
        for (place, item) in (1..).zip(&data.items) {
            if !self.is_ours(item) {
                continue;
            }
            match self.said(item) {
                Ok(Some(said)) => {
                    if plausible && !told {
                        self.signs.before(stamp, out);
                    }
                    told = true;
                    // A line of more items than that is none of an adapter; the last number stands for the rest.
                    out.push(numbered(place.min(MOST_ITEMS - 1), said));
                }
                // An agent writes UNAVAILABLE for a device that it has lost.
                Ok(None) => alive |= !item.value.is_unavailable(),
                Err(error) => bad = Some(Refused::Item { key: item.key.clone(), error }),
            }
        }
        if alive && !told && plausible {
            self.signs.alive(numbered(0, Said::Alive), out);
        }
        bad.map_or(Ok(()), Err)
    }

    fn is_ours(&self, item: &Item<'_>) -> bool {
        match (&self.device, &item.device) {
            (Some(ours), Some(its)) => ours == its,
            _ => true,
        }
    }

    fn said(&self, item: &Item<'_>) -> Result<Option<Said>, BadValue> {
        match &item.value {
            Value::Plain(value) => self.keys.said(&item.key, value),
            Value::Condition { level, code, text } if level.eq_ignore_ascii_case("FAULT") => {
                self.keys.said(&item.key, if code.is_empty() { text } else { code })
            }
            Value::Message { code, text } => self.keys.said(&item.key, if code.is_empty() { text } else { code }),
            Value::Condition { .. } | Value::Asset => Ok(None),
        }
    }
}
