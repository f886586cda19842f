//! The series of our own in the list of all series.

use crate::catalog::Entry;
use crate::source::{Source, quoted};
use crate::{Store, StoreError, Writing};
use domain::{Limits, Series, SeriesId};
use sqlx::{AssertSqlSafe, Row};

impl Store {
    /// Every series of the dictionary that belongs to a tenant, by name.
    pub(crate) async fn own_series(&self) -> Result<Vec<Entry>, StoreError> {
        // A role that may only read sees what others write here, if it may see it.
        if !matches!(self.writing(), Writing::Ready | Writing::ReadOnly) {
            return Ok(Vec::new());
        }
        let schema = &self.inner.settings.schema;
        let sql = format!(
            "SELECT tenant_id, series_id, name, display_name, unit, group_name, low_limit, high_limit, gap_limit_us
             FROM {}.series WHERE tenant_id = ANY($1) ORDER BY name",
            quoted(schema)
        );
        let tenants: Vec<String> = self.tenants().map(|tenant| tenant.id().to_string()).collect();
        let rows = match sqlx::query(AssertSqlSafe(sql)).bind(tenants).fetch_all(self.readers()?).await.map_err(StoreError::from) {
            Ok(rows) => rows,
            Err(StoreError::Gone(_) | StoreError::Denied(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(tenant) = self.tenant(row.try_get("tenant_id")?) else { continue };
            let name: String = row.try_get("name")?;
            let text = |column: &str| row.try_get::<Option<String>, _>(column);
            let series = Series {
                id: SeriesId::table(&name),
                name: text("display_name")?.unwrap_or(name),
                unit: text("unit")?.unwrap_or_default(),
                group: text("group_name")?.unwrap_or_else(|| "Readings".to_owned()),
                limits: Limits { low: row.try_get("low_limit")?, high: row.try_get("high_limit")? },
                gap_limit_us: row.try_get("gap_limit_us")?,
            };
            let source = Source::own(schema, tenant.id(), row.try_get("series_id")?);
            entries.push(Entry::of(tenant.id().clone(), series, Some(source)));
        }
        Ok(entries)
    }
}
