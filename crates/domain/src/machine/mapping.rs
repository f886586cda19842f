//! What the words of a machine's device mean: the table of its dialect, and what this machine has otherwise.

use crate::oee::{Class, field};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which table is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// MTConnect Part 2: EXECUTION under CONTROLLER_MODE.
    #[default]
    Mtconnect,
    /// PackML, ISA-TR88.00.02.
    Packml,
    /// OPC 40001-1, MachineryItemState.
    Opc,
    /// Andon's own words: `run`, `slow`, `stop`, `setup`, `planned_stop`; any other is unknown.
    Words,
}

/// The mapping of a machine. Words are compared without regard to capitals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// Which table.
    pub dialect: Dialect,
    /// States that mean something else here.
    pub states: BTreeMap<String, Class>,
    /// Modes that decide on their own, unless the state is unknown.
    pub modes: BTreeMap<String, Class>,
}

impl Mapping {
    /// The class of a state under a mode and an emergency stop, as far as they are known. Without a state nothing is known.
    pub fn class(&self, state: Option<&str>, mode: Option<&str>, emergency_stop: Option<&str>) -> Class {
        let Some(state) = state else { return Class::Unknown };
        let own = |map: &BTreeMap<String, Class>, word: &str| {
            map.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, class)| *class)
        };
        let class = own(&self.states, state).unwrap_or_else(|| self.dialect.class(state, mode));
        if class == Class::Unknown {
            return class;
        }
        if emergency_stop.is_some_and(|word| word.eq_ignore_ascii_case("TRIGGERED")) {
            return Class::Stop;
        }
        mode.and_then(|mode| own(&self.modes, mode)).unwrap_or(class)
    }

    /// Whether a state says that a part has just been finished, for machines whose parts are counted by cycles.
    pub fn finished(state: &str) -> bool {
        ["READY", "PROGRAM_COMPLETED", "COMPLETE"].iter().any(|word| state.eq_ignore_ascii_case(word))
    }
}

impl Dialect {
    fn class(self, state: &str, mode: Option<&str>) -> Class {
        match self {
            Self::Mtconnect => field::mtconnect(state, mode),
            Self::Packml => field::packml(state, mode),
            Self::Opc => field::opc_machinery(state, mode),
            Self::Words => match state.to_ascii_lowercase().as_str() {
                "run" => Class::Run,
                "slow" => Class::Slow,
                "stop" => Class::Stop,
                "setup" => Class::Setup,
                "planned_stop" => Class::PlannedStop,
                _ => Class::Unknown,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_may_have_its_own_mapping() {
        let mut mapping = Mapping::default();
        assert_eq!(mapping.class(Some("FEED_HOLD"), None, None), Class::Stop);
        mapping.states.insert("feed_hold".into(), Class::Slow);
        mapping.modes.insert("WARMUP".into(), Class::Setup);
        assert_eq!(mapping.class(Some("FEED_HOLD"), None, None), Class::Slow);
        assert_eq!(mapping.class(Some("ACTIVE"), Some("warmup"), None), Class::Setup);
        assert_eq!(mapping.class(Some("ACTIVE"), Some("AUTOMATIC"), Some("ARMED")), Class::Run);
        assert_eq!(mapping.class(Some("ACTIVE"), Some("AUTOMATIC"), Some("TRIGGERED")), Class::Stop);
        assert_eq!(mapping.class(Some("UNAVAILABLE"), Some("warmup"), Some("TRIGGERED")), Class::Unknown);
        assert_eq!(mapping.class(None, Some("AUTOMATIC"), None), Class::Unknown);
        let words = Mapping { dialect: Dialect::Words, ..Mapping::default() };
        assert_eq!((words.class(Some("Run"), None, None), words.class(Some("?"), None, None)), (Class::Run, Class::Unknown));
    }
}
