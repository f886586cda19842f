//! A bioreactor run as a process historian records it: four tags, a row only when the value has moved by the tag's
//! resolution, uneven millisecond stamps, no stamp shared by two tags.
//!
//! Each tag wanders around a slow swing; feeds dip dissolved oxygen, pH and temperature together, and the pressure
//! has short bumps. Everything follows from the seed and the start, never from how the run is read.

use domain::civil::SECOND_US;
use domain::{Limits, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// One row of one tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Index into [`TAGS`].
    pub tag: usize,
    /// When, in whole milliseconds after the start of the run.
    pub time: Timestamp,
    /// What, in the tag's unit; finite.
    pub value: f64,
}

/// A measured quantity and the table that the historian keeps it in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tag {
    /// Name of the table (time, value).
    pub table: &'static str,
    /// What a reader calls it.
    pub name: &'static str,
    /// Unit symbol, empty when it has none.
    pub unit: &'static str,
    /// Band of wanted values; a disturbance may leave it for a while.
    pub limits: Limits,
}

/// The four tags, in the order of [`Reading::tag`].
pub const TAGS: [Tag; 4] = [
    Tag { table: "CM_HAM_DO_AI1/Temp_value", name: "Temperature", unit: "°C", limits: band(37.0, 37.3) },
    Tag { table: "CM_HAM_PH_AI1/pH_value", name: "pH", unit: "", limits: band(7.0, 7.2) },
    Tag { table: "CM_PID_DO/Process_DO", name: "Dissolved oxygen", unit: "%", limits: band(37.0, 44.0) },
    Tag { table: "CM_PRESSURE/Output", name: "Pressure", unit: "psi", limits: band(0.03, 0.1) },
];

const fn band(low: f64, high: f64) -> Limits {
    Limits { low: Some(low), high: Some(high) }
}

/// A run that is read piece by piece, each reading once.
#[derive(Clone, Debug)]
pub struct Bioreactor {
    signals: Vec<Signal>,
}

impl Bioreactor {
    /// A run that starts at `start`; the same seed and start give the same readings.
    pub fn new(seed: u64, start: Timestamp) -> Self {
        let signals = BEHAVIOURS.iter().enumerate();
        Self { signals: signals.map(|(tag, behaviour)| Signal::new(tag, behaviour, seed, start)).collect() }
    }

    /// All readings with a time before `end` that were not given yet, in order of time. About two a second, so that
    /// the caller chooses the size of the answer with `end`.
    pub fn until(&mut self, end: Timestamp) -> Vec<Reading> {
        let mut readings = Vec::new();
        while let Some(signal) = self.signals.iter_mut().filter(|signal| signal.next.time < end).min_by_key(|signal| signal.next.time) {
            readings.push(signal.take());
        }
        readings
    }
}

/// How a tag moves. The first five are the historian's and the noise of a real run, the rest is the demo's liveliness.
#[derive(Debug)]
struct Behaviour {
    period_ms: i64,
    offset_ms: i64,
    /// The smallest change that is recorded.
    resolution: f64,
    /// Whether recorded values are multiples of the resolution.
    rounded: bool,
    /// Standard deviation of one step of the wandering.
    noise: f64,
    middle: f64,
    swing: f64,
    swing_period_s: f64,
    /// Added at the height of a full feed.
    feed: f64,
    /// Added at the height of a full bump.
    bump: f64,
    lowest: f64,
    highest: f64,
}

static BEHAVIOURS: [Behaviour; 4] = [
    Behaviour {
        period_ms: 2_000,
        offset_ms: 352,
        resolution: 0.0014,
        rounded: true,
        noise: 0.0005,
        middle: 37.13,
        swing: 0.08,
        swing_period_s: 14_760.0,
        feed: -0.03,
        bump: 0.0,
        lowest: 36.9,
        highest: 37.4,
    },
    Behaviour {
        period_ms: 2_000,
        offset_ms: 964,
        resolution: 0.00012,
        rounded: false,
        noise: 0.00008,
        middle: 7.1,
        swing: 0.05,
        swing_period_s: 19_080.0,
        feed: -0.04,
        bump: 0.0,
        lowest: 6.9,
        highest: 7.3,
    },
    Behaviour {
        period_ms: 2_000,
        offset_ms: 395,
        resolution: 0.0005,
        rounded: false,
        noise: 0.0045,
        middle: 40.5,
        swing: 0.8,
        swing_period_s: 11_520.0,
        feed: -4.0,
        bump: 0.0,
        lowest: 35.0,
        highest: 45.0,
    },
    Behaviour {
        period_ms: 1_000,
        offset_ms: 313,
        resolution: 0.002,
        rounded: true,
        noise: 0.00175,
        middle: 0.055,
        swing: 0.008,
        swing_period_s: 8_280.0,
        feed: 0.0,
        bump: 0.03,
        lowest: 0.02,
        highest: 0.12,
    },
];

