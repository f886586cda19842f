//! Where readings wait on disk while the database is away: files of records in one directory, read in the order in which they
//! were written. What was synced survives everything but the disk.
//!
//! How far the first file has been read is not kept: after a crash it is read again from its start, which changes nothing,
//! because whatever is newer waits behind it. A file goes, and its directory is synced, before anything passes it by.

mod record;

#[cfg(test)]
mod tests;

use super::queue::{BATCH_ROWS, Content};
use crate::SpillSettings;
use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that reached this is not appended to any more, so that space comes back while the database catches up.
const FILE_BYTES: u64 = 16 << 20;
const EXTENSION: &str = "spill";
/// How often, and after which pauses, the lock is looked at.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(30);

/// The directory, locked for this process.
#[derive(Debug)]
pub(super) struct Spill {
    directory: PathBuf,
    limit_bytes: u64,
    files: VecDeque<Segment>,
    /// The last of the files, while it may be appended to.
    open: Option<File>,
    /// Files that are not appended to any more, since the last sync.
    left: Vec<File>,
    /// The number of the newest file, also of one that could not be begun: its name may be taken.
    last_number: u64,
    /// How far the first file has been read.
    read_bytes: u64,
    _lock: File,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    bytes: u64,
}

/// The next records, and where they end.
#[derive(Debug)]
pub(super) struct Next {
    /// In the order in which they were written.
    pub contents: Vec<Content>,
    /// What this version cannot read, as it stands in the file.
    unread: Vec<u8>,
    read_bytes: u64,
}

/// Why something cannot be spilled.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpillError {
    /// Its limit is reached.
    #[error("the spill directory has reached its limit")]
    Full,
    /// The disk.
    #[error("the spill directory cannot be used: {0}")]
    Disk(#[from] io::Error),
}

impl Spill {
    /// Opens the directory and cuts off what a crash left half written. `None` when another process uses it.
    pub fn open(settings: &SpillSettings) -> io::Result<Option<Self>> {
        let directory = settings.directory.clone();
        // Postgres, which may run as another user, must be able to pass through to its own directory beside this one.
        for (path, mode) in directory.parent().map(|parent| (parent, 0o711)).into_iter().chain([(directory.as_path(), 0o700)]) {
            DirBuilder::new().recursive(true).mode(mode).create(path)?;
        }
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("lock"))?;
        if !taken(&lock)? {
            return Ok(None);
        }
        let mut numbers: Vec<u64> = fs::read_dir(&directory)?.filter_map(|entry| number(&entry.ok()?.path())).collect();
        numbers.sort_unstable();
        let limit_bytes = settings.limit_bytes;
        let mut spill = Self {
            directory,
            limit_bytes,
            files: VecDeque::new(),
            open: None,
            left: Vec::new(),
            last_number: 0,
            read_bytes: 0,
            _lock: lock,
        };
        for number in numbers {
            spill.last_number = number;
            let bytes = mend(&spill.path(number))?;
            spill.files.push_back(Segment { number, bytes });
        }
        spill.drop_read()?;
        Ok(Some(spill))
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum::<u64>() - self.read_bytes
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Appends some content; durable after [`Spill::sync`].
    pub fn append(&mut self, content: &Content) -> Result<(), SpillError> {
        let record = record::encode(content);
        let used: u64 = self.files.iter().map(|file| file.bytes).sum();
        if used + record.len() as u64 > self.limit_bytes {
            return Err(SpillError::Full);
        }
        if self.open.is_none() || self.files.back().is_none_or(|last| last.bytes >= FILE_BYTES) {
            self.left.extend(self.open.take());
            self.begin_file()?;
        }
        let (Some(file), Some(segment)) = (self.open.as_mut(), self.files.back_mut()) else { return Err(SpillError::Full) };
        if let Err(error) = file.write_all(&record) {
            // Half a record before the next one would hide it.
            let cut = file.set_len(segment.bytes);
            self.left.extend(self.open.take());
            return Err(cut.err().unwrap_or(error).into());
        }
        segment.bytes += record.len() as u64;
        Ok(())
    }

    /// Makes everything that was appended durable, in whichever files it stands; after an error nothing since the last sync is.
    pub fn sync(&mut self) -> Result<(), SpillError> {
        let left = std::mem::take(&mut self.left);
        let synced = left.iter().chain(&self.open).try_for_each(File::sync_data);
        if synced.is_err() {
            // What the system has lost once it does not tell again; what comes next goes into another file.
            self.open = None;
        }
        Ok(synced?)
    }

