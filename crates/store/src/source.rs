//! Where the rows of a series stand, and the pieces of SQL that read them: the only place where names of tables and
//! columns enter a statement, always quoted.

use domain::civil::DAY_US;
use domain::zone::Zone;
use domain::{TenantId, TimeRange, Timestamp};

/// A table with a time and a value column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    pub schema: String,
    pub table: String,
    pub time_column: String,
    pub value_column: String,
    pub time: TimeKind,
    pub value: ValueKind,
    /// Which rows of the table; `None`: all of them.
    pub part: Option<Part>,
}

/// One series of our own in the table that all of them share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub tenant: TenantId,
    pub series_id: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeKind {
    /// `timestamp with time zone`.
    Instant,
    /// `timestamp without time zone`, wall time of this zone.
    Wall(Zone),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Double,
    /// Other types that always fit: `real` and the integers.
    Cast,
    /// `numeric`, which may hold what a double cannot.
    Numeric,
}

/// How far wall time may run before or after itself where a zone changes its clocks; Samoa once left out a day.
const SLACK: &str = "interval '26 hours'";

impl Source {
    /// A series of `readings` in our own schema.
    pub(crate) fn own(schema: &str, tenant: &TenantId, series_id: i64) -> Self {
        Self {
            schema: schema.to_owned(),
            table: "readings".to_owned(),
            time_column: "time".to_owned(),
            value_column: "value".to_owned(),
            time: TimeKind::Instant,
            value: ValueKind::Double,
            part: Some(Part { tenant: tenant.clone(), series_id }),
        }
    }

    pub(crate) fn relation(&self) -> String {
        let table = format!("{}.{}", quoted(&self.schema), quoted(&self.table));
        match &self.part {
            None => table,
            // Postgres looks through it: the conditions of the statement use the table's key.
            Some(Part { tenant, series_id }) => {
                format!("(SELECT * FROM {table} WHERE tenant_id = {} AND series_id = {series_id}) part", literal(tenant.as_str()))
            }
        }
    }

    fn column(&self) -> String {
        quoted(&self.time_column)
    }

    /// The instant as `timestamp` in UTC.
    pub(crate) fn instant(&self) -> String {
        let column = self.column();
        match self.time {
            TimeKind::Instant => format!("({column} AT TIME ZONE 'UTC')"),
            TimeKind::Wall(zone) if zone == Zone::UTC => column,
            TimeKind::Wall(zone) => format!("({column} AT TIME ZONE {} AT TIME ZONE 'UTC')", literal(zone.name())),
        }
    }

    /// Turns a UTC `timestamp` expression into the column's own kind, so that an index on the column serves.
    fn as_column(&self, utc: &str) -> String {
        match self.time {
            TimeKind::Instant => format!("({utc} AT TIME ZONE 'UTC')"),
            TimeKind::Wall(zone) if zone == Zone::UTC => utc.to_owned(),
            TimeKind::Wall(zone) => format!("({utc} AT TIME ZONE 'UTC' AT TIME ZONE {})", literal(zone.name())),
        }
    }

    /// Rows around an end of a wall-time window that may belong into it: none where the clock is the same on both sides.
    fn slack(&self, utc: &str) -> String {
        let clock = |utc: &str| format!("{} - {utc}", self.as_column(utc));
        let (early, late) = (clock(&format!("({utc} - {SLACK})")), clock(&format!("({utc} + {SLACK})")));
        format!("(CASE WHEN {early} = {late} THEN interval '0' ELSE {SLACK} END)")
    }

    /// Whether finding rows of these stretches is slow: each one near a change of the clock reads two days of rows.
    pub(crate) fn is_slow_for(&self, stretches: &[(Timestamp, Timestamp, u64)]) -> bool {
        const MOST: usize = 4;
        let TimeKind::Wall(zone) = self.time else { return false };
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return false };
        let Ok(range) = TimeRange::new(first.0, last.1) else { return false };
        let offsets = zone.offsets(range);
        let near = |time: Timestamp| offsets.offset_us(time.plus(-2 * DAY_US)) != offsets.offset_us(time.plus(2 * DAY_US));
        stretches.iter().filter(|(from, ..)| near(*from)).count() > MOST
    }

    pub(crate) fn is_shifted(&self) -> bool {
        matches!(self.time, TimeKind::Wall(zone) if zone != Zone::UTC)
    }

    /// Condition `start <= time < end` for two UTC `timestamp` parameters.
    pub(crate) fn between(&self, start: &str, end: &str) -> String {
        let (column, instant) = (self.column(), self.instant());
        let (from, to) = (self.as_column(start), self.as_column(end));
        if self.is_shifted() {
            let (before, after) = (self.slack(start), self.slack(end));
            format!("{column} >= {from} - {before} AND {column} < {to} + {after} AND {instant} >= {start} AND {instant} < {end}")
        } else {
            format!("{column} >= {from} AND {column} < {to}")
        }
    }

    /// Condition `time < start`, without −infinity.
    pub(crate) fn earlier(&self, start: &str) -> String {
        let (column, instant, from) = (self.column(), self.instant(), self.as_column(start));
        if self.is_shifted() {
            let slack = self.slack(start);
            format!("{column} < {from} + {slack} AND {instant} < {start} AND {column} > '-infinity'")
        } else {
            format!("{column} < {from} AND {column} > '-infinity'")
        }
    }

    /// Condition `time >= end`, without infinity.
    pub(crate) fn later(&self, end: &str) -> String {
        let (column, instant, to) = (self.column(), self.instant(), self.as_column(end));
        if self.is_shifted() {
            let slack = self.slack(end);
            format!("{column} >= {to} - {slack} AND {instant} >= {end} AND {column} < 'infinity'")
        } else {
            format!("{column} >= {to} AND {column} < 'infinity'")
        }
    }

    /// Condition that the time is an instant of the calendar.
    pub(crate) fn dated(&self) -> String {
        format!("{0} > '-infinity' AND {0} < 'infinity'", self.column())
    }

    /// Order of time, the one that an index serves.
    pub(crate) fn order(&self) -> String {
        self.column()
    }

    /// The value as a double; a number that no double holds is infinite.
    pub(crate) fn value(&self) -> String {
        let column = quoted(&self.value_column);
        match self.value {
            ValueKind::Double => column,
            ValueKind::Cast => format!("{column}::float8"),
            ValueKind::Numeric => format!(
                "(CASE WHEN {column} = 'NaN' THEN 'NaN' WHEN {column} > 1.7e308 THEN 'Infinity' WHEN {column} < -1.7e308 THEN '-Infinity' WHEN abs({column}) < 1e-300 THEN 0 ELSE {column}::float8 END)"
            ),
        }
    }

    /// Condition that the value is finite. NaN is larger than infinity in Postgres.
    pub(crate) fn finite(&self) -> String {
        let value = self.value();
        format!("{value} > '-infinity' AND {value} < 'infinity'")
    }
}

/// An identifier, whatever it contains.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text constant.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
