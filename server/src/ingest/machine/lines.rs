//! Lines out of a stream of bytes that comes in any pieces.

/// A line longer than this is cut: no adapter writes one, and memory must not grow with what is sent.
pub const LONGEST_BYTES: usize = 1 << 20;

/// Bytes whose end of line has not come yet.
#[derive(Debug, Default)]
pub struct Lines {
    /// What came; read into it.
    pub bytes: Vec<u8>,
    /// The beginning of a line that is too long was given out; its rest is no line.
    cut: bool,
}

impl Lines {
    /// Takes the whole lines out, without their ends; what is no text in UTF-8 is marked as such.
    pub fn take(&mut self) -> Vec<String> {
        let end = match self.bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => at + 1,
            None if self.bytes.len() > LONGEST_BYTES => self.bytes.len(),
            None => return Vec::new(),
        };
        let whole: Vec<u8> = self.bytes.drain(..end).collect();
        let ended = whole.ends_with(b"\n");
        let text = String::from_utf8_lossy(&whole);
        let lines = text.lines().skip(usize::from(std::mem::replace(&mut self.cut, !ended)));
        lines.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole() {
        let mut lines = Lines::default();
        lines.bytes.extend_from_slice(b"a|1\r\nb|2\nc");
        assert_eq!(lines.take(), ["a|1", "b|2"]);
        assert_eq!(lines.take(), [""; 0]);
        lines.bytes.extend_from_slice(b"|3\n");
        assert_eq!(lines.take(), ["c|3"]);
        lines.bytes.resize(LONGEST_BYTES + 1, b'x');
        assert_eq!(lines.take().len(), 1);
        assert!(lines.bytes.is_empty());
        lines.bytes.resize(LONGEST_BYTES + 1, b'y');
        assert_eq!(lines.take(), [""; 0], "its rest is passed over, however long");
        lines.bytes.extend_from_slice(b"|execution|STOPPED\nd|4\n");
        assert_eq!(lines.take(), ["d|4"]);
    }
}
