//! The server process: is it there, start it, stop it.

use super::account::{Account, run};
use super::binaries::Programs;
use super::cluster::{Cluster, PORT};
use super::error::{LocalError, at};
use super::log::Log;
use super::pid_file::{Listener, PidFile};
use super::socket_dir::socket;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest wait for a server to answer; also pg_ctl's, in seconds.
const START_LIMIT_S: u64 = 60;
/// Longest wait of pg_ctl for a server to stop, in seconds.
const STOP_LIMIT_S: u64 = 7;
const POLL: Duration = Duration::from_millis(100);

/// A cluster with all that is needed to run it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) programs: Programs,
    pub(super) account: Account,
    pub(super) cluster: Cluster,
    /// Where a server that is started here listens; a running one may listen elsewhere.
    pub(super) socket_dir: PathBuf,
}

enum State {
    Stopped,
    /// On its way up or down.
    Changing,
    Ready(Listener),
}

enum Launch {
    Up,
    /// Processes of a killed server still hold its memory; they end by themselves.
    Orphans(String),
}

impl Server {
    /// Attaches to the running server or starts one, and waits until it answers. Says where it listens and whether it
    /// was started here. The caller holds the data directory's lock.
    pub(super) async fn ensure_running(&self) -> Result<(Listener, bool), LocalError> {
        let deadline = Instant::now() + Duration::from_secs(START_LIMIT_S);
        let mut started = false;
        let mut trouble = "a server is running there but does not answer".to_owned();
        loop {
            match self.state().await? {
                State::Ready(listener) => return Ok((listener, started)),
                State::Stopped if started => return Err(self.start_error("it ended right after its start".to_owned())),
                State::Stopped => match self.launch().await? {
                    Launch::Up => {
                        started = true;
                        continue;
                    }
                    Launch::Orphans(said) => trouble = said,
                },
                State::Changing => {}
            }
            if Instant::now() >= deadline {
                return Err(self.start_error(trouble));
            }
            sleep(POLL).await;
        }
    }

    /// Stops the server and waits; no error when there is none.
    pub(super) async fn stop(&self) -> Result<(), LocalError> {
        let mut pg_ctl = self.pg_ctl("stop");
        pg_ctl.args(["-m", "fast", "-w", "-s", "-t"]).arg(STOP_LIMIT_S.to_string());
        let finished = run(&mut pg_ctl).await?;
        if finished.ok || matches!(self.state().await?, State::Stopped) {
            return Ok(());
        }
        Err(LocalError::Stop { cluster: self.cluster.dir.clone(), output: finished.output })
    }

    async fn state(&self) -> Result<State, LocalError> {
        let dir = &self.cluster.dir;
        let Some(pid_file) = PidFile::read(dir).map_err(at(dir))? else {
            // Somebody removed a running server's file; it notices within a minute and stops.
            let orphaned = Listener { dir: self.socket_dir.clone(), port: PORT }.answers().await;
            return Ok(if orphaned { State::Changing } else { State::Stopped });
        };
        // The socket comes before the process number, which means nothing to a neighbouring container.
        if let Some(listener) = pid_file.listener.clone()
            && listener.answers().await
        {
            return Ok(if pid_file.ready { State::Ready(listener) } else { State::Changing });
        }
        if !run(&mut self.pg_ctl("status")).await?.ok {
            return Ok(State::Stopped);
        }
        if pid_file.is_dead(dir) {
            tracing::warn!(cluster = %dir.display(), "the last server was killed; starting over what it left");
            PidFile::mark_dead(dir).map_err(at(dir))?;
            return Ok(State::Stopped);
        }
        Ok(State::Changing)
    }

    /// Starts a server on a cluster that has none.
    async fn launch(&self) -> Result<Launch, LocalError> {
        self.cluster.configure(&self.socket_dir, &self.account)?;
        self.remove_socket_lock()?;
        let log = Log::begin(&self.cluster.log(), &self.account)?;
        let mut pg_ctl = self.pg_ctl("start");
        pg_ctl.arg("-l").arg(self.cluster.log()).args(["-w", "-s", "-t"]).arg(START_LIMIT_S.to_string());
        let finished = run(&mut pg_ctl).await?;
        if finished.ok {
            return Ok(Launch::Up);
        }
        let said = format!("{}\n{}", finished.output, log.tail());
        if said.contains("pre-existing shared memory block") { Ok(Launch::Orphans(said)) } else { Err(self.start_error(said)) }
    }

    /// Removes what a killed server left beside its socket: it names a process whose number may be taken again. The
    /// directory is this cluster's alone, and nothing listens there, or the cluster would not count as stopped.
    fn remove_socket_lock(&self) -> Result<(), LocalError> {
        let lock = socket(&self.socket_dir, PORT).with_added_extension("lock");
        match fs::remove_file(&lock) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&lock)(error)),
            _ => Ok(()),
        }
    }

    fn pg_ctl(&self, verb: &str) -> tokio::process::Command {
        let mut command = self.account.command(&self.programs.pg_ctl());
        command.arg(verb).arg("-D").arg(&self.cluster.dir);
        command
    }

    fn start_error(&self, output: String) -> LocalError {
        LocalError::Start { cluster: self.cluster.dir.clone(), log: self.cluster.log(), output }
    }
}
