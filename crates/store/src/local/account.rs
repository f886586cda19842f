//! Whose rights Postgres' programs get.
//!
//! Normally this process' own. Postgres refuses root, so root (containers, CI) runs them as `postgres`, else `nobody`,
//! and gives that user the cluster's files. Where the user cannot pass through the directories above (`/root` is 0700),
//! the programs keep one capability for it. It lets the database's superuser read any file of the machine, so it is
//! the second choice, and said in the log.

use super::error::LocalError;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, fs, io};
use tokio::process::Command;

/// Who runs the programs.
#[derive(Debug)]
pub(super) struct Account {
    own_uid: Option<u32>,
    /// Whom to become; `None` is to stay.
    other: Option<User>,
    /// Capability that the other user keeps, as setpriv spells it.
    capability: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

/// How a program ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) ok: bool,
    /// What it said, on both channels.
    pub(super) output: String,
}

impl Account {
    /// Picks the least rights with which `program` runs and gets into the data directory.
    pub(super) async fn choose(data_dir: &Path, cluster_dir: &Path, program: &Path) -> Result<Self, LocalError> {
        let own_uid = effective_uid();
        if own_uid != Some(0) {
            return Ok(Self { own_uid, other: None, capability: None });
        }
        let user = user_for(cluster_dir).ok_or(LocalError::NoUser)?;
        // Containers usually have the last but not the second; the last also lets the programs write anywhere.
        for capability in [None, Some("dac_read_search"), Some("dac_override")] {
            let account = Self { own_uid, other: Some(user.clone()), capability };
            if account.gets_into(data_dir, program).await {
                if let Some(capability) = capability {
                    tracing::warn!(
                        "the user {} cannot enter {}: PostgreSQL gets the capability {capability}; a data directory \
                         such as /var/lib/andon needs none",
                        user.name,
                        data_dir.display(),
                    );
                }
                return Ok(account);
            }
        }
        Err(LocalError::NotReachableByUser { dir: data_dir.to_owned(), user: user.name })
    }

    /// The user id that the server runs with.
    pub(super) fn uid(&self) -> Option<u32> {
        self.other.as_ref().map_or(self.own_uid, |user| Some(user.uid))
    }

    /// Whether a file of this owner is the server's or ours.
    pub(super) fn trusts(&self, owner: u32) -> bool {
        self.own_uid.is_none_or(|own| own == owner) || self.uid() == Some(owner)
    }

    /// Whether the programs run as somebody else.
    pub(super) fn is_other(&self) -> bool {
        self.other.is_some()
    }

    /// Gives a file or directory to the server's user.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        match &self.other {
            Some(user) => lchown(path, Some(user.uid), Some(user.gid)),
            None => Ok(()),
        }
    }

    /// Gives a whole tree to the server's user if its top belongs to root, as after a restored backup. The top comes
    /// last, so that an interrupted change is taken up again.
    pub(super) fn adopt(&self, top: &Path) -> io::Result<()> {
        if self.is_other() && fs::metadata(top)?.uid() == 0 {
            self.own_tree(top)?;
        }
        Ok(())
    }

    fn own_tree(&self, path: &Path) -> io::Result<()> {
        if fs::symlink_metadata(path)?.is_dir() {
            for entry in fs::read_dir(path)? {
                self.own_tree(&entry?.path())?;
            }
        }
        self.own(path)
    }

    /// The program with the right user, in English, at `/`, and without the settings that Postgres takes from PG….
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = match (&self.other, self.capability) {
            (Some(user), Some(capability)) => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={}", user.uid)).arg(format!("--regid={}", user.gid));
                command.arg("--clear-groups").arg(format!("--inh-caps=-all,+{capability}"));
                command.arg(format!("--ambient-caps=-all,+{capability}")).arg("--").arg(program);
                command
            }
            (Some(user), None) => {
                let mut command = Command::new(program);
                command.uid(user.uid).gid(user.gid);
                command
            }
            (None, _) => Command::new(program),
        };
        for (name, _) in env::vars_os() {
            if name.as_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        command
    }

    async fn gets_into(&self, dir: &Path, program: &Path) -> bool {
        let mut command = self.command(Path::new("/bin/sh"));
        command.arg("-c").arg(r#"cd -- "$1" && exec "$2" --version"#).arg("sh").arg(dir).arg(program);
        run(&mut command).await.is_ok_and(|finished| finished.ok)
    }
}

/// Runs a program to its end.
pub(super) async fn run(command: &mut Command) -> Result<Finished, LocalError> {
    match command.output().await {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Ok(Finished { ok: output.status.success(), output: String::from_utf8_lossy(&said).trim().to_owned() })
        }
        Err(source) => Err(LocalError::Program { program: PathBuf::from(command.as_std().get_program()), source }),
    }
}

/// This process' user id. Not from the owner of /proc/self, who is root for a program with file capabilities.
pub(super) fn effective_uid() -> Option<u32> {
    let status = fs::read("/proc/self/status").unwrap_or_default();
    effective_uid_in(&String::from_utf8_lossy(&status)).or_else(|| {
        let output = std::process::Command::new("id").arg("-u").output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    })
}

/// The second number of the line `Uid:` is the effective one: proc(5).
fn effective_uid_in(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

/// An existing cluster stays its owner's; a new one is `postgres`', else `nobody`'s.
fn user_for(cluster_dir: &Path) -> Option<User> {
    let passwd = fs::read("/etc/passwd").unwrap_or_default();
    let known = users_in(&String::from_utf8_lossy(&passwd));
    let named = |name: &str| known.iter().find(|user| user.name == name).cloned();
    let owner = fs::metadata(cluster_dir).ok().filter(|metadata| metadata.uid() != 0).map(|metadata| {
        let (uid, gid) = (metadata.uid(), metadata.gid());
        let name = known.iter().find(|user| user.uid == uid).map_or_else(|| uid.to_string(), |user| user.name.clone());
        User { name, uid, gid }
    });
    owner.or_else(|| named("postgres")).or_else(|| named("nobody"))
}

fn users_in(passwd: &str) -> Vec<User> {
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid: u32 = fields.nth(1)?.parse().ok()?;
        let gid: u32 = fields.next()?.parse().ok()?;
        (uid != 0).then_some(User { name, uid, gid })
    };
    passwd.lines().filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_from_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n\n# odd\npostgres:x:101:104::/var/lib/postgresql:/bin/bash\nx:y\n";
        assert_eq!(users_in(passwd), [User { name: "postgres".to_owned(), uid: 101, gid: 104 }]);
    }

    #[test]
    fn the_effective_user_is_the_second_number() {
        assert_eq!(effective_uid_in("Name:\tandon\nUid:\t1000\t0\t1000\t1000\nGid:\t1\t2\t3\t4\n"), Some(0));
        assert_eq!(effective_uid_in(""), None);
    }
}
