//! Rows beside those that are stored: a new time is inserted, another value replaces the one before, an equal one touches
//! nothing.

use super::flush::{Series, split};
use super::partitions::Layout;
use crate::StoreError;
use crate::instant::Moment;
use domain::{TenantId, Timestamp};
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// Inserts and replaces at once, by the primary key of the whole table.
const UPSERT: &str = "
    INSERT INTO readings AS r (tenant_id, series_id, time, value)
    SELECT $1, * FROM unnest($2::bigint[], $3::timestamptz[], $4::float8[])
    ON CONFLICT (tenant_id, series_id, time) DO UPDATE SET value = excluded.value WHERE r.value IS DISTINCT FROM excluded.value
    RETURNING series_id, time";

/// The same in two statements, for a table of which months stand on another server: it has no key as a whole, each month
/// has its own. Between the two nobody else writes these series, because their rows of the dictionary are locked. The
/// first and the last time tell which months are looked at.
const UPDATE_AND_INSERT: [&str; 2] = [
    "UPDATE readings r SET value = k.value
     FROM unnest($2::bigint[], $3::timestamptz[], $4::float8[]) AS k(series_id, time, value)
     WHERE r.tenant_id = $1 AND r.series_id = k.series_id AND r.time = k.time AND r.time >= $5 AND r.time <= $6
       AND r.value IS DISTINCT FROM k.value
     RETURNING r.series_id, r.time",
    "INSERT INTO readings (tenant_id, series_id, time, value)
     SELECT $1, k.* FROM unnest($2::bigint[], $3::timestamptz[], $4::float8[]) AS k(series_id, time, value)
     WHERE NOT EXISTS (SELECT FROM readings r WHERE r.tenant_id = $1 AND r.series_id = k.series_id AND r.time = k.time
                       AND r.time >= $5 AND r.time <= $6)
     RETURNING series_id, time",
];

/// Writes the rows that were not copied, and notes those among them that change what the tiers hold.
pub(super) async fn merge(
    connection: &mut PgConnection,
    tenant: &TenantId,
    series: &mut [Series<'_>],
    copied: bool,
    layout: Layout,
) -> Result<(), StoreError> {
    let (mut ids, mut times, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for series in series.iter() {
        let (old, new) = split(series);
        for (time, value) in old.iter().chain(if copied { &[] } else { new }) {
            ids.push(series.known.id);
            times.push(Moment(*time));
            values.push(*value);
        }
    }
    let ends = times.iter().map(|time| time.0).min().zip(times.iter().map(|time| time.0).max());
    let Some((first, last)) = ends else { return Ok(()) };
    let mut changed = Vec::new();
    if layout.keyed {
        let query = sqlx::query(UPSERT).bind(tenant.as_str()).bind(ids).bind(times).bind(values);
        changed.extend(query.fetch_all(connection).await?);
    } else {
        for sql in UPDATE_AND_INSERT {
            let query = sqlx::query(sql).bind(tenant.as_str()).bind(&ids).bind(&times).bind(&values);
            changed.extend(query.bind(Moment(first)).bind(Moment(last)).fetch_all(&mut *connection).await?);
        }
    }
    let places: HashMap<i64, usize> = series.iter().enumerate().map(|(place, s)| (s.known.id, place)).collect();
    for row in changed {
        let (id, time): (i64, Timestamp) = (row.try_get("series_id")?, row.try_get::<Moment, _>("time")?.0);
        if let Some(series) = places.get(&id).and_then(|place| series.get_mut(*place))
            && time < series.tiered_before
        {
            series.late.push(time);
        }
    }
    for series in series {
        series.late.sort_unstable();
    }
    Ok(())
}
