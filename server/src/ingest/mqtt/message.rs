//! One message as readings.

use super::rule::{Filter, Template};
use crate::ingest::accept::{BadName, Batch};
use domain::Timestamp;
use domain::time_format::{NotATime, TimeFormat};
use domain::zone::Zone;
use serde_json::Value;

/// What the messages of some topics mean.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which topics.
    pub filter: Filter,
    /// What their series are called.
    pub series: Template,
    /// Where in a JSON payload the value is; `None`: the payload is the value.
    pub value: Option<String>,
    /// Where the time is; `None`: the time of arrival.
    pub time: Option<String>,
    /// How the time is written.
    pub time_format: TimeFormat,
}

/// A message as it came.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its payload.
    pub payload: &'a [u8],
    /// The broker had kept it: it was sent before we listened.
    pub retained: bool,
}

/// Why a message is no reading.
#[derive(Debug, thiserror::Error)]
enum NotAReading {
    #[error("the payload is no JSON: {0}")]
    NotJson(String),
    #[error("the payload has nothing at {0}")]
    Missing(String),
    #[error("`{0}` is no number")]
    NotANumber(String),
    #[error(transparent)]
    Time(#[from] NotATime),
    #[error(transparent)]
    Name(#[from] BadName),
}

/// Reads a message by every rule whose filter matches; `zone` is the zone of wall times.
pub fn read(rules: &[Rule], message: Message<'_>, zone: Zone, now: Timestamp, batch: &mut Batch) {
    let matching = rules.iter().filter_map(|rule| Some((rule, rule.filter.captures(message.topic)?)));
    for (rule, captures) in matching {
        // An empty payload is how a kept message is deleted; a kept message without a time was true at nobody knows when.
        if message.payload.is_empty() || (message.retained && rule.time.is_none()) {
            batch.ignored += 1;
            continue;
        }
        if let Err(reason) = rule.read(message, &captures, zone, now, batch) {
            batch.refuse(message.payload, format!("topic `{}`: {reason}", message.topic));
        }
    }
}

impl Rule {
    fn read(&self, message: Message<'_>, captures: &[&str], zone: Zone, now: Timestamp, batch: &mut Batch) -> Result<(), NotAReading> {
        let Message { topic, payload, .. } = message;
        let json: Result<Value, _> = serde_json::from_slice(payload);
        let at = |pointer: &str| json.as_ref().ok().and_then(|json| json.pointer(pointer)).cloned();
        let needed = |pointer: &String| match &json {
            Err(error) => Err(NotAReading::NotJson(error.to_string())),
            Ok(json) => json.pointer(pointer).ok_or_else(|| NotAReading::Missing(pointer.clone())),
        };
        let value = match &self.value {
            Some(pointer) => number(needed(pointer)?)?,
            None => match &json {
                Ok(json) => number(json)?,
                Err(_) => number(&Value::String(String::from_utf8_lossy(payload).into_owned()))?,
            },
        };
        let time = match &self.time {
            None => now,
            Some(pointer) => match needed(pointer)? {
                Value::String(text) => self.time_format.read(text, zone, None)?,
                other => self.time_format.read(&other.to_string(), zone, None)?,
            },
        };
        let name = self.series.fill(topic, captures, &at).map_err(NotAReading::Missing)?;
        Ok(batch.take(&name, time, value)?)
    }
}

/// Numbers, also as text; yes and no as 1 and 0; null and NaN are gaps.
fn number(value: &Value) -> Result<Option<f64>, NotAReading> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(if *value { 1.0 } else { 0.0 })),
        Value::Number(number) => Ok(number.as_f64()),
        Value::String(text) => text.trim().parse().map(Some).map_err(|_| NotAReading::NotANumber(text.chars().take(40).collect())),
        other => Err(NotAReading::NotANumber(other.to_string().chars().take(40).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(value: Option<&str>, time: Option<&str>, format: &str) -> Rule {
        let filter = Filter::parse("plant/+/+/value").unwrap();
        let series = Template::parse("{1}/{2}", &filter).unwrap();
        Rule { filter, series, value: value.map(Into::into), time: time.map(Into::into), time_format: format.parse().unwrap() }
    }

    const NOW: Timestamp = Timestamp::from_us(77);

    fn check(rule: Rule, payload: &str, expected: Result<(i64, Option<f64>), &str>) {
        let mut batch = Batch::default();
        let message = Message { topic: "plant/press/4/value", payload: payload.as_bytes(), retained: false };
        read(&[rule], message, Zone::UTC, NOW, &mut batch);
        match expected {
            Ok((us, value)) => {
                assert_eq!(batch.bad, []);
                let reading = &batch.readings[0];
                assert_eq!((reading.series.as_str(), reading.time.us(), reading.value), ("press/4", us, value), "{payload}");
            }
            Err(sentence) => assert!(batch.bad[0].reason.contains(sentence), "{payload}: {:?}", batch.bad),
        }
    }

    #[test]
    fn payloads_of_every_kind() {
        let json = || rule(Some("/payload/v"), Some("/ts"), "ms");
        check(json(), r#"{"ts": 1705276800351, "payload": {"v": 21.5}}"#, Ok((1_705_276_800_351_000, Some(21.5))));
        check(json(), r#"{"ts": "1705276800351", "payload": {"v": "21.5"}}"#, Ok((1_705_276_800_351_000, Some(21.5))));
        check(json(), r#"{"ts": 1, "payload": {"v": null}}"#, Ok((1_000, None)));
        check(rule(Some("/v"), Some("/t"), "rfc3339"), r#"{"t":"1970-01-01T00:00:01Z","v":true}"#, Ok((1_000_000, Some(1.0))));
        check(rule(Some("/0"), None, "s"), "[7]", Ok((77, Some(7.0))));
        check(rule(None, None, "s"), " 21.5\n", Ok((77, Some(21.5))));
        check(rule(None, None, "s"), "false", Ok((77, Some(0.0))));
        check(rule(None, None, "s"), "NaN", Ok((77, None)));
        check(rule(None, None, "s"), "\"4\"", Ok((77, Some(4.0))));
    }

    #[test]
    fn mistakes_are_named() {
        let json = || rule(Some("/v"), Some("/ts"), "ms");
        check(json(), "21.5 °C", Err("topic `plant/press/4/value`: the payload is no JSON"));
        check(json(), "{\"ts\":1}", Err("nothing at /v"));
        check(json(), "{\"v\":1}", Err("nothing at /ts"));
        check(json(), "{\"v\":{},\"ts\":1}", Err("`{}` is no number"));
        check(json(), "{\"v\":1,\"ts\":\"now\"}", Err("`now` is no time of the format ms"));
        check(rule(None, None, "s"), "running", Err("`running` is no number"));
        check(rule(None, None, "s"), "\u{1}", Err("is no number"));
    }

    #[test]
    fn what_was_kept_counts_only_with_its_own_time() {
        let message = |payload| Message { topic: "plant/press/4/value", payload, retained: true };
        let mut batch = Batch::default();
        read(&[rule(None, None, "s")], message(b"1"), Zone::UTC, NOW, &mut batch);
        assert_eq!((batch.readings.len(), batch.ignored), (0, 1));
        read(&[rule(Some("/v"), Some("/t"), "s")], message(b"{\"v\":1,\"t\":2}"), Zone::UTC, NOW, &mut batch);
        assert_eq!((batch.readings.len(), batch.ignored), (1, 1));
    }
}