    /// Begins the next file; it is one of the files only when its name is durable.
    fn begin_file(&mut self) -> io::Result<()> {
        self.last_number += 1;
        let number = self.last_number;
        let file = OpenOptions::new().create_new(true).append(true).open(self.path(number))?;
        sync_directory(&self.directory)?;
        self.open = Some(file);
        self.files.push_back(Segment { number, bytes: 0 });
        Ok(())
    }

    /// The oldest records, as many as fit into one flush and at least one; `None` when nothing waits.
    pub fn next(&mut self) -> Result<Option<Next>, SpillError> {
        let Some(first) = self.files.front() else { return Ok(None) };
        let mut file = BufReader::new(File::open(self.path(first.number))?);
        file.seek(SeekFrom::Start(self.read_bytes))?;
        let mut file = file.take(first.bytes - self.read_bytes);
        let mut next = Next { contents: Vec::new(), unread: Vec::new(), read_bytes: self.read_bytes };
        let mut rows = 0;
        while rows < BATCH_ROWS {
            let Some(bytes) = record::read(&mut file)? else { break };
            next.read_bytes += (record::HEAD_BYTES + bytes.len()) as u64;
            match record::decode(&bytes) {
                Some(content) => {
                    rows += content.rows();
                    next.contents.push(content);
                }
                None => {
                    tracing::error!("a spilled record is of another version of Andon; it will be kept in the file `unread` beside");
                    next.unread.extend(bytes);
                }
            }
        }
        if next.read_bytes == self.read_bytes {
            // Checked when it was opened or written by ourselves: the disk has changed it since.
            tracing::error!(file = %self.path(first.number).display(), at = self.read_bytes, "a spill file was damaged; the rest of it is kept aside");
            fs::copy(self.path(first.number), self.path(first.number).with_extension("damaged"))?;
            next.read_bytes = first.bytes;
        }
        Ok(Some(next))
    }

    /// Drops records that are in the database now.
    pub fn done(&mut self, next: &Next) -> Result<(), SpillError> {
        self.read_bytes = next.read_bytes;
        Ok(self.drop_read()?)
    }

    /// Keeps what this version cannot read, and what the database refuses in the form of the spill files. Only then may
    /// [`Spill::done`] drop the records.
    pub fn set_aside(&self, next: &Next, refused: &[Content]) -> io::Result<()> {
        self.keep("unread", &next.unread)?;
        self.keep("refused", &refused.iter().flat_map(record::encode).collect::<Vec<u8>>())
    }

    /// Keeps bytes for the eyes of the operator: all of them, or after an error none.
    fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(self.directory.join(name))?;
        let before = file.metadata()?.len();
        let kept = file.write_all(bytes).and_then(|()| file.sync_data()).and_then(|()| sync_directory(&self.directory));
        if kept.is_err() {
            file.set_len(before)?;
        }
        kept
    }

    /// Removes files that have been read to their ends.
    fn drop_read(&mut self) -> io::Result<()> {
        let mut dropped = false;
        while let Some(first) = self.files.front().filter(|first| first.bytes <= self.read_bytes) {
            fs::remove_file(self.path(first.number))?;
            self.files.pop_front();
            self.read_bytes = 0;
            dropped = true;
        }
        if self.files.is_empty() {
            self.open = None;
        }
        if dropped { sync_directory(&self.directory) } else { Ok(()) }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:012}.{EXTENSION}"))
    }
}

/// Takes the lock of the directory; false when another process has it. A program that this process is just starting holds
/// a copy of everything open for a moment, so one look is not enough.
fn taken(lock: &File) -> io::Result<bool> {
    for _ in 0..LOOKS {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Length of the whole records of a file; a torn tail is cut off.
fn mend(path: &Path) -> io::Result<u64> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(&file);
    let mut whole = 0;
    while let Some(bytes) = record::read(&mut reader)? {
        whole += (record::HEAD_BYTES + bytes.len()) as u64;
    }
    drop(reader);
    if whole < length {
        tracing::warn!(file = %path.display(), bytes = length - whole, "the end of a spill file was not acknowledged or is damaged; it is kept aside");
        fs::copy(path, path.with_extension("damaged"))?;
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(whole)
}

fn number(path: &Path) -> Option<u64> {
    if path.extension()? != EXTENSION {
        return None;
    }
    path.file_stem()?.to_str()?.parse().ok()
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
