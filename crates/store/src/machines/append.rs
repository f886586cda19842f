//! What devices say, appended in the order of arrival.

use super::changes::Notice;
use super::insert::{Rows, insert, quarantine};
use super::{MachineChange, MachineError, row};
use crate::instant::Moment;
use crate::{Store, StoreError, Target};
use domain::machine::{Arrival, Context, Observation, Said};
use domain::{MachineId, TenantId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, Row};
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

/// Connections that write at the same time; a batch takes some milliseconds.
const WRITERS: u32 = 4;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// New ones, durable now.
    pub stored: u64,
    /// Those that were there already.
    pub known: u64,
    /// Those with a plainly wrong clock or an impossible value; they are in the quarantine with the reason.
    pub refused: u64,
}

/// Where the log of a machine ends, read under its lock.
struct End {
    log_id: i64,
    sequence: i64,
    arrival: Arrival,
    context: Context,
}

impl Store {
    /// Appends what a device said, in this order, in one transaction: when it returns, all of it is durable. `origin` names the
    /// sender (a file, an agent), and the numbers are the sender's own: an observation whose number came from the same origin
    /// before is known and not stored again. A stamp before the last one of the machine counts as that one. Signs of life that
    /// say nothing else are kept as such, not one by one.
    pub async fn append_observations(
        &self,
        tenant: &TenantId,
        machine: &MachineId,
        origin: &str,
        batch: Vec<(Option<u64>, Observation)>,
    ) -> Result<Appended, MachineError> {
        if self.inner.settings.tenants.iter().any(|known| known.id == *tenant && known.view.is_some()) {
            return Err(MachineError::OnlyLooks);
        }
        let mut connection = self.machine_writer().await?;
        let said = batch.iter().filter_map(|(_, observation)| observation.said.word()).map(String::as_str);
        let words = said.filter(|word| word.len() <= domain::machine::Words::LONGEST_BYTES && !word.contains('\0'));
        let origin = super::plant::plain(origin);
        let words = self.numbered(&mut connection, tenant, words.chain([origin.as_str()]).collect::<BTreeSet<_>>()).await?;
        let number_of = |word: &str| words.get(word).copied().unwrap_or_default();
        let origin = i32::try_from(number_of(&origin).0).unwrap_or(0);

        let mut transaction = connection.begin().await?;
        let mut end = end_of_log(&mut transaction, tenant, machine).await?;
        let (seen, last_number) = numbers_seen(&mut transaction, tenant, (end.log_id, origin), &batch).await?;
        let (mut rows, mut appended, mut refused) = (Rows::default(), Appended::default(), Vec::new());
        let mut taken = HashSet::new();
        let mut highest = None;
        let heard_before = end.arrival.heard;
        for (number, observation) in batch {
            let number = number.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
            if number.is_some_and(|number| seen.contains(&number) || !taken.insert(number)) {
                appended.known += 1;
                continue;
            }
            highest = highest.max(number);
            let alive = matches!(observation.said, Said::Alive);
            // Of a sign of life there may be no row to know it by.
            if alive && number.is_some_and(|number| last_number.is_some_and(|last| number <= last)) {
                appended.known += 1;
                continue;
            }
            let place = match end.arrival.take(&observation) {
                Ok(place) => place,
                Err(reason) => {
                    appended.refused += 1;
                    refused.push((observation, reason));
                    continue;
                }
            };
            appended.stored += 1;
            if alive && place.quiet_us.is_none() && end.sequence > 0 {
                continue;
            }
            let Observation { stamp, received, said } = observation;
            let said = said.with_word(|word| number_of(&word));
            let mut breaks = end.context.take(&said) || place.quiet_us.is_some();
            let (mut place, mut number) = (place, number);
            for (kind, value) in row::rows(&said) {
                end.sequence += 1;
                rows.push((place, end.sequence, number), (stamp, received), (kind, value), breaks, &end.context);
                // Of several rows the first carries the number, which is there once, and the silence before all of them.
                (place.quiet_us, number, breaks) = (None, None, false);
            }
        }
        insert(&mut transaction, tenant, (end.log_id, origin), &rows).await?;
        quarantine(&mut transaction, tenant, machine, &refused).await?;
        if end.arrival.heard > heard_before {
            let sql = "UPDATE machine_logs SET last_heard = $3 WHERE tenant_id = $1 AND machine = $2";
            let heard = end.arrival.heard.map(Moment);
            sqlx::query(sql).bind(tenant.as_str()).bind(machine.as_str()).bind(heard).execute(&mut *transaction).await?;
        }
        if let Some(highest) = highest.filter(|highest| last_number.is_none_or(|last| last < *highest)) {
            let sql = "INSERT INTO observation_origins (tenant_id, log_id, origin, last_number) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (tenant_id, log_id, origin) DO UPDATE SET last_number = excluded.last_number";
            sqlx::query(sql).bind(tenant.as_str()).bind(end.log_id).bind(origin).bind(highest).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        if let Some(range) = rows.range() {
            let change = MachineChange { tenant: tenant.clone(), machine: Some(machine.clone()), range };
            self.tell_soon(Notice { change, rows: rows.sequences() });
        }
        Ok(appended)
    }

    /// A connection that may write into our schema.
    pub(super) async fn machine_writer(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        self.readers()?;
        let pools = self.inner.pools.get().ok_or_else(|| StoreError::Unavailable("not connected yet".to_owned()))?;
        Ok(pools.machine_writers.acquire().await?)
    }

    pub(crate) fn machine_writers(&self, target: &Target) -> PgPool {
        let prepare = crate::ingest::preparing(&self.inner.settings.schema);
        PgPoolOptions::new()
            .max_connections(WRITERS)
            .acquire_timeout(Duration::from_secs(4))
            .idle_timeout(Duration::from_secs(60))
            .after_connect(move |connection, _| {
                let prepare = prepare.clone();
                Box::pin(async move {
                    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(connection).await?;
                    Ok(())
                })
            })
            .connect_lazy_with(target.options())
    }
}

/// Locks the log of a machine, which is created where there is none, and finds its end.
async fn end_of_log(connection: &mut PgConnection, tenant: &TenantId, machine: &MachineId) -> Result<End, StoreError> {
    let lock = "SELECT log_id, last_heard FROM machine_logs WHERE tenant_id = $1 AND machine = $2 FOR UPDATE";
    let locked = || sqlx::query_as::<_, (i64, Moment)>(lock).bind(tenant.as_str()).bind(machine.as_str());
    let (log_id, heard) = match locked().fetch_optional(&mut *connection).await? {
        Some(found) => found,
        None => {
            let sql = "INSERT INTO machine_logs (tenant_id, machine) VALUES ($1, $2) ON CONFLICT (tenant_id, machine) DO NOTHING";
            sqlx::query(sql).bind(tenant.as_str()).bind(machine.as_str()).execute(&mut *connection).await?;
            locked().fetch_one(&mut *connection).await?
        }
    };
    // A statement of its own: under the lock it sees what the holder before has committed.
    let sql = "SELECT at, sequence, coalesce(state, 0), coalesce(mode, 0), coalesce(emergency_stop, 0), coalesce(reason, 0),
                      coalesce(product, 0), total, good, reject, rework
               FROM observations WHERE tenant_id = $1 AND log_id = $2 ORDER BY at DESC, sequence DESC LIMIT 1";
    let last = sqlx::query(sql).bind(tenant.as_str()).bind(log_id).fetch_optional(connection).await?;
    // A stamp that steps back is clamped to the last sign of life, whether that is a row or not.
    let heard = Some(heard.0).filter(|heard| *heard > domain::Timestamp::MIN);
    let Some(last) = last else {
        return Ok(End { log_id, sequence: 0, arrival: Arrival { last: heard, heard }, context: Context::default() });
    };
    let mut words = [0; 5];
    for (place, word) in words.iter_mut().enumerate() {
        *word = last.try_get(2 + place)?;
    }
    let mut readings = [None; 4];
    for (place, reading) in readings.iter_mut().enumerate() {
        *reading = last.try_get(7 + place)?;
    }
    let at = last.try_get::<Moment, _>(0)?.0;
    let heard = heard.max(Some(at));
    let arrival = Arrival { last: heard, heard };
    Ok(End { log_id, sequence: last.try_get(1)?, arrival, context: row::context(words, readings) })
}

/// Which numbers of a batch are rows already, and up to which number anything was taken in.
async fn numbers_seen(
    connection: &mut PgConnection,
    tenant: &TenantId,
    (log_id, origin): (i64, i32),
    batch: &[(Option<u64>, Observation)],
) -> Result<(HashSet<i64>, Option<i64>), StoreError> {
    let numbers: Vec<i64> = batch.iter().filter_map(|(number, _)| number.map(|number| i64::try_from(number).unwrap_or(i64::MAX))).collect();
    if numbers.is_empty() {
        return Ok((HashSet::new(), None));
    }
    let sql = "SELECT last_number FROM observation_origins WHERE tenant_id = $1 AND log_id = $2 AND origin = $3";
    let last: Option<i64> =
        sqlx::query_scalar(sql).bind(tenant.as_str()).bind(log_id).bind(origin).fetch_optional(&mut *connection).await?;
    // Most batches are news as a whole.
    if last.is_none_or(|last| numbers.iter().all(|number| *number > last)) {
        return Ok((HashSet::new(), last));
    }
    let sql = "SELECT number FROM observations WHERE tenant_id = $1 AND log_id = $2 AND origin = $3 AND number = ANY($4)";
    let seen = sqlx::query_scalar(sql).bind(tenant.as_str()).bind(log_id).bind(origin).bind(numbers);
    let seen: Vec<i64> = seen.fetch_all(connection).await?;
    Ok((seen.into_iter().collect(), last))
}
