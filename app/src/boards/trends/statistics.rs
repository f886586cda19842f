//! The numbers of one series in one window, above its plot.

use super::loaded::LoadedSeries;
use crate::widgets::html;
use domain::answer::Stats;
use domain::{Limits, duration, format};

/// The numbers as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub current: String,
    pub min: String,
    pub mean: String,
    pub max: String,
    pub change: Option<String>,
    pub average: Option<(String, String)>,
    pub outside: Option<String>,
    pub samples: String,
}

impl Figures {
    /// The texts of a loaded series; dashes where there is no sample.
    pub fn of(series: &LoadedSeries) -> Self {
        let Ok(window) = &series.window else { return Self { current: "–".to_owned(), ..Self::default() } };
        let stats = &window.answer.stats;
        let decimals = decimals(stats);
        let text = |value: Option<f64>| value.map_or("–".to_owned(), |v| format::number(v, decimals));
        let average = window.answer.average.as_ref().map(|a| {
            let change = a.summary.change_percent.map_or("n/a".to_owned(), format::percent_change);
            (format!("mean of {}", duration::say(a.summary.width_us)), format!("{} ({change})", text(a.summary.latest)))
        });
        Self {
            current: text(stats.last.map(|s| s.value)),
            min: text(stats.min.map(|s| s.value)),
            mean: text(stats.mean),
            max: text(stats.max.map(|s| s.value)),
            change: stats.change_percent().map(format::percent_change),
            average,
            outside: stats.outside.filter(|n| *n > 0).map(|n| format!("{} outside {}", format::count(n), limits(series.series.limits))),
            samples: samples(series),
        }
    }
}

/// Decimals of a window's values.
pub fn decimals(stats: &Stats) -> usize {
    stats.min.zip(stats.max).map_or(2, |(min, max)| format::decimals(min.value, max.value))
}

fn limits(limits: Limits) -> String {
    match (limits.low.map(format::exact), limits.high.map(format::exact)) {
        (Some(low), Some(high)) => format!("{low}–{high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => String::new(),
    }
}

/// How many samples there are, how many points stand for them, and how many rows are no samples.
fn samples(series: &LoadedSeries) -> String {
    let Ok(window) = &series.window else { return String::new() };
    let Stats { samples, gaps, .. } = window.answer.stats;
    let kind = if samples == 1 { "sample" } else { "samples" };
    let text = match window.line.columns.len() {
        0 => format!("{} {kind}", format::count(samples)),
        columns => format!("{} {kind} in {} columns", format::count(samples), format::count(columns as u64)),
    };
    if gaps > 0 { format!("{text}, {} without a value", format::count(gaps)) } else { text }
}

/// The numbers as HTML, for the head of a panel.
pub fn html(series: &LoadedSeries) -> String {
    let Figures { min, mean, max, change, average, outside, samples, .. } = Figures::of(series);
    let named = [("min", min), ("mean", mean), ("max", max)].into_iter().filter(|(_, text)| !text.is_empty());
    let mut pairs: String = named.map(|(term, text)| html::pair(term, &text, "")).collect();
    if let Some(change) = change {
        pairs.push_str(&html::pair("change", &change, " title=\"last sample against the first of the window\""));
    }
    if let Some((term, text)) = average {
        pairs.push_str(&html::pair(&term, &text, " title=\"in brackets: its change against one width earlier\""));
    }
    if let Some(outside) = outside {
        pairs.push_str(&format!("<div class=\"outside\"><dt class=\"hidden\">limits</dt><dd>{}</dd></div>", html::escaped(&outside)));
    }
    format!("<dl class=\"figures\">{pairs}</dl><span class=\"space\"></span><small class=\"samples\">{}</small>", html::escaped(&samples))
}

/// Name, current value and numbers of a series: the head of its panel.
pub fn head(series: &LoadedSeries) -> String {
    let (name, unit) = (html::escaped(&series.series.name), html::escaped(&series.series.unit));
    let current = html::escaped(&Figures::of(series).current);
    let colour = series.role.property();
    format!(
        "<h2 style=\"color: var(--{colour})\">{name}</h2><p class=\"current\"><b>{current}</b> <small>{unit}</small></p>{}",
        html(series)
    )
}
