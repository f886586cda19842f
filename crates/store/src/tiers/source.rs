//! What is known of a table before its tiers: which file it is, whether an index finds its rows by time, how large it is.

use crate::StoreError;
use crate::instant::Instant;
use crate::source::{Source, TimeKind, literal};
use crate::window::bound;
use domain::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// Smaller tables are read as they are: their rows cost less than tiers do.
pub(crate) const SMALL_ROWS: i64 = 100_000;
/// No table of [`SMALL_ROWS`] rows takes less.
const SMALL_BYTES: i64 = 3_000_000;

/// A table as the database describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub file: Option<String>,
    pub indexed: bool,
    pub rows_expected: i64,
    pub small: bool,
}

impl Source {
    /// The text by which its tiers are kept; another table, column or zone is another text.
    pub(crate) fn key(&self) -> String {
        let zone = match self.time {
            TimeKind::Instant => "instant",
            TimeKind::Wall(zone) => zone.name(),
        };
        format!("{} {} {} {zone}", self.relation(), crate::source::quoted(&self.time_column), crate::source::quoted(&self.value_column))
    }

    /// An expression for which file the table is right now, NULL when it is not there.
    pub(crate) fn file(&self) -> String {
        let relation = format!("to_regclass({})", literal(&self.relation()));
        format!("({relation}::oid::text || '/' || coalesce(pg_relation_filenode({relation}), 0)::text)")
    }

    pub(crate) async fn shape(&self, connection: &mut PgConnection) -> Result<Shape, StoreError> {
        let (relation, file) = (literal(&self.relation()), self.file());
        // The parts of a partitioned table count together; a plain table is its own only part.
        let sql = format!(
            "SELECT {file} AS file,
                    c.relkind IN ('r', 'p', 'm') AS stored,
                    EXISTS (SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
                            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                            WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND am.amname = 'btree' AND a.attname = $1) AS indexed,
                    parts.bytes, parts.rows
             FROM pg_class c,
                  LATERAL (SELECT coalesce(sum(pg_relation_size(p.oid)), 0)::bigint AS bytes, coalesce(sum(greatest(p.reltuples, 0)), 0)::bigint AS rows
                           FROM pg_class p WHERE p.oid = c.oid OR p.oid IN (SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf)) parts
             WHERE c.oid = to_regclass({relation})"
        );
        let found = sqlx::query(AssertSqlSafe(sql)).bind(&self.time_column).fetch_optional(&mut *connection).await?;
        let Some(row) = found else { return Err(StoreError::Gone(self.relation())) };
        let (bytes, estimate): (i64, i64) = (row.try_get("bytes")?, row.try_get("rows")?);
        let (stored, indexed): (bool, bool) = (row.try_get("stored")?, row.try_get("indexed")?);
        if !stored {
            // A view or a table of another server: nobody here knows its size, and no index of ours leads it.
            return Ok(Shape { file: row.try_get("file")?, indexed: false, rows_expected: 0, small: false });
        }
        // The estimate is old where nothing was analysed lately, so what looks small is counted as far as it matters.
        let rows = if bytes < SMALL_BYTES || estimate >= SMALL_ROWS { estimate } else { self.count_some(connection).await? };
        Ok(Shape { file: row.try_get("file")?, indexed, rows_expected: rows, small: bytes < SMALL_BYTES || rows < SMALL_ROWS })
    }

    async fn count_some(&self, connection: &mut PgConnection) -> Result<i64, StoreError> {
        let sql = format!("SELECT count(*) FROM (SELECT FROM {} WHERE $1 LIMIT {SMALL_ROWS}) counted", self.relation());
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(true).fetch_one(connection).await?)
    }

    /// The time of the newest row that is not later than `now`: one probe of the index.
    pub(crate) async fn newest(&self, connection: &mut PgConnection, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (instant, relation, earlier, order) = (self.instant(), self.relation(), self.earlier("$1"), self.order());
        let sql = format!("SELECT {instant} FROM {relation} WHERE {earlier} ORDER BY {order} DESC LIMIT 1");
        let newest: Option<Instant> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(bound(now)).fetch_optional(connection).await?;
        Ok(newest.map(|t| t.0))
    }
}
