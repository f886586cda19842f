//! Tiers against the rows that they stand for: computed again and compared, or computed again and written.

use super::follow::{self, in_snapshot};
use super::replace::{forget, read};
use super::slice;
use super::{Key, Tiers};
use crate::instant::Instant;
use crate::source::{Source, quoted};
use crate::store::Tenant;
use crate::{Store, StoreError};
use domain::tier::{self, LADDER, Tier, TierBucket};
use domain::{SeriesId, Timestamp};
use sqlx::{AssertSqlSafe, PgConnection};

/// Differences that are listed; more are counted.
const MOST_LISTED: usize = 20;

/// A bucket that is not what the rows give.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Width of its tier.
    pub width_us: i64,
    /// Where it starts.
    pub start: Timestamp,
    /// What is stored; `None`: nothing.
    pub stored: Option<TierBucket>,
    /// What the rows give; `None`: nothing.
    pub computed: Option<TierBucket>,
}

/// What a comparison found for one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// Which series.
    pub series: SeriesId,
    /// Rows that were read.
    pub rows: u64,
    /// Buckets that were compared.
    pub buckets: u64,
    /// Buckets that differ.
    pub different: u64,
    /// The first of them.
    pub listed: Vec<Difference>,
}

impl Store {
    /// Compares the tiers of a tenant's series, or of one, with the rows. Series without tiers are left out.
    pub async fn verify_tiers(&self, tenant: &Tenant, series: Option<&SeriesId>) -> Result<Vec<Verified>, StoreError> {
        self.load_tiers().await;
        let schema = quoted(&self.inner.settings.schema);
        let mut connection = self.tender().await?;
        let mut verified = Vec::new();
        for entry in self.entries_of(tenant, series).await? {
            let Some(source) = entry.source else { continue };
            let Some(tiers) = self.tiers_of(&source) else { continue };
            let mut found = Verified { series: entry.series.id, rows: 0, buckets: 0, different: 0, listed: Vec::new() };
            // One snapshot, so that rows and tiers belong together however long it takes.
            in_snapshot(&mut connection, async |connection| verify(connection, &schema, &source, &tiers, &mut found).await).await?;
            verified.push(found);
        }
        Ok(verified)
    }

    /// Begins the tiers of a tenant's series, or of one, anew and builds them to the end. Returns the series that have any.
    pub async fn rebuild_tiers(&self, tenant: &Tenant, series: Option<&SeriesId>, now: Timestamp) -> Result<Vec<SeriesId>, StoreError> {
        let schema = quoted(&self.inner.settings.schema);
        let mut connection = self.tender().await?;
        let mut rebuilt = Vec::new();
        for entry in self.entries_of(tenant, series).await? {
            let Some(source) = entry.source else { continue };
            let Some(followed) = follow::begin(&mut connection, &schema, &source, now).await? else { continue };
            in_snapshot(&mut connection, async |connection| {
                let anew = format!(
                    "UPDATE {schema}.tier_sources SET generation = generation + 1, state = 'building', tiered_before = '-infinity', rows_done = 0
                     WHERE series_id = $1"
                );
                sqlx::query(AssertSqlSafe(anew)).bind(followed.key.series).execute(&mut *connection).await?;
                forget(connection, &schema, &followed.key).await
            })
            .await?;
            while self.tend(&mut connection, &source, now).await? {}
            rebuilt.push(entry.series.id);
        }
        self.load_tiers().await;
        Ok(rebuilt)
    }
}

async fn verify(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    tiers: &Tiers,
    found: &mut Verified,
) -> Result<(), StoreError> {
    let mut from = Timestamp::MIN;
    while from < tiers.before {
        let slice = slice::next(connection, source, from, tiers.before).await?;
        found.rows += slice.rows.times.len() as u64;
        let stored = stored(connection, schema, &tiers.key, Tier::FINEST, (from, slice.to)).await?;
        compare(&stored, &tier::of_rows(&slice.rows), Tier::FINEST, found);
        from = slice.to;
    }
    // The finest tier is what the rows give, or is listed already; so each other one need only agree with the one below.
    for tier in LADDER {
        let Some(finer) = tier.finer() else { continue };
        let mut from = Timestamp::MIN;
        // From one stored row to the next: years without rows cost nothing.
        loop {
            let next = [
                first_span(connection, schema, &tiers.key, finer, from).await?,
                first_span(connection, schema, &tiers.key, tier, from).await?,
            ];
            let Some(next) = next.into_iter().flatten().min() else { break };
            from = from.max(tier::span_start(tier, next));
            let to = from.plus(100 * tier.span_us());
            let below = stored(connection, schema, &tiers.key, finer, (from, to)).await?;
            let here = stored(connection, schema, &tiers.key, tier, (from, to)).await?;
            compare(&here, &tier::coarsened(&below, tier), tier, found);
            from = to;
        }
    }
    Ok(())
}

async fn stored(
    connection: &mut PgConnection,
    schema: &str,
    key: &Key,
    tier: Tier,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<TierBucket>, StoreError> {
    let spans = read(connection, schema, key, tier, (from, to)).await?;
    Ok(spans.into_values().flatten().filter(|b| from <= b.start && b.start < to).collect())
}

async fn first_span(
    connection: &mut PgConnection,
    schema: &str,
    key: &Key,
    tier: Tier,
    from: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = format!(
        "SELECT min(span_start) AT TIME ZONE 'UTC' FROM {schema}.tiers
         WHERE tenant_id = $1 AND series_id = $2 AND tier = $3 AND span_start >= $4 AT TIME ZONE 'UTC'"
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(&key.tenant).bind(key.series).bind(tier.number()).bind(Instant(from));
    let first: Option<Instant> = query.fetch_one(connection).await?;
    Ok(first.map(|t| t.0))
}

/// Walks two lists in order of time side by side.
fn compare(stored: &[TierBucket], computed: &[TierBucket], tier: Tier, found: &mut Verified) {
    let (mut stored, mut computed) = (stored.iter().copied().peekable(), computed.iter().copied().peekable());
    loop {
        let next = match (stored.peek(), computed.peek()) {
            (None, None) => return,
            (Some(a), Some(b)) => a.start.min(b.start),
            (Some(a), None) => a.start,
            (None, Some(b)) => b.start,
        };
        let (a, b) = (stored.next_if(|b| b.start == next), computed.next_if(|b| b.start == next));
        found.buckets += 1;
        if !a.zip(b).is_some_and(|(a, b)| same(a, b)) {
            found.different += 1;
            if found.listed.len() < MOST_LISTED {
                found.listed.push(Difference { width_us: tier.width_us(), start: next, stored: a, computed: b });
            }
        }
    }
}

/// Everything alike; sums but for the rounding that the order of addition brings.
fn same(a: TierBucket, b: TierBucket) -> bool {
    let scale = a.min.value.abs().max(a.max.value.abs()) * a.count as f64;
    let sums = a.sum.to_bits() == b.sum.to_bits() || (a.sum - b.sum).abs() <= 1e-12 * scale || !(a.sum.is_finite() && b.sum.is_finite());
    sums && a == TierBucket { sum: a.sum, ..b } || (a.sum.is_nan() && format!("{a:?}") == format!("{:?}", TierBucket { sum: a.sum, ..b }))
}
