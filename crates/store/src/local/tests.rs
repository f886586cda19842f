//! The whole of it against this machine's PostgreSQL. As root the temporary directories are closed to `postgres`, so
//! that the capabilities are tried too.

use super::*;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use std::fs;

async fn connect(postgres: &LocalPostgres) -> PgConnection {
    let Connection { socket_dir, port, user, password } = postgres.connection();
    let options = PgConnectOptions::new_without_pgpass().socket(socket_dir).port(port).database("postgres");
    options.username(&user).password(&password).connect().await.unwrap()
}

async fn execute(postgres: &LocalPostgres, sql: &'static str) {
    let mut connection = connect(postgres).await;
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn ask(postgres: &LocalPostgres, sql: &'static str) -> String {
    let mut connection = connect(postgres).await;
    let answer = sqlx::query_scalar::<_, String>(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    answer
}

#[tokio::test]
async fn data_outlive_the_server_and_a_second_start_attaches() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalPostgres::start(dir.path()).await.unwrap();
    execute(&first, "CREATE TABLE kept AS SELECT 'yes'::text AS answer").await;
    let durable = "SELECT concat_ws(' ', current_setting('fsync'), current_setting('full_page_writes'), \
                   current_setting('data_checksums'), current_setting('jit'), current_setting('listen_addresses'))";
    assert_eq!(ask(&first, durable).await, "on on on off ");

    let second = LocalPostgres::start(dir.path()).await.unwrap();
    assert_eq!((second.connection(), second.started_here), (first.connection(), false));
    second.stop().await.unwrap();
    assert_eq!(ask(&first, "SELECT answer FROM kept").await, "yes");

    let cluster = first.server.cluster.dir.clone();
    first.stop().await.unwrap();
    assert!(!cluster.join("postmaster.pid").exists());

    let third = LocalPostgres::start(dir.path()).await.unwrap();
    assert!(third.started_here);
    assert_eq!(ask(&third, "SELECT answer FROM kept").await, "yes");
    third.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_started_again() {
    let dir = tempfile::tempdir().unwrap();
    let killed = LocalPostgres::start(dir.path()).await.unwrap();
    execute(&killed, "CREATE TABLE kept AS SELECT 'yes'::text AS answer").await;
    let pid_file = fs::read_to_string(killed.server.cluster.dir.join("postmaster.pid")).unwrap();
    let pid = pid_file.lines().next().unwrap();
    assert!(std::process::Command::new("kill").args(["-9", pid]).status().unwrap().success());

    let next = LocalPostgres::start(dir.path()).await.unwrap();
    assert!(next.started_here);
    assert_eq!(ask(&next, "SELECT answer FROM kept").await, "yes");
    next.stop().await.unwrap();
}

#[tokio::test]
async fn two_starts_at_once_make_one_server() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = tokio::join!(LocalPostgres::start(dir.path()), LocalPostgres::start(dir.path()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.connection(), other.connection());
    assert_ne!(one.started_here, other.started_here);
    one.stop().await.unwrap();
    other.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_half_made_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    for major in 14..=20 {
        let half = dir.path().join(format!("pg{major}.new"));
        fs::create_dir(&half).unwrap();
        fs::write(half.join("PG_VERSION"), "half").unwrap();
        fs::write(dir.path().join(format!("pg{major}.password")), "stale\n").unwrap();
    }
    let postgres = LocalPostgres::start(dir.path()).await.unwrap();
    assert_eq!(ask(&postgres, "SELECT current_user::text").await, "andon");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_long_path_gets_a_short_socket() {
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("it's a, long name ".repeat(6));
    let postgres = LocalPostgres::start(&long).await.unwrap();
    let socket_dir = postgres.connection().socket_dir;
    assert!(!socket_dir.starts_with(&long));
    assert_eq!(ask(&postgres, "SELECT 'here'::text").await, "here");
    postgres.stop().await.unwrap();
    fs::remove_dir_all(socket_dir).unwrap();
}

#[tokio::test]
async fn a_cluster_of_another_version_is_not_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("pg99")).unwrap();
    fs::write(dir.path().join("pg99/PG_VERSION"), "99\n").unwrap();
    let Err(error) = LocalPostgres::start(dir.path()).await else { panic!("started without the data") };
    assert!(matches!(error, LocalError::NoProgramsForCluster { major: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_lost_password_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let postgres = LocalPostgres::start(dir.path()).await.unwrap();
    let password = postgres.server.cluster.dir.with_extension("password");
    postgres.stop().await.unwrap();
    fs::remove_file(password).unwrap();
    let Err(error) = LocalPostgres::start(dir.path()).await else { panic!("started without a password") };
    assert!(matches!(error, LocalError::NoPassword { .. }), "{error}");
}
