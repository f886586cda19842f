//! Rows in the binary form of `COPY`, the fastest way into Postgres: no text is written here nor read there.

use super::batch::Row;
use crate::instant::postgres_us;
use domain::TenantId;

/// Signature, flags, length of the header's extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In place of a count of fields: the end.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
const FIELDS: [u8; 2] = 4_i16.to_be_bytes();
const EIGHT_BYTES: [u8; 4] = 8_i32.to_be_bytes();
const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Rows of `readings (tenant_id, series_id, time, value)` of one tenant.
pub(super) struct Rows {
    bytes: Vec<u8>,
    /// What every row begins with.
    start: Vec<u8>,
}

impl Rows {
    pub fn new(tenant: &TenantId, rows: usize) -> Self {
        let name = tenant.as_str().as_bytes();
        let length = i32::try_from(name.len()).unwrap_or(i32::MAX).to_be_bytes();
        let start = [FIELDS.as_slice(), &length, name, &EIGHT_BYTES].concat();
        let mut bytes = Vec::with_capacity(HEADER.len() + TRAILER.len() + rows * (start.len() + 32));
        bytes.extend_from_slice(HEADER);
        Self { bytes, start }
    }

    pub fn extend(&mut self, series_id: i64, rows: &[Row]) {
        let Self { bytes, start } = self;
        for (time, value) in rows {
            bytes.extend_from_slice(start);
            bytes.extend_from_slice(&series_id.to_be_bytes());
            bytes.extend_from_slice(&EIGHT_BYTES);
            bytes.extend_from_slice(&postgres_us(*time).to_be_bytes());
            match value {
                Some(value) => {
                    bytes.extend_from_slice(&EIGHT_BYTES);
                    bytes.extend_from_slice(&value.to_be_bytes());
                }
                None => bytes.extend_from_slice(&NULL),
            }
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&TRAILER);
        self.bytes
    }
}
