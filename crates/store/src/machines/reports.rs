//! What people report: filed, corrected and taken back by appending.

use super::plant::plain;
use super::{MachineChange, MachineError};
use crate::instant::Moment;
use crate::source::quoted;
use crate::{Store, StoreError, Tenant};
use domain::oee::correction::{Entry, as_known_at};
use domain::plant::{LONGEST_REPORT_US, Plant, Report};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::collections::{BTreeSet, HashMap};

/// The first number of the locks under which reports of a machine are filed and undone; the second is the machine's.
const LOCK: i32 = 0x616e_6406;

/// An entry about one report.
pub type ReportEntry = Entry<Report>;

/// What somebody files about a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The report to correct or take back; `None` files a new one.
    pub subject: Option<u64>,
    /// What holds from now on; `None` takes the report back.
    pub report: Option<Report>,
}

/// The entries of machines about a stretch.
#[derive(Debug, Default)]
pub(super) struct Reports {
    covered: Option<TimeRange>,
    entries: HashMap<String, Vec<ReportEntry>>,
}

impl Store {
    /// Files reports about a machine, all or none, and says the subjects of them, in their order. A stop is split by filing a
    /// reason for each of its parts; a reason of many stops is filed as many reports at once. A new reason from an instant on
    /// takes the place of the one that is held from the same instant on.
    pub async fn file_reports(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        author: &str,
        why: &str,
        reports: Vec<Filed>,
    ) -> Result<Vec<u64>, MachineError> {
        if tenant.customer().is_some() {
            return Err(MachineError::OnlyLooks);
        }
        let plant = self.whole_plant(tenant.owner(), None).await?;
        Self::must_see(tenant, &plant, machine)?;
        for filed in &reports {
            check(&plant, filed)?;
        }
        let mut connection = self.machine_writer().await?;
        let mut transaction = connection.begin().await?;
        let by = By { tenant: tenant.owner(), machine, author: &plain(author), why: &plain(why) };
        lock(&mut transaction, &by).await?;
        let (mut subjects, mut touched) = (Vec::new(), None);
        for Filed { subject, report } in reports {
            let subject = match (subject, &report) {
                (None, Some(Report::Reason { start, .. })) => reason_from(&mut transaction, &by, *start).await?,
                (subject, _) => subject,
            };
            let (subject, range) = append(&mut transaction, &by, subject, report).await?;
            subjects.push(subject);
            touched = Some(touched.map_or(range, |all: TimeRange| union(all, range)));
        }
        self.committed(transaction, by, touched).await?;
        Ok(subjects)
    }

    /// Puts subjects back to what held of them before their last entry, by one more entry each. What was undone for the same
    /// cause already stays undone, so that a second click of the same button files nothing.
    pub async fn undo_reports(
        &self,
        tenant: &Tenant,
        machine: &MachineId,
        author: &str,
        why: &str,
        subjects: &[u64],
    ) -> Result<(), MachineError> {
        if tenant.customer().is_some() {
            return Err(MachineError::OnlyLooks);
        }
        let mut connection = self.machine_writer().await?;
        let mut transaction = connection.begin().await?;
        let by = By { tenant: tenant.owner(), machine, author: &plain(author), why: &plain(why) };
        // Under the lock, so that two clicks at once are seen one after the other.
        lock(&mut transaction, &by).await?;
        let mut touched = None;
        for subject in subjects.iter().collect::<BTreeSet<_>>() {
            let sql = "SELECT why, report::text FROM reports
                       WHERE tenant_id = $1 AND machine = $2 AND subject = $3 ORDER BY number DESC LIMIT 2";
            let number = i64::try_from(*subject).unwrap_or(i64::MAX);
            let query = sqlx::query_as(sql).bind(by.tenant.as_str()).bind(machine.as_str()).bind(number);
            let held: Vec<(String, Option<String>)> = query.fetch_all(&mut *transaction).await?;
            let Some((newest_why, newest)) = held.first() else {
                return Err(MachineError::Report("There is no such report to undo; load the page again."));
            };
            if newest.is_none() || *newest_why == by.why {
                continue;
            }
            let before = held.get(1).and_then(|(_, text)| text.as_deref()).map(parsed).transpose()?;
            let (_, range) = append(&mut transaction, &by, Some(*subject), before).await?;
            touched = Some(touched.map_or(range, |all: TimeRange| union(all, range)));
        }
        self.committed(transaction, by, touched).await
    }

