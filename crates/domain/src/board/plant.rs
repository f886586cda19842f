//! A plant at a glance: its machines, and what they come to together, site by site and line by line.

use super::roll::{Group, Roll, Seen, by};
use super::tile::Tile;
use crate::Timestamp;
use crate::natural;
use crate::oee::policy::POLICY_VERSION;
use crate::plant::{Line, Plant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All machines of a tenant in their windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlantAnswer {
    /// Nothing after this instant is in it.
    pub as_of: Timestamp,
    /// The rules that it was computed by.
    pub policy: u32,
    /// By name.
    pub tiles: Vec<Tile>,
    /// All of them together.
    pub all: Roll,
    /// By site.
    pub sites: Vec<Roll>,
    /// By line. Lines of the same name at two sites are two, and called by their sites, too.
    pub lines: Vec<Roll>,
    /// By customer and model, where machines have customers.
    pub customers: Vec<Roll>,
}

impl PlantAnswer {
    /// The answer of these machines.
    pub fn of(plant: &Plant, mut seen: Vec<Seen>, as_of: Timestamp) -> Self {
        seen.sort_by(|a, b| natural::compare(&a.tile.name, &b.tile.name).then_with(|| a.tile.id.cmp(&b.tile.id)));
        // Who speaks for a line at the end of the window does so for all of it.
        let speaks = |line: &Line, tile: &Tile| line.constraint_at(tile.frame.range.last()) == Some(&tile.id);
        let limits = |tile: &Tile| plant.lines.values().any(|line| speaks(line, tile));
        let of_its_line = |tile: &Tile| plant.lines.get(&tile.line_id).is_some_and(|line| speaks(line, tile));
        let whole = Group { id: String::new(), name: "All machines".to_owned() };
        let all = Roll::of(whole, &seen.iter().collect::<Vec<_>>(), &[], limits);
        let site = |tile: &Tile| Group { id: tile.site_id.clone(), name: tile.site.clone() };
        let sites = by(&seen, |seen| &seen.at_sites, site, limits);
        let line = |tile: &Tile| Group { id: tile.line_id.clone(), name: tile.line_name(plant) };
        let lines = by(&seen, |seen| &seen.in_lines, line, of_its_line);
        let customers = by(&seen, |_| &[], |tile| Group { id: tile.owner_id(), name: tile.owner() }, |_| false);
        let customers = if seen.iter().any(|seen| !seen.tile.customer.is_empty()) { customers } else { Vec::new() };
        let tiles = seen.into_iter().map(|seen| seen.tile).collect();
        Self { as_of, policy: POLICY_VERSION, tiles, all, sites, lines, customers }
    }

    /// Takes over the tiles of a newer answer about some of these machines, and how many run, stand and say nothing. Sums stay as
    /// they were at `as_of`. False, and nothing is changed, where one of them is not among these, or stands elsewhere by now: what
    /// is there is another plant.
    pub fn take(&mut self, newer: &Self) -> bool {
        let place = |tile: &Tile| self.tiles.iter().position(|known| known.id == tile.id && known.stands_as(tile));
        let Some(places) = newer.tiles.iter().map(place).collect::<Option<Vec<usize>>>() else { return false };
        for (place, tile) in places.into_iter().zip(&newer.tiles) {
            let Some(known) = self.tiles.get_mut(place) else { continue };
            let (before, now) = (known.state.category, tile.state.category);
            known.clone_from(tile);
            self.all.turn(before, now);
            self.sites.iter_mut().filter(|roll| roll.id == tile.site_id).for_each(|roll| roll.turn(before, now));
            self.lines.iter_mut().filter(|roll| roll.id == tile.line_id).for_each(|roll| roll.turn(before, now));
            self.customers.iter_mut().filter(|roll| roll.id == tile.owner_id()).for_each(|roll| roll.turn(before, now));
        }
        true
    }
}

impl Tile {
    /// Whether another of the same machine is gathered with the same ones.
    fn stands_as(&self, other: &Self) -> bool {
        (&self.line_id, &self.site_id, &self.customer, &self.model) == (&other.line_id, &other.site_id, &other.customer, &other.model)
    }

    /// What its line is called among all lines of the plant.
    fn line_name(&self, plant: &Plant) -> String {
        let namesakes = plant.lines.values().filter(|line| line.name == self.line);
        let last = self.frame.range.last();
        let sites: BTreeSet<Option<&str>> = namesakes.map(|line| line.site_at(last)).collect();
        let site = plant.lines.get(&self.line_id).and_then(|line| plant.sites.get(line.site_at(last)?));
        match site {
            Some(site) if sites.len() > 1 => format!("{} · {}", self.line, site.name),
            _ => self.line.clone(),
        }
    }

    /// By what it is gathered with others of the same customer and model.
    pub fn owner_id(&self) -> String {
        format!("{}\n{}", self.customer, self.model)
    }

    /// Customer and model, as far as somebody said so.
    fn owner(&self) -> String {
        let said: Vec<&str> = [self.customer.as_str(), self.model.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
        said.join(" · ")
    }
}
