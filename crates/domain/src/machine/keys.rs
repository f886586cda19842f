//! Which of a device's items say something about its state and its parts. What their words mean is asked later.

use super::{Part, Said};
use serde::{Deserialize, Serialize};

/// Longest word that is kept, in bytes.
const LONGEST_WORD_BYTES: usize = 500;

/// The names that a device gives to its items, each a list because devices differ; capitals do not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Execution, or state.
    pub state: Names,
    /// Controller mode, or unit mode.
    pub mode: Names,
    /// Emergency stop.
    pub emergency_stop: Names,
    /// Running total of all parts.
    pub total: Names,
    /// Running total of good parts.
    pub good: Names,
    /// Running total of rejects.
    pub reject: Names,
    /// Running total of reworked parts.
    pub rework: Names,
    /// Product or program on the machine.
    pub product: Names,
    /// Why it stands: an event, or a condition, whose faults are taken.
    pub reason: Names,
    /// Why the parts that are counted at the same instant are not good.
    pub reject_reason: Names,
}

/// One name, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Names(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(names: OneOrMany) -> Self {
        match names {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}

/// Why a value says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// A count that is none.
    #[error("`{0}` is no count of parts; a running total is a whole number from 0 on")]
    NoCount(String),
    /// A word that no machine says.
    #[error("its value has {0} bytes; at most {LONGEST_WORD_BYTES} are taken")]
    Long(usize),
    /// A word that no database carries.
    #[error("its value holds a control character; remove it")]
    Control,
}

impl Names {
    /// These names.
    pub fn of(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn hold(&self, name: &str) -> bool {
        self.0.iter().any(|one| one.eq_ignore_ascii_case(name))
    }
}

impl Default for Keys {
    /// What adapters and agents of MTConnect call them mostly.
    fn default() -> Self {
        Self {
            state: Names::of(&["execution"]),
            mode: Names::of(&["mode", "controller_mode", "ControllerMode"]),
            emergency_stop: Names::of(&["estop", "emergency_stop", "EmergencyStop"]),
            total: Names::of(&["part_count", "PartCount", "PartCountAct"]),
            good: Names::default(),
            reject: Names::default(),
            rework: Names::default(),
            product: Names::of(&["program"]),
            reason: Names::default(),
            reject_reason: Names::default(),
        }
    }
}

impl Keys {
    /// No names: everything is a sign of life.
    pub fn none() -> Self {
        let none = Names::default;
        Self {
            state: none(),
            mode: none(),
            emergency_stop: none(),
            total: none(),
            good: none(),
            reject: none(),
            rework: none(),
            product: none(),
            reason: none(),
            reject_reason: none(),
        }
    }

    /// The names of an item, by what a configuration calls it.
    pub fn of_mut(&mut self, item: &str) -> Option<&mut Names> {
        Some(match item {
            "state" => &mut self.state,
            "mode" => &mut self.mode,
            "emergency_stop" => &mut self.emergency_stop,
            "total" => &mut self.total,
            "good" => &mut self.good,
            "reject" => &mut self.reject,
            "rework" => &mut self.rework,
            "product" => &mut self.product,
            "reason" => &mut self.reason,
            "reject_reason" => &mut self.reject_reason,
            _ => return None,
        })
    }

    /// Every name.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let Self { state, mode, emergency_stop, total, good, reject, rework, product, reason, reject_reason } = self;
        let all = [state, mode, emergency_stop, total, good, reject, rework, product, reason, reject_reason];
        all.into_iter().flat_map(|names| names.0.iter().map(String::as_str))
    }

