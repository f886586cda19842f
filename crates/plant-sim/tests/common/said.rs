//! Figures in the words of the truth, for tests of this crate and of those that store and show them.

use domain::oee::{Category, Figures};
use plant_sim::plant::Truth;

/// What figures say, in the words of the truth.
pub fn said(figures: &Figures) -> Truth {
    let mut times = figures.times;
    let mut time = |category| *times.of(category);
    let counts = &figures.counts;
    Truth {
        not_scheduled_us: time(Category::NotScheduled),
        planned_stop_us: time(Category::PlannedStop),
        setup_us: time(Category::Setup),
        unplanned_stop_us: time(Category::UnplannedStop),
        micro_stop_us: time(Category::MicroStop),
        unknown_us: time(Category::Unknown),
        slow_us: time(Category::Slow),
        producing_us: time(Category::Run),
        stops: counts.stops,
        repair_us: counts.repair_us,
        micro_stops: counts.micro_stops,
        setups: counts.setups,
        good: counts.parts.good,
        reject: counts.parts.reject,
        startup_reject: counts.parts.startup_reject,
        rework: counts.parts.rework,
        outside_planned: counts.outside_planned,
        ideal_total_us: figures.ideal.total_us,
        ideal_good_us: figures.ideal.good_us,
    }
}
