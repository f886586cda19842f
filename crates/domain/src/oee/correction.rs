//! Corrections are appended and never overwrite: who, when, what, why, and what was known at any past moment.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody, or a machine, stated about a subject. Nothing is ever changed: a later entry about the same subject takes
/// its place for those who ask later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<T> {
    /// The fact that is stated or corrected: a span, parts made, a calendar.
    pub subject: u64,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Order of entries recorded in the same microsecond; no two entries have the same number.
    pub number: u64,
    /// Who.
    pub author: String,
    /// Why.
    pub why: String,
    /// What holds from now on; `None` takes the subject back.
    pub fact: Option<T>,
}

/// The facts as known at a moment, in the order of their subjects. The order of the entries does not matter, nor does one that comes twice.
pub fn as_known_at<T>(entries: &[Entry<T>], moment: Timestamp) -> Vec<&T> {
    latest(entries, moment).into_values().filter_map(|entry| entry.fact.as_ref()).collect()
}

/// The entry that holds for each subject at a moment, for those who ask who said so.
pub fn latest<T>(entries: &[Entry<T>], moment: Timestamp) -> BTreeMap<u64, &Entry<T>> {
    let mut latest: BTreeMap<u64, &Entry<T>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.recorded <= moment) {
        let held = latest.entry(entry.subject).or_insert(entry);
        if (held.recorded, held.number) < (entry.recorded, entry.number) {
            *held = entry;
        }
    }
    latest
}
