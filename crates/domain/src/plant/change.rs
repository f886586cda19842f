//! What somebody wants to change in the model of a plant, and what that changed.

use super::fact::{Fact, FactKey};
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A change that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "changes are a few hundred at most, and a box would be in the way of all who write one")]
pub enum Change {
    /// This holds from now on.
    Set(Fact),
    /// This is there no longer.
    Remove(FactKey),
}

/// What a change made other than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// About what.
    pub key: FactKey,
    /// What held before; `None` for what is new.
    pub before: Option<Fact>,
    /// What holds now; `None` for what was removed.
    pub after: Option<Fact>,
    /// Which of its fields; all that are given of what is new or removed.
    pub fields: Vec<FieldChange>,
}

/// Who said something, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    /// Who.
    pub author: String,
    /// When.
    pub recorded: Timestamp,
    /// Why.
    pub why: String,
}

/// What became of a statement of the configuration, which is compared with what the configuration said the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It says something new, and that holds now.
    Changed {
        /// What it changed.
        difference: Difference,
        /// Who had said what it replaces, where that was somebody else.
        replaced: Option<Speaker>,
    },
    /// It says what it said before, and somebody else said otherwise since: that stands.
    Stands {
        /// What it would change if it were said anew.
        difference: Difference,
        /// Who said what holds.
        by: Speaker,
    },
}

/// A field that is other than before, in the words of the configuration; `nothing` where it was not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name: `silence`, `standard from 2026-07-01`.
    pub field: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

impl Change {
    /// About what.
    pub fn key(&self) -> FactKey {
        match self {
            Self::Set(fact) => fact.key(),
            Self::Remove(key) => key.clone(),
        }
    }
}

impl fmt::Display for Difference {
    /// `machine `m1` is changed: micro_stop 2m → 3m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, before, after, fields } = self;
        match (before, after) {
            (None, _) => write!(f, "{key} is new"),
            (_, None) => write!(f, "{key} is removed"),
            _ => write!(f, "{key} is changed: {}", fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        }
    }
}

impl fmt::Display for FieldChange {
    /// `silence 2m → 5m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, before, after } = self;
        write!(f, "{field} {before} \u{2192} {after}")
    }
}

impl fmt::Display for Speaker {
    /// `kim on 2026-11-22T10:00:00Z (new tool)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { author, recorded, why } = self;
        let recorded = recorded.rfc3339();
        write!(f, "{author} on {}Z", recorded.get(..19).unwrap_or_default())?;
        if why.is_empty() { Ok(()) } else { write!(f, " ({why})") }
    }
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { difference, replaced: None } => difference.fmt(f),
            Self::Changed { difference, replaced: Some(speaker) } => {
                write!(f, "{difference}; this replaces what was said by {speaker}")
            }
            Self::Stands { difference: Difference { key, before, after, fields }, by } => {
                let holds = match (before, after) {
                    (None, _) => format!("{key} stays removed"),
                    (_, None) => format!("{key} stays"),
                    _ => {
                        let field = |FieldChange { field, before, after }: &FieldChange| {
                            format!("{field} {before} and not {after} of the configuration")
                        };
                        format!("{key} keeps {}", fields.iter().map(field).collect::<Vec<_>>().join("; "))
                    }
                };
                write!(f, "{holds}, as said by {by}; the configuration has not changed since it said otherwise")
            }
        }
    }
}
