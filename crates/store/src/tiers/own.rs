//! Building the tiers of a series of our own anew. In daily life its writer keeps them.

use super::Key;
use super::replace::{forget, replace};
use super::slice;
use crate::StoreError;
use crate::instant::Instant;
use crate::source::{Part, Source};
use domain::Timestamp;
use domain::tier::{self, Tier};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Forgets the tiers of a series and builds them up to the bucket of the newest reading that is not later than `now`. Each
/// slice is a transaction of its own under the lock of the writer, who goes on in between.
pub(crate) async fn rebuild(
    connection: &mut PgConnection,
    schema: &str,
    source: &Source,
    part: &Part,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = Key { tenant: part.tenant.as_str().to_owned(), series: part.series_id, generation: 0 };
    let Some(newest) = source.newest(connection, now).await? else { return Ok(()) };
    let until = Tier::FINEST.floor(newest);
    let mut anew = true;
    loop {
        let mut transaction = connection.begin().await?;
        let lock =
            format!("SELECT tiered_before AT TIME ZONE 'UTC' FROM {schema}.series WHERE tenant_id = $1 AND series_id = $2 FOR UPDATE");
        let locked = sqlx::query_scalar(AssertSqlSafe(lock)).bind(&key.tenant).bind(key.series);
        let Some(before): Option<Instant> = locked.fetch_optional(&mut *transaction).await? else { return Ok(()) };
        let from = if anew { Timestamp::MIN } else { before.0 };
        if anew {
            forget(&mut transaction, schema, &key).await?;
        }
        let done = from >= until;
        let to = if done {
            from
        } else {
            let slice = slice::next(&mut transaction, source, from, until).await?;
            replace(&mut transaction, schema, &key, (from, slice.to), tier::of_rows(&slice.rows)).await?;
            slice.to
        };
        let mark = format!("UPDATE {schema}.series SET tiered_before = $3 AT TIME ZONE 'UTC' WHERE tenant_id = $1 AND series_id = $2");
        let query = sqlx::query(AssertSqlSafe(mark)).bind(&key.tenant).bind(key.series).bind(Instant(to));
        query.execute(&mut *transaction).await?;
        transaction.commit().await?;
        anew = false;
        if to >= until {
            return Ok(());
        }
    }
}
