//! The window as a reader writes it (`from`, `to`), and the range of time that it means right now.

use crate::civil::DAY_US;
use crate::duration;
use crate::time::{Reversed, TimeRange, Timestamp, Written};
use crate::zone::Twice;

/// One end of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// An instant.
    At(Timestamp),
    /// Wall time in the plant's zone, microseconds on that clock.
    Wall(i64),
    /// Counted from now, in microseconds; negative is earlier.
    Now(i64),
    /// Counted from the last sample.
    Last(i64),
    /// Counted from the first sample.
    First(i64),
}

/// A window as written; an end that is not given follows from the other, both missing is the default window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowSpec {
    /// Its start.
    pub from: Option<Edge>,
    /// Its end, inside the window.
    pub to: Option<Edge>,
}

/// What a relative window is counted from.
#[derive(Clone, Copy, Debug)]
pub struct Anchors {
    /// The time of the question.
    pub now: Timestamp,
    /// First and last sample of the shown series; `None` when there is no sample.
    pub extent: Option<(Timestamp, Timestamp)>,
}

/// Why a text or a pair of texts is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWindow {
    /// An end that cannot be read.
    #[error(
        "`{name}={text}` is no point in time; write RFC 3339 (2024-01-15T01:00:00Z), wall time of the plant (2024-01-15 01:00), or relative (now-24h, last-6h, first)"
    )]
    Edge {
        /// `from`, `to` or `known`.
        name: &'static str,
        /// What was given.
        text: String,
    },
    /// The end lies before the start.
    #[error(transparent)]
    Reversed(#[from] Reversed),
    /// `first` and `last` of what nobody ever heard of.
    #[error("nothing was heard yet that first and last could be counted from; write times, or count from now (now-8h)")]
    Unheard,
    /// Longer than a board computes.
    #[error("it is {days} days long and a board shows at most {most}; move `from` and `to` closer together")]
    TooLong {
        /// Its length, begun days counted whole.
        days: i64,
        /// The most that is shown.
        most: i64,
    },
}

/// Data that reach further than this are long: their default window is the last 24 h.
pub const SHORT_US: i64 = DAY_US;

impl Edge {
    fn parse(name: &'static str, text: &str) -> Result<Self, BadWindow> {
        let refused = || BadWindow::Edge { name, text: text.to_owned() };
        if let Some(written) = Timestamp::parse(text) {
            return Ok(match written {
                Written::Instant(t) => Self::At(t),
                Written::WallTime(us) => Self::Wall(us),
            });
        }
        let text = text.trim();
        for (word, edge) in [("now", Self::Now as fn(i64) -> Self), ("last", Self::Last), ("first", Self::First)] {
            let Some(rest) = text.strip_prefix(word) else { continue };
            // A plus sign in an address reads as a space.
            let (sign, length) = match rest.chars().next() {
                None => return Ok(edge(0)),
                Some('-') => (-1, rest.get(1..).unwrap_or_default()),
                Some('+' | ' ') => (1, rest.get(1..).unwrap_or_default()),
                Some(_) => return Err(refused()),
            };
            return duration::parse(length).map(|us| edge(sign * us)).map_err(|_| refused());
        }
        Err(refused())
    }

    fn resolve(self, anchors: Anchors, instant: &dyn Fn(i64, Twice) -> Timestamp, twice: Twice) -> Timestamp {
        let (first, last) = anchors.extent.unwrap_or((anchors.now, anchors.now));
        match self {
            Self::At(t) => t,
            Self::Wall(us) => instant(us, twice),
            Self::Now(us) => anchors.now.plus(us),
            Self::Last(us) => last.plus(us),
            Self::First(us) => first.plus(us),
        }
    }

    fn write(self) -> String {
        let relative = |word: &str, us: i64| match us {
            0 => word.to_owned(),
            us if us < 0 => format!("{word}-{}", duration::write(-us)),
            us => format!("{word}+{}", duration::write(us)),
        };
        match self {
            Self::At(t) => t.rfc3339(),
            Self::Wall(us) => crate::time::wall_text(us, 'T'),
            Self::Now(us) => relative("now", us),
            Self::Last(us) => relative("last", us),
            Self::First(us) => relative("first", us),
        }
    }
}

/// A single instant, written like an end of a window; `name` is what the address calls it.
pub fn moment(name: &'static str, text: &str, anchors: Anchors, instant: &dyn Fn(i64, Twice) -> Timestamp) -> Result<Timestamp, BadWindow> {
    Ok(Edge::parse(name, text)?.resolve(anchors, instant, Twice::Earlier))
}

