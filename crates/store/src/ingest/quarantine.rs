//! The quarantine stays small: what is old goes, and of what is young the oldest, where a source sends nothing else.

use super::commit::prepare;
use crate::StoreError;
use crate::instant::Moment;
use domain::Timestamp;
use sqlx::Connection;

impl super::Ingest {
    /// Drops what is older than the settings say, and of each tenant what is more than they allow, oldest first. Answers how
    /// many rows went. The writer does it every hour.
    pub async fn drop_old_quarantine(&self, now: Timestamp) -> Result<u64, StoreError> {
        let settings = &self.store.inner.settings;
        let quarantine = settings.ingest.quarantine;
        let mut connection = self.store.writer().await?;
        prepare(&mut connection, &settings.schema).await?;
        let longest_us = i64::try_from(quarantine.longest.as_micros()).unwrap_or(i64::MAX);
        let horizon = Moment(now.plus(longest_us.saturating_neg()));
        let sql = "DELETE FROM quarantine WHERE received_at < $1";
        let mut dropped = sqlx::query(sql).bind(horizon).execute(&mut connection).await?.rows_affected();
        let most_rows = i64::try_from(quarantine.most_rows).unwrap_or(i64::MAX);
        let sql = "SELECT tenant_id FROM quarantine GROUP BY tenant_id HAVING count(*) > $1";
        let tenants: Vec<String> = sqlx::query_scalar(sql).bind(most_rows).fetch_all(&mut connection).await?;
        for tenant in tenants {
            // Numbers are drawn in order of arrival.
            let sql = "SELECT id FROM quarantine WHERE tenant_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1";
            let newest: Option<i64> = sqlx::query_scalar(sql).bind(&tenant).bind(most_rows).fetch_optional(&mut connection).await?;
            let sql = "DELETE FROM quarantine WHERE tenant_id = $1 AND id <= $2";
            dropped += sqlx::query(sql).bind(&tenant).bind(newest).execute(&mut connection).await?.rows_affected();
        }
        connection.close().await?;
        Ok(dropped)
    }
}
