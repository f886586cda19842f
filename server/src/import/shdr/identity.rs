//! Which file it is. A log grows, logs of one adapter begin alike, and what is appended twice would count twice: so a file is
//! known by digests of what was read of it, whatever it is called and however it is packed.

use super::lines::Marked;
use crate::import::WrongUse;
use crate::import::file::{self, Input};
use crate::import::work::Failure;
use domain::{MachineId, TenantId};
use std::path::PathBuf;
use std::sync::Arc;
use store::{Import, ImportMark, Store};

/// Lines that tell files apart of which one is shorter than what was read of the other.
const FIRST_LINES: u64 = 1_000;

/// What can be read more than once.
pub enum Source {
    /// By its path.
    File(PathBuf),
    /// The standard input.
    Memory(Arc<[u8]>),
}

/// A file, and how far an import of it came.
pub struct Known {
    /// What the store calls it.
    pub origin: String,
    /// Where its mark stands.
    pub import: Import,
    /// The mark, where it was imported before.
    pub mark: Option<ImportMark>,
}

/// What a file is to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Same,
    Other,
    /// All of it is the beginning of what was imported, as far as can be told.
    Shorter,
}

impl Source {
    /// From the beginning.
    pub fn open(&self) -> std::io::Result<Input> {
        match self {
            Self::File(path) => file::open(path),
            Self::Memory(bytes) => file::of_bytes(bytes.clone()),
        }
    }
}

/// Looks for the import of this file among those that began with the same line. `another`: the user says that it is none of
/// those that are longer.
pub async fn identify(store: &Store, tenant: &TenantId, machine: &MachineId, source: &Source, another: bool) -> Result<Known, Failure> {
    let first = digests(source, vec![1])?.first().map_or(0, |mark| mark.digest);
    for alike in 1_u32.. {
        let origin = format!("shdr {first:016x}{}", if alike == 1 { String::new() } else { format!(" {alike}") });
        let (import, mark) = store.import(tenant, &format!("{origin} {machine}")).await?;
        let (mut beginning, known_beginning) = store.import(tenant, &format!("{origin} {machine} first lines")).await?;
        let Some(mark) = mark else {
            if let Some(own) = digests(source, vec![FIRST_LINES])?.first().filter(|own| own.rows == FIRST_LINES) {
                beginning.reached(*own).await?;
            }
            return Ok(Known { origin, import, mark: None });
        };
        let known_beginning = known_beginning.filter(|beginning| beginning.rows < mark.rows);
        match compare(&digests(source, known_beginning.iter().map(|b| b.rows).chain([mark.rows]).collect())?, known_beginning, mark) {
            Compared::Same => return Ok(Known { origin, import, mark: Some(mark) }),
            Compared::Shorter if !another => {
                return Err(WrongUse(format!(
                    "{} lines of a file that begins alike were imported before, and this one is shorter; if it is another one, add --another",
                    mark.rows
                ))
                .into());
            }
            Compared::Shorter | Compared::Other => {}
        }
    }
    Err("too many files begin alike".into())
}

fn compare(own: &[ImportMark], beginning: Option<ImportMark>, mark: ImportMark) -> Compared {
    let differs = |known: ImportMark| own.iter().any(|own| own.rows == known.rows && own.digest != known.digest);
    if beginning.is_some_and(differs) || differs(mark) {
        return Compared::Other;
    }
    if own.contains(&mark) { Compared::Same } else { Compared::Shorter }
}

/// Digests of a file at some of its lines, in order, and at its end where it has fewer.
fn digests(source: &Source, at: Vec<u64>) -> std::io::Result<Vec<ImportMark>> {
    let mut lines = Marked::open(source.open()?.bytes);
    let mut found = Vec::new();
    for rows in at {
        while lines.mark.rows < rows {
            match lines.next() {
                Some(line) => drop(line?),
                None => break,
            }
        }
        found.push(lines.mark);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(rows: u64, digest: u64) -> ImportMark {
        ImportMark { rows, digest }
    }

    #[test]
    fn files_are_told_apart_by_what_was_read_of_them() {
        let (beginning, end) = (mark(10, 1), mark(20, 2));
        for (own, expected) in [
            (vec![mark(10, 1), mark(20, 2)], Compared::Same),
            (vec![mark(10, 1), mark(20, 3)], Compared::Other),
            (vec![mark(10, 7), mark(12, 3)], Compared::Other),
            (vec![mark(10, 1), mark(12, 3)], Compared::Shorter),
            (vec![mark(5, 1), mark(5, 1)], Compared::Shorter),
        ] {
            assert_eq!(compare(&own, Some(beginning), end), expected, "{own:?}");
        }
        assert_eq!(compare(&[mark(20, 2)], None, end), Compared::Same);
    }

    #[test]
    fn digests_are_of_lines_whatever_they_end_with() {
        let of = |text: &str, at: Vec<u64>| digests(&Source::Memory(text.as_bytes().into()), at).unwrap();
        assert_eq!(of("a\nb\nc\n", vec![1, 3]), of("a\r\nb\r\nc\r\n", vec![1, 3]));
        assert_eq!(of("a\nb\nhal", vec![1, 9]), of("a\nb\n", vec![1, 9]), "half a line is none yet");
        assert_eq!(of("a\nb\n", vec![1, 9]).iter().map(|mark| mark.rows).collect::<Vec<_>>(), [1, 2]);
        assert_ne!(of("a\nb\n", vec![2]), of("ab\n", vec![2]));
    }
}
