//! The board as one picture, for downloads: the same function in the server (SVG) and in the browser (PNG).

use super::loaded::Loaded;
use super::query::Layout;
use chart::picture::Picture;
use chart::{Palette, Role, time_axis};
use domain::SeriesId;
use domain::answer::WindowAnswer;

/// The picture of these series.
pub fn of(loaded: &Loaded, series: &[SeriesId], layout: Layout, palette: Palette, width: u32) -> Picture {
    let title = time_axis::say(loaded.range, &loaded.zone);
    let plots = match layout {
        Layout::Stacked => {
            let shown = series.iter().filter_map(|id| loaded.find(id));
            shown.filter_map(|s| Some((s.series.name_with_unit(), s.role, loaded.trend(s, loaded.range)?))).collect()
        }
        Layout::Overlay | Layout::Normalised => {
            let names: Vec<String> = loaded.series.iter().map(|s| s.series.name_with_unit()).collect();
            vec![(names.join(" · "), Role::Text, loaded.overlay(layout == Layout::Normalised, loaded.range))]
        }
    };
    Picture { title, plots, width, palette, density: 1 }
}

/// The picture of an answer, for the server.
pub fn of_answer(answer: WindowAnswer, places: &[SeriesId], layout: Layout, palette: Palette, width: u32) -> Picture {
    let ids: Vec<SeriesId> = answer.series.iter().map(|s| s.series.id.clone()).collect();
    let colours = |id: &SeriesId| Role::series(places.iter().position(|place| place == id).unwrap_or(0));
    of(&Loaded::new(answer, colours, None), &ids, layout, palette, width)
}
