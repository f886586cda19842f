//! What somebody says about a machine as JSON: `{"time": "…", "state": "ACTIVE", "total": 17}`.

use domain::Timestamp;
use domain::machine::keys::{BadValue, word};
use domain::machine::{Observation, Part, Said};
use domain::oee::counts::Parts;
use domain::time::Written;
use serde_json::{Map, Value};

use super::keep::Told;

/// Things that one entry can say, each with a number of its own.
const MOST_SAID: u64 = 16;
/// Beyond that a double, and so many a sender, does not count any more.
const MOST_COUNTED: u64 = 1 << 53;
/// What an entry may hold.
const FIELDS: [&str; 15] = [
    "number",
    "time",
    "state",
    "mode",
    "emergency_stop",
    "total",
    "good",
    "reject",
    "rework",
    "parts",
    "product",
    "reason",
    "reject_reason",
    "alive",
    "lost",
];
/// What `parts` may hold: parts made since the entry before, no running totals.
const PARTS: [&str; 4] = ["good", "reject", "startup_reject", "rework"];

/// Why an entry says nothing.
#[derive(Debug, thiserror::Error)]
pub enum BadReport {
    /// No entry at all.
    #[error("it is no object; an entry is like {{\"number\": 7, \"time\": \"2026-01-31T06:00:00.123Z\", \"state\": \"ACTIVE\"}}")]
    Shape,
    /// A field that is not there.
    #[error("unknown field `{0}`; an entry may have {fields}", fields = FIELDS.join(", "))]
    Unknown(String),
    /// A field of parts that is not there.
    #[error("unknown field `parts.{0}`; parts may have {fields}", fields = PARTS.join(", "))]
    UnknownPart(String),
    /// A value of another kind.
    #[error("{field}: {value} is {what}", what = .kind.sentence())]
    Kind {
        /// Which.
        field: String,
        /// As it was written.
        value: String,
        /// What it ought to be.
        kind: Kind,
    },
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
    #[error("{0}: a count of parts is too large; at most 2^53 are counted")]
    Count(String),
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

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Count,
    Word,
    Time,
    Flag,
    Parts,
}

impl Kind {
    fn sentence(self) -> &'static str {
        match self {
            Self::Count => "no count; write a whole number from 0 on, without quotes",
            Self::Word => "no word; write a text in quotes",
            Self::Time => "no time; write it as \"2026-01-31T06:00:00.123Z\", with Z or an offset",
            Self::Flag => "neither true nor false, without quotes",
            Self::Parts => "no parts; write them as {\"good\": 2, \"reject\": 1}",
        }
    }
}

/// Reads an entry that came at `received`. What is null is not there.
pub fn read(entry: &Value, received: Timestamp) -> Result<Vec<Told>, BadReport> {
    let Value::Object(fields) = entry else { return Err(BadReport::Shape) };
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(BadReport::Unknown(unknown.chars().take(40).collect()));
    }
    let entry = Fields { fields, of: "" };
    let number = entry.count("number")?;
    if let Some(number) = number.filter(|number| *number > 1 << 49) {
        return Err(BadReport::Number(number));
    }
    let stamp = entry.time()?.unwrap_or(received);
    let made = entry.parts()?;
    if made.is_some() && number.is_none() {
        return Err(BadReport::PartsWithoutNumber);
    }
    let total = |name, part| Ok(entry.counted(name)?.map(|reading| Said::Total { part, reading }));
    let text = |name, said: fn(String) -> Said| Ok::<_, BadReport>(entry.word(name)?.map(said));
    // What is on the machine and under which mode comes before the state and the parts that it is about.
    let said = [
        text("product", Said::Product)?,
        text("mode", Said::Mode)?,
        text("emergency_stop", Said::EmergencyStop)?,
        text("state", Said::State)?,
        entry.reason()?,
        total("total", Part::Total)?,
        total("good", Part::Good)?,
        total("reject", Part::Reject)?,
        total("rework", Part::Rework)?,
        made.map(Said::Parts),
        entry.flag("alive")?.then_some(Said::Alive),
        entry.flag("lost")?.then_some(Said::Lost),
        // Last, because the places are numbers that were given out.
        text("reject_reason", Said::RejectReason)?,
    ];
    let told = |(place, said): (u64, Option<Said>)| {
        let number = number.map(|number| number * MOST_SAID + place);
        said.map(|said| (number, Observation { stamp, received, said }))
    };
    let told: Vec<Told> = (0..).zip(said).filter_map(told).collect();
    if told.is_empty() { Err(BadReport::Nothing) } else { Ok(told) }
}