    /// What an item says; `None` where it says nothing about states and parts. A counter or program that is UNAVAILABLE says
    /// nothing, a state that is UNAVAILABLE does.
    pub fn said(&self, name: &str, value: &str) -> Result<Option<Said>, BadValue> {
        let Self { state, mode, emergency_stop, total, good, reject, rework, product, reason, reject_reason } = self;
        let word = |said: fn(String) -> Said| word(value).map(|word| word.map(said));
        let unavailable = value.eq_ignore_ascii_case("UNAVAILABLE");
        let part = [(total, Part::Total), (good, Part::Good), (reject, Part::Reject), (rework, Part::Rework)];
        if state.hold(name) {
            word(Said::State)
        } else if mode.hold(name) {
            word(Said::Mode)
        } else if emergency_stop.hold(name) {
            word(Said::EmergencyStop)
        } else if unavailable {
            Ok(None)
        } else if let Some((_, part)) = part.into_iter().find(|(names, _)| names.hold(name)) {
            Ok(Some(Said::Total { part, reading: count(value)? }))
        } else if product.hold(name) {
            word(Said::Product)
        } else if reason.hold(name) {
            word(Said::Reason)
        } else if reject_reason.hold(name) {
            word(Said::RejectReason)
        } else {
            Ok(None)
        }
    }
}

/// A word as it is kept; `None` where there is none.
pub fn word(text: &str) -> Result<Option<String>, BadValue> {
    let text = text.trim();
    match text {
        "" => Ok(None),
        _ if text.len() > LONGEST_WORD_BYTES => Err(BadValue::Long(text.len())),
        _ if text.chars().any(char::is_control) => Err(BadValue::Control),
        _ => Ok(Some(text.to_owned())),
    }
}

/// A running total; some devices write it with decimals.
pub fn count(text: &str) -> Result<u64, BadValue> {
    let refused = || BadValue::NoCount(text.chars().take(40).collect());
    let text = text.trim();
    let whole = text.split_once('.').filter(|(_, decimals)| decimals.bytes().all(|b| b == b'0')).map_or(text, |(whole, _)| whole);
    // Beyond that a double, and so many a device, does not count any more.
    whole.parse().ok().filter(|count| *count <= 1 << 53).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_say_what_their_names_stand_for() {
        let keys = Keys { good: Names::of(&["ok"]), reason: Names::of(&["alarm"]), ..Keys::default() };
        for (name, value, said) in [
            ("Execution", " ACTIVE ", Some(Said::State("ACTIVE".into()))),
            ("execution", "UNAVAILABLE", Some(Said::State("UNAVAILABLE".into()))),
            ("execution", "", None),
            ("mode", "MANUAL", Some(Said::Mode("MANUAL".into()))),
            ("estop", "TRIGGERED", Some(Said::EmergencyStop("TRIGGERED".into()))),
            ("PartCountAct", "12", Some(Said::Total { part: Part::Total, reading: 12 })),
            ("ok", "7.00", Some(Said::Total { part: Part::Good, reading: 7 })),
            ("PartCountAct", "unavailable", None),
            ("program", "UNAVAILABLE", None),
            ("program", "O1234", Some(Said::Product("O1234".into()))),
            ("alarm", "E7", Some(Said::Reason("E7".into()))),
            ("Xabs", "1.5", None),
        ] {
            assert_eq!(keys.said(name, value), Ok(said), "{name} {value}");
        }
        assert_eq!(keys.all().count(), 13);
    }

    #[test]
    fn what_no_machine_says_is_refused() {
        let keys = Keys::default();
        for value in ["-1", "1.5", "x", "99999999999999999999", ""] {
            assert_eq!(keys.said("part_count", value), Err(BadValue::NoCount(value.to_owned())));
        }
        assert_eq!(keys.said("program", &"x".repeat(501)), Err(BadValue::Long(501)));
        assert_eq!(keys.said("program", "a\0b"), Err(BadValue::Control));
    }

    #[test]
    fn one_name_or_several_stand_in_a_file() {
        let keys: Keys = serde_json::from_str(r#"{"state": "exec1", "total": ["a", "b"]}"#).unwrap();
        assert_eq!((keys.state, keys.total, keys.mode), (Names::of(&["exec1"]), Names::of(&["a", "b"]), Keys::default().mode));
        assert!(serde_json::from_str::<Keys>(r#"{"stat": "x"}"#).is_err());
    }
}
