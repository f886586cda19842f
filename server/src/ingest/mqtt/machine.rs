//! `[[mqtt.machine]]`: topics, or nodes and devices of Sparkplug B, that tell of machines.

use super::message::Message;
use super::rule::{BadRule, Filter, Template};
use crate::ingest::accept::Batch;
use crate::ingest::machine::report;
use domain::Timestamp;
use domain::machine::keys::{BadValue, Keys};
use domain::machine::{MachineId, Observation, Said};
use domain::time_format::{NotATime, TimeFormat};
use domain::zone::Zone;
use serde::Deserialize;
use serde_json::Value;

/// As written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineConfig {
    filter: Option<String>,
    sparkplug: Option<String>,
    machine: String,
    keys: Option<Keys>,
    time: Option<String>,
    time_format: Option<String>,
}

/// Which machine some topics, or some nodes, tell of, and which of their items say what.
#[derive(Clone, Debug)]
pub struct MachineRule {
    /// Of topics; for Sparkplug of `group/node` or `group/node/device`.
    filter: Filter,
    /// Sparkplug B is spoken.
    pub sparkplug: bool,
    machine: Template,
    /// Names of metrics, or ways to parts of a JSON payload; `None` where the payload is an entry as the HTTP door takes it.
    keys: Option<Keys>,
    time: Option<String>,
    time_format: TimeFormat,
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error)]
pub enum BadMachineRule {
    /// A filter or a template.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// Neither or both.
    #[error("write filter = \"…\" for topics, or sparkplug = \"group/node/device\" for metrics")]
    Which,
    /// A time format.
    #[error("{0}")]
    Time(String),
    /// Keys that are no ways into a payload.
    #[error(
        "none of its keys is the way to a part of a JSON payload, such as state = \"/state\"; leave keys out where the payload is like {{\"time\": …, \"state\": …}}"
    )]
    Keys,
}

