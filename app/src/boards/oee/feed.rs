//! Asking for the answer of a board: the first came with the page, the next when the address changes, something happens at
//! the machines, or time goes on. The latest question wins, the old picture stays until the new one is there, and an outage
//! is tried again until it is over.

use crate::clock;
use crate::error::AppError;
use crate::live::wire::{Asked, Told};
use crate::live::{Heard, Live};
use domain::{MachineId, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Asked again at least so often while time goes on inside the window: a stop grows though nothing is told of it.
const SLOWEST: Duration = Duration::from_secs(5);
/// A board that is kept up to date machine by machine is asked for as a whole at most so often: sums may follow what they are of.
const WHOLE: Duration = Duration::from_secs(1);
/// Pause before the next try of an outage.
const RETRY: Duration = Duration::from_secs(1);
/// The boards' topic on the socket.
const TOPIC: u32 = 0;

/// A question on its way.
pub type Asking<A> = Pin<Box<dyn Future<Output = Result<A, AppError>> + Send>>;

/// How a board of many machines is kept up to date by answers about those to which something happened.
pub struct Part<Q, A> {
    /// Asks about these machines alone.
    pub ask: fn(Q, Vec<MachineId>) -> Asking<A>,
    /// A newer answer about some machines brought into one about all; `None` where that cannot be done.
    pub take: fn(&A, &A) -> Option<A>,
    /// Nothing after this instant is in an answer.
    pub as_of: fn(&A) -> Timestamp,
}

/// What goes on between the answers about all machines.
struct Partial<Q, A> {
    how: Part<Q, A>,
    /// To which machines something happened since they were last asked about.
    wanted: BTreeSet<MachineId>,
    /// Some are being asked about.
    busy: bool,
    /// A whole answer will be asked for.
    due: bool,
    /// What is newer than the last answer about all machines.
    newer: Vec<A>,
}

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
    partial: StoredValue<Option<Partial<Q, A>>>,
    live: Live,
}

impl<Q: Send + Sync, A: Send + Sync> Clone for Feed<Q, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: Send + Sync, A: Send + Sync> Copy for Feed<Q, A> {}

impl<Q: Clone + PartialEq + Send + Sync + 'static, A: Send + Sync + 'static> Feed<Q, A> {
    /// Starts around the first answer. `follow` names the tenant and, for one of its machines, that; `part` is how a board of
    /// many machines asks about some of them.
    pub fn start(
        question: Memo<Q>,
        first: Result<A, AppError>,
        ask: fn(Q) -> Asking<A>,
        moves: fn(&Q) -> bool,
        follow: (String, Option<String>),
        part: Option<Part<Q, A>>,
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
            partial: StoredValue::new(part.map(|how| Partial { how, wanted: BTreeSet::new(), busy: false, due: false, newer: Vec::new() })),
            live: expect_context(),
        };
        feed.live.listen(Callback::new(move |heard| feed.heard(heard)));
        Effect::new(move |asked: Option<Q>| {
            let question = feed.question.get();
            let failed = feed.trouble.with_untracked(Option::is_some);
            let new = asked.as_ref().is_some_and(|asked| *asked != question);
            if new {
                // What is newer than an answer to another question is no part of this one's.
                feed.partial.update_value(|partial| partial.iter_mut().for_each(|partial| partial.newer.clear()));
            }
            if new || asked.is_none() && failed {
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
            Ok(mut answer) => {
                self.partial.update_value(|partial| partial.iter_mut().for_each(|partial| partial.catch_up(&mut answer)));
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

    /// Something happened to these machines: asks about them alone and, where that is soon enough, about all of them later.
    fn happened(self, machines: &[MachineId]) {
        let known = self.answer.with_untracked(Option::is_some) && self.trouble.with_untracked(Option::is_none);
        let asks = self.partial.try_update_value(|partial| {
            let partial = partial.as_mut().filter(|_| known)?;
            partial.wanted.extend(machines.iter().cloned());
            Some((!std::mem::replace(&mut partial.busy, true), !std::mem::replace(&mut partial.due, true)))
        });
        let Some((part, whole)) = asks.flatten() else { return self.refresh() };
        if part {
            self.fetch_part();
        }
        if whole {
            let ask = move || {
                self.partial.try_update_value(|partial| partial.iter_mut().for_each(|partial| partial.due = false));
                self.refresh();
            };
            set_timeout(ask, WHOLE);
        }
    }

    fn fetch_part(self) {
        let Some(question) = self.question.try_get_untracked() else { return };
        let wanted = self.partial.try_update_value(|partial| partial.as_mut().map(|p| (p.how.ask, std::mem::take(&mut p.wanted))));
        let Some((ask, wanted)) = wanted.flatten() else { return };
        spawn_local(async move {
            let outcome = ask(question.clone(), wanted.into_iter().collect()).await;
            let current = self.question.try_get_untracked().as_ref() == Some(&question);
            let taken = self.partial.try_update_value(|partial| {
                let partial = partial.as_mut()?;
                partial.busy = !partial.wanted.is_empty();
                let part = outcome.ok().filter(|_| current)?;
                let taken = (partial.how.take)(&*self.answer.try_get_untracked().flatten()?, &part);
                partial.newer.push(part);
                taken
            });
            match taken {
                None => return,
                Some(Some(answer)) => self.answer.set(Some(Arc::new(answer))),
                // The whole answer says what is wrong, or which machines there are now.
                Some(None) => self.refresh(),
            }
            if self.partial.with_value(|partial| partial.as_ref().is_some_and(|partial| partial.busy)) {
                self.fetch_part();
            }
        });
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
                let moves = self.question.try_with_untracked(|question| (self.moves)(question));
                if moves != Some(true) || document().hidden() {
                    return;
                }
                let ours = self.number.try_get_value();
                match *told {
                    Told::Changed { number, .. } if ours == Some(number) => self.refresh(),
                    Told::Happened { number, machines, .. } if ours == Some(number) => self.happened(&machines),
                    _ => {}
                }
            }
        }
    }
}

impl<Q, A> Partial<Q, A> {
    /// An answer about all machines may have been begun before the last ones about some: what is newer stays.
    fn catch_up(&mut self, whole: &mut A) {
        let (as_of, take) = (self.how.as_of, self.how.take);
        let begun = as_of(whole);
        self.newer.retain(|part| as_of(part) > begun);
        for part in &self.newer {
            if let Some(taken) = take(whole, part) {
                *whole = taken;
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
