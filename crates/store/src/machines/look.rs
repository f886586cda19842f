//! Looking for what was not told: a process may end between a commit and its notice. So every process that follows changes looks
//! at the ends of all logs now and then, and tells itself of rows that nobody has told it of. A notice says which rows it is
//! about, so nothing is told twice.

use super::MachineChange;
use super::changes::Notice;
use crate::instant::Moment;
use crate::source::quoted;
use crate::{Store, StoreError};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Pause between two looks: a probe of an index for each machine. What the second of two still finds untold is lost.
const LOOK: Duration = Duration::from_secs(2);
/// However many machines there are, looking takes no more than a part of the time.
const REST: u32 = 50;

/// How far logs are known to have come; nothing before they were learned.
#[derive(Debug, Default)]
pub(super) struct Ends(Mutex<Option<HashMap<(TenantId, MachineId), End>>>);

#[derive(Clone, Copy, Debug)]
struct End {
    /// Everything up to this row was told of.
    told: Row,
    /// The last row at the look before.
    seen: Row,
}

/// A row by its number, and an instant before which no later row lies.
type Row = (i64, Timestamp);

/// A log's last row.
type Last = (String, String, Moment, i64);

/// Looks for ever.
pub(crate) async fn look(store: Store) {
    loop {
        tokio::time::sleep(LOOK).await;
        if !store.wait_until_up(Duration::from_secs(3_600)).await {
            continue;
        }
        let began = Instant::now();
        match store.last_rows().await {
            Ok(rows) => {
                for change in store.inner.machines.ends.look(rows) {
                    tracing::debug!(machine = ?change.machine, "nobody has told of what a machine said; looking again");
                    let _ = store.inner.machines.sender.send(change);
                }
            }
            Err(error) => tracing::debug!(%error, "cannot look at the ends of logs"),
        }
        tokio::time::sleep(began.elapsed() * REST).await;
    }
}

impl Store {
    /// Takes what is there for told of. Call it when notices begin to be heard, before everything counts as changed.
    pub(crate) async fn learn_ends(&self) -> Result<(), StoreError> {
        let rows = self.last_rows().await?;
        self.inner.machines.ends.learn(rows);
        Ok(())
    }

    async fn last_rows(&self) -> Result<Vec<Last>, StoreError> {
        let schema = quoted(&self.inner.settings.schema);
        let sql = format!(
            "SELECT l.tenant_id, l.machine, o.at, o.sequence FROM {schema}.machine_logs l CROSS JOIN LATERAL (
                 SELECT at, sequence FROM {schema}.observations o WHERE o.tenant_id = l.tenant_id AND o.log_id = l.log_id
                 ORDER BY at DESC, sequence DESC LIMIT 1) o WHERE $1"
        );
        Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(true).fetch_all(self.readers()?).await?)
    }
}

impl Ends {
    /// Takes in a notice, from here or from elsewhere.
    pub fn told(&self, notice: &Notice) {
        let Notice { change: MachineChange { tenant, machine: Some(machine), range }, rows: Some((first, last)) } = notice else { return };
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ends) = ends.as_mut() else { return };
        let none = (0, Timestamp::MIN);
        let end = ends.entry((tenant.clone(), machine.clone())).or_insert(End { told: none, seen: none });
        // Rows of which nobody told before it stay untold.
        if *first <= end.told.0.saturating_add(1) && end.told.0 < *last {
            end.told = (*last, range.start());
        }
    }

    fn learn(&self, rows: Vec<Last>) {
        let known = keyed(rows).map(|(key, row)| (key, End { told: row, seen: row })).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    /// What was there at the look before and is untold to this moment; remembers what is there now.
    fn look(&self, rows: Vec<Last>) -> Vec<MachineChange> {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ends) = ends.as_mut() else { return Vec::new() };
        let (mut lost, none) = (Vec::new(), (0, Timestamp::MIN));
        for ((tenant, machine), row) in keyed(rows) {
            let end = ends.entry((tenant.clone(), machine.clone())).or_insert(End { told: none, seen: none });
            if end.told.0 < end.seen.0 {
                let range = TimeRange::new(end.told.1, Timestamp::MAX).unwrap_or(TimeRange::ALL);
                lost.push(MachineChange { tenant, machine: Some(machine), range });
                end.told = end.seen;
            }
            end.seen = row;
        }
        lost
    }
}

fn keyed(rows: Vec<Last>) -> impl Iterator<Item = ((TenantId, MachineId), Row)> {
    rows.into_iter().filter_map(|(tenant, machine, at, sequence)| Some(((tenant.parse().ok()?, machine.parse().ok()?), (sequence, at.0))))
}
