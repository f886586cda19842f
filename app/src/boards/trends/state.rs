//! The state of the board in the browser: what the address says, what was answered, where the pointer is.

use super::loaded::{Loaded, LoadedSeries};
use super::memory::{Key, Memory};
use super::query::{Layout, Query};
use super::selection;
use crate::api::Plant;
use crate::clock;
use crate::error::AppError;
use crate::live::Live;
use crate::place::Place;
use crate::widgets::plot::TimeAxis;
use chart::Role;
use domain::answer::{DEFAULT_COLUMNS, WindowAnswer};
use domain::zone::ZoneOffsets;
use domain::{SeriesId, TimeRange, Timestamp, WindowSpec};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::sync::Arc;

/// Handles to the board's signals; cheap to copy, shared through context.
#[derive(Clone, Copy)]
pub struct Board {
    pub plant: RwSignal<Plant>,
    pub query: Memo<Query>,
    /// The last good answer.
    pub answer: RwSignal<Option<Arc<Loaded>>>,
    /// What is wrong right now, and since when.
    pub trouble: RwSignal<Option<(AppError, Option<Timestamp>)>>,
    /// The range while it is dragged or wheeled; the address follows when it rests.
    pub view: RwSignal<Option<TimeRange>>,
    /// The instant under the pointer.
    pub pointer: RwSignal<Option<Timestamp>>,
    /// Width of the plots in device pixels.
    pub columns: RwSignal<u32>,
    /// Whether a question is under way.
    pub(super) asking: StoredValue<bool>,
    /// Whether it takes its time.
    pub slow: RwSignal<bool>,
    /// The ids of the shown series.
    pub shown: Memo<Vec<SeriesId>>,
    pub layout: Memo<Layout>,
    /// Number of the latest question.
    pub(super) number: StoredValue<u32>,
    /// What it asked for.
    pub(super) key: StoredValue<Option<Key>>,
    /// Whether the list of series is to be read again.
    pub(super) unlisted: StoredValue<bool>,
    /// The next try of an outage.
    pub(super) retry: StoredValue<Option<TimeoutHandle>>,
    /// Ends the patience with the socket.
    pub(super) waiting: StoredValue<Option<TimeoutHandle>>,
    /// Whether the window is about to be asked for again.
    pub(super) due: StoredValue<bool>,
    /// Number of the last fresh samples that followed the shown answer.
    pub(super) sequence: StoredValue<u32>,
    /// When the latest question was asked.
    pub(super) asked_at: StoredValue<Timestamp>,
    pub(super) live: Live,
    /// Earlier answers.
    pub(super) memory: StoredValue<Memory>,
    /// Whether the last answer came promptly.
    pub(super) prompt: StoredValue<bool>,
    /// The width that the last question named.
    pub(super) asked_columns: StoredValue<u32>,
    pub(super) place: Place,
}

impl Board {
    /// Makes the state around the first answer and provides it to the board's parts.
    pub fn provide(plant: &Plant, first: Result<WindowAnswer, AppError>, query: Memo<Query>) -> Self {
        let plant = RwSignal::new(plant.clone());
        let shown = Memo::new(move |_| plant.with(|p| selection::shown(&p.series, &query.read().series)));
        let board = Self {
            plant,
            query,
            answer: RwSignal::new(None),
            trouble: RwSignal::new(None),
            view: RwSignal::new(None),
            pointer: RwSignal::new(None),
            columns: RwSignal::new(DEFAULT_COLUMNS),
            asking: StoredValue::new(false),
            slow: RwSignal::new(false),
            shown,
            layout: Memo::new(move |_| query.read().layout),
            number: StoredValue::new(0),
            key: StoredValue::new(None),
            unlisted: StoredValue::new(false),
            retry: StoredValue::new(None),
            waiting: StoredValue::new(None),
            due: StoredValue::new(false),
            sequence: StoredValue::new(0),
            asked_at: StoredValue::new(Timestamp::from_us(0)),
            live: expect_context(),
            memory: StoredValue::new(Memory::default()),
            prompt: StoredValue::new(true),
            asked_columns: StoredValue::new(DEFAULT_COLUMNS),
            place: expect_context(),
        };
        match first {
            Ok(answer) => {
                board.trouble.set(outage(&answer).map(|error| (error, None)));
                let loaded = board.unpacked(answer);
                let key = Key::of(&query.read_untracked(), shown.get_untracked());
                board.memory.update_value(|memory| memory.keep(key, DEFAULT_COLUMNS, loaded.clone()));
                board.present(loaded);
            }
            Err(error) => board.trouble.set(Some((error, None))),
        }
        provide_context(board);
        board.provide_told();
        provide_context(TimeAxis {
            pointer: board.pointer,
            view: board.view,
            settle: Callback::new(move |range| board.go_to(range, false)),
            reset: Callback::new(move |()| board.reset()),
            columns: board.columns,
        });
        board.live.listen(Callback::new(move |heard| board.heard(heard)));
        board.start_feed();
        on_cleanup(move || board.leave_feed());
        board
    }

