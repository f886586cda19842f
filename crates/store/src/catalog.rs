//! Which series there are: every (time, value) table of the database, and what the configuration adds to it.

use crate::source::{Source, TimeKind, ValueKind};
use crate::store::Tenant;
use crate::{SeriesSettings, Store, StoreError};
use domain::zone::Zone;
use domain::{Limits, Series, SeriesId, TenantId, natural};
use sqlx::Row;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long a list of tables counts as fresh. An older one still serves while a new one is read.
const FRESH: Duration = Duration::from_secs(5);

/// Every table, view and foreign table that the role may read, with its columns that can be a time or a value.
const TABLES: &str = "
SELECT n.nspname::text AS schema, c.relname::text AS table, a.attname::text AS column, t.typname::text AS type,
       (SELECT count(*) FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attnum > 0 AND NOT o.attisdropped) AS columns
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', $1) AND n.nspname !~ '^pg_(toast|temp)'
  AND t.typname IN ('timestamp', 'timestamptz', 'float8', 'float4', 'int2', 'int4', 'int8', 'numeric')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2, a.attnum";

/// The tables of the bioreactor: name and unit are known.
const KNOWN: [(&str, &str, &str); 4] = [
    ("CM_HAM_DO_AI1/Temp_value", "Temperature", "°C"),
    ("CM_HAM_PH_AI1/pH_value", "pH", ""),
    ("CM_PID_DO/Process_DO", "Dissolved oxygen", "%"),
    ("CM_PRESSURE/Output", "Pressure", "psi"),
];

/// A list of series at one moment.
#[derive(Debug)]
pub(crate) struct Catalog {
    entries: Vec<Entry>,
    read: Instant,
}

/// One series: whose it is, what it is, where its rows are (`None`: the configured table is not there).
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// `None`: every tenant that owns found tables.
    tenant: Option<TenantId>,
    pub series: Series,
    pub source: Option<Source>,
}

impl Entry {
    /// A series whose owner is known.
    pub fn of(tenant: TenantId, series: Series, source: Option<Source>) -> Self {
        Self { tenant: Some(tenant), series, source }
    }
}

struct Table {
    schema: String,
    name: String,
    columns: Vec<(String, String)>,
    column_count: i64,
}

impl Store {
    /// The series of a tenant: the configured ones in their order, the known ones, then found tables by name.
    pub async fn series(&self, tenant: &Tenant) -> Result<Vec<Series>, StoreError> {
        let catalog = self.retried(|| self.catalog()).await?;
        let offered = catalog.of(tenant).filter(|entry| entry.source.is_some() || entry.tenant.is_some());
        Ok(offered.map(|entry| entry.series.clone()).collect())
    }

    /// The entries of these ids, `Err(id)` for one that the tenant does not have. A table that was created a moment ago is found.
    pub(crate) async fn entries(&self, tenant: &Tenant, ids: &[SeriesId]) -> Result<Result<Vec<Entry>, SeriesId>, StoreError> {
        let catalog = self.catalog().await?;
        match catalog.find(tenant, ids) {
            Err(_) if catalog.read.elapsed() > Duration::from_secs(1) => Ok(self.reload(catalog.read).await?.find(tenant, ids)),
            found => Ok(found),
        }
    }

    /// The entries of a tenant, all of them or one; without one of that id, none.
    pub(crate) async fn entries_of(&self, tenant: &Tenant, series: Option<&SeriesId>) -> Result<Vec<Entry>, StoreError> {
        let catalog = self.catalog().await?;
        let wanted = |entry: &&Entry| series.is_none_or(|series| entry.series.id == *series);
        Ok(catalog.of(tenant).filter(wanted).cloned().collect())
    }

    /// The tables that are not ours, each once, whoever may see them.
    pub(crate) async fn foreign_sources(&self) -> Result<Vec<Source>, StoreError> {
        let catalog = self.catalog().await?;
        let mut seen = HashSet::new();
        let sources = catalog.entries.iter().filter_map(|entry| entry.source.as_ref());
        Ok(sources.filter(|source| source.part.is_none() && seen.insert(source.key())).cloned().collect())
    }

    /// Forgets what was found, so that the next reader looks again.
    pub(crate) fn forget_catalog(&self) {
        self.inner.catalog_stale.store(true, Ordering::Relaxed);
    }

