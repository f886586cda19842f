//! Local wall time. The server knows the IANA zones and sends the browser the offsets of the shown range.

#[cfg(feature = "zones")]
mod iana;

#[cfg(feature = "zones")]
pub use iana::Zone;

use crate::civil::{DAY_US, SECOND_US};
use crate::time::{Timestamp, wall_text};
use serde::{Deserialize, Serialize};

/// The offsets of a zone over a range of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneOffsets {
    /// IANA name: `Europe/Berlin`, `UTC`.
    pub name: String,
    /// Offset east of UTC in seconds before the first change.
    pub initial_s: i32,
    /// Changes in order of time: from this instant on, this offset in seconds.
    pub changes: Vec<(Timestamp, i32)>,
}

/// Which instant a wall time means when the clocks are put back and it happens twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// The first time.
    Earlier,
    /// The second time.
    Later,
}

impl ZoneOffsets {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), initial_s: 0, changes: Vec::new() }
    }

    /// Offset east of UTC at an instant, in microseconds.
    pub fn offset_us(&self, time: Timestamp) -> i64 {
        let before = self.changes.partition_point(|(from, _)| *from <= time);
        let offset_s = before.checked_sub(1).and_then(|i| self.changes.get(i)).map_or(self.initial_s, |(_, s)| *s);
        i64::from(offset_s) * SECOND_US
    }

    /// What a clock on the wall shows at an instant, in microseconds since 1970-01-01 on that clock.
    pub fn wall_us(&self, time: Timestamp) -> i64 {
        time.us().saturating_add(self.offset_us(time))
    }

    /// The instant of a wall time. In the hour that the clocks skip, the instant that the clocks before the change would name.
    pub fn instant(&self, wall_us: i64, twice: Twice) -> Timestamp {
        // No clock is a day off, so an instant is less than a day from its wall time read as UTC, and so are the changes that
        // matter to it.
        let near = |us: i64| Timestamp::from_us(wall_us.saturating_add(us));
        let (first, last) = (near(-DAY_US), near(DAY_US));
        let from = self.changes.partition_point(|(at, _)| *at <= first);
        let to = self.changes.partition_point(|(at, _)| *at <= last);
        let before_us = self.offset_us(first);
        let changed = self.changes.get(from..to).unwrap_or_default().iter().map(|(_, s)| i64::from(*s) * SECOND_US);
        let instants = std::iter::once(before_us).chain(changed).map(|us| Timestamp::from_us(wall_us.saturating_sub(us)));
        let matching = instants.filter(|t| self.wall_us(*t) == wall_us);
        let found = match twice {
            Twice::Earlier => matching.min(),
            Twice::Later => matching.max(),
        };
        found.unwrap_or_else(|| Timestamp::from_us(wall_us.saturating_sub(before_us)))
    }

    /// `2024-01-15 01:00:00.351` on the wall of this zone.
    pub fn date_time(&self, time: Timestamp) -> String {
        wall_text(self.wall_us(time), ' ')
    }
}

/// Why a text names no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone of the IANA database; write for example UTC or Europe/Berlin")]
pub struct NotAZone(pub String);
