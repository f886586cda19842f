//! The states of a machine over time: one stripe, in which no stop is too short to be seen.

use crate::marks;
use crate::palette::Role;
use domain::oee::Category;
use domain::oee::strip::{LEGEND, Run};

/// A stripe of states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States {
    /// Its pixels, from [`domain::oee::strip::runs`].
    pub runs: Vec<Run>,
    /// How many pixels it is wide.
    pub pixels: u32,
}

/// The colour of a category. It never stands alone: a word or a pattern stands beside it.
pub fn role(category: Category) -> Role {
    match category {
        Category::Run => Role::Run,
        Category::Slow => Role::Wait,
        Category::UnplannedStop => Role::Stop,
        Category::MicroStop => Role::Micro,
        Category::Setup => Role::Setup,
        Category::PlannedStop => Role::Planned,
        Category::Unknown => Role::Unknown,
        Category::NotScheduled => Role::Grid,
    }
}

impl States {
    /// The stripe as SVG. What is unknown is a hole, through which the element's hatched ground is seen: a hatching inside of
    /// the picture would be stretched with it.
    pub fn svg(&self) -> String {
        let mut body = String::new();
        let mut covered = 0;
        let mut bare = String::new();
        for run in &self.runs {
            bare.push_str(&stretch(covered, run.start_px));
            covered = run.end_px;
        }
        bare.push_str(&stretch(covered, self.pixels));
        body.push_str(&marks::surface(Role::Grid, &bare));
        for category in LEGEND.into_iter().filter(|category| *category != Category::Unknown) {
            let runs = self.runs.iter().filter(|run| run.category == category);
            let path: String = runs.map(|run| stretch(run.start_px, run.end_px)).collect();
            body.push_str(&marks::surface(role(category), &path));
        }
        marks::picture("states", i64::from(self.pixels), 1, &body)
    }
}

fn stretch(start_px: u32, end_px: u32) -> String {
    if start_px < end_px { marks::rectangle(i64::from(start_px), 0, i64::from(end_px - start_px), 1) } else { String::new() }
}
