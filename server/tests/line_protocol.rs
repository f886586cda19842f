//! Writing by HTTP, as Telegraf does it: the real server, a real database, what stands in it afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Plant;
use std::io::Write;

const OPEN: &str = "[ingest]\nanonymous = true\n";
const WRITE: &str = "/api/v2/write?org=&bucket=default";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn rows(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(time, value)| ((*time).to_owned(), (*value).to_owned())).collect()
}

/// One reading a second of one series.
fn lines(count: i64) -> String {
    (0..count).map(|n| format!("press,line=1 force={n} {}\n", (1_705_276_800 + n) * 1_000_000_000)).collect()
}

#[tokio::test]
async fn a_collector_writes_and_the_readings_are_there() {
    let plant = Plant::start(OPEN).await;
    let body = "cpu,cpu=cpu-total,host=press\\ 1 usage_idle=98.5,usage_user=1i,up=true,state=\"running, \\\"ok\\\"\" 1705276800351000000\n\
                # a comment\n\
                \r\n\
                cpu,host=press\\ 1,cpu=cpu-total usage_idle=97.25 1705276801000000000\r\n\
                mem free=42u 1705276800000000000\n";
    for _ in 0..2 {
        let answer = plant.post(WRITE, &["User-Agent: Telegraf/1.30", "Content-Type: text/plain; charset=utf-8"], body.as_bytes());
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    }
    let idle = rows(&[("2024-01-15T00:00:00.351Z", "98.5"), ("2024-01-15T00:00:01Z", "97.25")]);
    assert_eq!(plant.rows("default", "cpu.usage_idle{cpu=cpu-total,host=press 1}"), idle);
    assert_eq!(plant.rows("default", "cpu.up{cpu=cpu-total,host=press 1}"), rows(&[("2024-01-15T00:00:00.351Z", "1.0")]));
    assert_eq!(plant.rows("default", "mem.free"), rows(&[("2024-01-15T00:00:00Z", "42.0")]));
    assert_eq!(plant.count("SELECT count(*) FROM readings").await, 5, "writing again changes nothing");
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 0);
    let metrics = plant.get("/metrics").body;
    for line in [
        "andon_ingest_received_total{source=\"line_protocol\"} 12",
        "andon_ingest_written_total{source=\"line_protocol\"} 10",
        "andon_ingest_ignored_total{source=\"line_protocol\"} 2",
        "andon_ingest_malformed_total{source=\"line_protocol\"} 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn bad_lines_are_named_and_kept_and_spoil_no_other() {
    let plant = Plant::start(OPEN).await;
    let body = b"a f=1 1\nb f=\nc f=3 3\nd\n\xff f=1\ne f=\"open\nf f=6 6\n";
    let answer = plant.post(&format!("{WRITE}&precision=s"), &[], body);
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
    assert!(answer.body.starts_with("{\"code\":\"invalid\",\"error\":\"partial write: 4 of 7 lines were refused"), "{}", answer.body);
    assert!(answer.body.contains("\"message\":\"partial write: 4 of 7 lines were refused"), "{}", answer.body);
    for sentence in ["line 2: `` is no value", "line 4: there is no field", "line 5: it is not UTF-8", "line 6: the text at"] {
        assert!(answer.body.contains(sentence), "{}", answer.body);
    }
    assert_eq!(plant.rows("default", "c.f"), rows(&[("1970-01-01T00:00:03Z", "3.0")]));
    assert_eq!(plant.rows("default", "f.f"), rows(&[("1970-01-01T00:00:06Z", "6.0")]));
    let kept = "SELECT count(*) FROM quarantine WHERE source = 'line_protocol' AND payload IN ('b f=', 'd', '\\xff20663d31', 'e f=\"open')";
    assert_eq!(plant.count(kept).await, 4);
}

