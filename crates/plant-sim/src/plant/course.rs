//! The course of a block: what a machine does at every instant of it, and what it makes.

use super::chance::{Chance, Topic};
use super::layout::{Dialect, LINES, MACHINES, Machine, Product};
use super::shift::Block;
use super::trouble::{Fate, Outage, Standing};
use domain::civil::MINUTE_US;
use domain::{TimeRange, Timestamp};

/// What a machine does, the strongest first: where two things would hold, the earlier of this list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// No shift.
    Off,
    /// Broken, for the reason at this place.
    Down(usize),
    /// Prepared for another product.
    Setup,
    /// People have a break.
    Pause,
    /// Without parts or room, for the reason at this place.
    Waiting(usize),
    /// People come late.
    Late,
    /// A moment of trouble.
    Minor,
    /// Producing at reduced speed.
    Slow,
    /// Producing.
    Run,
}

/// A stretch of one doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// First instant.
    pub start: Timestamp,
    /// First instant after: the start of the next phase.
    pub end: Timestamp,
    /// What the machine does.
    pub doing: Doing,
}

/// A block of a machine.
#[derive(Clone, Debug)]
pub struct Course {
    /// When it is.
    pub block: Block,
    /// What the machine does from its start to its end, without holes.
    pub phases: Vec<Phase>,
    /// The product on the machine at the start, as its place in the line.
    pub product: usize,
    /// From this instant on another product.
    pub change: Option<(Timestamp, usize)>,
    /// Broken connections.
    pub outages: Vec<Outage>,
    /// Failures that begin here, whole.
    pub failures: Vec<Standing>,
}

impl Course {
    /// The course of a block.
    pub fn of(fate: &Fate, machine: usize, of: &Machine, number: i64) -> Self {
        let block = fate.clocks.block(of.line, number);
        let product = ordered(fate.seed, of.line, number - 1);
        let changeover = changeover(fate, machine, of, &block).filter(|_| ordered(fate.seed, of.line, number) != product);
        let change = changeover.map(|changeover| (changeover.start(), ordered(fate.seed, of.line, number)));
        let failures = fate.failures(machine, of, &block);
        let mut layers = Vec::new();
        if block.worked {
            let standing = |doing: fn(usize) -> Doing| move |standing: &Standing| (standing.start, standing.end, doing(standing.reason));
            layers.extend(failures.iter().map(standing(Doing::Down)));
            layers.extend(changeover.filter(|_| change.is_some()).map(|range| (range.start(), range.end(), Doing::Setup)));
            layers.extend(fate.pauses(machine, of, &block).into_iter().map(|(start, end)| (start, end, Doing::Pause)));
            layers.extend(fate.neighbours(of, &block).iter().map(standing(Doing::Waiting)));
            layers.extend(fate.late(machine, &block).iter().map(|late| (late.start, late.end, Doing::Late)));
            layers.extend(fate.minor(machine, &block).into_iter().map(|(start, end)| (start, end, Doing::Minor)));
            layers.extend(slow(fate, machine, of, &block));
            layers.push((block.start, block.end, Doing::Run));
        } else {
            layers.push((block.start, block.end, Doing::Off));
        }
        let outages = fate.outages(machine, of, &block, change.map(|(time, _)| time));
        let phases = flattened(layers, &block);
        let failures = failures.into_iter().filter(|failure| failure.start >= block.start).collect();
        Self { block, phases, product, change, outages, failures }
    }

    /// The product on the machine at an instant of the block.
    pub fn product_at(&self, time: Timestamp) -> usize {
        self.change.filter(|(from, _)| *from <= time).map_or(self.product, |(_, product)| product)
    }

    /// What the machine does just before an instant: at the start of the block what it does then.
    pub fn before(&self, time: Timestamp) -> Option<Doing> {
        let next = self.phases.partition_point(|phase| phase.start < time);
        self.phases.get(next.saturating_sub(1)).map(|phase| phase.doing)
    }
}

/// A product of a line.
pub fn product(line: usize, place: usize) -> Option<&'static Product> {
    LINES.get(line).and_then(|line| line.products.get(place))
}

/// The product that a line ends a block with; orders last two blocks or more.
fn ordered(seed: u64, line: usize, block: i64) -> usize {
    let order = (block + i64::try_from(line).unwrap_or(0)).div_euclid(2);
    Chance::new(seed, Topic::Orders, line, order).one_of(3)
}

/// When a machine would change its product: one after the other along the line.
fn changeover(fate: &Fate, machine: usize, of: &Machine, block: &Block) -> Option<TimeRange> {
    let line_us = Chance::new(fate.seed, Topic::Changeover, MACHINES.len() + of.line, block.number).minutes(35.0, 150.0);
    let start = block.start.plus(line_us + of.place * 2 * MINUTE_US);
    let end = start.plus(Chance::new(fate.seed, Topic::Changeover, machine, block.number).minutes(9.0, 22.0));
    TimeRange::new(start, end).ok().filter(|_| block.worked)
}

fn slow(fate: &Fate, machine: usize, of: &Machine, block: &Block) -> Option<(Timestamp, Timestamp, Doing)> {
    let mut chance = Chance::new(fate.seed, Topic::Slow, machine, block.number);
    let (after_us, length_us) = (chance.minutes(20.0, 400.0), chance.minutes(8.0, 50.0));
    let happens = of.dialect == Dialect::Words && chance.happens(0.6);
    happens.then(|| (block.start.plus(after_us), block.start.plus(after_us + length_us), Doing::Slow))
}

/// Layers that may overlap as phases that do not: the strongest doing holds, and equal neighbours are one phase.
fn flattened(layers: Vec<(Timestamp, Timestamp, Doing)>, block: &Block) -> Vec<Phase> {
    let clip = |time: Timestamp| time.clamp(block.start, block.end);
    let layers: Vec<_> = layers.into_iter().map(|(start, end, doing)| (clip(start), clip(end), doing)).collect();
    let mut borders: Vec<Timestamp> = layers.iter().flat_map(|(start, end, _)| [*start, *end]).collect();
    borders.sort_unstable();
    borders.dedup();
    let mut phases: Vec<Phase> = Vec::new();
    for (start, end) in borders.iter().zip(borders.iter().skip(1)) {
        let strongest = layers.iter().filter(|(from, to, _)| from <= start && end <= to).map(|(.., doing)| *doing).min();
        let Some(doing) = strongest else { continue };
        match phases.last_mut().filter(|last| last.doing == doing) {
            Some(last) => last.end = *end,
            None => phases.push(Phase { start: *start, end: *end, doing }),
        }
    }
    phases
}
