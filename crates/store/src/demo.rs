//! The demo plant's own database: created by it, marked by it, and no other is ever touched.

use crate::instant::Moment;
use crate::source::quoted;
use crate::{Store, StoreError, Target};
use domain::{TenantId, Timestamp};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The demo's database in the managed local Postgres.
pub const DATABASE: &str = "andon_demo";

/// A reading to append to one of the demo's tables.
#[derive(Clone, Debug)]
pub struct DemoRow<'a> {
    /// Table in `public`.
    pub table: &'a str,
    /// When.
    pub time: Timestamp,
    /// What.
    pub value: f64,
}

/// Why the demo cannot use its database.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A database of that name exists and is not the demo's.
    #[error("database `{DATABASE}` exists but the demo plant did not create it; it stays untouched. Choose another ANDON_DATA_DIR")]
    NotOurs,
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DemoError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Creates a database on the server of `target` if it is not there. True when it was created.
pub async fn create_database(target: &Target, name: &str) -> Result<bool, StoreError> {
    let mut connection = PgConnection::connect_with(&target.with_database("postgres").options()).await?;
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)").bind(name).fetch_one(&mut connection).await?;
    if !there {
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {}", quoted(name)))).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(!there)
}

/// The greatest number that an origin gave to what a device said, and when the device was last heard; `None` where the origin
/// sent nothing yet.
pub async fn newest_observation(
    store: &Store,
    tenant: &TenantId,
    machine: &str,
    origin: &str,
) -> Result<Option<(u64, Timestamp)>, StoreError> {
    let schema = quoted(&store.inner.settings.schema);
    let newest = format!(
        "SELECT o.last_number, l.last_heard FROM {schema}.machine_logs l
         JOIN {schema}.observation_origins o ON (o.tenant_id, o.log_id) = (l.tenant_id, l.log_id)
         JOIN {schema}.words w ON (w.tenant_id, w.number) = (o.tenant_id, o.origin)
         WHERE l.tenant_id = $1 AND l.machine = $2 AND w.word = $3"
    );
    let mut connection = store.writer().await?;
    let query = sqlx::query_as(AssertSqlSafe(newest)).bind(tenant.as_str()).bind(machine).bind(origin);
    let newest: Option<(i64, Moment)> = query.fetch_optional(&mut connection).await?;
    connection.close().await?;
    Ok(newest.and_then(|(number, heard)| Some((u64::try_from(number).ok()?, heard.0))))
}

/// Writes the demo's readings.
pub struct DemoPlant {
    connection: PgConnection,
    /// With which seed the plant grows.
    pub seed: i64,
    /// When its first reading was taken.
    pub started: Timestamp,
}

impl DemoPlant {
    /// Takes possession of the demo's database: a new one is marked with seed and start, a marked one goes on with its own.
    pub async fn open(store: &Store, created: bool, seed: i64, start: Timestamp, tables: &[&str]) -> Result<Self, DemoError> {
        let schema = quoted(&store.inner.settings.schema);
        let mut connection = store.writer().await?;
        if !created {
            let ours: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
                .bind(format!("{schema}.demo_plant"))
                .fetch_one(&mut connection)
                .await?;
            if !ours {
                return Err(DemoError::NotOurs);
            }
        }
        store.migrate().await?;
        let mark = format!(
            "INSERT INTO {schema}.demo_plant (tenant_id, seed, started_at) VALUES ('demo', $1, to_timestamp($2::float8 / 1e6)) ON CONFLICT (tenant_id) DO NOTHING"
        );
        sqlx::query(AssertSqlSafe(mark)).bind(seed).bind(start.us()).execute(&mut connection).await?;
        let known =
            format!("SELECT seed, (extract(epoch FROM started_at) * 1e6)::bigint FROM {schema}.demo_plant WHERE tenant_id = 'demo'");
        let (seed, started_us): (i64, i64) = sqlx::query_as(AssertSqlSafe(known)).fetch_one(&mut connection).await?;
        for table in tables {
            let (name, index) = (quoted(table), quoted(&format!("ix_{table}_time")));
            let create = format!(
                "CREATE TABLE IF NOT EXISTS public.{name} (time timestamp without time zone, value double precision);
                 CREATE INDEX IF NOT EXISTS {index} ON public.{name} (time)"
            );
            sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await?;
        }
        Ok(Self { connection, seed, started: Timestamp::from_us(started_us) })
    }

    /// The time of the newest reading in any of the tables.
    pub async fn newest(&mut self, tables: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        let each: Vec<String> = tables.iter().map(|t| format!("(SELECT max(time) FROM public.{})", quoted(t))).collect();
        let sql = format!("SELECT GREATEST({}) WHERE $1", each.join(", "));
        let newest: Option<crate::instant::Instant> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(true).fetch_one(&mut self.connection).await?;
        Ok(newest.map(|t| t.0))
    }

    /// Appends readings, all or none.
    pub async fn append(&mut self, rows: &[DemoRow<'_>]) -> Result<(), StoreError> {
        let mut transaction = self.connection.begin().await?;
        let mut tables: Vec<&str> = rows.iter().map(|r| r.table).collect();
        tables.sort_unstable();
        tables.dedup();
        for table in tables {
            let mine = rows.iter().filter(|r| r.table == table);
            let text: String = mine.map(|r| format!("{}\t{:?}\n", r.time.rfc3339(), r.value)).collect();
            let mut copy = transaction.copy_in_raw(&format!("COPY public.{} (time, value) FROM STDIN", quoted(table))).await?;
            copy.send(text.into_bytes()).await?;
            copy.finish().await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Forgets readings older than this.
    pub async fn trim(&mut self, tables: &[&str], before: Timestamp) -> Result<(), StoreError> {
        for table in tables {
            let sql = format!("DELETE FROM public.{} WHERE time < $1", quoted(table));
            sqlx::query(AssertSqlSafe(sql)).bind(crate::instant::Instant(before)).execute(&mut self.connection).await?;
        }
        Ok(())
    }
}
