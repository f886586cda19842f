//! The model of the plant as it holds at a moment, and what changes it.

use super::facts::{append, catch_up};
use super::memory::Remembered;
use super::{MachineChange, MachineError};
use crate::{Store, StoreError, Tenant};
use domain::plant::{Change, Difference, Plant};
use domain::zone::Zone;
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::{Connection, PgConnection};
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
        self.state(tenant, (author, why), changes, None).await
    }

    /// States one fact for somebody who saw the entry of this number as the last about its subject, 0 for none at all. Refused where
    /// somebody else said something about it since.
    pub async fn state_seen(
        &self,
        tenant: &Tenant,
        author: &str,
        why: &str,
        change: Change,
        seen: u64,
    ) -> Result<Vec<Difference>, MachineError> {
        self.state(tenant, (author, why), vec![change], Some(seen)).await
    }

    async fn state(
        &self,
        tenant: &Tenant,
        by: (&str, &str),
        changes: Vec<Change>,
        seen: Option<u64>,
    ) -> Result<Vec<Difference>, MachineError> {
        if tenant.customer().is_some() {
            return Err(MachineError::OnlyLooks);
        }
        let owner = tenant.owner();
        let mut connection = self.machine_writer().await?;
        let mut transaction = connection.begin().await?;
        lock(&mut transaction, owner).await?;
        let known = self.caught_up(&mut transaction, owner).await?;
        if let Some((seen, change)) = seen.zip(changes.first())
            && known.last_of(&change.key()) != seen
        {
            return Err(MachineError::Meanwhile(change.key()));
        }
        let (differences, plant) = differences(&known.plant, changes, tenant.zone());
        if differences.is_empty() {
            return Ok(differences);
        }
        plant.check()?;
        let entries: Vec<_> = differences.iter().map(|Difference { key, after, .. }| (key.clone(), after.clone())).collect();
        append(&mut transaction, owner, by, known.last_entry, &entries).await?;
        self.committed_plant(transaction, owner).await?;
        Ok(differences)
    }

    /// Commits entries of a plant and tells everybody.
    pub(super) async fn committed_plant(
        &self,
        mut transaction: sqlx::Transaction<'_, sqlx::Postgres>,
        owner: &TenantId,
    ) -> Result<(), StoreError> {
        let change = MachineChange { tenant: owner.clone(), machine: None, range: TimeRange::ALL };
        self.tell_others(&mut transaction, &change).await?;
        transaction.commit().await?;
        let _ = self.inner.machines.sender.send(change);
        Ok(())
    }

    /// What changes would change, without changing it: for whoever wants to see it before.
    pub async fn compare_facts(&self, tenant: &Tenant, changes: Vec<Change>) -> Result<Vec<Difference>, MachineError> {
        let (differences, plant) = differences(&*self.whole_plant(tenant.owner(), None).await?, changes, tenant.zone());
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

    pub(super) async fn remembered(&self, owner: &TenantId) -> Result<Arc<Remembered>, StoreError> {
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

    pub(super) async fn caught_up(&self, connection: &mut PgConnection, owner: &TenantId) -> Result<Arc<Remembered>, StoreError> {
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

/// What changes make other, and the plant after them.
pub(super) fn differences(plant: &Plant, changes: Vec<Change>, zone: Zone) -> (Vec<Difference>, Plant) {
    let mut changed = plant.clone();
    let mut differences: Vec<Difference> = Vec::new();
    for change in changes {
        let key = change.key();
        match change {
            Change::Set(fact) => changed.put(fact),
            Change::Remove(key) => changed.remove(&key),
        }
        differences.retain(|earlier| earlier.key != key);
        differences.extend(Difference::of(key.clone(), plant.fact(&key), changed.fact(&key), zone));
    }
    (differences, changed)
}
