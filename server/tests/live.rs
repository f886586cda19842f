//! The open socket: what is asked and followed over it is told, in order and once, whatever else happens meanwhile.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod common;

use app::error::AppError;
use app::live::wire::{Asked, Told};
use common::Plant;
use common::page::{Page, question};
use std::collections::HashMap;
use std::time::Duration;

const OPEN: &str = "[ingest]\nanonymous = true\n";
const TABLES: &str = "CREATE TABLE public.press (time timestamptz PRIMARY KEY, value float8);
    CREATE TABLE public.slow (time timestamptz PRIMARY KEY, value float8);
    INSERT INTO press SELECT '2024-01-15'::timestamptz + n * interval '10 s', n FROM generate_series(0, 9) n;
    INSERT INTO slow SELECT time, value FROM press";

/// A plant with two tables that are not ours and a series that is.
async fn plant(config: &str) -> Plant {
    let mut plant = Plant::without_server(&format!("{config}{OPEN}")).await;
    plant.execute(&format!("SET search_path = public; {TABLES}")).await;
    plant.serve();
    write(&plant, &[0, 10, 20]);
    plant
}

/// Writes readings of our own at these seconds.
fn write(plant: &Plant, seconds: &[i64]) {
    let lines: String = seconds.iter().map(|s| format!("own f={s} {}\n", 1_705_276_800 + s)).collect();
    let answer = plant.post("/api/v2/write?bucket=default&precision=s", &[], lines.as_bytes());
    assert_eq!(answer.status, 204, "{}", answer.body);
}

/// Waits until so many statements of readers wait for a lock. What keeps the tiers asks for the size of every table now and then, and
/// waits, too.
async fn until_waiting(plant: &Plant, statements: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE wait_event_type = 'Lock' AND datname = current_database() AND query NOT LIKE '%pg_relation_size%'";
    plant.until_count(waiting, statements).await;
}

#[tokio::test]
async fn what_comes_late_while_a_window_is_read_is_told() {
    for (series, late) in [("own.f", None), ("press", Some("INSERT INTO public.press VALUES ('2024-01-15 00:00:05Z', -1)"))] {
        let plant = plant("").await;
        let mut page = Page::open(&plant).await;
        page.show(0, &[series, "slow"], true).await;
        let lock = plant.lock("public.slow").await;
        // The watch of this table waits, and then the reading of it, when the other series was read.
        until_waiting(&plant, 1).await;
        let number = page.ask(1, question(&[series, "slow"]), true).await;
        until_waiting(&plant, 2).await;
        match late {
            Some(sql) => plant.execute(sql).await,
            None => write(&plant, &[5]),
        }
        page.changed(0).await;
        drop(lock);
        let answer = page.answer(number).await;
        assert_eq!(answer.series.len(), 2);
        page.changed(1).await;
    }
}

