//! Triggers on tables that are not ours: one notice a statement that wrote into such a table. Only where the
//! configuration asks for them, because a notice has its price: a transaction that sends one cannot be prepared for a
//! two-phase commit, and such transactions commit one after the other.

use crate::source::{Source, quoted};
use crate::{Store, StoreError, Writing};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::time::Duration;

/// Pause between two looks for tables that are new.
const TURN: Duration = Duration::from_secs(10);
/// Number of a lock: of several processes one places or removes triggers.
const LOCK: i64 = 0x616e_646f_6e00_0003;
/// Our function, which every trigger of ours calls: by it they are known, whatever they are called.
const FUNCTION: &str = "tell_of_writes";

impl Store {
    /// Keeps the triggers that the configuration asks for, or removes what an earlier configuration left. Run it in a task
    /// of its own; it returns when there is nothing to keep.
    pub async fn keep_triggers(self) {
        loop {
            self.wait_until_up(Duration::from_secs(3_600)).await;
            match self.tend_triggers().await {
                Ok(_) if !self.inner.settings.triggers => return,
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "triggers wait"),
            }
            tokio::time::sleep(TURN).await;
        }
    }

    /// One turn: places triggers on the tables that have none, or removes all of them where they are not wanted. Answers
    /// how many tables tell of their writes. Where the role may not place one, the log says so once and the table is
    /// polled as before.
    pub async fn tend_triggers(&self) -> Result<usize, StoreError> {
        if !self.inner.settings.triggers {
            return self.remove_triggers().await.map(|()| 0);
        }
        if self.writing() == Writing::ReadOnly {
            self.refused("own schema", "the database role may only read");
        }
        if self.writing() != Writing::Ready {
            return Ok(0);
        }
        let sources = self.foreign_sources().await?;
        let Some(mut connection) = self.only_one().await? else { return Ok(0) };
        let mut telling = 0;
        for (table, placed, allowed) in self.tables(&mut connection, &sources).await? {
            if !placed && !allowed {
                self.refused(&table, "the database role has no TRIGGER privilege");
            } else if placed {
                telling += 1;
            } else {
                match self.place(&mut connection, &table).await {
                    Ok(()) => telling += 1,
                    Err(error @ StoreError::Unavailable(_)) => return Err(error),
                    // A table in use is tried again at the next turn.
                    Err(error) => self.refused(&table, &error.to_string()),
                }
            }
        }
        connection.close().await?;
        Ok(telling)
    }

    async fn remove_triggers(&self) -> Result<(), StoreError> {
        let Some(mut connection) = self.only_one().await? else { return Ok(()) };
        let sql =
            "SELECT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.proname = $2)";
        let schema = &self.inner.settings.schema;
        let there: bool = sqlx::query_scalar(sql).bind(schema).bind(FUNCTION).fetch_one(&mut connection).await?;
        if there {
            // With the function go exactly the triggers that call it, also those on tables that belong to somebody else.
            let sql = format!("DROP FUNCTION IF EXISTS {}() CASCADE", self.function());
            match sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.map_err(StoreError::from) {
                Ok(_) => tracing::info!("tables tell of their writes no longer; they are polled"),
                Err(StoreError::Denied(error)) => {
                    tracing::warn!(%error, "triggers of an earlier configuration stay; their owner may remove them")
                }
                Err(error) => return Err(error),
            }
        }
        Ok(connection.close().await?)
    }

    /// A connection that alone may place and remove; `None` while another process does.
    async fn only_one(&self) -> Result<Option<PgConnection>, StoreError> {
        let mut connection = self.writer().await?;
        // Whoever writes for long into a table must not make every other writer wait behind us.
        sqlx::raw_sql("SET lock_timeout = '1s'").execute(&mut connection).await?;
        let alone: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
        Ok(alone.then_some(connection))
    }

    /// Of the sources those that can have a trigger: the quoted name, whether ours is there, whether the role may place it.
    async fn tables(&self, connection: &mut PgConnection, sources: &[Source]) -> Result<Vec<(String, bool, bool)>, StoreError> {
        let sql = "
            SELECT format('%I.%I', n.nspname, c.relname) AS relation, has_table_privilege(c.oid, 'TRIGGER') AS allowed,
                   EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace o ON o.oid = p.pronamespace
                           WHERE t.tgrelid = c.oid AND p.proname = $3 AND o.nspname = $4) AS placed
            FROM unnest($1::text[], $2::text[]) AS k(schema, name)
            JOIN pg_namespace n ON n.nspname = k.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = k.name
            WHERE c.relkind IN ('r', 'p')";
        let schemas: Vec<&str> = sources.iter().map(|source| source.schema.as_str()).collect();
        let names: Vec<&str> = sources.iter().map(|source| source.table.as_str()).collect();
        let found = sqlx::query(sql).bind(schemas).bind(names).bind(FUNCTION).bind(&self.inner.settings.schema);
        let rows = found.fetch_all(connection).await?;
        rows.iter().map(|row| Ok((row.try_get("relation")?, row.try_get("placed")?, row.try_get("allowed")?))).collect()
    }

    /// Places a trigger; `table` is quoted.
    async fn place(&self, connection: &mut PgConnection, table: &str) -> Result<(), StoreError> {
        let (function, name) = (self.function(), quoted(&format!("tell_{}", self.inner.settings.schema)));
        // It runs as whoever writes, in whatever search path. The number of a table needs no quoting and no cutting.
        let sql = format!(
            "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_catalog.pg_notify('{}', TG_RELID::pg_catalog.text); RETURN NULL; END $$;
             CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
            super::writes::CHANNEL
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
        tracing::info!(table, "tells of its writes from now on");
        Ok(())
    }

    fn function(&self) -> String {
        format!("{}.{FUNCTION}", quoted(&self.inner.settings.schema))
    }

    /// Says once why a table is polled.
    fn refused(&self, table: &str, cause: &str) {
        if self.inner.table_writes.refused_first(table) {
            tracing::warn!(table, cause, "cannot tell of its writes; it is polled");
        }
    }

    /// The number of a source's table, when our trigger on it is there and works.
    pub(super) async fn telling(&self, source: &Source) -> Result<Option<i64>, StoreError> {
        let sql = "
            SELECT t.tgrelid::bigint FROM pg_trigger t
            JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace o ON o.oid = p.pronamespace
            JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND p.proname = $3 AND o.nspname = $4 AND t.tgenabled IN ('O', 'A')";
        let found = sqlx::query_scalar(sql).bind(&source.schema).bind(&source.table).bind(FUNCTION).bind(&self.inner.settings.schema);
        Ok(found.fetch_optional(self.readers()?).await?)
    }
}
