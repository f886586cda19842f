//! Asking for windows: the first on the server, the others over the open socket or, where there is none, by a server
//! function. The latest question wins, and an outage is tried again until it is over.

use super::memory::{AHEAD, Key, PROMPT_US};
use super::query::Query;
use super::selection;
use super::state::Board;
use crate::api::{self, Plant};
use crate::clock;
use crate::error::AppError;
use crate::live::Heard;
use crate::live::wire::{Asked, Question, Told};
use domain::answer::{Problem, WindowAnswer};
use domain::bucket::Sample;
use domain::{SeriesId, Timestamp};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use std::time::Duration;

/// The question of a query, or why it cannot be asked.
pub(super) fn question(plant: &Plant, query: &Query, columns: u32) -> Result<Question, AppError> {
    if let Some(problem) = plant.problem.as_ref().filter(|_| plant.series.is_empty()) {
        return Err(problem.clone().into());
    }
    if let Some(complaint) = &query.complaint {
        return Err(AppError::BadRequest(format!("{complaint}.")));
    }
    let series = selection::shown(&plant.series, &query.series).into_iter().map(|id| id.as_str().to_owned()).collect();
    let (from, to) = (query.from.clone(), query.to.clone());
    Ok(Question { tenant: plant.tenant.clone(), series, from, to, columns, average_us: query.average_us })
}

/// One window by a server function: the first paint, and where no socket passes.
pub async fn ask(plant: &Plant, query: &Query, columns: u32) -> Result<WindowAnswer, AppError> {
    match question(plant, query, columns) {
        Ok(Question { tenant, series, from, to, columns, average_us }) => api::window(tenant, series, from, to, columns, average_us).await,
        Err(error) => {
            crate::side::set_status(error.status());
            Err(error)
        }
    }
}

/// The board's topic on the socket.
const TOPIC: u32 = 0;
/// A socket that brings no answer for so long is given up: longer than a statement may take.
const SILENT: Duration = Duration::from_secs(20);
/// After so long a plant that came back is listed once more; the server keeps its list for five seconds.
const SETTLED: Duration = Duration::from_secs(6);
/// Answers that come within it are shown without anything in between: two pictures in two frames would only flicker, and the
/// first would keep the processor from the second.
const SWIFT: Duration = Duration::from_millis(24);
/// Pause before a window is asked for again that is told to have changed: changes come in swarms.
const CHANGED: Duration = Duration::from_millis(100);
/// Pause before a kept answer is asked for again.
const SOON: Duration = Duration::from_millis(250);
/// Pause before the next try of an outage.
const RETRY: Duration = Duration::from_secs(1);

impl Board {
    /// The board is left: what it followed is for nobody.
    pub(super) fn leave_feed(self) {
        for topic in [TOPIC, AHEAD] {
            self.live.say(&Asked::Leave { topic });
        }
    }

