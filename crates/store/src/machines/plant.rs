//! The model of the plant as it holds at a moment, and what changes it.

use super::facts::{catch_up, difference};
use super::memory::Remembered;
use super::{MachineChange, MachineError};
use crate::{Store, StoreError, Tenant};
use domain::plant::{Change, Difference, Fact, FactKey, Plant};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first number of the locks under which entries of a tenant's plant are numbered; the second is the tenant's.
const LOCK: i32 = 0x616e_6405;

impl Store {
    /// The plant of a tenant: as it holds now, or as known at a moment. A customer's plant has its own machines only.
    pub async fn plant(&self, tenant: &Tenant, known_at: Option<Timestamp>) -> Result<Arc<Plant>, MachineError> {
        let whole = self.whole_plant(tenant.owner(), known_at).await?;
        Ok(match tenant.customer() {
            Some(customer) => Arc::new(Plant::clone(&whole).of_customer(customer)),
            None => whole,
        })
    }

    /// States facts, all or none: what holds already is not stated again, and what does not fit together is refused. Says what changed.
    pub async fn state_facts(
        &self,
        tenant: &Tenant,
        author: &str,
        why: &str,
        changes: Vec<Change>,
    ) -> Result<Vec<Difference>, MachineError> {
        if tenant.customer().is_some() {
            return Err(MachineError::OnlyLooks);
        }
        let owner = tenant.owner();
        let mut connection = self.machine_writer().await?;
        let mut transaction = connection.begin().await?;
        lock(&mut transaction, owner).await?;
        let known = self.caught_up(&mut transaction, owner).await?;
        let (differences, plant) = differences(&known.plant, changes);
        if differences.is_empty() {
            return Ok(differences);
        }
        plant.check()?;
        for (number, Difference { key, after, .. }) in (known.last_entry + 1..).zip(&differences) {
            let fact = after.as_ref().map(serde_json::to_string).transpose();
            let fact = fact.map_err(|error| StoreError::Other(sqlx::Error::Encode(error.into())))?;
            let sql =
                "INSERT INTO plant_entries (tenant_id, number, author, why, kind, id, fact) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)";
            let insert = sqlx::query(sql).bind(owner.as_str()).bind(number).bind(plain(author)).bind(plain(why));
            insert.bind(key.kind.word()).bind(&key.id).bind(fact).execute(&mut *transaction).await?;
        }
        let change = MachineChange { tenant: owner.clone(), machine: None, range: TimeRange::ALL };
        self.tell_others(&mut transaction, &change).await?;
        transaction.commit().await?;
        let _ = self.inner.machines.sender.send(change);
        Ok(differences)
    }

    /// States what a source of facts says as a whole: what it says other than the last time, and that what it says no longer is
    /// gone. Facts that somebody else changed since stay as they are, until the source says something else about them.
    pub async fn follow_facts(&self, tenant: &Tenant, author: &str, why: &str, facts: Vec<Fact>) -> Result<Vec<Difference>, MachineError> {
        let known = self.remembered(tenant.owner()).await?;
        let mut said: BTreeMap<FactKey, Option<&Fact>> = BTreeMap::new();
        let keys: BTreeMap<u64, &FactKey> = known.subjects.iter().map(|(key, subject)| (*subject, key)).collect();
        for entry in known.entries.iter().filter(|entry| entry.author == author) {
            if let Some(key) = keys.get(&entry.subject) {
                said.insert(FactKey::clone(key), entry.fact.as_ref());
            }
        }
        let gone = said.iter().filter(|(key, fact)| fact.is_some() && !facts.iter().any(|fact| fact.key() == **key));
        let mut changes: Vec<Change> = gone.map(|(key, _)| Change::Remove(key.clone())).collect();
        let news = facts.into_iter().filter(|fact| said.get(&fact.key()).copied().flatten() != Some(fact));
        changes.extend(news.map(Change::Set));
        self.state_facts(tenant, author, why, changes).await
    }

    /// What changes would change, without changing it: for whoever wants to see it before.
    pub async fn compare_facts(&self, tenant: &Tenant, changes: Vec<Change>) -> Result<Vec<Difference>, MachineError> {
        let (differences, plant) = differences(&*self.whole_plant(tenant.owner(), None).await?, changes);
        plant.check()?;
        Ok(differences)
    }

    /// The whole plant of an owner. Where our own tables are missing, nothing was ever stated.
    pub(super) async fn whole_plant(&self, owner: &TenantId, known_at: Option<Timestamp>) -> Result<Arc<Plant>, StoreError> {
        let known = self.remembered(owner).await?;
        Ok(match known_at {
            Some(moment) => Arc::new(Plant::of(&known.entries, Some(moment), known.words.clone())),
            None => known.plant.clone(),
        })
    }

    async fn remembered(&self, owner: &TenantId) -> Result<Arc<Remembered>, StoreError> {
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            self.caught_up(&mut connection, owner).await
        };
        match self.retried(read).await {
            Err(StoreError::Gone(_)) => Ok(Arc::default()),
            known => known,
        }
    }

    /// Refuses machines that the tenant does not see.
    pub(super) fn must_see(tenant: &Tenant, plant: &Plant, machine: &MachineId) -> Result<(), MachineError> {
        let seen = plant.machines.get(machine);
        let allowed = match tenant.customer() {
            Some(customer) => seen.is_some_and(|machine| machine.customer.as_deref() == Some(customer)),
            None => seen.is_some(),
        };
        if allowed { Ok(()) } else { Err(MachineError::UnknownMachine(machine.clone())) }
    }

    async fn caught_up(&self, connection: &mut PgConnection, owner: &TenantId) -> Result<Arc<Remembered>, StoreError> {
        let known = self.inner.machines.known(owner);
        let Some(mut newer) = catch_up(connection, &self.inner.settings.schema, owner, &known).await? else { return Ok(known) };
        newer.assemble();
        let newer = Arc::new(newer);
        self.inner.machines.remember(owner, newer.clone());
        Ok(newer)
    }
}

/// Entries and words are numbered one after the other, in the order in which they become visible.
pub(super) async fn lock(connection: &mut PgConnection, tenant: &TenantId) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema() || ' ' || $2))";
    sqlx::query(sql).bind(LOCK).bind(tenant.as_str()).execute(connection).await?;
    Ok(())
}

/// Postgres has no zero byte in a text.
pub(super) fn plain(text: &str) -> String {
    text.replace('\0', "\\0")
}

fn differences(plant: &Plant, changes: Vec<Change>) -> (Vec<Difference>, Plant) {
    let mut changed = plant.clone();
    let mut differences: Vec<Difference> = Vec::new();
    for change in changes {
        let key = change.key();
        match change {
            Change::Set(fact) => changed.put(fact),
            Change::Remove(key) => changed.remove(&key),
        }
        differences.retain(|earlier| earlier.key != key);
        differences.extend(difference(key.clone(), plant.fact(&key), changed.fact(&key)));
    }
    (differences, changed)
}
