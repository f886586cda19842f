//! Following a source that states facts as a whole, the configuration: what it says is compared with what it said the last time and
//! not with what holds, so that what somebody changed elsewhere is not undone by a file that nobody changed.

use super::MachineError;
use super::facts::append;
use super::memory::Remembered;
use super::plant::{differences, lock};
use crate::{Store, Tenant};
use domain::Timestamp;
use domain::oee::correction::{Entry, latest};
use domain::plant::{Change, Difference, Fact, FactKey, Followed, Plant, Speaker};
use domain::zone::Zone;
use sqlx::Connection;
use std::collections::{BTreeMap, HashMap};

/// Who states the facts of the configuration. Nobody else may go by this name.
pub const FILE: &str = "file";

/// What a source says other than before, and what that means.
struct Plan {
    /// What it says anew, also where that holds already: what it said last is what its next words are compared with.
    said: Vec<(FactKey, Option<Fact>)>,
    followed: Vec<Followed>,
    plant: Plant,
}

impl Store {
    /// States what a source of facts says as a whole: what it says other than the last time, and that what it says no longer is
    /// gone. Facts that somebody else changed since stay as they are, until the source says something else about them.
    pub async fn follow_facts(&self, tenant: &Tenant, author: &str, why: &str, facts: Vec<Fact>) -> Result<Vec<Followed>, MachineError> {
        if tenant.customer().is_some() {
            return Err(MachineError::OnlyLooks);
        }
        let owner = tenant.owner();
        let known = self.remembered(owner).await?;
        let planned = Plan::of(&known, author, &facts, tenant.zone());
        if planned.said.is_empty() {
            return Ok(planned.followed);
        }
        let mut connection = self.machine_writer().await?;
        let mut transaction = connection.begin().await?;
        lock(&mut transaction, owner).await?;
        // Once more under the lock: another process may have started with the same file.
        let known = self.caught_up(&mut transaction, owner).await?;
        let Plan { said, followed, plant } = Plan::of(&known, author, &facts, tenant.zone());
        if !said.is_empty() {
            plant.check()?;
            append(&mut transaction, owner, (author, why), known.last_entry, &said).await?;
            self.committed_plant(transaction, owner).await?;
        }
        Ok(followed)
    }

    /// What [`Store::follow_facts`] would do, without doing it.
    pub async fn would_follow_facts(&self, tenant: &Tenant, author: &str, facts: Vec<Fact>) -> Result<Vec<Followed>, MachineError> {
        let known = self.remembered(tenant.owner()).await?;
        let Plan { said, followed, plant } = Plan::of(&known, author, &facts, tenant.zone());
        if !said.is_empty() {
            plant.check()?;
        }
        Ok(followed)
    }
}

impl Plan {
    fn of(known: &Remembered, author: &str, facts: &[Fact], zone: Zone) -> Self {
        let keys: HashMap<u64, &FactKey> = known.subjects.iter().map(|(key, subject)| (*subject, key)).collect();
        let mut before: BTreeMap<&FactKey, Option<&Fact>> = BTreeMap::new();
        for entry in known.entries.iter().filter(|entry| entry.author == author) {
            if let Some(key) = keys.get(&entry.subject) {
                before.insert(key, entry.fact.as_ref());
            }
        }
        let newest = latest(&known.entries, Timestamp::MAX);
        let by = |key: &FactKey| known.subjects.get(key).and_then(|subject| newest.get(subject)).filter(|entry| entry.author != author);
        let now: BTreeMap<FactKey, &Fact> = facts.iter().map(|fact| (fact.key(), fact)).collect();
        let gone = before.iter().filter(|(key, fact)| fact.is_some() && !now.contains_key(**key)).map(|(key, _)| ((*key).clone(), None));
        let mut said: Vec<(FactKey, Option<Fact>)> = gone.collect();
        let mut followed = Vec::new();
        // In the order of the file.
        for fact in facts {
            let key = fact.key();
            if before.get(&key).copied().flatten() != Some(fact) {
                said.push((key, Some(fact.clone())));
                continue;
            }
            let stands = Difference::of(key.clone(), known.plant.fact(&key), Some(fact.clone()), zone);
            followed.extend(stands.zip(by(&key)).map(|(difference, entry)| Followed::Stands { difference, by: speaker(entry) }));
        }
        let change = |(key, fact): &(FactKey, Option<Fact>)| match fact {
            Some(fact) => Change::Set(fact.clone()),
            None => Change::Remove(key.clone()),
        };
        let (changed, plant) = differences(&known.plant, said.iter().map(change).collect(), zone);
        let changed = changed.into_iter().map(|difference: Difference| {
            let replaced = by(&difference.key).filter(|entry| entry.fact.is_some()).map(|entry| speaker(entry));
            Followed::Changed { difference, replaced }
        });
        Self { said, followed: changed.chain(followed).collect(), plant }
    }
}

fn speaker(entry: &Entry<Fact>) -> Speaker {
    Speaker { author: entry.author.clone(), recorded: entry.recorded, why: entry.why.clone() }
}
