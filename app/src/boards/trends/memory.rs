//! What the browser keeps of earlier answers: a window that is asked for again within moments is there at once, and any
//! other is drawn from the best that is there until its own answer comes.

use super::loaded::Loaded;
use super::query::Query;
use super::state::Board;
use crate::live::wire::Asked;
use crate::place::Place;
use domain::answer::{MOST_COLUMNS, Problem, SeriesAnswer, WindowAnswer};
use domain::window::{Anchors, Edge};
use domain::{SeriesId, TimeRange, WindowSpec};
use leptos::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlAnchorElement};

/// Topic of what is asked ahead on the socket.
pub(super) const AHEAD: u32 = 1;
/// Most answers that are kept: a few megabytes.
const MOST_KEPT: usize = 24;
/// How long an answer counts as the present one.
const FRESH_US: i64 = 2_000_000;
/// Nothing is asked ahead of a database that needs longer.
pub(super) const PROMPT_US: i64 = 150_000;

/// What an answer depends on, besides the width of the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    series: Vec<SeriesId>,
    from: Option<String>,
    to: Option<String>,
    average_us: Option<i64>,
}

impl Key {
    pub fn of(query: &Query, series: Vec<SeriesId>) -> Self {
        Self { series, from: query.from.clone(), to: query.to.clone(), average_us: query.average_us }
    }
}

struct Kept {
    key: Key,
    columns: u32,
    loaded: Arc<Loaded>,
}

/// Answers, oldest first.
#[derive(Default)]
pub(super) struct Memory {
    kept: VecDeque<Kept>,
    /// Question and key of what is asked ahead and not answered yet.
    asked: Option<(u32, Key, u32)>,
}

impl Memory {
    /// Keeps an answer, unless an outage took a part of it: that part would be shown as if it were all.
    pub fn keep(&mut self, key: Key, columns: u32, loaded: Arc<Loaded>) {
        if loaded.series.iter().any(|series| series.window == Err(Problem::Unavailable)) {
            return;
        }
        self.kept.retain(|kept| kept.key != key);
        self.kept.push_back(Kept { key, columns, loaded });
        while self.kept.len() > MOST_KEPT {
            self.kept.pop_front();
        }
    }

    fn fresh(&self, key: &Key, columns: u32) -> Option<Arc<Loaded>> {
        let now = crate::clock::now();
        let fits = |kept: &&Kept| kept.key == *key && kept.columns == columns && now.since(kept.loaded.received) < FRESH_US;
        self.kept.iter().find(fits).map(|kept| kept.loaded.clone())
    }

    /// The answer that shows most of a range; of several the finest.
    fn best(&self, key: &Key, range: TimeRange) -> Option<Arc<Loaded>> {
        let alike = self.kept.iter().filter(|kept| kept.key.series == key.series && kept.key.average_us == key.average_us);
        let merit = |kept: &&Kept| {
            let shown = kept.loaded.range;
            let overlap = shown.end().min(range.end()).since(shown.start().max(range.start()));
            (overlap.max(0), -shown.length_us())
        };
        alike.max_by_key(merit).filter(|kept| merit(kept).0 > 0).map(|kept| kept.loaded.clone())
    }
}

impl Board {
    /// Shows what is kept for a new query if that is its present answer; false when it must be asked.
    pub(super) fn show_present(self, query: &Query) -> bool {
        let key = Key::of(query, self.shown.get_untracked());
        let fresh = self.memory.with_value(|memory| memory.fresh(&key, self.columns.get_untracked()));
        fresh.map(|loaded| self.present(loaded)).is_some()
    }

    /// Draws a query whose answer is still to come from the best that is kept.
    pub(super) fn foreshow(self, query: &Query) {
        let key = Key::of(query, self.shown.get_untracked());
        let newest = self.answer.with_untracked(|answer| answer.as_ref()?.newest());
        let range = query.window().ok().and_then(|spec| foreseen(spec, newest));
        if let Some(range) = range {
            self.show_best(&key, range);
            self.view.set(Some(range));
        }
    }

    fn show_best(self, key: &Key, range: TimeRange) {
        let best = self.memory.with_value(|memory| memory.best(key, range));
        let other = |best: &Arc<Loaded>| self.answer.with_untracked(|shown| shown.as_ref().is_none_or(|shown| !Arc::ptr_eq(shown, best)));
        if let Some(best) = best.filter(other) {
            self.answer.set(Some(best));
        }
    }

