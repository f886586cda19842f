//! Asking for the answer of a board: the first came with the page, the next when the address changes, something happens at
//! the machines, or time goes on. The latest question wins, the old picture stays until the new one is there, and an outage
//! is tried again until it is over.

use crate::clock;
use crate::error::AppError;
use crate::live::wire::{Asked, Told};
use crate::live::{Heard, Live};
use domain::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Asked again at least so often while time goes on inside the window: a stop grows though nothing is told of it.
const SLOWEST: Duration = Duration::from_secs(5);
/// Pause before the next try of an outage.
const RETRY: Duration = Duration::from_secs(1);
/// The boards' topic on the socket.
const TOPIC: u32 = 0;

/// A question on its way.
pub type Asking<A> = Pin<Box<dyn Future<Output = Result<A, AppError>> + Send>>;

/// What a board asks and what was answered; cheap to copy.
pub struct Feed<Q: Send + Sync + 'static, A: Send + Sync + 'static> {
    /// What the address asks.
    pub question: Memo<Q>,
    /// The last good answer.
    pub answer: RwSignal<Option<Arc<A>>>,
    /// What is wrong, and since when.
    pub trouble: RwSignal<Option<(AppError, Option<Timestamp>)>>,
    ask: fn(Q) -> Asking<A>,
    /// Whether time goes on inside of what is asked.
    moves: fn(&Q) -> bool,
    /// Whose machines are followed.
    follow: StoredValue<(String, Option<String>)>,
    number: StoredValue<u32>,
    /// A question is under way; another is wanted after it.
    busy: StoredValue<(bool, bool)>,
    live: Live,
}

impl<Q: Send + Sync, A: Send + Sync> Clone for Feed<Q, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: Send + Sync, A: Send + Sync> Copy for Feed<Q, A> {}

impl<Q: Clone + PartialEq + Send + Sync + 'static, A: Send + Sync + 'static> Feed<Q, A> {
    /// Starts around the first answer. `follow` names the tenant and, for one of its machines, that.
    pub fn start(
        question: Memo<Q>,
        first: Result<A, AppError>,
        ask: fn(Q) -> Asking<A>,
        moves: fn(&Q) -> bool,
        follow: (String, Option<String>),
    ) -> Self {
        let (answer, trouble) = match first {
            Ok(answer) => (Some(Arc::new(answer)), None),
            Err(error) => (None, Some((error, None))),
        };
        let feed = Self {
            question,
            answer: RwSignal::new(answer),
            trouble: RwSignal::new(trouble),
            ask,
            moves,
            follow: StoredValue::new(follow),
            number: StoredValue::new(0),
            busy: StoredValue::new((false, false)),
            live: expect_context(),
        };
        feed.live.listen(Callback::new(move |heard| feed.heard(heard)));
        Effect::new(move |asked: Option<Q>| {
            let question = feed.question.get();
            let failed = feed.trouble.with_untracked(Option::is_some);
            if asked.as_ref().is_some_and(|asked| *asked != question) || asked.is_none() && failed {
                feed.refresh();
            }
            if asked.is_none() {
                feed.follow();
            }
            question
        });
        Effect::new(move |_| {
            let tick = move || {
                let moves = feed.question.try_with_untracked(|question| (feed.moves)(question));
                if moves == Some(true) && !document().hidden() {
                    feed.refresh();
                }
            };
            let handle = set_interval_with_handle(tick, SLOWEST).ok();
            on_cleanup(move || handle.iter().for_each(|handle| handle.clear()));
        });
        on_cleanup(move || {
            feed.live.say(&Asked::Leave { topic: TOPIC });
        });
        feed
    }

    /// Asks once more; while a question is under way, after it.
    pub fn refresh(self) {
        let wait = self.busy.try_update_value(|(busy, again)| {
            *again = *busy;
            std::mem::replace(busy, true)
        });
        if wait == Some(false) {
            self.fetch();
        }
    }

    fn fetch(self) {
        let Some(question) = self.question.try_get_untracked() else { return };
        spawn_local(async move {
            let outcome = (self.ask)(question.clone()).await;
            let Some(again) = self.busy.try_update_value(|(busy, again)| {
                *busy = false;
                std::mem::take(again)
            }) else {
                return;
            };
            // An answer to what is no longer asked is for nobody.
            if self.question.try_get_untracked().as_ref() != Some(&question) {
                self.refresh();
                return;
            }
            let passes = self.take(outcome);
            if again {
                self.refresh();
            } else if passes {
                set_timeout(move || self.refresh(), RETRY);
            }
        });
    }

    /// Takes an answer; true where it is a failure that may pass.
    fn take(self, outcome: Result<A, AppError>) -> bool {
        match outcome {
            Ok(answer) => {
                self.trouble.set(None);
                self.answer.set(Some(Arc::new(answer)));
                false
            }
            Err(error) => {
                let passes = error.passes();
                self.trouble.update(|trouble| {
                    let since = trouble.take().and_then(|(_, since)| since);
                    *trouble = Some((error, since.or_else(|| Some(clock::now()))));
                });
                passes
            }
        }
    }

    fn follow(self) {
        let (tenant, machine) = self.follow.get_value();
        let number = self.live.next_number();
        self.number.set_value(number);
        self.live.say(&Asked::Machines { topic: TOPIC, number, tenant, machine });
    }

    fn heard(self, heard: Heard) {
        match heard {
            Heard::Opened => {
                self.follow();
                self.refresh();
            }
            Heard::Closed => {}
            Heard::Told(told) => {
                let ours = matches!(*told, Told::Changed { number, .. } if self.number.try_get_value() == Some(number));
                let moves = self.question.try_with_untracked(|question| (self.moves)(question));
                if ours && moves == Some(true) && !document().hidden() {
                    self.refresh();
                }
            }
        }
    }
}

/// What is wrong with a board, as a banner; nothing when nothing is.
pub fn banner(trouble: &Option<(AppError, Option<Timestamp>)>) -> String {
    let Some((error, since)) = trouble else { return "<p id=\"trouble\" class=\"no-trouble\" role=\"alert\"></p>".to_owned() };
    // What is refused is so whenever it is asked: since when is of no interest, and it is not asked again.
    let since = since.map(|time| format!(" Since {} UTC.", time.rfc3339().get(11..19).unwrap_or_default()));
    let passes = error.passes().then(|| format!("{} Retrying.", since.unwrap_or_default()));
    format!(
        "<p id=\"trouble\" class=\"banner\" role=\"alert\">{}{}</p>",
        crate::widgets::html::escaped(&error.to_string()),
        passes.unwrap_or_default()
    )
}
