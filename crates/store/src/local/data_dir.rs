//! The directory that holds everything of the local Postgres: cluster, password, log, socket, lock.

use super::account::effective_uid;
use super::error::{LocalError, at};
use std::fs::DirBuilder;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::{env, path};

/// `$XDG_DATA_HOME/andon`; without it `/var/lib/andon` as root and `$HOME/.local/share/andon` otherwise.
pub fn default_data_dir() -> PathBuf {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    if let Some(data_home) = directory("XDG_DATA_HOME") {
        return data_home.join("andon");
    }
    match directory("HOME") {
        Some(home) if effective_uid() != Some(0) => home.join(".local/share/andon"),
        _ => PathBuf::from("/var/lib/andon"),
    }
}

/// Makes the directory when absent and gives its absolute path. An existing one keeps its owner and mode.
pub(super) fn prepare(dir: &Path) -> Result<PathBuf, LocalError> {
    let dir = path::absolute(dir).map_err(at(dir))?;
    if !survives_a_shell(&dir) {
        return Err(LocalError::DataDirName { path: dir });
    }
    // Root runs Postgres as another user, who must be able to pass through but need not look around.
    let mode = if effective_uid() == Some(0) { 0o711 } else { 0o700 };
    DirBuilder::new().recursive(true).mode(mode).create(&dir).map_err(at(&dir))?;
    Ok(dir)
}

/// pg_ctl pastes paths between double quotes into a shell command, without escaping.
pub(super) fn survives_a_shell(path: &Path) -> bool {
    path.as_os_str().as_bytes().iter().all(|byte| !byte.is_ascii_control() && !b"\"$`\\".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_pg_ctl_would_misread() {
        for good in ["/var/lib/andon", "/home/a b/it's, ü"] {
            assert!(survives_a_shell(Path::new(good)), "{good}");
        }
        for bad in ["/a\"b", "/$HOME", "/a`id`", "/a\\b", "/a\nb"] {
            assert!(!survives_a_shell(Path::new(bad)), "{bad}");
        }
    }
}
