//! A record of the spill file: length, CRC-32 over length and content, content. A record that was not written to its end is
//! recognised, whatever stands there instead, also zeros.

use crate::ingest::Quarantined;
use crate::ingest::batch::{Batch, SeriesRows};
use crate::ingest::queue::Content;
use domain::{SeriesId, TenantId, Timestamp};
use std::io::{ErrorKind, Read};

/// Bytes before the content.
pub(super) const HEAD_BYTES: usize = 8;
const VERSION: u8 = 1;
const READINGS: u8 = 0;
const QUARANTINED: u8 = 1;
/// Longer than anything that is written; a larger length is garbage and must not allocate.
const LONGEST_BYTES: u32 = 1 << 30;

/// The record of some content.
pub(super) fn encode(content: &Content) -> Vec<u8> {
    let mut out = vec![0; HEAD_BYTES];
    out.push(VERSION);
    match content {
        Content::Readings(batch) => {
            out.push(READINGS);
            bytes(&mut out, batch.tenant.as_str().as_bytes());
            count(&mut out, batch.series.len());
            for SeriesRows { name, rows } in &batch.series {
                bytes(&mut out, name.as_str().as_bytes());
                count(&mut out, rows.len());
                for (time, value) in rows {
                    out.extend_from_slice(&time.us().to_le_bytes());
                    // A value is finite, so that NaN can stand for a gap.
                    out.extend_from_slice(&value.unwrap_or(f64::NAN).to_le_bytes());
                }
            }
        }
        Content::Quarantined { tenant, source, bad } => {
            out.push(QUARANTINED);
            bytes(&mut out, tenant.as_str().as_bytes());
            bytes(&mut out, source.as_bytes());
            count(&mut out, bad.len());
            for Quarantined { payload, reason } in bad {
                bytes(&mut out, payload);
                bytes(&mut out, reason.as_bytes());
            }
        }
    }
    let length = u32::try_from(out.len() - HEAD_BYTES).unwrap_or(u32::MAX).to_le_bytes();
    let sum = checksum(length, out.get(HEAD_BYTES..).unwrap_or_default()).to_le_bytes();
    for (place, byte) in out.iter_mut().zip(length.into_iter().chain(sum)) {
        *place = byte;
    }
    out
}

/// Reads the next record's content as bytes; `None` at the end, and where no whole record stands.
pub(super) fn read(file: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let (mut length, mut sum) = ([0; 4], [0; 4]);
    for part in [&mut length, &mut sum] {
        match file.read_exact(part) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
    }
    let bytes = u32::from_le_bytes(length);
    if bytes > LONGEST_BYTES {
        return Ok(None);
    }
    let mut content = Vec::new();
    file.take(u64::from(bytes)).read_to_end(&mut content)?;
    let whole = content.len() as u64 == u64::from(bytes) && checksum(length, &content) == u32::from_le_bytes(sum);
    Ok(whole.then_some(content))
}

/// What a record says; `None` when another version of Andon wrote it.
pub(super) fn decode(content: &[u8]) -> Option<Content> {
    let mut reader = Reader(content);
    if reader.byte()? != VERSION {
        return None;
    }
    match reader.byte()? {
        READINGS => {
            let tenant: TenantId = reader.text()?.parse().ok()?;
            let mut series = Vec::new();
            for _ in 0..reader.count()? {
                let name = SeriesId::new(reader.text()?)?;
                let mut rows = Vec::new();
                for _ in 0..reader.count()? {
                    let (time, value) = (i64::from_le_bytes(reader.take()?), f64::from_le_bytes(reader.take()?));
                    rows.push((Timestamp::from_us(time), value.is_finite().then_some(value)));
                }
                series.push(SeriesRows { name, rows });
            }
            Some(Content::Readings(Batch { tenant, series }))
        }
        QUARANTINED => {
            let (tenant, source) = (reader.text()?.parse().ok()?, reader.text()?);
            let mut bad = Vec::new();
            for _ in 0..reader.count()? {
                bad.push(Quarantined { payload: reader.bytes()?.to_vec(), reason: reader.text()? });
            }
            Some(Content::Quarantined { tenant, source, bad })
        }
        _ => None,
    }
}

fn checksum(length: [u8; 4], content: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&length);
    sum.update(content);
    sum.finalize()
}

fn count(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    count(out, bytes.len());
    out.extend_from_slice(bytes);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take()?)).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}
