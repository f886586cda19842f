//! What keeps machines from producing, each drawn for its own block: failures (also over the end of a shift), missing parts
//! along the line, micro-stops, changeovers, unpunctual people, broken connections.

use super::chance::{Chance, Topic};
use super::layout::{BLOCKED, FAILURES, HANDOVER, MACHINES, Machine, STARVED};
use super::shift::{Block, Clocks, day, worked};
use domain::Timestamp;
use domain::civil::{MINUTE_US, SECOND_US};

/// A stretch in which a machine stands, and the place of its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// First instant; it may lie in the block before.
    pub start: Timestamp,
    /// First instant after; it may lie in the next block.
    pub end: Timestamp,
    /// Place in [`super::layout::REASONS`].
    pub reason: usize,
}

/// A stretch in which a connection is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// First instant.
    pub start: Timestamp,
    /// The connection is back.
    pub end: Timestamp,
    /// What is told of it.
    pub kind: Broken,
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The device's own gateway says that it does not know; what happens is lost.
    Unavailable,
    /// Somebody notices that the connection is gone; what happens is lost.
    Lost,
    /// Nobody notices anything but silence; what happens is lost.
    Silent,
    /// The device keeps what happens and sends it when the connection is back, with its own stamps.
    Late,
}

/// After so long without a word the flaky machine's state is unknown.
pub const SILENCE_US: i64 = 5 * MINUTE_US;

/// Parts wait between two machines for about this long before the next has none.
const RUNS_DRY_US: i64 = 7 * MINUTE_US;
/// A machine comes back this long after the one before it.
const FILLS_UP_US: i64 = 30 * SECOND_US;
/// The room behind a machine lasts this long.
const JAMS_US: i64 = 10 * MINUTE_US;

/// Everything that is drawn for machines.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The plant's seed.
    pub seed: u64,
    /// When blocks begin.
    pub clocks: Clocks,
}

impl Fate {
    /// Whether this machine is the problem of the block's day; each day one is.
    pub fn bad_day(&self, machine: usize, block: i64) -> bool {
        Chance::new(self.seed, Topic::BadDay, 0, day(block)).one_of(MACHINES.len()) == machine
    }

    /// Failures that touch a block, whole and in order.
    pub fn failures(&self, machine: usize, of: &Machine, block: &Block) -> Vec<Standing> {
        let across = |over: (i64, i64, usize), border: Timestamp| {
            let (before_us, after_us, reason) = over;
            Standing { start: border.plus(-before_us), end: border.plus(after_us), reason }
        };
        let from_before = self.overhang(machine, of, block.number - 1).map(|over| across(over, block.start));
        let mut failures: Vec<Standing> = from_before.into_iter().collect();
        let over = self.overhang(machine, of, block.number);
        let last = block.end.plus(-over.map_or(0, |(before_us, ..)| before_us) - 3 * MINUTE_US);
        if block.worked {
            let bad = self.bad_day(machine, block.number);
            let (up_min, repair_min) = if bad { (30.0, of.repair_min * 2.0) } else { (of.up_min, of.repair_min) };
            let mut chance = Chance::new(self.seed, Topic::Failures, machine, block.number);
            let mut time = from_before.map_or(block.start, |failure| failure.end).plus(3 * MINUTE_US + chance.waiting(up_min));
            while time < last {
                let end = time.plus(MINUTE_US + chance.repair(repair_min)).min(last);
                failures.push(Standing { start: time, end, reason: chance.one_of(FAILURES) });
                time = end.plus(2 * MINUTE_US + chance.waiting(up_min));
            }
        }
        failures.extend(over.map(|over| across(over, block.end)));
        failures
    }