/// Why a message says nothing about a machine.
#[derive(Debug, thiserror::Error)]
enum NothingSaid {
    #[error("`{0}` cannot name a machine")]
    Name(String),
    #[error("the payload is no JSON: {0}")]
    NotJson(String),
    #[error("the payload has nothing at {0}")]
    Missing(String),
    #[error(transparent)]
    Time(#[from] NotATime),
    #[error("{0}: {1}")]
    Value(String, BadValue),
    #[error(transparent)]
    Report(#[from] report::BadReport),
}

impl MachineConfig {
    /// Checks the entry; the error names it.
    pub fn rule(self) -> Result<MachineRule, String> {
        let Self { filter, sparkplug, .. } = &self;
        let place = format!("machine `{}`", filter.as_ref().or(sparkplug.as_ref()).unwrap_or(&self.machine));
        self.checked().map_err(|error| format!("{place}: {error}"))
    }

    fn checked(self) -> Result<MachineRule, BadMachineRule> {
        let Self { filter, sparkplug, machine, keys, time, time_format } = self;
        let (text, sparkplug) = match (filter, sparkplug) {
            (Some(filter), None) => (filter, false),
            (None, Some(node)) => (node, true),
            _ => return Err(BadMachineRule::Which),
        };
        let filter = Filter::parse(&text)?;
        let machine = Template::parse(&machine, &filter)?;
        if sparkplug && (time.is_some() || time_format.is_some()) {
            return Err(BadMachineRule::Time("metrics have times of their own; leave time and time_format out".to_owned()));
        }
        if time.as_ref().is_some_and(|pointer| !pointer.starts_with('/')) {
            return Err(BadMachineRule::Time("time is the way to a part of a JSON payload, such as /ts".to_owned()));
        }
        if !sparkplug && keys.as_ref().is_some_and(|keys| !keys.all().any(is_pointer)) {
            return Err(BadMachineRule::Keys);
        }
        let time_format = time_format.map_or(Ok(TimeFormat::Text), |text| text.parse());
        let time_format = time_format.map_err(|error| BadMachineRule::Time(error.to_string()))?;
        let keys = if sparkplug { Some(keys.unwrap_or_default()) } else { keys };
        Ok(MachineRule { filter, sparkplug, machine, keys, time, time_format })
    }
}

/// The way to a part of a payload; an empty one is the payload itself.
fn is_pointer(name: &str) -> bool {
    name.is_empty() || name.starts_with('/')
}

impl MachineRule {
    /// What the broker is asked for.
    pub fn topics(&self) -> Option<&str> {
        (!self.sparkplug).then(|| self.filter.as_str())
    }

    /// The machine of a node or a device of it, and the names of its metrics.
    pub fn metrics(&self, node: &str) -> Option<(MachineId, &Keys)> {
        let captures = self.filter.captures(node).filter(|_| self.sparkplug)?;
        let name = self.machine.fill(node, &captures, &|_| None).ok()?;
        Some((name.parse().ok()?, self.keys.as_ref()?))
    }

    fn read(&self, message: Message<'_>, captures: &[&str], zone: Zone, now: Timestamp, batch: &mut Batch) -> Result<(), NothingSaid> {
        let Message { topic, payload, .. } = message;
        let json: Result<Value, _> = serde_json::from_slice(payload);
        let at = |pointer: &str| json.as_ref().ok().and_then(|json| json.pointer(pointer)).cloned();
        let name = self.machine.fill(topic, captures, &at).map_err(NothingSaid::Missing)?;
        let machine: MachineId = name.parse().map_err(|_| NothingSaid::Name(name))?;
        // One value that cannot be read keeps none of the others back, as over HTTP.
        let mut first_bad = Ok(());
        let Some(keys) = &self.keys else {
            let json = json.map_err(|error| NothingSaid::NotJson(error.to_string()))?;
            let entries = json.as_array().map_or_else(|| std::slice::from_ref(&json), Vec::as_slice);
            for entry in entries {
                match report::read(entry, now) {
                    Ok(told) => batch.told.extend(told.into_iter().map(|told| (machine.clone(), told))),
                    Err(error) => first_bad = first_bad.and(Err(error.into())),
                }
            }
            return first_bad;
        };
        let stamp = match &self.time {
            None => now,
            Some(pointer) => match at(pointer).ok_or_else(|| NothingSaid::Missing(pointer.clone()))? {
                Value::String(text) => self.time_format.read(&text, zone, None)?,
                other => self.time_format.read(&other.to_string(), zone, None)?,
            },
        };
        let told = |said| (machine.clone(), (None, Observation { stamp, received: now, said }));
        let before = batch.told.len();
        for pointer in keys.all().filter(|name| is_pointer(name)) {
            let value = match at(pointer) {
                Some(Value::String(text)) => text,
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(value)) => value.to_string(),
                None if pointer.is_empty() => String::from_utf8_lossy(payload).into_owned(),
                _ => continue,
            };
            match keys.said(pointer, &value) {
                Ok(said) => batch.told.extend(said.map(told)),
                Err(error) => first_bad = first_bad.and(Err(NothingSaid::Value(pointer.to_owned(), error))),
            }
        }
        if batch.told.len() == before && first_bad.is_ok() {
            batch.told.push(told(Said::Alive));
        }
        first_bad
    }
}

/// Reads a message by every rule whose filter matches. What the broker had kept is the machine's last word and holds still.
pub fn read(rules: &[MachineRule], message: Message<'_>, zone: Zone, now: Timestamp, batch: &mut Batch) {
    let topics = rules.iter().filter(|rule| !rule.sparkplug);
    for (rule, captures) in topics.filter_map(|rule| Some((rule, rule.filter.captures(message.topic)?))) {
        if message.payload.is_empty() {
            batch.ignored += 1;
        } else if let Err(reason) = rule.read(message, &captures, zone, now, batch) {
            batch.refuse(message.payload, format!("topic `{}`: {reason}", message.topic));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::machine::Part;

    const NOW: Timestamp = Timestamp::from_us(77_000_000);

    fn rule(text: &str) -> Result<MachineRule, String> {
        let config: MachineConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        config.rule()
    }

    fn check(text: &str, payload: &str) -> Result<Vec<(String, i64, Said)>, String> {
        let mut batch = Batch::default();
        let message = Message { topic: "plant/mill/4", payload: payload.as_bytes(), retained: false };
        read(&[rule(text).unwrap()], message, Zone::UTC, NOW, &mut batch);
        match batch.bad.first() {
            Some(bad) => Err(bad.reason.clone()),
            None => Ok(batch.told.into_iter().map(|(machine, (_, o))| (machine.to_string(), o.stamp.us() / 1_000_000, o.said)).collect()),
        }
    }

    #[test]
    fn payloads_of_every_kind() {
        let state = |s, word: &str| vec![("mill-4".to_owned(), s, Said::State(word.to_owned()))];
        let base = "filter = \"plant/+/+\"\nmachine = \"{1}-{2}\"\n";
        assert_eq!(check(base, r#"{"time":"1970-01-01T00:00:05Z","state":"run"}"#).unwrap(), state(5, "run"));
        assert_eq!(check(base, r#"[{"state":"run"},{"state":"stop"}]"#).unwrap(), [state(77, "run"), state(77, "stop")].concat());
        let mut batch = Batch::default();
        let list = br#"[{"state":"run"},{"stat":"x"},{"state":"stop"}]"#;
        read(&[rule(base).unwrap()], Message { topic: "plant/mill/4", payload: list, retained: false }, Zone::UTC, NOW, &mut batch);
        assert_eq!((batch.told.len(), batch.bad.len()), (2, 1), "one bad entry keeps no other back");
        assert!(batch.bad[0].reason.contains("unknown field `stat`"), "{}", batch.bad[0].reason);
        let mut batch = Batch::default();
        let keys = rule(&format!("{base}keys = {{ total = \"/n\", state = \"/s\" }}")).unwrap();
        read(&[keys], Message { topic: "plant/mill/4", payload: br#"{"n":-4,"s":"run"}"#, retained: false }, Zone::UTC, NOW, &mut batch);
        assert_eq!((batch.told.len(), batch.bad.len()), (1, 1), "and one bad value no other");
        let keys = "keys = { state = \"/s\", total = [\"/n\", \"/m\"] }\ntime = \"/t\"\ntime_format = \"ms\"";
        let total = ("mill-4".to_owned(), 6, Said::Total { part: Part::Total, reading: 9 });
        assert_eq!(check(&format!("{base}{keys}"), r#"{"t":6000,"s":6,"n":9}"#).unwrap(), [state(6, "6"), vec![total]].concat());
        assert_eq!(check(&format!("{base}{keys}"), r#"{"t":6000}"#).unwrap(), [("mill-4".to_owned(), 6, Said::Alive)]);
        assert_eq!(check(&format!("{base}keys = {{ state = \"\" }}"), "Execute").unwrap(), state(77, "Execute"));
        for (more, payload, sentence) in [
            (keys, "{}", "topic `plant/mill/4`: the payload has nothing at /t"),
            (keys, r#"{"t":1,"n":-4}"#, "/n: `-4` is no count"),
            ("", "on", "no JSON"),
            ("", "{}", "says nothing"),
        ] {
            let error = check(&format!("{base}{more}"), payload).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }

    #[test]
    fn nodes_and_devices_name_machines() {
        let rule = rule("sparkplug = \"Plant/+/+\"\nmachine = \"{2}\"\nkeys = { state = \"Status/StateCurrent\" }").unwrap();
        assert_eq!(rule.metrics("Plant/Line1/Mill").unwrap().0.as_str(), "Mill");
        assert!(rule.metrics("Plant/Line1").is_none() && rule.topics().is_none());
    }

    #[test]
    fn mistakes_are_named_with_their_mend() {
        for (text, sentence) in [
            ("machine = \"m\"", "machine `m`: write filter"),
            ("machine = \"m\"\nfilter = \"a/#/b\"", "no topic filter"),
            ("machine = \"{1}\"\nfilter = \"a\"", "the filter has 0"),
            ("machine = \"m\"\nsparkplug = \"g/n\"\ntime = \"/t\"", "times of their own"),
            ("machine = \"m\"\nfilter = \"a\"\ntime = \"t\"", "time is the way"),
            ("machine = \"m\"\nfilter = \"a\"\nkeys = { state = \"s\" }", "none of its keys"),
            ("machine = \"m\"\nfilter = \"a\"\ntime_format = \"h\"", "`h` is no format"),
        ] {
            let error = rule(text).unwrap_err();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
