//! Stops of one bar alone: those of a reason, of a group of reasons, or those that nobody gave one. Which bar it is is a part of
//! addresses, so it is written with ids, which no language changes.

use super::stops::Stop;
use super::tile::Source;
use crate::oee::{Category, ReasonId};
use serde::{Deserialize, Serialize};

/// What a standstill can count as, in the words of addresses and tables.
const STANDING: [Category; 4] = [Category::UnplannedStop, Category::MicroStop, Category::Setup, Category::PlannedStop];
const GROUP: &str = "group";

/// Which stops are wanted, as an address says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Only {
    /// `group:technical`: the losses of all reasons of a group, by its id.
    Group(String),
    /// `micro_stop:jam`: what counts as this for a reason, by its id or the device's word. `micro_stop:` is without any reason.
    Counted(Category, Option<String>),
    /// `jam`: a reason, whatever a standstill under it counts as.
    Reason(String),
}

/// What a list is narrowed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowed {
    /// What it is called.
    pub name: String,
    /// Why nothing is listed, where nothing is.
    pub nothing: String,
    /// It is a reason or a group of this plant, or what has no reason.
    pub known: bool,
}

/// What an address calls a group.
pub fn group_word(id: &str) -> String {
    format!("{GROUP}:{id}")
}

/// What an address calls a reason, or none, of what counts as a category.
pub fn counted_word(category: Category, id: &str) -> String {
    format!("{}:{id}", category.word())
}

impl Only {
    /// Reads the word of an address. Whatever has no other meaning is the id of a reason.
    pub fn of(text: &str) -> Self {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match text.split_once(':') {
            Some((GROUP, group)) => Self::Group(group.to_owned()),
            Some((word, reason)) => match STANDING.into_iter().find(|category| category.word() == word) {
                Some(category) => Self::Counted(category, id(reason)),
                None => Self::Reason(text.to_owned()),
            },
            None => Self::Reason(text.to_owned()),
        }
    }

    /// Whether a stop is wanted.
    pub fn holds(&self, source: &Source<'_>, stop: &Stop) -> bool {
        let is = |wanted: &String, reason: ReasonId| source.plant.reason_word(reason) == *wanted;
        match self {
            Self::Group(group) => {
                let lost = stop.category != Category::PlannedStop;
                lost && stop.reason.is_some_and(|reason| source.group_id(reason) == *group)
            }
            Self::Counted(category, wanted) => {
                stop.category == *category
                    && match (wanted, stop.reason) {
                        (Some(wanted), Some(reason)) => is(wanted, reason),
                        (wanted, reason) => wanted.is_none() && reason.is_none(),
                    }
            }
            Self::Reason(wanted) => stop.reason.is_some_and(|reason| is(wanted, reason)),
        }
    }

    /// What the list is called, and why it may be empty.
    pub fn narrowed(&self, source: &Source<'_>) -> Narrowed {
        let plant = source.plant;
        let (category, id) = match self {
            Self::Group(id) | Self::Reason(id) => (None, Some(id)),
            Self::Counted(category, id) => (Some(*category), id.as_ref()),
        };
        let name = match (category, id.map(|id| source.reason_named(id))) {
            (Some(Category::MicroStop), Some(name)) => format!("{name} · micro-stops"),
            (_, Some(name)) => name,
            (Some(Category::MicroStop), None) => "Micro-stops without a reason".to_owned(),
            (Some(Category::Setup), None) => "Setup".to_owned(),
            (Some(Category::PlannedStop), None) => "Planned stops without a reason".to_owned(),
            _ => "No reason yet".to_owned(),
        };
        // What was taken out of the plant, and what only a device says, may still be why something stood.
        let unknown = id.filter(|id| plant.reason_id(id).is_none() && plant.words.number(id).is_none());
        let nothing = match unknown {
            None => format!("No stops of “{name}” in this window."),
            Some(id) => {
                format!(
                    "There is no reason or group “{id}” at this plant: take `only` out of the address, or follow another bar of the stop reasons."
                )
            }
        };
        let known = unknown.is_none();
        Narrowed { name, nothing, known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_bar_is_read_back() {
        let (jam, no) = (Some("jam".to_owned()), None);
        assert_eq!(Only::of(&group_word("a:b")), Only::Group("a:b".to_owned()));
        for category in STANDING {
            assert_eq!(Only::of(&counted_word(category, "jam")), Only::Counted(category, jam.clone()));
            assert_eq!(Only::of(&counted_word(category, "")), Only::Counted(category, no.clone()));
        }
        for reason in ["jam", "", "E7: jam", "run:jam"] {
            assert_eq!(Only::of(reason), Only::Reason(reason.to_owned()), "{reason}");
        }
    }
}
