//! Times of building tiers and of reading windows of an hour up to all of a large table, with real rows.
//!
//! `cargo run --release -p store --example window_bench -- [ROWS] [STEP_MS]`; without a step the rows cover ten years.
//! Uses a Postgres of its own in a temporary directory.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use domain::{SeriesId, TimeRange, Timestamp, WindowSpec};
use sqlx::{AssertSqlSafe, Connection};
use std::error::Error;
use std::time::{Duration, Instant};
use store::local::LocalPostgres;
use store::{Settings, Store, Target, WindowQuery};

const TEN_YEARS_MS: i64 = 3_652 * 86_400_000;
const HOUR_US: i64 = 3_600_000_000;
const TURNS: usize = 51;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let rows: i64 = arguments.next().map_or(Ok(10_000_000), |text| text.parse())?;
    let step_ms: i64 = arguments.next().map_or(Ok(TEN_YEARS_MS / rows.max(1)), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let local = LocalPostgres::start(folder.path()).await?;
    let result = run(&local, rows, step_ms).await;
    local.stop().await?;
    result
}

async fn run(local: &LocalPostgres, rows: i64, step_ms: i64) -> Result<(), Box<dyn Error + Send + Sync>> {
    let target = Target::local(&local.connection(), "bench");
    store::demo::create_database(&target, "bench").await?;
    let end = Timestamp::from_us(1_704_067_200_000_000);
    let start = end.plus(-rows * step_ms * 1_000);
    load(local, rows, step_ms, start).await?;

    let store = Store::new(Settings::without_configuration("UTC".parse()?));
    let supervisor = tokio::spawn(store.clone().supervise());
    store.connect(target);
    store.wait_until_up(Duration::from_secs(10)).await;
    let tenant = store.tenants().next().ok_or("no tenant")?;
    let series = SeriesId::table("many");
    let ask = |length_us: i64| {
        let range = TimeRange::new(end.plus(-length_us - 1_234_567), end.plus(-1_234_567));
        range.map(|range| WindowQuery {
            series: vec![series.clone()],
            spec: WindowSpec::exactly(range),
            columns: 1_500,
            average_us: None,
            now: end,
        })
    };
    let raw = Instant::now();
    store.window(&tenant, &ask(end.since(start) - HOUR_US)?).await.map_err(|error| error.to_string())?;
    println!("all of it from rows: {:.0} ms", raw.elapsed().as_secs_f64() * 1e3);

    let building = Instant::now();
    while store.tend_tiers(end).await? {}
    let took = building.elapsed().as_secs_f64();
    println!("tiers of {rows} rows, one every {step_ms} ms: {took:.1} s, {:.0} rows/s", rows as f64 / took);

    let lengths = [("1 h", 1), ("6 h", 6), ("1 day", 24), ("1 week", 168), ("1 month", 744), ("1 year", 8_760), ("10 years", 87_600)];
    println!("{:>10} {:>10} {:>10} {:>6} {:>6} {:>8} {:>9}", "window", "median ms", "best ms", "rows", "spans", "buckets", "bytes");
    for (name, hours) in lengths {
        let length_us = (hours * HOUR_US).min(end.since(start) - HOUR_US);
        let query = ask(length_us)?;
        let mut times = Vec::new();
        let mut cost = store::WindowCost::default();
        for _ in 0..TURNS {
            let began = Instant::now();
            (_, cost) = store.window_with_cost(&tenant, &query).await.map_err(|error| error.to_string())?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let (median, best) = (times.get(TURNS / 2).copied().unwrap_or_default(), times.first().copied().unwrap_or_default());
        println!("{name:>10} {median:>10.2} {best:>10.2} {:>6} {:>6} {:>8} {:>9}", cost.rows, cost.spans, cost.buckets, cost.bytes);
        if length_us < hours * HOUR_US {
            break;
        }
    }
    supervisor.abort();
    Ok(())
}

async fn load(local: &LocalPostgres, rows: i64, step_ms: i64, start: Timestamp) -> Result<(), Box<dyn Error + Send + Sync>> {
    let place = local.connection();
    let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
        .socket(&place.socket_dir)
        .port(place.port)
        .username(&place.user)
        .password(&place.password)
        .database("bench");
    let mut connection = sqlx::PgConnection::connect_with(&options).await?;
    let began = Instant::now();
    let start_s = start.us() / 1_000_000;
    let fill = format!(
        "CREATE TABLE public.many (time timestamp, value double precision);
         INSERT INTO public.many SELECT to_timestamp({start_s}) AT TIME ZONE 'UTC' + i * interval '{step_ms} milliseconds',
                round((sin(i / 5000.0) * 40 + 50 + (hashint8(i) % 100) / 50.0)::numeric, 2) FROM generate_series(0, {rows} - 1) i;
         CREATE INDEX ON public.many (time); VACUUM ANALYZE public.many"
    );
    for statement in fill.split(';') {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
    }
    println!("{rows} rows loaded in {:.1} s", began.elapsed().as_secs_f64());
    connection.close().await?;
    Ok(())
}
