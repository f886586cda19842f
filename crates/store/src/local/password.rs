//! The superuser's password: made once, kept in a file that only its owner reads.

use super::account::Account;
use super::error::{LocalError, at};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const LENGTH: usize = 32;
/// Sixty-four characters, so that six bits of a random byte pick one without preference.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The kept password; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, LocalError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim_end().to_owned()).filter(|password| !password.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// Makes a password for a new cluster and keeps it, in place of one that a killed initdb has left. initdb reads the
/// file, so it belongs to the server's user.
pub(super) fn create(path: &Path, account: &Account) -> Result<String, LocalError> {
    let password = random().map_err(at(Path::new("/dev/urandom")))?;
    let new = path.with_extension("password.new");
    let write = || -> io::Result<()> {
        if let Err(error) = fs::remove_file(&new)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&new)?;
        writeln!(file, "{password}")?;
        file.sync_all()?;
        account.own(&new)?;
        fs::rename(&new, path)
    };
    write().map_err(at(path))?;
    Ok(password)
}

fn random() -> io::Result<String> {
    let mut bytes = [0_u8; LENGTH];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
    Ok(letters.map(|letter| char::from(*letter)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_differ() {
        let (one, other) = (random().unwrap_or_default(), random().unwrap_or_default());
        assert_eq!((one.len(), other.len()), (LENGTH, LENGTH));
        assert_ne!(one, other);
    }
}
