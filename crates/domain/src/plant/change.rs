//! What somebody wants to change in the model of a plant, and what that changed.

use super::fact::{Fact, FactKey};
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
    /// Which of its fields, where it was there before and is there now.
    pub fields: Vec<FieldChange>,
}

/// A field that is other than before; its values as JSON, nothing where it was not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its way: `mapping.dialect`.
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
    /// `machine `m1` is changed: micro_stop_us 120000000 → 180000000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, before, after, fields } = self;
        match (before, after) {
            (None, _) => write!(f, "{key} is new"),
            (_, None) => write!(f, "{key} is removed"),
            _ => {
                let field = |FieldChange { field, before, after }: &FieldChange| format!("{field} {before} \u{2192} {after}");
                write!(f, "{key} is changed: {}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