/// A feed every 40 minutes or so; all tags see the same ones.
static FEEDS: PulseKind = PulseKind { first_stream: 1 << 32, every_s: 2_400.0, rise_s: (60.0, 150.0) };
/// A bump of the pressure every 25 minutes or so.
static BUMPS: PulseKind = PulseKind { first_stream: 2 << 32, every_s: 1_500.0, rise_s: (15.0, 45.0) };

/// Part of the way back to the swing that a tag goes in one period.
const PULL: f64 = 0.03;

/// A tag's walk with its next reading looked up ahead, so that four tags can be put in order of time.
#[derive(Clone, Debug)]
struct Signal {
    walk: Walk,
    next: Reading,
}

impl Signal {
    fn new(tag: usize, behaviour: &'static Behaviour, seed: u64, start: Timestamp) -> Self {
        let mut walk = Walk::new(tag, behaviour, seed, start);
        let next = walk.next_reading();
        Self { walk, next }
    }

    fn take(&mut self) -> Reading {
        let later = self.walk.next_reading();
        std::mem::replace(&mut self.next, later)
    }
}

#[derive(Clone, Debug)]
struct Walk {
    tag: usize,
    behaviour: &'static Behaviour,
    start: Timestamp,
    rng: ChaCha8Rng,
    phase: f64,
    /// Where the wandering stands, without feeds and bumps.
    level: f64,
    tick: i64,
    recorded: Option<f64>,
    feeds: Pulses,
    bumps: Pulses,
}

impl Walk {
    fn new(tag: usize, behaviour: &'static Behaviour, seed: u64, start: Timestamp) -> Self {
        let mut rng = stream(seed, tag as u64);
        let phase = TAU * rng.random::<f64>();
        Self {
            tag,
            behaviour,
            start,
            rng,
            phase,
            level: behaviour.middle + behaviour.swing * phase.sin(),
            tick: 0,
            recorded: None,
            feeds: Pulses::new(seed, &FEEDS),
            bumps: Pulses::new(seed, &BUMPS),
        }
    }

    /// Walks on until the value has moved by the resolution.
    fn next_reading(&mut self) -> Reading {
        loop {
            let nominal_ms = self.behaviour.offset_ms + self.tick * self.behaviour.period_ms;
            self.tick += 1;
            let value = self.value_at(nominal_ms as f64 / 1_000.0);
            let least_change = self.behaviour.resolution * 0.999;
            if self.recorded.is_none_or(|recorded| (value - recorded).abs() >= least_change) {
                self.recorded = Some(value);
                let jitter_ms = match self.rng.random_range(0..4_u8) {
                    0 => -1,
                    1 => 1,
                    _ => 0,
                };
                let time = self.start.plus((nominal_ms + jitter_ms) * (SECOND_US / 1_000));
                return Reading { tag: self.tag, time, value };
            }
        }
    }

    fn value_at(&mut self, time_s: f64) -> f64 {
        let behaviour = self.behaviour;
        let target = behaviour.middle + behaviour.swing * (TAU * time_s / behaviour.swing_period_s + self.phase).sin();
        self.level += (target - self.level) * PULL + behaviour.noise * gaussian(&mut self.rng);
        let disturbed = self.level + behaviour.feed * self.feeds.height_at(time_s) + behaviour.bump * self.bumps.height_at(time_s);
        let value = disturbed.clamp(behaviour.lowest, behaviour.highest);
        if behaviour.rounded { (value / behaviour.resolution).round_ties_even() * behaviour.resolution } else { value }
    }
}

/// Disturbances of one kind: one begins in the first half of each stretch of `every_s`.
#[derive(Debug)]
struct PulseKind {
    /// Random stream of the first; each has one of its own, so that tags agree on them without sharing state.
    first_stream: u64,
    every_s: f64,
    /// Shortest and longest time from the beginning to the height.
    rise_s: (f64, f64),
}

/// The pulse of the current stretch and the one before it; older ones have died away.
#[derive(Clone, Debug)]
struct Pulses {
    seed: u64,
    kind: &'static PulseKind,
    stretch: u64,
    recent: [Pulse; 2],
}

#[derive(Clone, Copy, Debug)]
struct Pulse {
    begin_s: f64,
    rise_s: f64,
    height: f64,
}

impl Pulses {
    fn new(seed: u64, kind: &'static PulseKind) -> Self {
        let none = Pulse { begin_s: 0.0, rise_s: 1.0, height: 0.0 };
        Self { seed, kind, stretch: 0, recent: [none, Pulse::drawn(seed, kind, 0)] }
    }

    /// How far the disturbances move a tag, 0 to 1; times must not go back.
    fn height_at(&mut self, time_s: f64) -> f64 {
        while (self.stretch + 1) as f64 * self.kind.every_s <= time_s {
            self.stretch += 1;
            let [_, before] = self.recent;
            self.recent = [before, Pulse::drawn(self.seed, self.kind, self.stretch)];
        }
        let [before, current] = self.recent;
        before.height_at(time_s) + current.height_at(time_s)
    }
}

