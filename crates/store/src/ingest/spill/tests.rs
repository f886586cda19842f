//! The spill file by itself: order, limits, and every way in which its end can be torn.

use super::*;
use crate::ingest::Quarantined;
use crate::ingest::batch::Batch;
use domain::{Reading, SeriesId, TenantId, Timestamp};

fn settings(directory: &Path, limit_bytes: u64) -> SpillSettings {
    SpillSettings { directory: directory.to_owned(), limit_bytes }
}

fn readings(from: i64, count: i64) -> Content {
    let value = |n: i64| if n % 7 == 0 { f64::NAN } else { n as f64 / 3.0 };
    let reading = |n: i64| Reading::new(SeriesId::table(["a", "ß \"b\""][(n % 2) as usize]), Timestamp::from_us(n), value(n));
    Content::Readings(Batch::gather(&TenantId::default_tenant(), (from..from + count).map(reading)))
}

fn quarantined() -> Content {
    let bad = vec![Quarantined { payload: vec![0, 1, 255], reason: "odd".into() }, Quarantined { payload: vec![], reason: String::new() }];
    Content::Quarantined { tenant: TenantId::default_tenant(), source: "mqtt".into(), bad }
}

fn drain(spill: &mut Spill) -> Vec<Content> {
    let mut all = Vec::new();
    while let Some(next) = spill.next().unwrap() {
        spill.done(&next).unwrap();
        all.extend(next.contents);
    }
    all
}

#[test]
fn records_come_back_in_order_also_after_a_crash_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), 1 << 30);
    let contents: Vec<Content> = (0..30).map(|n| if n == 3 { quarantined() } else { readings(n * 60_000, 60_000) }).collect();
    let mut spill = Spill::open(&settings).unwrap().unwrap();
    for content in &contents {
        spill.append(content).unwrap();
        spill.sync().unwrap();
    }
    assert!(spill.files.len() > 1, "one file only");
    assert!(Spill::open(&settings).unwrap().is_none(), "two processes in one directory");
    let files = spill.files.len();
    let mut seen = Vec::new();
    while seen.len() < 20 {
        let next = spill.next().unwrap().unwrap();
        spill.done(&next).unwrap();
        seen.extend(next.contents);
    }
    assert!(contents.starts_with(&seen), "out of order");
    assert!(spill.files.len() < files, "files that were read go");
    drop(spill);
    // What was read from the first file that is left comes once more, and nothing is missing.
    let again = drain(&mut Spill::open(&settings).unwrap().unwrap());
    assert!(again.len() >= 30 - seen.len() && contents.ends_with(&again), "{}", again.len());
    let mut empty = Spill::open(&settings).unwrap().unwrap();
    assert!(empty.is_empty() && empty.bytes() == 0);
    empty.append(&quarantined()).unwrap();
    assert_eq!(drain(&mut empty), [quarantined()]);
}

#[test]
fn a_torn_tail_is_cut_wherever_it_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), 1 << 30);
    let mut spill = Spill::open(&settings).unwrap().unwrap();
    for content in [readings(0, 10), quarantined(), readings(10, 4)] {
        spill.append(&content).unwrap();
    }
    let path = spill.path(1);
    drop(spill);
    let whole = fs::read(&path).unwrap();
    let last = record::encode(&readings(10, 4)).len();
    for torn in ((whole.len() - last)..whole.len()).step_by(3) {
        for garbage in [&[][..], &[0; 40][..], &[0xff; 40][..]] {
            let bytes = [whole.get(..torn).unwrap(), garbage].concat();
            fs::write(&path, bytes).unwrap();
            let mut spill = Spill::open(&settings).unwrap().unwrap();
            assert_eq!(spill.bytes() as usize, whole.len() - last, "torn at {torn}");
            // What comes after goes behind the whole records.
            spill.append(&readings(20, 1)).unwrap();
            assert!(drain(&mut spill) == [readings(0, 10), quarantined(), readings(20, 1)], "torn at {torn}");
        }
    }
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        let mut spill = Spill::open(&settings).unwrap().unwrap();
        assert!((spill.bytes() as usize) < whole.len(), "a bit at {at} went unseen");
        drain(&mut spill);
    }
}

#[test]
fn a_full_directory_refuses_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let record = record::encode(&readings(0, 10)).len() as u64;
    let mut spill = Spill::open(&settings(folder.path(), 3 * record + 1)).unwrap().unwrap();
    for _ in 0..3 {
        spill.append(&readings(0, 10)).unwrap();
    }
    assert!(matches!(spill.append(&readings(0, 10)), Err(SpillError::Full)));
    assert_eq!(spill.bytes(), 3 * record);
    assert_eq!(drain(&mut spill).len(), 3);
    spill.append(&readings(0, 10)).unwrap();
}

#[test]
fn a_file_that_became_full_is_synced_before_anything_in_it_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut spill = Spill::open(&settings(folder.path(), 1 << 30)).unwrap().unwrap();
    spill.append(&readings(0, 10)).unwrap();
    // It takes what is written and cannot be synced, and is full.
    spill.open = Some(OpenOptions::new().append(true).open("/dev/null").unwrap());
    spill.files.back_mut().unwrap().bytes = FILE_BYTES;
    spill.append(&readings(10, 10)).unwrap();
    assert_eq!(spill.files.len(), 2);
    assert!(matches!(spill.sync(), Err(SpillError::Disk(_))), "the full file was not synced");
    spill.append(&readings(20, 10)).unwrap();
    spill.sync().unwrap();
    assert_eq!(spill.files.len(), 3);
}

#[test]
fn a_file_that_could_not_be_begun_hinders_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), 1 << 30);
    let mut spill = Spill::open(&settings).unwrap().unwrap();
    fs::write(spill.path(1), []).unwrap();
    assert!(matches!(spill.append(&readings(0, 10)), Err(SpillError::Disk(_))));
    assert!(spill.open.is_none() && spill.is_empty());
    spill.append(&readings(10, 10)).unwrap();
    spill.sync().unwrap();
    drop(spill);
    assert!(drain(&mut Spill::open(&settings).unwrap().unwrap()) == [readings(10, 10)]);
}
