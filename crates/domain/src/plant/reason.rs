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
    /// It says why parts are not good, not why a machine stands: it is not offered for stops.
    pub rejects: bool,
}

impl Default for Reason {
    fn default() -> Self {
        let (name, names) = (String::new(), BTreeMap::new());
        Self { name, names, group: None, class: Class::Stop, machine_types: Vec::new(), words: Vec::new(), rejects: false }
    }
}

impl Reason {
    /// Its name in a language, `de-AT` or else `de`, or the one that it has in all.
    pub fn name_in(&self, language: &str) -> &str {
        let named = |wanted: &str| self.names.iter().find(|(code, _)| code.eq_ignore_ascii_case(wanted)).map(|(_, name)| name.as_str());
        let general = || language.split_once('-').and_then(|(general, _)| named(general));
        named(language).or_else(general).unwrap_or(&self.name)
    }

    /// Whether it is offered for machines of a type.
    pub fn is_for(&self, machine_type: Option<&str>) -> bool {
        self.machine_types.is_empty() || machine_type.is_some_and(|wanted| self.machine_types.iter().any(|named| named == wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_the_language_or_the_one_of_all() {
        let names = [("de", "Stau"), ("de-AT", "Stauung"), ("FR", "Bourrage")].map(|(code, name)| (code.to_owned(), name.to_owned()));
        let reason = Reason { name: "Jam".to_owned(), names: names.into(), ..Reason::default() };
        let said = ["de", "de-AT", "de-CH", "fr", "en", "", "d"].map(|language| reason.name_in(language));
        assert_eq!(said, ["Stau", "Stauung", "Stau", "Bourrage", "Jam", "Jam", "Jam"]);
    }
}
