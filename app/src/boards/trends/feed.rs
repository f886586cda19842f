//! Asking for windows: the first on the server, the others in the browser, where the latest question wins and an outage
//! is tried again until it is over.

use super::query::Query;
use super::selection;
use super::state::Board;
use crate::api::{self, Plant};
use crate::error::AppError;
use domain::answer::{Problem, WindowAnswer};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// One question.
pub async fn ask(plant: Plant, query: Query, columns: u32) -> Result<WindowAnswer, AppError> {
    if let Some(problem) = plant.problem.filter(|_| plant.series.is_empty()) {
        return Err(failed(problem.into()));
    }
    if let Some(complaint) = &query.complaint {
        return Err(failed(AppError::BadRequest(format!("{complaint}."))));
    }
    let series = selection::shown(&plant.series, &query.series).into_iter().map(|id| id.as_str().to_owned()).collect();
    api::window(plant.tenant, series, query.from, query.to, columns, query.average_us).await
}

fn failed(error: AppError) -> AppError {
    crate::error::set_status(error.status());
    error
}

/// Pause before the next try of an outage.
const RETRY: Duration = Duration::from_secs(1);

impl Board {
    /// Starts the feed: asks whenever the address or the width changes, the refresh is due, or an outage is to be tried again.
    pub(super) fn start_feed(self) {
        Effect::new(move |asked: Option<Query>| {
            let query = self.query.get();
            // The first window came with the page, unless the page came without it.
            let new = asked.as_ref().is_some_and(|asked| *asked != query);
            let passing = self.trouble.with_untracked(|t| t.as_ref().map(|(error, _)| error.passes()));
            let missing = self.answer.with_untracked(Option::is_none) && passing.is_none();
            if new || missing || passing == Some(true) && asked.is_none() {
                self.refresh();
            }
            query
        });
        Effect::new(move |resting: Option<Option<TimeoutHandle>>| {
            if let Some(Some(resting)) = resting {
                resting.clear();
            }
            // More columns than were asked for: the picture would be coarser than the screen. Fewer need no new question.
            let wider = self.columns.get() * 10 > self.asked_columns.get_value() * 11;
            let ask = move || self.refresh();
            wider.then(|| set_timeout_with_handle(ask, Duration::from_millis(150)).ok()).flatten()
        });
        let due = Memo::new(move |_| self.query.read().refresh_us());
        Effect::new(move |running: Option<Option<IntervalHandle>>| {
            if let Some(Some(running)) = running {
                running.clear();
            }
            let pause = Duration::from_micros(due.get()?.unsigned_abs());
            let tick = move || {
                if !document().hidden() && self.view.with_untracked(Option::is_none) {
                    self.refresh();
                }
            };
            let handle = set_interval_with_handle(tick, pause).ok();
            on_cleanup(move || handle.iter().for_each(|h| h.clear()));
            handle
        });
    }

    /// Asks for the window of the address once more. An answer that comes after a newer question is dropped, and its
    /// request is aborted where it still runs.
    pub fn refresh(self) {
        let Some(question) = self.question.try_update_value(|n| {
            *n += 1;
            *n
        }) else {
            return;
        };
        let latest = move || self.question.try_get_value() == Some(question);
        self.asking.set(true);
        spawn_local(async move {
            let Some((plant, query)) = self.plant.try_get_untracked().zip(self.query.try_get_untracked()) else { return };
            let plant = if plant.series.is_empty() { self.relisted(plant).await } else { plant };
            let Some(columns) = self.columns.try_get_untracked() else { return };
            let _ = self.asked_columns.try_set_value(columns);
            let answer = ask(plant, query, columns).await;
            if latest() {
                self.asking.try_set(false);
                self.take(answer);
            }
        });
    }

    /// A page that came while the database was away has no series yet.
    async fn relisted(self, plant: Plant) -> Plant {
        let listed = api::find_plant(plant.tenant.clone()).await.unwrap_or(plant);
        let _ = self.plant.try_set(listed.clone());
        listed
    }

    fn take(self, answer: Result<WindowAnswer, AppError>) {
        let trouble = match &answer {
            Err(error) => Some(error.clone()),
            Ok(answer) => {
                let outage = |s: &domain::answer::SeriesAnswer| s.outcome == Err(Problem::Unavailable);
                answer.series.iter().any(outage).then_some(AppError::Problem(Problem::Unavailable))
            }
        };
        let again = trouble.as_ref().is_some_and(AppError::passes);
        self.note_trouble(trouble);
        if let Ok(answer) = answer {
            self.show(answer);
        }
        if again {
            set_timeout(move || self.refresh(), RETRY);
        }
    }
}
