//! What devices and people say, in words.

use super::{Opened, shortened};
use domain::Timestamp;
use domain::format::count;
use domain::machine::{Part, Said};
use domain::oee::counts::Parts;
use domain::plant::Report;

/// What a device said, as HTML.
pub fn observation(said: &Said) -> String {
    let named = |what: &str, word: &str| format!("{what} <b>{}</b>", shortened(word));
    match said {
        Said::Alive => "sign of life".to_owned(),
        Said::Lost => "connection lost".to_owned(),
        Said::State(word) => named("state", word),
        Said::Mode(word) => named("mode", word),
        Said::EmergencyStop(word) => named("emergency stop", word),
        Said::Product(word) => named("product", word),
        Said::Reason(word) if word.is_empty() => "no reason any more".to_owned(),
        Said::Reason(word) => named("reason", word),
        Said::RejectReason(word) => named("not good because of", word),
        Said::Total { part, reading } => {
            let of = match part {
                Part::Total => "all parts",
                Part::Good => "good parts",
                Part::Reject => "rejects",
                Part::Rework => "reworked parts",
            };
            format!("counter of {of} at <b>{}</b>", count(*reading))
        }
        Said::Parts(made) => format!("made {}", parts(made)),
    }
}

/// Numbers of parts: `2 good, 1 rejected`.
pub fn parts(parts: &Parts) -> String {
    let Parts { good, reject, startup_reject, rework } = *parts;
    let said = [(good, "good"), (reject, "rejected"), (startup_reject, "rejected at the start"), (rework, "reworked")];
    let said: Vec<String> = said.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", count(*n))).collect();
    if said.is_empty() { "no parts".to_owned() } else { said.join(", ") }
}

impl Opened<'_> {
    /// What somebody reported, as HTML.
    pub(super) fn report(&self, report: &Report) -> String {
        let stretch = |start: Timestamp, end: Option<Timestamp>| match end {
            Some(end) => format!("{} – {}", self.clock(start), self.clock(end)),
            None => format!("{}, as long as it stands", self.clock(start)),
        };
        let because = |id: &Option<String>| id.as_ref().map(|id| format!(", because of <b>{}</b>", self.named(id))).unwrap_or_default();
        let product = |id: &Option<String>| {
            let name = id.as_ref().map(|id| self.source.plant.products.get(id).map_or(id.as_str(), |product| product.name.as_str()));
            name.map(|name| format!(" of {}", shortened(name))).unwrap_or_default()
        };
        match report {
            Report::Reason { start, end, reason } => {
                let split = self.source.timeline.stops.iter().find(|stop| stop.start < *start && *start < stop.end);
                let split = split.map(|stop| format!(", splits the stop of {}", self.clock(stop.start))).unwrap_or_default();
                format!("reason <b>{}</b>: {}{split}", self.named(reason), stretch(*start, *end))
            }
            Report::Stop { start, end, reason } => {
                let reason = reason.as_ref().map(|reason| format!(" <b>{}</b>", self.named(reason))).unwrap_or_default();
                format!("it stood{reason}: {}", stretch(*start, *end))
            }
            Report::Comment { start, end, text } => format!("remark “{}”: {}", shortened(text), stretch(*start, *end)),
            Report::Made { time, product: of, parts: made, reason } => {
                format!("{}{}{} at {}", parts(made), product(of), because(reason), self.clock(*time))
            }
            Report::Recount { start, end, product: of, parts: made, reason } => {
                let (made, when) = (parts(made), stretch(*start, Some(*end)));
                format!("recount, {made}{}{} in place of what was counted: {when}", product(of), because(reason))
            }
        }
    }

    /// The name of a reason by its id, escaped.
    fn named(&self, id: &str) -> String {
        shortened(&self.source.reason_named(id))
    }
}
