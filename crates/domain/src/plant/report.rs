//! What people report of a machine. Every report is an entry that is only ever appended; taking one back is one more.

use crate::civil::DAY_US;
use crate::oee::counts::Parts;
use crate::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest stretch that one report may be about; an open one counts for as long at most. So whoever reads a window knows how
/// far back a report can have begun.
pub const LONGEST_REPORT_US: i64 = 31 * DAY_US;

/// A report of somebody about one machine. Reasons and products are named by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// Why it stood from `start` on, to `end` or, without one, for as long as the standstill lasts. It is said of standing
    /// time only: what the machine ran in between stays running.
    Reason {
        /// First instant.
        start: Timestamp,
        /// First instant after.
        end: Option<Timestamp>,
        /// The reason's id.
        reason: String,
    },
    /// That it stood, whatever its device says.
    Stop {
        /// First instant.
        start: Timestamp,
        /// First instant after; `None` while it lasts.
        end: Option<Timestamp>,
        /// The reason's id, when it is known.
        reason: Option<String>,
    },
    /// A remark to a stretch.
    Comment {
        /// First instant.
        start: Timestamp,
        /// First instant after.
        end: Option<Timestamp>,
        /// What to say.
        text: String,
    },
    /// Parts that somebody counted, beside those that the device counts.
    Made {
        /// When.
        time: Timestamp,
        /// The product's id; `None` for what is on the machine then.
        product: Option<String>,
        /// How many.
        parts: Parts,
        /// Why those of them that are not good are not: a reason's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// How many parts there really were: takes the place of all that were counted in a stretch, as if reported at its start.
    Recount {
        /// First instant.
        start: Timestamp,
        /// First instant after.
        end: Timestamp,
        /// The product's id; `None` for what was on the machine at the start.
        product: Option<String>,
        /// How many.
        parts: Parts,
        /// Why those of them that are not good are not: a reason's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Report {
    /// Where it begins.
    pub fn start(&self) -> Timestamp {
        match self {
            Self::Reason { start, .. } | Self::Stop { start, .. } | Self::Comment { start, .. } | Self::Recount { start, .. } => *start,
            Self::Made { time, .. } => *time,
        }
    }

    /// Where it ends; `None` while it lasts.
    pub fn end(&self) -> Option<Timestamp> {
        match self {
            Self::Reason { end, .. } | Self::Stop { end, .. } | Self::Comment { end, .. } => *end,
            Self::Made { time, .. } => Some(time.plus(1)),
            Self::Recount { end, .. } => Some(*end),
        }
    }

    /// The stretch that it is about; `None` where it is empty, reversed or too long, so that it cannot be taken.
    pub fn range(&self) -> Option<TimeRange> {
        let end = self.end().unwrap_or_else(|| self.start().plus(LONGEST_REPORT_US));
        TimeRange::new(self.start(), end).ok().filter(|range| range.length_us() <= LONGEST_REPORT_US)
    }

    /// The reason that it names.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Reason { reason, .. } => Some(reason),
            Self::Stop { reason, .. } | Self::Made { reason, .. } | Self::Recount { reason, .. } => reason.as_deref(),
            _ => None,
        }
    }
}
