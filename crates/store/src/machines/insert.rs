//! A batch of observations on its way into the table: columns, not rows.

use super::row;
use crate::StoreError;
use crate::instant::Moment;
use domain::machine::{Context, Observation, Place, Refused};
use domain::{MachineId, TenantId, TimeRange, Timestamp};
use sqlx::PgConnection;

/// Columns of a batch.
#[derive(Debug, Default)]
pub(super) struct Rows {
    at: Vec<Moment>,
    sequence: Vec<i64>,
    number: Vec<Option<i64>>,
    stamp: Vec<Moment>,
    received: Vec<Moment>,
    kind: Vec<i16>,
    value: Vec<i64>,
    quiet_us: Vec<Option<i64>>,
    breaks: Vec<bool>,
    words: [Vec<i32>; 5],
    readings: [Vec<Option<i64>>; 4],
}

impl Rows {
    /// Adds a row: its place, sequence and number, the device's stamp and when it came, what it says, and what holds after it.
    pub fn push(
        &mut self,
        (place, sequence, number): (Place, i64, Option<i64>),
        (stamp, received): (Timestamp, Timestamp),
        (kind, value): (i16, i64),
        breaks: bool,
        context: &Context,
    ) {
        self.at.push(Moment(place.at));
        self.sequence.push(sequence);
        self.number.push(number);
        self.stamp.push(Moment(stamp));
        self.received.push(Moment(received));
        self.kind.push(kind);
        self.value.push(value);
        self.quiet_us.push(place.quiet_us);
        self.breaks.push(breaks);
        for (column, word) in self.words.iter_mut().zip(row::words(context)) {
            column.push(word);
        }
        for (column, reading) in self.readings.iter_mut().zip(context.readings) {
            column.push(reading.map(|reading| i64::try_from(reading).unwrap_or(i64::MAX)));
        }
    }

    /// Where figures may be others now: from the first stamp on for ever, since what is said holds until something else is.
    /// `None` without rows.
    pub fn range(&self) -> Option<TimeRange> {
        TimeRange::new(self.at.first()?.0, Timestamp::MAX).ok()
    }

    /// The first and the last number.
    pub fn sequences(&self) -> Option<(i64, i64)> {
        self.sequence.first().copied().zip(self.sequence.last().copied())
    }
}

/// Writes the rows of a log.
pub(super) async fn insert(
    connection: &mut PgConnection,
    tenant: &TenantId,
    (log_id, origin): (i64, i32),
    rows: &Rows,
) -> Result<(), StoreError> {
    let Rows { at, sequence, number, stamp, received, kind, value, quiet_us, breaks, words, readings } = rows;
    if at.is_empty() {
        return Ok(());
    }
    let [state, mode, emergency_stop, reason, product] = words;
    let [total, good, reject, rework] = readings;
    // The clock is read under the lock of the log, so `recorded` grows with the sequence.
    let sql = "INSERT INTO observations (tenant_id, log_id, origin, recorded, at, sequence, number, stamp, received, kind, value, quiet_us,
                   breaks, state, mode, emergency_stop, reason, product, total, good, reject, rework)
               SELECT $1, $2, $3, clock_timestamp(), r.at, r.sequence, r.number, r.stamp, r.received, r.kind, r.value, r.quiet_us, r.breaks,
                   nullif(r.state, 0), nullif(r.mode, 0), nullif(r.emergency_stop, 0), nullif(r.reason, 0), nullif(r.product, 0),
                   r.total, r.good, r.reject, r.rework
               FROM unnest($4::timestamptz[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::timestamptz[], $9::smallint[], $10::bigint[],
                   $11::bigint[], $12::boolean[], $13::integer[], $14::integer[], $15::integer[], $16::integer[], $17::integer[],
                   $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[])
               AS r (at, sequence, number, stamp, received, kind, value, quiet_us, breaks, state, mode, emergency_stop, reason, product,
                   total, good, reject, rework)";
    let query = sqlx::query(sql).bind(tenant.as_str()).bind(log_id).bind(origin).bind(at).bind(sequence).bind(number);
    let query = query.bind(stamp).bind(received).bind(kind).bind(value).bind(quiet_us).bind(breaks);
    let query = query.bind(state).bind(mode).bind(emergency_stop).bind(reason).bind(product);
    query.bind(total).bind(good).bind(reject).bind(rework).execute(connection).await?;
    Ok(())
}

/// Keeps what was refused for the eyes of the operator.
pub(super) async fn quarantine(
    connection: &mut PgConnection,
    tenant: &TenantId,
    machine: &MachineId,
    refused: &[(Observation, Refused)],
) -> Result<(), StoreError> {
    if refused.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = refused.iter().map(|(_, reason)| reason.to_string()).collect();
    let text = |(observation, _): &(Observation, Refused)| serde_json::to_vec(observation);
    let payloads: Vec<Vec<u8>> = refused.iter().map(text).collect::<Result<_, _>>().map_err(|e| sqlx::Error::Encode(e.into()))?;
    let sql = "INSERT INTO quarantine (tenant_id, source, reason, payload) SELECT $1, $2, * FROM unnest($3::text[], $4::bytea[])";
    let source = format!("machine {machine}");
    sqlx::query(sql).bind(tenant.as_str()).bind(source).bind(reasons).bind(payloads).execute(connection).await?;
    Ok(())
}
