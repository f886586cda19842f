//! From touched buckets of the finest tier up the ladder, and into the packed rows.

use crate::StoreError;
use crate::instant::Moment;
use domain::bucket::Bucket;
use domain::tier::{LADDER, Tier, coarsened, pack, span_start, unpack};
use domain::{TenantId, Timestamp};
use sqlx::{PgConnection, Row};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Starts of buckets of one tier and what stands there now, in order of time; `None`: no row any more.
pub(super) type Touched = Vec<(Timestamp, Option<Bucket>)>;

/// A packed row's place.
type Place = (i64, Tier, Timestamp);

/// Puts the buckets of a stretch behind those that are there: every bucket of it is touched, also those without rows.
pub(super) fn replace(touched: &mut Touched, start: Timestamp, end: Timestamp, buckets: Vec<Bucket>) {
    let mut buckets = buckets.into_iter().peekable();
    let mut at = start;
    while at < end {
        touched.push((at, buckets.next_if(|bucket| bucket.start == at)));
        at = Tier::FINEST.ceil(at.plus(1));
    }
}

/// Writes what the touched buckets of the finest tier mean for every tier. Answers the series whose stored tiers cannot be
/// read; theirs are not written.
pub(super) async fn store(
    connection: &mut PgConnection,
    tenant: &TenantId,
    touched: Vec<(i64, Touched)>,
) -> Result<HashSet<i64>, StoreError> {
    let mut places = BTreeSet::new();
    for (series_id, touched) in &touched {
        for tier in LADDER {
            places.extend(touched.iter().map(|(start, _)| (*series_id, tier, span_start(tier, *start))));
        }
    }
    if places.is_empty() {
        return Ok(HashSet::new());
    }
    let (mut stored, broken) = load(connection, tenant, &places).await?;
    let mut rows = Vec::with_capacity(places.len());
    for (series_id, touched) in touched {
        if !broken.contains(&series_id) {
            climb(series_id, touched, &mut stored, &mut rows);
        }
    }
    let (emptied, filled): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, buckets)| buckets.is_empty());
    write(connection, tenant, filled).await?;
    delete(connection, tenant, emptied).await?;
    Ok(broken)
}

/// Counts the touched buckets into their packed rows, and these into the next coarser tier, up to the top.
fn climb(series_id: i64, mut touched: Touched, stored: &mut HashMap<Place, Vec<Bucket>>, rows: &mut Vec<(Place, Vec<Bucket>)>) {
    for tier in LADDER {
        let mut above = Touched::new();
        for part in touched.chunk_by(|a, b| span_start(tier, a.0) == span_start(tier, b.0)) {
            let Some((first, _)) = part.first() else { continue };
            let place = (series_id, tier, span_start(tier, *first));
            let row = replaced(stored.remove(&place).unwrap_or_default(), part);
            if let Some(coarser) = tier.coarser() {
                // A packed row holds whole buckets of the next tier, so all parts of one stand in it.
                for same in part.chunk_by(|a, b| coarser.floor(a.0) == coarser.floor(b.0)) {
                    let Some(start) = same.first().map(|(start, _)| coarser.floor(*start)) else { continue };
                    let parts: Vec<Bucket> = row.iter().filter(|bucket| coarser.floor(bucket.start) == start).copied().collect();
                    above.push((start, coarsened(&parts, coarser).pop()));
                }
            }
            rows.push((place, row));
        }
        touched = above;
    }
}

/// The buckets of a row with the touched ones in place of theirs.
fn replaced(old: Vec<Bucket>, touched: &[(Timestamp, Option<Bucket>)]) -> Vec<Bucket> {
    let kept = |bucket: &Bucket| touched.binary_search_by_key(&bucket.start, |(start, _)| *start).is_err();
    let mut row: Vec<Bucket> = old.into_iter().filter(kept).chain(touched.iter().filter_map(|(_, bucket)| *bucket)).collect();
    row.sort_unstable_by_key(|bucket| bucket.start);
    row
}

async fn load(
    connection: &mut PgConnection,
    tenant: &TenantId,
    places: &BTreeSet<Place>,
) -> Result<(HashMap<Place, Vec<Bucket>>, HashSet<i64>), StoreError> {
    let sql = "
        SELECT t.series_id, t.tier, t.span_start, t.buckets
        FROM unnest($2::bigint[], $3::smallint[], $4::timestamptz[]) AS k(series_id, tier, span_start)
        JOIN tiers t ON t.tenant_id = $1 AND t.series_id = k.series_id AND t.tier = k.tier AND t.span_start = k.span_start";
    let (ids, tiers, spans) = columns(places.iter());
    let found = sqlx::query(sql).bind(tenant.as_str()).bind(ids).bind(tiers).bind(spans).fetch_all(connection).await?;
    let (mut stored, mut broken) = (HashMap::new(), HashSet::new());
    for row in found {
        let (series_id, number, span): (i64, i16, Moment) = (row.try_get("series_id")?, row.try_get("tier")?, row.try_get("span_start")?);
        match (Tier::from_number(number), unpack(row.try_get("buckets")?)) {
            (Some(tier), Ok(buckets)) => {
                stored.insert((series_id, tier, span.0), buckets);
            }
            _ => {
                broken.insert(series_id);
            }
        }
    }
    Ok((stored, broken))
}

async fn write(connection: &mut PgConnection, tenant: &TenantId, rows: Vec<(Place, Vec<Bucket>)>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "
        INSERT INTO tiers (tenant_id, series_id, tier, span_start, buckets)
        SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::timestamptz[], $5::bytea[])
        ON CONFLICT (tenant_id, series_id, tier, span_start) DO UPDATE SET buckets = excluded.buckets";
    let (ids, tiers, spans) = columns(rows.iter().map(|(place, _)| place));
    let packed: Vec<Vec<u8>> = rows.iter().map(|(_, buckets)| pack(buckets)).collect();
    sqlx::query(sql).bind(tenant.as_str()).bind(ids).bind(tiers).bind(spans).bind(packed).execute(connection).await?;
    Ok(())
}

async fn delete(connection: &mut PgConnection, tenant: &TenantId, rows: Vec<(Place, Vec<Bucket>)>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "
        DELETE FROM tiers t USING unnest($2::bigint[], $3::smallint[], $4::timestamptz[]) AS k(series_id, tier, span_start)
        WHERE t.tenant_id = $1 AND t.series_id = k.series_id AND t.tier = k.tier AND t.span_start = k.span_start";
    let (ids, tiers, spans) = columns(rows.iter().map(|(place, _)| place));
    sqlx::query(sql).bind(tenant.as_str()).bind(ids).bind(tiers).bind(spans).execute(connection).await?;
    Ok(())
}

fn columns<'a>(places: impl Iterator<Item = &'a Place>) -> (Vec<i64>, Vec<i16>, Vec<Moment>) {
    let (mut ids, mut tiers, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    for (series_id, tier, span) in places {
        ids.push(*series_id);
        tiers.push(tier.number());
        spans.push(Moment(*span));
    }
    (ids, tiers, spans)
}
