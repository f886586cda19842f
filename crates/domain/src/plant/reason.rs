//! Why machines stand: a tree of two levels, groups and the reasons in them.

use crate::oee::Class;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reason, or a group of reasons: that is one that others name as theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reason {
    /// What it is called.
    pub name: String,
    /// What it is called in other languages, by their code: `de`.
    pub names: BTreeMap<String, String>,
    /// The group that it belongs to; `None` for a group, or for a reason that stands alone.
    pub group: Option<String>,
    /// What a standstill under this reason counts as: [`Class::Stop`], [`Class::Setup`] or [`Class::PlannedStop`].
    pub class: Class,
    /// Types of machines that it is offered for; none is all.
    pub machine_types: Vec<String>,
    /// What devices call it: alarm codes.
    pub words: Vec<String>,
}

impl Default for Reason {
    fn default() -> Self {
        let (name, names) = (String::new(), BTreeMap::new());
        Self { name, names, group: None, class: Class::Stop, machine_types: Vec::new(), words: Vec::new() }
    }
}

impl Reason {
    /// Its name in a language, or the one that it has in all.
    pub fn name_in(&self, language: &str) -> &str {
        self.names.get(language).unwrap_or(&self.name)
    }

    /// Whether it is offered for machines of a type.
    pub fn is_for(&self, machine_type: Option<&str>) -> bool {
        self.machine_types.is_empty() || machine_type.is_some_and(|wanted| self.machine_types.iter().any(|named| named == wanted))
    }
}
