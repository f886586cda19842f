//! What a socket takes and what ends it: foreign pages, what is too large, who falls silent, who does not read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use app::error::AppError;
use app::live::wire::{Asked, MOST_ASKED_BYTES, Question, Told};
use common::page::{Page, question, request};
use common::{HANGS, Plant};
use domain::TenantId;
use futures::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::RwLock;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

const OPEN: &str = "[ingest]\nanonymous = true\n";

/// The flood leaves no processor for what others measure, nor they for it.
static ALONE: RwLock<()> = RwLock::const_new(());

/// Writes one reading.
fn write(plant: &Plant, second: i64) {
    let line = format!("own f={second} {}", 1_705_276_800 + second);
    assert_eq!(plant.post("/api/v2/write?bucket=default&precision=s", &[], line.as_bytes()).status, 204);
}

/// A page that follows the series; its seconds up to the answered one are written.
async fn follow(plant: &Plant, page: &mut Page) -> i64 {
    for second in 0.. {
        write(plant, 2 * second);
        page.show(0, &["own.f"], true).await;
        write(plant, 2 * second + 1);
        // A server that begins to listen to others says once that everything may have changed.
        if let Told::Fresh { .. } = page.next().await.unwrap() {
            page.show(0, &["own.f"], true).await;
            return 2 * second + 1;
        }
    }
    unreachable!()
}

/// A question whose answer is as large as itself.
fn large(bytes: usize) -> Question {
    Question { tenant: "x".repeat(bytes), ..question(&[]) }
}

fn closed(plant: &Plant) -> bool {
    plant.metric("andon_live_sockets") == Some(0.0)
}

#[tokio::test]
async fn only_pages_of_the_same_address_get_a_socket() {
    let _with_others = ALONE.read().await;
    let plant = Plant::start("").await;
    let own = format!("http://{}", plant.address());
    for (origin, welcome) in [(None, true), (Some(own.as_str()), true), (Some("http://elsewhere.example"), false), (Some("null"), false)] {
        let stream = TcpStream::connect(plant.address()).await.unwrap();
        match client_async(request(&plant, origin), stream).await {
            Ok(_) => assert!(welcome, "{origin:?}"),
            Err(Error::Http(answer)) => assert_eq!((answer.status().as_u16(), welcome), (403, false), "{origin:?}"),
            Err(error) => panic!("{error}"),
        }
    }
    plant.until("all are closed", closed);
}

