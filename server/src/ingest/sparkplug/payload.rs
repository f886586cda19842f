//! The payload's messages, as far as a host that keeps numbers reads them. Fields that are not here are passed over.
//!
//! Source: sparkplug_b.proto of the specification. Written by hand, so that no compiler for it is needed.

use domain::Timestamp;
use prost::Message;

/// A message's payload.
#[derive(Clone, PartialEq, Message)]
pub struct Payload {
    /// When it was sent, in milliseconds since 1970.
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    /// What it carries.
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    /// Its place in the node's messages, 0–255.
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
}

/// One value.
#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    /// Its name; data may leave it away where the birth gave an alias.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Its number within the node.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// When it was measured, in milliseconds since 1970.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// Its type; data may leave it away.
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// It was kept back while the node was alone.
    #[prost(bool, optional, tag = "5")]
    pub is_historical: Option<bool>,
    /// It is not to be kept.
    #[prost(bool, optional, tag = "6")]
    pub is_transient: Option<bool>,
    /// It has no value.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// The value.
    #[prost(oneof = "Value", tags = "10, 11, 12, 13, 14, 15, 16")]
    pub value: Option<Value>,
}

/// A metric's value as it travels.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Value {
    /// Whole numbers up to 32 bits, signed ones in two's complement.
    #[prost(uint32, tag = "10")]
    Int(u32),
    /// Whole numbers of 64 bits, signed ones in two's complement.
    #[prost(uint64, tag = "11")]
    Long(u64),
    /// Single precision.
    #[prost(float, tag = "12")]
    Float(f32),
    /// Double precision.
    #[prost(double, tag = "13")]
    Double(f64),
    /// Yes or no.
    #[prost(bool, tag = "14")]
    Boolean(bool),
    /// Text.
    #[prost(string, tag = "15")]
    Text(String),
    /// Anything.
    #[prost(bytes = "vec", tag = "16")]
    Bytes(Vec<u8>),
}

impl Metric {
    /// The value as a device's word: texts as they are, numbers and yes or no written out; nothing where it has no value.
    pub fn word(&self, known: Option<u32>) -> String {
        match (&self.value, self.is_null) {
            (_, Some(true)) | (None, _) => "UNAVAILABLE".to_owned(),
            (Some(Value::Text(text)), _) => text.clone(),
            (Some(Value::Boolean(value)), _) => value.to_string(),
            _ => self.number(known).flatten().map_or_else(String::new, |number| number.to_string()),
        }
    }

    /// The value as a number: `Some(None)` is a gap, `None` is no number by its type. `known` is the type that the birth gave.
    pub fn number(&self, known: Option<u32>) -> Option<Option<f64>> {
        // 1–4 signed, 5–8 unsigned, 9 float, 10 double, 11 boolean; texts, dates, sets and templates are no numbers.
        let datatype = self.datatype.filter(|t| *t != 0).or(known);
        if datatype.is_some_and(|t| !(1..=11).contains(&t)) {
            return None;
        }
        if self.is_null == Some(true) {
            return Some(None);
        }
        let whole = |bits: u64| match datatype {
            Some(1) => f64::from(bits as u8 as i8),
            Some(2) => f64::from(bits as u16 as i16),
            Some(3) => f64::from(bits as u32 as i32),
            Some(4) => bits as i64 as f64,
            _ => bits as f64,
        };
        match &self.value {
            None => datatype.map(|_| None),
            Some(Value::Int(bits)) => Some(Some(whole(u64::from(*bits)))),
            Some(Value::Long(bits)) => Some(Some(whole(*bits))),
            Some(Value::Float(value)) => Some(Some(f64::from(*value))),
            Some(Value::Double(value)) => Some(Some(*value)),
            Some(Value::Boolean(value)) => Some(Some(if *value { 1.0 } else { 0.0 })),
            Some(Value::Text(_) | Value::Bytes(_)) => None,
        }
    }
}

/// The instant of a time in milliseconds.
pub fn instant(ms: u64) -> Timestamp {
    Timestamp::from_us(i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000))
}

/// The command that asks a node to be born again, with all its metrics.
pub fn rebirth(now: Timestamp) -> Vec<u8> {
    let now_ms = u64::try_from(now.us() / 1_000).ok();
    let name = Some("Node Control/Rebirth".to_owned());
    let metric = Metric { name, timestamp: now_ms, datatype: Some(11), value: Some(Value::Boolean(true)), ..Metric::default() };
    Payload { timestamp: now_ms, metrics: vec![metric], seq: None }.encode_to_vec()
}
