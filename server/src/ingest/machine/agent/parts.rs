//! An answer that never ends: `multipart/x-mixed-replace`, one document after the other, each with its length.

/// A document longer than this is none of an agent.
const LONGEST_BYTES: usize = 64 << 20;

/// What came of the answer and is not taken yet.
#[derive(Debug, Default)]
pub struct Parts {
    bytes: Vec<u8>,
}

/// Why what comes is no such answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agent's stream has a part without a length, or one too long")]
pub struct BadPart;

impl Parts {
    /// More of the answer.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole document.
    pub fn next(&mut self) -> Result<Option<String>, BadPart> {
        // Each part ends with a line's end, and some agents begin the next one with another.
        let blank = self.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.bytes.drain(..blank);
        let Some(head_end) = find(&self.bytes, b"\r\n\r\n") else {
            return if self.bytes.len() > LONGEST_BYTES { Err(BadPart) } else { Ok(None) };
        };
        let head = String::from_utf8_lossy(self.bytes.get(..head_end).unwrap_or_default()).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|text| text.trim().parse::<usize>().ok());
        let length = length.filter(|length| *length <= LONGEST_BYTES).ok_or(BadPart)?;
        let (start, end) = (head_end + 4, head_end + 4 + length);
        let Some(document) = self.bytes.get(start..end) else { return Ok(None) };
        let document = String::from_utf8_lossy(document).into_owned();
        self.bytes.drain(..end);
        Ok(Some(document))
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_whole_whatever_the_pieces() {
        let part = |text: &str| format!("\r\n--b\r\nContent-type: text/xml\r\nContent-length: {}\r\n\r\n{text}\r\n", text.len());
        let stream = format!("{}{}{}", part("<a/>"), part("<b>\r\n\r\n</b>"), part(""));
        for size in [1, 2, 7, 1_000] {
            let (mut parts, mut found) = (Parts::default(), Vec::new());
            for piece in stream.as_bytes().chunks(size) {
                parts.push(piece);
                while let Some(document) = parts.next().unwrap() {
                    found.push(document);
                }
            }
            assert_eq!(found, ["<a/>", "<b>\r\n\r\n</b>", ""], "{size}");
        }
        let mut parts = Parts::default();
        parts.push(b"--b\r\nContent-type: text/xml\r\n\r\n<a/>");
        assert_eq!(parts.next(), Err(BadPart));
    }
}