#[tokio::test]
async fn what_is_no_question_ends_the_socket() {
    let _with_others = ALONE.read().await;
    let plant = Plant::start("").await;
    for message in [
        Message::Binary(vec![0; MOST_ASKED_BYTES + 1].into()),
        Message::Binary(vec![255; 9].into()),
        Message::Binary(Vec::new().into()),
        Message::Text("hello".into()),
    ] {
        let mut page = Page::open(&plant).await;
        // The server may close before everything is sent.
        let _ = page.socket.send(message).await;
        assert!(page.next().await.is_err());
    }
    let mut page = Page::open(&plant).await;
    page.ask(0, large(MOST_ASKED_BYTES - 100), false).await;
    match page.next().await.unwrap() {
        Told::Answer { outcome: Err(AppError::UnknownTenant(name)), .. } => assert_eq!(name.len(), MOST_ASKED_BYTES - 100),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_gives_no_sign_of_life_is_gone_and_who_does_stays() {
    let _with_others = ALONE.read().await;
    let plant = Plant::start("[live]\nheartbeat = \"1s\"\n").await;
    // It reads nothing, so it answers nothing.
    let silent = Page::open(&plant).await;
    plant.until("the silent one is closed", closed);
    drop(silent);
    let mut living = Page::open(&plant).await;
    for _ in 0..3 {
        let heard = timeout(HANGS, living.socket.next()).await.unwrap().unwrap().unwrap();
        assert!(matches!(heard, Message::Ping(_)), "{heard:?}");
    }
    living.ask(0, large(1), false).await;
    assert!(living.next().await.is_ok());
}

#[tokio::test]
async fn the_server_says_goodbye() {
    let _with_others = ALONE.read().await;
    let plant = Plant::start("").await;
    // Some are busy, some were opened just now.
    let mut pages = Vec::new();
    for _ in 0..60 {
        let mut page = Page::open(&plant).await;
        for topic in 0..4 {
            page.ask(topic, large(20_000), true).await;
        }
        pages.push(page);
    }
    plant.terminate();
    for page in &mut pages {
        let goodbye = loop {
            match page.next().await {
                Ok(_) => {}
                Err(goodbye) => break goodbye,
            }
        };
        assert_eq!(goodbye.map(|frame| frame.code), Some(CloseCode::Away));
    }
}

/// Asks for more than its connection holds, and reads nothing of it; returns when the server cannot send more, and so takes
/// no question any more.
async fn stuff(plant: &Plant, page: &mut Page) {
    let (mut stalled, mut before) = (0, None);
    for topic in (1..16).cycle() {
        let asked = Asked::Window { topic, number: 0, question: large(60_000), follow: false };
        let message = Message::Binary(postcard::to_allocvec(&asked).unwrap().into());
        let taken = timeout(Duration::from_millis(200), page.socket.send(message)).await.is_ok();
        let sent = plant.metric("andon_live_bytes_total");
        stalled = if taken || before.replace(sent) != Some(sent) { 0 } else { stalled + 1 };
        if stalled == 4 || plant.metric("andon_live_sockets") == Some(0.0) {
            return;
        }
    }
}

#[tokio::test]
async fn who_does_not_read_is_closed() {
    let _with_others = ALONE.read().await;
    let plant = Plant::start("[live]\npatience = \"1s\"\n").await;
    let mut page = Page::open(&plant).await;
    stuff(&plant, &mut page).await;
    plant.until("it is closed", closed);
}

#[tokio::test]
async fn who_reads_slowly_gets_fewer_and_larger_messages() {
    let _with_others = ALONE.read().await;
    let plant = Plant::start(&format!("[live]\npatience = \"10m\"\nheartbeat = \"10m\"\n{OPEN}")).await;
    let mut page = Page::open(&plant).await;
    let last = follow(&plant, &mut page).await;
    stuff(&plant, &mut page).await;
    (1..=40).for_each(|second| write(&plant, last + second));
    let (mut messages, mut values) = (0, Vec::new());
    while values.len() < 40 {
        match page.next().await.unwrap() {
            Told::Fresh { topic: 0, sequence, series, .. } => {
                messages += 1;
                assert_eq!(sequence, messages);
                values.extend(series[0].1.iter().map(|sample| sample.value));
            }
            // Where the notices of two flushes overtake each other, it may also be told to ask for everything.
            Told::Changed { topic: 0, .. } => {
                let answer = page.show(0, &["own.f"], true).await;
                let newest = answer.series[0].outcome.as_ref().unwrap().newest.unwrap().value;
                (messages, values) = (0, (1..=newest as i64 - last).map(|second| (last + second) as f64).collect());
            }
            Told::Answer { topic: 1.., .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(values, (1..=40).map(|second| (last + second) as f64).collect::<Vec<_>>());
    assert!(messages <= 4, "40 samples came in {messages} messages");
    // More than is kept for a viewer: it is told to ask for everything.
    stuff(&plant, &mut page).await;
    (41..=140).for_each(|second| write(&plant, last + second));
    loop {
        match page.next().await.unwrap() {
            Told::Changed { topic: 0, .. } => break,
            Told::Answer { topic: 1.., .. } => {}
            other => panic!("{other:?}"),
        }
    }
    let answer = page.show(0, &["own.f"], true).await;
    assert_eq!(answer.series[0].outcome.as_ref().unwrap().newest.unwrap().value, (last + 140) as f64);
}

/// Bytes that mean nothing, of every kind that a frame may be.
fn garbage(n: usize) -> Vec<u8> {
    let header: &[u8] = match n % 6 {
        // A binary message whose end never comes; one of 2^63 bytes; a reserved kind; a control frame that is too long;
        // a frame without its mask; no frame at all.
        0 => &[0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4],
        1 => &[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4],
        2 => &[0x8b, 0x80, 1, 2, 3, 4],
        3 => &[0x89, 0xfe, 0xff, 0xff, 1, 2, 3, 4],
        4 => &[0x82, 0x05],
        _ => &[],
    };
    let noise = (0..50_000_u32).map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(n as u32) >> 13) as u8);
    header.iter().copied().chain(noise).collect()
}

/// Half a minute of malice: questions faster than they are answered, garbage, connections that say nothing more.
async fn flood(plant: &Plant) {
    let mut sockets = Vec::new();
    for n in 0..8_u32 {
        let mut page = Page::open(plant).await;
        for number in 0..1_000 {
            let series = [["own.f", "press"], ["press", "nothing"], ["press", "press"]][number as usize % 3];
            let asked = Asked::Window { topic: number % 16, number, question: question(&series), follow: number % 5 < 3 };
            let message = Message::Binary(postcard::to_allocvec(&asked).unwrap().into());
            // Half of them read nothing; the server closes these.
            let sent = timeout(Duration::from_secs(2), page.socket.send(message)).await;
            if !matches!(sent, Ok(Ok(()))) {
                break;
            }
            while n % 2 == 0
                && let Ok(Some(Ok(_))) = timeout(Duration::ZERO, page.socket.next()).await
            {}
        }
        sockets.push(page);
    }
    for n in 0..240 {
        let mut page = Page::open(plant).await;
        let bytes = garbage(n);
        let stream = page.socket.get_mut();
        // The server closes as soon as it understands that it will not understand.
        let _ = timeout(Duration::from_secs(2), tokio::io::AsyncWriteExt::write_all(stream, &bytes)).await;
        // Some are left open.
        if n % 2 == 0 {
            sockets.push(page);
        }
    }
    let mut silent = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(plant.address()).await.unwrap();
        if n % 2 == 0 {
            sockets.push(Page::open(plant).await);
        } else {
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET /live HTTP/1.1\r\nUpgrade: webso").await.unwrap();
            silent.push(stream);
        }
    }
    // Nobody of these answers: all but the honest viewer are closed while their connections are still open on this side.
    plant.until("they are closed", |plant| plant.metric("andon_live_sockets") == Some(1.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_leaves_nothing_behind() {
    let _alone = ALONE.write().await;
    let mut plant = Plant::without_server(&format!("[live]\npatience = \"1s\"\nheartbeat = \"2s\"\n{OPEN}")).await;
    plant.execute("CREATE TABLE public.press AS SELECT '2024-01-15'::timestamptz + n * interval '1 s' AS time, n::float8 AS value FROM generate_series(0, 5000) n").await;
    plant.serve();
    let mut viewer = Page::open(&plant).await;
    let last = follow(&plant, &mut viewer).await;
    let (told, mut news) = tokio::sync::mpsc::unbounded_channel();
    let honest = tokio::spawn(async move {
        while let Ok(Told::Fresh { sequence, series, .. }) = viewer.next().await {
            told.send((sequence, series[0].1[0].value)).unwrap();
        }
    });
    let mut held = Vec::new();
    for round in 1..=3_u32 {
        flood(&plant).await;
        plant.until("nothing is watched for anybody else", |plant| plant.metric("andon_live_watched_series") == Some(1.0));
        held.push((plant.counted("VmRSS:"), plant.open_files()));
        assert_eq!(plant.get("/health/ready").status, 200);
        let second = last + i64::from(round);
        write(&plant, second);
        assert_eq!(timeout(HANGS, news.recv()).await.unwrap(), Some((round, second as f64)), "the honest viewer is still served");
    }
    // A round sends 12 MB of garbage and asks 8,000 questions; what the first one left is what the server keeps at hand.
    let ((first_kb, first_files), (last_kb, _)) = (held[0], held[2]);
    assert!(last_kb < first_kb + 10_000, "{held:?}");
    // Sockets are closed when the system comes to it.
    plant.until("files are closed again", |plant| plant.open_files() <= first_files + 8);
    assert!(plant.store_is_unharmed().await);
    honest.abort();
}

impl Plant {
    /// No statement is left behind, and the tenant has the series that it had.
    async fn store_is_unharmed(&self) -> bool {
        sleep(Duration::from_millis(500)).await;
        let busy =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()";
        let series = format!("SELECT count(*) FROM series WHERE tenant_id = '{}'", TenantId::default_tenant());
        self.count(busy).await <= 1 && self.count(&series).await == 1
    }
}
