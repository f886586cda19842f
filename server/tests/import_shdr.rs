//! `andon import shdr` as a user meets it: the real machine day has its golden durations, once, however often it is imported.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use common::Plant;
use common::machine::{DAY, assert_golden, assert_golden_outside, figures, real_day, real_day_file, window};
use std::io::Write;

const ROWS: &str = "SELECT count(*) FROM observations";

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
        self.run(&[&["import", "shdr"], arguments].concat())
    }
}

#[tokio::test]
async fn the_real_day_has_its_golden_durations() {
    let Some(file) = real_day_file() else { return };
    let mut plant = Plant::without_server("").await;
    let file = file.display().to_string();
    let (status, said) = plant.import(&["--tenant", "default", "--machine", "Mazak01", "--dry-run", &file]);
    assert_eq!((status, said.contains("of 100179 lines") && said.contains("nothing was written")), (Some(0), true), "{said}");
    let (status, said) = plant.import(&["--tenant", "default", "--machine", "Mazak01", &file]);
    assert_eq!((status, said.contains("of 100179 lines, from 2017-06-21")), (Some(0), true), "{said}");
    assert!(said.contains("machine `Mazak01` is new"), "{said}");
    assert_golden(&plant, "Mazak01", DAY).await;
    plant.serve();
    assert_golden_outside(&plant, "Mazak01", DAY);
    let rows = plant.count(ROWS).await;
    assert!((300..4_000).contains(&rows), "{rows} rows of 100,179 lines");

    for more in [&[][..], &["--from-start"]] {
        let (status, said) = plant.import(&[&["--machine", "Mazak01"], more, &[&file]].concat());
        assert_eq!((status, said.contains("imported 0 observations")), (Some(0), true), "{said}");
        assert_eq!(plant.count(ROWS).await, rows);
    }
    assert_golden(&plant, "Mazak01", DAY).await;
}

#[tokio::test]
async fn a_log_that_grows_goes_on_and_one_that_begins_alike_is_another() {
    let Some(text) = real_day() else { return };
    let plant = Plant::without_server("").await;
    let lines: Vec<&str> = text.lines().collect();
    let first = format!("{}\n", lines[..40_000].join("\n"));
    let file = plant.file("mazak.txt.gz", &first);
    let (_, said) = plant.import(&["--machine", "Mazak01", &file]);
    assert!(said.contains("of 40000 lines"), "{said}");
    plant.file("mazak.txt.gz", &text);
    let (_, said) = plant.import(&["--machine", "Mazak01", &file]);
    assert!(said.contains("of 60179 lines") && said.contains("40000 lines were imported before"), "{said}");
    assert_golden(&plant, "Mazak01", DAY).await;

    let rows = plant.count(ROWS).await;
    let other = plant.file("other.txt", &format!("{first}2017-06-23T06:00:00Z|execution|READY\n"));
    let first = plant.file("first.txt", &first);
    for (file, status, sentence) in [
        (&first, 0, "of 40000 lines"),
        (&other, 0, "imported 1 observations of 1 lines"),
        (&other, 0, "imported 0 observations of 0 lines"),
        // It is the beginning of the other one, and imported with it.
        (&first, 2, "40001 lines of a file that begins alike were imported before, and this one is shorter"),
    ] {
        let (said_status, said) = plant.import(&["--machine", "Lathe", file]);
        assert_eq!((said_status, said.contains(sentence)), (Some(status), true), "{said}");
    }
    // It goes on otherwise than the other one, so all of it is read, as another file.
    let (_, said) = plant.import(&["--machine", "Lathe", &plant.file("third.txt", &text)]);
    assert!(said.contains("of 100179 lines") && !said.contains("known"), "{said}");
    assert!(plant.count(ROWS).await > rows);
    assert_golden(&plant, "Mazak01", DAY).await;
}

#[tokio::test]
async fn wrong_clocks_and_bad_lines_are_named() {
    let plant = Plant::without_server("").await;
    let file = plant.file(
        "log.txt",
        "2017-01-23T18:33:25Z|execution|STOPPED\n2002-01-01T00:00:00Z|execution|ACTIVE\n2017-06-22T06:00:00Z|execution|READY\n\
         soon|execution|ACTIVE\n2017-06-22T12:00:00Z|execution|ACTIVE|part_count|many\n2017-06-22T11:00:00Z|execution|READY\n",
    );
    let (status, said) = plant.import(&["--machine", "m 1", &file]);
    assert_eq!(status, Some(1), "{said}");
    for sentence in [
        "line 4: `soon` is no time",
        "line 5: `part_count`: `many` is no count",
        "; 1 with a wrong clock are in quarantine",
        "2 lines could not be read",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    assert_eq!(plant.count("SELECT count(*) FROM quarantine").await, 1);
    let hour = 3_600_000_000;
    // What was known before the day holds on it, and the step back at eleven is clamped to twelve.
    let (_, by_state) = figures(&plant, "m 1", window(DAY)).await;
    assert_eq!(by_state.into_iter().collect::<Vec<_>>(), [("READY".to_owned(), 18 * hour), ("STOPPED".to_owned(), 6 * hour)]);
    let (status, said) = plant.import(&["--machine", "m 2", "--key", "state=exec", "--max-errors", "0", &file]);
    assert_eq!((status, said.contains("more than 0 lines cannot be read")), (Some(1), true), "{said}");
}

#[tokio::test]
async fn a_file_that_says_nothing_adds_no_machine() {
    let plant = Plant::without_server("").await;
    for (name, text) in [("empty.txt", ""), ("zeroes.txt", "\0\0\0\n\0\n"), ("other.txt", "time,value\n1,2\n")] {
        let (_, said) = plant.import(&["--machine", "m", &plant.file(name, text)]);
        assert!(said.contains("imported 0 observations"), "{name}: {said}");
    }
    assert_eq!(plant.count("SELECT count(*) FROM plant_entries").await, 0);
    // Of a year that is still to come: all of it waits in the quarantine, and the machine says on what it says.
    let later = plant.file("later.txt", "9999-01-01T00:00:00Z|execution|ACTIVE\n9999-01-01T00:01:00Z|execution|READY\n");
    let (status, said) = plant.import(&["--machine", "m", &later]);
    assert!(
        status == Some(0) && said.contains("imported 0 observations of 2 lines") && said.contains("2 with a wrong clock are in quarantine"),
        "{said}"
    );
    assert_eq!(plant.count("SELECT count(*) FROM observations").await, 0);
}

#[tokio::test]
async fn wrong_use_ends_with_2() {
    let plant = Plant::without_server("[[tenant]]\nid = \"a\"\n[[tenant]]\nid = \"b\"\n").await;
    let file = plant.file("a.txt", "");
    for (arguments, sentence) in [
        (vec!["--machine", "m", &file], "--tenant is missing"),
        (vec!["--tenant", "c", "--machine", "m", &file], "there is no tenant `c`"),
        (vec!["--tenant", "a", &file], "--machine"),
        (vec!["--tenant", "a", "--machine", "", &file], "cannot name a machine"),
        (vec!["--tenant", "a", "--machine", "m", "/nowhere.txt"], "cannot read /nowhere.txt"),
        (vec!["--tenant", "a", "--machine", "m", "--key", "execution", &file], "write ITEM=KEY"),
        (vec!["--tenant", "a", "--machine", "m", "--key", "speed=x", &file], "write ITEM=KEY"),
    ] {
        let (status, said) = plant.import(&arguments);
        assert_eq!((status, said.contains(sentence)), (Some(2), true), "{said}");
    }
}