    /// Every entry, also those that no longer hold, of the reports that touch a range, in the order they were recorded.
    pub async fn report_entries(&self, tenant: &Tenant, machine: &MachineId, range: TimeRange) -> Result<Vec<ReportEntry>, MachineError> {
        let plant = self.whole_plant(tenant.owner(), None).await?;
        Self::must_see(tenant, &plant, machine)?;
        let schema = &self.inner.settings.schema;
        let found = self.retried(|| async {
            let mut connection = self.readers()?.acquire().await?;
            read(&mut connection, schema, tenant.owner(), &[machine.as_str()], range, None).await
        });
        Ok(found.await?.entries.remove(machine.as_str()).unwrap_or_default())
    }

    async fn committed(
        &self,
        mut transaction: sqlx::Transaction<'_, sqlx::Postgres>,
        by: By<'_>,
        touched: Option<TimeRange>,
    ) -> Result<(), MachineError> {
        let change = touched.map(|range| MachineChange { tenant: by.tenant.clone(), machine: Some(by.machine.clone()), range });
        if let Some(change) = &change {
            self.tell_others(&mut transaction, change).await?;
        }
        transaction.commit().await?;
        let _ = change.map(|change| self.inner.machines.sender.send(change));
        Ok(())
    }
}

/// Who says something about what, and why.
struct By<'a> {
    tenant: &'a TenantId,
    machine: &'a MachineId,
    author: &'a str,
    why: &'a str,
}

impl Reports {
    /// No reports.
    pub fn none(range: TimeRange) -> Self {
        Self { covered: Some(range), entries: HashMap::new() }
    }

    /// Whether all of a stretch was read.
    pub fn cover(&self, range: TimeRange) -> bool {
        self.covered.is_some_and(|covered| covered.start() <= range.start() && range.end() <= covered.end())
    }

    /// What holds of a machine at a moment.
    pub fn of(&self, machine: &MachineId, known_at: Option<Timestamp>) -> Vec<&Report> {
        let entries = self.entries.get(machine.as_str()).map(Vec::as_slice).unwrap_or_default();
        as_known_at(entries, known_at.unwrap_or(Timestamp::MAX))
    }

    /// How many entries were read.
    pub fn rows(&self) -> u64 {
        self.entries.values().map(|entries| entries.len() as u64).sum()
    }
}

/// Reads every entry of the reports that touch a stretch or ever did. Reports are a month long at most, so those of a window lie
/// in a month of the index, and those of now in the few that have not ended before.
pub(super) async fn read(
    connection: &mut PgConnection,
    schema: &str,
    tenant: &TenantId,
    machines: &[&str],
    around: TimeRange,
    known_at: Option<Timestamp>,
) -> Result<Reports, StoreError> {
    let table = format!("{}.reports", quoted(schema));
    let sql = format!(
        "SELECT machine, subject, number, recorded, author, why, report::text AS report FROM {table}
         WHERE tenant_id = $1 AND machine = ANY($2) AND ($5::timestamptz IS NULL OR recorded <= $5) AND (machine, subject) IN (
             SELECT machine, subject FROM {table}
             WHERE tenant_id = $1 AND machine = ANY($2) AND ends >= $3 AND ends <= $6 AND starts <= $4)
         ORDER BY recorded, number"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(machines);
    let query = query.bind(Moment(around.start())).bind(Moment(around.end())).bind(known_at.map(Moment));
    let rows = query.bind(Moment(around.end().plus(LONGEST_REPORT_US))).fetch_all(connection).await?;
    let mut reports = Reports::none(around);
    for row in &rows {
        reports.entries.entry(row.try_get("machine")?).or_default().push(entry(row)?);
    }
    Ok(reports)
}

fn entry(row: &PgRow) -> Result<ReportEntry, StoreError> {
    let (subject, number): (i64, i64) = (row.try_get("subject")?, row.try_get("number")?);
    Ok(Entry {
        subject: subject.unsigned_abs(),
        recorded: row.try_get::<Moment, _>("recorded")?.0,
        number: number.unsigned_abs(),
        author: row.try_get("author")?,
        why: row.try_get("why")?,
        fact: row.try_get::<Option<String>, _>("report")?.map(|text| parsed(&text)).transpose()?,
    })
}

fn parsed(text: &str) -> Result<Report, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable(sqlx::Error::Decode(error.into())))
}

