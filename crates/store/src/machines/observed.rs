//! What a window holds of a machine's log, in columns: what was said inside, the row before it, and outside only the rows that
//! bear on states, as far as standstills are followed.

use super::row::{self, REASON};
use crate::StoreError;
use crate::instant::Moment;
use crate::source::quoted;
use domain::machine::{Context, Heard};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// What a log holds of a window.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// What changed before the window, in order of time.
    pub before: Vec<Standing>,
    /// There is nothing before the first of them.
    pub from_the_first: bool,
    /// What the counters show before the window.
    pub readings: [Option<u64>; 4],
    /// Counters that were read before the window, where a counter of all parts must be judged by others that may be ahead of it.
    pub counted: Vec<Heard>,
    /// What was said inside.
    pub inside: Vec<Heard>,
    /// What changed after it.
    pub after: Vec<Standing>,
    /// There is nothing after the last of them.
    pub to_the_last: bool,
    /// The last sign of life; `None` where nothing was ever heard.
    pub heard: Option<Timestamp>,
    /// Rows read.
    pub rows: u64,
}

/// What holds from an instant on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub at: Timestamp,
    pub quiet_us: Option<i64>,
    pub context: Context,
    /// A reason was said just then.
    pub reasoned: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub range: TimeRange,
    /// Nothing that was recorded later.
    pub known_at: Option<Timestamp>,
    /// How far standstills are followed out of the window at either end, in rows.
    pub steps: i64,
}

/// Reads the logs of machines in one statement; the answer is in their order. A machine that never said anything has nothing.
pub(super) async fn read(
    connection: &mut PgConnection,
    schema: &str,
    tenant: &TenantId,
    machines: &[&MachineId],
    asked: Asked,
) -> Result<Vec<Observed>, StoreError> {
    let Asked { range, known_at, steps } = asked;
    let names: Vec<&str> = machines.iter().map(|machine| machine.as_str()).collect();
    let query = sqlx::query(AssertSqlSafe(statement(schema))).bind(tenant.as_str()).bind(names);
    let query = query.bind(Moment(range.start())).bind(Moment(range.end())).bind(known_at.map(Moment)).bind(steps);
    let rows = query.fetch_all(connection).await?;
    let mut found: Vec<Observed> =
        machines.iter().map(|_| Observed { from_the_first: true, to_the_last: true, ..Observed::default() }).collect();
    for row in &rows {
        let place = usize::try_from(row.try_get::<i64, _>("place")? - 1).unwrap_or_default();
        if let Some(observed) = found.get_mut(place) {
            *observed = of_row(row, asked)?;
        }
    }
    Ok(found)
}

/// The first observation of machines and their last sign of life.
pub(super) async fn extent(
    connection: &mut PgConnection,
    schema: &str,
    tenant: &TenantId,
    machines: &[&str],
) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    let schema = quoted(schema);
    let sql = format!(
        "SELECT min(f.at), max(l.last_heard)
         FROM {schema}.machine_logs l
         CROSS JOIN LATERAL (SELECT min(o.at) AS at FROM {schema}.observations o WHERE o.tenant_id = $1 AND o.log_id = l.log_id) f
         WHERE l.tenant_id = $1 AND l.machine = ANY($2) AND f.at IS NOT NULL"
    );
    let found = sqlx::query_as::<_, (Option<Moment>, Option<Moment>)>(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(machines);
    let (first, last) = found.fetch_one(connection).await?;
    Ok(first.zip(last).map(|(first, last)| (first.0, last.0)))
}

/// Each part is a stretch of one index: however long the log is, no more is looked at than is read.
fn statement(schema: &str) -> String {
    let log = format!("{}.observations o WHERE o.tenant_id = $1 AND o.log_id = l.log_id", quoted(schema));
    let known = "($5::timestamptz IS NULL OR o.recorded <= $5)";
    // A device's clock may run ahead, but not by more than this; so the search for what was known then has an end.
    let horizon = "o.at <= coalesce($5::timestamptz + interval '1 day', 'infinity')";
    let states = |name: &str, condition: &str, order: &str| {
        format!(
            "LEFT JOIN LATERAL (
                 SELECT array_agg(at) AS at, array_agg(quiet) AS quiet, array_agg(kind) AS kind, array_agg(state) AS state,
                        array_agg(mode) AS mode, array_agg(stop) AS stop, array_agg(reason) AS reason, array_agg(product) AS product
                 FROM (SELECT o.at, coalesce(o.quiet_us, 0) AS quiet, o.kind, coalesce(o.state, 0) AS state, coalesce(o.mode, 0) AS mode,
                              coalesce(o.emergency_stop, 0) AS stop, coalesce(o.reason, 0) AS reason, coalesce(o.product, 0) AS product
                       FROM {log} AND o.breaks AND {condition} AND {known} ORDER BY {order} LIMIT $6) part) {name} ON true"
        )
    };
    let before = states("b", "o.at < $3", "o.at DESC, o.sequence DESC");
    let after = states("a", &format!("o.at >= $4 AND {horizon}"), "o.at, o.sequence");
    let schema = quoted(schema);
    format!(
        "SELECT w.place, l.last_heard, b.at, b.quiet, b.kind, b.state, b.mode, b.stop, b.reason, b.product,
                a.at, a.quiet, a.kind, a.state, a.mode, a.stop, a.reason, a.product,
                c.total, c.good, c.reject, c.rework, i.at AS inside_at, i.kind AS inside_kind, i.value AS inside_value, i.quiet AS inside_quiet,
                t.at AS counted_at, t.kind AS counted_kind, t.value AS counted_value, n.at AS next_at, n.quiet_us AS next_quiet
         FROM unnest($2::text[]) WITH ORDINALITY AS w (machine, place)
         JOIN {schema}.machine_logs l ON l.tenant_id = $1 AND l.machine = w.machine
         {before} {after}
         LEFT JOIN LATERAL (SELECT o.total, o.good, o.reject, o.rework FROM {log} AND o.at < $3 AND {known}
                            ORDER BY o.at DESC, o.sequence DESC LIMIT 1) c ON true
         LEFT JOIN LATERAL (
             SELECT array_agg(at) AS at, array_agg(kind) AS kind, array_agg(value) AS value, array_agg(quiet) AS quiet
             FROM (SELECT o.at, o.kind, o.value, coalesce(o.quiet_us, 0) AS quiet
                   FROM {log} AND o.at >= $3 AND o.at < $4 AND {horizon} AND {known} ORDER BY o.at, o.sequence) part) i ON true
         LEFT JOIN LATERAL (
             SELECT array_agg(at) AS at, array_agg(kind) AS kind, array_agg(value) AS value
             FROM (SELECT o.at, o.kind, o.value FROM {log} AND o.at < $3 AND {known} AND o.kind BETWEEN 5 AND 8
                       AND c.total IS NOT NULL AND coalesce(c.good, c.reject, c.rework) IS NOT NULL
                   ORDER BY o.at DESC, o.sequence DESC LIMIT 64) part) t ON true
         LEFT JOIN LATERAL (SELECT o.at, o.sequence FROM {log} AND {horizon} AND o.recorded <= $5
                            ORDER BY o.at DESC, o.sequence DESC LIMIT 1) k ON $5 IS NOT NULL
         LEFT JOIN LATERAL (SELECT o.at, o.quiet_us FROM {log} AND (o.at, o.sequence) > (k.at, k.sequence)
                            ORDER BY o.at, o.sequence LIMIT 1) n ON $5 IS NOT NULL"
    )
}

