//! The server's log: kept small, and read back when a start fails.

use super::account::Account;
use super::error::{LocalError, at};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Size at which the next start puts the log aside, in the place of the one put aside before.
const LARGEST: u64 = 16 << 20;
/// How much of a failed start is told.
const TAIL_BYTES: u64 = 16 << 10;
const TAIL_LINES: usize = 20;

/// The log of one start.
pub(super) struct Log {
    path: PathBuf,
    /// Where this start's part begins.
    begin: u64,
}

impl Log {
    /// Opens the log for the next start; no server may be running.
    pub(super) fn begin(path: &Path, account: &Account) -> Result<Self, LocalError> {
        let open = || -> io::Result<u64> {
            if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGEST) {
                fs::rename(path, path.with_extension("log.1"))?;
            }
            let file = File::options().append(true).create(true).mode(0o600).open(path)?;
            account.own(path)?;
            Ok(file.metadata()?.len())
        };
        Ok(Self { path: path.to_owned(), begin: open().map_err(at(path))? })
    }

    /// The last lines since the start; empty when there are none or they cannot be read.
    pub(super) fn tail(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            let end = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.begin.max(end.saturating_sub(TAIL_BYTES))))?;
            let mut bytes = Vec::new();
            file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
    }
}