impl WindowSpec {
    /// Reads the two ends; empty texts count as not given.
    pub fn parse(from: Option<&str>, to: Option<&str>) -> Result<Self, BadWindow> {
        let edge = |name, text: Option<&str>| match text.map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => Edge::parse(name, text).map(Some),
        };
        Ok(Self { from: edge("from", from)?, to: edge("to", to)? })
    }

    /// Exactly this range, both ends inside.
    pub fn exactly(range: TimeRange) -> Self {
        Self { from: Some(Edge::At(range.start())), to: Some(Edge::At(range.last())) }
    }

    /// The same where the end does not belong to the window, as on the boards of machines: what stands on a border belongs to
    /// the later window.
    pub fn up_to(range: TimeRange) -> Self {
        Self { from: Some(Edge::At(range.start())), to: Some(Edge::At(range.end())) }
    }

    /// The last `length_us` before the last sample.
    pub fn back_from_last(length_us: i64) -> Self {
        Self { from: Some(Edge::Last(-length_us)), to: Some(Edge::Last(0)) }
    }

    /// The last `length_us` before now.
    pub fn back_from_now(length_us: i64) -> Self {
        Self { from: Some(Edge::Now(-length_us)), to: Some(Edge::Now(0)) }
    }

    /// Everything from the first to the last sample.
    pub fn everything() -> Self {
        Self { from: Some(Edge::First(0)), to: Some(Edge::Last(0)) }
    }

    /// The same window with the end that follows from its start: `last-6h` ends at the last sample, `now-1h` now.
    pub fn completed(self) -> Self {
        let to = self.to.or(match self.from {
            Some(Edge::Now(_)) => Some(Edge::Now(0)),
            Some(Edge::Last(_) | Edge::First(_)) => Some(Edge::Last(0)),
            Some(Edge::At(_) | Edge::Wall(_)) | None => None,
        });
        Self { to, ..self }
    }

    /// The same window for what machines say, with its ends counted from the first and the last thing that was heard of them. An
    /// end that is left out is what follows from the other: a window that begins somewhere goes on to now, and one that ends
    /// somewhere begins with the first thing that was heard.
    pub fn heard(self, extent: Option<(Timestamp, Timestamp)>) -> Result<Self, BadWindow> {
        let counted = |edge: Edge| match (edge, extent) {
            (Edge::Last(us), Some((_, last))) => Ok(Edge::At(last.plus(us))),
            (Edge::First(us), Some((first, _))) => Ok(Edge::At(first.plus(us))),
            (Edge::Last(_) | Edge::First(_), None) => Err(BadWindow::Unheard),
            (edge @ (Edge::At(_) | Edge::Wall(_) | Edge::Now(_)), _) => Ok(edge),
        };
        let Self { from, to } = self.completed();
        Ok(Self { from: Some(counted(from.unwrap_or(Edge::First(0)))?), to: Some(counted(to.unwrap_or(Edge::Now(0)))?) })
    }

    /// `from` and `to` as [`WindowSpec::parse`] reads them back.
    pub fn write(self) -> (Option<String>, Option<String>) {
        (self.from.map(Edge::write), self.to.map(Edge::write))
    }

    /// Whether new samples enter the window as time goes on. A window that ends at an instant is the past and stays still.
    pub fn moves(self) -> bool {
        !matches!((self.from, self.to), (_, Some(Edge::At(_) | Edge::Wall(_) | Edge::First(_))))
    }

    /// Whether the ends depend on the extent of the data.
    pub fn needs_extent(self) -> bool {
        let absolute = |edge: Option<Edge>| matches!(edge, Some(Edge::At(_) | Edge::Wall(_) | Edge::Now(_)));
        !(absolute(self.from) && absolute(self.to))
    }

    /// Whether an end is counted from the first or the last sample.
    pub fn counts_from_heard(self) -> bool {
        let counted = |edge: Option<Edge>| matches!(edge, Some(Edge::Last(_) | Edge::First(_)));
        counted(self.from) || counted(self.to)
    }

    /// Both ends as [`WindowSpec::parse`] reads them back; empty where one is not given.
    pub fn texts(self) -> (String, String) {
        let (from, to) = self.write();
        (from.unwrap_or_default(), to.unwrap_or_default())
    }

    /// The range of time, both written ends inside. `instant` reads wall time in the plant's zone.
    pub fn resolve(self, anchors: Anchors, instant: &dyn Fn(i64, Twice) -> Timestamp) -> Result<TimeRange, BadWindow> {
        let (first, last) = anchors.extent.unwrap_or((anchors.now.plus(-SHORT_US), anchors.now));
        let from = self.from.map(|edge| edge.resolve(anchors, instant, Twice::Earlier));
        let to = self.to.map(|edge| edge.resolve(anchors, instant, Twice::Later));
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) if matches!(self.from, Some(Edge::Now(_))) => (from, anchors.now.max(from)),
            (Some(from), None) if from <= last => (from, last),
            (Some(from), None) => (from, anchors.now.max(from)),
            (None, Some(to)) => (first.min(to), to),
            (None, None) if last.since(first) <= SHORT_US => (first, last),
            (None, None) => (last.plus(-SHORT_US), last),
        };
        Ok(TimeRange::inclusive(from, to)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::HOUR_US;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_us(100 * DAY_US);
    const FIRST: Timestamp = Timestamp::from_us(10 * DAY_US);
    const LAST: Timestamp = Timestamp::from_us(90 * DAY_US);

    fn check(from: &str, to: &str, extent: Option<(Timestamp, Timestamp)>, expected: Result<(i64, i64), &str>) {
        let anchors = Anchors { now: NOW, extent };
        let berlin = |us: i64, _| Timestamp::from_us(us - HOUR_US);
        let range = WindowSpec::parse(Some(from), Some(to)).and_then(|spec| spec.resolve(anchors, &berlin));
        let found = range.map(|r| (r.start().us(), r.last().us())).map_err(|e| e.to_string());
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{from} … {to}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{from} … {to}: {found}"),
            (found, expected) => panic!("{from} … {to}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn an_end_that_follows_from_the_start() {
        for (from, to) in
            [("last-6h", Some(Edge::Last(0))), ("now-1h", Some(Edge::Now(0))), ("first", Some(Edge::Last(0))), ("2024-01-15", None)]
        {
            assert_eq!(WindowSpec::parse(Some(from), None).unwrap().completed().to, to, "{from}");
        }
        assert_eq!(WindowSpec::parse(Some("last-6h"), Some("now")).unwrap().completed().to, Some(Edge::Now(0)));
    }

    #[test]
    fn every_way_to_write_a_window() {
        let data = Some((FIRST, LAST));
        let day = DAY_US;
        check("now-24h", "now", data, Ok((99 * day, 100 * day)));
        check("now-24h", "", data, Ok((99 * day, 100 * day)));
        check("last-6h", "last", data, Ok((90 * day - 6 * HOUR_US, 90 * day)));
        check("last-6h", "", data, Ok((90 * day - 6 * HOUR_US, 90 * day)));
        check("first", "last", data, Ok((10 * day, 90 * day)));
        check("first", "first+1d", data, Ok((10 * day, 11 * day)));
        check("", "1970-01-21T00:00:00Z", data, Ok((10 * day, 20 * day)));
        check("1970-01-21T00:00:00Z", "", data, Ok((20 * day, 90 * day)));
        check("1970-04-06T00:00:00Z", "", data, Ok((95 * day, 100 * day)));
        check("1970-01-21T00:00", "1970-01-22", data, Ok((20 * day - HOUR_US, 21 * day - HOUR_US)));
        check("1970-01-21T00:00:00Z", "1970-01-21T00:00:00Z", data, Ok((20 * day, 20 * day)));
    }

    #[test]
    fn the_default_window_is_everything_or_the_last_day() {
        check("", "", Some((LAST.plus(-DAY_US), LAST)), Ok((89 * DAY_US, 90 * DAY_US)));
        check("", "", Some((FIRST, LAST)), Ok((89 * DAY_US, 90 * DAY_US)));
        check("", "", Some((LAST, LAST)), Ok((90 * DAY_US, 90 * DAY_US)));
        check("", "", None, Ok((99 * DAY_US, 100 * DAY_US)));
        check("last-6h", "last", None, Ok((100 * DAY_US - 6 * HOUR_US, 100 * DAY_US)));
    }

    #[test]
    fn bad_windows_say_what_and_how() {
        let data = Some((FIRST, LAST));
        check("1970-01-22T00:00:00Z", "1970-01-21T00:00:00Z", data, Err("swap from and to"));
        check("yesterday", "", data, Err("`from=yesterday` is no point in time"));
        check("", "now-", data, Err("`to=now-` is no point in time"));
        check("nowhere", "", data, Err("`from=nowhere`"));
        check("now-5parsecs", "", data, Err("now-24h"));
        check("1970-13-01", "", data, Err("`from=1970-13-01`"));
    }

    #[test]
    fn windows_that_move_and_windows_that_stay() {
        for (from, to, moves) in [
            ("", "", true),
            ("last-6h", "", true),
            ("now-6h", "now", true),
            ("first", "last", true),
            ("first", "2024-01-15", false),
            ("2024-01-15", "2024-01-16T00:00:00Z", false),
        ] {
            assert_eq!(WindowSpec::parse(Some(from), Some(to)).map(WindowSpec::moves), Ok(moves), "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn every_window_survives_the_address(a in any::<i64>(), b in -DAY_US..DAY_US) {
            for edge in [Edge::At(Timestamp::from_us(a)), Edge::Now(b), Edge::Last(b), Edge::First(b)] {
                let spec = WindowSpec { from: Some(edge), to: None };
                let (from, to) = spec.write();
                prop_assert_eq!(WindowSpec::parse(from.as_deref(), to.as_deref()), Ok(spec));
            }
        }
    }
}