fn of_row(row: &PgRow, asked: Asked) -> Result<Observed, StoreError> {
    let (mut before, after) = (standings(row, 2)?, standings(row, 10)?);
    before.reverse();
    let inside = heard(row, ["inside_at", "inside_kind", "inside_value"], Some("inside_quiet"))?;
    let mut counted = heard(row, ["counted_at", "counted_kind", "counted_value"], None)?;
    counted.reverse();
    let mut readings = [None; 4];
    for (reading, name) in readings.iter_mut().zip(["total", "good", "reject", "rework"]) {
        *reading = row.try_get::<Option<i64>, _>(name)?.map(i64::unsigned_abs);
    }
    let steps = usize::try_from(asked.steps).unwrap_or(usize::MAX);
    let last_heard = row.try_get::<Moment, _>("last_heard")?.0;
    let next: Option<Moment> = row.try_get("next_at")?;
    // What was heard at a past moment: whatever came next says how long it had been quiet before.
    let last_heard = match (asked.known_at, next) {
        (None, _) => last_heard,
        (Some(moment), None) => last_heard.min(moment),
        (Some(moment), Some(next)) => {
            let quiet_us: Option<i64> = row.try_get("next_quiet")?;
            next.0.plus(quiet_us.unwrap_or(0).saturating_neg()).min(moment)
        }
    };
    let rows = before.len() + counted.len() + inside.len() + after.len() + 1;
    let (from_the_first, to_the_last) = (before.len() < steps, after.len() < steps);
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    Ok(Observed { before, from_the_first, readings, counted, inside, after, to_the_last, heard: Some(last_heard), rows })
}

/// What was said, from columns of times, kinds and values.
fn heard(row: &PgRow, [at, kind, value]: [&str; 3], quiet: Option<&str>) -> Result<Vec<Heard>, StoreError> {
    let times: Vec<Moment> = row.try_get::<Option<_>, _>(at)?.unwrap_or_default();
    let kinds: Vec<i16> = row.try_get::<Option<_>, _>(kind)?.unwrap_or_default();
    let values: Vec<i64> = row.try_get::<Option<_>, _>(value)?.unwrap_or_default();
    let quiet: Option<Vec<i64>> = quiet.map(|quiet| row.try_get::<Option<_>, _>(quiet)).transpose()?.flatten();
    let quiet = quiet.unwrap_or_default().into_iter().chain(std::iter::repeat(0));
    let said = times.iter().zip(&kinds).zip(values.iter().zip(quiet));
    let heard = said.filter_map(|((at, kind), (value, quiet))| {
        Some(Heard { at: at.0, quiet_us: Some(quiet).filter(|us| *us > 0), said: row::said(*kind, *value)? })
    });
    Ok(heard.collect())
}

/// Eight columns from a place on.
fn standings(row: &PgRow, first: usize) -> Result<Vec<Standing>, StoreError> {
    let times: Vec<Moment> = row.try_get::<Option<_>, _>(first)?.unwrap_or_default();
    let quiet: Vec<i64> = row.try_get::<Option<_>, _>(first + 1)?.unwrap_or_default();
    let kinds: Vec<i16> = row.try_get::<Option<_>, _>(first + 2)?.unwrap_or_default();
    let mut words: [std::vec::IntoIter<i32>; 5] = Default::default();
    for (place, column) in words.iter_mut().enumerate() {
        *column = row.try_get::<Option<Vec<i32>>, _>(first + 3 + place)?.unwrap_or_default().into_iter();
    }
    let standing = |((at, quiet), kind): ((&Moment, &i64), &i16)| {
        let words = words.each_mut().map(|column| column.next().unwrap_or_default());
        let quiet_us = Some(*quiet).filter(|us| *us > 0);
        Standing { at: at.0, quiet_us, context: row::context(words, [None; 4]), reasoned: *kind == REASON }
    };
    Ok(times.iter().zip(&quiet).zip(&kinds).map(standing).collect())
}
