//! The board as its texts and links know it: one frame behind the plots, so that these are on the screen first.

use super::state::Board;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Texts follow after so long even where no frame comes.
const LATEST: Duration = Duration::from_millis(100);

/// What the texts of a board are made from.
#[derive(Clone, Copy)]
pub struct Told(Board);

impl Board {
    /// The board for texts and links. Everything in it that a new window changes follows once the plots are painted.
    pub fn told() -> Self {
        expect_context::<Told>().0
    }

    /// Provides [`Board::told`].
    pub(super) fn provide_told(self) {
        let query = RwSignal::new(self.query.get_untracked());
        let answer = RwSignal::new(self.answer.get_untracked());
        let view = RwSignal::new(self.view.get_untracked());
        let due = StoredValue::new(false);
        let copy = move || {
            if due.try_update_value(std::mem::take) != Some(true) {
                return;
            }
            let (new_query, new_answer, new_view) = (self.query.get_untracked(), self.answer.get_untracked(), self.view.get_untracked());
            if query.with_untracked(|known| *known != new_query) {
                query.set(new_query);
            }
            if answer.with_untracked(|known| known.as_ref().map(Arc::as_ptr) != new_answer.as_ref().map(Arc::as_ptr)) {
                answer.set(new_answer);
            }
            if view.with_untracked(|known| *known != new_view) {
                view.set(new_view);
            }
        };
        Effect::new(move |before: Option<()>| {
            self.query.track();
            self.answer.track();
            self.view.track();
            if before.is_some() && !due.get_value() {
                due.set_value(true);
                // A timer that is set in a frame's callback runs when that frame is painted. A page that nobody sees gets no
                // frames, and its texts must be right all the same.
                request_animation_frame(move || set_timeout(copy, Duration::ZERO));
                set_timeout(copy, LATEST);
            }
        });
        let plant = self.plant;
        let query = Memo::new(move |_| query.get());
        let shown = Memo::new(move |_| plant.with(|p| super::selection::shown(&p.series, &query.read().series)));
        let layout = Memo::new(move |_| query.read().layout);
        provide_context(Told(Self { query, answer, view, shown, layout, ..self }));
    }
}
