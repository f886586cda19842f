//! The directory of the server's Unix socket: private to the server's user.

use super::account::Account;
use super::cluster::PORT;
use super::data_dir::survives_a_shell;
use super::error::{LocalError, at};
use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{env, io};

/// The longest path of a socket in bytes: unix(7), one byte is the ending zero. macOS has four fewer.
const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Makes the directory: `run` in the data directory, or a short one elsewhere when that path would be too long.
pub(super) fn prepare(data_dir: &Path, account: &Account) -> Result<PathBuf, LocalError> {
    let dir = choose(data_dir, account);
    match make_private(&dir, account) {
        Ok(true) => Ok(dir),
        Ok(false) => Err(LocalError::SocketDir { dir }),
        Err(error) => Err(at(&dir)(error)),
    }
}

fn choose(data_dir: &Path, account: &Account) -> PathBuf {
    let beside = data_dir.join("run");
    if fits(&beside) {
        return beside;
    }
    let hash = hash(data_dir.as_os_str().as_bytes());
    // The runtime directory is its user's alone: no place for another user's server.
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|_| !account.is_other());
    let runtime = runtime.filter(|dir| dir.is_absolute() && dir.is_dir()).map(|dir| dir.join(format!("andon-{hash:016x}")));
    runtime.filter(|dir| fits(dir) && survives_a_shell(dir)).unwrap_or_else(|| {
        let uid = account.uid().map_or_else(|| "x".to_owned(), |uid| uid.to_string());
        PathBuf::from(format!("/tmp/andon-{uid}-{hash:016x}"))
    })
}

/// The path of the socket in a directory.
pub(super) fn socket(dir: &Path, port: u16) -> PathBuf {
    dir.join(format!(".s.PGSQL.{port}"))
}

fn fits(dir: &Path) -> bool {
    socket(dir, PORT).as_os_str().len() <= LONGEST_SOCKET_PATH
}

/// `false` when somebody else was there first, which in /tmp can be anybody.
fn make_private(dir: &Path, account: &Account) -> io::Result<bool> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let present = fs::symlink_metadata(dir)?;
            if !present.is_dir() || !account.trusts(present.uid()) {
                return Ok(false);
            }
            if present.mode() & 0o7777 != 0o700 {
                fs::set_permissions(dir, Permissions::from_mode(0o700))?;
            }
        }
        made => made?,
    }
    account.own(dir)?;
    Ok(true)
}

/// FNV-1a: the same for ever, which the standard library does not promise of its own.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_the_name_of_the_socket() {
        let longest = format!("/{}", "x".repeat(LONGEST_SOCKET_PATH - "//.s.PGSQL.5432".len()));
        assert!(fits(Path::new(&longest)));
        assert!(!fits(Path::new(&format!("{longest}x"))));
    }

    #[test]
    fn the_hash_is_fnv() {
        assert_eq!((hash(b""), hash(b"a")), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c));
    }
}
