//! What was heard of machines: from memory as far as that goes, and of the database what was said since; the rest is read.

use super::ReadCost;
use super::log::{Asked, Log, Observed};
use super::observed::{self, Read};
use crate::{Store, StoreError};
use domain::{MachineId, TenantId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was heard, by the places of the machines among those that are asked for.
type Placed = BTreeMap<usize, Observed>;

impl Store {
    /// What logs hold of a window, in the order of the machines: one statement where all of them are known, and another where
    /// some are not. One that is `open` is read to the end of the log and kept.
    pub(super) async fn heard_of(
        &self,
        owner: &TenantId,
        machines: &[&MachineId],
        (asked, open): (Asked, bool),
        cost: &mut ReadCost,
    ) -> Result<Vec<Observed>, StoreError> {
        let mut found = if asked.known_at.is_none() { self.read_on(owner, machines, asked, cost).await? } else { Placed::new() };
        let rest: Vec<usize> = (0..machines.len()).filter(|place| !found.contains_key(place)).collect();
        if !rest.is_empty() {
            found.extend(self.read_whole(owner, machines, rest, (asked, open), cost).await?);
        }
        Ok(found.into_values().collect())
    }

    async fn read_on(&self, owner: &TenantId, machines: &[&MachineId], asked: Asked, cost: &mut ReadCost) -> Result<Placed, StoreError> {
        let known = self.inner.machines.logs.known(owner, machines, asked.range.start());
        let named = || known.iter().filter_map(|(place, log)| Some((*machines.get(*place)?, log.last)));
        let ends: Vec<_> = named().collect();
        if ends.is_empty() {
            return Ok(Placed::new());
        }
        let schema = &self.inner.settings.schema;
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            observed::read_on(&mut connection, schema, owner, &ends).await
        };
        let rows = match self.retried(read).await {
            Err(StoreError::Gone(_)) => Vec::new(),
            found => found?,
        };
        let names: Vec<MachineId> = named().map(|(machine, _)| machine.clone()).collect();
        let (store, owner) = (self.clone(), owner.clone());
        let compute = move || -> Result<(Placed, u64), StoreError> {
            let (mut placed, mut read) = (Placed::new(), 0);
            let mut said: Vec<_> = known.iter().map(|_| None).collect();
            for row in &rows {
                if let Some(said) = said.get_mut(observed::place(row)?) {
                    *said = Some(observed::of_since(row)?);
                }
            }
            for (((place, log), machine), since) in known.into_iter().zip(names).zip(said) {
                let found = match since {
                    Some(since) => {
                        read += since.lines.len() as u64;
                        let heard = since.heard;
                        let log = store.inner.machines.logs.grown(&owner, &machine, log, since);
                        log.and_then(|log| log.observed(&asked, Some(heard)))
                    }
                    // It has not said anything to this day; a log that was there and is not is read again.
                    None => Some(log).filter(|log| log.log_id == 0).and_then(|log| log.observed(&asked, None)),
                };
                placed.extend(found.map(|observed| (place, observed)));
            }
            Ok((placed, read))
        };
        let (placed, read) = self.aside(compute).await??;
        cost.statements += 1;
        cost.rows += read;
        Ok(placed)
    }

    async fn read_whole(
        &self,
        owner: &TenantId,
        machines: &[&MachineId],
        places: Vec<usize>,
        (asked, open): (Asked, bool),
        cost: &mut ReadCost,
    ) -> Result<Placed, StoreError> {
        let asked_of: Vec<&MachineId> = places.iter().filter_map(|place| machines.get(*place).copied()).collect();
        let schema = &self.inner.settings.schema;
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            observed::read(&mut connection, schema, owner, &asked_of, (asked, open)).await
        };
        let rows = match self.retried(read).await {
            Err(StoreError::Gone(_)) => Vec::new(),
            found => found?,
        };
        let names: Vec<MachineId> = asked_of.into_iter().cloned().collect();
        let (store, owner) = (self.clone(), owner.clone());
        let compute = move || -> Result<(Placed, u64), StoreError> {
            let (mut placed, mut rows_read) = (Placed::new(), 0);
            let mut logs: Vec<Option<Read>> = places.iter().map(|_| None).collect();
            for row in &rows {
                if let Some(log) = logs.get_mut(observed::place(row)?) {
                    *log = Some(observed::of_window(row, &asked)?);
                }
            }
            for ((place, machine), read) in places.into_iter().zip(names).zip(logs) {
                let (log, after, heard) = match read {
                    Some(Read { log, after, heard }) => {
                        rows_read += (log.before.len() + log.counted.len() + log.lines.len() + after.len() + 1) as u64;
                        (log, after, Some(heard))
                    }
                    None => (Log::silent(asked.steps), Vec::new(), None),
                };
                let log = Arc::new(log);
                let Some(mut observed) = log.observed(&asked, heard) else { continue };
                if open {
                    store.inner.machines.logs.keep(&owner, &machine, log);
                } else {
                    observed.to_the_last = after.len() < asked.steps;
                    observed.after = after;
                }
                placed.insert(place, observed);
            }
            Ok((placed, rows_read))
        };
        let (placed, rows_read) = self.aside(compute).await??;
        cost.statements += 1;
        cost.rows += rows_read;
        Ok(placed)
    }
}
