//! A file's bytes, unpacked, with a look at its beginning and a count of what was read.

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes at the beginning that tell one file from another.
const HEAD: u64 = 4_096;

/// An open file, or the standard input.
pub struct Input {
    /// The plain bytes.
    pub bytes: Box<dyn Read + Send>,
    /// Digest of the first of them.
    pub head: u64,
    /// Length as stored; `None` for the standard input.
    pub length: Option<u64>,
    /// Bytes read so far, as stored.
    pub read: Arc<AtomicU64>,
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Opens a file, `-` for the standard input; a name that ends with `.gz` or `.xz` is unpacked.
pub fn open(path: &Path) -> io::Result<Input> {
    let read = Arc::new(AtomicU64::new(0));
    if path == Path::new("-") {
        return input(Box::new(io::stdin()), None, read);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    let counted = BufReader::with_capacity(1 << 16, Counted { inner: file, read: read.clone() });
    let packed = |kind: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(kind));
    let bytes: Box<dyn Read + Send> = match () {
        () if packed("gz") => Box::new(MultiGzDecoder::new(counted)),
        () if packed("xz") => Box::new(XzReader::new(counted, true)),
        () => Box::new(counted),
    };
    input(bytes, Some(metadata.len()), read)
}

fn input(mut bytes: Box<dyn Read + Send>, length: Option<u64>, read: Arc<AtomicU64>) -> io::Result<Input> {
    let mut head = Vec::new();
    bytes.by_ref().take(HEAD).read_to_end(&mut head)?;
    let digest = digest(START, &head);
    Ok(Input { bytes: Box::new(Cursor::new(head).chain(bytes)), head: digest, length, read })
}

/// Where a digest starts.
pub const START: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with a digest (FNV-1a): it is kept in the database, so it must be the same in every build.
pub fn digest(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
