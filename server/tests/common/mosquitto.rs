//! A real broker for a test, which may be ended and started again.
#![allow(clippy::print_stderr, reason = "a test that is left out says so")]

use super::{HANGS, Plant, free_port};
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;

/// A mosquitto of its own that keeps what it took, also through its own death.
pub struct Mosquitto {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Mosquitto {
    /// One that everybody of this machine may use; `None`, and a sentence, where it is not installed.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| String::new())
    }

    /// The same, with more lines of its configuration; what they name may be put into the folder.
    pub fn start_with(more: impl FnOnce(&Path) -> String) -> Option<Self> {
        let places = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&places).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
        let Some(program) = folders.map(|folder| folder.join("mosquitto")).find(|path| path.is_file()) else {
            eprintln!("SKIPPED: mosquitto is not installed; scripts/setup tests installs it");
            return None;
        };
        let mut broker = Self { program, folder: TempDir::new().unwrap(), port: free_port(), child: None };
        let folder = broker.folder.path().display();
        let more = more(broker.folder.path());
        let config = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n{more}",
            broker.port
        );
        std::fs::write(broker.folder.path().join("mosquitto.conf"), config).unwrap();
        // It gives up the rights of root and must write into the folder all the same.
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(broker.folder.path(), everybody).unwrap();
        broker.run();
        Some(broker)
    }

    pub fn run(&mut self) {
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(self.folder.path().join("mosquitto.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < HANGS, "mosquitto does not listen");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Ends it in good order, so that it saves what it holds.
    pub fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            Command::new("kill").arg(child.id().to_string()).status().unwrap();
            child.wait().unwrap();
        }
    }

    /// The configuration of a plant that listens to it.
    pub fn config(&self, rest: &str) -> String {
        format!("[[mqtt]]\nurl = \"mqtt://127.0.0.1:{}\"\nclient_id = \"andon\"\n{rest}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn client(&self, program: &str, arguments: &[&str]) -> Command {
        self.client_of("127.0.0.1", program, arguments)
    }

    /// A client that knows the broker by this name.
    pub fn client_of(&self, host: &str, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(["-h", host, "-p", &self.port.to_string(), "-q", "1"]).args(arguments);
        command
    }

    /// Publishes; returns when the broker has it.
    pub fn publish(&self, topic: &str, payload: &[u8]) {
        self.feed(&["-t", topic, "-s"], payload);
    }

    /// Publishes each line by itself.
    pub fn publish_lines(&self, topic: &str, lines: &str) {
        self.feed(&["-t", topic, "-l"], lines.as_bytes());
    }

    fn feed(&self, arguments: &[&str], input: &[u8]) {
        let mut child = self.client("mosquitto_pub", arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub fn until_listening(plant: &Plant, times: usize) {
    plant.until("the broker is listened to", |plant| plant.log().matches("listening to its topics").count() >= times);
}
