//! The address of a machine's board: window, what bars are as long as, averages, comparison, what is explained and assumed.

use crate::address;
use crate::boards::oee::frame;
use domain::Timestamp;
use domain::board::Asked;
use domain::board::machine::Compare;
use domain::oee::explain::Figure;
use domain::oee::pareto::By;
use domain::time::Written;

/// Widths of the moving average on offer, in windows.
pub const AVERAGES: [u32; 4] = [3, 7, 14, 30];
const DEFAULT_AVERAGE: u32 = 7;

pub const BARS: [(By, &str, &str); 3] = [(By::Time, "time", "Time"), (By::Count, "count", "Count"), (By::Money, "money", "Money")];
pub const FIGURES: [(Figure, &str, &str); 4] = [
    (Figure::Oee, "oee", "OEE"),
    (Figure::Availability, "availability", "Availability"),
    (Figure::Performance, "performance", "Performance"),
    (Figure::Quality, "quality", "Quality"),
];
pub const PERS: [(Per, &str, &str); 3] =
    [(Per::Window, "window", "in this window"), (Per::Day, "day", "each day"), (Per::Week, "week", "each week")];
const LOGS: [(Log, &str); 3] = [(Log::Corrections, "corrections"), (Log::Quarantine, "quarantine"), (Log::Parts, "parts")];
pub const COMPARED: [(Compare, &str, &str); 4] = [
    (Compare::Before, "before", "Window before"),
    (Compare::Shifts, "shifts", "Shifts"),
    (Compare::Products, "products", "Products"),
    (Compare::Machines, "machines", "Machines"),
];

/// How often extra hours come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Once in the window.
    Window,
    Day,
    Week,
}

/// What opens beside the stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// All that people said and corrected.
    Corrections,
    /// What could not be taken.
    Quarantine,
    /// The form by which parts are reported.
    Parts,
}

/// What the address says.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub asked: Asked,
    pub bars: By,
    pub average: u32,
    pub compare: Compare,
    /// Which figure is explained.
    pub explain: Option<Figure>,
    /// Whether micro-stops are listed.
    pub micro: bool,
    /// The stops of one bar alone, in its word.
    pub only: Option<String>,
    /// The stops are listed that begin before this; `None` from the latest on.
    pub older: Option<Timestamp>,
    /// The stop that is being classified, as its ends in microseconds.
    pub give: Option<String>,
    /// An instant of the stop whose raw events are shown.
    pub stop: Option<Timestamp>,
    /// What is opened beside the stops.
    pub log: Option<Log>,
    /// Where the page before ended, in the words of the list.
    pub after: Option<String>,
    /// What was just filed, to undo it.
    pub filed: Option<String>,
    /// A form that was not taken, as it was filled in.
    pub draft: Option<String>,
    /// What is assumed: ideal cycle in percent, threshold in seconds, reason left out by its id, extra hours.
    pub ideal: Option<u32>,
    pub threshold_s: Option<i64>,
    pub without: Option<u32>,
    pub extra_h: Option<i64>,
    /// How often these come.
    pub per: Per,
    /// Another shift plan, by its name.
    pub plan: Option<String>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            asked: Asked::default(),
            bars: By::Time,
            average: DEFAULT_AVERAGE,
            compare: Compare::Before,
            explain: None,
            micro: false,
            only: None,
            older: None,
            give: None,
            stop: None,
            log: None,
            after: None,
            filed: None,
            draft: None,
            ideal: None,
            threshold_s: None,
            without: None,
            extra_h: None,
            per: Per::Window,
            plan: None,
        }
    }
}

impl Query {
    /// Reads an address; what is not ours is ignored.
    pub fn parse(search: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(search.trim_start_matches('?').as_bytes()) {
            let given = (!value.is_empty()).then(|| value.to_string());
            match &*name {
                "bars" => query.bars = BARS.iter().find(|(_, word, _)| *word == value).map_or(By::Time, |(by, ..)| *by),
                "average" => query.average = value.parse().ok().filter(|width| AVERAGES.contains(width)).unwrap_or(DEFAULT_AVERAGE),
                "compare" => query.compare = crate::api_oee::comparison(&value),
                "explain" => query.explain = FIGURES.iter().find(|(_, word, _)| *word == value).map(|(figure, ..)| *figure),
                "micro" => query.micro = value == "1",
                "only" => query.only = given,
                "older" => query.older = Timestamp::parse(&value).and_then(Written::instant),
                "give" => query.give = given,
                "stop" => query.stop = Timestamp::parse(&value).and_then(Written::instant),
                "log" => query.log = LOGS.iter().find(|(_, word)| *word == value).map(|(log, _)| *log),
                "after" => query.after = given,
                "filed" => query.filed = given,
                "draft" => query.draft = given,
                "ideal" => query.ideal = value.parse().ok().filter(|percent| (10..=300).contains(percent) && *percent != 100),
                "threshold" => query.threshold_s = value.parse().ok().filter(|s| (0..=3_600).contains(s)),
                "without" => query.without = value.parse().ok(),
                "extra" => query.extra_h = value.parse().ok().filter(|h| (1..=24).contains(h)),
                "per" => query.per = PERS.iter().find(|(_, word, _)| *word == value).map_or(Per::Window, |(per, ..)| *per),
                "plan" => query.plan = given,
                name => drop(frame::read(&mut query.asked, name, &value)),
            }
        }
        query
    }

