//! Addresses: what is escaped in a path, and where things are.

use domain::{SeriesId, TimeRange};

/// A path segment in which everything but letters, digits, `-`, `_`, `.` and `~` is escaped.
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// The text of an escaped segment; what is no text stays as it is.
pub fn unescaped(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
        match code.filter(|_| *byte == b'%') {
            Some(code) => {
                bytes.push(code);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| segment.to_owned())
}

/// A tenant's home.
pub fn tenant(tenant: &str) -> String {
    format!("/t/{}", segment(tenant))
}

/// A board of a tenant.
pub fn board(tenant: &str, slug: &str) -> String {
    format!("/t/{}/{slug}", segment(tenant))
}

/// The board of a machine.
pub fn machine(tenant: &str, machine: &str) -> String {
    format!("{}/{}", board(tenant, "machines"), segment(machine))
}

/// A table behind the board of a machine, `stops.csv`; `search` is its window and filters, with the question mark.
pub fn machine_file(tenant: &str, machine: &str, file: &str, search: &str) -> String {
    format!("/export/{}/machines/{}/{file}{search}", segment(tenant), segment(machine))
}

/// The rows of one series in a range as CSV.
pub fn series_csv(tenant: &str, series: &SeriesId, range: TimeRange) -> String {
    format!("/export/{}/series/{}.csv?{}", segment(tenant), segment(series.as_str()), window(range))
}

/// The rows of several series in one file.
pub fn all_csv(tenant: &str, series: &[SeriesId], range: TimeRange) -> String {
    format!("/export/{}/series.csv?{}{}", segment(tenant), window(range), each(series))
}

/// `&series=` for each.
pub fn each(series: &[SeriesId]) -> String {
    series.iter().map(|id| format!("&series={}", segment(id.as_str()))).collect()
}

/// `from` and `to` of exactly this range.
pub fn window(range: TimeRange) -> String {
    format!("from={}&to={}", segment(&range.start().rfc3339()), segment(&range.last().rfc3339()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_characters_become_one_segment() {
        assert_eq!(segment("CM_HAM/Temp value%é"), "CM_HAM%2FTemp%20value%25%C3%A9");
        for text in ["CM_HAM/Temp value%é", "", "%", "%zz%4", "ü ö"] {
            assert_eq!(unescaped(&segment(text)), text);
        }
        assert_eq!((unescaped("%zz%4%41"), unescaped("%ff")), ("%zz%4A".to_owned(), "%ff".to_owned()));
        assert_eq!(segment("odd \"name\"/with; DROP TABLE x--"), "odd%20%22name%22%2Fwith%3B%20DROP%20TABLE%20x--");
    }
}
