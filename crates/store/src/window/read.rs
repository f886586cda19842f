//! Reading one series' window: one statement, so one snapshot and one round trip. A second one follows only where the
//! first shows that it must: too many rows in a stretch, few enough rows to send them all, or tiers that went away.

use crate::instant::Instant;
use crate::lease::Lease;
use crate::source::{Source, quoted};
use crate::tiers::{Key, Tiers};
use crate::window::assemble::{Part, assemble};
use crate::window::plan::{Plan, Question};
use crate::window::{WindowCost, bound, columns, rows};
use crate::{Store, StoreError};
use domain::answer::{Around, Reading};
use domain::bucket::Grid;
use domain::tier;
use domain::{Limits, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// What was read, in the columns of which grid, at which cost.
pub(crate) struct Read {
    pub grid: Grid,
    pub reading: Reading,
    pub around: Around,
    pub cost: WindowCost,
}

/// One answer of the database to a plan.
struct Fetched {
    /// Stretches in order of time.
    parts: Vec<Part>,
    /// Raw stretches with too many rows.
    crowded: Vec<(Timestamp, Timestamp)>,
    around: Around,
    /// The tiers that the plan counts on are there, and reach as far as it counts on them.
    valid: bool,
    /// Up to where they reach; `None` when they are gone.
    tiered_before: Option<Timestamp>,
}

impl Store {
    /// Reads a window of one series.
    pub(crate) async fn read(&self, source: &Source, limits: Limits, question: Question) -> Result<Read, StoreError> {
        let mut tiers = self.tiers_of(source);
        let mut plan = Plan::new(question, tiers.as_ref().map(|t| t.before));
        let mut cost = WindowCost::default();
        let mut lease = Lease::take(self.readers()?).await?;
        // Each turn but the last changes the plan, and none changes it back: at most tiers, older tiers, rows.
        loop {
            let key = tiers.as_ref().map(|t| &t.key);
            let schema = &self.inner.settings.schema;
            let connection = lease.connection()?;
            let mut fetched = fetch(connection, source, schema, key, &plan, question, &mut cost).await?;
            if !fetched.valid {
                let before = fetched.tiered_before.filter(|_| cost.statements < 3);
                tiers = tiers.zip(before).map(|(tiers, before)| Tiers { before, ..tiers });
                plan = Plan::new(question, before);
                continue;
            }
            if !fetched.crowded.is_empty() {
                // Rows and tiers must come from one snapshot.
                let together = !plan.segments.is_empty();
                if together {
                    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").execute(&mut *connection).await?;
                    fetched = fetch(connection, source, schema, key, &plan, question, &mut cost).await?;
                }
                for stretch in std::mem::take(&mut fetched.crowded) {
                    let buckets = columns::read(connection, source, stretch, plan.grid, limits).await?;
                    cost.statements += 1;
                    cost.rows += buckets.iter().map(|b| b.count + b.gaps).sum::<u64>();
                    fetched.parts.push(Part::columns(stretch.0, buckets));
                }
                if together {
                    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
                    if !fetched.valid {
                        tiers = None;
                        plan = Plan::of_rows(question, None);
                        continue;
                    }
                }
            }
            let assembled = assemble(fetched.parts, &plan, question.range, limits);
            if plan.reduced && assembled.rows <= plan.grid.few(question.range).unsigned_abs() {
                plan = Plan::of_rows(question, tiers.as_ref().map(|t| t.before));
                continue;
            }
            let mut reading = assembled.reading;
            if let Reading::Columns { outside, .. } = &mut reading {
                let mixed = mixed_outside(connection, source, limits, &assembled.mixed, &mut cost).await?;
                *outside = outside.zip(mixed).map(|(known, mixed)| known + mixed);
            }
            lease.finish();
            return Ok(Read { grid: plan.grid, reading, around: fetched.around, cost });
        }
    }
}

async fn fetch(
    connection: &mut PgConnection,
    source: &Source,
    schema: &str,
    key: Option<&Key>,
    plan: &Plan,
    question: Question,
    cost: &mut WindowCost,
) -> Result<Fetched, StoreError> {
    let key = key.filter(|_| !plan.segments.is_empty());
    let mut query = sqlx::query(AssertSqlSafe(statement(source, schema, key, plan.raw.len())));
    query = query.bind(bound(question.range.start())).bind(bound(question.range.end()));
    for (from, to) in &plan.raw {
        query = query.bind(bound(*from)).bind(bound(*to));
    }
    if let Some(key) = key {
        let numbers: Vec<i16> = plan.segments.iter().map(|s| s.tier.number()).collect();
        let starts: Vec<Instant> = plan.segments.iter().map(|s| Instant(tier::span_start(s.tier, s.from))).collect();
        let ends: Vec<Instant> = plan.segments.iter().map(|s| Instant(s.to)).collect();
        query = query.bind(&key.tenant).bind(key.series).bind(numbers).bind(starts).bind(ends).bind(key.generation);
    }
    let row = query.fetch_one(connection).await?;
    cost.statements += 1;
    let around =
        Around { before: rows::sample(&row, "before")?, after: rows::sample(&row, "after")?, newest: rows::sample(&row, "newest")? };
    let (mut parts, mut crowded) = (Vec::new(), Vec::new());
    for (position, stretch) in plan.raw.iter().enumerate() {
        match rows::decoded(&row, &position.to_string())? {
            Some(rows) => {
                cost.rows += rows.times.len() as u64;
                parts.push(Part::rows(stretch.0, rows));
            }
            None => crowded.push(*stretch),
        }
    }
    if key.is_none() {
        return Ok(Fetched { parts, crowded, around, valid: true, tiered_before: None });
    }
    let tiered_before: Option<Instant> = row.try_get("tiered_before")?;
    let needed = plan.segments.iter().map(|s| s.to).max();
    let mut valid = tiered_before.is_some_and(|before| needed.is_none_or(|needed| needed <= before.0));
    if valid {
        match unpacked(&row, plan, cost)? {
            Some(found) => parts.extend(found),
            None => valid = false,
        }
    }
    // Tiers that do not reach far enough serve as far as they reach; broken ones do not serve.
    let tiered_before = tiered_before.map(|t| t.0).filter(|before| needed.is_some_and(|needed| *before < needed));
    Ok(Fetched { parts, crowded, around, valid, tiered_before })
}

/// The buckets of each segment; `None` when a packed row cannot be read.
fn unpacked(row: &PgRow, plan: &Plan, cost: &mut WindowCost) -> Result<Option<Vec<Part>>, StoreError> {
    let segments: Vec<i64> = row.try_get::<Option<_>, _>("segments")?.unwrap_or_default();
    let lengths: Vec<i32> = row.try_get::<Option<_>, _>("lengths")?.unwrap_or_default();
    let mut packed: &[u8] = row.try_get::<Option<_>, _>("packed")?.unwrap_or_default();
    cost.spans += lengths.len() as u64;
    cost.bytes += packed.len() as u64;
    let mut parts: Vec<Part> = plan.segments.iter().map(|s| Part::tiers(s.from)).collect();
    let mut unpacker = tier::Unpacker::default();
    for (number, length) in segments.into_iter().zip(lengths) {
        let (bytes, rest) = packed.split_at_checked(usize::try_from(length).unwrap_or(0)).unwrap_or_default();
        packed = rest;
        let position = usize::try_from(number - 1).ok();
        let Some((segment, part)) = position.and_then(|at| Some((plan.segments.get(at)?, parts.get_mut(at)?))) else { continue };
        if let Err(error) = unpacker.unpack(bytes, |b| segment.from <= b.start && b.start < segment.to, &mut part.buckets) {
            tracing::warn!(%error, "a tier cannot be read; rows serve instead");
            return Ok(None);
        }
    }
    for part in &mut parts {
        cost.buckets += part.buckets.len() as u64;
        if !part.buckets.is_sorted_by_key(|b| b.start) {
            part.buckets.sort_unstable_by_key(|b| b.start);
        }
    }
    Ok(Some(parts))
}

/// The window `[$1, $2)`: its neighbours, the newest sample, `raw` stretches of rows, and the packed rows of segments.
fn statement(source: &Source, schema: &str, key: Option<&Key>, raw: usize) -> String {
    let (relation, order, pair) = (source.relation(), source.order(), rows::pair(source));
    let (before, after, dated, finite) = (source.earlier("$1"), source.later("$2"), source.dated(), source.finite());
    let mut columns = String::new();
    let mut stretches = String::new();
    for i in 0..raw {
        columns += &format!(", r{i}.count AS count{i}, r{i}.times AS times{i}, r{i}.values AS values{i}");
        let (from, to) = (format!("${}", 3 + 2 * i), format!("${}", 4 + 2 * i));
        stretches += &format!(" CROSS JOIN ({}) r{i}", rows::sql(source, &from, &to));
    }
    if let Some(key) = key {
        let [tenant, series, numbers, starts, ends, generation] = [0, 1, 2, 3, 4, 5].map(|i| format!("${}", 3 + 2 * raw + i));
        let schema = quoted(schema);
        columns += ", p.segments, p.lengths, p.packed, w.tiered_before";
        stretches += &format!(
            " LEFT JOIN LATERAL ({}) w ON true
              LEFT JOIN LATERAL (SELECT array_agg(segment.position) AS segments, array_agg(length(row.buckets)) AS lengths, string_agg(row.buckets, '') AS packed
                FROM unnest({numbers}::smallint[], {starts}::timestamp[], {ends}::timestamp[]) WITH ORDINALITY
                     AS segment (tier, starts, ends, position)
                CROSS JOIN LATERAL (SELECT t.buckets FROM {schema}.tiers t
                    WHERE t.tenant_id = {tenant} AND t.series_id = {series} AND t.tier = segment.tier
                      AND t.span_start >= segment.starts AT TIME ZONE 'UTC' AND t.span_start < segment.ends AT TIME ZONE 'UTC'
                    ORDER BY t.span_start) row) p ON true",
            key.tiered_before_sql(&schema, source, [&tenant, &series, &generation]),
        );
    }
    format!(
        "SELECT b.t AS before_t, b.v AS before_v, a.t AS after_t, a.v AS after_v, n.t AS newest_t, n.v AS newest_v{columns}
         FROM (SELECT) one
         LEFT JOIN LATERAL (SELECT {pair} FROM {relation} WHERE {before} ORDER BY {order} DESC LIMIT 1) b ON true
         LEFT JOIN LATERAL (SELECT {pair} FROM {relation} WHERE {after} ORDER BY {order} LIMIT 1) a ON true
         LEFT JOIN LATERAL (SELECT {pair} FROM {relation} WHERE {dated} AND {finite} ORDER BY {order} DESC LIMIT 1) n ON true{stretches}"
    )
}

/// Samples outside the limits in buckets that are neither wholly inside nor wholly outside, counted from the rows when
/// these are few; else `None`, and the answer says that it does not know.
async fn mixed_outside(
    connection: &mut PgConnection,
    source: &Source,
    limits: Limits,
    mixed: &[(Timestamp, Timestamp, u64)],
    cost: &mut WindowCost,
) -> Result<Option<u64>, StoreError> {
    const MOST_MIXED_ROWS: u64 = 20_000;
    const MOST_STRETCHES: usize = 500;
    let rows: u64 = mixed.iter().map(|(_, _, rows)| rows).sum();
    if mixed.is_empty() {
        return Ok(Some(0));
    }
    if rows > MOST_MIXED_ROWS || mixed.len() > MOST_STRETCHES || source.is_slow_for(mixed) {
        return Ok(None);
    }
    let (value, finite, relation, between) = (source.value(), source.finite(), source.relation(), source.between("m.starts", "m.ends"));
    let sql = format!(
        "SELECT count(*) FROM unnest($1::timestamp[], $2::timestamp[]) AS m (starts, ends)
         CROSS JOIN LATERAL (SELECT FROM {relation} WHERE {between} AND {finite} AND ({value} < $3 OR {value} > $4)) row"
    );
    let starts: Vec<Instant> = mixed.iter().map(|(from, _, _)| bound(*from)).collect();
    let ends: Vec<Instant> = mixed.iter().map(|(_, to, _)| bound(*to)).collect();
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(starts).bind(ends).bind(limits.low).bind(limits.high);
    let count: i64 = query.fetch_one(connection).await?;
    cost.statements += 1;
    cost.rows += rows;
    Ok(Some(count.unsigned_abs()))
}
