//! Notices of observations to the other processes, gathered: a transaction with a notice in it commits alone in its whole
//! database, and machines speak all the time. So one task tells of what was committed, at once or twenty times a second. What it
//! cannot tell any more, because the process ends, the others find when they look (`look.rs`).

use super::changes::{CHANNEL, Notice};
use crate::{Store, StoreError};
use sqlx::Connection;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Pause between two tellings: what is appended meanwhile goes together.
const BREATH: Duration = Duration::from_millis(50);
/// Pause after one that failed.
const RETRY: Duration = Duration::from_secs(1);

/// What is to be told, one notice a machine.
#[derive(Debug, Default)]
pub(super) struct Telling {
    waiting: Mutex<Vec<Notice>>,
    wake: Notify,
    started: AtomicBool,
}

impl Store {
    /// Tells this process at once and the others soon of what was committed.
    pub(super) fn tell_soon(&self, notice: Notice) {
        let machines = &self.inner.machines;
        machines.ends.told(&notice);
        machines.telling.put(notice.clone());
        machines.telling.wake.notify_one();
        let _ = machines.sender.send(notice.change);
        if !machines.telling.started.swap(true, Ordering::Relaxed) {
            tokio::spawn(tell(self.clone()));
        }
    }

    async fn tell_waiting(&self, notices: &[Notice]) -> Result<(), StoreError> {
        let payloads: Vec<String> = notices.iter().map(|notice| self.machine_notice(notice)).collect();
        let mut connection = self.machine_writer().await?;
        let mut transaction = connection.begin().await?;
        // It holds the database's lock of notices until it is over, and nothing in it must survive a crash.
        sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *transaction).await?;
        let sql = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";
        sqlx::query(sql).bind(CHANNEL).bind(payloads).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }
}

/// Tells for ever.
async fn tell(store: Store) {
    let telling = &store.inner.machines.telling;
    loop {
        telling.wake.notified().await;
        let notices = telling.take();
        let told = if notices.is_empty() { Ok(()) } else { store.tell_waiting(&notices).await };
        if let Err(error) = told {
            tracing::debug!(%error, "other processes cannot be told of machines yet");
            notices.into_iter().for_each(|notice| telling.put(notice));
            telling.wake.notify_one();
            tokio::time::sleep(RETRY).await;
        }
        tokio::time::sleep(BREATH).await;
    }
}

impl Telling {
    fn put(&self, notice: Notice) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.iter_mut().find(|held| held.is_about(&notice)) {
            Some(held) => held.join(&notice),
            None => waiting.push(notice),
        }
    }

    fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
