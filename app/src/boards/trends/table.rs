//! The table behind a chart: the same data as text, for screen readers, for copying, without JavaScript.

use super::loaded::{Loaded, LoadedSeries};
use super::statistics::decimals;
use crate::widgets::html::escaped;
use domain::bucket::{Bucket, Grid, Sample};
use domain::format;

/// Most rows of a table; beyond them a row stands for a stretch of time.
const MOST_ROWS: usize = 60;

/// The table as HTML text. Text, because hundreds of cells that change with every window cost one assignment this way.
pub fn html(loaded: &Loaded, series: &LoadedSeries) -> String {
    let Ok(window) = &series.window else { return String::new() };
    let samples: Vec<Sample> = window.line.points.iter().filter(|s| loaded.range.contains(s.time)).copied().collect();
    let unit = escaped(&series.series.name_with_unit());
    let zone = escaped(&loaded.zone.name);
    if samples.is_empty() {
        return "<p class=\"muted\">No samples in this window.</p>".to_owned();
    }
    if samples.len() <= MOST_ROWS && window.line.columns.is_empty() {
        let rows: String = samples
            .iter()
            .map(|s| format!("<tr><td>{}</td><td>{}</td></tr>", loaded.zone.date_time(s.time), format::exact(s.value)))
            .collect();
        return format!(
            "<table><thead><tr><th scope=\"col\">Time ({zone})</th><th scope=\"col\">{unit}</th></tr></thead><tbody>{rows}</tbody></table>"
        );
    }
    let decimals = decimals(&window.answer.stats) + 1;
    let number = |value: f64| format::number(value, decimals);
    let row = |bucket: &Bucket| {
        let Bucket { first, last, min, max, .. } = bucket;
        let time = loaded.zone.date_time(bucket.start);
        let cells: String = [first, min, max, last].iter().map(|s| format!("<td>{}</td>", number(s.value))).collect();
        format!("<tr><td>{}</td>{cells}</tr>", time.get(..19).unwrap_or(&time))
    };
    let rows: String = stretches(&samples, Grid::over(loaded.range, MOST_ROWS as u32)).iter().map(row).collect();
    format!(
        "<table><caption>{unit}: first, smallest, largest and last value of each stretch; every sample is in the CSV.</caption>\
         <thead><tr><th scope=\"col\">From ({zone})</th><th scope=\"col\">first</th><th scope=\"col\">min</th><th scope=\"col\">max</th><th scope=\"col\">last</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn stretches(samples: &[Sample], grid: Grid) -> Vec<Bucket> {
    let rows =
        domain::bucket::Rows { times: samples.iter().map(|s| s.time.us()).collect(), values: samples.iter().map(|s| s.value).collect() };
    domain::reduce::m4(&rows, grid, domain::Limits::default())
}
