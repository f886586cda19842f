//! Where PostgreSQL's programs are on this machine.

use super::cluster::Cluster;
use super::error::LocalError;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::{env, fs};
use tokio::process::Command;

/// The oldest version with `date_bin`, which every chart asks for.
const OLDEST_MAJOR: u32 = 14;

/// Directories with one version each: the parent, how the version's directory begins, where its programs are.
const INSTALLED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// The programs of one version of PostgreSQL.
#[derive(Debug)]
pub(super) struct Programs {
    bin: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    /// The programs of the cluster's version, or without a cluster the first found: `ANDON_PG_BIN`, which excludes
    /// all others, then `PATH`, then the newest of the usual places. Never another version than the cluster's: an
    /// empty new cluster beside the old one would look like lost data.
    pub(super) async fn find(cluster: Option<&Cluster>) -> Result<Self, LocalError> {
        let mut search = Search { found: Vec::new(), searched: Vec::new() };
        if let Some(bin) = env::var_os("ANDON_PG_BIN").filter(|bin| !bin.is_empty()) {
            search.look_into(Path::new(&bin)).await;
        } else {
            search.searched.push("the programs on PATH".to_owned());
            for bin in on_path() {
                search.look_into(&bin).await;
            }
            let preferred = search.found.len();
            for (parent, prefix, programs) in INSTALLED {
                search.searched.push(format!("{parent}/{prefix}*/{programs}"));
                for bin in installed(parent, prefix, programs) {
                    search.look_into(&bin).await;
                }
            }
            if let Some(usual) = search.found.get_mut(preferred..) {
                usual.sort_by_key(|programs| Reverse(programs.major));
            }
        }
        let Search { found, searched } = search;
        let searched = searched.join("; ");
        let wanted = |programs: &Self| cluster.is_none_or(|cluster| cluster.major == programs.major);
        found.into_iter().find(wanted).ok_or_else(|| match cluster {
            None => LocalError::NoPrograms { searched },
            Some(cluster) => LocalError::NoProgramsForCluster { cluster: cluster.dir.clone(), major: cluster.major, searched },
        })
    }

    /// Path of initdb.
    pub(super) fn initdb(&self) -> PathBuf {
        self.bin.join("initdb")
    }

    /// Path of pg_ctl.
    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.bin.join("pg_ctl")
    }
}

struct Search {
    found: Vec<Programs>,
    /// For the person who reads that nothing was found.
    searched: Vec<String>,
}

impl Search {
    async fn look_into(&mut self, bin: &Path) {
        match version(bin).await {
            Ok(major) => {
                self.searched.push(format!("{} (PostgreSQL {major})", bin.display()));
                self.found.push(Programs { bin: bin.to_owned(), major });
            }
            Err(reason) => self.searched.push(format!("{} ({reason})", bin.display())),
        }
    }
}

/// The major version of the programs in a directory, or why they are of no use.
async fn version(bin: &Path) -> Result<u32, String> {
    for name in ["initdb", "pg_ctl", "postgres"] {
        if !bin.join(name).is_file() {
            return Err(format!("has no {name}"));
        }
    }
    let output = Command::new(bin.join("initdb")).arg("--version").output().await;
    let output = output.map_err(|error| format!("its initdb does not run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    match major_in(&said) {
        Some(major) if major >= OLDEST_MAJOR => Ok(major),
        Some(major) => Err(format!("PostgreSQL {major} is too old")),
        None => Err("its initdb does not say its version".to_owned()),
    }
}

/// `initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15; `17beta1` is 17.
fn major_in(said: &str) -> Option<u32> {
    let version = said.split_whitespace().nth(2)?;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// The directories of `initdb` on PATH; a link leads to where the other programs are.
fn on_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let program = env::split_paths(&path).filter(|dir| dir.is_absolute()).filter_map(|dir| {
        let program = fs::canonicalize(dir.join("initdb")).ok()?;
        Some(program.parent()?.to_owned())
    });
    program.collect()
}

fn installed(parent: &str, prefix: &str, programs: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let versions = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    versions.map(|entry| entry.path().join(programs)).filter(|bin| bin.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for (said, major) in [
            ("initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("initdb (PostgreSQL) 17beta1", Some(17)),
            ("initdb (PostgreSQL) 18devel", Some(18)),
            ("initdb (PostgreSQL) 9.6.24", Some(9)),
            ("usage: initdb", None),
            ("", None),
        ] {
            assert_eq!(major_in(said), major, "{said}");
        }
    }
}
