//! `postmaster.pid`, with which a running server says where it listens.

use super::socket_dir::socket;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Longest wait for the system to connect to a socket; a live one takes microseconds.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// No process ever has this number: Linux ends at 2²², macOS at 99,998.
const NO_PROCESS: &str = "2147483647";

/// What the file says; a server that just starts has not written all of it.
#[derive(Debug, PartialEq)]
pub(super) struct PidFile {
    pid: Option<u32>,
    cluster: Option<PathBuf>,
    /// Where the server listens.
    pub(super) listener: Option<Listener>,
    /// The server takes queries.
    pub(super) ready: bool,
}

/// A server's socket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listener {
    pub(super) dir: PathBuf,
    pub(super) port: u16,
}

impl Listener {
    /// Whether a process listens there; a full queue is an answer.
    pub(super) async fn answers(&self) -> bool {
        match timeout(CONNECT_LIMIT, UnixStream::connect(socket(&self.dir, self.port))).await {
            Ok(Ok(_)) | Err(_) => true,
            Ok(Err(error)) => error.kind() == ErrorKind::WouldBlock,
        }
    }
}

impl PidFile {
    /// The file of a cluster; `None` when no server runs.
    pub(super) fn read(cluster_dir: &Path) -> io::Result<Option<Self>> {
        match fs::read(path(cluster_dir)) {
            Ok(bytes) => {
                let mut file = Self::parse(&bytes);
                // A copy of a running cluster names the original's socket, which must not be taken for its own.
                if file.cluster.as_deref().is_some_and(|named| is_another_directory(named, cluster_dir)) {
                    file.listener = None;
                }
                Ok(Some(file))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lines: process, data directory, start time, port, socket directory, TCP address, shared memory, status.
    fn parse(bytes: &[u8]) -> Self {
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let text = |line: usize| lines.get(line).map(|line| String::from_utf8_lossy(line).trim().to_owned());
        let port: Option<u16> = text(3).and_then(|port| port.parse().ok());
        let dir = |line: usize| {
            let bytes = lines.get(line).filter(|bytes| !bytes.is_empty())?;
            Some(PathBuf::from(OsStr::from_bytes(bytes)))
        };
        Self {
            pid: text(0).and_then(|pid| pid.parse().ok()),
            cluster: dir(1),
            listener: dir(4).zip(port).map(|(dir, port)| Listener { dir, port }),
            ready: text(7).is_some_and(|status| status == "ready" || status == "standby"),
        }
    }

    /// Whether the process is certainly not this cluster's server: a zombie that nobody has collected (a container's
    /// first process often does not), or another program with the same number. A server works in its cluster's
    /// directory; what cannot be seen counts as alive.
    pub(super) fn is_dead(&self, cluster_dir: &Path) -> bool {
        let Some(pid) = self.pid else { return false };
        if !Path::new("/proc/self/status").exists() {
            return false;
        }
        let works_in = PathBuf::from(format!("/proc/{pid}/cwd"));
        match fs::metadata(&works_in) {
            Ok(_) => is_another_directory(&works_in, cluster_dir),
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    /// Makes the file one of a dead server. Removing it would also remove the trace of the shared memory, by which
    /// Postgres sees that orphaned processes of the old server still write to the data.
    pub(super) fn mark_dead(cluster_dir: &Path) -> io::Result<()> {
        let path = path(cluster_dir);
        let bytes = fs::read(&path)?;
        let rest: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte != b'\n').collect();
        fs::write(&path, [NO_PROCESS.as_bytes(), rest.as_slice()].concat())
    }
}

/// Whether both exist and differ.
fn is_another_directory(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) != (other.dev(), other.ino()),
        _ => false,
    }
}

fn path(cluster_dir: &Path) -> PathBuf {
    cluster_dir.join("postmaster.pid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_server_says_where() {
        let text = b"17078\n/data/pg15\n1795307420\n5432\n/data/run\n\n 10256479         9\nready   \n";
        let cluster = Some(PathBuf::from("/data/pg15"));
        let listener = Some(Listener { dir: PathBuf::from("/data/run"), port: 5432 });
        assert_eq!(PidFile::parse(text), PidFile { pid: Some(17078), cluster, listener, ready: true });
    }

    #[test]
    fn a_starting_server_says_less() {
        let nothing = PidFile { pid: None, cluster: None, listener: None, ready: false };
        assert_eq!(PidFile::parse(b""), nothing);
        let cluster = Some(PathBuf::from("/data/pg15"));
        let early = PidFile { pid: Some(17078), cluster, ..nothing };
        assert_eq!(PidFile::parse(b"17078\n/data/pg15\n1795307420\n5432\n\n"), early);
    }
}
