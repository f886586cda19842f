//! A stream of bytes as lines. A quoted text may hold line breaks, so a break is not always an end.

use super::LineError;

/// Bytes that a line may have; more than any sender of measurements writes, and little to keep in memory.
pub const LONGEST_LINE: usize = 256 * 1024;

/// Cuts what it is given into lines, however the pieces fall.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    start: usize,
    breaks: u64,
    /// The rest of a line that was too long is passed over.
    skipping: bool,
}

impl Lines {
    /// Takes a piece.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next line that is whole, with its number from 1. `at_end`: no piece follows, so what is left is a line too.
    /// A text whose quote is never closed ends with its first line, so that it does not swallow the rest.
    pub fn next(&mut self, at_end: bool) -> Option<(u64, Result<&[u8], LineError>)> {
        let mut rest = self.buffer.get(self.start..).unwrap_or_default();
        if self.skipping {
            let broken = line_break(rest);
            self.start += broken.map_or(rest.len(), |at| at + 1);
            self.breaks += u64::from(broken.is_some());
            self.skipping = broken.is_none();
            rest = self.buffer.get(self.start..).unwrap_or_default();
        }
        if rest.is_empty() {
            return None;
        }
        let number = self.breaks + 1;
        let end = match line_end(rest) {
            Some(end) => end,
            None if at_end || rest.len() > LONGEST_LINE => line_break(rest).unwrap_or(rest.len()),
            None => return None,
        };
        let (length, broken) = (rest.len(), rest.get(end).is_some());
        let line_start = self.start;
        self.start += end + usize::from(broken);
        if end > LONGEST_LINE {
            self.breaks += u64::from(broken);
            self.skipping = !broken && !at_end && end == length;
            return Some((number, Err(LineError::TooLong)));
        }
        let line = self.buffer.get(line_start..line_start + end).unwrap_or_default();
        self.breaks += u64::from(broken) + line.iter().filter(|b| **b == b'\n').count() as u64;
        Some((number, Ok(line)))
    }
}

/// Whether a backslash takes its meaning from this byte: it escapes quotes and itself in a text, what parts names elsewhere.
fn escapes(byte: u8, in_text: bool) -> bool {
    if in_text { matches!(byte, b'"' | b'\\') } else { matches!(byte, b',' | b'=' | b' ') }
}

fn line_break(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| *b == b'\n')
}

/// Where the first line ends; `None` when its end is not there yet.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let first = line_break(bytes)?;
    let line = bytes.get(..first)?;
    let comment = line.iter().find(|b| !matches!(b, b' ' | b'\t')) == Some(&b'#');
    if comment || !line.contains(&b'"') {
        return Some(first);
    }
    // Texts stand in the fields, behind the first space that is not escaped, each behind an equals sign.
    let (mut in_fields, mut in_text, mut previous, mut seen) = (false, false, 0, false);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(|next| escapes(*next, in_text)) => at += 1,
            b'\n' if !in_text => return Some(at),
            b'"' if in_text => in_text = false,
            b'"' if in_fields && previous == b'=' => in_text = true,
            b' ' if seen => in_fields = true,
            _ => {}
        }
        seen |= !matches!(byte, b' ' | b'\t');
        previous = *byte;
        at += 1;
    }
    None
}