    /// Stretches in which the machine has no parts or no room, because others of its line stand.
    pub fn neighbours(&self, of: &Machine, block: &Block) -> Vec<Standing> {
        let blocks = [self.clocks.block(of.line, block.number - 1), block.clone()];
        let mut standings = Vec::new();
        let line = MACHINES.iter().enumerate().filter(|(_, other)| other.line == of.line && other.place != of.place);
        for (number, other) in line {
            let hops = (of.place - other.place).abs();
            let before = other.place < of.place;
            let (after_us, lag_us) = if before { (RUNS_DRY_US, FILLS_UP_US) } else { (JAMS_US, FILLS_UP_US / 3) };
            for failure in blocks.iter().flat_map(|block| self.failures(number, other, block)) {
                let (start, end) = (failure.start.plus(hops * after_us), failure.end.plus(hops * lag_us));
                if start < end {
                    standings.push(Standing { start, end, reason: if before { STARVED } else { BLOCKED } });
                }
            }
        }
        standings
    }

    /// Micro-stops; what else happens covers some of them.
    pub fn minor(&self, machine: usize, block: &Block) -> Vec<(Timestamp, Timestamp)> {
        let mut chance = Chance::new(self.seed, Topic::Minor, machine, block.number);
        let every_min = if self.bad_day(machine, block.number) { 6.0 } else { 12.0 };
        let mut minor = Vec::new();
        let mut time = block.start.plus(chance.waiting(every_min));
        while time < block.end {
            let end = time.plus(chance.minutes(0.08, 1.6));
            minor.push((time, end));
            time = end.plus(SECOND_US + chance.waiting(every_min));
        }
        minor
    }

    /// Late starts: at the beginning of a shift and after its breaks. Who is early is no loss.
    pub fn late(&self, machine: usize, block: &Block) -> Vec<Standing> {
        let mut chance = Chance::new(self.seed, Topic::Starts, machine, block.number);
        let mut late = Vec::new();
        for start in std::iter::once(block.start).chain(block.breaks.iter().map(|pause| pause.end())) {
            if chance.happens(0.45) {
                late.push(Standing { start, end: start.plus(chance.minutes(0.3, 4.5)), reason: HANDOVER });
            }
        }
        late
    }

    /// When the machine stands for the breaks: for all of each, but where its people are not so strict.
    pub fn pauses(&self, machine: usize, of: &Machine, block: &Block) -> Vec<(Timestamp, Timestamp)> {
        let mut chance = Chance::new(self.seed, Topic::Starts, machine + MACHINES.len(), block.number);
        let mut moment = |longest_min| if of.runs_on { chance.minutes(0.0, longest_min) } else { 0 };
        block.breaks.iter().map(|pause| (pause.start().plus(moment(0.6)), pause.end().plus(-moment(1.0)))).collect()
    }

    /// Broken connections, in order and away from the ends of the block. None of them hides a change of product.
    pub fn outages(&self, machine: usize, of: &Machine, block: &Block, changeover: Option<Timestamp>) -> Vec<Outage> {
        let mut outages = Vec::new();
        if !of.flaky || !block.worked {
            return outages;
        }
        let mut chance = Chance::new(self.seed, Topic::Outages, machine, block.number);
        let mut time = block.start.plus(25 * MINUTE_US);
        for _ in 0..chance.one_of(4) {
            let start = time.plus(chance.minutes(5.0, 120.0));
            let end = start.plus(chance.minutes(2.5, 20.0));
            let kind = match chance.one_of(4) {
                0 => Broken::Unavailable,
                1 => Broken::Lost,
                2 => Broken::Silent,
                _ => Broken::Late,
            };
            if end > block.end.plus(-25 * MINUTE_US) {
                break;
            }
            if changeover.is_none_or(|change| change < start || end <= change) {
                outages.push(Outage { start, end, kind });
            }
            time = end;
        }
        outages
    }

    /// A failure over the end of a block: how long before, how long after, and its reason.
    fn overhang(&self, machine: usize, of: &Machine, block: i64) -> Option<(i64, i64, usize)> {
        let mut chance = Chance::new(self.seed, Topic::Overhang, machine, block);
        let probability = if self.bad_day(machine, block) { 0.3 } else { 0.07 };
        let happens = chance.happens(probability) && worked(of.line, block) && worked(of.line, block + 1);
        happens.then(|| (chance.minutes(2.0, 30.0), chance.minutes(1.0, 25.0), chance.one_of(FAILURES)))
    }
}