    /// The pointer or the focus came to a link: what it leads to is asked now, so that it is there at the click.
    pub(super) fn look_ahead(self, event: &web_sys::Event) {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = element.and_then(|element| element.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        let here = expect_context::<Place>().path.with_untracked(|path| *path == link.pathname());
        if here && self.prompt.get_value() && !link.has_attribute("download") {
            let query = Query::parse(&link.search());
            let columns = self.columns.get_untracked();
            self.ask_ahead(&query, columns, |memory, key| memory.fresh(key, columns).is_none());
        }
    }

    /// While the view is moved by hand: asks for what it lacks, with half a window of margin on both sides.
    pub(super) fn look_around(self) {
        let (Some(view), Some(shown)) = (self.view.get_untracked(), self.answer.with_untracked(|a| a.as_ref().map(|a| a.range))) else {
            return;
        };
        let covered = shown.start() <= view.start() && view.end() <= shown.end();
        let fine = shown.length_us() <= 3 * view.length_us();
        // A view that is only waiting for its own answer needs no other.
        if (covered && fine)
            || self.asking.get_value()
            || !self.prompt.get_value()
            || self.memory.with_value(|memory| memory.asked.is_some())
        {
            return;
        }
        let half = view.length_us() / 2;
        if let Ok(wide) = TimeRange::new(view.start().plus(-half), view.end().plus(half)) {
            let query = self.query.get_untracked().with_range(wide);
            self.ask_ahead(&query, (2 * self.columns.get_untracked()).min(MOST_COLUMNS), |_, _| true);
        }
    }

    fn ask_ahead(self, query: &Query, columns: u32, wanted: impl FnOnce(&Memory, &Key) -> bool) {
        let series = self.plant.with_untracked(|plant| super::selection::shown(&plant.series, &query.series));
        let key = Key::of(query, series);
        let asked = self.plant.with_untracked(|plant| super::feed::question(plant, query, columns));
        let (Ok(question), Some(Some(number))) = (
            asked,
            self.memory.try_update_value(|memory| {
                let pending = memory.asked.as_ref().is_some_and(|(_, asked, _)| *asked == key);
                (!pending && wanted(memory, &key)).then(|| self.live.next_number())
            }),
        ) else {
            return;
        };
        if self.live.say(&Asked::Window { topic: AHEAD, number, question, follow: false }) {
            self.memory.update_value(|memory| memory.asked = Some((number, key, columns)));
        }
    }

    /// What was asked ahead will not be answered.
    pub(super) fn forget_asked_ahead(self) {
        let _ = self.memory.try_update_value(|memory| memory.asked = None);
    }

    /// The answer to what was asked ahead.
    pub(super) fn told_ahead(self, number: u32, answer: Option<WindowAnswer>) {
        let asked = self.memory.try_update_value(|memory| memory.asked.take_if(|(asked, ..)| *asked == number)).flatten();
        let (Some((_, key, columns)), Some(answer)) = (asked, answer) else { return };
        if answer.series.iter().any(|SeriesAnswer { outcome, .. }| *outcome == Err(Problem::Unavailable)) {
            return;
        }
        let loaded = self.unpacked(answer);
        self.memory.update_value(|memory| memory.keep(key.clone(), columns, loaded));
        if let Some(view) = self.view.get_untracked() {
            self.show_best(&key, view);
            self.look_around();
        }
    }
}

/// The range that a window will be, as far as that can be known here.
fn foreseen(spec: WindowSpec, newest: Option<domain::Timestamp>) -> Option<TimeRange> {
    let known = |edge: Option<Edge>| match edge {
        Some(Edge::At(_) | Edge::Now(_)) => true,
        Some(Edge::Last(_)) => newest.is_some(),
        _ => false,
    };
    if !known(spec.from) || !known(spec.to) {
        return None;
    }
    let anchors = Anchors { now: crate::clock::now(), extent: newest.map(|newest| (newest, newest)) };
    spec.resolve(anchors, &|wall_us, _| domain::Timestamp::from_us(wall_us)).ok()
}
