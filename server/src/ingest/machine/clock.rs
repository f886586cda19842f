//! What time it is for a device. Observations are in the order of arrival, and a stamp that steps back is clamped: what we say
//! ourselves about a device must not stand behind what it says next by its own clock.

use domain::Timestamp;

/// Beyond that, lines that came right after the connection are more likely old than of a slow clock.
const OLD_US: i64 = 5 * 60 * 1_000_000;
/// What comes so soon after the connection may be what was known before it.
const SNAPSHOT_US: i64 = 2_000_000;
/// How long a line may be under way.
const UNDER_WAY_US: i64 = 2_000_000;

/// Compares stamps with our clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceClock {
    connected: Option<Timestamp>,
    /// The least of received - stamp: the device is behind by so much, or ahead where negative.
    behind_us: Option<i64>,
    of_snapshot: bool,
}

impl DeviceClock {
    /// A connection begins; what is known of the clock stays known.
    pub fn connected(&mut self, now: Timestamp) {
        self.connected = Some(now);
    }

    /// A line came.
    pub fn heard(&mut self, stamp: Timestamp, received: Timestamp) {
        let behind_us = received.since(stamp);
        let snapshot = self.connected.is_some_and(|connected| received.since(connected) < SNAPSHOT_US);
        if snapshot && behind_us > OLD_US {
            return;
        }
        match self.behind_us {
            // What happens while we listen says more than what was kept for us.
            Some(_) if self.of_snapshot && !snapshot => (self.behind_us, self.of_snapshot) = (Some(behind_us), false),
            Some(known) if self.of_snapshot == snapshot => self.behind_us = Some(known.min(behind_us)),
            Some(_) => {}
            None => (self.behind_us, self.of_snapshot) = (Some(behind_us), snapshot),
        }
    }

    /// The device's time at `now`, a little early, so that a line that is under way is not behind it.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        now.plus(-self.behind_us.unwrap_or(0)).plus(-UNDER_WAY_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(s: i64) -> Timestamp {
        Timestamp::from_us(s * 1_000_000)
    }

    #[test]
    fn a_clock_that_is_behind_is_followed() {
        let mut clock = DeviceClock::default();
        assert_eq!(clock.at(second(10_000)), second(9_998));
        clock.connected(second(10_000));
        // Kept since hours: says nothing of the clock.
        clock.heard(second(10), second(10_001));
        assert_eq!(clock.at(second(10_002)), second(10_000));
        // A change that is seen while it happens: an hour behind.
        clock.heard(second(6_500), second(10_100));
        clock.heard(second(6_400), second(10_101));
        assert_eq!(clock.at(second(10_200)), second(6_598));
    }

    #[test]
    fn a_clock_that_is_ahead_is_followed() {
        let mut clock = DeviceClock::default();
        clock.connected(second(0));
        clock.heard(second(60), second(1));
        assert_eq!(clock.at(second(2)), second(59));
    }
}
