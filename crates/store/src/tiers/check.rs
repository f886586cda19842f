//! Looking for rows that changed behind `tiered_before`: count and sum of hashes of stretches, the longest unchecked first.

use super::follow::{Followed, in_snapshot, lock};
use super::slice::HASH;
use crate::StoreError;
use crate::instant::Instant;
use crate::source::Source;
use crate::window::{bound, rows};
use domain::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::HashMap;

/// Stretches that one look takes at most.
const MOST_STRETCHES: i64 = 1_000;

struct Stretch {
    from: Timestamp,
    to: Timestamp,
    held: (i64, i64),
}

/// Looks at neighbouring stretches of at most `most_rows` rows (one stretch at least), beginning with the one that was
/// not looked at for longest. Returns how many rows they held and which of them have changed.
pub(crate) async fn check(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    followed: &Followed,
    most_rows: i64,
) -> Result<(i64, Vec<(Timestamp, Timestamp)>), StoreError> {
    in_snapshot(connection, async |connection| {
        if !lock(connection, schema, source, &followed.key).await? {
            return Ok((0, Vec::new()));
        }
        let stretches = oldest(connection, schema, followed, most_rows).await?;
        let found = hold(connection, source, &stretches).await?;
        let (mut same, mut changed, mut rows) = (Vec::new(), Vec::new(), 0);
        for (position, stretch) in (1_i32..).zip(&stretches) {
            let held = found.get(&position).copied().unwrap_or((0, 0));
            rows += held.0;
            if held == stretch.held { same.push(Instant(stretch.from)) } else { changed.push((stretch.from, stretch.to)) }
        }
        let sql = format!(
            "UPDATE {schema}.tier_checks SET checked_at = clock_timestamp() WHERE series_id = $1
             AND starts IN (SELECT starts AT TIME ZONE 'UTC' FROM unnest($2::timestamp[]) AS starts)"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(followed.key.series).bind(same).execute(connection).await?;
        Ok((rows, changed))
    })
    .await
}

/// Stretches in order of time from the one that was not checked for longest.
async fn oldest(connection: &mut PgConnection, schema: &str, followed: &Followed, most_rows: i64) -> Result<Vec<Stretch>, StoreError> {
    let sql = format!(
        "SELECT starts AT TIME ZONE 'UTC' AS starts, row_count, checksum FROM {schema}.tier_checks
         WHERE series_id = $1 AND starts >= (SELECT o.starts FROM {schema}.tier_checks o WHERE o.series_id = $1 ORDER BY o.checked_at, o.starts LIMIT 1)
         ORDER BY tier_checks.starts LIMIT {MOST_STRETCHES}"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).bind(followed.key.series).fetch_all(connection).await?;
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut rows = 0;
    for row in found {
        let starts: Instant = row.try_get("starts")?;
        if let Some(previous) = stretches.last_mut() {
            previous.to = starts.0;
        }
        let held: (i64, i64) = (row.try_get("row_count")?, row.try_get("checksum")?);
        rows += held.0;
        if rows > most_rows && !stretches.is_empty() {
            return Ok(stretches);
        }
        stretches.push(Stretch { from: starts.0, to: followed.before, held });
    }
    if stretches.len() as i64 == MOST_STRETCHES {
        // Where the last one ends was not read.
        stretches.pop();
    }
    Ok(stretches)
}

/// Count and sum of hashes of each stretch, by its position from one.
async fn hold(connection: &mut PgConnection, source: &Source, stretches: &[Stretch]) -> Result<HashMap<i32, (i64, i64)>, StoreError> {
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Ok(HashMap::new()) };
    let (relation, between, pair) = (source.relation(), source.between("$1", "$2"), rows::pair(source));
    let sql = format!(
        "SELECT width_bucket(t, $3::timestamp[]) AS position, count(*) AS count, sum({HASH}) AS checksum
         FROM (SELECT {pair} FROM {relation} WHERE {between}) rows GROUP BY 1"
    );
    let starts: Vec<Instant> = stretches.iter().map(|s| Instant(s.from)).collect();
    let query = sqlx::query(AssertSqlSafe(sql)).bind(bound(first.from)).bind(bound(last.to)).bind(starts);
    let mut found = HashMap::new();
    for row in query.fetch_all(connection).await? {
        found.insert(row.try_get("position")?, (row.try_get("count")?, row.try_get::<Option<i64>, _>("checksum")?.unwrap_or(0)));
    }
    Ok(found)
}
