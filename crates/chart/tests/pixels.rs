//! The picture of reduced data is the picture of raw data, pixel by pixel; and pictures stay what they are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

use chart::picture::Picture;
use chart::{Palette, Role, Side, Trend, TrendLine, ValueAxis, Weight, plot, svg};
use domain::answer::{Around, Reading, SeriesWindow};
use domain::bucket::{Bucket, Grid, Rows, Sample};
use domain::reduce::m4;
use domain::zone::ZoneOffsets;
use domain::{Limits, Series, SeriesId, TimeRange, Timestamp};
use plotters::prelude::*;
use proptest::prelude::*;

const WIDTH: u32 = 200;
const HEIGHT: u32 = 100;

fn trend(range: TimeRange, points: Vec<Sample>, breaks: Vec<u32>) -> Trend {
    let axis = ValueAxis { low: -12.0, high: 12.0, title: "T (°C)".into(), side: Side::Left, role: Role::Muted };
    let limits = Limits { low: Some(-5.0), high: Some(5.0) };
    let line = TrendLine { role: Role::Series(0), axis: 0, weight: Weight::Plain, points, breaks, limits };
    Trend { range, zone: ZoneOffsets::utc(), height_px: HEIGHT, axes: vec![axis], lines: vec![line] }
}

fn pixels(trend: &Trend) -> Vec<u8> {
    let mut buffer = vec![0; (WIDTH * HEIGHT * 3) as usize];
    let area = BitMapBackend::with_buffer(&mut buffer, (WIDTH, HEIGHT)).into_drawing_area();
    plot::draw_lines(&area, trend, Palette::Light).unwrap();
    area.present().unwrap();
    drop(area);
    buffer
}

/// Values on whole pixels of the axis, so that rounding cannot hide a difference nor make one.
fn rows() -> impl Strategy<Value = Rows> {
    let step = prop_oneof![8 => 1_i64..40, 1 => 2_000_i64..8_000];
    let value = prop_oneof![30 => -10.0..10.0_f64, 1 => Just(f64::NAN)];
    proptest::collection::vec((step, value), 1..1_500).prop_map(|samples| {
        let mut time = 0;
        let (times, values) = samples
            .into_iter()
            .map(|(step, value)| {
                time += step;
                (time, value)
            })
            .unzip();
        Rows { times, values }
    })
}

