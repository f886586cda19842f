//! How the tiers of each series stand, for the operator.

use crate::catalog::Entry;
use crate::instant::Instant;
use crate::source::quoted;
use crate::store::Tenant;
use crate::{Store, StoreError};
use domain::{SeriesId, Timestamp};
use sqlx::{AssertSqlSafe, Row};

/// What is kept for a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierState {
    /// Nothing was looked at yet.
    Unseen,
    /// The table is small enough to be read as it is.
    Small,
    /// No index leads with the time column, so that following the table would read all of it each time.
    NoIndex,
    /// They are being built.
    Building,
    /// They are complete and follow the newest row.
    Following,
    /// Building them failed.
    Failed,
    /// Readings of our own: whoever writes them keeps the tiers.
    Written,
}

/// The tiers of all series together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierTotals {
    /// How many series are in each state, of the states that there are.
    pub series: Vec<(TierState, u64)>,
    /// Rows in the tiers of tables.
    pub rows_done: u64,
    /// Rows of these tables by the planner's estimate.
    pub rows_expected: u64,
    /// Rows that the tiers of these tables lack, by the same estimate.
    pub rows_behind: u64,
}

impl TierState {
    /// What a program reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Small => "small",
            Self::NoIndex => "no_index",
            Self::Building => "building",
            Self::Following => "following",
            Self::Failed => "failed",
            Self::Written => "written",
        }
    }

    /// What an operator reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unseen => "not looked at yet",
            Self::Small => "small: read as it is",
            Self::NoIndex => "no index on the time column: read as it is",
            Self::Building => "building",
            Self::Following => "complete",
            Self::Failed => "failed",
            Self::Written => "kept with the readings",
        }
    }

    fn of(word: &str) -> Self {
        let known = [Self::Small, Self::NoIndex, Self::Building, Self::Following, Self::Failed];
        known.into_iter().find(|state| state.word() == word).unwrap_or(Self::Unseen)
    }
}

/// How the tiers of one series stand.
#[derive(Clone, Debug, PartialEq)]
pub struct TierStatus {
    /// Which series.
    pub series: SeriesId,
    /// What is kept.
    pub state: TierState,
    /// The tiers hold every row before it.
    pub tiered_before: Option<Timestamp>,
    /// Rows in them.
    pub rows_done: u64,
    /// Rows of the table by the planner's estimate.
    pub rows_expected: u64,
    /// When the longest unchecked stretch was last looked at.
    pub checked: Option<Timestamp>,
    /// What is wrong.
    pub detail: Option<String>,
}

impl Store {
    /// The tiers of all series together, in one statement: for a look every few seconds.
    pub async fn tier_totals(&self) -> Result<TierTotals, StoreError> {
        let schema = quoted(&self.inner.settings.schema);
        let sql = format!(
            "SELECT state, count(*) AS series, sum(rows_done)::bigint AS done, sum(rows_expected)::bigint AS expected,
                    sum(greatest(rows_expected - rows_done, 0))::bigint AS behind, state IN ('building', 'following') AS kept
             FROM {schema}.tier_sources WHERE $1 GROUP BY state
             UNION ALL SELECT '{}', count(*), 0, 0, 0, false FROM {schema}.series WHERE $1 ORDER BY state",
            TierState::Written.word()
        );
        let mut totals = TierTotals::default();
        for row in sqlx::query(AssertSqlSafe(sql)).bind(true).fetch_all(self.readers()?).await? {
            let number = |name: &str| row.try_get::<i64, _>(name).map(i64::unsigned_abs);
            let word: String = row.try_get("state")?;
            let state = if word == TierState::Written.word() { TierState::Written } else { TierState::of(&word) };
            totals.series.push((state, number("series")?));
            if row.try_get("kept")? {
                totals.rows_done += number("done")?;
                totals.rows_expected += number("expected")?;
                totals.rows_behind += number("behind")?;
            }
        }
        Ok(totals)
    }

    /// How the tiers of a tenant's series stand, in the order of the catalog; all of them, or one.
    pub async fn tier_status(&self, tenant: &Tenant, series: Option<&SeriesId>) -> Result<Vec<TierStatus>, StoreError> {
        let schema = quoted(&self.inner.settings.schema);
        let sql = format!(
            "SELECT state, nullif(tiered_before, '-infinity') AT TIME ZONE 'UTC' AS tiered_before, rows_done, rows_expected, detail,
                    (SELECT min(checked_at) FROM {schema}.tier_checks c WHERE c.series_id = s.series_id) AT TIME ZONE 'UTC' AS checked
             FROM {schema}.tier_sources s WHERE source = $1"
        );
        let mut found = Vec::new();
        self.load_tiers().await;
        for Entry { series, source, .. } in self.entries_of(tenant, series).await? {
            let Some(source) = source else { continue };
            let row = sqlx::query(AssertSqlSafe(sql.clone())).bind(source.key()).fetch_optional(self.readers()?).await?;
            let mut status = TierStatus {
                series: series.id,
                state: TierState::Unseen,
                tiered_before: None,
                rows_done: 0,
                rows_expected: 0,
                checked: None,
                detail: None,
            };
            if source.part.is_some() {
                status.state = TierState::Written;
                status.tiered_before = self.tiers_of(&source).map(|tiers| tiers.before);
            }
            if let Some(row) = row {
                let instant = |name: &str| row.try_get::<Option<Instant>, _>(name).map(|t| t.map(|t| t.0));
                status.state = TierState::of(row.try_get("state")?);
                (status.tiered_before, status.checked) = (instant("tiered_before")?, instant("checked")?);
                status.rows_done = row.try_get::<i64, _>("rows_done")?.unsigned_abs();
                status.rows_expected = row.try_get::<i64, _>("rows_expected")?.unsigned_abs();
                status.detail = row.try_get("detail")?;
            }
            found.push(status);
        }
        Ok(found)
    }
}
