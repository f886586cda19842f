//! A plant at a glance: its machines, and what they come to together, site by site and line by line.

use super::roll::{Group, Roll, Seen, by};
use super::tile::Tile;
use crate::Timestamp;
use crate::natural;
use crate::oee::policy::POLICY_VERSION;
use crate::plant::Plant;
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
        let constraints: Vec<&str> = plant.lines.values().filter_map(|line| line.constraint.as_deref()).collect();
        let whole = Group { id: String::new(), name: "All machines".to_owned() };
        let all = Roll::of(whole, &seen.iter().collect::<Vec<_>>(), &constraints);
        let sites = by(&seen, |tile| Group { id: tile.site_id.clone(), name: tile.site.clone() }, &constraints);
        let lines = by(&seen, |tile| Group { id: tile.line_id.clone(), name: tile.line_name(plant) }, &constraints);
        let customers = by(&seen, |tile| Group { id: tile.owner_id(), name: tile.owner() }, &[]);
        let customers = if seen.iter().any(|seen| !seen.tile.customer.is_empty()) { customers } else { Vec::new() };
        let tiles = seen.into_iter().map(|seen| seen.tile).collect();
        Self { as_of, policy: POLICY_VERSION, tiles, all, sites, lines, customers }
    }

    /// Takes over the tiles of a newer answer about some of these machines, and how many run, stand and say nothing. Sums stay as
    /// they were at `as_of`. False, and nothing is changed, where one of them is not among these: what is there is another plant.
    pub fn take(&mut self, newer: &Self) -> bool {
        let place = |tile: &Tile| self.tiles.iter().position(|known| known.id == tile.id);
        let Some(places) = newer.tiles.iter().map(place).collect::<Option<Vec<usize>>>() else { return false };
        for (place, tile) in places.into_iter().zip(&newer.tiles) {
            self.tiles.get_mut(place).into_iter().for_each(|known| known.clone_from(tile));
        }
        let tiles = &self.tiles;
        self.all.count(tiles.iter());
        let count = |rolls: &mut [Roll], belongs: fn(&Tile, &str) -> bool| {
            for roll in rolls {
                let id = roll.id.clone();
                roll.count(tiles.iter().filter(|tile| belongs(tile, &id)));
            }
        };
        count(&mut self.sites, |tile, id| tile.site_id == id);
        count(&mut self.lines, |tile, id| tile.line_id == id);
        count(&mut self.customers, |tile, id| tile.owner_id() == id);
        true
    }
}

impl Tile {
    /// What its line is called among all lines of the plant.
    fn line_name(&self, plant: &Plant) -> String {
        let namesakes = plant.lines.values().filter(|line| line.name == self.line);
        let sites: BTreeSet<Option<&str>> = namesakes.map(|line| line.site.as_deref()).collect();
        let site = plant.lines.get(&self.line_id).and_then(|line| plant.sites.get(line.site.as_deref()?));
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
