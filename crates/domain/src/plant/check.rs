//! Whether the facts of a plant fit together: every name that one refers to must be there.

use super::{FactKey, Kind, Machine, Plant};
use crate::Timestamp;
use crate::machine::MachineId;
use crate::oee::Class;
use std::collections::BTreeSet;
use std::fmt;

/// The shortest limit of silence: signs of life that follow each other closer are not kept one by one.
const SHORTEST_SILENCE_US: i64 = crate::machine::NOTED_SILENCE_US;

/// Longest name, and longest word of a device.
const LONGEST_TEXT: usize = 200;

/// Why facts are refused, all at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPlant(pub Vec<(FactKey, Mistake)>);

/// What is wrong with a fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It refers to something that is not there.
    #[error("it refers to {0}, which is not there; add it, or name another")]
    Dangling(FactKey),
    /// Its id.
    #[error("its id must be 1 to {} bytes of text without control characters", MachineId::LONGEST_BYTES)]
    Id,
    /// A text that nobody can have meant.
    #[error("its {0} is longer than {LONGEST_TEXT} characters or holds control characters; shorten it, or type it anew")]
    Text(&'static str),
    /// Two rows that hold from the same date on.
    #[error("two rows of {0} hold from {1} on; keep one of them, or give the other its own date")]
    Twice(&'static str, String),
    /// A word by which a device could mean two things.
    #[error("its word `{0}` is a word of {1}, too; a device that says it means one of them")]
    Word(String, FactKey),
    /// A zone that there is not.
    #[error("`{0}` is no time zone of the IANA database; write for example UTC or Europe/Berlin")]
    Zone(String),
    /// A group of groups.
    #[error("its group `{0}` is itself in a group; reasons have two levels")]
    Depth(String),
    /// A reason that is none to stand.
    #[error("a reason is for a stop, a setup or a planned stop")]
    Class,
    /// A length of time that makes no sense.
    #[error("{0} must be at least {1}")]
    Short(&'static str, &'static str),
    /// Limits of colours.
    #[error("the lower limit of its colours is above the upper one; swap them")]
    Limits,
    /// A place that does not say where it is, where that was said before: from when on, and what it does not name.
    #[error("its place from {0} on names {1}; a place says all of it anew, so write where it stays, too")]
    Nowhere(String, &'static str),
    /// A rotation of no days.
    #[error("a rotation needs at least one day")]
    Rotation,
}

impl std::error::Error for BadPlant {}

impl fmt::Display for BadPlant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|(key, mistake)| format!("{key}: {mistake}")).collect();
        f.write_str(&lines.join("; "))
    }
}

impl Plant {
    /// Checks all facts against each other.
    pub fn check(&self) -> Result<(), BadPlant> {
        let mut found = Found { plant: self, mistakes: Vec::new() };
        for key in self.keys() {
            found.id(&key);
        }
        found.texts();
        found.places();
        found.machines();
        found.reasons();
        found.products();
        if found.mistakes.is_empty() { Ok(()) } else { Err(BadPlant(found.mistakes)) }
    }
}

struct Found<'a> {
    plant: &'a Plant,
    mistakes: Vec<(FactKey, Mistake)>,
}

