//! `andon import csv` as a user meets it: what stands in the database afterwards, twice, interrupted, with bad lines.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Plant;
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Instant;

const COUNT: &str = "SELECT count(*) FROM readings";

impl Plant {
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        if name.ends_with(".gz") {
            flate2::write::GzEncoder::new(file, flate2::Compression::fast()).write_all(text.as_bytes()).unwrap();
        } else {
            file.write_all(text.as_bytes()).unwrap();
        }
        path.display().to_string()
    }

    fn import(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.run(&[&["import", "csv"], arguments].concat())
    }
}

/// One reading a second from 2024-01-15 on; every hundredth is a gap.
fn table(from: i64, count: i64) -> String {
    let value = |n: i64| if n % 100 == 0 { String::new() } else { format!("{}", n as f64 / 8.0) };
    let rows: String = (from..from + count).map(|n| format!("{},{}\n", 1_705_276_800 + n, value(n))).collect();
    format!("ts,temp\n{rows}")
}

const SECONDS: [&str; 8] = ["--series", "boiler", "--time-column", "ts", "--value-column", "temp", "--format", "s"];

fn with<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&SECONDS, more, &[file]].concat()
}

#[tokio::test]
async fn a_file_is_imported_once_and_its_growth_too() {
    let plant = Plant::without_server("").await;
    let file = plant.file("boiler.csv", &table(0, 50_000));
    let (status, said) = plant.import(&with(&file, &["--dry-run"]));
    assert_eq!(status, Some(0), "{said}");
    let found = "50000 readings, 500 of them gaps, from 2024-01-15T00:00:00Z to 2024-01-15T13:53:19Z";
    assert!(said.contains(&format!("would import {found}; nothing was written")), "{said}");
    let (status, said) = plant.import(&with(&file, &[]));
    assert_eq!((status, said.contains(&format!("imported {found}"))), (Some(0), true), "{said}");
    assert_eq!(plant.count(COUNT).await, 50_000);
    assert_eq!(plant.count("SELECT (sum(value) * 8)::bigint FROM readings").await, (0..50_000).filter(|n| n % 100 != 0).sum::<i64>());
    let (status, said) = plant.import(&with(&file, &[]));
    assert_eq!((status, said.contains("imported 0 readings; 50000 rows were imported before")), (Some(0), true), "{said}");
    // The same file, longer; then one that begins alike and is another; then everything again.
    plant.file("boiler.csv", &table(0, 50_100));
    let (_, said) = plant.import(&with(&file, &[]));
    assert!(said.contains("imported 100 readings, 1 of them gaps") && said.contains("50000 rows were imported before"), "{said}");
    plant.file("boiler.csv", &table(0, 50_100).replacen("1705306800,", "1705306800.5,", 1));
    let (_, said) = plant.import(&with(&file, &[]));
    assert!(said.contains("imported 50100 readings"), "{said}");
    assert_eq!(plant.count(COUNT).await, 50_101);
    let (_, said) = plant.import(&with(&file, &["--from-start"]));
    assert!(said.contains("imported 50100 readings"), "{said}");
    assert_eq!(plant.count(COUNT).await, 50_101);
}

#[tokio::test]
async fn an_interrupted_import_goes_on_where_it_was() {
    let plant = Plant::without_server("").await;
    let file = plant.file("boiler.csv.gz", &table(0, 400_000));
    let mut child =
        plant.andon(&[&["import", "csv"][..], &with(&file, &[])].concat()).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let marked = || plant.count("SELECT coalesce((SELECT max(row_count) FROM imports), 0) WHERE to_regclass('imports') IS NOT NULL");
    while plant.count("SELECT (to_regclass('imports') IS NOT NULL)::int::bigint").await == 0 || marked().await == 0 {
        assert!(began.elapsed() < common::HANGS, "nothing is imported");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = marked().await;
    assert!(before > 0 && before < 400_000, "{before}");
    assert!(plant.count(COUNT).await >= before, "the mark never says more than the database holds");
    let (status, said) = plant.import(&with(&file, &[]));
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(&format!("{before} rows were imported before")), "{said}");
    assert_eq!(plant.count(COUNT).await, 400_000);
    assert_eq!(plant.count("SELECT count(DISTINCT time) FROM readings WHERE value IS NOT NULL").await, 396_000);
}