    fn known_catalog(&self) -> Option<Arc<Catalog>> {
        self.inner.catalog.read().ok().and_then(|catalog| catalog.clone())
    }

    async fn catalog(&self) -> Result<Arc<Catalog>, StoreError> {
        match self.known_catalog() {
            None => self.reload_from_nothing().await,
            Some(catalog) if self.inner.catalog_stale.load(Ordering::Relaxed) => self.reload(catalog.read).await,
            Some(catalog) => {
                if catalog.read.elapsed() > FRESH {
                    let store = self.clone();
                    let seen = catalog.read;
                    tokio::spawn(async move { store.reload(seen).await.map(drop) });
                }
                Ok(catalog)
            }
        }
    }

    async fn reload_from_nothing(&self) -> Result<Arc<Catalog>, StoreError> {
        let _one_at_a_time = self.inner.reloading.lock().await;
        if let Some(catalog) = self.known_catalog() {
            return Ok(catalog);
        }
        self.load().await
    }

    /// Reads the list again unless somebody did since `seen`.
    async fn reload(&self, seen: Instant) -> Result<Arc<Catalog>, StoreError> {
        let _one_at_a_time = self.inner.reloading.lock().await;
        if let Some(catalog) = self.known_catalog().filter(|c| c.read > seen) {
            return Ok(catalog);
        }
        self.load().await
    }

    async fn load(&self) -> Result<Arc<Catalog>, StoreError> {
        let read = Instant::now();
        let rows = sqlx::query(TABLES).bind(&self.inner.settings.schema).fetch_all(self.readers()?).await?;
        let mut tables: Vec<Table> = Vec::new();
        for row in rows {
            let (schema, name): (String, String) = (row.try_get("schema")?, row.try_get("table")?);
            let column = (row.try_get("column")?, row.try_get("type")?);
            match tables.last_mut().filter(|t| t.schema == schema && t.name == name) {
                Some(table) => table.columns.push(column),
                None => tables.push(Table { schema, name, columns: vec![column], column_count: row.try_get("columns")? }),
            }
        }
        let mut entries = entries(&self.inner.settings.series, &tables, self.own_series().await?);
        // A table that was there and is gone stays known, so that its panel can say so; it is not offered any more.
        let before = self.known_catalog();
        for gone in before.iter().flat_map(|catalog| &catalog.entries) {
            if !entries.iter().any(|e| e.tenant == gone.tenant && e.series.id == gone.series.id) {
                entries.push(Entry { source: None, ..gone.clone() });
            }
        }
        self.load_tiers().await;
        let catalog = Arc::new(Catalog { entries, read });
        self.inner.catalog_stale.store(false, Ordering::Relaxed);
        if let Ok(mut known) = self.inner.catalog.write() {
            *known = Some(catalog.clone());
        }
        Ok(catalog)
    }
}

impl Catalog {
    fn of<'a>(&'a self, tenant: &'a Tenant) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(|entry| match &entry.tenant {
            Some(owner) => owner == tenant.id(),
            None => tenant.owns_found_tables(),
        })
    }

    fn find(&self, tenant: &Tenant, ids: &[SeriesId]) -> Result<Vec<Entry>, SeriesId> {
        ids.iter().map(|id| self.of(tenant).find(|entry| entry.series.id == *id).cloned().ok_or_else(|| id.clone())).collect()
    }
}

/// The configured series, the found ones, those of our own. Where ids meet, a found table gets another one: its owner did
/// not choose it, and whoever writes readings of our own knows them by name.
fn entries(configured: &[SeriesSettings], tables: &[Table], own: Vec<Entry>) -> Vec<Entry> {
    let mut taken: HashSet<(Option<TenantId>, String)> = HashSet::new();
    let mut entries = Vec::new();
    for settings in configured {
        let source = tables.iter().find(|t| t.schema == settings.schema && t.name == settings.table).and_then(|t| t.configured(settings));
        entries.push(Entry { tenant: Some(settings.tenant.clone()), series: described(settings), source });
    }
    let is_configured = |t: &&Table| !configured.iter().any(|s| s.schema == t.schema && s.table == t.name);
    let mut found: Vec<(&Table, Source)> = tables.iter().filter(is_configured).filter_map(|t| Some((t, t.found()?))).collect();
    let position = |table: &Table| table.known().map_or(KNOWN.len(), |(position, _)| position);
    found.sort_by(|(a, _), (b, _)| {
        let known = position(a).cmp(&position(b));
        known.then_with(|| natural::compare(&a.schema, &b.schema)).then_with(|| natural::compare(&a.name, &b.name))
    });
    for (table, source) in found {
        entries.push(Entry { tenant: None, series: table.series(), source: Some(source) });
    }
    let own_names: HashSet<&str> = own.iter().map(|entry| entry.series.id.as_str()).collect();
    for entry in &mut entries {
        let mut id = entry.series.id.as_str().to_owned();
        let found = entry.tenant.is_none();
        while (found && own_names.contains(id.as_str())) || !taken.insert((entry.tenant.clone(), id.clone())) {
            id.push('~');
        }
        entry.series.id = SeriesId::table(&id);
    }
    entries.extend(own);
    entries
}

