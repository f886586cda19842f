//! The cluster `pg<major>` in the data directory: how it is made and set up.

use super::account::{Account, run};
use super::binaries::Programs;
use super::error::{LocalError, at};
use super::password;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The cluster's superuser.
pub(super) const SUPERUSER: &str = "andon";
/// Number in the socket's name. The socket's directory is the cluster's own, so any number does.
pub(super) const PORT: u16 = 5432;

const INCLUDE: &str = "include_if_exists = 'andon.conf'";

/// A cluster's place; it need not exist.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) dir: PathBuf,
    pub(super) major: u32,
}

impl Cluster {
    /// The place of a version's cluster.
    pub(super) fn at(data_dir: &Path, major: u32) -> Self {
        Self { dir: data_dir.join(format!("pg{major}")), major }
    }

    /// The existing cluster of the newest version, which is the one used last.
    pub(super) fn newest_in(data_dir: &Path) -> Result<Option<Self>, LocalError> {
        let mut newest: Option<Self> = None;
        for entry in fs::read_dir(data_dir).map_err(at(data_dir))? {
            let name = entry.map_err(at(data_dir))?.file_name();
            let major: Option<u32> = name.to_str().and_then(|name| name.strip_prefix("pg")?.parse().ok());
            let Some(cluster) = major.map(|major| Self::at(data_dir, major)) else { continue };
            if newest.as_ref().is_none_or(|newest| cluster.major > newest.major) && cluster.exists()? {
                newest = Some(cluster);
            }
        }
        Ok(newest)
    }

    fn exists(&self) -> Result<bool, LocalError> {
        self.dir.join("PG_VERSION").try_exists().map_err(at(&self.dir))
    }

    /// Path of the server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.with_extension("log")
    }

    /// Makes the cluster when absent and gives the superuser's password.
    pub(super) async fn open_or_create(&self, programs: &Programs, account: &Account) -> Result<String, LocalError> {
        let path = self.dir.with_extension("password");
        if self.exists()? {
            account.adopt(&self.dir).map_err(at(&self.dir))?;
            let password = password::read(&path)?;
            return password.ok_or_else(|| LocalError::NoPassword { password: path, cluster: self.dir.clone() });
        }
        let password = password::create(&path, account)?;
        self.create(programs, account, &path).await?;
        Ok(password)
    }

    /// Lets initdb work in a directory beside and renames it when it is whole, so that an end in between leaves
    /// nothing that looks like a cluster.
    async fn create(&self, programs: &Programs, account: &Account, password: &Path) -> Result<(), LocalError> {
        let new = self.dir.with_extension("new");
        tracing::info!(cluster = %self.dir.display(), "creating the database cluster");
        let mut output = String::new();
        // Sorted by code point in both; the second is for systems without the first and knows upper case in ASCII only.
        for locale in ["C.UTF-8", "C"] {
            make_empty(&new).and_then(|()| account.own(&new)).map_err(at(&new))?;
            let mut initdb = account.command(&programs.initdb());
            initdb.arg("-D").arg(&new).arg("-U").arg(SUPERUSER).arg("--pwfile").arg(password);
            initdb.args(["--data-checksums", "-E", "UTF8", "-A", "scram-sha-256", "--locale", locale]);
            let finished = run(&mut initdb).await?;
            if finished.ok {
                include_settings(&new)?;
                fs::rename(&new, &self.dir).map_err(at(&self.dir))?;
                return sync_parent(&self.dir).map_err(at(&self.dir));
            }
            output = finished.output;
        }
        Err(LocalError::Initdb { cluster: self.dir.clone(), output })
    }

    /// Writes the settings for the next start. They stand in a file of their own, after initdb's, and win.
    pub(super) fn configure(&self, socket_dir: &Path, account: &Account) -> Result<(), LocalError> {
        include_settings(&self.dir)?;
        let path = self.dir.join("andon.conf");
        fs::write(&path, settings(socket_dir)).and_then(|()| account.own(&path)).map_err(at(&path))
    }
}

fn make_empty(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(dir)
}

/// A rename is safe from a power failure once its directory is on disk.
fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn include_settings(cluster_dir: &Path) -> Result<(), LocalError> {
    let path = cluster_dir.join("postgresql.conf");
    let append = || -> io::Result<()> {
        let present = fs::read(&path)?;
        if present.split(|byte| *byte == b'\n').any(|line| line == INCLUDE.as_bytes()) {
            return Ok(());
        }
        let mut file = File::options().append(true).open(&path)?;
        file.write_all(format!("\n{INCLUDE}\n").as_bytes())?;
        file.sync_all()
    };
    append().map_err(at(&path))
}

/// For data that people keep, on one machine: everything durable, nothing on the network.
fn settings(socket_dir: &Path) -> Vec<u8> {
    let mut text = format!(
        "# Written by Andon at each start; changes made here are lost. Use ALTER SYSTEM for your own.\n\
         fsync = on\n\
         full_page_writes = on\n\
         synchronous_commit = on\n\
         listen_addresses = ''\n\
         port = {PORT}\n\
         max_connections = 100\n\
         shared_buffers = 128MB\n\
         # Charts ask many short queries; compiling each costs more than it saves.\n\
         jit = off\n\
         unix_socket_directories = '\""
    )
    .into_bytes();
    // The inner quotes let the path have commas; a path with a quote of that kind is refused when it is chosen.
    for byte in socket_dir.as_os_str().as_bytes() {
        text.push(*byte);
        if *byte == b'\'' {
            text.push(b'\'');
        }
    }
    text.extend_from_slice(b"\"'\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_directory_with_a_quote_and_a_comma() {
        let text = String::from_utf8(settings(Path::new("/it's, here"))).unwrap_or_default();
        assert!(text.ends_with("unix_socket_directories = '\"/it''s, here\"'\n"), "{text}");
    }
}
