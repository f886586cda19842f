//! How far the import of a file came.

use crate::source::quoted;
use crate::{Store, StoreError};
use domain::TenantId;
use sqlx::{AssertSqlSafe, PgConnection};

/// Rows of a file that are stored, counted from its first, and a digest of exactly those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportMark {
    /// How many.
    pub rows: u64,
    /// Tells a file from another one that begins alike.
    pub digest: u64,
}

/// The import of one file into one tenant.
pub struct Import {
    connection: PgConnection,
    tenant: TenantId,
    file: String,
}

impl Store {
    /// Looks the import of a file up; `file` names the file and how it is read. Also gives how far it came, if it ever did.
    pub async fn import(&self, tenant: &TenantId, file: &str) -> Result<(Import, Option<ImportMark>), StoreError> {
        let mut connection = self.writer().await?;
        let enter = format!("SET search_path = {}", quoted(&self.inner.settings.schema));
        sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut connection).await?;
        let known: Option<(i64, i64)> = sqlx::query_as("SELECT row_count, digest FROM imports WHERE tenant_id = $1 AND file = $2")
            .bind(tenant.as_str())
            .bind(file)
            .fetch_optional(&mut connection)
            .await?;
        let mark = known.map(|(rows, digest)| ImportMark { rows: rows.unsigned_abs(), digest: digest.cast_unsigned() });
        Ok((Import { connection, tenant: tenant.clone(), file: file.to_owned() }, mark))
    }
}

impl Import {
    /// Says that all rows up to here are stored. The caller has waited for that.
    pub async fn reached(&mut self, mark: ImportMark) -> Result<(), StoreError> {
        let Self { connection, tenant, file } = self;
        sqlx::query(
            "INSERT INTO imports (tenant_id, file, row_count, digest) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, file) DO UPDATE SET row_count = excluded.row_count, digest = excluded.digest, updated_at = now()",
        )
        .bind(tenant.as_str())
        .bind(&*file)
        .bind(i64::try_from(mark.rows).unwrap_or(i64::MAX))
        .bind(mark.digest.cast_signed())
        .execute(connection)
        .await?;
        Ok(())
    }
}
