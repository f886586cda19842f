//! Values of several lines. An asset is announced by `--multiline--MARK` and ends with a line that is the mark again; what
//! stands between is XML and no line of its own.

/// An asset longer than this is taken for one whose end is missing.
pub const LONGEST_ASSET_BYTES: usize = 4 << 20;

const BEGINS: &str = "--multiline--";

/// Knows whether a line belongs to a value that began before it.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    mark: Option<String>,
    passed_bytes: usize,
}

impl Assets {
    /// Whether the line is part of such a value and is not to be read. The line that announces one is read.
    pub fn hold(&mut self, line: &str) -> bool {
        match &self.mark {
            Some(mark) => {
                self.passed_bytes += line.len();
                if line.trim() == mark || self.passed_bytes > LONGEST_ASSET_BYTES {
                    self.mark = None;
                }
                true
            }
            None => {
                let begins = line.find(BEGINS).and_then(|at| line.get(at..)).map(str::trim);
                self.mark = begins.filter(|mark| mark.len() > BEGINS.len() && !mark.contains('|')).map(str::to_owned);
                self.passed_bytes = 0;
                false
            }
        }
    }
}
