//! The address of the trends board, read and written: the whole state of the page.

use crate::address;
use domain::duration;
use domain::window::BadWindow;
use domain::{SeriesId, TimeRange, WindowSpec};

/// Widths of the moving average on offer.
pub const AVERAGES: [&str; 5] = ["1m", "5m", "15m", "30m", "1h"];
/// Pauses between automatic refreshes on offer.
pub const REFRESHES: [&str; 8] = ["1s", "2s", "5s", "10s", "30s", "1m", "2m", "5m"];
/// Refresh of a window that moves, where the address says nothing.
const DEFAULT_REFRESH: &str = "5s";
/// Longest moving average: a month.
const LONGEST_AVERAGE_US: i64 = 31 * domain::civil::DAY_US;

/// How the series stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One below the other.
    #[default]
    Stacked,
    /// In one plot, with value axes for the first two units.
    Overlay,
    /// In one plot, each from its minimum to its maximum.
    Normalised,
}

/// What the address says.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `from` and `to`; texts that cannot be read are kept, for the server to say so.
    pub from: Option<String>,
    pub to: Option<String>,
    /// The chosen series; empty for the default choice.
    pub series: Vec<SeriesId>,
    pub layout: Layout,
    /// Width of the moving average in microseconds.
    pub average_us: Option<i64>,
    /// Pause between refreshes as written: `off`, `5s`; `None` for the default.
    pub refresh: Option<String>,
    /// What cannot be understood, as a sentence.
    pub complaint: Option<String>,
}

impl Query {
    /// Reads `?from=…&to=…&series=…&view=…&average=…&refresh=…`; anything else is not ours and is ignored.
    pub fn parse(search: &str) -> Self {
        let mut query =
            Self { from: None, to: None, series: Vec::new(), layout: Layout::Stacked, average_us: None, refresh: None, complaint: None };
        let search = search.strip_prefix('?').unwrap_or(search);
        for (name, value) in form_urlencoded::parse(search.as_bytes()) {
            let value = value.trim();
            let given = (!value.is_empty()).then(|| value.to_owned());
            match &*name {
                "from" => query.from = given,
                "to" => query.to = given,
                "series" => query.series.extend(SeriesId::new(value).filter(|id| !query.series.contains(id))),
                "view" => query.read_layout(value),
                "average" => query.read_average(value),
                "refresh" => query.read_refresh(value),
                _ => {}
            }
        }
        query
    }

    fn read_layout(&mut self, value: &str) {
        match value {
            "stacked" | "" => self.layout = Layout::Stacked,
            "overlay" => self.layout = Layout::Overlay,
            "normalised" => self.layout = Layout::Normalised,
            _ => self.complaint = Some(format!("`view={value}` is unknown; write stacked, overlay or normalised")),
        }
    }

    fn read_average(&mut self, value: &str) {
        match duration::parse(value) {
            _ if matches!(value, "" | "off") => self.average_us = None,
            Ok(us) if us <= LONGEST_AVERAGE_US => self.average_us = Some(us),
            Ok(_) => self.complaint = Some(format!("`average={value}` is too long; write at most 31d")),
            Err(error) => self.complaint = Some(format!("`average={value}`: {error}")),
        }
    }

    fn read_refresh(&mut self, value: &str) {
        match duration::parse(value) {
            _ if matches!(value, "" | "off") => self.refresh = Some("off".to_owned()),
            Ok(us) if (domain::civil::SECOND_US..=domain::civil::HOUR_US).contains(&us) => self.refresh = Some(value.to_owned()),
            Ok(_) => self.complaint = Some(format!("`refresh={value}` is out of range; write off, or 1s to 1h")),
            Err(error) => self.complaint = Some(format!("`refresh={value}`: {error}")),
        }
    }

    /// The window, if it can be read.
    pub fn window(&self) -> Result<WindowSpec, BadWindow> {
        WindowSpec::parse(self.from.as_deref(), self.to.as_deref())
    }

    /// Whether new samples enter the window as time goes on.
    pub fn moves(&self) -> bool {
        self.window().is_ok_and(WindowSpec::moves)
    }

    /// The pause between refreshes as shown in the list.
    pub fn refresh_text(&self) -> &str {
        self.refresh.as_deref().unwrap_or(DEFAULT_REFRESH)
    }

    /// Microseconds between refreshes; `None` when they are off or the window stands still.
    pub fn refresh_us(&self) -> Option<i64> {
        duration::parse(self.refresh_text()).ok().filter(|_| self.moves())
    }

    /// The same view of another window.
    pub fn with_window(&self, spec: WindowSpec) -> Self {
        let (from, to) = spec.write();
        Self { from, to, complaint: None, ..self.clone() }
    }

    /// The same view of exactly this range.
    pub fn with_range(&self, range: TimeRange) -> Self {
        self.with_window(WindowSpec::exactly(range))
    }

    /// `?…` with what differs from the default; nothing when nothing does.
    pub fn write(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |name: &str, value: &str| parts.push(format!("{name}={}", address::segment(value)));
        self.from.iter().for_each(|from| add("from", from));
        self.to.iter().for_each(|to| add("to", to));
        self.series.iter().for_each(|id| add("series", id.as_str()));
        match self.layout {
            Layout::Stacked => {}
            Layout::Overlay => add("view", "overlay"),
            Layout::Normalised => add("view", "normalised"),
        }
        self.average_us.iter().for_each(|us| add("average", &duration::write(*us)));
        self.refresh.iter().for_each(|refresh| add("refresh", refresh));
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_and_written_back() {
        for text in [
            "",
            "?from=last-6h&to=last",
            "?from=2024-01-15T00%3A00%3A00Z&to=2024-01-15T06%3A00%3A00Z&series=CM_HAM%2FpH&series=odd%20%22name%22%26%3D%25&view=overlay&average=5m&refresh=off",
            "?view=normalised&refresh=10s",
        ] {
            let query = Query::parse(text);
            assert_eq!(query.write(), text);
            assert_eq!(query.complaint, None);
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (text, sentence) in [
            ("?view=pie", "`view=pie` is unknown"),
            ("?average=5", "`average=5`: `5` is not a length of time"),
            ("?average=90d", "at most 31d"),
            ("?refresh=1ms", "out of range"),
            ("?refresh=soon", "`refresh=soon`"),
        ] {
            let complaint = Query::parse(text).complaint.unwrap_or_default();
            assert!(complaint.contains(sentence), "{text}: {complaint}");
        }
        assert_eq!(Query::parse("?utm=1&series=&series=a&series=a&from=+").series.len(), 1);
    }

    #[test]
    fn only_windows_that_move_refresh() {
        for (text, refresh) in [
            ("", Some(5_000_000)),
            ("?from=now-1h&refresh=1s", Some(1_000_000)),
            ("?refresh=off", None),
            ("?from=2024-01-15&to=2024-01-16", None),
        ] {
            assert_eq!(Query::parse(text).refresh_us(), refresh, "{text}");
        }
    }
}
