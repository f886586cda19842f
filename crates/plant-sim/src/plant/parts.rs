//! What a machine makes in a block: one part after the other while it produces, and what becomes of each.

use super::chance::{Chance, Topic};
use super::course::{Course, Doing, product};
use super::layout::Machine;
use super::trouble::Fate;
use domain::Timestamp;
use domain::civil::MINUTE_US;
use domain::oee::counts::Parts;

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// When it was finished.
    pub time: Timestamp,
    /// Which product, as its place in the line.
    pub product: usize,
    /// What became of it.
    pub fate: Quality,
}

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Good at the first try.
    Good,
    /// Rejected while running.
    Reject,
    /// Rejected while starting up.
    StartupReject,
    /// Made good later.
    Rework,
}

/// Work that a running and a slow machine do in a microsecond.
const SPEED: (i64, i64) = (100, 74);
/// Parts of a million that are made good later.
const REWORK_PPM: u32 = 4_000;

/// The ideal cycle of a product of a line, before or after the improvement.
pub fn ideal_cycle_us(line: usize, place: usize, improved: bool) -> i64 {
    let cycle_ms = product(line, place).map(|product| product.improved_cycle_ms.filter(|_| improved).unwrap_or(product.ideal_cycle_ms));
    cycle_ms.unwrap_or(0) * 1_000
}

/// The parts of a block, in order of time. From `improved_from` on some products are made faster.
pub fn made(fate: &Fate, machine: usize, of: &Machine, course: &Course, improved_from: Timestamp) -> Vec<Made> {
    let mut chance = Chance::new(fate.seed, Topic::Parts, machine, course.block.number);
    let scrap_ppm = if fate.bad_day(machine, course.block.number) { of.scrap_ppm * 2 } else { of.scrap_ppm };
    let mut made = Vec::new();
    let mut work: Option<(usize, i64)> = None;
    let mut startup = 0;
    for phase in &course.phases {
        let speed = match phase.doing {
            Doing::Run => SPEED.0,
            Doing::Slow => SPEED.1,
            Doing::Setup => {
                startup = chance.between(1, 3);
                continue;
            }
            Doing::Down(_) if phase.end.since(phase.start) >= 10 * MINUTE_US => {
                startup = chance.between(0, 2);
                continue;
            }
            _ => continue,
        };
        let mut time = phase.start;
        loop {
            let on_machine = course.product_at(time);
            let next = |chance: &mut Chance| {
                let ideal_us = ideal_cycle_us(of.line, on_machine, time >= improved_from);
                ideal_us / 1_000 * (1_000 + of.slower) / 1_000 * chance.between(980, 1_060) * SPEED.0
            };
            // What was begun of another product is put aside.
            let left = work.filter(|(begun, _)| *begun == on_machine).map_or_else(|| next(&mut chance), |(_, left)| left);
            let finished = time.plus(takes_us(left, speed));
            if finished >= phase.end {
                work = Some((on_machine, left - phase.end.since(time) * speed));
                break;
            }
            time = finished;
            work = None;
            let fate = match (startup, chance.ppm()) {
                (1.., _) => Quality::StartupReject,
                (_, draw) if draw < scrap_ppm => Quality::Reject,
                (_, draw) if draw < scrap_ppm + REWORK_PPM => Quality::Rework,
                _ => Quality::Good,
            };
            startup = (startup - 1).max(0);
            made.push(Made { time, product: on_machine, fate });
        }
    }
    made
}

impl Quality {
    /// One part of it.
    pub fn parts(self) -> Parts {
        let one = |kind| u64::from(self == kind);
        Parts { good: one(Self::Good), reject: one(Self::Reject), startup_reject: one(Self::StartupReject), rework: one(Self::Rework) }
    }
}

/// The time that work takes: at least a microsecond, so that time always moves on.
fn takes_us(work: i64, speed: i64) -> i64 {
    ((work + speed - 1) / speed).max(1)
}