impl Pulse {
    fn drawn(seed: u64, kind: &PulseKind, stretch: u64) -> Self {
        let mut rng = stream(seed, kind.first_stream + stretch);
        let (shortest_s, longest_s) = kind.rise_s;
        Self {
            begin_s: (stretch as f64 + 0.5 * rng.random::<f64>()) * kind.every_s,
            rise_s: shortest_s + (longest_s - shortest_s) * rng.random::<f64>(),
            height: 0.5 + 0.5 * rng.random::<f64>(),
        }
    }

    /// Rises at once, is highest after `rise_s`, and dies away over about ten times as long.
    fn height_at(self, time_s: f64) -> f64 {
        let age = (time_s - self.begin_s) / self.rise_s;
        if age <= 0.0 { 0.0 } else { self.height * age * (1.0 - age).exp() }
    }
}

fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    rng
}

/// Mean 0, standard deviation 1 (Box and Muller 1958).
fn gaussian(rng: &mut ChaCha8Rng) -> f64 {
    // `random` gives [0, 1); the logarithm wants (0, 1].
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::civil::HOUR_US;

    fn start() -> Timestamp {
        Timestamp::from_us(1_705_276_800_000_000)
    }

    fn run(seed: u64, hours: i64) -> Vec<Reading> {
        Bioreactor::new(seed, start()).until(start().plus(hours * HOUR_US))
    }

    fn of_tag(readings: &[Reading], tag: usize) -> Vec<Reading> {
        readings.iter().copied().filter(|reading| reading.tag == tag).collect()
    }

    #[test]
    fn the_same_readings_whatever_the_steps() {
        let whole = run(7, 2);
        for step_us in [50_000, 999_999, 61_000_003, HOUR_US] {
            let (mut reactor, mut pieces) = (Bioreactor::new(7, start()), Vec::new());
            let mut end = start();
            while end < start().plus(2 * HOUR_US) {
                end = end.plus(step_us).min(start().plus(2 * HOUR_US));
                let piece = reactor.until(end);
                assert!(piece.iter().all(|reading| reading.time < end));
                assert!(reactor.until(end).is_empty());
                pieces.extend(piece);
            }
            assert!(pieces == whole, "steps of {step_us} µs");
        }
    }

    #[test]
    fn an_end_on_a_reading_leaves_it_for_the_next_call() {
        let whole = run(7, 1);
        let mut reactor = Bioreactor::new(7, start());
        assert_eq!(reactor.until(whole[5].time), &whole[..5]);
        assert_eq!(reactor.until(whole[5].time.plus(1)), &whole[5..6]);
    }

    #[test]
    fn another_seed_is_another_run() {
        assert_ne!(run(1, 1), run(2, 1));
    }

    #[test]
    fn another_start_moves_the_run() {
        let moved = Bioreactor::new(3, start().plus(1_234_567)).until(start().plus(HOUR_US + 1_234_567));
        let back = |reading: Reading| Reading { time: reading.time.plus(-1_234_567), ..reading };
        assert_eq!(moved.into_iter().map(back).collect::<Vec<_>>(), run(3, 1));
    }

    #[test]
    fn readings_are_those_of_a_historian() {
        let readings = run(42, 24);
        assert!(readings.windows(2).all(|pair| pair[0].time < pair[1].time), "in order, no shared stamps");
        assert!(readings.iter().all(|reading| reading.time.since(start()) % 1_000 == 0), "whole milliseconds");
        for (tag, behaviour) in BEHAVIOURS.iter().enumerate() {
            let rows = of_tag(&readings, tag);
            assert!((5_000..90_000).contains(&rows.len()), "{}: {} rows", TAGS[tag].name, rows.len());
            for pair in rows.windows(2) {
                let gap_us = pair[1].time.since(pair[0].time);
                assert!(gap_us >= behaviour.period_ms * 1_000 - 2_000);
                assert!((pair[1].value - pair[0].value).abs() >= behaviour.resolution * 0.999);
            }
            let within = behaviour.lowest - behaviour.resolution..=behaviour.highest + behaviour.resolution;
            assert!(rows.iter().all(|row| within.contains(&row.value)), "{}", TAGS[tag].name);
        }
    }

    #[test]
    fn feeds_dip_the_oxygen_and_it_recovers() {
        let oxygen = of_tag(&run(42, 24), 2);
        let values = oxygen.iter().map(|row| row.value);
        assert!(values.clone().fold(f64::INFINITY, f64::min) < 38.9);
        assert!(values.fold(f64::NEG_INFINITY, f64::max) > 40.5);
        let calm = oxygen.iter().filter(|row| row.value > 39.0).count();
        assert!(calm * 10 > oxygen.len() * 6, "mostly calm");
    }

    #[test]
    fn the_pressure_has_bumps() {
        let pressure = of_tag(&run(42, 24), 3);
        assert!(pressure.iter().any(|row| row.value > 0.08));
    }
}
