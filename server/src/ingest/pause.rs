//! How long to wait before the next attempt: twice as long each time, and never all together.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// Growing pauses.
#[derive(Debug)]
pub struct Pause {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pause {
    /// Pauses from `first` to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// Whether no attempt has failed since the last success.
    pub fn is_first(&self) -> bool {
        self.next == self.first
    }

    /// Begins again after a success.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next pause: between half of it and all of it, so that those who were cut off together do not come back together.
    pub fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        let random = RandomState::new().build_hasher().finish() % 1_000;
        whole / 2 + whole.mul_f64(random as f64 / 2_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again() {
        let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(5));
        for whole_s in [1, 2, 4, 5, 5] {
            let (half, whole) = (Duration::from_millis(whole_s * 500), Duration::from_secs(whole_s));
            let next = pause.next();
            assert!((half..=whole).contains(&next), "{next:?} of {whole:?}");
        }
        pause.reset();
        assert!(pause.is_first() && pause.next() <= Duration::from_secs(1));
    }
}
