//! What somebody says about a machine as JSON: `{"time": "…", "state": "ACTIVE", "total": 17}`.

use domain::Timestamp;
use domain::machine::keys::{BadValue, word};
use domain::machine::{Observation, Part, Said};
use domain::oee::counts::Parts;
use domain::time::Written;
use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

use super::keep::Told;

/// Things that one entry can say, each with a number of its own.
const MOST_SAID: u64 = 16;

/// An entry as written. What it says holds from its time on; without a time, from when it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Entry {
    number: Option<u64>,
    time: Option<String>,
    state: Option<String>,
    mode: Option<String>,
    emergency_stop: Option<String>,
    total: Option<u64>,
    good: Option<u64>,
    reject: Option<u64>,
    rework: Option<u64>,
    parts: Option<MadeParts>,
    product: Option<String>,
    reason: Option<String>,
    reject_reason: Option<String>,
    alive: bool,
    lost: bool,
}

/// Parts made since the entry before, not a running total.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MadeParts {
    good: u64,
    reject: u64,
    startup_reject: u64,
    rework: u64,
}

/// Why an entry says nothing.
#[derive(Debug, thiserror::Error)]
pub enum BadReport {
    /// Another shape.
    #[error("{0}; an entry is like {{\"number\": 7, \"time\": \"2026-01-31T06:00:00.123Z\", \"state\": \"ACTIVE\"}}")]
    Shape(#[from] serde_json::Error),
    /// The time.
    #[error("`{0}` is no time; write it as 2026-01-31T06:00:00.123Z, with Z or an offset")]
    Time(String),
    /// The number.
    #[error("the number {0} is too large; at most 2^49 are told apart")]
    Number(u64),
    /// A word.
    #[error("{0}: {1}")]
    Word(&'static str, BadValue),
    /// A count.
    #[error("a count of parts is too large; at most 2^53 are counted")]
    Count,
    /// Nothing.
    #[error(
        "it says nothing; write at least one of state, mode, emergency_stop, total, good, reject, rework, parts, product, reason, reject_reason, alive, lost"
    )]
    Nothing,
    /// Parts that would be counted twice.
    #[error(
        "parts need a number that no other entry of this origin has, or those that come twice would be counted twice; or send running totals"
    )]
    PartsWithoutNumber,
}

/// Reads an entry that came at `received`.
pub fn read(entry: &Value, received: Timestamp) -> Result<Vec<Told>, BadReport> {
    if !entry.is_object() {
        return Err(serde_json::Error::custom("it is no object").into());
    }
    let entry = Entry::deserialize(entry)?;
    let Entry {
        number,
        time,
        state,
        mode,
        emergency_stop,
        total,
        good,
        reject,
        rework,
        parts,
        product,
        reason,
        alive,
        lost,
        reject_reason,
    } = entry;
    let stamp = time.map_or(Ok(received), |text| match Timestamp::parse(&text) {
        Some(Written::Instant(time)) => Ok(time),
        _ => Err(BadReport::Time(text.chars().take(40).collect())),
    })?;
    if let Some(number) = number.filter(|number| *number > 1 << 49) {
        return Err(BadReport::Number(number));
    }
    if parts.is_some() && number.is_none() {
        return Err(BadReport::PartsWithoutNumber);
    }
    let counts = [(total, Part::Total), (good, Part::Good), (reject, Part::Reject), (rework, Part::Rework)];
    let made = parts.map(|MadeParts { good, reject, startup_reject, rework }| Parts { good, reject, startup_reject, rework });
    let all = counts.iter().filter_map(|(count, _)| *count).chain(made.iter().flat_map(|p| [p.good, p.reject, p.startup_reject, p.rework]));
    if all.into_iter().any(|count| count > 1 << 53) {
        return Err(BadReport::Count);
    }
    let text = |name: &'static str, text: Option<String>, said: fn(String) -> Said| match text {
        Some(text) => word(&text).map(|word| word.map(said)).map_err(|error| BadReport::Word(name, error)),
        None => Ok(None),
    };
    // What is on the machine and under which mode comes before the state and the parts that it is about.
    let mut said = vec![
        text("product", product, Said::Product)?,
        text("mode", mode, Said::Mode)?,
        text("emergency_stop", emergency_stop, Said::EmergencyStop)?,
        text("state", state, Said::State)?,
        text("reason", reason, Said::Reason)?,
    ];
    said.extend(counts.map(|(count, part)| count.map(|reading| Said::Total { part, reading })));
    said.extend([made.map(Said::Parts), alive.then_some(Said::Alive), lost.then_some(Said::Lost)]);
    // Last, because the places are numbers that were given out.
    said.push(text("reject_reason", reject_reason, Said::RejectReason)?);
    let told = |(place, said): (u64, Option<Said>)| {
        let number = number.map(|number| number * MOST_SAID + place);
        said.map(|said| (number, Observation { stamp, received, said }))
    };
    let told: Vec<Told> = (0..).zip(said).filter_map(told).collect();
    if told.is_empty() { Err(BadReport::Nothing) } else { Ok(told) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_us(77);

    #[test]
    fn an_entry_says_several_things_in_their_order() {
        let told = read(&json!({"number": 3, "time": "1970-01-01T01:00:01+01:00", "total": 17, "state": " ACTIVE ", "product": "P1"}), NOW)
            .unwrap();
        let shown: Vec<_> = told.into_iter().map(|(number, o)| (number, o.stamp.us(), o.received, o.said)).collect();
        let expected = [
            (Some(48), 1_000_000, NOW, Said::Product("P1".into())),
            (Some(51), 1_000_000, NOW, Said::State("ACTIVE".into())),
            (Some(53), 1_000_000, NOW, Said::Total { part: Part::Total, reading: 17 }),
        ];
        assert_eq!(shown, expected);
        let parts = Parts { good: 2, reject: 1, ..Parts::default() };
        let told = read(&json!({"number": 0, "parts": {"good": 2, "reject": 1}, "alive": true}), NOW).unwrap();
        assert_eq!(
            told.iter().map(|(n, o)| (*n, o.stamp, &o.said)).collect::<Vec<_>>(),
            [(Some(9), NOW, &Said::Parts(parts)), (Some(10), NOW, &Said::Alive)]
        );
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        for (entry, sentence) in [
            (json!({}), "says nothing; write at least one of state"),
            (json!({"state": ""}), "says nothing"),
            (json!({"stat": "x"}), "unknown field `stat`"),
            (json!([1]), "an entry is like"),
            (json!({"time": "2026-01-31 06:00", "alive": true}), "with Z or an offset"),
            (json!({"total": -1}), "invalid value"),
            (json!({"total": 9_007_199_254_740_993_u64}), "too large"),
            (json!({"parts": {"good": 1}}), "parts need a number"),
            (json!({"number": u64::MAX, "alive": true}), "at most 2^49"),
            (json!({"state": "a\u{0}b"}), "state: its value holds a control character"),
        ] {
            let error = read(&entry, NOW).unwrap_err().to_string();
            assert!(error.contains(sentence), "{entry}: {error}");
        }
    }
}
