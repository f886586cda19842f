//! Old readings go a month at a time, with their tiers, in one transaction; and the next month is made before it begins.

use super::commit::prepare;
use super::partitions::{self, Month, Partitions};
use crate::instant::Moment;
use crate::{Store, StoreError, Writing};
use domain::bucket::Bucket;
use domain::tier::{LADDER, Tier, coarsened, pack, span_start, unpack};
use domain::{TenantId, Timestamp};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::collections::HashMap;
use std::time::Duration;

/// How often it is looked after.
const PAUSE: Duration = Duration::from_secs(3_600);

/// Looks after the months for ever.
pub(super) async fn keep(store: Store) {
    loop {
        store.wait_until_up(PAUSE).await;
        if store.writing() == Writing::Ready {
            // A long export holds the months; the next look finds them free.
            match store.ingest().drop_old_readings(super::flush::now()).await {
                Ok(0) => {}
                Ok(months) => tracing::info!(months, "readings older than the retention were dropped"),
                Err(error) => tracing::warn!(%error, "old readings stay for now"),
            }
            match store.ingest().drop_old_quarantine(super::flush::now()).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "old rows of the quarantine were dropped"),
                Err(error) => tracing::warn!(%error, "old rows of the quarantine stay for now"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl super::Ingest {
    /// Drops the months that lie wholly before now less the retention, and makes this month and the next. Answers how many
    /// were dropped; without a retention none. The writer does it every hour.
    pub async fn drop_old_readings(&self, now: Timestamp) -> Result<usize, StoreError> {
        let settings = &self.store.inner.settings;
        let mut connection = self.store.writer().await?;
        prepare(&mut connection, &settings.schema).await?;
        let mut partitions = Partitions::default();
        let months = Month::of(now).into_iter().flat_map(|month| [month, month.next()]);
        partitions.create(&mut connection, months.collect()).await?;
        let Some(retention) = settings.ingest.retention else { return Ok(0) };
        let retention_us = i64::try_from(retention.as_micros()).unwrap_or(i64::MAX);
        let Some(horizon) = Month::of(now.plus(retention_us.saturating_neg())).map(Month::start) else { return Ok(0) };
        let dropped = if partitions.layout(&mut connection).await?.partitioned {
            drop_months(&mut connection, horizon).await?
        } else {
            drop_chunks(&mut connection, horizon).await?
        };
        connection.close().await?;
        Ok(dropped)
    }
}

async fn drop_months(connection: &mut PgConnection, horizon: Timestamp) -> Result<usize, StoreError> {
    let sql = "SELECT c.relname::text AS name, c.relkind = 'f' AS far
               FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)";
    let mut tables: HashMap<String, bool> = HashMap::new();
    for row in sqlx::query(sql).bind("readings").fetch_all(&mut *connection).await? {
        tables.insert(row.try_get("name")?, row.try_get("far")?);
    }
    let old: Vec<(String, bool)> = Month::all_before(horizon).filter_map(|month| tables.remove_entry(&month.table())).collect();
    let earlier: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM readings_before_1970) AND $1").bind(true).fetch_one(&mut *connection).await?;
    if old.is_empty() && !earlier {
        return Ok(0);
    }
    let mut transaction = connection.begin().await?;
    // Dropping locks the table for a moment; whoever reads for long must not make everybody else wait behind us.
    sqlx::raw_sql("SET LOCAL lock_timeout = '3s'").execute(&mut *transaction).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(partitions::LOCK).execute(&mut *transaction).await?;
    lock_all(&mut transaction).await?;
    for (table, far) in &old {
        // Of a month on another server the way to it goes; that server keeps its table.
        let kind = if *far { "FOREIGN TABLE" } else { "TABLE" };
        sqlx::raw_sql(AssertSqlSafe(format!("DROP {kind} {table}"))).execute(&mut *transaction).await?;
    }
    if earlier {
        sqlx::raw_sql("TRUNCATE readings_before_1970").execute(&mut *transaction).await?;
    }
    forget_tiers(&mut transaction, horizon).await?;
    transaction.commit().await?;
    Ok(old.len() + usize::from(earlier))
}

/// On TimescaleDB: whole chunks, and the rest of the one that reaches beyond the month.
async fn drop_chunks(connection: &mut PgConnection, horizon: Timestamp) -> Result<usize, StoreError> {
    let sql = "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1";
    let schema: String = sqlx::query_scalar(sql).bind("timescaledb").fetch_one(&mut *connection).await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql("SET LOCAL lock_timeout = '3s'").execute(&mut *transaction).await?;
    lock_all(&mut transaction).await?;
    let sql =
        format!("SELECT count(*) FROM {}.drop_chunks('readings'::regclass, older_than => $1::timestamptz)", crate::source::quoted(&schema));
    let chunks: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(Moment(horizon)).fetch_one(&mut *transaction).await?;
    sqlx::query("DELETE FROM readings WHERE time < $1").bind(Moment(horizon)).execute(&mut *transaction).await?;
    forget_tiers(&mut transaction, horizon).await?;
    transaction.commit().await?;
    Ok(usize::try_from(chunks).unwrap_or_default())
}

/// Keeps every writer out until the end of the transaction; in the order in which writers lock.
async fn lock_all(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql("SELECT FROM series ORDER BY tenant_id, series_id FOR UPDATE").execute(connection).await?;
    Ok(())
}

/// Takes the buckets before an instant out of all tiers of our own readings. A coarse bucket that reaches beyond it is made
/// anew of its finer ones; the finest have a border there, because months begin at midnight. Tiers of tables that are not
/// ours stand under no tenant: those rows do not go, so neither do their tiers.
async fn forget_tiers(connection: &mut PgConnection, horizon: Timestamp) -> Result<(), StoreError> {
    for tier in LADDER {
        let last = Moment(horizon.plus(-tier.span_us()));
        let sql = "DELETE FROM tiers WHERE tier = $1 AND span_start <= $2 AND tenant_id <> ''";
        sqlx::query(sql).bind(tier.number()).bind(last).execute(&mut *connection).await?;
    }
    let sql = "SELECT tenant_id, series_id, tier, span_start, buckets FROM tiers WHERE span_start < $1 AND tenant_id <> ''
               ORDER BY tenant_id, series_id, tier";
    // The cut rows of each series, by tier.
    let mut cut: HashMap<(TenantId, i64), HashMap<Tier, Vec<Bucket>>> = HashMap::new();
    for row in sqlx::query(sql).bind(Moment(horizon)).fetch_all(&mut *connection).await? {
        let (tenant, series_id, number): (String, i64, i16) = (row.try_get("tenant_id")?, row.try_get("series_id")?, row.try_get("tier")?);
        let (Ok(tenant), Some(tier)) = (tenant.parse::<TenantId>(), Tier::from_number(number)) else { continue };
        let place: Moment = row.try_get("span_start")?;
        let tiers = cut.entry((tenant.clone(), series_id)).or_default();
        // What cannot be read is built again when the writer meets it.
        let Ok(buckets) = unpack(row.try_get("buckets")?) else { continue };
        let finer = tier.finer().and_then(|finer| tiers.get(&finer)).map(Vec::as_slice).unwrap_or_default();
        let across = tier.floor(horizon);
        let anew: Vec<Bucket> = finer.iter().filter(|bucket| across < horizon && tier.floor(bucket.start) == across).copied().collect();
        let mut kept = coarsened(&anew, tier);
        kept.extend(buckets.into_iter().filter(|bucket| bucket.start >= horizon));
        if kept.is_empty() {
            let sql = "DELETE FROM tiers WHERE tenant_id = $1 AND series_id = $2 AND tier = $3 AND span_start = $4";
            sqlx::query(sql).bind(tenant.as_str()).bind(series_id).bind(number).bind(place).execute(&mut *connection).await?;
        } else {
            let sql = "UPDATE tiers SET buckets = $5 WHERE tenant_id = $1 AND series_id = $2 AND tier = $3 AND span_start = $4";
            let query = sqlx::query(sql).bind(tenant.as_str()).bind(series_id).bind(number).bind(place).bind(pack(&kept));
            query.execute(&mut *connection).await?;
        }
        debug_assert_eq!(place.0, span_start(tier, horizon), "one row of a tier reaches across");
        tiers.insert(tier, kept);
    }
    Ok(())
}
