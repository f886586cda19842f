//! Who said what about the plant, when and why.

use super::MachineError;
use crate::{Store, Tenant};
use domain::plant::{Difference, Fact, FactKey, Speaker};
use std::collections::HashMap;

/// An entry about the plant, and what it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// Its number; later entries have higher ones.
    pub number: u64,
    /// Who said it, when and why.
    pub by: Speaker,
    /// About what, and what it changed: without fields where it said what held already.
    pub difference: Difference,
}

impl Store {
    /// The entries about one thing, or about all of the plant, the newest first: at most so many, with numbers below `before`.
    pub async fn stated(
        &self,
        tenant: &Tenant,
        about: Option<&FactKey>,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<Stated>, MachineError> {
        let known = self.remembered(tenant.owner()).await?;
        let keys: HashMap<u64, &FactKey> = known.subjects.iter().map(|(key, subject)| (*subject, key)).collect();
        let wanted = about.map(|key| known.subjects.get(key).copied().unwrap_or(0));
        let mut held: HashMap<u64, Option<&Fact>> = HashMap::new();
        let mut found = Vec::new();
        for entry in known.entries.iter().filter(|entry| wanted.is_none_or(|wanted| entry.subject == wanted)) {
            let earlier = held.insert(entry.subject, entry.fact.as_ref()).flatten();
            if before.is_none_or(|before| entry.number < before) {
                found.push((entry, earlier));
            }
        }
        let newest = found.into_iter().rev().take(most);
        let stated = newest.filter_map(|(entry, earlier)| {
            let key = FactKey::clone(keys.get(&entry.subject)?);
            let (old, new) = (earlier.cloned(), entry.fact.clone());
            let difference = Difference::of(key.clone(), old.clone(), new.clone(), tenant.zone());
            let same = || Difference { key, before: old, after: new, fields: Vec::new() };
            let by = Speaker { author: entry.author.clone(), recorded: entry.recorded, why: entry.why.clone() };
            Some(Stated { number: entry.number, by, difference: difference.unwrap_or_else(same) })
        });
        Ok(stated.collect())
    }

    /// The number of the last entry about a thing; 0 where there is none.
    pub async fn last_stated(&self, tenant: &Tenant, key: &FactKey) -> Result<u64, MachineError> {
        Ok(self.remembered(tenant.owner()).await?.last_of(key))
    }
}
