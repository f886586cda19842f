//! A line cut at its pipes. A field in double quotes may hold pipes of its own, each behind a backslash.

use std::borrow::Cow;

/// The fields of a line, without the blanks around them.
pub fn fields(line: &str) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (field, after) = next(text);
        found.push(field);
        rest = after;
    }
    found
}

/// The first field and what stands behind its pipe.
fn next(text: &str) -> (Cow<'_, str>, Option<&str>) {
    if let Some(quoted) = quoted(text) {
        return quoted;
    }
    match text.split_once('|') {
        Some((field, after)) => (Cow::Borrowed(field.trim()), Some(after)),
        None => (Cow::Borrowed(text.trim()), None),
    }
}

/// A field in quotes; without an escaped pipe, or without its closing quote, it is a field like any other.
fn quoted(text: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let inner = text.trim_start().strip_prefix('"')?;
    let mut from = 0;
    loop {
        let at = from + inner.get(from..)?.find('"')?;
        let (held, behind) = (inner.get(..at)?, inner.get(at + 1..)?);
        let behind = behind.trim_start();
        let after = behind.strip_prefix('|');
        if after.is_some() || behind.is_empty() {
            // What a pipe without its backslash divides is not one field.
            let divided = held.replace("\\|", "").contains('|');
            return (held.contains("\\|") && !divided).then(|| (Cow::Owned(held.replace("\\|", "|")), after));
        }
        from = at + 1;
    }
}
