//! Names of series and their numbers: created at the first reading, remembered from then on.

use super::batch::Batch;
use super::tiers::LONG_TAIL_ROWS;
use crate::StoreError;
use crate::instant::Moment;
use domain::{SeriesId, TenantId, Timestamp};
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// What this process remembers of the series it has written. A guess about everything but the numbers, because other
/// processes may write the same series; whatever depends on it is checked by the database.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    tenants: HashMap<TenantId, HashMap<SeriesId, Known>>,
}

/// What is remembered of one series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Its number.
    pub id: i64,
    /// Newest reading: rows after it are likely to be new. [`Timestamp::MIN`] when there is none.
    pub newest: Timestamp,
    /// Rows at or after the watermark of its tiers.
    pub tail_rows: usize,
}

impl Dictionary {
    /// What is known of a series of a batch that went through [`Dictionary::learn`].
    pub fn known(&self, tenant: &TenantId, name: &SeriesId) -> Option<Known> {
        self.tenants.get(tenant)?.get(name).copied()
    }

    /// Remembers what was committed.
    pub fn remember(&mut self, tenant: &TenantId, name: &SeriesId, known: Known) {
        if let Some(place) = self.tenants.get_mut(tenant).and_then(|series| series.get_mut(name)) {
            *place = known;
        }
    }

    /// Forgets everything: the database may have been restored or rebuilt.
    pub fn forget(&mut self) {
        self.tenants.clear();
    }

    /// Looks up the series of a batch and creates the new ones. True when some are new.
    pub async fn learn(&mut self, connection: &mut PgConnection, batch: &Batch) -> Result<bool, StoreError> {
        let known = self.tenants.entry(batch.tenant.clone()).or_default();
        let unknown: Vec<&str> = batch.series.iter().filter(|s| !known.contains_key(&s.name)).map(|s| s.name.as_str()).collect();
        if unknown.is_empty() {
            return Ok(false);
        }
        let tenant = batch.tenant.as_str();
        let missing = look_up(connection, tenant, &unknown, known).await?;
        if missing.is_empty() {
            return Ok(false);
        }
        sqlx::query("INSERT INTO series (tenant_id, name) SELECT $1, unnest($2::text[]) ON CONFLICT (tenant_id, name) DO NOTHING")
            .bind(tenant)
            .bind(&missing)
            .execute(&mut *connection)
            .await?;
        look_up(connection, tenant, &missing, known).await?;
        Ok(true)
    }
}

/// Finds names and answers those that there are not.
async fn look_up<'a>(
    connection: &mut PgConnection,
    tenant: &str,
    names: &[&'a str],
    known: &mut HashMap<SeriesId, Known>,
) -> Result<Vec<&'a str>, StoreError> {
    let sql = "
        SELECT s.name, s.series_id,
               (SELECT max(r.time) FROM readings r WHERE r.tenant_id = $1 AND r.series_id = s.series_id) AS newest,
               (SELECT count(*) FROM (SELECT FROM readings r WHERE r.tenant_id = $1 AND r.series_id = s.series_id
                                      AND r.time >= s.tiered_before LIMIT $3) tail) AS tail_rows
        FROM series s WHERE s.tenant_id = $1 AND s.name = ANY($2)";
    let most = i64::try_from(LONG_TAIL_ROWS).unwrap_or(i64::MAX);
    for row in sqlx::query(sql).bind(tenant).bind(names).bind(most).fetch_all(connection).await? {
        let (name, id, newest): (String, i64, Option<Moment>) = (row.try_get("name")?, row.try_get("series_id")?, row.try_get("newest")?);
        let newest = newest.map_or(Timestamp::MIN, |newest| newest.0);
        let tail_rows = usize::try_from(row.try_get::<i64, _>("tail_rows")?).unwrap_or_default();
        known.insert(SeriesId::table(&name), Known { id, newest, tail_rows });
    }
    Ok(names.iter().copied().filter(|name| !known.contains_key(&SeriesId::table(name))).collect())
}
