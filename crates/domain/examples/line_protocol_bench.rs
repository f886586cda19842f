//! How many lines of the line protocol a second become named readings, on one core.
//!
//!     cargo run --release -p domain --example line_protocol_bench -- [lines] [bytes of a piece]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the eyes of its author")]

use domain::line_protocol::{Lines, Point, SeriesNames};
use domain::precision::Precision;
use domain::{Reading, SeriesId};
use std::time::Instant;

fn main() {
    let number = |place: usize, default: usize| std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (count, piece) = (number(1, 1_000_000), number(2, 65_536));
    let line = |n: usize| {
        let time_ns = 1_705_276_800_000_000_000 + n as u64 * 1_000_000;
        format!("cpu,cpu=cpu{},host=press-4 usage_idle=98.{n},usage_user=1.25,interrupts={n}i {time_ns}\n", n % 8)
    };
    let text: String = (0..count).map(line).collect();
    let mut took: Vec<f64> = (0..5).map(|_| seconds(text.as_bytes(), piece, count)).collect();
    took.sort_by(f64::total_cmp);
    let median = took.get(2).copied().unwrap_or_default();
    let (lines, megabytes) = (count as f64 / median, text.len() as f64 / median / 1e6);
    println!("{count} lines: {lines:.0} lines/s, {:.0} readings/s, {megabytes:.0} MB/s (median of 5)", lines * 3.0);
}

fn seconds(text: &[u8], piece: usize, expected: usize) -> f64 {
    let began = Instant::now();
    let (mut lines, mut readings, mut found) = (Lines::default(), Vec::new(), 0);
    for part in text.chunks(piece) {
        lines.push(part);
        while let Some((_, line)) = lines.next(false) {
            let point = Point::parse(line.unwrap()).unwrap().unwrap();
            let time = Precision::Nanoseconds.timestamp(point.time.unwrap()).unwrap();
            let names = SeriesNames::new(&point);
            let numbers = point.fields.iter().filter_map(|(field, value)| Some((field, value.number()?)));
            readings.extend(numbers.map(|(field, value)| Reading::new(SeriesId::table(&names.of(field)), time, value)));
        }
        found += readings.len();
        readings.clear();
    }
    assert_eq!(found, expected * 3);
    began.elapsed().as_secs_f64()
}