    /// Starts the feed: asks whenever the address or the width changes, the refresh is due, or an outage is to be tried again.
    pub(super) fn start_feed(self) {
        Effect::new(move |asked: Option<Query>| {
            let query = self.query.get();
            // The first window came with the page, unless the page came without it.
            let new = asked.as_ref().is_some_and(|asked| *asked != query);
            let passing = self.trouble.with_untracked(|t| t.as_ref().map(|(error, _)| error.passes()));
            let missing = self.answer.with_untracked(Option::is_none) && passing.is_none();
            if new {
                self.turn_to(&query, asked.as_ref());
            } else if missing || passing == Some(true) && asked.is_none() {
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
        Effect::new(move |_| {
            self.view.track();
            self.look_around();
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

    /// The address has changed.
    fn turn_to(self, query: &Query, before: Option<&Query>) {
        let same = |before: &Query| Query { layout: before.layout, refresh: before.refresh.clone(), ..query.clone() } == *before;
        let trouble = self.trouble.with_untracked(Option::is_some);
        let followed = |query: &Query| query.refresh_us().is_some();
        if before.is_some_and(|before| same(before) && followed(before) == followed(query)) && !trouble {
            return;
        }
        if !self.show_present(query) {
            self.ask(Some(query.clone()));
            return;
        }
        self.forget_questions();
        if query.moves() {
            // Kept answers are not followed by fresh samples.
            set_timeout(move || self.refresh_unless_moved(), SOON);
        }
    }

    /// Whatever is still answered is for nobody.
    fn forget_questions(self) {
        self.number.set_value(self.live.next_number());
        self.live.say(&Asked::Leave { topic: TOPIC });
        self.note_waiting(None);
        self.answered();
        self.note_trouble(None);
    }

    fn answered(self) {
        self.asking.set_value(false);
        self.slow.set(false);
    }

    /// Asks for the window of the address once more. An answer that comes after a newer question is dropped, and what is
    /// still read for it ends.
    pub fn refresh(self) {
        self.ask(None);
    }

    /// Asks; where the answer takes its time it says so, and shows what it can of a new window.
    fn ask(self, foreshown: Option<Query>) {
        let number = self.live.next_number();
        if self.number.try_set_value(number).is_some() {
            return;
        }
        let _ = self.key.try_set_value(Some(Key::of(&self.query.read_untracked(), self.shown.get_untracked())));
        self.asking.set_value(true);
        self.asked_at.set_value(clock::now());
        self.note_waiting(None);
        if !self.ask_live(number) {
            self.fetch(number);
        }
        let slow = move || {
            if self.waits_for(number) {
                self.slow.set(true);
                if let Some(query) = &foreshown {
                    self.foreshow(query);
                }
            }
        };
        set_timeout(slow, SWIFT);
    }

    /// Asks over the socket; false when that is not possible.
    fn ask_live(self, number: u32) -> bool {
        let (plant, query, columns) = (self.plant.read_untracked(), self.query.read_untracked(), self.columns.get_untracked());
        if plant.series.is_empty() || self.unlisted.get_value() {
            return false;
        }
        let Ok(question) = question(&plant, &query, columns) else { return false };
        if !self.live.say(&Asked::Window { topic: TOPIC, number, question, follow: query.refresh_us().is_some() }) {
            return false;
        }
        self.asked_columns.set_value(columns);
        let silent = move || {
            if self.waits_for(number) {
                self.live.drop_silent();
            }
        };
        self.note_waiting(set_timeout_with_handle(silent, SILENT).ok());
        true
    }

    /// Asks by a server function.
    fn fetch(self, number: u32) {
        spawn_local(async move {
            let Some((plant, query)) = self.plant.try_get_untracked().zip(self.query.try_get_untracked()) else { return };
            let unlisted = self.unlisted.try_get_value() == Some(true);
            let plant = if plant.series.is_empty() || unlisted { self.relisted(plant).await } else { plant };
            let Some(columns) = self.columns.try_get_untracked() else { return };
            let _ = self.asked_columns.try_set_value(columns);
            let answer = ask(&plant, &query, columns).await;
            self.take(number, answer);
        });
    }

    /// What came from the socket.
    pub(super) fn heard(self, heard: Heard) {
        match heard {
            // What is shown came another way, or over a socket that is gone: from here on it is followed.
            Heard::Opened if self.query.with_untracked(|query| query.refresh_us().is_some()) => self.refresh_unless_moved(),
            Heard::Opened => {}
            // Whoever waits for an answer of the socket gets it another way.
            Heard::Closed => {
                self.forget_asked_ahead();
                let asked_live = self.waiting.try_update_value(Option::take).flatten();
                if let Some(timer) = asked_live {
                    timer.clear();
                    self.number.try_get_value().filter(|number| self.waits_for(*number)).into_iter().for_each(|number| self.fetch(number));
                }
            }
            Heard::Told(told) => match *told {
                Told::Answer { topic: TOPIC, number, outcome } => self.take(number, outcome),
                Told::Answer { number, outcome, .. } => self.told_ahead(number, outcome.ok()),
                Told::Fresh { number, sequence, now, series, .. } if self.shows(number) => self.grow(sequence, now, &series),
                Told::Changed { number, .. } if self.shows(number) => self.refresh_soon(),
                _ => {}
            },
        }
    }

    /// Whether the answer to this question is the one that is shown.
    fn shows(self, number: u32) -> bool {
        self.number.try_get_value() == Some(number) && self.asking.try_get_value() == Some(false)
    }

    /// Adds fresh samples to what is shown. The figures stay those of the last answer until the next.
    fn grow(self, sequence: u32, now: Timestamp, series: &[(SeriesId, Vec<Sample>)]) {
        let expected = self.sequence.try_update_value(|last| {
            *last = last.wrapping_add(1);
            *last
        });
        if expected != Some(sequence) {
            self.refresh_unless_moved();
            return;
        }
        let window = self.query.with_untracked(|query| query.window());
        let (Some(shown), Ok(window)) = (self.answer.get_untracked(), window) else { return };
        match shown.grown(window, now, series) {
            Some(grown) => self.answer.set(Some(Arc::new(grown))),
            None => self.refresh_unless_moved(),
        }
    }

    /// Asks again in a moment, once, however often it is told that something changed.
    fn refresh_soon(self) {
        if self.due.try_update_value(|due| std::mem::replace(due, true)) == Some(false) {
            let refresh = move || {
                if self.due.try_set_value(false).is_none() {
                    self.refresh_unless_moved();
                }
            };
            set_timeout(refresh, CHANGED);
        }
    }

    /// Asks again, unless a hand moves the view: the answer would take it away.
    fn refresh_unless_moved(self) {
        if self.view.with_untracked(Option::is_none) {
            self.refresh();
        }
    }

    fn waits_for(self, number: u32) -> bool {
        self.number.try_get_value() == Some(number) && self.asking.try_get_value() == Some(true)
    }

    fn note_waiting(self, timer: Option<TimeoutHandle>) {
        let before = self.waiting.try_update_value(|waiting| std::mem::replace(waiting, timer));
        if let Some(before) = before.flatten() {
            before.clear();
        }
    }

    /// A page that came while the database was away has no series yet.
    async fn relisted(self, plant: Plant) -> Plant {
        let recovers = plant.series.is_empty();
        let listed = api::find_plant(plant.tenant.clone(), false).await.unwrap_or(plant);
        let _ = self.unlisted.try_set_value(false);
        if recovers && !listed.series.is_empty() {
            // A plant that has just come may not be complete yet.
            let again = move || {
                let _ = self.unlisted.try_set_value(true);
                self.refresh_unless_moved();
            };
            set_timeout(again, SETTLED);
        }
        let _ = self.plant.try_set(listed.clone());
        listed
    }

    fn take(self, number: u32, answer: Result<WindowAnswer, AppError>) {
        if !self.waits_for(number) {
            return;
        }
        self.note_waiting(None);
        self.sequence.set_value(0);
        self.answered();
        self.prompt.set_value(clock::now().since(self.asked_at.get_value()) < PROMPT_US);
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
            let loaded = self.unpacked(answer);
            let key = self.key.get_value();
            if let Some(key) = key {
                self.memory.update_value(|memory| memory.keep(key, self.asked_columns.get_value(), loaded.clone()));
            }
            self.present(loaded);
        }
        if again {
            let retry = set_timeout_with_handle(move || self.refresh(), RETRY).ok();
            if let Some(Some(before)) = self.retry.try_update_value(|known| std::mem::replace(known, retry)) {
                before.clear();
            }
        }
    }
}