#[tokio::test]
async fn samples_follow_an_answer_in_order_and_once() {
    let plant = plant("").await;
    let mut page = Page::open(&plant).await;
    let (ids, mut fresh) = (["own.f", "press"], 0);
    let ask = async |page: &mut Page| -> (u32, HashMap<String, f64>) {
        let number = page.ask(3, question(&ids), true).await;
        let newest = page.answer(number).await.series.into_iter().map(|one| (one.series.id, one.outcome.unwrap().newest.unwrap().value));
        (number, newest.map(|(id, value)| (id.as_str().to_owned(), value)).collect())
    };
    let (mut asked, mut newest) = ask(&mut page).await;
    assert_eq!((newest["own.f"], newest["press"]), (20.0, 9.0));
    let mut last = 0;
    for n in 3..13 {
        let id = ids[n as usize % 2];
        let sql = format!("INSERT INTO public.press VALUES ('2024-01-15'::timestamptz + {n} * interval '1 min', {n}0)");
        if n % 2 == 0 {
            write(&plant, &[n * 10])
        } else {
            plant.execute(&sql).await
        }
        while newest[id] < (n * 10) as f64 {
            match page.next().await.unwrap() {
                Told::Fresh { topic: 3, number, sequence, series, .. } => {
                    (last, fresh) = (last + 1, fresh + 1);
                    assert_eq!((number, sequence), (asked, last));
                    for (id, samples) in series {
                        let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
                        assert_eq!((values.as_slice(), newest[id.as_str()] < values[0]), (&[(n * 10) as f64][..], true), "{id}");
                        newest.insert(id.as_str().to_owned(), values[0]);
                    }
                }
                // What was written before the page came is counted by Postgres up to a second later: the page asks again.
                Told::Changed { topic: 3, .. } => ((asked, newest), last) = (ask(&mut page).await, 0),
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(fresh >= 5, "{fresh}");
    page.say(&Asked::Leave { topic: 3 }).await;
    plant.until("nobody looks", |plant| plant.metric("andon_live_watched_series") == Some(0.0));
}

#[tokio::test]
async fn the_latest_question_wins_and_the_one_before_is_read_no_longer() {
    let plant = plant("").await;
    let mut page = Page::open(&plant).await;
    let lock = plant.lock("public.slow").await;
    page.ask(0, question(&["slow"]), false).await;
    until_waiting(&plant, 1).await;
    let second = page.ask(0, question(&["press"]), false).await;
    match page.next().await.unwrap() {
        Told::Answer { topic: 0, number, outcome } => {
            assert_eq!((number, outcome.unwrap().series[0].series.id.as_str()), (second, "press"))
        }
        other => panic!("{other:?}"),
    }
    until_waiting(&plant, 0).await;
    drop(lock);
    let third = page.ask(0, question(&["slow"]), false).await;
    assert!(matches!(page.next().await.unwrap(), Told::Answer { number, .. } if number == third), "nothing comes of the first");
}

#[tokio::test]
async fn one_window_has_64_series_and_one_socket_16_topics() {
    let plant = plant("").await;
    let mut page = Page::open(&plant).await;
    let names: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (series, sentence) in [(&names[..], "at most 64 series"), (&names[..64], "s0")] {
        page.ask(15, question(series), true).await;
        match page.next().await.unwrap() {
            Told::Answer { topic: 15, outcome: Err(AppError::BadRequest(text) | AppError::UnknownSeries(text)), .. } => {
                assert!(text.contains(sentence), "{text}")
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(plant.metric("andon_live_watched_series"), Some(0.0), "what is not there is not watched");
    page.ask(16, question(&["press"]), false).await;
    assert!(page.next().await.is_err(), "there is no seventeenth topic");
}

#[tokio::test]
async fn a_statement_into_a_table_with_a_trigger_reaches_a_viewer() {
    let plant = plant("[live]\ntriggers = true\n").await;
    let placed = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.press'::regclass AND NOT tgisinternal";
    while plant.count(placed).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut page = Page::open(&plant).await;
    page.show(0, &["press"], true).await;
    for n in 1..=3 {
        plant.execute(&format!("INSERT INTO public.press VALUES ('2024-01-16'::timestamptz + {n} * interval '1 s', {n})")).await;
        while !matches!(page.next().await.unwrap(), Told::Fresh { series, .. } if series[0].1.last().unwrap().value == f64::from(n)) {}
    }
    // A row of before tells of itself by Postgres' counters.
    plant.execute("UPDATE public.press SET value = -1 WHERE time = '2024-01-15'").await;
    page.changed(0).await;
    // Without triggers there would be a hundred looks in three seconds.
    let looks = "SELECT coalesce(sum(pg_stat_get_numscans(indexrelid)), 0)::bigint FROM pg_index WHERE indrelid = 'public.press'::regclass";
    let before = plant.count(looks).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = plant.count(looks).await;
    assert!(after - before < 30, "{}", after - before);
}
