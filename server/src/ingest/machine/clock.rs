//! What time it is for a device. Observations are in the order of arrival, and a stamp that steps back is clamped: what we say
//! ourselves about a device must not stand behind what it says next by its own clock.

use domain::Timestamp;
use domain::machine::ABSURD_US;

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
        // A stamp that is refused says nothing of the clock: our own word would be refused with it.
        if behind_us.unsigned_abs() > ABSURD_US.unsigned_abs() {
            return;
        }
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

    /// The device's time at `now`.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        now.plus(-self.behind_us.unwrap_or(0))
    }

    /// The same a little early, so that a line that is under way is not behind it.
    pub fn surely_at(&self, now: Timestamp) -> Timestamp {
        self.at(now).plus(-UNDER_WAY_US)
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
        assert_eq!(clock.at(second(10_000)), second(10_000));
        assert_eq!(clock.surely_at(second(10_000)), second(9_998));
        clock.connected(second(10_000));
        // Kept since hours: says nothing of the clock.
        clock.heard(second(10), second(10_001));
        assert_eq!(clock.at(second(10_002)), second(10_002));
        // A change that is seen while it happens: an hour behind.
        clock.heard(second(6_500), second(10_100));
        clock.heard(second(6_400), second(10_101));
        assert_eq!(clock.at(second(10_200)), second(6_600));
    }

    #[test]
    fn a_stamp_of_another_decade_is_not() {
        let mut clock = DeviceClock::default();
        clock.connected(second(0));
        clock.heard(second(70), second(10));
        for wrong in [253_402_300_799, -1_000_000_000] {
            clock.heard(second(wrong), second(11));
        }
        assert_eq!(clock.at(second(12)), second(72));
    }

    #[test]
    fn a_clock_that_is_ahead_is_followed() {
        let mut clock = DeviceClock::default();
        clock.connected(second(0));
        clock.heard(second(60), second(1));
        assert_eq!(clock.at(second(2)), second(61));
    }
}
