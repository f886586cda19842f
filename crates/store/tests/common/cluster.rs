//! A cluster of a test's own, which it may stop and kill.

use sqlx::PgConnection;
use std::fs;
use std::process::Command;
use store::Target;
use store::local::{Connection, LocalPostgres};

pub struct Cluster {
    pub folder: tempfile::TempDir,
    server: Option<LocalPostgres>,
    pub place: Connection,
}

impl Cluster {
    pub const DATABASE: &str = "plant";

    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = LocalPostgres::start(folder.path()).await.unwrap();
        let place = server.connection();
        let cluster = Self { folder, server: Some(server), place };
        store::demo::create_database(&cluster.target(), Self::DATABASE).await.unwrap();
        cluster
    }

    pub fn target(&self) -> Target {
        Target::local(&self.place, Self::DATABASE)
    }

    pub async fn owner(&self) -> PgConnection {
        super::connect(&self.place, Self::DATABASE).await
    }

    pub async fn stop(&mut self) {
        self.server.take().unwrap().stop().await.unwrap();
    }

    /// Kills every process of the server at once, as a power cut does.
    pub fn kill(&self) {
        let file = fs::read_dir(self.folder.path()).unwrap().find_map(|entry| {
            let file = entry.unwrap().path().join("postmaster.pid");
            file.exists().then_some(file)
        });
        let pid = fs::read_to_string(file.unwrap()).unwrap().lines().next().unwrap().to_owned();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &pid]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let _ = Command::new("kill").arg("-9").arg(&pid).args(children.split_whitespace()).output();
    }

    pub async fn start_again(&mut self) {
        self.server = Some(LocalPostgres::start(self.folder.path()).await.unwrap());
    }
}
