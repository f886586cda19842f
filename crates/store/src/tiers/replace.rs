//! Writing tiers: the buckets of one stretch are replaced in the finest tier, and what is above follows.

use super::Key;
use crate::StoreError;
use crate::instant::Instant;
use domain::Timestamp;
use domain::tier::{self, LADDER, Tier, TierBucket};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::BTreeMap;

/// Replaces everything that the tiers hold of `[from, to)`, borders of the finest buckets, by these finest buckets.
/// Runs inside the caller's transaction; `schema` is quoted.
pub(crate) async fn replace(
    connection: &mut PgConnection,
    schema: &str,
    key: &Key,
    (from, to): (Timestamp, Timestamp),
    finest: Vec<TierBucket>,
) -> Result<(), StoreError> {
    let mut fresh = finest;
    for tier in LADDER {
        let (from, to) = (tier.floor(from), tier.ceil(to));
        if let Some(finer) = tier.finer() {
            let below = read(connection, schema, key, finer, (from, to)).await?;
            let below: Vec<TierBucket> = below.into_values().flatten().filter(|b| from <= b.start && b.start < to).collect();
            fresh = tier::coarsened(&below, tier);
        }
        write(connection, schema, key, tier, (from, to), &fresh).await?;
    }
    Ok(())
}

/// Packed rows that overlap `[from, to)`, by the start of their span. One that cannot be read counts as empty: whoever
/// wrote it knew another form, and the stretch is being written anew.
pub(crate) async fn read(
    connection: &mut PgConnection,
    schema: &str,
    key: &Key,
    tier: Tier,
    (from, to): (Timestamp, Timestamp),
) -> Result<BTreeMap<Timestamp, Vec<TierBucket>>, StoreError> {
    let sql = format!(
        "SELECT span_start AT TIME ZONE 'UTC' AS span, buckets FROM {schema}.tiers WHERE tenant_id = $1 AND series_id = $2 AND tier = $3
         AND span_start >= $4 AT TIME ZONE 'UTC' AND span_start < $5 AT TIME ZONE 'UTC'"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(&key.tenant)
        .bind(key.series)
        .bind(tier.number())
        .bind(Instant(tier::span_start(tier, from)))
        .bind(Instant(to))
        .fetch_all(connection)
        .await?;
    let span = |row: &sqlx::postgres::PgRow| -> Result<(Timestamp, Vec<TierBucket>), StoreError> {
        let (start, packed): (Instant, Vec<u8>) = (row.try_get("span")?, row.try_get("buckets")?);
        Ok((start.0, tier::unpack(&packed).unwrap_or_default()))
    };
    rows.iter().map(span).collect()
}

async fn write(
    connection: &mut PgConnection,
    schema: &str,
    key: &Key,
    tier: Tier,
    (from, to): (Timestamp, Timestamp),
    fresh: &[TierBucket],
) -> Result<(), StoreError> {
    let stored = read(connection, schema, key, tier, (from, to)).await?;
    let mut wanted: BTreeMap<Timestamp, Vec<TierBucket>> = BTreeMap::new();
    for (span, buckets) in &stored {
        let kept = buckets.iter().filter(|b| b.start < from || to <= b.start);
        wanted.insert(*span, kept.copied().collect());
    }
    for bucket in fresh {
        wanted.entry(tier::span_start(tier, bucket.start)).or_default().push(*bucket);
    }
    let (mut gone, mut spans, mut packed) = (Vec::new(), Vec::new(), Vec::new());
    for (span, mut buckets) in wanted {
        buckets.sort_unstable_by_key(|b| b.start);
        if buckets.is_empty() {
            gone.push(Instant(span));
        } else if stored.get(&span) != Some(&buckets) {
            spans.push(Instant(span));
            packed.push(tier::pack(&buckets));
        }
    }
    if !gone.is_empty() {
        let sql = format!(
            "DELETE FROM {schema}.tiers WHERE tenant_id = $1 AND series_id = $2 AND tier = $3
             AND span_start IN (SELECT span AT TIME ZONE 'UTC' FROM unnest($4::timestamp[]) AS span)"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&key.tenant).bind(key.series).bind(tier.number()).bind(gone);
        query.execute(&mut *connection).await?;
    }
    if !spans.is_empty() {
        let sql = format!(
            "INSERT INTO {schema}.tiers (tenant_id, series_id, tier, span_start, buckets)
             SELECT $1, $2, $3, span AT TIME ZONE 'UTC', packed FROM unnest($4::timestamp[], $5::bytea[]) AS row (span, packed)
             ON CONFLICT (tenant_id, series_id, tier, span_start) DO UPDATE SET buckets = excluded.buckets"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&key.tenant).bind(key.series).bind(tier.number()).bind(spans).bind(packed);
        query.execute(connection).await?;
    }
    Ok(())
}

/// Forgets all tiers of a series.
pub(crate) async fn forget(connection: &mut PgConnection, schema: &str, key: &Key) -> Result<(), StoreError> {
    let sql = format!("DELETE FROM {schema}.tiers WHERE tenant_id = $1 AND series_id = $2");
    sqlx::query(AssertSqlSafe(sql)).bind(&key.tenant).bind(key.series).execute(&mut *connection).await?;
    let sql = format!("DELETE FROM {schema}.tier_checks WHERE series_id = $1");
    sqlx::query(AssertSqlSafe(sql)).bind(key.series).execute(connection).await?;
    Ok(())
}