    /// Makes a loaded answer the shown one.
    pub(super) fn present(self, loaded: Arc<Loaded>) {
        let _ = self.answer.try_set(Some(loaded));
        let _ = self.view.try_set(None);
    }

    /// An answer made ready, with the colours of the plant.
    pub(super) fn unpacked(self, answer: WindowAnswer) -> Arc<Loaded> {
        let roles = self.plant.with_untracked(|plant| {
            let places: Vec<SeriesId> = plant.series.iter().map(|s| s.id.clone()).collect();
            move |id: &SeriesId| Role::series(places.iter().position(|place| place == id).unwrap_or(0))
        });
        let before = self.answer.get_untracked();
        Arc::new(Loaded::new(answer, roles, before.as_deref()))
    }

    pub(super) fn note_trouble(self, error: Option<AppError>) {
        let _ = self.trouble.try_update(|trouble| {
            let since = trouble.take().and_then(|(_, since)| since);
            *trouble = error.map(|error| (error, since.or_else(|| Some(clock::now()))));
        });
    }

    /// The shown range: the view while it moves, else the answered window.
    pub fn range(self) -> Option<TimeRange> {
        self.view.get().or_else(|| self.answer.read().as_ref().map(|loaded| loaded.range))
    }

    /// The zone of the answered window.
    pub fn zone(self) -> ZoneOffsets {
        self.answer.read().as_ref().map_or_else(ZoneOffsets::utc, |loaded| loaded.zone.clone())
    }

    /// One series of the answer.
    pub fn series(self, id: &SeriesId) -> Option<Arc<LoadedSeries>> {
        self.answer.read().as_ref().and_then(|loaded| loaded.find(id).cloned())
    }

    /// The address of the same board with another query.
    pub fn href(self, query: &Query) -> String {
        let path = crate::address::board(&self.plant.read().tenant, "trends");
        format!("{path}{}", query.write())
    }

    /// The address of another window.
    pub fn window_href(self, spec: WindowSpec) -> String {
        self.href(&self.query.read().with_window(spec))
    }

    /// Goes to an address of this board; `replace` keeps it out of the history.
    pub fn go(self, href: &str, replace: bool) {
        self.place.go(href, replace);
    }

    /// Goes to exactly this range.
    pub fn go_to(self, range: TimeRange, replace: bool) {
        let href = self.href(&self.query.get_untracked().with_range(range));
        self.go(&href, replace);
    }

    /// Goes back to the default window.
    pub fn reset(self) {
        let href = self.href(&self.query.get_untracked().with_window(WindowSpec::default()));
        self.go(&href, false);
    }
}

fn outage(answer: &WindowAnswer) -> Option<AppError> {
    let unavailable = domain::answer::Problem::Unavailable;
    let any = answer.series.iter().any(|s| s.outcome.as_ref() == Err(&unavailable));
    any.then(|| {
        crate::side::set_status(503);
        AppError::Problem(unavailable)
    })
}

/// Says what is wrong with the whole board. The last good picture stays, dimmed.
#[component]
pub fn Trouble() -> impl IntoView {
    let board = expect_context::<Board>();
    let text = Signal::derive(move || {
        let Some((error, since)) = board.trouble.get() else { return String::new() };
        let since = since.map(|t| format!(" Since {}.", board.zone().date_time(t).get(..19).unwrap_or_default())).unwrap_or_default();
        let retrying = if error.passes() { " Retrying." } else { "" };
        format!("{error}{since}{retrying}")
    });
    let class = Signal::derive(move || if board.trouble.read().is_some() { "banner" } else { "no-trouble" }.to_owned());
    view! { <p role="alert" class=class>{text}</p> }.into_any()
}