/// The fields of an entry, or of its parts.
#[derive(Clone, Copy)]
struct Fields<'a> {
    fields: &'a Map<String, Value>,
    of: &'static str,
}

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn refuse(&self, name: &str, value: &Value, kind: Kind) -> BadReport {
        BadReport::Kind { field: format!("{}{name}", self.of), value: value.to_string().chars().take(40).collect(), kind }
    }

    /// A whole number. Some write it with decimals, which are all zero.
    fn count(&self, name: &str) -> Result<Option<u64>, BadReport> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let whole = value.as_u64().or_else(|| {
            let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
            format!("{number:.0}").parse().ok()
        });
        whole.map(Some).ok_or_else(|| self.refuse(name, value, Kind::Count))
    }

    fn counted(&self, name: &str) -> Result<Option<u64>, BadReport> {
        let count = self.count(name)?;
        if count.is_some_and(|count| count > MOST_COUNTED) { Err(BadReport::Count(format!("{}{name}", self.of))) } else { Ok(count) }
    }

    /// A device's word; one without any sign says nothing. States of PackML are numbers.
    fn word(&self, name: &'static str) -> Result<Option<String>, BadReport> {
        let text = match self.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
            Some(other) => return Err(self.refuse(name, other, Kind::Word)),
        };
        word(&text).map_err(|error| BadReport::Word(name, error))
    }

    /// Why it stands; one without any sign takes back what was said before.
    fn reason(&self) -> Result<Option<Said>, BadReport> {
        let said = self.word("reason")?.map(Said::Reason);
        Ok(said.or_else(|| self.get("reason").map(|_| Said::Reason(String::new()))))
    }

    fn flag(&self, name: &str) -> Result<bool, BadReport> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.refuse(name, other, Kind::Flag)),
        }
    }

    fn time(&self) -> Result<Option<Timestamp>, BadReport> {
        match self.get("time") {
            None => Ok(None),
            Some(Value::String(text)) => match Timestamp::parse(text) {
                Some(Written::Instant(time)) => Ok(Some(time)),
                _ => Err(BadReport::Time(text.chars().take(40).collect())),
            },
            Some(other) => Err(self.refuse("time", other, Kind::Time)),
        }
    }

    fn parts(&self) -> Result<Option<Parts>, BadReport> {
        let fields = match self.get("parts") {
            None => return Ok(None),
            Some(Value::Object(fields)) => fields,
            Some(other) => return Err(self.refuse("parts", other, Kind::Parts)),
        };
        if let Some(unknown) = fields.keys().find(|name| !PARTS.contains(&name.as_str())) {
            return Err(BadReport::UnknownPart(unknown.chars().take(40).collect()));
        }
        let parts = Fields { fields, of: "parts." };
        let count = |name| parts.counted(name).map(Option::unwrap_or_default);
        let (good, reject) = (count("good")?, count("reject")?);
        Ok(Some(Parts { good, reject, startup_reject: count("startup_reject")?, rework: count("rework")? }))
    }
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
    fn senders_write_numbers_and_nothing_in_their_own_ways() {
        let said = |entry| read(&entry, NOW).unwrap().into_iter().map(|(_, o)| o.said).collect::<Vec<_>>();
        let expected = [Said::State("6".into()), Said::Total { part: Part::Total, reading: 17 }];
        assert_eq!(said(json!({"state": 6, "total": 17.0, "mode": null, "reason": null, "alive": null})), expected);
        assert_eq!(said(json!({"reason": " "})), [Said::Reason(String::new())], "taken back");
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        for (entry, sentence) in [
            (json!({}), "says nothing; write at least one of state"),
            (json!({"state": ""}), "says nothing"),
            (json!({"stat": "x"}), "unknown field `stat`; an entry may have number, time, state"),
            (json!([1]), "an entry is like"),
            (json!({"time": "2026-01-31 06:00", "alive": true}), "with Z or an offset"),
            (json!({"time": 1_769_839_200_000_i64, "alive": true}), "time: 1769839200000 is no time; write it as \"2026-01-31T"),
            (json!({"total": -1}), "total: -1 is no count; write a whole number from 0 on"),
            (json!({"total": "17"}), "total: \"17\" is no count; write a whole number from 0 on, without quotes"),
            (json!({"good": 1.5}), "good: 1.5 is no count"),
            (json!({"good": 1e300}), "good: 1e+300 is no count"),
            (json!({"total": 9_007_199_254_740_993_u64}), "total: a count of parts is too large"),
            (json!({"number": 1, "parts": {"bad": 1}}), "unknown field `parts.bad`; parts may have good"),
            (json!({"number": 1, "parts": {"reject": true}}), "parts.reject: true is no count"),
            (json!({"number": 1, "parts": 3}), "parts: 3 is no parts; write them as"),
            (json!({"parts": {"good": 1}}), "parts need a number"),
            (json!({"number": u64::MAX, "alive": true}), "at most 2^49"),
            (json!({"alive": "true"}), "alive: \"true\" is neither true nor false"),
            (json!({"state": true}), "state: true is no word"),
            (json!({"state": "a\u{0}b"}), "state: its value holds a control character"),
        ] {
            let error = read(&entry, NOW).unwrap_err().to_string();
            assert!(error.contains(sentence), "{entry}: {error}");
        }
    }
}