#[tokio::test]
async fn exports_come_back_to_the_same_rows() {
    let plant = Plant::start("[[tenant]]\nid = \"a\"\n[[tenant]]\nid = \"b\"\n[ingest]\nanonymous = true\n").await;
    let lines = "press,line==1 force=21.5,count=-3i 1705276800351000000\npress,line==1 force=0.026000000000000002 1705276801000000000\n\
                 press,line==1 force=1e308 1705276802000001000\n";
    assert_eq!(plant.post("/api/v2/write?bucket=a", &[], lines.replace("==", "=\\=").as_bytes()).status, 204);
    let name = "press.force{line=\\=1}";
    let encoded: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
    let one = plant.get(&format!("/export/a/series/{encoded}.csv?from=first&to=last")).body;
    let file = plant.file("one.csv", &dechunked(&one));
    let (status, said) = plant.import(&["--tenant", "b", "--series", name, &file]);
    assert_eq!((status, said.contains("imported 3 readings")), (Some(0), true), "{said}");
    // The server hears of a series that another process made a moment later.
    plant.until("the series is offered", |plant| plant.get(&format!("/export/b/series/{encoded}.csv?from=first&to=last")).status == 200);
    assert_eq!(plant.rows("b", name), plant.rows("a", name));
    // The long form, with several series.
    let long = plant.get("/export/a/series.csv?from=first&to=last").body;
    let file = plant.file("long.csv", &dechunked(&long));
    let (status, said) = plant.import(&["--tenant", "b", "--series-column", "series", &file]);
    assert_eq!((status, said.contains("imported 4 readings")), (Some(0), true), "{said}\n{long}");
    let differing = "SELECT count(*) FROM (SELECT s.name, r.time, r.value FROM readings r JOIN series s USING (tenant_id, series_id) WHERE tenant_id = 'a'
                     EXCEPT SELECT s.name, r.time, r.value FROM readings r JOIN series s USING (tenant_id, series_id) WHERE tenant_id = 'b') AS missing";
    assert_eq!(plant.count(differing).await, 0);
    assert_eq!(plant.count("SELECT count(*) FROM readings WHERE tenant_id = 'b'").await, 4);
}

/// The lines of a body without the lengths of its pieces.
fn dechunked(body: &str) -> String {
    let line = |line: &&str| line.contains(',');
    body.lines().filter(line).map(|line| format!("{line}\r\n")).collect()
}

#[tokio::test]
async fn bad_lines_are_named_counted_and_limited() {
    let plant = Plant::without_server("").await;
    let file = plant.file("bad.csv", "time,value\n2024-01-15T00:00:00Z,1\nsoon,2\n2024-01-15T00:00:02Z,x\n2024-01-15 01:00:03,3\n");
    let (status, said) = plant.import(&["--series", "s", "--zone", "Europe/Berlin", &file]);
    assert_eq!(status, Some(1), "{said}");
    for sentence in ["line 3: `soon` is no time", "line 4: `x` is no number", "imported 2 readings", "error: 2 lines could not be read"] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    assert_eq!(plant.count("SELECT count(*) FROM readings WHERE time = '2024-01-15T00:00:03Z'").await, 1);
    let (status, said) = plant.import(&["--series", "t", "--max-errors", "0", &file]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("more than 0 lines cannot be read") && !said.contains("line 4"), "{said}");
    let many = plant.file("many.csv", &format!("time,value\n{}", "1705276800,1\n".repeat(500)));
    let (status, said) = plant.import(&["--series", "u", &many]);
    assert_eq!((status, said.matches("say what it counts").count()), (Some(1), 10), "{said}");
    assert_eq!(plant.count("SELECT count(*) FROM readings WHERE value = 1").await, 2);
}

#[tokio::test]
async fn the_standard_input_is_a_file_too() {
    let plant = Plant::without_server("").await;
    let mut child = plant
        .andon(&["import", "csv", "--series", "s", "--format", "%d.%m.%Y %H:%M", "--delimiter", ";", "--decimal-comma", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("15.01.2024 01:00;21,5\n15.01.2024 01:01;\n".as_bytes()).unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success() && said.contains("imported 2 readings, 1 of them gaps"), "{said}");
    assert_eq!(plant.count("SELECT count(*) FROM readings WHERE value = 21.5 AND time = '2024-01-15T01:00Z'").await, 1);
}

#[tokio::test]
async fn wrong_use_ends_with_2() {
    let plant = Plant::without_server("[[tenant]]\nid = \"a\"\n[[tenant]]\nid = \"b\"\n").await;
    let file = plant.file("a.csv", "when,what\nx,y\n");
    for (arguments, sentence) in [
        (vec!["--series", "s", &file], "--tenant is missing"),
        (vec!["--tenant", "c", "--series", "s", &file], "there is no tenant `c`"),
        (vec!["--tenant", "a", "--series", "s", &file], "no column `time`, it has `when`, `what`"),
        (vec!["--tenant", "a", "--series", "s", "/nowhere.csv"], "cannot read /nowhere.csv"),
        (vec!["--tenant", "a", "--series", "s", "--format", "hours", &file], "`hours` is no format of times"),
        (vec!["--tenant", "a", "--series", "s", "--zone", "Berlin", &file], "`Berlin` is no time zone"),
        (vec!["--tenant", "a", "--series", "s", "--delimiter", ";;", &file], "write one character"),
        (vec!["--tenant", "a", &file], "--series"),
    ] {
        let (status, said) = plant.import(&arguments);
        assert_eq!((status, said.contains(sentence)), (Some(2), true), "{said}");
    }
}
