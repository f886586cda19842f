//! The binary as a user meets it: exit codes, messages, what it says without a database, how it ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn andon() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_andon"));
    for name in [
        "DATABASE_URL",
        "ANDON_CONFIG",
        "ANDON_LISTEN",
        "POSTGRES_HOST",
        "POSTGRES_PORT",
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "POSTGRES_DB",
    ] {
        command.env_remove(name);
    }
    command.env("ANDON_DATA_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/process"));
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// A server whose database never answers.
    fn without_database() -> Self {
        let (port, nobody) = (free_port(), free_port());
        let child = andon()
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .env("DATABASE_URL", format!("postgres://me:geheim@127.0.0.1:{nobody}/plant"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    fn end(mut self) -> (bool, Duration, String) {
        let began = Instant::now();
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        let status = self.child.wait().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (status.success(), began.elapsed(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn help_explains_each_command_with_an_example() {
    let help = said(&andon().arg("--help").output().unwrap());
    let commands: [&[&str]; 8] = [
        &["serve"],
        &["demo"],
        &["migrate"],
        &["check-config"],
        &["import"],
        &["tiers", "status"],
        &["tiers", "verify"],
        &["tiers", "rebuild"],
    ];
    for command in commands {
        assert!(help.contains(command[0]), "{help}");
        let own = said(&andon().args(command).arg("--help").output().unwrap());
        assert!(own.contains("Example: "), "{own}");
    }
}

#[test]
fn wrong_use_ends_with_2_and_names_the_mend() {
    type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str);
    let cases: [Case; 4] = [
        (&["sevre"], &[], "unrecognized subcommand"),
        (&["serve"], &[("POSTGRES_HOST", "db"), ("POSTGRES_PASSWORD", "geheim")], "POSTGRES_PORT, POSTGRES_USER, POSTGRES_DB are not set"),
        (&["serve", "--listen", "here"], &[], "ANDON_LISTEN is `here`"),
        (&["check-config", "--config", "/nowhere.toml"], &[], "/nowhere.toml"),
    ];
    for (arguments, environment, sentence) in cases {
        let output = andon().args(arguments).envs(environment.iter().copied()).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(sentence) && !said.contains("geheim"), "{said}");
    }
}

#[test]
fn tiers_of_what_is_not_there_end_with_1_and_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| andon().args(arguments).env("ANDON_DATA_DIR", folder.path()).env("RUST_LOG", "warn").output().unwrap();
    let empty = run(&["tiers", "status"]);
    assert!(empty.status.success() && said(&empty).contains("There are no series"), "{}", said(&empty));
    for (arguments, sentence) in [
        (["tiers", "verify", "--series", "nothing"], "there is no series `nothing`"),
        (["tiers", "rebuild", "--tenant", "nobody"], "there is no tenant `nobody`"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(sentence), "{}", said(&output));
    }
}

#[test]
fn a_taken_port_ends_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = andon().args(["serve", "--listen", &address]).env("DATABASE_URL", "postgres://h/d").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("choose another address with ANDON_LISTEN"), "{}", said(&output));
}

#[test]
fn without_a_database_every_page_is_complete_and_says_so() {
    let server = Server::without_database();
    for (path, status, sentence) in [
        ("/", 307, "/t/default"),
        ("/t/default", 503, "Database unavailable"),
        ("/t/default/trends", 503, "Database unavailable"),
        ("/t/default/nothing", 404, "There is no page at this address"),
        ("/t/default/trends/more", 404, "There is no page at this address"),
        ("/t/nobody/trends", 404, "There is no tenant `nobody`"),
        ("/nowhere", 404, "There is no page at this address"),
        ("/t/default/trends?view=pie", 503, "Database unavailable"),
        ("/export/default/series/a.csv", 503, "Database unavailable"),
        ("/export/nobody/series/a.csv", 404, "There is no tenant"),
        ("/export/default/series/a.csv?from=yesterday", 400, "`from=yesterday` is no point in time"),
        ("/export/default/chart.svg?view=pie", 400, "`view=pie` is unknown"),
        ("/health/live", 200, "alive"),
        ("/health/ready", 503, "database unavailable"),
        ("/metrics", 200, "andon_database_up 0"),
        ("/metrics", 200, "andon_spill_bytes 0"),
        ("/metrics", 200, "andon_live_sockets 0"),
        ("/metrics", 200, "andon_live_watched_series 0"),
        ("/metrics", 200, "andon_tiers_series{state=\"building\"} NaN"),
    ] {
        let (found, text) = server.get(path);
        assert_eq!(found, status, "{path}: {text}");
        assert!(text.contains(sentence), "{path} lacks `{sentence}`: {text}");
        assert!(!text.contains("Connection refused") && !text.contains("geheim"), "{path}: {text}");
    }
    let (ended, took, log) = server.end();
    assert!(ended && took < Duration::from_secs(2), "{took:?}");
    assert_eq!(log.matches("database unavailable;").count(), 1, "the cause stands once in the log: {log}");
    assert!(!log.contains("geheim"), "{log}");
}

#[test]
fn a_signal_ends_the_server_within_two_seconds_also_with_open_connections() {
    let server = Server::without_database();
    let mut open = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    // Half a request: the server waits for the rest of it.
    write!(open, "GET /t/default HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    let (ended, took, _) = server.end();
    assert!(ended && took < Duration::from_secs(2), "{took:?}");
}
