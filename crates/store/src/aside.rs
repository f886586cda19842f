//! Computing beside the tasks that answer: what takes milliseconds of a core must not hold up those that wait for a socket.

use crate::{Store, StoreError};
use tokio::sync::Semaphore;

/// As many computations at once as there are cores: more of them at a time only end later, all of them.
pub(crate) fn places() -> Semaphore {
    Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from))
}

impl Store {
    /// Runs a computation on a thread of its own. It waits while every core has one; a reader who leaves meanwhile is not
    /// waited for.
    pub async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let lost = || StoreError::Other(sqlx::Error::WorkerCrashed);
        self.while_there(async {
            let _place = self.inner.computing.acquire().await.map_err(|_| lost())?;
            // It ends without a result when it panics, and when the program ends.
            tokio::task::spawn_blocking(work).await.map_err(|_| lost())
        })
        .await
    }
}
