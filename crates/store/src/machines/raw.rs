//! The raw log of a machine, page by page in the order of arrival: what figures are made of, as it came in. And what of it was
//! refused.

use super::row;
use super::{MachineError, observed};
use crate::instant::Moment;
use crate::source::quoted;
use crate::{Store, StoreError, Tenant};
use domain::machine::{Said, Word};
use domain::{MachineId, TimeRange, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

/// Rows of a page.
pub const PAGE: usize = 200;
/// So many rows are shown on either side of a stretch, whatever time they are of.
const AROUND: i64 = 5;
/// So many further rows are counted; more are "more than that".
const COUNTED: i64 = 100_000;

/// Where a page of a log ended: the next one begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// The time of its last row.
    pub at: Timestamp,
    /// The sequence of its last row.
    pub sequence: i64,
}

/// One thing that a device said, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Its place in the order of arrival.
    pub sequence: i64,
    /// The sender's own number, where it gave one.
    pub number: Option<i64>,
    /// Who sent it.
    pub origin: String,
    /// The device's own clock.
    pub stamp: Timestamp,
    /// The time that it counts at: the stamp, or the one before where the stamp stepped back.
    pub at: Timestamp,
    /// When it came in; for a file the time that the file is about.
    pub received: Timestamp,
    /// When it was written down here.
    pub recorded: Timestamp,
    /// How long nothing was heard before it, where that was noted.
    pub quiet_us: Option<i64>,
    /// What it says; `None` for what only a later version understands.
    pub said: Option<Said>,
}

/// Something of a machine that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its number in the quarantine.
    pub id: i64,
    /// Who sent it.
    pub source: String,
    /// When it was put there.
    pub received: Timestamp,
    /// Why.
    pub reason: String,
    /// What it was, as far as it is text; cut where it is long.
    pub payload: String,
}

/// A page, and how many rows follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most [`PAGE`] of them.
    pub rows: Vec<T>,
    /// How many more there are, counted up to a hundred thousand.
    pub more: u64,
}

impl Store {
    /// What was heard of a machine in a stretch of time and just around it, in the order of arrival; as it is known now, or as it
    /// was at an earlier moment. `after` is where the page before ended.
    pub async fn log_page(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        range: TimeRange,
        known_at: Option<Timestamp>,
        after: Option<LogPlace>,
    ) -> Result<Page<LogRow>, MachineError> {
        let sql = log_statement(&self.inner.settings.schema);
        let after = after.unwrap_or(LogPlace { at: Timestamp::MIN, sequence: i64::MIN });
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(tenant.owner().as_str()).bind(machine.as_str());
            let query = query.bind(Moment(range.start())).bind(Moment(range.end())).bind(known_at.map(Moment));
            Ok(query.bind(Moment(after.at)).bind(after.sequence).fetch_all(&mut *connection).await?)
        };
        let rows = some(self.retried(read).await)?;
        // After the rows, so that it knows every word of them.
        let plant = self.whole_plant(tenant.owner(), None).await?;
        Self::must_see(tenant, &plant, machine)?;
        let text = |word: Word| plant.words.text(word).unwrap_or_default().to_owned();
        page(&rows, |row| log_row(row, text))
    }

    /// What of a machine was put into quarantine in a stretch of time, the latest first: by the time that it came in, which for a
    /// file is the time that the file is about. `before` is the number that the page before ended with.
    pub async fn refused_page(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        range: TimeRange,
        known_at: Option<Timestamp>,
        before: Option<i64>,
    ) -> Result<Page<RefusedRow>, MachineError> {
        let plant = self.whole_plant(tenant.owner(), None).await?;
        Self::must_see(tenant, &plant, machine)?;
        let sql = refused_statement(&self.inner.settings.schema);
        let (source, reason) = (format!("machine {machine}"), format!("machine `{machine}`: "));
        let beginning = machine.as_str().split("`: ").next().unwrap_or_default();
        let read = || async {
            let mut connection = self.readers()?.acquire().await?;
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(tenant.owner().as_str()).bind(&source).bind(&reason);
            let query = query.bind(Moment(range.start())).bind(Moment(range.end())).bind(known_at.map(Moment));
            Ok(query.bind(before.unwrap_or(i64::MAX)).bind(beginning).fetch_all(&mut *connection).await?)
        };
        let rows = some(self.retried(read).await)?;
        page(&rows, |row| {
            let reason: String = row.try_get("reason")?;
            Ok(RefusedRow {
                id: row.try_get("id")?,
                source: row.try_get("source")?,
                received: row.try_get::<Moment, _>("received_at")?.0,
                reason: reason.strip_prefix(&format!("machine `{machine}`: ")).unwrap_or(&reason).to_owned(),
                payload: String::from_utf8_lossy(&row.try_get::<Vec<u8>, _>("payload")?).into_owned(),
            })
        })
    }
}