fn check(plant: &Plant, filed: &Filed) -> Result<(), MachineError> {
    let Filed { subject, report } = filed;
    let Some(report) = report else {
        return if subject.is_some() { Ok(()) } else { Err(MachineError::Report("Say which report is taken back.")) };
    };
    if report.range().is_none() {
        return Err(MachineError::Report("A report must end after it begins, and be no longer than 31 days; split it into several."));
    }
    if matches!(report, Report::Comment { text, .. } if text.contains('\0')) {
        return Err(MachineError::Report("A remark holds no zero bytes; leave them away."));
    }
    if report.reason().is_some_and(|reason| !plant.reasons.contains_key(reason)) {
        return Err(MachineError::Report("There is no such reason; choose another, or add it to the plant."));
    }
    let product = match report {
        Report::Made { product, .. } | Report::Recount { product, .. } => product.as_deref(),
        _ => None,
    };
    if product.is_some_and(|product| !plant.products.contains_key(product)) {
        return Err(MachineError::Report("There is no such product; choose another, or add it to the plant."));
    }
    Ok(())
}

/// Whoever files or undoes reports of a machine waits for whoever does so already.
async fn lock(connection: &mut PgConnection, by: &By<'_>) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema() || ' ' || $2 || ' ' || $3))";
    sqlx::query(sql).bind(LOCK).bind(by.tenant.as_str()).bind(by.machine.as_str()).execute(connection).await?;
    Ok(())
}

/// The subject of the reason that is held from exactly this instant on: whoever changes the reason of a stop means that one.
async fn reason_from(connection: &mut PgConnection, by: &By<'_>, start: Timestamp) -> Result<Option<u64>, StoreError> {
    // The ends are those of every report that can have begun then, which is what the index is ordered by.
    let sql = "SELECT subject FROM (
                   SELECT DISTINCT ON (subject) subject, number, starts, report FROM reports
                   WHERE tenant_id = $1 AND machine = $2 AND subject IN (
                       SELECT subject FROM reports
                       WHERE tenant_id = $1 AND machine = $2 AND ends >= $3 AND ends <= $4 AND starts = $3)
                   ORDER BY subject, number DESC) AS latest
               WHERE starts = $3 AND report -> 'reason' IS NOT NULL ORDER BY number DESC LIMIT 1";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(by.tenant.as_str()).bind(by.machine.as_str());
    let query = query.bind(Moment(start)).bind(Moment(start.plus(LONGEST_REPORT_US)));
    Ok(query.fetch_optional(connection).await?.map(i64::unsigned_abs))
}

/// Appends one entry; one that takes a report back stands where the report stood.
async fn append(
    connection: &mut PgConnection,
    by: &By<'_>,
    subject: Option<u64>,
    report: Option<Report>,
) -> Result<(u64, TimeRange), MachineError> {
    let By { tenant, machine, author, why } = by;
    let subject = subject.map(|subject| i64::try_from(subject).unwrap_or(i64::MAX));
    let held = match subject {
        None => None,
        Some(subject) => {
            let sql =
                "SELECT starts, ends FROM reports WHERE tenant_id = $1 AND machine = $2 AND subject = $3 ORDER BY number DESC LIMIT 1";
            let query = sqlx::query_as::<_, (Moment, Moment)>(sql).bind(tenant.as_str()).bind(machine.as_str()).bind(subject);
            let held = query.fetch_optional(&mut *connection).await?;
            let (start, end) = held.ok_or(MachineError::Report("There is no such report; load the page again."))?;
            TimeRange::new(start.0, end.0).ok()
        }
    };
    let range = report.as_ref().and_then(Report::range).or(held);
    let range = range.ok_or(MachineError::Report("There is no such report; load the page again."))?;
    let text = report.as_ref().map(serde_json::to_string).transpose();
    let text = text.map_err(|error| StoreError::Other(sqlx::Error::Encode(error.into())))?;
    let sql = "WITH number AS (SELECT nextval('series_numbers') AS number)
               INSERT INTO reports (tenant_id, machine, subject, number, author, why, starts, ends, report)
               SELECT $1, $2, coalesce($3, number), number, $4, $5, $6, $7, $8::jsonb FROM number RETURNING subject";
    let insert = sqlx::query_scalar::<_, i64>(sql).bind(tenant.as_str()).bind(machine.as_str()).bind(subject);
    let insert = insert.bind(author).bind(why).bind(Moment(range.start())).bind(Moment(range.end())).bind(text);
    let subject = insert.fetch_one(connection).await?;
    Ok((subject.unsigned_abs(), held.map_or(range, |held| union(held, range))))
}

fn union(one: TimeRange, other: TimeRange) -> TimeRange {
    TimeRange::new(one.start().min(other.start()), one.end().max(other.end())).unwrap_or(one)
}
