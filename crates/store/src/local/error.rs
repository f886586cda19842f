//! What can go wrong with the managed Postgres. Each message says what, where and how to mend it.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no local Postgres. The cause, where there is one, is the error's source and not repeated in its text.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// There is nothing to run.
    #[error(
        "found no PostgreSQL 14 or newer; install it (Debian: apt-get install postgresql), or set ANDON_PG_BIN to the \
         directory of its initdb, or give Andon the address of a database. Searched: {searched}"
    )]
    NoPrograms {
        /// The places and what was wrong with each.
        searched: String,
    },
    /// There are data, and programs, but of another major version.
    #[error(
        "the data in {} need the programs of PostgreSQL {major}; install that version beside the others, or set \
         ANDON_PG_BIN to the directory of its initdb. Searched: {searched}", .cluster.display()
    )]
    NoProgramsForCluster {
        /// The cluster.
        cluster: PathBuf,
        /// The version that wrote it.
        major: u32,
        /// The places and what was wrong with each.
        searched: String,
    },
    /// A file or directory cannot be read, written or made.
    #[error(
        "cannot use {}; check its owner, its mode and the free space, or choose another data directory, for example \
         /var/lib/andon", .path.display()
    )]
    DataDir {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Postgres' own scripts would misread the path.
    #[error(
        "the data directory {} has a quote, $, ` or \\ or a control character in its path, which PostgreSQL cannot \
         take; choose another one, for example /var/lib/andon", .path.display()
    )]
    DataDirName {
        /// The directory.
        path: PathBuf,
    },
    /// Running as root, and the user that Postgres runs as cannot get there.
    #[error(
        "PostgreSQL refuses to run as root, and the user {user} cannot enter {}; choose a data directory that others \
         may pass through, for example /var/lib/andon, or run Andon as an ordinary user", .dir.display()
    )]
    NotReachableByUser {
        /// The data directory.
        dir: PathBuf,
        /// The user tried.
        user: String,
    },
    /// Running as root, and there is no user to run Postgres as.
    #[error(
        "PostgreSQL refuses to run as root, and /etc/passwd has neither a user postgres nor nobody; create one \
         (adduser --system postgres) or run Andon as an ordinary user"
    )]
    NoUser,
    /// A program could not be run at all.
    #[error("cannot run {}; check that it is installed and may be executed", .program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// initdb failed.
    #[error("PostgreSQL could not create its cluster {}; initdb said:\n{output}", .cluster.display())]
    Initdb {
        /// The cluster.
        cluster: PathBuf,
        /// What initdb said.
        output: String,
    },
    /// The cluster is there, its password is not.
    #[error(
        "{} is missing or empty, without which nobody can log in to {}; put it back, or, if the data may be lost, \
         move that directory away", .password.display(), .cluster.display()
    )]
    NoPassword {
        /// The file.
        password: PathBuf,
        /// The cluster.
        cluster: PathBuf,
    },
    /// The directory of the socket belongs to somebody else.
    #[error(
        "{} belongs to another user or is no directory, so no database socket is put there; remove it", .dir.display()
    )]
    SocketDir {
        /// The directory.
        dir: PathBuf,
    },
    /// Another Andon holds the lock.
    #[error(
        "another Andon has been starting on the same data directory for too long (it holds {}); end it",
        .lock.display()
    )]
    Busy {
        /// The lock file.
        lock: PathBuf,
    },
    /// The server did not come up.
    #[error(
        "PostgreSQL did not start on {} within a minute; if it is still recovering after a crash, start Andon again. \
         The last it said (more in {}):\n{output}", .cluster.display(), .log.display()
    )]
    Start {
        /// The cluster.
        cluster: PathBuf,
        /// The server's log.
        log: PathBuf,
        /// What pg_ctl said and the log's last lines.
        output: String,
    },
    /// The server did not go down in time.
    #[error("PostgreSQL is still stopping on {}; its data are safe. pg_ctl said:\n{output}", .cluster.display())]
    Stop {
        /// The cluster.
        cluster: PathBuf,
        /// What pg_ctl said.
        output: String,
    },
}

/// Says which file an error of the system is about.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> LocalError {
    move |source| LocalError::DataDir { path: path.to_owned(), source }
}
