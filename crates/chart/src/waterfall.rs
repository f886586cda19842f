//! Where planned production time went: from all of it down to what was fully productive, a rung for each of the six big losses.

use crate::marks::{self, UNITS};
use crate::palette::Role;
use domain::oee::losses::Losses;

/// One rung: where its bar begins and ends between nothing and all of planned production time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// What it is.
    pub name: &'static str,
    /// Its colour.
    pub role: Role,
    /// How long it is; a loss of speed may be negative.
    pub time_us: i64,
    /// What is left after it.
    pub left_us: i64,
    /// A loss, or one of the two totals at the ends.
    pub loss: bool,
}

/// The rungs, from planned production time to fully productive time. Those of losses that there are none of are left out.
pub fn rungs(losses: &Losses) -> Vec<Rung> {
    let planned_us = losses.sum_us();
    let mut rungs = vec![Rung { name: "Planned production", role: Role::Planned, time_us: planned_us, left_us: planned_us, loss: false }];
    let mut left_us = planned_us;
    for (name, role, time_us) in [
        ("Unknown", Role::Unknown, losses.unknown_us),
        ("Equipment failure", Role::Stop, losses.failure_us),
        ("Setup", Role::Setup, losses.setup_us),
        ("Micro-stops", Role::Micro, losses.minor_stops_us),
        ("Reduced speed", Role::Wait, losses.reduced_speed_us),
        ("Rejects, rework", Role::Series(3), losses.process_defects_us),
        ("Start-up rejects", Role::Series(3), losses.startup_rejects_us),
    ] {
        left_us = left_us.saturating_sub(time_us);
        if time_us != 0 {
            rungs.push(Rung { name, role, time_us, left_us, loss: true });
        }
    }
    rungs.push(Rung { name: "Fully productive", role: Role::Run, time_us: left_us, left_us, loss: false });
    rungs
}

impl Rung {
    /// Its bar as SVG, `widest_us` wide at most.
    pub fn svg(&self, widest_us: i64) -> String {
        let at = |us: i64| marks::part(us, widest_us, UNITS);
        let (start, end) = if self.loss {
            let before_us = self.left_us.saturating_add(self.time_us);
            (at(self.left_us.min(before_us)), at(self.left_us.max(before_us)))
        } else {
            (0, at(self.time_us))
        };
        // What is there has a pixel, however little it is.
        let bar = marks::rectangle(start.min(UNITS - 3), 0, (end - start).max(3), 1);
        marks::picture("bar", UNITS, 1, &marks::surface(self.role, if self.time_us == 0 { "" } else { &bar }))
    }
}

/// The most that stands anywhere on the ladder: a machine faster than its ideal cycle climbs above its planned time.
pub fn widest_us(rungs: &[Rung]) -> i64 {
    rungs.iter().map(|rung| rung.left_us.max(rung.time_us)).max().unwrap_or(1).max(1)
}
