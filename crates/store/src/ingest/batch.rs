//! Readings of one tenant, sorted out: each series once, its rows in order of time, each time once.

use domain::{Reading, SeriesId, TenantId, TimeRange, Timestamp};
use std::collections::HashMap;

/// Rows of several series of one tenant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Batch {
    pub tenant: TenantId,
    pub series: Vec<SeriesRows>,
}

/// Rows of one series: ascending times, none twice, at least one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeriesRows {
    pub name: SeriesId,
    pub rows: Vec<Row>,
}

/// Time and value; `None` is a gap.
pub(crate) type Row = (Timestamp, Option<f64>);

impl Batch {
    /// Sorts readings by series and time; of two for the same series and time the later in the sequence stays.
    pub fn gather(tenant: &TenantId, readings: impl Iterator<Item = Reading>) -> Self {
        let mut places: HashMap<SeriesId, usize> = HashMap::new();
        let mut series: Vec<SeriesRows> = Vec::new();
        let mut last = 0;
        for Reading { series: name, time, value } in readings {
            let row = (time, value.filter(|v| v.is_finite()));
            // Sources send runs of one series; a run is looked up once.
            if series.get(last).is_none_or(|s| s.name != name) {
                last = *places.entry(name.clone()).or_insert_with(|| {
                    series.push(SeriesRows { name, rows: Vec::new() });
                    series.len() - 1
                });
            }
            if let Some(series) = series.get_mut(last) {
                series.rows.push(row);
            }
        }
        series.iter_mut().for_each(SeriesRows::sort);
        Self { tenant: tenant.clone(), series }
    }

    /// Joins batches of one tenant, in the order in which they came.
    pub fn join(batches: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut batches = batches.into_iter();
        let mut first = batches.next()?;
        let mut places: HashMap<SeriesId, usize> = first.series.iter().enumerate().map(|(n, s)| (s.name.clone(), n)).collect();
        for SeriesRows { name, rows } in batches.flat_map(|batch| batch.series) {
            match places.get(&name).and_then(|n| first.series.get_mut(*n)) {
                Some(series) => series.rows.extend(rows),
                None => {
                    places.insert(name.clone(), first.series.len());
                    first.series.push(SeriesRows { name, rows });
                }
            }
        }
        first.series.iter_mut().for_each(SeriesRows::sort);
        Some(first)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.series.iter().map(|s| s.rows.len()).sum()
    }
}

impl SeriesRows {
    fn sort(&mut self) {
        if self.rows.is_sorted_by(|a, b| a.0 < b.0) {
            return;
        }
        self.rows.sort_by_key(|(time, _)| *time);
        self.rows.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                *earlier = *later;
            }
            same
        });
    }

    /// From the first to the last row.
    pub fn range(&self) -> Option<TimeRange> {
        TimeRange::inclusive(self.rows.first()?.0, self.rows.last()?.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(name: &str, us: i64, value: f64) -> Reading {
        Reading::new(SeriesId::table(name), Timestamp::from_us(us), value)
    }

    type Sorted = (String, Vec<(i64, Option<f64>)>);

    fn rows(batch: &Batch) -> Vec<Sorted> {
        batch.series.iter().map(|s| (s.name.to_string(), s.rows.iter().map(|(t, v)| (t.us(), *v)).collect())).collect()
    }

    #[test]
    fn each_series_once_in_order_and_the_later_reading_stays() {
        let tenant = TenantId::default_tenant();
        let sent = [reading("b", 5, 1.0), reading("a", 2, 1.0), reading("b", 3, 2.0), reading("b", 5, f64::NAN), reading("a", 2, 7.0)];
        let batch = Batch::gather(&tenant, sent.into_iter());
        assert_eq!(rows(&batch), [("b".into(), vec![(3, Some(2.0)), (5, None)]), ("a".into(), vec![(2, Some(7.0))])]);
        let later = Batch::gather(&tenant, [reading("a", 1, 0.5), reading("c", 1, 1.0), reading("a", 2, 8.0)].into_iter());
        let joined = Batch::join([batch, later]).unwrap();
        assert_eq!(rows(&joined)[1], ("a".into(), vec![(1, Some(0.5)), (2, Some(8.0))]));
        assert_eq!((joined.rows(), joined.series.len()), (5, 3));
    }

    #[test]
    fn a_range_holds_its_rows_at_the_ends_of_the_calendar() {
        for time in [Timestamp::MIN, Timestamp::from_us(0), Timestamp::MAX] {
            let series = SeriesRows { name: SeriesId::table("a"), rows: vec![(time, None)] };
            assert!(series.range().is_some(), "{time:?}");
        }
    }
}