/// Lines between finite samples; a row without a value breaks the line.
fn raw(rows: &Rows) -> (Vec<Sample>, Vec<u32>) {
    let (mut points, mut breaks, mut gap) = (Vec::new(), Vec::new(), false);
    for (time, value) in rows.iter() {
        match value {
            None => gap = true,
            Some(value) => {
                if gap && !points.is_empty() {
                    breaks.push(points.len() as u32);
                }
                gap = false;
                points.push(Sample { time, value });
            }
        }
    }
    (points, breaks)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// M4 kept in full precision: the same pixels. A gap inside a column is narrower than a pixel, so the columns of
    /// gaps are left out of the comparison.
    #[test]
    fn reduced_is_drawn_as_raw(rows in rows()) {
        let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(40_000)).unwrap();
        let inside = rows.within(range);
        let grid = Grid::over(range, WIDTH);
        let buckets = m4(&inside, grid, Limits::default());
        let (points, breaks) = raw(&inside);
        let (mut kept, mut kept_breaks, mut gap) = (Vec::new(), Vec::new(), false);
        for bucket in &buckets {
            if bucket.count == 0 {
                gap = true;
                continue;
            }
            if (gap || bucket.gap_before) && !kept.is_empty() {
                kept_breaks.push(kept.len() as u32);
            }
            kept.extend(Bucket::samples(bucket));
            gap = bucket.gap_after;
        }
        let (a, b) = (pixels(&trend(range, points, breaks)), pixels(&trend(range, kept, kept_breaks)));
        let gaps: Vec<i64> = buckets.iter().filter(|b| b.gaps > 0).map(|b| grid.column(b.start)).collect();
        for x in 0..WIDTH as usize {
            if gaps.iter().any(|column| (column - x as i64).abs() <= 1) {
                continue;
            }
            for y in 0..HEIGHT as usize {
                let at = (y * WIDTH as usize + x) * 3;
                prop_assert_eq!(&a[at..at + 3], &b[at..at + 3], "pixel {} {}", x, y);
            }
        }
    }

    /// What travels (fractions in 16 or 24 bits) moves no pixel by more than one, and few at all.
    #[test]
    fn what_travels_is_drawn_as_raw(seed in 0_u64..1_000) {
        let value = |i: i64| ((i as f64 + seed as f64) / 37.0).sin() * 9.0 + ((i * 7919 + seed as i64) % 100) as f64 / 100.0;
        let rows = Rows { times: (0..4_000).map(|i| i * 10).collect(), values: (0..4_000).map(value).collect() };
        let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(40_000)).unwrap();
        let series = Series { id: SeriesId::table("t"), name: String::new(), unit: String::new(), group: String::new(), limits: Limits::default(), gap_limit_us: None };
        let answer = SeriesWindow::new(&series, range, Grid::over(range, WIDTH), None, &Reading::rows(rows.clone()), Around::default());
        let line = answer.trace.line();
        prop_assert_eq!(line.columns.len(), WIDTH as usize);
        let (points, breaks) = raw(&rows);
        let (a, b) = (pixels(&trend(range, points, breaks)), pixels(&trend(range, line.points, line.breaks)));
        let differing = a.chunks(3).zip(b.chunks(3)).filter(|(a, b)| a != b).count();
        prop_assert!(differing <= 4, "{} pixels differ", differing);
    }
}

fn example() -> Trend {
    let at = |minute: i64, value: f64| Sample { time: Timestamp::from_us(1_705_276_800_000_000 + minute * 60_000_000), value };
    let points = vec![at(-5, 1.0), at(5, 3.0), at(20, 8.0), at(30, -2.0), at(40, -8.0), at(50, 20.0), at(58, 4.0), at(70, 0.0)];
    let range = TimeRange::inclusive(at(0, 0.0).time, at(60, 0.0).time).unwrap();
    trend(range, points, vec![4])
}

#[test]
fn the_first_paint_of_a_trend() {
    insta::assert_snapshot!(svg::plot(&example()).replace("/>", "/>\n"));
}

#[test]
fn the_picture_of_a_trend() {
    let mut average = example();
    average.lines[0].weight = Weight::Strong;
    let plots = vec![("Temperature (°C)".to_owned(), Role::Series(0), example()), ("mean".to_owned(), Role::Series(0), average)];
    let picture = Picture { title: "15 Jan 2024, 00:00–01:00 UTC".into(), plots, width: 400, palette: Palette::Dark, density: 1 };
    insta::assert_snapshot!(picture.svg());
}

#[test]
fn lines_are_clipped_and_never_clamped() {
    let at = |us: i64, value: f64| Sample { time: Timestamp::from_us(us), value };
    let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(100)).unwrap();
    // A straight line far beyond all edges passes through the middle.
    let drawn = svg::plot(&trend(range, vec![at(-900, -240.0), at(1_000, 216.0)], Vec::new()));
    let line = drawn.rsplit("points=\"").next().unwrap().split('"').next().unwrap();
    let (first, last) = (line.split(' ').next().unwrap(), line.split(' ').next_back().unwrap());
    assert_eq!((first, last), ("494,200", "999,100"), "{line}");
}

#[test]
fn nothing_to_draw_is_drawn_as_nothing() {
    let range = TimeRange::new(Timestamp::from_us(0), Timestamp::from_us(100)).unwrap();
    let mut empty = trend(range, Vec::new(), Vec::new());
    empty.lines.clear();
    assert!(!svg::plot(&empty).contains("series"));
    empty.axes.clear();
    assert!(svg::plot(&empty).starts_with("<svg"));
}