    /// The board's address with this query.
    pub fn href(&self, tenant: &str, machine: &str) -> String {
        format!("{}{}", address::machine(tenant, machine), self.search())
    }

    /// What opens panels that the server writes, for their links; empty where none is open.
    pub fn opened(&self) -> String {
        if self.stop.is_some() || self.log.is_some() || self.explain.is_some() { self.search() } else { String::new() }
    }

    fn search(&self) -> String {
        let standard = Self::default();
        let mut pairs = Vec::new();
        frame::write(&self.asked, &mut pairs);
        let mut add = |name: &str, value: Option<String>| pairs.extend(value.map(|value| format!("{name}={}", address::segment(&value))));
        add("bars", BARS.iter().find(|(by, ..)| *by == self.bars && *by != standard.bars).map(|(_, word, _)| (*word).to_owned()));
        add("average", (self.average != standard.average).then(|| self.average.to_string()));
        add("compare", (self.compare != standard.compare).then(|| self.compare_word().to_owned()));
        add("explain", FIGURES.iter().find(|(figure, ..)| Some(*figure) == self.explain).map(|(_, word, _)| (*word).to_owned()));
        add("micro", self.micro.then(|| "1".to_owned()));
        add("only", self.only.clone());
        add("older", self.older.map(Timestamp::rfc3339));
        add("give", self.give.clone());
        add("stop", self.stop.map(Timestamp::rfc3339));
        add("log", LOGS.iter().find(|(log, _)| Some(*log) == self.log).map(|(_, word)| (*word).to_owned()));
        add("after", self.after.clone());
        add("filed", self.filed.clone());
        add("draft", self.draft.clone());
        add("ideal", self.ideal.map(|percent| percent.to_string()));
        add("threshold", self.threshold_s.map(|s| s.to_string()));
        add("without", self.without.map(|reason| reason.to_string()));
        add("extra", self.extra_h.map(|h| h.to_string()));
        // How often nothing comes is of no interest.
        let per = PERS.iter().find(|(per, ..)| *per == self.per && *per != standard.per && self.extra_h.is_some());
        add("per", per.map(|(_, word, _)| (*word).to_owned()));
        add("plan", self.plan.clone());
        frame::search(&pairs)
    }

    /// What it is compared with, as a word.
    pub fn compare_word(&self) -> &'static str {
        COMPARED.iter().find(|(compare, ..)| *compare == self.compare).map_or("before", |(_, word, _)| *word)
    }

    /// The same view with another list beside the stops, or none.
    pub fn opening(&self, log: Option<Log>) -> Self {
        Self { log, stop: None, after: None, filed: None, draft: None, ..self.clone() }
    }

    /// The same view with the stops of one bar alone, or with all.
    pub fn only(&self, only: Option<String>) -> Self {
        Self { only, older: None, give: None, ..self.clone() }
    }

    /// The same view of another window: what belongs to this one stays behind.
    pub fn in_window(&self, asked: Asked) -> Self {
        Self { asked, older: None, give: None, stop: None, after: None, filed: None, draft: None, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_and_written_back() {
        for text in [
            "",
            "?period=day&back=1&bars=count&average=14&compare=machines&explain=quality&micro=1&only=micro_stop%3Ajam%20%26%20co&older=2026-01-10T07%3A00%3A00Z&give=1~2&stop=2026-01-10T06%3A00%3A00.000001Z&log=corrections&after=7&ideal=110&threshold=180&without=7&extra=8&per=week&plan=two%20shifts",
            "?from=now-2h&log=parts&filed=3%2C4&draft=what%3Dmade%26good%3D3",
        ] {
            assert_eq!(Query::parse(text).href("t", "m 1"), format!("/t/t/machines/m%201{text}"));
        }
        assert_eq!(Query::parse("?average=5&explain=x&stop=noon&log=x&ideal=1000&extra=99"), Query::default());
    }
}
