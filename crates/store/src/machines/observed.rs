//! Reading logs of machines, in one statement for any number of them: a window as a whole, or what was said since. What is
//! said comes packed, a few bytes a row: decoding it value by value took ten times as long as Postgres takes to find it.

use super::log::{Asked, COUNTED, Line, Log, Mark, Standing};
use super::row::{self, REASON};
use crate::StoreError;
use crate::instant::{Moment, us_of_postgres};
use crate::source::quoted;
use domain::{MachineId, TenantId, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// What beside its kind stands in the same number of a packed row.
const BREAKS: i16 = 256;
const QUIET: i16 = 512;

/// A log as it was read for a window.
#[derive(Debug)]
pub(super) struct Read {
    /// The window's lines, or those to the end of the log.
    pub log: Log,
    /// What changed after the window, where the log was read no further.
    pub after: Vec<Standing>,
    /// The last sign of life.
    pub heard: Timestamp,
}

/// What was said since a log was read.
#[derive(Debug)]
pub(super) struct Since {
    pub log_id: i64,
    pub heard: Timestamp,
    /// When the row was recorded that was the last one: it is read again, so that another log is not taken for this one.
    pub first: Option<Timestamp>,
    /// That row, and what came after it.
    pub lines: Vec<Line>,
    pub last: Option<Mark>,
}

/// Reads a window of each machine, to the end of the log where it is `open`. A machine that never said anything has none.
pub(super) async fn read(
    connection: &mut PgConnection,
    schema: &str,
    tenant: &TenantId,
    machines: &[&MachineId],
    (asked, open): (Asked, bool),
) -> Result<Vec<PgRow>, StoreError> {
    let Asked { range, known_at, steps } = asked;
    let names: Vec<&str> = machines.iter().map(|machine| machine.as_str()).collect();
    let end = (!open).then_some(Moment(range.end()));
    let query = sqlx::query(AssertSqlSafe(window_sql(schema))).bind(tenant.as_str()).bind(names);
    let query = query.bind(Moment(range.start())).bind(end).bind(known_at.map(Moment)).bind(i64::try_from(steps).unwrap_or(i64::MAX));
    Ok(query.fetch_all(connection).await?)
}

/// Reads what was said after the last rows of logs.
pub(super) async fn read_on(
    connection: &mut PgConnection,
    schema: &str,
    tenant: &TenantId,
    machines: &[(&MachineId, Option<Mark>)],
) -> Result<Vec<PgRow>, StoreError> {
    let names: Vec<&str> = machines.iter().map(|(machine, _)| machine.as_str()).collect();
    let at: Vec<Moment> = machines.iter().map(|(_, last)| Moment(last.map_or(Timestamp::MIN, |last| last.at))).collect();
    let sequences: Vec<i64> = machines.iter().map(|(_, last)| last.map_or(0, |last| last.sequence)).collect();
    let query = sqlx::query(AssertSqlSafe(since_sql(schema))).bind(tenant.as_str()).bind(names).bind(at).bind(sequences);
    Ok(query.fetch_all(connection).await?)
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

/// The rows of a log, packed, in the order of arrival.
fn packed(log: &str, condition: &str) -> String {
    format!(
        "SELECT string_agg(timestamptz_send(at), '') AS at, string_agg(int8send(value), '') AS value, string_agg(int2send(kind), '') AS kind,
                array_agg(quiet_us) FILTER (WHERE quiet_us > 0) AS quiet, max(sequence) AS last_sequence,
                min(recorded) AS first_recorded, max(recorded) AS last_recorded
         FROM (SELECT o.at, o.value, o.quiet_us, o.sequence, o.recorded,
                      (o.kind + CASE WHEN o.breaks THEN {BREAKS} ELSE 0 END + CASE WHEN o.quiet_us > 0 THEN {QUIET} ELSE 0 END)::smallint AS kind
               FROM {log} AND {condition} ORDER BY o.at, o.sequence) part"
    )
}

const PACKED: &str = "i.at AS inside_at, i.value AS inside_value, i.kind AS inside_kind, i.quiet AS inside_quiet, i.last_sequence, i.first_recorded, i.last_recorded";

/// The rows of the log `l`.
pub(super) fn log_of(schema: &str) -> String {
    format!("{}.observations o WHERE o.tenant_id = $1 AND o.log_id = l.log_id", quoted(schema))
}

/// Each part is a stretch of one index: however long the log is, no more is looked at than is read.
fn window_sql(schema: &str) -> String {
    let log = log_of(schema);
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
    let after = states("a", &format!("o.at >= $4::timestamptz AND {horizon}"), "o.at, o.sequence");
    let inside = packed(&log, &format!("o.at >= $3 AND o.at < coalesce($4::timestamptz, 'infinity') AND {horizon} AND {known}"));
    let schema = quoted(schema);
    format!(
        "SELECT w.place, l.log_id, l.last_heard, b.at, b.quiet, b.kind, b.state, b.mode, b.stop, b.reason, b.product,
                a.at, a.quiet, a.kind, a.state, a.mode, a.stop, a.reason, a.product,
                c.total, c.good, c.reject, c.rework, c.at AS before_at, c.sequence AS before_sequence, c.recorded AS before_recorded, {PACKED},
                t.at AS counted_at, t.kind AS counted_kind, t.value AS counted_value, n.at AS next_at, n.quiet_us AS next_quiet
         FROM unnest($2::text[]) WITH ORDINALITY AS w (machine, place)
         JOIN {schema}.machine_logs l ON l.tenant_id = $1 AND l.machine = w.machine
         {before} {after}
         LEFT JOIN LATERAL (SELECT o.total, o.good, o.reject, o.rework, o.at, o.sequence, o.recorded FROM {log} AND o.at < $3 AND {known}
                            ORDER BY o.at DESC, o.sequence DESC LIMIT 1) c ON true
         LEFT JOIN LATERAL ({inside}) i ON true
         LEFT JOIN LATERAL (
             SELECT array_agg(at) AS at, array_agg(kind) AS kind, array_agg(value) AS value
             FROM (SELECT o.at, o.kind, o.value FROM {log} AND o.at < $3 AND {known} AND (o.kind BETWEEN 5 AND 8 OR o.kind = 15)
                       AND c.total IS NOT NULL AND coalesce(c.good, c.reject, c.rework) IS NOT NULL
                   ORDER BY o.at DESC, o.sequence DESC LIMIT {COUNTED}) part) t ON true
         LEFT JOIN LATERAL (SELECT o.at, o.sequence FROM {log} AND {horizon} AND o.recorded <= $5 AND $5 IS NOT NULL
                            ORDER BY o.at DESC, o.sequence DESC LIMIT 1) k ON true
         LEFT JOIN LATERAL (SELECT o.at, o.quiet_us FROM {log} AND (o.at, o.sequence) > (k.at, k.sequence)
                            ORDER BY o.at, o.sequence LIMIT 1) n ON true"
    )
}

/// One probe of the primary key for each machine.
fn since_sql(schema: &str) -> String {
    let since = packed(&log_of(schema), "(o.at, o.sequence) >= (w.at, w.sequence)");
    format!(
        "SELECT w.place, l.log_id, l.last_heard, {PACKED}
         FROM unnest($2::text[], $3::timestamptz[], $4::bigint[]) WITH ORDINALITY AS w (machine, at, sequence, place)
         JOIN {}.machine_logs l ON l.tenant_id = $1 AND l.machine = w.machine
         LEFT JOIN LATERAL ({since}) i ON true",
        quoted(schema)
    )
}

/// The place of a row's machine among those that were asked for.
pub(super) fn place(row: &PgRow) -> Result<usize, StoreError> {
    Ok(usize::try_from(row.try_get::<i64, _>("place")? - 1).unwrap_or_default())
}

/// A row of [`read`].
pub(super) fn of_window(row: &PgRow, asked: &Asked) -> Result<Read, StoreError> {
    let (mut before, after) = (standings(row, 3)?, standings(row, 11)?);
    before.reverse();
    let (lines, last) = packed_lines(row)?;
    let mut readings = [None; 4];
    for (reading, name) in readings.iter_mut().zip(["total", "good", "reject", "rework"]) {
        *reading = row.try_get::<Option<i64>, _>(name)?.map(i64::unsigned_abs);
    }
    let moment = |name: &str| row.try_get::<Option<Moment>, _>(name).map(|moment| moment.map(|moment| moment.0));
    let before_it = moment("before_at")?.zip(row.try_get::<Option<i64>, _>("before_sequence")?).zip(moment("before_recorded")?);
    let before_it = before_it.map(|((at, sequence), recorded)| Mark { at, sequence, recorded });
    let (last_heard, next) = (row.try_get::<Moment, _>("last_heard")?.0, moment("next_at")?);
    // What was heard at a past moment: whatever came next says how long it had been quiet before.
    let heard = match (asked.known_at, next) {
        (None, _) => last_heard,
        (Some(moment), None) => last_heard.min(moment),
        (Some(moment), Some(next)) => {
            let quiet_us: Option<i64> = row.try_get("next_quiet")?;
            next.plus(quiet_us.unwrap_or(0).saturating_neg()).min(moment)
        }
    };
    let log = Log {
        log_id: row.try_get("log_id")?,
        from: asked.range.start(),
        before,
        steps: asked.steps,
        readings,
        counted: counted(row)?,
        lines,
        last: last.or(before_it),
    };
    Ok(Read { log, after, heard })
}

/// A row of [`read_on`].
pub(super) fn of_since(row: &PgRow) -> Result<Since, StoreError> {
    let (lines, last) = packed_lines(row)?;
    let first = row.try_get::<Option<Moment>, _>("first_recorded")?.map(|moment| moment.0);
    Ok(Since { log_id: row.try_get("log_id")?, heard: row.try_get::<Moment, _>("last_heard")?.0, first, lines, last })
}

/// What was said, and which of it is the last.
fn packed_lines(row: &PgRow) -> Result<(Vec<Line>, Option<Mark>), StoreError> {
    let bytes = |name: &str| row.try_get::<Option<&[u8]>, _>(name).map(Option::unwrap_or_default);
    let (at, value, kind) = (bytes("inside_at")?, bytes("inside_value")?, bytes("inside_kind")?);
    let mut quiet = row.try_get::<Option<Vec<i64>>, _>("inside_quiet")?.unwrap_or_default().into_iter();
    let (at, value, kind) = (at.as_chunks::<8>().0, value.as_chunks::<8>().0, kind.as_chunks::<2>().0);
    let line = |((at, value), kind): ((&[u8; 8], &[u8; 8]), &[u8; 2])| {
        let kind = i16::from_be_bytes(*kind);
        Line {
            at: Timestamp::from_us(us_of_postgres(i64::from_be_bytes(*at))),
            value: i64::from_be_bytes(*value),
            quiet_us: if kind & QUIET == 0 { 0 } else { quiet.next().unwrap_or_default() },
            kind: kind & (BREAKS - 1),
            breaks: kind & BREAKS != 0,
        }
    };
    let lines: Vec<Line> = at.iter().zip(value).zip(kind).map(line).collect();
    let sequence: Option<i64> = row.try_get("last_sequence")?;
    let recorded: Option<Moment> = row.try_get("last_recorded")?;
    let last = lines.last().zip(sequence).zip(recorded);
    let last = last.map(|((line, sequence), recorded)| Mark { at: line.at, sequence, recorded: recorded.0 });
    Ok((lines, last))
}

/// The counters that were read before the window.
fn counted(row: &PgRow) -> Result<Vec<Line>, StoreError> {
    let times: Vec<Moment> = row.try_get::<Option<_>, _>("counted_at")?.unwrap_or_default();
    let kinds: Vec<i16> = row.try_get::<Option<_>, _>("counted_kind")?.unwrap_or_default();
    let values: Vec<i64> = row.try_get::<Option<_>, _>("counted_value")?.unwrap_or_default();
    let said = times.into_iter().zip(kinds).zip(values).rev();
    Ok(said.map(|((at, kind), value)| Line { at: at.0, value, quiet_us: 0, kind, breaks: false }).collect())
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
