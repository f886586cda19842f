//! Requests as Telegraf's own outputs for InfluxDB 1 and 2 send them, header by header, and what other clients ask before they write.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use common::Plant;
use std::io::Write;

const CONFIG: &str =
    "[[tenant]]\nid = \"plant\"\n[[tenant]]\nid = \"other\"\n[ingest]\ntokens = [{ tenant = \"plant\", token = \"geheim\" }]\n";
const AGENT: &str = "User-Agent: Telegraf/1.34.0 Go/1.24.1";
const TEXT: &str = "Content-Type: text/plain; charset=utf-8";
const GZIP: &str = "Content-Encoding: gzip";
const TOKEN: &str = "Authorization: Token geheim";
/// `telegraf:geheim`
const BASIC: &str = "Authorization: Basic dGVsZWdyYWY6Z2VoZWlt";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A batch as Telegraf's serializer writes it: tags in order, integers with i, nanoseconds, one line a metric.
const BATCH: &str = "cpu,cpu=cpu-total,host=press-4 usage_idle=98.69,usage_user=0.75 1705276800000000000\n\
    mem,host=press-4 available=16435515392i,available_percent=80.5,total=20417011712i 1705276800000000000\n\
    disk,device=sda1,fstype=ext4,host=press-4,mode=rw,path=/ free=1i,inodes_used=42u 1705276800000000000\n\
    opcua,host=press-4,id=ns\\=3;s\\=Press\\ 4 Force=21.5,Quality=\"The operation succeeded. StatusGood (0x0)\",running=true 1705276800000000000\n";
const SERIES: [&str; 9] = [
    "cpu.usage_idle{cpu=cpu-total,host=press-4}",
    "cpu.usage_user{cpu=cpu-total,host=press-4}",
    "mem.available{host=press-4}",
    "mem.available_percent{host=press-4}",
    "mem.total{host=press-4}",
    "disk.free{device=sda1,fstype=ext4,host=press-4,mode=rw,path=/}",
    "disk.inodes_used{device=sda1,fstype=ext4,host=press-4,mode=rw,path=/}",
    "opcua.Force{host=press-4,id=ns\\=3;s\\=Press 4}",
    "opcua.running{host=press-4,id=ns\\=3;s\\=Press 4}",
];

#[tokio::test]
async fn both_outputs_write_their_batches() {
    for (path, authorization) in [
        // [[outputs.influxdb_v2]], whose body is packed and comes in pieces.
        ("/api/v2/write?bucket=plant&org=", TOKEN),
        ("/api/v2/write?bucket=plant&org=acme+works", "Authorization: Bearer geheim"),
        // [[outputs.influxdb]], with a retention policy and a consistency that mean nothing here.
        ("/write?db=plant", BASIC),
        ("/write?consistency=any&db=plant&rp=autogen", BASIC),
        ("/write?db=plant&u=telegraf&p=geheim", "Accept: */*"),
    ] {
        let plant = Plant::start(CONFIG).await;
        let answer = plant.post_in_pieces(path, &[AGENT, TEXT, GZIP, authorization], &gzip(BATCH.as_bytes()), 100);
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{path}");
        for series in SERIES {
            let rows = plant.rows("plant", series);
            assert_eq!((rows.len(), rows[0].0.as_str()), (1, "2024-01-15T00:00:00Z"), "{series}");
        }
        assert_eq!(plant.count("SELECT count(*) FROM readings").await, SERIES.len() as i64, "texts are no readings");
        assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 0);
    }
}

#[tokio::test]
async fn times_are_in_the_precision_of_the_request() {
    let plant = Plant::start(CONFIG).await;
    let written = [
        ("precision=ns", "1705276800351999999", "2024-01-15T00:00:00.351999Z"),
        ("", "1705276801351000000", "2024-01-15T00:00:01.351Z"),
        ("precision=", "1705276802000000000", "2024-01-15T00:00:02Z"),
        ("precision=us", "1705276803351001", "2024-01-15T00:00:03.351001Z"),
        ("precision=u", "1705276804351001", "2024-01-15T00:00:04.351001Z"),
        ("precision=ms", "1705276805351", "2024-01-15T00:00:05.351Z"),
        ("precision=s", "1705276806", "2024-01-15T00:00:06Z"),
    ];
    for (precision, time, _) in written {
        for path in ["/api/v2/write?org=&bucket=plant", "/write?db=plant"] {
            let answer = plant.post(&format!("{path}&{precision}"), &[TOKEN], format!("m f=1 {time}").as_bytes());
            assert_eq!(answer.status, 204, "{precision}: {}", answer.body);
        }
    }
    let times: Vec<String> = plant.rows("plant", "m.f").into_iter().map(|(time, _)| time).collect();
    assert_eq!(times, written.map(|(.., time)| time.to_owned()));
}

#[tokio::test]
async fn refusals_are_what_each_output_understands() {
    let plant = Plant::start(CONFIG).await;
    for (path, headers, status, sentence) in [
        ("/api/v2/write?bucket=plant&org=", vec![], 401, "\"code\":\"unauthorized\""),
        ("/api/v2/write?bucket=plant&org=", vec!["Authorization: Token wrong"], 401, "\"message\":\"this token is not known"),
        ("/write?db=plant&u=telegraf&p=wrong", vec![], 401, "\"error\":\"this token is not known"),
        ("/write?db=plant", vec!["Authorization: Basic dGVsZWdyYWY6d3Jvbmc="], 401, "\"error\":\"this token is not known"),
        // At these words Telegraf keeps its batch; without them it would drop it.
        ("/write?db=telegraf", vec![BASIC], 404, "\"error\":\"database not found: bucket `telegraf`"),
        ("/write?db=other", vec![BASIC], 404, "\"error\":\"database not found"),
        ("/api/v2/write?bucket=other&org=", vec![TOKEN], 404, "\"code\":\"not found\""),
    ] {
        let answer = plant.post(path, &headers, BATCH.as_bytes());
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(sentence) && answer.head.contains("content-type: application/json"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("geheim"), "{}", answer.body);
    }
    assert_eq!(plant.count("SELECT count(*) FROM readings").await, 0);
    assert!(!plant.log().contains("geheim"), "{}", plant.log());
}

#[tokio::test]
async fn what_is_asked_before_anything_is_written() {
    let plant = Plant::start(CONFIG).await;
    let ping = plant.get("/ping");
    assert_eq!((ping.status, ping.body.as_str()), (204, ""));
    assert!(ping.head.contains("x-influxdb-version: "), "{}", ping.head);
    assert_eq!(plant.get("/ping?wait_for_leader=1s").status, 204);
    let health = plant.get("/health");
    assert_eq!(health.status, 200);
    for part in ["\"name\":\"andon\"", "\"status\":\"pass\"", "\"version\":"] {
        assert!(health.body.contains(part), "{}", health.body);
    }
    let form = "Content-Type: application/x-www-form-urlencoded";
    let made = plant.post("/query", &[AGENT, form, BASIC], b"q=CREATE+DATABASE+%22plant%22");
    assert_eq!((made.status, made.body.as_str()), (200, "{\"results\":[{\"statement_id\":0}]}"));
    let other = plant.post("/query?q=SELECT%20*%20FROM%20cpu", &[], b"");
    assert_eq!((other.status, other.body.contains("\"error\":\"queries are not answered here")), (400, true), "{}", other.body);
}
