//! What there is to choose from in a form: things of the plant, words, zones.

use super::fields::Choice;
use crate::widgets::html::escaped;
use domain::plant::{Fact, FactKey, Kind, Plant};
use domain::zone::Zone;

/// The options of a choice, the first of them nothing; what is chosen is among them even when it is not there any more.
pub fn options(choice: Choice, plant: &Plant, chosen: &str, own: &str) -> String {
    let mut all: Vec<(String, String)> = match choice {
        Choice::Things(kind) => ids(plant, kind).map(|id| named(plant, kind, id)).collect(),
        Choice::Groups => groups(plant, own),
        Choice::Zones => Zone::names().map(|name| (name.to_owned(), name.to_owned())).collect(),
        Choice::Dialects => words(&[("packml", "PackML"), ("opc", "OPC 40001-1"), ("words", "Andon's own words")]),
        Choice::Classes => words(&[
            ("run", "run"),
            ("slow", "slow"),
            ("stop", "stop"),
            ("setup", "setup"),
            ("planned_stop", "planned stop"),
            ("unknown", "unknown"),
        ]),
        Choice::Standing => words(&[("setup", "setup"), ("planned_stop", "planned stop")]),
    };
    if !chosen.is_empty() && !all.iter().any(|(id, _)| id == chosen) {
        all.push((chosen.to_owned(), chosen.to_owned()));
    }
    let nothing = match choice {
        Choice::Dialects => "MTConnect",
        Choice::Standing => "unplanned stop",
        _ => "–",
    };
    let option = |(id, text): &(String, String)| {
        let mark = if id == chosen { " selected" } else { "" };
        format!("<option value=\"{}\"{mark}>{}</option>", escaped(id), escaped(text))
    };
    format!("<option value=\"\">{nothing}</option>{}", all.iter().map(option).collect::<String>())
}

/// The ids of a kind, in order.
pub fn ids(plant: &Plant, kind: Kind) -> impl Iterator<Item = String> {
    plant.keys().into_iter().filter(move |key| key.kind == kind).map(|key| key.id)
}

/// What a thing is called; its id where it has no name.
pub fn name(fact: &Fact) -> &str {
    let (name, id) = match fact {
        Fact::Site(id, site) => (site.name.as_str(), id.as_str()),
        Fact::Line(id, line) => (line.name.as_str(), id.as_str()),
        Fact::Machine(id, machine) => (machine.name.as_str(), id.as_str()),
        Fact::Reason(id, reason) => (reason.name.as_str(), id.as_str()),
        Fact::Product(id, product) => (product.name.as_str(), id.as_str()),
        Fact::Calendar(id, _) | Fact::Order(id, _) => ("", id.as_str()),
    };
    if name.is_empty() { id } else { name }
}

fn named(plant: &Plant, kind: Kind, id: String) -> (String, String) {
    let fact = plant.fact(&FactKey { kind, id: id.clone() });
    let text = fact.as_ref().map(name).filter(|name| *name != id).map(|name| format!("{name} ({id})"));
    let text = text.unwrap_or_else(|| id.clone());
    (id, text)
}

/// Reasons that are in no group themselves.
fn groups(plant: &Plant, own: &str) -> Vec<(String, String)> {
    let alone = plant.reasons.iter().filter(|(id, reason)| reason.group.is_none() && id.as_str() != own);
    alone.map(|(id, _)| named(plant, Kind::Reason, id.clone())).collect()
}

fn words(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(word, text)| ((*word).to_owned(), (*text).to_owned())).collect()
}
