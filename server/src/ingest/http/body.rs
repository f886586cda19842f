//! The body of a request, unpacked piece by piece, with a limit on what comes out of it.

use super::answer::Refused;
use axum::http::{HeaderMap, header};
use flate2::write::MultiGzDecoder;
use std::io::Write;

/// Bytes that are unpacked at once: gzip makes up to a thousand bytes of one, and all of them are held.
const PIECE: usize = 4_096;

/// What makes plain bytes of what comes.
pub struct Unpacker {
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    unpacked: u64,
    limit: u64,
}

impl Unpacker {
    /// For a request with these headers.
    pub fn new(headers: &HeaderMap, limit: u64) -> Result<Self, Refused> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(Refused::TooLarge(limit));
        }
        let packing = headers.get(header::CONTENT_ENCODING).map_or("identity", |value| value.to_str().unwrap_or("?"));
        let gzip = match packing {
            "identity" | "" => None,
            "gzip" | "x-gzip" => Some(MultiGzDecoder::new(Vec::new())),
            other => return Err(Refused::Packing(other.to_owned())),
        };
        Ok(Self { gzip, unpacked: 0, limit })
    }

    /// Pieces of what came, small enough to be unpacked at once.
    pub fn pieces<'a>(&self, bytes: &'a [u8]) -> std::slice::Chunks<'a, u8> {
        bytes.chunks(if self.gzip.is_some() { PIECE } else { usize::MAX })
    }

    /// Hands the plain bytes of a piece to `take`.
    pub fn unpack(&mut self, piece: &[u8], take: impl FnOnce(&[u8])) -> Result<(), Refused> {
        let Self { gzip, unpacked, limit } = self;
        let out;
        let plain = match gzip {
            None => piece,
            Some(decoder) => {
                decoder.write_all(piece).and_then(|()| decoder.flush()).map_err(|_| Refused::Unpacking)?;
                out = std::mem::take(decoder.get_mut());
                &out
            }
        };
        *unpacked += plain.len() as u64;
        if *unpacked > *limit {
            return Err(Refused::TooLarge(*limit));
        }
        take(plain);
        Ok(())
    }

    /// The body is at its end; hands over what was held back.
    pub fn finish(self, take: impl FnOnce(&[u8])) -> Result<(), Refused> {
        if let Some(decoder) = self.gzip {
            let rest = decoder.finish().map_err(|_| Refused::Unpacking)?;
            take(&rest);
        }
        Ok(())
    }
}
