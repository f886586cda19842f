//! Lines of the line protocol as readings.

use super::accept::{BadName, Batch};
use domain::Timestamp;
use domain::line_protocol::{LineError, Point, SeriesNames};
use domain::precision::Precision;

/// Why a line is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Its time is none.
    #[error("its time {0} is outside the calendar; is it in the precision of the request?")]
    Time(i64),
    /// A series cannot have such a name.
    #[error(transparent)]
    Name(#[from] BadName),
}

/// Takes the numbers of a line; texts are counted and passed over, because collectors send them routinely. A line without
/// a time has the time of the request.
pub fn take(line: &[u8], precision: Precision, now: Timestamp, batch: &mut Batch) -> Result<(), Refused> {
    let Some(point) = Point::parse(line)? else { return Ok(()) };
    let time = match point.time {
        Some(written) => precision.timestamp(written).ok_or(Refused::Time(written))?,
        None => now,
    };
    let names = SeriesNames::new(&point);
    for (field, value) in &point.fields {
        match value.number() {
            Some(number) => batch.take(&names.of(field), time, Some(number))?,
            None => batch.ignored += 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_of_a_line_is_a_reading() {
        let mut batch = Batch::default();
        let now = Timestamp::from_us(9);
        take(b"cpu,host=a usage=1.5,up=true,state=\"on\" 7", Precision::Seconds, now, &mut batch).unwrap();
        take(b"cpu n=3i", Precision::Seconds, now, &mut batch).unwrap();
        take(b"# nothing", Precision::Seconds, now, &mut batch).unwrap();
        let rows: Vec<_> = batch.readings.iter().map(|r| (r.series.as_str(), r.time.us(), r.value)).collect();
        let expected = [("cpu.usage{host=a}", 7_000_000, Some(1.5)), ("cpu.up{host=a}", 7_000_000, Some(1.0)), ("cpu.n", 9, Some(3.0))];
        assert_eq!((rows.as_slice(), batch.ignored), (expected.as_slice(), 1));
        let far = take(b"cpu n=3i 99999999999999999", Precision::Seconds, now, &mut batch).unwrap_err().to_string();
        assert!(far.contains("outside the calendar"), "{far}");
        let long = format!("cpu,t={} n=1", "x".repeat(3_000));
        assert!(take(long.as_bytes(), Precision::Seconds, now, &mut batch).unwrap_err().to_string().contains("at most 2000"));
    }
}