/// A row of a log; `text` knows the words of the plant.
pub(super) fn log_row(row: &PgRow, text: impl Fn(Word) -> String) -> Result<LogRow, sqlx::Error> {
    let (kind, value): (i16, i64) = (row.try_get("kind")?, row.try_get("value")?);
    Ok(LogRow {
        sequence: row.try_get("sequence")?,
        number: row.try_get("number")?,
        origin: text(Word(row.try_get::<i32, _>("origin")?.unsigned_abs())),
        stamp: row.try_get::<Moment, _>("stamp")?.0,
        at: row.try_get::<Moment, _>("at")?.0,
        received: row.try_get::<Moment, _>("received")?.0,
        recorded: row.try_get::<Moment, _>("recorded")?.0,
        quiet_us: row.try_get("quiet_us")?,
        said: row::said(kind, value).map(|said| said.with_word(text)),
    })
}

/// No rows where there are no tables yet.
fn some(found: Result<Vec<PgRow>, StoreError>) -> Result<Vec<PgRow>, StoreError> {
    match found {
        Err(StoreError::Gone(_)) => Ok(Vec::new()),
        found => found,
    }
}

/// Every row carries how many there are from it on, itself among them.
fn page<T>(rows: &[PgRow], row: impl Fn(&PgRow) -> Result<T, sqlx::Error>) -> Result<Page<T>, MachineError> {
    let all: i64 = rows.first().map_or(Ok(0), |row| row.try_get("remaining"))?;
    let rows: Vec<T> = rows.iter().map(row).collect::<Result<_, _>>()?;
    let more = all.unsigned_abs().saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    Ok(Page { rows, more })
}

/// Time grows with the sequence, so a page is one stretch of the primary key.
fn log_statement(schema: &str) -> String {
    let (log, known) = (observed::log_of(schema), "($5::timestamptz IS NULL OR o.recorded <= $5)");
    let inside = format!(
        "{log} AND {known} AND o.at >= coalesce(b.at, $3) AND o.at <= coalesce(a.at, $4) AND (o.at, o.sequence) > ($6::timestamptz, $7::bigint)"
    );
    let schema = quoted(schema);
    format!(
        "SELECT p.*, r.remaining FROM {schema}.machine_logs l
         CROSS JOIN LATERAL (SELECT min(n.at) AS at FROM (
             SELECT o.at FROM {log} AND {known} AND o.at < $3 ORDER BY o.at DESC, o.sequence DESC LIMIT {AROUND}) n) b
         CROSS JOIN LATERAL (SELECT max(n.at) AS at FROM (
             SELECT o.at FROM {log} AND {known} AND o.at >= $4 ORDER BY o.at, o.sequence LIMIT {AROUND}) n) a
         CROSS JOIN LATERAL (SELECT count(*) AS remaining FROM (SELECT 1 FROM {inside} LIMIT {COUNTED}) counted) r
         CROSS JOIN LATERAL (
             SELECT o.sequence, o.number, o.origin, o.stamp, o.at, o.received, o.recorded, o.quiet_us, o.kind, o.value
             FROM {inside} ORDER BY o.at, o.sequence LIMIT {PAGE}) p
         WHERE l.tenant_id = $1 AND l.machine = $2 ORDER BY p.at, p.sequence"
    )
}

/// The beginning of the machine's name, as the index `quarantine_of_machine` has it.
const REFUSED_OF: &str = "left(split_part(CASE
    WHEN starts_with(q.source, 'machine ') THEN substr(q.source, 9)
    WHEN starts_with(q.reason, 'machine `') THEN substr(q.reason, 10) END, '`: ', 1), 200) COLLATE \"C\"";

/// What a clock made impossible says itself when it came in; its payload is ours, and is read as text because others are not.
fn refused_statement(schema: &str) -> String {
    let schema = quoted(schema);
    let came = "CASE WHEN q.source = $2 THEN coalesce(
                    timestamptz 'epoch' + substring(encode(q.payload, 'escape') FROM '\"received\":(-?[0-9]{1,17})[,}]')::bigint * interval '1 microsecond',
                    q.received_at) ELSE q.received_at END";
    let inside = format!(
        "{schema}.quarantine q WHERE q.tenant_id = $1 AND {REFUSED_OF} = $8 AND (q.source = $2 OR starts_with(q.reason, $3)) AND q.id < $7
         AND ($6::timestamptz IS NULL OR q.received_at <= $6) AND {came} >= $4 AND {came} < $5"
    );
    format!(
        "SELECT q.id, q.source, q.received_at, q.reason, substring(q.payload FROM 1 FOR 500) AS payload,
                (SELECT count(*) FROM (SELECT 1 FROM {inside} LIMIT {COUNTED}) counted) AS remaining
         FROM {inside} ORDER BY q.id DESC LIMIT {PAGE}"
    )
}
