//! Months of `readings` on plain Postgres and Citus: created before the first row of a month, dropped as a whole.

use super::batch::Batch;
use crate::StoreError;
use domain::Timestamp;
use domain::civil::{DAY_US, Date};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::collections::BTreeSet;

/// Number of a lock that one session of this database holds while it creates or drops months.
pub(super) const LOCK: i64 = 0x616e_646f_6e00_0002;
/// Years outside have one partition each.
const YEARS: std::ops::Range<i64> = 1970..2100;

/// A month of the calendar, counted from year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(i64);

/// How `readings` is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// In months of ours; not where an extension cuts the table itself.
    pub partitioned: bool,
    /// The primary key is one of the whole table. Postgres has none across servers, so where some months stand on another
    /// one, each month has its own.
    pub keyed: bool,
}

/// Months that are known to be there.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    /// `None`: not looked at yet.
    layout: Option<Layout>,
    there: BTreeSet<Month>,
}

impl Month {
    /// The month of an instant; `None` outside of the years that have months.
    pub fn of(time: Timestamp) -> Option<Self> {
        let Date { year, month, .. } = Date::from_days(time.us().div_euclid(DAY_US));
        YEARS.contains(&year).then(|| Self(year * 12 + i64::from(month) - 1))
    }

    /// Its first instant.
    pub fn start(self) -> Timestamp {
        let month = u32::try_from(self.0.rem_euclid(12)).unwrap_or_default() + 1;
        Timestamp::from_us(Date { year: self.0.div_euclid(12), month, day: 1 }.days() * DAY_US)
    }

    /// Every month that ends before an instant or there.
    pub fn all_before(time: Timestamp) -> impl Iterator<Item = Self> {
        (YEARS.start * 12..YEARS.end * 12).map(Self).take_while(move |month| month.next().start() <= time)
    }

    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Name of its table.
    pub fn table(self) -> String {
        format!("readings_{:04}_{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

impl Partitions {
    /// Forgets what was seen: somebody else may have dropped a month.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Creates the months of a batch that are not there.
    pub async fn prepare(&mut self, connection: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
        let mut months = BTreeSet::new();
        for series in &batch.series {
            let mut rest = series.rows.as_slice();
            while let Some((time, _)) = rest.first() {
                let month = Month::of(*time);
                months.extend(month);
                let first_month = Month(YEARS.start * 12);
                let end = month.map_or_else(|| first_month.start(), |month| month.next().start());
                let inside = rest.partition_point(|(t, _)| *t < end);
                rest = if inside > 0 { rest.get(inside..).unwrap_or_default() } else { &[] };
            }
        }
        self.create(connection, months).await
    }

    pub async fn create(&mut self, connection: &mut PgConnection, months: BTreeSet<Month>) -> Result<(), StoreError> {
        let missing: Vec<Month> = months.difference(&self.there).copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        // Months may have been moved to another server since: without a key of its own, one would take a row twice.
        self.layout = None;
        let Layout { partitioned, keyed } = self.layout(connection).await?;
        if !partitioned {
            return Ok(());
        }
        let key = if keyed { "" } else { ", PRIMARY KEY (tenant_id, series_id, time)" };
        let mut transaction = connection.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
        for month in &missing {
            let (table, start, end) = (month.table(), month.start().rfc3339(), month.next().start().rfc3339());
            let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&table).fetch_one(&mut *transaction).await?;
            if !there {
                // Attaching lets readers and writers go on, which CREATE … PARTITION OF does not.
                let sql = format!(
                    "CREATE TABLE {table} (LIKE readings INCLUDING ALL{key});
                     ALTER TABLE readings ATTACH PARTITION {table} FOR VALUES FROM ('{start}') TO ('{end}')"
                );
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        self.there.extend(missing);
        Ok(())
    }

    /// How the table is kept; looked at once.
    pub async fn layout(&mut self, connection: &mut PgConnection) -> Result<Layout, StoreError> {
        if let Some(layout) = self.layout {
            return Ok(layout);
        }
        let sql =
            "SELECT c.relkind = 'p' AS partitioned, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS keyed
                   FROM pg_class c WHERE c.oid = to_regclass($1)";
        let row = sqlx::query(sql).bind("readings").fetch_one(connection).await?;
        let layout = Layout { partitioned: row.try_get("partitioned")?, keyed: row.try_get("keyed")? };
        self.layout = Some(layout);
        Ok(layout)
    }
}