impl Found<'_> {
    fn say(&mut self, kind: Kind, id: &str, mistake: Mistake) {
        self.mistakes.push((FactKey { kind, id: id.to_owned() }, mistake));
    }

    fn id(&mut self, key: &FactKey) {
        if key.id.parse::<MachineId>().is_err() {
            self.say(key.kind, &key.id, Mistake::Id);
        }
    }

    fn refers(&mut self, kind: Kind, id: &str, to: Kind, name: Option<&str>) {
        let Some(name) = name else { return };
        let there = match to {
            Kind::Site => self.plant.sites.contains_key(name),
            Kind::Line => self.plant.lines.contains_key(name),
            Kind::Machine => name.parse().is_ok_and(|id: MachineId| self.plant.machines.contains_key(&id)),
            Kind::Reason => self.plant.reasons.contains_key(name),
            Kind::Product => self.plant.products.contains_key(name),
            Kind::Calendar => self.plant.calendars.contains_key(name),
            Kind::Order => self.plant.orders.contains_key(name),
        };
        if !there {
            self.say(kind, id, Mistake::Dangling(FactKey { kind: to, id: name.to_owned() }));
        }
    }

    fn text<'t>(&mut self, kind: Kind, id: &str, field: &'static str, texts: impl IntoIterator<Item = &'t str>) {
        let bad = |text: &str| text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control);
        if texts.into_iter().any(bad) {
            self.say(kind, id, Mistake::Text(field));
        }
    }

    /// What people and devices call things.
    fn texts(&mut self) {
        let plant = self.plant;
        for (id, site) in &plant.sites {
            self.text(Kind::Site, id, "name", [site.name.as_str()]);
        }
        for (id, line) in &plant.lines {
            self.text(Kind::Line, id, "name", [line.name.as_str()]);
        }
        for (id, machine) in &plant.machines {
            let Machine { name, builder, model, machine_type, customer, mapping, .. } = machine;
            self.text(Kind::Machine, id.as_str(), "name", [name.as_str()]);
            let others = [("builder", builder), ("model", model), ("type", machine_type), ("customer", customer)];
            others.into_iter().for_each(|(field, text)| self.text(Kind::Machine, id.as_str(), field, text.as_deref()));
            self.text(Kind::Machine, id.as_str(), "states", mapping.states.keys().map(String::as_str));
            self.text(Kind::Machine, id.as_str(), "modes", mapping.modes.keys().map(String::as_str));
        }
        for (id, reason) in &plant.reasons {
            self.text(Kind::Reason, id, "name", [reason.name.as_str()]);
            self.text(Kind::Reason, id, "names", reason.names.iter().flat_map(|(language, name)| [language.as_str(), name.as_str()]));
            self.text(Kind::Reason, id, "words", reason.words.iter().chain(&reason.machine_types).map(String::as_str));
        }
        for (id, product) in &plant.products {
            self.text(Kind::Product, id, "name", [product.name.as_str()]);
            self.text(Kind::Product, id, "words", product.words.iter().map(String::as_str));
            let other = |word: &String| plant.products.iter().find(|(other, held)| *other > id && held.words.contains(word));
            let shared = product.words.iter().find_map(|word| Some((word, other(word)?.0)));
            if let Some((word, other)) = shared {
                self.say(Kind::Product, id, Mistake::Word(word.clone(), FactKey { kind: Kind::Product, id: other.clone() }));
            }
        }
        for (id, calendar) in &plant.calendars {
            self.text(Kind::Calendar, id, "shift", calendar.shift_names());
        }
    }

    /// Of two rows from one date the one would hold that stands later, and the other say something that is not so.
    fn dated(&mut self, kind: Kind, id: &str, table: &'static str, dates: impl IntoIterator<Item = Option<Timestamp>>) {
        let mut dates: Vec<Option<Timestamp>> = dates.into_iter().collect();
        dates.sort_unstable();
        let twice = dates.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first().copied())).flatten();
        if let Some(from) = twice {
            self.say(kind, id, Mistake::Twice(table, from.map_or_else(|| "always".to_owned(), Timestamp::rfc3339)));
        }
    }

    fn places(&mut self) {
        for (id, site) in &self.plant.sites {
            for time in [Timestamp::MIN].into_iter().chain(site.changes()) {
                self.refers(Kind::Site, id, Kind::Calendar, site.calendar_at(time));
            }
            self.dated(Kind::Site, id, "place", site.calendars.iter().map(|(from, _)| Some(*from)));
            #[cfg(feature = "zones")]
            if let Some(zone) = site.zone.as_deref().filter(|zone| zone.parse::<crate::zone::Zone>().is_err()) {
                self.say(Kind::Site, id, Mistake::Zone(zone.to_owned()));
            }
        }
        for (id, line) in &self.plant.lines {
            self.dated(Kind::Line, id, "place", line.places.iter().map(|(from, _)| Some(*from)));
            for time in [Timestamp::MIN].into_iter().chain(line.changes()) {
                let [site, calendar, constraint] = line.names(time);
                self.refers(Kind::Line, id, Kind::Site, site);
                self.refers(Kind::Line, id, Kind::Calendar, calendar);
                self.refers(Kind::Line, id, Kind::Machine, constraint);
                if site.is_none() && line.site_at(time.plus(-1)).is_some() {
                    self.say(Kind::Line, id, Mistake::Nowhere(time.rfc3339(), "no site"));
                }
            }
        }
        for (id, calendar) in &self.plant.calendars {
            if calendar.rotations.iter().any(|rotation| rotation.days.is_empty()) {
                self.say(Kind::Calendar, id, Mistake::Rotation);
            }
        }
    }

    fn machines(&mut self) {
        for (id, machine) in &self.plant.machines {
            let id = id.as_str();
            for time in [Timestamp::MIN].into_iter().chain(machine.changes()) {
                let [line, site, calendar] = machine.names(time);
                self.refers(Kind::Machine, id, Kind::Line, line);
                self.refers(Kind::Machine, id, Kind::Site, site);
                self.refers(Kind::Machine, id, Kind::Calendar, calendar);
                let [line_before, site_before, _] = machine.names(time.plus(-1));
                if line.or(site).is_none() && line_before.or(site_before).is_some() {
                    self.say(Kind::Machine, id, Mistake::Nowhere(time.rfc3339(), "neither a line nor a site"));
                }
            }
            let Machine { places, standards, targets, rates, .. } = machine;
            self.dated(Kind::Machine, id, "place", places.iter().map(|(from, _)| Some(*from)));
            self.dated(Kind::Machine, id, "standard", standards.iter().map(|(from, _)| *from));
            self.dated(Kind::Machine, id, "target", targets.iter().map(|(from, _)| *from));
            self.dated(Kind::Machine, id, "hour_rate", rates.iter().map(|(from, _)| *from));
            if machine.silence_us.is_some_and(|us| us < SHORTEST_SILENCE_US) {
                self.say(Kind::Machine, id, Mistake::Short("silence", "30s"));
            }
            if machine.micro_stop_us.is_some_and(|us| us < 0) {
                self.say(Kind::Machine, id, Mistake::Short("micro_stop", "0s"));
            }
            if machine.standards.iter().any(|(_, standard)| standard.ideal_cycle_us < 1) {
                self.say(Kind::Machine, id, Mistake::Short("ideal_cycle", "1us"));
            }
            if machine.limits.is_some_and(|limits| limits.amber_from > limits.green_from) {
                self.say(Kind::Machine, id, Mistake::Limits);
            }
        }
    }

    fn reasons(&mut self) {
        for (id, reason) in &self.plant.reasons {
            self.refers(Kind::Reason, id, Kind::Reason, reason.group.as_deref());
            let group = reason.group.as_ref().and_then(|group| self.plant.reasons.get_key_value(group));
            if let Some((group, _)) = group.filter(|(_, group)| group.group.is_some()) {
                self.say(Kind::Reason, id, Mistake::Depth(group.clone()));
            }
            if !matches!(reason.class, Class::Stop | Class::Setup | Class::PlannedStop) {
                self.say(Kind::Reason, id, Mistake::Class);
            }
        }
    }

    fn products(&mut self) {
        for (id, product) in &self.plant.products {
            let machines: BTreeSet<Option<&MachineId>> = product.standards.iter().map(|dated| dated.machine.as_ref()).collect();
            for machine in machines {
                let of_machine = product.standards.iter().filter(|dated| dated.machine.as_ref() == machine);
                self.dated(Kind::Product, id, "standard", of_machine.map(|dated| dated.from));
            }
            for dated in &product.standards {
                self.refers(Kind::Product, id, Kind::Machine, dated.machine.as_ref().map(MachineId::as_str));
                if dated.standard.ideal_cycle_us < 1 {
                    self.say(Kind::Product, id, Mistake::Short("ideal_cycle", "1us"));
                }
            }
        }
        for (id, order) in &self.plant.orders {
            self.refers(Kind::Order, id, Kind::Machine, Some(order.machine.as_str()));
            self.refers(Kind::Order, id, Kind::Product, Some(&order.product));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oee::Standard;
    use crate::plant::{DatedStandard, Fact, Place, Product, Reason, Target};

    fn said(facts: impl IntoIterator<Item = Fact>) -> Vec<String> {
        let checked = Plant::of_facts(facts).check();
        checked
            .err()
            .map_or_else(Vec::new, |BadPlant(mistakes)| mistakes.iter().map(|(key, mistake)| format!("{key}: {mistake}")).collect())
    }

    fn machine(machine: Machine) -> Fact {
        Fact::Machine("m".parse().unwrap(), machine)
    }

    #[test]
    fn two_rows_from_one_date_say_two_things() {
        let (june, july) = (Timestamp::from_us(1_780_272_000_000_000), Timestamp::from_us(1_782_864_000_000_000));
        let target = |oee| Target { oee, factors: None };
        let targets = |dates: [Option<Timestamp>; 3]| {
            machine(Machine { targets: dates.map(|from| (from, target(800))).into(), ..Machine::default() })
        };
        assert_eq!(said([targets([None, Some(june), Some(july)])]), [""; 0]);
        assert_eq!(
            said([targets([None, Some(july), Some(july)])]),
            ["machine `m`: two rows of target hold from 2026-07-01T00:00:00Z on; keep one of them, or give the other its own date"]
        );
        assert!(said([targets([None, Some(july), None])]).concat().contains("two rows of target hold from always on"));
        let places = vec![(july, Place::default()), (june, Place::default()), (july, Place::default())];
        assert!(said([machine(Machine { places, ..Machine::default() })]).concat().contains("two rows of place hold from"));
        // On two machines they are two standards.
        let standard = Standard { ideal_cycle_us: 1, value_millionths: 0, currency: crate::oee::product::Currency::NONE };
        let row = |name: &str| DatedStandard { from: None, machine: Some(name.parse().unwrap()), standard };
        let product = |standards| Fact::Product("p".into(), Product { standards, ..Product::default() });
        let machines = || ["a", "b"].map(|id| Fact::Machine(id.parse().unwrap(), Machine::default()));
        assert_eq!(said(machines().into_iter().chain([product(vec![row("a"), row("b")])])), [""; 0]);
        assert!(said(machines().into_iter().chain([product(vec![row("a"), row("a")])])).concat().contains("two rows of standard"));
    }

    #[test]
    fn texts_are_short_and_can_be_seen() {
        let long = "\u{e4}".repeat(200);
        assert_eq!(said([machine(Machine { name: long.clone(), ..Machine::default() })]), [""; 0]);
        for name in [long + "x", "a\0b".to_owned(), "a\u{1b}[1m".to_owned()] {
            let found = said([
                machine(Machine { name: name.clone(), ..Machine::default() }),
                Fact::Reason("r".into(), Reason { name, ..Reason::default() }),
            ]);
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(found.iter().all(|sentence| sentence.contains("its name is longer than 200 characters or holds control characters")));
        }
    }

    #[test]
    fn a_word_means_one_product() {
        let product = |id: &str, words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            Fact::Product(id.to_owned(), Product { words, ..Product::default() })
        };
        assert_eq!(said([product("a", &["O1", "O2"]), product("b", &["O3"])]), [""; 0]);
        let found = said([product("a", &["O1", "O2"]), product("b", &["O3"]), product("c", &["O2"])]);
        assert_eq!(found, ["product `a`: its word `O2` is a word of product `c`, too; a device that says it means one of them"]);
    }
}
