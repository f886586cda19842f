//! What travels over the open socket of a tab: packed questions up, packed answers and fresh samples down.

use crate::error::AppError;
use domain::answer::WindowAnswer;
use domain::bucket::Sample;
use domain::{MachineId, SeriesId, Timestamp};
use serde::{Deserialize, Serialize};

/// Address of the socket.
pub const PATH: &str = "/live";
/// Most bytes of a message from a browser.
pub const MOST_ASKED_BYTES: usize = 64 * 1024;
/// Most topics of one socket; a topic is what one board shows.
pub const MOST_TOPICS: u32 = 16;

/// From the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Asked {
    /// A window. It takes the place of what was asked before on the same topic, answered or not.
    Window {
        /// Which part of the page asks.
        topic: u32,
        /// Number of the question, ascending.
        number: u32,
        /// The question.
        question: Question,
        /// Whether fresh samples are to follow the answer.
        follow: bool,
    },
    /// To be told when something happens to a tenant's machines, or to one of them; it takes the place of what the topic
    /// had before.
    Machines {
        /// Which part of the page asks.
        topic: u32,
        /// Number of the question, ascending.
        number: u32,
        /// The tenant.
        tenant: String,
        /// One of its machines; `None` for all of them.
        machine: Option<String>,
    },
    /// Nothing more is wanted on a topic.
    Leave {
        /// The topic.
        topic: u32,
    },
}

/// A window of some series, as the address of the board says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The tenant.
    pub tenant: String,
    /// Ids of the series.
    pub series: Vec<String>,
    /// Start of the window as written.
    pub from: Option<String>,
    /// End of the window as written.
    pub to: Option<String>,
    /// Width of the picture in pixels.
    pub columns: u32,
    /// Width of the moving average in microseconds.
    pub average_us: Option<i64>,
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Told {
    /// The answer to the question of that number.
    Answer {
        /// The topic.
        topic: u32,
        /// Number of the question.
        number: u32,
        /// Its answer.
        outcome: Result<WindowAnswer, AppError>,
    },
    /// Samples that came after the answer to the question of that number.
    Fresh {
        /// The topic.
        topic: u32,
        /// Number of the question.
        number: u32,
        /// Ascends by one; a reader who misses one asks again.
        sequence: u32,
        /// The server's clock.
        now: Timestamp,
        /// Newer samples of each series, in order of time.
        series: Vec<(SeriesId, Vec<Sample>)>,
    },
    /// Something changed that no appended samples tell, or something happened to the machines that are followed: ask again.
    Changed {
        /// The topic.
        topic: u32,
        /// Number of the question.
        number: u32,
    },
    /// Something happened to these of the machines that are followed: what a board shows of the others still holds.
    Happened {
        /// The topic.
        topic: u32,
        /// Number of the question.
        number: u32,
        /// Their ids.
        machines: Vec<MachineId>,
    },
}
