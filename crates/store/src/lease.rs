//! A connection lent for one statement. When the reader leaves before the answer is there, the connection is closed,
//! and Postgres, which looks after its client every half second, ends the statement.

use crate::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

pub(crate) struct Lease {
    connection: Option<PoolConnection<Postgres>>,
    finished: bool,
}

impl Lease {
    pub(crate) async fn take(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self { connection: Some(pool.acquire().await?), finished: false })
    }

    pub(crate) fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.connection.as_deref_mut().ok_or_else(|| StoreError::Unavailable("the connection was given back".to_owned()))
    }

    /// The statement ran to its end: the connection may serve the next reader.
    pub(crate) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // Back in the pool it would first wait for the rest of the answer; detached, its socket closes here.
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}
