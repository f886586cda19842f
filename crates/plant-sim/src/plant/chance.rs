//! Random numbers that depend on nothing but the seed, what they are for, whom they are for and the shift.

use domain::civil::MINUTE_US;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a draw is for: draws for one thing never move those for another.
#[derive(Clone, Copy, Debug)]
pub enum Topic {
    /// Which product a line makes.
    Orders = 1,
    /// Which machine has its bad day.
    BadDay,
    /// A failure over the end of a shift.
    Overhang,
    /// Failures within a shift.
    Failures,
    /// Micro-stops.
    Minor,
    /// How punctual people are.
    Starts,
    /// A changeover.
    Changeover,
    /// Broken connections.
    Outages,
    /// Reduced speed.
    Slow,
    /// Cycles and what becomes of parts.
    Parts,
    /// Who says why a machine stood.
    Reports,
}

/// The draws of one thing, one unit (machine, line, plant) and one block.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The same arguments give the same draws.
    pub fn new(seed: u64, topic: Topic, unit: usize, block: i64) -> Self {
        let place = (topic as u64) << 32 | unit as u64;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        rng.set_stream(block.unsigned_abs());
        Self(rng)
    }

    /// Whether something with this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    /// One of `n`, each as likely; `n` is positive.
    pub fn one_of(&mut self, n: usize) -> usize {
        self.0.random_range(0..n.max(1))
    }

    /// A whole number from `low` up to `high`, which is not below it.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A time from `low` to `high` minutes.
    pub fn minutes(&mut self, low: f64, high: f64) -> i64 {
        us(low + (high - low) * self.0.random::<f64>())
    }

    /// The time until something that happens every `mean` minutes, without memory.
    pub fn waiting(&mut self, mean_min: f64) -> i64 {
        us(-mean_min * (1.0 - self.0.random::<f64>()).ln())
    }

    /// The time of a repair (Weibull, shape 1.4): many short ones, few long ones.
    pub fn repair(&mut self, typical_min: f64) -> i64 {
        us(typical_min * (-(1.0 - self.0.random::<f64>()).ln()).powf(1.0 / 1.4))
    }

    /// Below a million, each as likely.
    pub fn ppm(&mut self) -> u32 {
        self.0.random_range(0..1_000_000)
    }
}

fn us(minutes: f64) -> i64 {
    (minutes * MINUTE_US as f64) as i64
}
