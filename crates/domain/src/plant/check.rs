//! Whether the facts of a plant fit together: every name that one refers to must be there.

use super::{FactKey, Kind, Plant};
use crate::Timestamp;
use crate::machine::MachineId;
use crate::oee::Class;
use std::fmt;

/// The shortest limit of silence: signs of life that follow each other closer are not kept one by one.
const SHORTEST_SILENCE_US: i64 = crate::machine::NOTED_SILENCE_US;

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

    fn places(&mut self) {
        for (id, site) in &self.plant.sites {
            for time in [Timestamp::MIN].into_iter().chain(site.changes()) {
                self.refers(Kind::Site, id, Kind::Calendar, site.calendar_at(time));
            }
            #[cfg(feature = "zones")]
            if let Some(zone) = site.zone.as_deref().filter(|zone| zone.parse::<crate::zone::Zone>().is_err()) {
                self.say(Kind::Site, id, Mistake::Zone(zone.to_owned()));
            }
        }
        for (id, line) in &self.plant.lines {
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
