//! An MTConnect agent as the real binary follows it: over HTTP, streaming, with a buffer, restarts and losses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use common::Plant;
use common::agent::{Agent, Events, now};
use common::machine::{DAY, assert_golden, figures, moved, real_day, window, yesterday};
use domain::TimeRange;

/// The real day as the agent of that machine told it.
fn day_events(lines: &[String]) -> Events {
    let kinds = [
        ("execution", "Execution"),
        ("mode", "ControllerMode"),
        ("estop", "EmergencyStop"),
        ("PartCountAct", "PartCount"),
        ("program", "Program"),
    ];
    let event = |line: &String| {
        let mut fields = line.split('|');
        let (time, key, value) = (fields.next()?, fields.next()?, fields.next()?);
        let (_, kind) = kinds.iter().find(|(known, _)| *known == key)?;
        Some((time.to_owned(), *kind, value.to_owned()))
    };
    lines.iter().filter_map(event).collect()
}

const STATES: &str = "SELECT count(*) FROM observations WHERE breaks";

#[tokio::test(flavor = "multi_thread")]
async fn the_real_day_out_of_an_agents_buffer_has_its_golden_durations() {
    let Some(text) = real_day() else { return };
    let day = yesterday();
    assert!(day > DAY);
    let mut events = day_events(&moved(&text, day));
    events.push((window(day).end().plus(1).rfc3339(), "Program", "LAST".to_owned()));
    let agent = Agent::new(events);
    let mut plant = Plant::start(&agent.config()).await;
    let last = "SELECT (count(*) > 0)::int::bigint FROM observations o JOIN words w ON w.number = o.product WHERE w.word = 'LAST'";
    plant.until_count(last, 1).await;
    assert_golden(&plant, "Mazak01", day).await;
    // A server that was killed finds its place again: what the buffer still holds is known.
    let numbered = "SELECT count(*) FROM observations WHERE number IS NOT NULL";
    let before = plant.count(numbered).await;
    plant.kill();
    let followed = agent.asked("sample");
    plant.serve();
    plant.until("the agent is followed again", |_| agent.asked("sample") > followed);
    agent.say("Execution", "READY");
    plant.until_count(numbered, before + 1).await;
    assert_golden(&plant, "Mazak01", day).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_is_unknown_time_and_the_same_state_is_said_anew() {
    let agent = Agent::new(Events::new());
    let began = now();
    agent.say("Execution", "ACTIVE");
    let plant = Plant::start(&agent.config()).await;
    plant.until_count(STATES, 1).await;
    // The agent drops the stream and is there again: lost, and active again, though nothing new happened.
    agent.state.lock().unwrap().generation += 1;
    plant.until_count(STATES, 3).await;
    // It is started again: its sequences begin anew, and the state that was the first is the first of another agent.
    {
        let mut state = agent.state.lock().unwrap();
        state.generation += 1;
        state.instance = 8;
        state.events = vec![(now().rfc3339(), "Execution", "READY".to_owned())];
    }
    plant.until_count(STATES, 5).await;
    // It has forgotten what we would have asked for next.
    {
        let mut state = agent.state.lock().unwrap();
        let event = (now().rfc3339(), "Execution", "STOPPED".to_owned());
        state.events.extend(std::iter::repeat_n(event, 9));
        state.first = 8;
        state.generation += 1;
    }
    plant.until_count(STATES, 7).await;
    let window = TimeRange::new(began, began.plus(600_000_000)).unwrap();
    let (_, by_state) = figures(&plant, "Mazak01", window).await;
    assert_eq!(by_state.keys().map(String::as_str).collect::<Vec<_>>(), ["ACTIVE", "READY", "STOPPED"]);
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 0);
}
