//! The real binary on a real Postgres: one cluster for all tests, one database and one server for each.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod agent;
pub mod authority;
pub mod board;
pub mod device;
pub mod machine;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use store::Target;
use store::local::{Connection as Place, LocalPostgres};
use tempfile::TempDir;

pub mod mosquitto;
pub mod page;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A plant in Berlin, its owner and a customer of it; what else there is follows.
pub const OWNER_AND_CUSTOMER: &str = r#"
timezone = "Europe/Berlin"

[[tenant]]
id = "default"

[[tenant]]
id = "acme"
of = "default"
customer = "Acme"
"#;

/// Longest wait for something that must happen; only a test that hangs waits so long.
pub const HANGS: Duration = Duration::from_secs(30);

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A plant: its database, its configuration, and its server while that runs.
pub struct Plant {
    pub folder: TempDir,
    place: Place,
    database: String,
    port: u16,
    child: Option<Child>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Plant {
    /// A new database, and a server with this configuration, ready.
    pub async fn start(config: &str) -> Self {
        let mut plant = Self::without_server(config).await;
        plant.serve();
        plant
    }

    pub async fn without_server(config: &str) -> Self {
        // The cluster goes on after the tests for the next run; scripts/test stops it.
        let cluster = LocalPostgres::start(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres")).await.unwrap();
        let place = cluster.connection();
        let database = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        store::demo::create_database(&Target::local(&place, &database), &database).await.unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("plant.toml"), config).unwrap();
        Self { folder, place, database, port: free_port(), child: None }
    }

    /// The binary with the plant's settings.
    pub fn andon(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_andon"));
        command.env_clear().env("NO_COLOR", "1").args(arguments).current_dir(self.folder.path());
        command.envs(std::env::vars().filter(|(name, _)| matches!(name.as_str(), "PATH" | "HOME" | "TMPDIR")));
        command.env("ANDON_CONFIG", self.folder.path().join("plant.toml")).env("ANDON_DATA_DIR", self.folder.path().join("data"));
        command.env("ANDON_LISTEN", format!("127.0.0.1:{}", self.port));
        command.env("POSTGRES_HOST", &self.place.socket_dir).env("POSTGRES_PORT", self.place.port.to_string());
        command.env("POSTGRES_USER", &self.place.user).env("POSTGRES_PASSWORD", &self.place.password);
        command.env("POSTGRES_DB", &self.database);
        command
    }

    /// Runs a command to its end: status, everything it said.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.andon(arguments).output().unwrap();
        (status.code(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
    }

    /// Starts the server and waits until it is ready to write.
    pub fn serve(&mut self) {
        self.begin();
        self.until("the server is ready", |plant| plant.get("/health/ready").status == 200);
    }

    /// Starts the server and waits until it listens, ready or not.
    pub fn begin(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        self.child = Some(self.andon(&["serve"]).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        self.until("the server listens", |plant| TcpStream::connect(("127.0.0.1", plant.port)).is_ok());
    }

    /// Starts the server with a database that never answers, and waits until it listens.
    pub fn serve_without_database(&mut self) {
        let mut command = self.andon(&["serve"]);
        command.env("POSTGRES_HOST", "127.0.0.1").env("POSTGRES_PORT", free_port().to_string());
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        self.until("the server listens", |plant| TcpStream::connect(("127.0.0.1", plant.port)).is_ok());
    }

    /// Where the server listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A line of what the kernel counts of the server, in kilobytes where it counts bytes.
    pub fn counted(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.as_ref().unwrap().id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// How many files and connections the server holds open.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.as_ref().unwrap().id())).unwrap().count()
    }

    /// A number of /metrics.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let body = self.get("/metrics").body;
        body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Asks the server to end, as an operator does.
    pub fn terminate(&self) {
        Command::new("kill").args(["-TERM", &self.child.as_ref().unwrap().id().to_string()]).status().unwrap();
    }

    /// What the server said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends the server as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < HANGS, "waited in vain until {what}; the server said: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where the server is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// Gets a page; `headers` are whole lines.
    pub fn get_with(&self, path: &str, headers: &[&str]) -> Answer {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").as_bytes())
    }

    /// Posts a body; `headers` are whole lines.
    pub fn post(&self, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        self.send(&[head.as_bytes(), body].concat())
    }

    /// Posts a body in pieces of `piece` bytes whose number is not told before.
    pub fn post_in_pieces(&self, path: &str, headers: &[&str], body: &[u8], piece: usize) -> Answer {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let mut request =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Transfer-Encoding: chunked\r\n\r\n")
                .into_bytes();
        for part in body.chunks(piece) {
            request.extend(format!("{:x}\r\n", part.len()).into_bytes());
            request.extend_from_slice(part);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        self.send(&request)
    }

    /// The bytes of an answer that is no text.
    pub fn get_bytes(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        answer.split_off(head + 4)
    }

    fn send(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        // A server that refuses early may close before it has read everything.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// Status and body as they are, whatever bytes they are made of: by the old protocol, in which a body comes whole.
    pub fn fetch(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or_else(|| panic!("{path}: {}", self.log()));
        let head = String::from_utf8_lossy(answer.get(..end).unwrap()).into_owned();
        assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
        (head.split(' ').nth(1).unwrap().parse().unwrap(), answer.split_off(end + 4))
    }

    /// Every reading of a series as an export brings it: time and value, in order.
    pub fn rows(&self, tenant: &str, series: &str) -> Vec<(String, String)> {
        let encoded: String = series.bytes().map(|b| format!("%{b:02X}")).collect();
        let answer = self.get(&format!("/export/{tenant}/series/{encoded}.csv?from=1970-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"));
        assert_eq!(answer.status, 200, "{series}: {} {}", answer.head, answer.body);
        let lines = answer.body.lines().filter_map(|line| line.split_once(','));
        let row = |(time, value): (&str, &str)| (time.to_owned(), value.to_owned());
        lines.filter(|(time, _)| time.ends_with('Z')).map(row).collect()
    }

    /// One number of the database.
    pub async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.connect().await).await.unwrap()
    }

    /// Statements of somebody who is not Andon.
    pub async fn execute(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.connect().await).await.unwrap();
    }

    /// Keeps everybody from reading a table until the connection is dropped.
    pub async fn lock(&self, table: &str) -> PgConnection {
        self.lock_for(table, "ACCESS EXCLUSIVE").await
    }

    /// Keeps everybody from writing into a table until the connection is dropped; it can be read.
    pub async fn lock_for_writing(&self, table: &str) -> PgConnection {
        self.lock_for(table, "SHARE").await
    }

    async fn lock_for(&self, table: &str, mode: &str) -> PgConnection {
        let mut connection = self.connect().await;
        let sql = format!("BEGIN; LOCK TABLE {table} IN {mode} MODE");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection
    }

    /// Keeps everybody from writing readings until the connection is dropped.
    pub async fn lock_readings(&self) -> PgConnection {
        self.lock("readings").await
    }

    async fn connect(&self) -> PgConnection {
        let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .socket(&self.place.socket_dir)
            .port(self.place.port)
            .username(&self.place.user)
            .password(&self.place.password)
            .database(&self.database)
            .options([("search_path", "andon")]);
        PgConnection::connect_with(&options).await.unwrap()
    }

    /// Waits until a number of the database is what it has to become.
    pub async fn until_count(&self, sql: &str, expected: i64) {
        let began = Instant::now();
        loop {
            let found = self.count(sql).await;
            if found == expected {
                return;
            }
            assert!(began.elapsed() < HANGS, "{found} instead of {expected}: {sql}; the server said: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A store of the test's own on the plant's database.
    pub async fn store(&self) -> store::Store {
        let store = store::Store::new(store::Settings::without_configuration(domain::zone::Zone::UTC));
        store.connect(Target::local(&self.place, &self.database));
        tokio::spawn(store.clone().supervise());
        assert!(store.wait_until_up(HANGS).await);
        store
    }

    /// Waits until so many rows stand in `readings`.
    pub async fn until_readings(&self, expected: i64) {
        let began = Instant::now();
        loop {
            let found = self.count("SELECT count(*) FROM readings").await;
            if found == expected {
                return;
            }
            assert!(began.elapsed() < HANGS && found < expected, "{found} of {expected} readings; the server said: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        self.kill();
    }
}
