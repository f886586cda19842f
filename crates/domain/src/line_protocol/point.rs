//! One line, read.

use super::{LineError, shown};
use std::borrow::Cow;

/// A point: what was measured where, and the values of one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    /// What was measured.
    pub measurement: Cow<'a, str>,
    /// Keys and values as written, each key once.
    pub tags: Tags<'a>,
    /// Names and values as written, at least one.
    pub fields: Vec<(Cow<'a, str>, Field<'a>)>,
    /// The time in the unit of the request; `None` where the line has none.
    pub time: Option<i64>,
}

/// Keys and values.
pub type Tags<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    /// `1.5`; always finite.
    Float(f64),
    /// `3i`
    Integer(i64),
    /// `3u`
    Unsigned(u64),
    /// `true`
    Boolean(bool),
    /// `"running"`
    Text(Cow<'a, str>),
}

impl Field<'_> {
    /// The value as a reading: booleans are 0 and 1, whole numbers beyond 2⁵³ the nearest double, texts are no numbers.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Integer(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Boolean(value) => Some(if *value { 1.0 } else { 0.0 }),
            Self::Text(_) => None,
        }
    }
}

impl<'a> Point<'a> {
    /// Reads a line without its line break. `None` for a blank line and for a comment.
    pub fn parse(line: &'a [u8]) -> Result<Option<Self>, LineError> {
        let line = std::str::from_utf8(line).map_err(|_| LineError::NotUtf8)?;
        let line = line.trim_matches([' ', '\t', '\r']);
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let mut cursor = Cursor { rest: line };
        let measurement = cursor.name(|b| matches!(b, b',' | b' '), |b| matches!(b, b',' | b' '));
        if measurement.is_empty() {
            return Err(LineError::MissingMeasurement);
        }
        let tags = cursor.tags()?;
        let fields = cursor.fields()?;
        let time = match cursor.rest.trim_matches([' ', '\t']) {
            "" => None,
            text => Some(text.parse().map_err(|_| LineError::Time(shown(text)))?),
        };
        Ok(Some(Self { measurement, tags, fields, time }))
    }
}

/// What is left of a line. All that is split at is ASCII, so every cut is between two characters.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn next_is(&mut self, byte: u8) -> bool {
        let tail = self.rest.strip_prefix(byte as char);
        self.rest = tail.unwrap_or(self.rest);
        tail.is_some()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Reads up to the first unescaped byte that ends a name. A backslash before anything else is a backslash.
    fn name(&mut self, ends: fn(u8) -> bool, escapable: fn(u8) -> bool) -> Cow<'a, str> {
        let bytes = self.rest.as_bytes();
        let (mut at, mut escaped) = (0, false);
        while let Some(byte) = bytes.get(at) {
            if *byte == b'\\' && bytes.get(at + 1).is_some_and(|next| escapable(*next)) {
                escaped = true;
                at += 2;
            } else if ends(*byte) {
                break;
            } else {
                at += 1;
            }
        }
        let name = self.take(at);
        if escaped { Cow::Owned(unescaped(name, escapable)) } else { Cow::Borrowed(name) }
    }

    fn key(&mut self) -> Cow<'a, str> {
        self.name(separates, separates)
    }

    fn tags(&mut self) -> Result<Tags<'a>, LineError> {
        let mut tags: Tags<'a> = Vec::new();
        while self.next_is(b',') {
            let here = self.rest;
            let key = self.key();
            let value = if self.next_is(b'=') { self.key() } else { Cow::Borrowed("") };
            if key.is_empty() || value.is_empty() || self.rest.starts_with('=') {
                return Err(LineError::Tag(shown(here)));
            }
            if tags.iter().any(|(known, _)| *known == key) {
                return Err(LineError::TagTwice(shown(&key)));
            }
            tags.push((key, value));
        }
        Ok(tags)
    }

    fn fields(&mut self) -> Result<Vec<(Cow<'a, str>, Field<'a>)>, LineError> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        if self.rest.is_empty() {
            return Err(LineError::MissingFields);
        }
        let mut fields = Vec::new();
        loop {
            let here = self.rest;
            let key = self.key();
            if key.is_empty() || !self.next_is(b'=') {
                return Err(LineError::Field(shown(here)));
            }
            fields.push((key, self.value()?));
            if !self.next_is(b',') {
                break;
            }
        }
        if self.rest.is_empty() || self.rest.starts_with([' ', '\t']) { Ok(fields) } else { Err(LineError::Value(shown(self.rest))) }
    }

    fn value(&mut self) -> Result<Field<'a>, LineError> {
        if self.rest.starts_with('"') {
            return self.text();
        }
        let end = self.rest.bytes().position(|b| matches!(b, b',' | b' ' | b'\t')).unwrap_or(self.rest.len());
        let token = self.take(end);
        match token {
            "t" | "T" | "true" | "True" | "TRUE" => return Ok(Field::Boolean(true)),
            "f" | "F" | "false" | "False" | "FALSE" => return Ok(Field::Boolean(false)),
            _ => {}
        }
        let out_of_range = |_| LineError::OutOfRange(shown(token));
        let whole = |digits: &str| {
            let digits = digits.strip_prefix('-').unwrap_or(digits);
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        };
        match (token.strip_suffix('i'), token.strip_suffix('u')) {
            (Some(digits), _) if whole(digits) => digits.parse().map(Field::Integer).map_err(out_of_range),
            (_, Some(digits)) if whole(digits) => digits.parse().map(Field::Unsigned).map_err(out_of_range),
            _ => float(token),
        }
    }

    fn text(&mut self) -> Result<Field<'a>, LineError> {
        let here = self.rest;
        self.next_is(b'"');
        let bytes = self.rest.as_bytes();
        let (mut at, mut escaped) = (0, false);
        loop {
            match bytes.get(at) {
                None => return Err(LineError::OpenText(shown(here))),
                Some(b'"') => break,
                Some(b'\\') if bytes.get(at + 1).is_some_and(|b| quotable(*b)) => {
                    escaped = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
        }
        let text = self.take(at);
        self.next_is(b'"');
        Ok(Field::Text(if escaped { Cow::Owned(unescaped(text, quotable)) } else { Cow::Borrowed(text) }))
    }
}

/// What separates the parts of tags and fields, and what a backslash makes part of them.
fn separates(byte: u8) -> bool {
    matches!(byte, b',' | b'=' | b' ')
}

fn quotable(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\')
}

/// Digits, a point, an exponent; the words for infinity and not-a-number are no values of the protocol.
fn float(token: &str) -> Result<Field<'_>, LineError> {
    let numeric = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    let value: f64 = if token.bytes().all(numeric) { token.parse().ok() } else { None }.ok_or_else(|| LineError::Value(shown(token)))?;
    if value.is_finite() { Ok(Field::Float(value)) } else { Err(LineError::OutOfRange(shown(token))) }
}

fn unescaped(text: &str, escapable: fn(u8) -> bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escapes = character == '\\' && characters.peek().is_some_and(|c| u8::try_from(*c).is_ok_and(escapable));
        plain.push(if escapes { characters.next().unwrap_or(character) } else { character });
    }
    plain
}