/// A table's address: its name, with the schema before it where it is not `public` or where the name alone could be another's.
fn address(schema: &str, table: &str) -> SeriesId {
    let plain = schema == "public" && !table.contains('.');
    let text = if plain { table.to_owned() } else { format!("{schema}.{table}") };
    SeriesId::table(&text)
}

fn described(settings: &SeriesSettings) -> Series {
    let known = known(&settings.schema, &settings.table);
    Series {
        id: settings.id.clone().and_then(SeriesId::new).unwrap_or_else(|| address(&settings.schema, &settings.table)),
        name: settings.name.clone().unwrap_or_else(|| known.map_or(settings.table.clone(), |(_, (_, name, _))| name.to_owned())),
        unit: settings.unit.clone().unwrap_or_else(|| known.map_or(String::new(), |(_, (_, _, unit))| unit.to_owned())),
        group: settings.group.clone().unwrap_or_else(|| if known.is_some() { "Bioreactor".to_owned() } else { String::new() }),
        limits: settings.limits,
        gap_limit_us: settings.gap_limit_us,
    }
}

type Known = (usize, (&'static str, &'static str, &'static str));

fn known(schema: &str, table: &str) -> Option<Known> {
    KNOWN.into_iter().enumerate().find(|(_, (name, ..))| schema == "public" && *name == table)
}

impl Table {
    fn known(&self) -> Option<Known> {
        known(&self.schema, &self.name)
    }

    /// A table of exactly two columns, `time` and `value`, is a series.
    fn found(&self) -> Option<Source> {
        let [(first, _), (second, _)] = self.columns.as_slice() else { return None };
        if self.column_count != 2 {
            return None;
        }
        let named = |name: &str| [first, second].into_iter().find(|column| column.eq_ignore_ascii_case(name));
        self.source(named("time")?, named("value")?, Zone::UTC)
    }

    fn configured(&self, settings: &SeriesSettings) -> Option<Source> {
        self.source(&settings.time_column, &settings.value_column, settings.zone.unwrap_or(Zone::UTC))
    }

    fn source(&self, time_column: &str, value_column: &str, zone: Zone) -> Option<Source> {
        let kind = |column: &str| self.columns.iter().find(|(name, _)| name == column).map(|(_, kind)| kind.as_str());
        let time = match kind(time_column)? {
            "timestamp" => TimeKind::Wall(zone),
            "timestamptz" => TimeKind::Instant,
            _ => return None,
        };
        let value = match kind(value_column)? {
            "float8" => ValueKind::Double,
            "numeric" => ValueKind::Numeric,
            "float4" | "int2" | "int4" | "int8" => ValueKind::Cast,
            _ => return None,
        };
        let (schema, table) = (self.schema.clone(), self.name.clone());
        Some(Source { schema, table, time_column: time_column.to_owned(), value_column: value_column.to_owned(), time, value, part: None })
    }

    fn series(&self) -> Series {
        let known = self.known().map(|(_, (_, name, unit))| (name, unit));
        let heading = if self.schema == "public" { "Other tables".to_owned() } else { self.schema.clone() };
        Series {
            id: address(&self.schema, &self.name),
            name: known.map_or(self.name.clone(), |(name, _)| name.to_owned()),
            unit: known.map_or(String::new(), |(_, unit)| unit.to_owned()),
            group: if known.is_some() { "Bioreactor".to_owned() } else { heading },
            limits: Limits::default(),
            gap_limit_us: None,
        }
    }
}
