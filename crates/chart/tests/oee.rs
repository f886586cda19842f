//! The small charts of OEE stay what they are: each as its SVG.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

use chart::palette::Role;
use chart::periods::Periods;
use chart::states::States;
use chart::{bar, hours, sparkline, waterfall};
use domain::oee::Category;
use domain::oee::counts::Parts;
use domain::oee::losses::Losses;
use domain::oee::strip::Run;
use domain::oee::target::Hour;
use domain::{TimeRange, Timestamp};

#[test]
fn a_stripe_of_states() {
    let run = |start_px, end_px, category| Run { start_px, end_px, category };
    let runs = vec![
        run(0, 40, Category::Run),
        run(40, 41, Category::MicroStop),
        run(41, 60, Category::Run),
        run(60, 70, Category::UnplannedStop),
        run(70, 75, Category::Unknown),
        run(80, 90, Category::PlannedStop),
    ];
    insta::assert_snapshot!(States { runs, pixels: 100 }.svg());
}

#[test]
fn a_waterfall_of_losses() {
    let losses = Losses {
        failure_us: 2_000,
        setup_us: 500,
        minor_stops_us: 300,
        reduced_speed_us: -100,
        process_defects_us: 250,
        startup_rejects_us: 0,
        unknown_us: 50,
        fully_productive_us: 5_000,
    };
    let rungs = waterfall::rungs(&losses);
    assert_eq!(rungs.last().unwrap().time_us, losses.fully_productive_us);
    let widest_us = waterfall::widest_us(&rungs);
    let drawn: Vec<String> =
        rungs.iter().map(|rung| format!("{} {} {}\n{}", rung.name, rung.time_us, rung.left_us, rung.svg(widest_us))).collect();
    insta::assert_snapshot!(drawn.join("\n"));
}

#[test]
fn bars_of_a_pareto_and_of_ratios() {
    let drawn = [
        bar::svg(Role::Stop, 600, 600),
        bar::svg(Role::Stop, 150, 600),
        bar::svg(Role::Stop, 1, 600_000),
        bar::svg(Role::Stop, 0, 600),
        bar::ratio(Some(0.849), Some(900)),
        bar::ratio(Some(1.2), None),
        bar::ratio(None, Some(999)),
    ];
    insta::assert_snapshot!(drawn.join("\n"));
}

#[test]
fn a_sparkline() {
    let drawn = [sparkline::svg(&[Some(0.5), Some(0.6), None, Some(1.2), Some(0.0)]), sparkline::svg(&[Some(0.5)]), sparkline::svg(&[])];
    insta::assert_snapshot!(drawn.join("\n"));
}

#[test]
fn oee_over_shifts() {
    let bars = vec![Some(0.6), None, Some(0.91), Some(0.38)];
    let average = vec![None, Some(0.6), Some(0.75), Some(0.63)];
    insta::assert_snapshot!(Periods { bars, average, target: vec![Some(800); 4], current: Some(3) }.svg());
}

#[test]
fn a_target_that_changes_is_a_step() {
    let path = |target: &[Option<u16>]| {
        let svg = Periods { bars: vec![None; target.len()], target: target.to_vec(), ..Periods::default() }.svg();
        svg.split("class=\"target\"").nth(1).map(|rest| rest.split("d=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
    };
    let stepped = path(&[Some(800), Some(800), Some(820), None, Some(700)]);
    assert_eq!(stepped.as_deref(), Some("M0 200L80 200L80 180L120 180M160 300L200 300"));
    assert_eq!(path(&[Some(850), None]), None, "world class has a line of its own");
    assert_eq!(path(&[Some(850), Some(1_200)]).as_deref(), Some("M0 150L40 150L40 0L80 0"));
}

#[test]
fn parts_an_hour() {
    let hour = |start: i64, good, reject, target_thousandths| Hour {
        range: TimeRange::new(Timestamp::from_us(start), Timestamp::from_us(start + 1)).unwrap(),
        parts: Parts { good, reject, ..Parts::default() },
        target_thousandths,
    };
    let shown = [hour(0, 100, 4, 120_500), hour(1, 0, 0, 120_500), hour(2, 130, 0, 0)];
    assert_eq!((hours::most(&shown), hours::most(&[])), (130, 1));
    insta::assert_snapshot!(hours::svg(&shown));
}
