//! The tiers of our own series against a count of their rows.

use domain::bucket::{Bucket, Rows};
use domain::tier::{LADDER, coarsened, of_rows, unpack};
use sqlx::{PgConnection, Row};

/// A table that is not ours and is large enough for tiers: 120,000 rows from `start` on, one every `step`.
pub fn many(start: &str, step: &str) -> String {
    format!(
        "CREATE TABLE many (time timestamp, value double precision); CREATE INDEX ON many (time);
         INSERT INTO many SELECT timestamp '{start}' + i * interval '{step}', i % 500 FROM generate_series(0, 119999) i"
    )
}

/// Compares every tier with the rows. Answers how many rows are in the tiers and how many are not.
pub async fn check(owner: &mut PgConnection) -> (usize, usize) {
    let series = sqlx::query(
        "SELECT series_id, (extract(epoch FROM greatest(tiered_before, '0001-01-01')) * 1000000)::bigint AS w FROM andon.series",
    );
    let (mut before, mut after) = (0, 0);
    for row in series.fetch_all(&mut *owner).await.unwrap() {
        let (series_id, watermark): (i64, i64) = (row.get(0), row.get(1));
        let sql = "SELECT (extract(epoch FROM time) * 1000000)::bigint, value FROM andon.readings WHERE series_id = $1 ORDER BY time";
        let rows = sqlx::query(sql).bind(series_id).fetch_all(&mut *owner).await.unwrap();
        let rows: Vec<(i64, Option<f64>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let (tiered, tail): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.0 < watermark);
        (before, after) = (before + tiered.len(), after + tail.len());
        let (times, values) = tiered.into_iter().map(|(us, v)| (us, v.unwrap_or(f64::NAN))).unzip();
        let mut expected = of_rows(&Rows { times, values });
        for tier in LADDER {
            expected = coarsened(&expected, tier);
            let sql = "SELECT buckets FROM andon.tiers WHERE series_id = $1 AND tier = $2 ORDER BY span_start";
            let packed = sqlx::query(sql).bind(series_id).bind(tier.number()).fetch_all(&mut *owner).await.unwrap();
            let stored: Vec<Bucket> = packed.iter().flat_map(|row| unpack(row.get(0)).unwrap()).collect();
            assert_eq!(stored, expected, "series {series_id}, tier {}", tier.number());
        }
    }
    (before, after)
}