#[tokio::test]
async fn bodies_come_packed_and_in_pieces() {
    let plant = Plant::start(OPEN).await;
    let text = lines(25_000);
    let packed = gzip(text.as_bytes());
    let answer = plant.post(WRITE, &["Content-Encoding: gzip"], &packed);
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(plant.count("SELECT count(*) FROM readings").await, 25_000);
    assert_eq!(plant.count("SELECT sum(value)::bigint FROM readings").await, 25_000 * 24_999 / 2);
    let again = plant.post_in_pieces(WRITE, &["Content-Encoding: gzip"], &packed, 1_000);
    assert_eq!(again.status, 204, "{}", again.body);
    let plain = plant.post_in_pieces(WRITE, &[], text.as_bytes(), 777);
    assert_eq!(plain.status, 204, "{}", plain.body);
    assert_eq!(plant.count("SELECT count(*) FROM readings").await, 25_000);
    let cut = plant.post(WRITE, &["Content-Encoding: gzip"], &packed[..packed.len() / 2]);
    assert_eq!(cut.status, 400);
    assert!(cut.body.contains("no whole gzip file"), "{}", cut.body);
    let other = plant.post(WRITE, &["Content-Encoding: br"], b"x");
    assert_eq!((other.status, other.body.contains("packed as `br`")), (415, true), "{}", other.body);
}

#[tokio::test]
async fn bodies_have_a_limit_packed_or_not() {
    let plant = Plant::start("[ingest]\nanonymous = true\nmax_body_bytes = 100000\n").await;
    let text = lines(100_000);
    for answer in [
        plant.post(WRITE, &[], text.as_bytes()),
        plant.post_in_pieces(WRITE, &[], text.as_bytes(), 10_000),
        plant.post(WRITE, &["Content-Encoding: gzip"], &gzip(&vec![b'\n'; 50_000_000])),
    ] {
        assert_eq!(answer.status, 413, "{}", answer.body);
        assert!(answer.body.contains("more than 100000 bytes"), "{}", answer.body);
    }
    assert_eq!(plant.post(WRITE, &[], lines(1_000).as_bytes()).status, 204);
}

#[tokio::test]
async fn who_may_write_where() {
    let tenants = "[[tenant]]\nid = \"acme\"\n[[tenant]]\nid = \"beta\"\n";
    let tokens = "[ingest]\ntokens = [{ tenant = \"acme\", token = \"geheim\" }]\n";
    let plant = Plant::start(&format!("{tokens}{tenants}")).await;
    let post = |query: &str, headers: &[&str]| plant.post(&format!("/api/v2/write{query}"), headers, b"m f=1 1000");
    let right = "Authorization: Token geheim";
    assert_eq!(post("?bucket=acme", &[right]).status, 204);
    assert_eq!(post("", &[right]).status, 204);
    for (query, headers, status, sentence) in [
        ("?bucket=acme", vec![], 401, "a token is missing"),
        ("?bucket=acme", vec!["Authorization: Token geheimer"], 401, "not known"),
        ("?bucket=beta", vec![right], 404, "bucket `beta`"),
        ("?bucket=acme&precision=h", vec![right], 400, "`h` is no precision"),
    ] {
        let answer = post(query, &headers);
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        assert!(answer.body.contains(sentence) && !answer.body.contains("\"geheim\""), "{}", answer.body);
    }
    assert_eq!(plant.rows("acme", "m.f").len(), 1);
    assert_eq!(plant.count("SELECT count(*) FROM readings WHERE tenant_id <> 'acme'").await, 0);
    assert_eq!(plant.get("/ping").status, 204);
    assert!(plant.get("/health").body.contains("\"status\":\"pass\""));
    assert!(!plant.log().contains("geheim"));
}

#[tokio::test]
async fn while_the_database_is_away_a_collector_keeps_its_lines_or_the_spill_does() {
    for (spill_bytes, status) in [(0, 503), (1_000_000, 204)] {
        let mut plant = Plant::without_server(&format!("{OPEN}spill_bytes = {spill_bytes}\n")).await;
        plant.serve_without_database();
        let answer = plant.post(WRITE, &[], b"m f=1 1000");
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.head.contains("retry-after: "), status == 503, "{}", answer.head);
        plant.kill();
        plant.serve();
        if status == 503 {
            assert_eq!(plant.post(WRITE, &[], b"m f=1 1000").status, 204);
        }
        plant.until_readings(1).await;
    }
}

#[tokio::test]
async fn without_configuration_nobody_writes() {
    let plant = Plant::start("").await;
    let answer = plant.post(WRITE, &[], b"m f=1");
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("anonymous = true"), "{}", answer.body);
    let (status, said) = plant.run(&["check-config"]);
    assert_eq!((status, said.contains("not by HTTP: no token is configured")), (Some(0), true), "{said}");
}

#[tokio::test]
async fn a_page_of_another_site_may_not_write() {
    let plant = Plant::start(OPEN).await;
    let answer = plant.post(WRITE, &["Origin: https://example.org"], b"m f=1");
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(plant.count("SELECT count(*) FROM readings").await, 0);
}
