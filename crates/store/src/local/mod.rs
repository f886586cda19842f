//! The managed local Postgres: Andon's own cluster in a data directory, for plants that bring no database.
//!
//! It uses the machine's PostgreSQL programs, listens on a Unix socket only, keeps its data through a crash of
//! anything, and survives Andon: whoever starts next attaches to a server that still runs. Never two on one cluster.
//! File work in here blocks; it is little and happens once, at the start.

mod account;
mod binaries;
mod cluster;
mod data_dir;
mod error;
mod lock;
mod log;
mod password;
mod pid_file;
mod server;
mod socket_dir;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;

pub use data_dir::default_data_dir;
pub use error::LocalError;

use account::Account;
use binaries::Programs;
use cluster::Cluster;
use server::Server;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a start waits for another Andon on the same data directory: longer than that one's own limit.
const WAIT_FOR_OTHER_START: Duration = Duration::from_secs(90);
/// How long a stop waits for another Andon that is just attaching; the rest of the eight seconds is the server's.
const WAIT_BEFORE_STOP: Duration = Duration::from_secs(1);

/// A running local Postgres. Dropping it leaves the server running; the next start attaches to it.
#[derive(Debug)]
pub struct LocalPostgres {
    server: Server,
    data_dir: PathBuf,
    connection: Connection,
    started_here: bool,
}

/// Where and as whom to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// Directory of the Unix socket.
    pub socket_dir: PathBuf,
    /// Number in the socket's name; nothing listens on TCP.
    pub port: u16,
    /// The cluster's superuser.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// Without the password: this ends up in logs.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { socket_dir, port, user, password: _ } = self;
        let mut out = f.debug_struct("Connection");
        out.field("socket_dir", socket_dir).field("port", port).field("user", user).finish_non_exhaustive()
    }
}

impl LocalPostgres {
    /// Finds the programs, creates the cluster when absent, attaches to a running server or starts one, and waits
    /// until it answers: at most a minute, plus the time that another Andon needs to start on the same directory.
    pub async fn start(data_dir: &Path) -> Result<Self, LocalError> {
        let data_dir = data_dir::prepare(data_dir)?;
        let _lock = lock::take(&data_dir, WAIT_FOR_OTHER_START).await?;
        let existing = Cluster::newest_in(&data_dir)?;
        let programs = Programs::find(existing.as_ref()).await?;
        let cluster = existing.unwrap_or_else(|| Cluster::at(&data_dir, programs.major));
        let account = Account::choose(&data_dir, &cluster.dir, &programs.initdb()).await?;
        let password = cluster.open_or_create(&programs, &account).await?;
        let socket_dir = socket_dir::prepare(&data_dir, &account)?;
        let server = Server { programs, account, cluster, socket_dir };
        let (listener, started_here) = server.ensure_running().await?;
        tracing::info!(
            cluster = %server.cluster.dir.display(),
            socket_dir = %listener.dir.display(),
            "{} the local PostgreSQL {}",
            if started_here { "started" } else { "attached to" },
            server.cluster.major,
        );
        let user = cluster::SUPERUSER.to_owned();
        let connection = Connection { socket_dir: listener.dir, port: listener.port, user, password };
        Ok(Self { server, data_dir, connection, started_here })
    }

    /// Where and as whom to connect.
    pub fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// Stops the server if this process started it: running queries are cancelled ("fast"), at most eight seconds.
    /// When it takes longer it goes on stopping by itself, and no data is lost.
    pub async fn stop(self) -> Result<(), LocalError> {
        if !self.started_here {
            return Ok(());
        }
        // Held so that an Andon that starts meanwhile sees the server either up or gone. Not worth failing for.
        let _lock = lock::take(&self.data_dir, WAIT_BEFORE_STOP).await.ok();
        self.server.stop().await
    }
}
