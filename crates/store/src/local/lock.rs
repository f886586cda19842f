//! One Andon at a time may create, start or stop a data directory's server.

use super::error::{LocalError, at};
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(100);

/// Takes the lock, which lasts as long as the file is open; Postgres' programs do not inherit it, and the system
/// releases it when this process dies.
pub(super) async fn take(data_dir: &Path, limit: Duration) -> Result<File, LocalError> {
    let path = data_dir.join("pg.lock");
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(at(&path))?;
    let deadline = Instant::now() + limit;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(at(&path)(source)),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(POLL).await,
            Err(TryLockError::WouldBlock) => return Err(LocalError::Busy { lock: path }),
        }
    }
}
