//! Answers that many ask for at the same time: who asks while the same is being answered gets the next answer, together with all
//! the others. So a hundred boards on walls cost hardly more than one, and nobody gets an answer that was begun before the question.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Answers under way, by what was asked.
#[derive(Debug)]
pub struct Together<Q, A, E> {
    lanes: Mutex<HashMap<Q, Arc<Lane<A, E>>>>,
    /// Numbers questions and the beginnings of answers in one order.
    clock: AtomicU64,
}

/// One at a time is answered; the last outcome and when it was begun.
type Lane<A, E> = tokio::sync::Mutex<Option<(u64, Result<Arc<A>, E>)>>;

impl<Q, A, E> Default for Together<Q, A, E> {
    fn default() -> Self {
        Self { lanes: Mutex::default(), clock: AtomicU64::new(0) }
    }
}

impl<Q: Clone + Eq + Hash, A, E: Clone> Together<Q, A, E> {
    /// The answer to a question, made by `make` unless one is made that was begun after this was asked. An error is that of all who
    /// wait where it `concerns` them, as an outage does: they would only meet it one after the other.
    pub async fn answer<F: Future<Output = Result<A, E>>>(
        &self,
        question: &Q,
        concerns: impl Fn(&E) -> bool,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<A>, E> {
        let asked = self.tick();
        let lane = self.lane(question);
        let outcome = {
            let mut last = lane.lock().await;
            match &*last {
                Some((begun, outcome)) if *begun > asked => outcome.clone(),
                _ => {
                    let begun = self.tick();
                    let outcome = make().await.map(Arc::new);
                    *last = Some((begun, outcome.clone())).filter(|_| outcome.as_ref().err().is_none_or(concerns));
                    outcome
                }
            }
        };
        drop(lane);
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, lane| Arc::strong_count(lane) > 1);
        outcome
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    fn lane(&self, question: &Q) -> Arc<Lane<A, E>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).entry(question.clone()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::Semaphore;

    /// Asks together with many others, while somebody is answered, after the world has changed.
    struct Plant {
        together: Together<&'static str, u64, String>,
        made: AtomicUsize,
        world: AtomicU64,
        gate: Semaphore,
    }

    impl Plant {
        fn new() -> Self {
            Self { together: Together::default(), made: AtomicUsize::new(0), world: AtomicU64::new(1), gate: Semaphore::new(0) }
        }

        async fn ask(&self, question: &'static str, outage: Option<&str>) -> Result<u64, String> {
            let make = || async {
                let seen = self.world.load(Ordering::SeqCst);
                self.made.fetch_add(1, Ordering::SeqCst);
                self.gate.acquire().await.unwrap().forget();
                outage.map_or(Ok(seen), |cause| Err(cause.to_owned()))
            };
            self.together.answer(&question, |cause: &String| cause == "outage", make).await.map(|seen| *seen)
        }

        /// One asks, and fifty more while it is answered.
        async fn crowd(&self, outage: Option<&str>) -> (Result<u64, String>, Vec<Result<u64, String>>) {
            let others = async {
                while self.made.load(Ordering::SeqCst) == 0 {
                    tokio::task::yield_now().await;
                }
                self.world.store(2, Ordering::SeqCst);
                let others = join_all((0..50).map(|_| self.ask("plant", outage)));
                self.gate.add_permits(100);
                others.await
            };
            tokio::join!(self.ask("plant", None), others)
        }
    }

    #[tokio::test]
    async fn those_who_ask_meanwhile_share_the_next_answer() {
        let plant = Plant::new();
        let (first, others) = plant.crowd(None).await;
        assert_eq!((first, plant.made.load(Ordering::SeqCst)), (Ok(1), 2), "one answer for fifty");
        assert!(others.iter().all(|seen| *seen == Ok(2)), "nobody is told what was so before the question");
        assert_eq!((plant.ask("plant", None).await, plant.ask("line", None).await), (Ok(2), Ok(2)));
        assert_eq!(plant.made.load(Ordering::SeqCst), 4, "an answer that is there is not kept");
        assert!(plant.together.lanes.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_outage_is_everybodys_and_another_failure_is_not() {
        let plant = Plant::new();
        let (_, others) = plant.crowd(Some("outage")).await;
        assert!(others.iter().all(Result::is_err));
        assert_eq!(plant.made.load(Ordering::SeqCst), 2);
        let plant = Plant::new();
        let (_, others) = plant.crowd(Some("a reader left")).await;
        assert!(others.iter().all(Result::is_err));
        assert_eq!(plant.made.load(Ordering::SeqCst), 51, "each for itself");
    }

    #[tokio::test]
    async fn who_gives_up_holds_nobody_up() {
        let plant = Plant::new();
        let mut never = Box::pin(plant.ask("plant", None));
        assert!(futures::poll!(&mut never).is_pending());
        let mut waiting = Box::pin(plant.ask("plant", None));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(never);
        plant.gate.add_permits(1);
        assert_eq!(waiting.await, Ok(1));
    }
}
