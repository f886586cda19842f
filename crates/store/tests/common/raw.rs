//! What a window must be, computed from every row of its table.

use super::Database;
use domain::answer::{Around, Reading, SeriesWindow};
use domain::average;
use domain::bucket::{Grid, Rows};
use domain::reduce::m4;
use domain::tier::Tier;
use domain::{Series, TimeRange, Timestamp};
use sqlx::{AssertSqlSafe, Row};

/// Every dated row of a table, in the order that makes first and last certain: by time, gaps first, then by value.
pub async fn all_rows(database: &mut Database, relation: &str, instant: &str) -> Rows {
    let sql = format!(
        "SELECT (date_part('epoch', t) * 1000000)::bigint AS t, CASE WHEN v > '-infinity' AND v < 'infinity' THEN v END AS v
         FROM (SELECT {instant} AS t, value AS v FROM {relation} WHERE isfinite(time)) rows ORDER BY 1, 2 NULLS FIRST"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut database.owner).await.unwrap();
    Rows {
        times: found.iter().map(|row| row.get("t")).collect(),
        values: found.iter().map(|row| row.get::<Option<f64>, _>("v").unwrap_or(f64::NAN)).collect(),
    }
}

/// The window that these rows give, on the grid that the store must choose for a series whose tiers reach to `before`.
pub fn expected(
    series: &Series,
    range: TimeRange,
    columns: u32,
    average_us: Option<i64>,
    rows: &Rows,
    before: Option<Timestamp>,
) -> SeriesWindow {
    let lead = range.start().plus(-average_us.map_or(0, average::lead_us));
    let with_lead = TimeRange::new(lead, range.end()).unwrap();
    let tier = Tier::for_columns(range.length_us() / i64::from(columns))
        .filter(|_| before.is_some_and(|before| Tier::FINEST.ceil(range.start()) < Tier::FINEST.floor(range.end().min(before))));
    let grid = tier.map(|tier| Grid::of_tier(range, columns, tier.width_us()));
    let inside = rows.within(range);
    match grid.filter(|grid| inside.times.len() as i64 > grid.few(range)) {
        Some(grid) => {
            let inside = m4(&inside, grid, series.limits);
            let outside = Some(inside.iter().map(|b| b.outside).sum());
            let lead = m4(
                &TimeRange::new(lead, range.start()).map_or(Rows::default(), |lead| rows.within(lead)),
                Tier::FINEST.grid(),
                series.limits,
            );
            SeriesWindow::new(series, range, grid, average_us, &Reading::Columns { lead, inside, outside }, Around::default())
        }
        None => SeriesWindow::new(
            series,
            range,
            Grid::over(range, columns),
            average_us,
            &Reading::rows(rows.within(with_lead)),
            Around::default(),
        ),
    }
}

/// Two windows are the same picture with the same numbers; means may differ by the order of addition, averages by the
/// width of a bucket.
pub fn check(found: &SeriesWindow, expected: &SeriesWindow, outside_may_be_unknown: bool, what: &str) {
    let (mut a, mut b) = (found.stats.clone(), expected.stats.clone());
    if outside_may_be_unknown && a.outside.is_none() {
        b.outside = None;
    }
    match (a.mean.take(), b.mean.take()) {
        (Some(x), Some(y)) => assert!((x - y).abs() <= 1e-9 * (1.0 + y.abs()), "{what}: mean {x} {y}"),
        (x, y) => assert_eq!(x, y, "{what}"),
    }
    assert_eq!(a, b, "{what}");
    assert!(found.trace == expected.trace, "{what}: the lines differ");
}
