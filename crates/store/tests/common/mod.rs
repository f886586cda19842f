//! A real Postgres for the tests: one cluster for all of them, one database for each.
#![allow(dead_code, reason = "every test file uses its part")]

pub mod ask;
pub mod cluster;
pub mod machines;
pub mod own;
pub mod raw;
pub mod tiers;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::local::{Connection as Place, LocalPostgres};
use store::{Settings, Store, Target, Tenant};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

static CLUSTER: OnceCell<LocalPostgres> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of its own, with a connection that owns it.
pub struct Database {
    pub name: String,
    pub place: Place,
    pub owner: PgConnection,
}

impl Database {
    pub async fn new() -> Self {
        // The cluster goes on after the tests for the next run; scripts/test stops it.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
        let cluster = CLUSTER.get_or_init(|| async { LocalPostgres::start(&folder).await.unwrap() }).await;
        let place = cluster.connection();
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        store::demo::create_database(&Target::local(&place, &name), &name).await.unwrap();
        let owner = connect(&place, &name).await;
        Self { name, place, owner }
    }

    pub async fn run(&mut self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.owner).await.unwrap();
    }

    pub fn target(&self) -> Target {
        Target::local(&self.place, &self.name)
    }

    /// The four tables of the bioreactor and the awkward ones, by the script that comes with the data.
    pub async fn load_bioreactor(&mut self) {
        let folder = bioreactor();
        for statement in std::fs::read_to_string(folder.join("load.sql")).unwrap().lines() {
            let Some(copy) = statement.strip_prefix("\\copy ") else {
                self.run(statement).await;
                continue;
            };
            let (table, rest) = copy.split_once(" FROM '").unwrap();
            let file = rest.split('\'').next().unwrap();
            let mut stream = self.owner.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT csv, HEADER)")).await.unwrap();
            stream.send(std::fs::read(folder.join(file)).unwrap()).await.unwrap();
            stream.finish().await.unwrap();
        }
    }

    pub async fn store(&self) -> (Store, Tenant) {
        self.store_with(Settings::without_configuration("UTC".parse().unwrap())).await
    }

    /// A store that somebody else opens for a moment.
    pub async fn store_for_now(&self) -> (Store, JoinSet<()>) {
        let (store, _, running) = open_for_now(Settings::without_configuration("UTC".parse().unwrap()), self.target()).await;
        (store, running)
    }

    pub async fn store_with(&self, settings: Settings) -> (Store, Tenant) {
        open(settings, self.target()).await
    }
}

pub async fn open(settings: Settings, target: Target) -> (Store, Tenant) {
    let (store, tenant, mut running) = open_for_now(settings, target).await;
    running.detach_all();
    (store, tenant)
}

/// A store whose connections end with what is returned third: a test that opens many at a time would use up the server's.
pub async fn open_for_now(settings: Settings, target: Target) -> (Store, Tenant, JoinSet<()>) {
    let (store, mut running) = (Store::new(settings), JoinSet::new());
    running.spawn(store.clone().supervise());
    store.connect(target);
    assert!(store.wait_until_up(Duration::from_secs(10)).await, "the database does not answer");
    let tenant = store.tenants().next().unwrap();
    (store, tenant, running)
}

async fn connect(place: &Place, name: &str) -> PgConnection {
    PgConnection::connect_with(&options(place, name)).await.unwrap()
}

/// How the owner of a database connects.
pub fn options(place: &Place, name: &str) -> sqlx::postgres::PgConnectOptions {
    sqlx::postgres::PgConnectOptions::new_without_pgpass()
        .socket(&place.socket_dir)
        .port(place.port)
        .username(&place.user)
        .password(&place.password)
        .database(name)
        // The role is called like our schema, which "$user" in the search path would put first.
        .options([("search_path", "public")])
}

/// The test data: a copy in the repository.
pub fn bioreactor() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/data/bioreactor")
}

/// Tends the tiers until there is nothing more to build, and lets every stretch be checked once.
pub async fn settled(store: &Store) {
    let now = ask::at("2030-01-01");
    while store.tend_tiers(now).await.unwrap() {}
    store.tend_tiers(now).await.unwrap();
}
